"""Who only holds connections shuts nobody else out: not with the door open, and not before TLS is spoken."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from duebook_addin.server.certificate import own_certificate
from duebook_addin.server.limits import Limits
from serving import serving

if TYPE_CHECKING:
    from pathlib import Path

    from serving import Serving

OTHER = "127.0.0.2"


def silent(server: Serving, source: str = OTHER) -> socket.socket:
    """Connect from an address of this computer, and say nothing."""
    parts = urlsplit(server.url)
    return socket.create_connection(
        (str(parts.hostname), parts.port or 0), timeout=30, source_address=(source, 0)
    )


def is_closed(connection: socket.socket) -> bool:
    """Wait for what the server says; True where it closed the connection."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.fixture
def tls(tmp_path: Path) -> tuple[Path, Path]:
    own = own_certificate(tmp_path, [])
    return own.certificate, own.key


def test_one_address_has_its_share_of_connections_and_the_others_theirs(tls: tuple[Path, Path]):
    with ExitStack() as opened:
        server = opened.enter_context(serving(tls=tls, limits=Limits(each=3, workers=1)))
        inside = [opened.enter_context(silent(server)) for _ in range(3)]
        assert is_closed(opened.enter_context(silent(server)))
        with server.client() as client:
            assert client.get("/health").json() == {"status": "ok"}
        inside[0].close()
        while True:  # until the server has seen it
            with silent(server) as again:
                again.settimeout(0.5)
                try:
                    assert is_closed(again)
                except TimeoutError:
                    break


def test_connections_that_are_too_many_in_all_are_closed(tls: tuple[Path, Path]):
    with ExitStack() as opened:
        server = opened.enter_context(serving(tls=tls, limits=Limits(connections=2, workers=1)))
        for source in ("127.0.0.1", OTHER):
            opened.enter_context(silent(server, source))
        assert is_closed(opened.enter_context(silent(server, "127.0.0.3")))


def test_who_does_not_speak_tls_is_not_waited_for(tls: tuple[Path, Path]):
    with ExitStack() as opened:
        server = opened.enter_context(serving(tls=tls, limits=Limits(head=0.2, each=1, workers=1)))
        for _ in range(3):
            with silent(server) as connection:
                assert is_closed(connection)
        with server.client() as client:
            assert client.get("/health").status_code == 200
