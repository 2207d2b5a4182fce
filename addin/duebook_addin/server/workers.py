"""The processes that compute batches.

A big table takes seconds, and Python computes one thing at a time in a process: in threads, every other
batch would wait for it, and none that is too slow could be ended. So each batch is computed in a process of
its own; one is always free of big batches; and one that is too slow is ended and started again.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import signal
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from duebook_addin.server.wire import RefusedError, answer_batch

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from duebook_addin.server.limits import Limits

_LOG: Final = logging.getLogger(__name__)
_GRACE: Final = 2.0  # seconds that a worker has beyond those of a batch, to write its answer
_SPAWN: Final = multiprocessing.get_context("spawn")
NOT_READY: Final = "The calculation could not be made ready. Try again in a moment."
TOO_SLOW: Final = "The batch took too long and was ended. Ask for fewer cells at a time."


def nothing() -> None:
    """Prepare a worker that needs no store and no policy of its own."""


class Workers:
    """Processes that wait for batches."""

    def __init__(self, prepare: Callable[[], None], limits: Limits) -> None:
        """Start the processes; they are ready a little later.

        Args:
            prepare: Called once in each process, before its first batch; it can be pickled.
            limits: What a batch may ask.
        """
        self._limits = limits
        self._threads = ThreadPoolExecutor(limits.workers, "duebook-worker")
        self._all = [_Worker(prepare, limits) for _ in range(limits.workers)]
        self._free = self._all.copy()
        self._places = asyncio.Semaphore(limits.workers)
        self._big_places = asyncio.Semaphore(max(1, limits.workers - 1))

    async def answer(self, body: bytes) -> bytes:
        """Return the answer of a batch, in JSON.

        Raises:
            RefusedError: It is no batch or too big, there is no turn for it now or its process does not get
                ready (503), it was too slow (504), or its process came to an end (500).
        """
        big = len(body) >= self._limits.big
        places = [self._big_places, self._places] if big else [self._places]
        taken: list[asyncio.Semaphore] = []
        try:
            try:
                async with asyncio.timeout(self._limits.waiting):
                    for place in places:
                        await place.acquire()
                        taken.append(place)
            except TimeoutError:
                raise RefusedError(
                    503, "The server is busy with other batches. Try again in a moment."
                ) from None
            return await self._computed(body)
        finally:
            for place in taken:
                place.release()

    async def _computed(self, body: bytes) -> bytes:
        worker = self._free.pop()
        asked = asyncio.get_running_loop().run_in_executor(self._threads, worker.ask, body)
        try:
            # Who asked may leave; the worker is free only when it is done.
            return await asyncio.shield(asked)
        except asyncio.CancelledError:
            await asyncio.wait([asked])
            raise
        finally:
            self._free.append(worker)

    def stop(self) -> None:
        """End the processes."""
        for worker in self._all:
            worker.stop()
        self._threads.shutdown(cancel_futures=True)


class _Worker:
    """One process and the way to it; one batch at a time."""

    def __init__(self, prepare: Callable[[], None], limits: Limits) -> None:
        self._prepare = prepare
        self._limits = limits
        self._stopped = False
        self._start()

    def _start(self) -> None:
        self._pipe, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(
            target=_work, args=(theirs, self._prepare, self._limits), name="duebook-worker", daemon=True
        )
        self._process.start()
        self._ready = False
        theirs.close()

    def ask(self, body: bytes) -> bytes:
        if not self._process.is_alive():
            self._restart()
        try:
            if not self._ready:
                if not self._pipe.poll(self._limits.starting):
                    self._restart()
                    raise RefusedError(503, NOT_READY)
                self._pipe.recv_bytes()
                self._ready = True
            self._pipe.send_bytes(body)
            if not self._pipe.poll(self._limits.computing + _GRACE):
                self._restart()
                raise RefusedError(504, TOO_SLOW)
            status, answered = self._pipe.recv_bytes().split(b" ", 1)
        except (EOFError, OSError):
            self._restart()
            raise RefusedError(500, "The calculation came to an unexpected end.") from None
        if status != b"200":
            raise RefusedError(int(status), answered.decode())
        return answered

    def _restart(self) -> None:
        if self._stopped:
            return
        self._process.kill()
        self._process.join()
        self._pipe.close()
        _LOG.warning("A worker was ended and is started again (exit code %s).", self._process.exitcode)
        self._start()

    def stop(self) -> None:
        self._stopped = True
        self._process.kill()
        self._process.join()


def _work(pipe: Connection, prepare: Callable[[], None], limits: Limits) -> None:
    """Answer batches until the server closes the pipe or ends."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches the whole group; the server ends its workers
    prepare()
    pipe.send_bytes(b"ready")
    while True:
        try:
            body = pipe.recv_bytes()
        except EOFError:
            return
        try:
            answered = b"200 " + answer_batch(body, limits)
        except RefusedError as refused:
            answered = b"%d %s" % (refused.status, refused.detail.encode())
        pipe.send_bytes(answered)
