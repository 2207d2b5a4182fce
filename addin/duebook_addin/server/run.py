"""Runs the app on a socket, over TLS, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import socket
import ssl
from typing import TYPE_CHECKING, Final

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from duebook.errors import InputError
from duebook_addin.server.door import Door, Guest
from duebook_addin.server.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import FrameType

    from fastapi import FastAPI

_KEPT_ALIVE: Final = 75
_LAST_ANSWERS: Final = 10  # seconds that requests under way have when the server stops
_LONGEST_HEAD: Final = 16 * 1024


class _Patient(Guest, H11Protocol):
    """Closes a connection whose next request, or the rest of one that was refused, is too long in coming."""

    seconds = Limits.head
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._arm()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._disarm()
        elif self._patience is None:
            self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def _arm(self) -> None:
        self._patience = self.loop.call_later(self.seconds, self.transport.close)

    def _disarm(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        InputError: The address is taken, or none of this computer.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        opened = socket.socket(family, kind, protocol)
        if socket.has_dualstack_ipv6() and family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(socket.SOMAXCONN)
    except OSError as error:
        raise InputError(
            f"{host}, port {port}: the server cannot listen there: {error.strerror}.",
            hint="Name another with --host and --port, or in [server] of the configuration.",
        ) from None
    return opened


def check_certificate(certificate: Path, key: Path) -> None:
    """Read a certificate and its key, as the server will.

    Raises:
        InputError: One of them cannot be read, or the key is of another certificate.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=_no_password)
    except (OSError, ValueError) as error:
        for file in (certificate, key):
            if not file.is_file():
                raise InputError(f"{file}: there is no such file; the server needs it for TLS.") from None
        why = (
            "the key is of another certificate"
            if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH"
            else "both have to be in PEM, and the key without a password"
        )
        raise InputError(f"{certificate} and {key}: they are no certificate and its key: {why}.") from None


def _no_password() -> str:
    raise ValueError("the key has a password")


def make_server(
    app: FastAPI, *, tls: tuple[Path, Path] | None, started: Callable[[], None] = lambda: None
) -> uvicorn.Server:
    """Return the server of an app; it ends once its ``should_exit`` is true.

    Args:
        app: The app.
        tls: The files of the certificate and of its key; None for plain HTTP.
        started: Called once the server answers.
    """
    certificate, key = tls or (None, None)
    limits: Limits = app.state.limits

    class Patient(_Patient):
        seconds = limits.head

    config = uvicorn.Config(
        app,
        http=Patient,
        ws="none",
        loop="asyncio",
        lifespan="on",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # whoever asks could write them
        timeout_keep_alive=_KEPT_ALIVE,
        timeout_graceful_shutdown=_LAST_ANSWERS,
        h11_max_incomplete_event_size=_LONGEST_HEAD,
        ssl_certfile=certificate,
        ssl_keyfile=key,
    )
    return _Server(config, limits, started)


def run(server: uvicorn.Server, listening: socket.socket) -> None:
    """Serve on a socket until SIGTERM or Ctrl-C; what has been asked by then is answered."""
    # uvicorn raises the signal that stopped it once more when it is done; by then it is no news.
    before = {each: signal.signal(each, _told) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.run(sockets=[listening])
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _told(_: int, __: FrameType | None) -> None:
    """Do nothing."""


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, limits: Limits, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._limits = limits
        self._started = started
        self._doors: list[asyncio.Task[None]] = []

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup([])  # all but listening
        if not self.started:
            return
        door = Door(self._limits, self.config.ssl, self._guest)
        self._doors = [asyncio.create_task(door.stand(each)) for each in sockets or []]
        self._started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for door in self._doors:
            door.cancel()
        await asyncio.wait(self._doors)
        await super().shutdown(sockets)

    def _guest(self) -> Guest:
        guest: Guest = self.config.http_protocol_class(  # type: ignore[call-arg, assignment]
            config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )
        return guest
