"""What one request may ask of the server, so that it goes on answering the others."""

from __future__ import annotations

import os
from dataclasses import dataclass

_MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """How big, how deep and how slow a request may be.

    Attributes:
        body: Bytes of one request.
        held: Bytes of all requests that have come and are not answered.
        batches: Requests that have come and are not answered.
        calls: Calls a batch.
        cells: Cells in the arguments of a batch, and in its answers.
        text: Characters of one cell's text; Excel's own limit.
        connections: Connections in all.
        each: Connections from one address, which may be that of an office or a proxy.
        head: Seconds until TLS is agreed upon, and until a request's head has come.
        arrival: Seconds until its body has come.
        waiting: Seconds that a batch waits for its turn.
        computing: Seconds that a batch is computed.
        big: Bytes from which a batch is a big one: one worker is always left for those that are not.
        workers: Processes that compute.
        starting: Seconds that a process may take until it is ready for its first batch.
    """

    body: int = 16 * _MEBIBYTE
    held: int = 64 * _MEBIBYTE
    batches: int = 200
    calls: int = 2_000
    cells: int = 1_000_000
    text: int = 32_767
    connections: int = 800
    each: int = 200
    head: float = 10
    arrival: float = 20
    waiting: float = 10
    computing: float = 30
    big: int = 256 * 1024
    workers: int = max(2, min(4, os.cpu_count() or 1))
    starting: float = 60
