"""A running server, for the tests that only ask it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from duebook_addin.server.certificate import own_certificate
from serving import serving
from smallbook import prepare_small_book

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from serving import Serving


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Run a server over TLS with the small book."""
    own = own_certificate(tmp_path_factory.mktemp("tls"), [])
    with serving(prepare=prepare_small_book, tls=(own.certificate, own.key)) as running:
        yield running


@pytest.fixture
def client(server: Serving) -> Iterator[httpx.Client]:
    """Return a client that is not signed in."""
    with server.client() as found:
        yield found


@pytest.fixture
def signed_in(server: Serving) -> Iterator[httpx.Client]:
    """Return a client that is signed in."""
    with server.client(headers=server.signed_in) as found:
        yield found
