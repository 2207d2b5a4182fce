"""`duebook serve` as a person runs it: what it says, what it keeps, what it refuses, and how it ends."""

from __future__ import annotations

import os
import re
import secrets
import signal
import socket
import ssl
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from calls import books_to_ask
from duebook_addin.server.certificate import hosts_of, own_certificate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

IN_THE_CLEAR: Final = (
    "without TLS the server listens on this computer only (127.0.0.1); the token would travel in the clear."
)
CALL: Final = {"calls": [["DAYSLATE", [46_000, 46_003]]]}


@dataclass
class Running:
    """A server that runs as a process of its own."""

    process: subprocess.Popen[str]
    url: str
    said: str

    def rest(self) -> str:
        """End the server and return all else that it wrote."""
        self.process.terminate()
        return "".join(self.process.communicate(timeout=60))

    def client(self, folder: Path, **options: Any) -> httpx.Client:  # noqa: ANN401 - httpx's own
        """Return a client that trusts the certificate in a folder."""
        file = folder / "duebook-server.crt"
        trusted = ssl.create_default_context(cafile=file) if self.url.startswith("https") else True
        return httpx.Client(base_url=self.url, verify=trusted, timeout=60, **options)


@contextmanager
def running(folder: Path, *arguments: str, **environment: str) -> Iterator[Running]:
    """Run ``duebook serve`` on a free port until the block ends, then end it with SIGTERM."""
    command = [sys.executable, "-m", "duebook_cli", "serve", "--port", "0", *arguments]
    surroundings = (
        os.environ | {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", "PYTHONWARNINGS": "error"} | environment
    )
    with subprocess.Popen(  # noqa: S603 - ourselves
        command, cwd=folder, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = ""
        while "Sign-in token" not in said:
            line = process.stdout.readline()
            assert line, f"it ended: {said}{process.stderr and process.stderr.read()}"
            said += line
        found = re.match(r"Duebook answers at (\S+) until Ctrl-C\.\n", said)
        assert found
        try:
            yield Running(process, found[1], said)
        finally:
            process.terminate()
            process.wait(60)


def signed_in(folder: Path) -> dict[str, str]:
    token = (folder / "duebook.token").read_text(encoding="utf-8").strip()
    return {"authorization": f"Bearer {token}"}


def test_without_a_configuration_the_functions_are_served(tmp_path: Path):
    with (
        running(tmp_path, "--http") as server,
        server.client(tmp_path, headers=signed_in(tmp_path)) as client,
    ):
        assert client.post("/calls", json=CALL).json() == {"results": [3]}
        status = client.get("/status").json()
        (missing,) = client.post("/calls", json={"calls": [["PROFILE", ["7", "open"]]]}).json()["results"]
    assert status["store"] == "none"
    assert status["policy"]["name"]
    assert missing["error"] == "#N/A"
    assert missing["message"].startswith("There is no refreshed store to ask.")


def test_the_store_and_the_policy_of_the_configuration_are_asked(tmp_path: Path):
    books_to_ask(tmp_path)
    with (
        running(tmp_path, "--http") as server,
        server.client(tmp_path, headers=signed_in(tmp_path)) as client,
    ):
        figure, again, unknown = client.post(
            "/calls",
            json={
                "calls": [
                    ["PROFILE", [[7, "7"], "name"]],
                    ["PROFILE", ["7", "name"]],
                    ["PROFILE", ["no", "open"]],
                ]
            },
        ).json()["results"]
        status = client.get("/status").json()
    assert figure == [[again], [again]]
    assert unknown["error"] == "#N/A"
    assert status["store"] == "ready"
    assert status["last_run"]["run"] == 1
    assert status["last_run"]["started"].endswith("Z")
    assert all(company["name"] for company in status["companies"])
    assert {company["reconciled"] for company in status["companies"]} <= {True, False}


def test_the_token_is_made_once_and_shown_nowhere(tmp_path: Path):
    with running(tmp_path, "--http", "--verbose") as server:
        token = (tmp_path / "duebook.token").read_text(encoding="utf-8").strip()
        assert (tmp_path / "duebook.token").stat().st_mode & 0o777 == 0o600
        with server.client(tmp_path, headers=signed_in(tmp_path)) as client:
            assert client.post("/calls", json=CALL).status_code == 200
            assert client.get(f"/health?token={token}").status_code == 200
            assert client.get(f"/{token}").status_code == 404
            pages = [
                client.get(path).text for path in ("/", "/functions.js", "/manifest.xml", "/openapi.json")
            ]
        written = server.said + server.rest()
    assert "batch of" in written
    assert token not in "".join([written, *pages])
    with running(tmp_path, "--http"):
        assert (tmp_path / "duebook.token").read_text(encoding="utf-8").strip() == token


def test_a_token_of_the_environment_is_used_and_kept_in_no_file(tmp_path: Path):
    token = secrets.token_urlsafe(12)
    (tmp_path / "duebook.toml").write_text('[server]\ntoken = "${CREDIT_TOKEN}"\n', encoding="utf-8")
    with running(tmp_path, "--http", CREDIT_TOKEN=token) as server, server.client(tmp_path) as client:
        answered = client.post("/calls", json=CALL, headers={"authorization": f"Bearer {token}"})
        assert answered.json() == {"results": [3]}
    assert [file.name for file in tmp_path.iterdir()] == ["duebook.toml"]
    assert token not in server.said


def test_its_own_certificate_is_made_once_and_said_how_to_trust(tmp_path: Path):
    origins = 'origins = ["https://credit.example"]'
    (tmp_path / "duebook.toml").write_text(f"[server]\n{origins}\n", encoding="utf-8")
    state = tmp_path / "state"
    with running(tmp_path, "--self-signed", "--state", str(state)) as server:
        assert server.url == "https://credit.example"
        assert re.search(r"^It listens on 127\.0\.0\.1, port [1-9]\d+\.$", server.said, re.MULTILINE)
        assert f"New certificate: {state / 'duebook-server.crt'}." in server.said
    assert "credit.example" in hosts_of(state / "duebook-server.crt")
    made = (state / "duebook-server.crt").read_bytes()
    assert (state / "duebook-server.key").stat().st_mode & 0o777 == 0o600
    with running(tmp_path, "--self-signed", "--state", str(state)) as server:
        assert (state / "duebook-server.crt").read_bytes() == made
        assert "New certificate" not in server.said


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_once_and_well_when_it_is_told_to(tmp_path: Path, told: signal.Signals):
    with running(tmp_path, "--http") as server:
        with server.client(tmp_path, headers=signed_in(tmp_path)) as client:
            assert client.post("/calls", json=CALL).status_code == 200
        server.process.send_signal(told)
        assert server.process.wait(30) == 0
        assert server.process.stderr is not None
        assert server.process.stderr.read() == ""


@pytest.mark.parametrize("arguments", [["--http"], ["--self-signed"]])
def test_another_address_of_this_computer_is_answered_at(tmp_path: Path, arguments: list[str]):
    with running(tmp_path, "--host", "127.0.0.2", *arguments) as server, server.client(tmp_path) as client:
        assert "://127.0.0.2:" in server.url
        assert client.get("/health").status_code == 200


def test_who_listens_for_others_is_told_that_they_need_an_origin(tmp_path: Path):
    with running(tmp_path, "--host", "0.0.0.0", "--self-signed") as server:  # noqa: S104 - for a moment
        port = server.url.rpartition(":")[2]
    assert (
        "Other computers are refused: name in [server] origins how they reach this one, such as "
        f"https://credit.example:{port}.\n"
    ) in server.said


def test_a_port_that_is_taken_is_named(tmp_path: Path, duebook: Callable[..., Any]):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        answer = duebook(tmp_path, "serve", "--http", "--port", str(port))
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith(
        f"error: 127.0.0.1, port {port}: the server cannot listen there: Address already in use.\n"
    )


@pytest.mark.parametrize(
    ("server", "arguments", "message"),
    [
        ("", [], "[server] has no certificate and no key; Excel loads add-ins over TLS only."),
        ('key = "k"', [], "[server] has no certificate; Excel loads add-ins over TLS only."),
        ("", ["--http", "--self-signed"], "--http is without TLS, and --self-signed with; give one of them."),
        ("", ["--http", "--host", "0.0.0.0"], f"host '0.0.0.0': {IN_THE_CLEAR}"),  # noqa: S104 - refused
        ('host = "credit.example"', ["--http"], f"host 'credit.example': {IN_THE_CLEAR}"),
        (
            "",
            ["--self-signed", "--host", "192.0.2.1"],
            "192.0.2.1, port 8443: the server cannot listen there: ",
        ),
        (
            'certificate = "none.crt"\nkey = "none.key"',
            [],
            "{folder}/none.crt: there is no such file; the server needs it for TLS.",
        ),
        (
            'certificate = "duebook.toml"\nkey = "duebook.toml"',
            [],
            "{folder}/duebook.toml and {folder}/duebook.toml: they are no certificate and its key: ",
        ),
        ('token = "${NONE}"', ["--http"], "[server] token: the environment variable NONE is not set."),
        ('token = "${SHORT}"', ["--http"], "[server] token: a sign-in token has at least 16 characters, "),
    ],
)
def test_what_cannot_be_served_is_refused(
    tmp_path: Path, duebook: Callable[..., Any], server: str, arguments: list[str], message: str
):
    (tmp_path / "duebook.toml").write_text(f"[server]\n{server}\n", encoding="utf-8")
    answer = duebook(tmp_path, "serve", *arguments, SHORT="short", COLUMNS="400")
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith("error: " + message.replace("{folder}", str(tmp_path)))
    assert not (tmp_path / "duebook.token").exists()


def test_a_token_that_others_can_read_is_not_used(tmp_path: Path, duebook: Callable[..., Any]):
    file = tmp_path / "duebook.token"
    file.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    file.chmod(0o644)
    answer = duebook(tmp_path, "serve", "--http", COLUMNS="400")
    assert answer.code == 2
    assert answer.err.splitlines() == [
        f"error: {file}: others than its owner can read the sign-in token.",
        "hint:  Delete the file; the next start makes a new token.",
    ]


def test_the_server_is_reached_at_what_its_certificate_is_for(tmp_path: Path):
    own = own_certificate(tmp_path, ["credit.example"])
    text = f'[server]\ncertificate = "{own.certificate.name}"\nkey = "{own.key.name}"\n'
    (tmp_path / "duebook.toml").write_text(text, encoding="utf-8")
    with running(tmp_path) as server, server.client(tmp_path) as client:
        port = server.url.rpartition(":")[2]
        named = {"host": f"credit.example:{port}"}
        assert (
            f'"https://credit.example:{port}/taskpane.html"'
            in client.get("/manifest.xml", headers=named).text
        )
        assert client.get("/health", headers={"host": f"other.example:{port}"}).status_code == 421
