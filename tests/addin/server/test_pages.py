"""What the server gives to everybody, what every answer bears, and that the token is in none of it."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from duebook.errors import InputError
from duebook_addin.assets import assets
from duebook_addin.functions import FUNCTIONS
from duebook_addin.server.app import HeldPolicy, HeldStatus, create_app
from serving import STATUS, serving

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from serving import Serving

FILES = {
    "/": "text/html; charset=utf-8",
    "/taskpane.html": "text/html; charset=utf-8",
    "/taskpane.css": "text/css; charset=utf-8",
    "/taskpane.js": "text/javascript; charset=utf-8",
    "/functions.js": "text/javascript; charset=utf-8",
    "/icons/icon-16.png": "image/png",
    "/icons/icon-32.png": "image/png",
    "/icons/icon-64.png": "image/png",
    "/icons/icon-80.png": "image/png",
    "/functions.json": "application/json",
    "/functions.zh.json": "application/json",
    "/catalogue.json": "application/json",
    "/openapi.json": "application/json",
    "/manifest.xml": "application/xml",
    "/health": "application/json",
}


@pytest.mark.parametrize(("path", "kind"), FILES.items())
def test_everybody_gets_the_files_of_the_add_in(client: httpx.Client, server: Serving, path: str, kind: str):
    answered = client.get(path)
    assert answered.status_code == 200
    assert answered.headers["content-type"] == kind
    assert answered.headers["cache-control"] == "no-cache"
    assert server.token not in answered.text


@pytest.mark.parametrize("path", [*FILES, "/status", "/nothing"])
def test_every_answer_bears_the_headers_that_keep_a_page_safe(client: httpx.Client, path: str):
    found = client.get(path).headers
    policy = dict(rule.split(" ", 1) for rule in found["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self' https://appsforoffice.microsoft.com"
    assert policy["connect-src"] == "'self'"
    assert "https://*.officeapps.live.com" in policy["frame-ancestors"].split()
    assert "unsafe" not in found["content-security-policy"]
    assert found["x-content-type-options"] == "nosniff"
    assert found["referrer-policy"] == "no-referrer"
    assert "server" not in found
    assert "set-cookie" not in found


def test_the_page_is_the_one_that_ships(client: httpx.Client):
    page = (assets("officejs") / "taskpane.html").read_bytes()
    assert client.get("/").content == client.get("/taskpane.html").content == page


def test_the_script_associates_every_function(client: httpx.Client):
    script = client.get("/functions.js").text
    shipped = (assets("officejs") / "functions.js").read_text(encoding="utf-8")
    assert script.startswith(shipped)
    line = script.removeprefix(shipped)
    assert line.startswith("duebook.associate(")
    assert line.endswith(");\n")
    associated = json.loads(line.removeprefix("duebook.associate(").removesuffix(");\n"))
    assert [each["id"] for each in associated] == [function.name for function in FUNCTIONS]


def test_the_catalogue_has_all_declarations(client: httpx.Client):
    found = client.get("/catalogue.json").json()
    assert found == json.loads(json.dumps([function.describe() for function in FUNCTIONS]))


def test_the_manifest_and_the_help_are_of_the_address_they_were_asked_at(
    client: httpx.Client, server: Serving
):
    named = server.url.replace("127.0.0.1", "localhost")
    for url, host in ((server.url, "127.0.0.1"), (named, "localhost")):
        headers = {"host": url.removeprefix("https://")}
        assert f'DefaultValue="{url}/taskpane.html"' in client.get("/manifest.xml", headers=headers).text
        metadata = client.get("/functions.json", headers=headers).json()
        assert metadata["functions"][0]["helpUrl"] == f"{url}/taskpane.html#AGING"
        assert host in url


def test_the_status_is_for_who_is_signed_in(signed_in: httpx.Client):
    answered = signed_in.get("/status")
    assert answered.headers["cache-control"] == "no-store"
    assert answered.json() == {
        "version": STATUS.version,
        "policy": {"name": "Default policy", "version": "1", "valid_from": "2025-11-01"},
        "store": "ready",
        "message": "",
        "last_run": {
            "run": 12,
            "status": "ok",
            "started": "2026-06-30T18:30:00Z",
            "finished": "2026-06-30T18:31:07Z",
            "as_of": "2026-06-30",
        },
        "companies": [
            {
                "source": "group-erp",
                "company": "1",
                "name": "North Ltd",
                "currency": "EUR",
                "reconciled": True,
                "as_of": "2026-06-30",
            },
            {
                "source": "group-erp",
                "company": "2",
                "name": "South & Sons",
                "currency": "USD",
                "reconciled": False,
                "as_of": "2026-06-30",
            },
        ],
    }


def test_a_status_that_cannot_be_told_tells_nothing_else(caplog: pytest.LogCaptureFixture):
    def fail() -> HeldStatus:
        raise RuntimeError("a password of the store")

    with serving(status=fail) as server, server.client(headers=server.signed_in) as client:
        answered = client.get("/status")
        assert answered.status_code == 500
        assert answered.headers["content-type"] == "application/problem+json"
        assert answered.headers["x-content-type-options"] == "nosniff"
        assert answered.json()["detail"] == "Something went wrong here; the server's log says what."
        token = server.token
    assert "RuntimeError: a password of the store" in caplog.text
    assert token not in caplog.text


def test_no_file_beside_those_of_the_add_in_is_served(tmp_path: Path):
    folder = shutil.copytree(assets("officejs"), tmp_path / "officejs")
    for name in ("notes.txt", "duebook.token", "icons/notes.txt"):
        (folder / name).write_text("not for others", encoding="utf-8")
    with serving(files=folder) as server, server.client() as client:
        assert client.get("/icons/icon-32.png").status_code == 200
        for name in ("notes.txt", "duebook.token", "icons/notes.txt", "icons", "icons/"):
            assert client.get(f"/{name}").status_code == 404


def test_an_add_in_with_a_missing_file_does_not_start(tmp_path: Path):
    with pytest.raises(InputError, match=r"taskpane\.html: the add-in's file cannot be read: No such file"):
        create_app(token="t", origins=[], status=lambda: STATUS, files=tmp_path)  # noqa: S106 - opens nothing


def test_a_status_without_a_store_is_as_good():
    held = HeldStatus("1", HeldPolicy("p", "1", STATUS.policy.valid_from), message="nothing yet")
    with serving(status=lambda: held) as server, server.client(headers=server.signed_in) as client:
        found = client.get("/status").json()
    assert (found["store"], found["last_run"], found["companies"]) == ("none", None, [])


@pytest.mark.parametrize("path", ["/", "/functions.js", "/manifest.xml", "/catalogue.json", "/health"])
def test_head_says_what_get_would(client: httpx.Client, path: str):
    whole, head = client.get(path), client.head(path)
    assert head.status_code == 200
    assert head.content == b""
    for name in ("content-type", "content-length", "content-security-policy"):
        assert head.headers[name] == whole.headers[name]
