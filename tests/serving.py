"""A `duebook serve` of a test's own, on a free port of 127.0.0.1, in a thread of the test's process."""

from __future__ import annotations

import secrets
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

import httpx

from duebook_addin.cells import CellError
from duebook_addin.server.app import HeldCompany, HeldPolicy, HeldRun, HeldStatus, create_app
from duebook_addin.server.run import listen, make_server
from duebook_addin.server.workers import nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from calls import Call
    from duebook_addin.server.limits import Limits

STATUS: Final = HeldStatus(
    version="1.2.3",
    policy=HeldPolicy("Default policy", "1", date(2025, 11, 1)),
    store="ready",
    last_run=HeldRun(
        run=12,
        status="ok",
        started=datetime(2026, 6, 30, 18, 30, tzinfo=UTC),
        finished=datetime(2026, 6, 30, 18, 31, 7, tzinfo=UTC),
        as_of=date(2026, 6, 30),
    ),
    companies=(
        HeldCompany("group-erp", "1", "North Ltd", "EUR", reconciled=True, as_of=date(2026, 6, 30)),
        HeldCompany("group-erp", "2", "South & Sons", "USD", reconciled=False, as_of=date(2026, 6, 30)),
    ),
)


@dataclass(frozen=True)
class Serving:
    """A running server.

    Attributes:
        url: Where it answers, without a slash at the end.
        token: Its sign-in token.
        certificate: The file of its certificate, which is its own authority; None for plain HTTP.
    """

    url: str
    token: str
    certificate: Path | None

    @property
    def signed_in(self) -> dict[str, str]:
        """The header of who is signed in."""
        return {"authorization": f"Bearer {self.token}"}

    def client(self, **options: Any) -> httpx.Client:  # noqa: ANN401 - httpx's own
        """Return a client of this server, which trusts nothing but its certificate."""
        trusted = ssl.create_default_context(cafile=self.certificate) if self.certificate else True
        return httpx.Client(base_url=self.url, verify=trusted, timeout=60, **options)

    def answers(self, calls: Sequence[Call]) -> list[object]:
        """Send calls as one or a few batches, and return the answers; a date is a date again."""
        found: list[object] = []
        with self.client(headers=self.signed_in) as client:
            for batch in batched(calls, MOST_CALLS):
                sent = [[call.name, [_wire(argument) for argument in call.arguments]] for call in batch]
                answered = client.post("/calls", json={"calls": sent})
                assert answered.status_code == 200, answered.text
                found += [_read(result) for result in answered.json()["results"]]
        return found


MOST_CALLS: Final = 500


def batched(calls: Sequence[Call], size: int) -> Iterator[Sequence[Call]]:
    """Give the calls in parts of at most a size."""
    for start in range(0, len(calls), size):
        yield calls[start : start + size]


def _wire(cell: object) -> object:
    if isinstance(cell, list | tuple):
        return [_wire(each) for each in cell]
    if isinstance(cell, CellError):
        return {"error": cell.code}
    if isinstance(cell, date):
        return {"date": cell.isoformat()[:10]}
    return cell


def _read(cell: object) -> object:
    if isinstance(cell, list):
        return [_read(each) for each in cell]
    return date.fromisoformat(cell["date"]) if isinstance(cell, dict) and "date" in cell else cell


def served_status() -> HeldStatus:
    """Return what a test's server says it holds."""
    return STATUS


@contextmanager
def serving(  # noqa: PLR0913 - as many as the server has
    *,
    token: str | None = None,
    status: Callable[[], HeldStatus] = served_status,
    prepare: Callable[[], None] = nothing,
    limits: Limits | None = None,
    tls: tuple[Path, Path] | None = None,
    origins: Sequence[str] = (),
    files: Path | None = None,
) -> Iterator[Serving]:
    """Run a server until the block ends; the arguments are those of ``create_app`` and ``make_server``."""
    token = token or secrets.token_urlsafe(32)
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        scheme = "https" if tls else "http"
        own = [f"{scheme}://{host}:{port}" for host in ("127.0.0.1", "localhost")]
        app = create_app(
            token=token,
            origins=[*own, *origins],
            status=status,
            prepare=prepare,
            limits=limits,
            files=files,
        )
        started = threading.Event()
        server = make_server(app, tls=tls, started=started.set)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not started.wait(0.1):
                if not thread.is_alive():
                    raise RuntimeError("The server did not start.")
            yield Serving(own[0], token, tls[0] if tls else None)
        finally:
            server.should_exit = True
            thread.join()
