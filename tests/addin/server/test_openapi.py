"""The OpenAPI document: complete, and true of the running server, as schemathesis finds."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from serving import Serving, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def plain() -> Iterator[Serving]:
    """Run a server without TLS: what asks here takes no certificate."""
    with serving() as server:
        yield server


@pytest.fixture(scope="module")
def document(plain: Serving) -> dict[str, Any]:
    """Return the document."""
    with plain.client() as client:
        found: dict[str, Any] = client.get("/openapi.json").json()
        return found


def test_the_server_does_what_its_document_says(plain: Serving, tmp_path: Path):
    """With every check of schemathesis, in its examples, its boundary cases and what it makes up."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{plain.url}/openapi.json"),
        *("--header", f"Authorization: Bearer {plain.token}", "--checks", "all", "--max-examples", "30"),
        *(
            "--seed",
            "1",
            "--continue-on-failure",
            "--no-color",
            "--request-timeout",
            "30",
            "--max-time",
            "20",
        ),
    ]
    done = subprocess.run(  # noqa: S603 - our own
        command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stdout[:20_000] + done.stderr
    assert "Tested: 7" in done.stdout


def test_every_operation_and_every_way_it_ends_is_described(document: dict[str, Any]):
    paths = document["paths"]
    assert {path: set(operations) for path, operations in paths.items()} == {
        "/health": {"get"},
        "/catalogue.json": {"get"},
        "/functions.json": {"get"},
        "/functions.zh.json": {"get"},
        "/manifest.xml": {"get"},
        "/status": {"get"},
        "/calls": {"post"},
    }
    assert set(paths["/calls"]["post"]["responses"]) == {
        *("200", "400", "401", "403", "408", "413", "415", "421", "422", "500", "503", "504")
    }
    assert set(paths["/status"]["get"]["responses"]) == {"200", "401", "403", "421", "500"}
    assert all(operation["summary"] for path in paths.values() for operation in path.values())


def test_who_is_signed_in_is_described(document: dict[str, Any]):
    assert document["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"
    secured = {
        path
        for path, each in document["paths"].items()
        for operation in each.values()
        if operation.get("security")
    }
    assert secured == {"/calls", "/status"}


def test_the_example_is_a_call_and_its_answer(document: dict[str, Any], plain: Serving):
    calls = document["paths"]["/calls"]["post"]
    sent = calls["requestBody"]["content"]["application/json"]["example"]
    answer = calls["responses"]["200"]["content"]["application/json"]["example"]
    with plain.client(headers=plain.signed_in) as client:
        assert client.post("/calls", json=sent).json() == answer
