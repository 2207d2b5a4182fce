"""Lets connections in: so many in all, so many from one address, and none that is slow to speak TLS.

asyncio's own servers let in whatever comes: the files that a process may have open run out, and everybody is
shut out, those who are signed in as well.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable

    from duebook_addin.server.limits import Limits

_LOG: Final = logging.getLogger("duebook.server")
_PAUSE: Final = 1.0  # seconds until files are asked for again that had run out
_OTHER_FILES: Final = 100  # of the process: the store, its workers, its modules
_FILES: Final = 512  # sockets that Windows waits for at a time


class Guest(asyncio.Protocol):
    """A protocol that tells when its connection is gone."""

    gone: asyncio.Event

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell."""
        self.gone.set()
        super().connection_lost(exc)


class Door:
    """Accepts connections and counts them from their first moment, before TLS, to their last."""

    def __init__(self, limits: Limits, tls: ssl.SSLContext | None, guest: Callable[[], Guest]) -> None:
        """Keep what it needs.

        Args:
            limits: How many connections, and how slow.
            tls: How TLS is spoken; None for plain HTTP.
            guest: Makes the protocol of a connection.
        """
        self._most = min(limits.connections, _files() - _OTHER_FILES)
        self._each = limits.each
        self._tls = tls
        self._handshake = limits.head if tls else None
        self._guest = guest
        self._inside: Counter[str] = Counter()
        self._connections: set[asyncio.Task[None]] = set()

    async def stand(self, listening: socket.socket) -> None:
        """Let connections in until it is cancelled; one too many is closed at once."""
        loop = asyncio.get_running_loop()
        listening.setblocking(False)  # noqa: FBT003 - the socket module's own
        while True:
            try:
                connection, (address, *_) = await loop.sock_accept(listening)
            except ConnectionError:  # whoever came has left already
                continue
            except OSError as error:
                _LOG.warning("No connection can be accepted now: %s.", error.strerror)
                await asyncio.sleep(_PAUSE)
                continue
            if self._inside.total() >= self._most or self._inside[address] >= self._each:
                connection.close()
                continue
            self._inside[address] += 1
            inside = asyncio.create_task(self._let_in(connection, address))
            self._connections.add(inside)
            inside.add_done_callback(self._connections.discard)

    async def _let_in(self, connection: socket.socket, address: str) -> None:
        guest = self._guest()
        guest.gone = asyncio.Event()
        try:
            with suppress(OSError):  # a handshake that failed or took too long
                await asyncio.get_running_loop().connect_accepted_socket(
                    lambda: guest, connection, ssl=self._tls, ssl_handshake_timeout=self._handshake
                )
                await guest.gone.wait()
        finally:
            self._inside[address] -= 1
            self._inside += Counter()  # forgets those of whom none is left


def _files() -> int:
    """Return how many files this process may have open."""
    try:
        from resource import RLIM_INFINITY, RLIMIT_NOFILE, getrlimit  # noqa: PLC0415 - not on Windows
    except ModuleNotFoundError:
        return _FILES
    files, _ = getrlimit(RLIMIT_NOFILE)
    return 1_000_000 if files == RLIM_INFINITY else files
