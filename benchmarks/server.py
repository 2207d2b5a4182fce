"""The Office.js path end to end: the add-in's own script in Node, over TLS, asks a running `duebook serve`.

10,000 cells typed at once, then 50 clients at once that each send batches of 200 cells, then how long a
small batch takes while a table of a million cells is computed. The server is a process of its own. Seconds
are those of this machine, and the limits are for two cores that nobody else uses.

    python benchmarks/server.py
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from officehost import OfficeHost  # noqa: E402 - the folder of the tests has just been named
from serving import Serving  # noqa: E402 - likewise

if TYPE_CHECKING:
    from collections.abc import Iterator

CELLS = 10_000
MOST_REQUESTS = 10
MOST_SECONDS = 0.5
CLIENTS = 50
BATCHES = 10
BATCH_CELLS = 200
SLOWEST = 1.0  # seconds, of 99 in 100 batches
ROWS = 333_333  # of three columns: a million cells


@contextmanager
def served(folder: Path) -> Iterator[Serving]:
    """Run `duebook serve` with a certificate of its own until the block ends."""
    command = [sys.executable, "-u", "-m", "duebook_cli", "serve", "--self-signed", "--port", "0"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        assert process.stdout is not None
        said = ""
        while "Sign-in token" not in said:
            line = process.stdout.readline()
            assert line, "the server did not start"
            said += line
        found = re.search(r"answers at (\S+) until", said)
        assert found
        token = (folder / "duebook.token").read_text(encoding="utf-8").strip()
        try:
            yield Serving(found[1], token, folder / "duebook-server.crt")
        finally:
            process.terminate()


def typed_cells(server: Serving) -> tuple[float, int]:
    """Return the seconds of 10,000 cells, the best of three rounds, and the requests of a round."""
    rounds = [[["DAYSLATE", [[[46_000 + n]], [[45_000 + late]]]] for late in range(CELLS)] for n in range(4)]
    steps: list[tuple[str, object]] = [("signIn", server.token), ("timed", rounds[0]), ("requests", None)]
    for cells in rounds[1:]:
        steps += [("timed", cells), ("requests", None)]
    found = OfficeHost(server).run(*steps)[3:]
    return min(found[::2]) / 1000, max(len(each) for each in found[1::2])


async def clients(server: Serving) -> list[float]:
    """Return the seconds of each batch of 50 clients at once; every answer has to be there."""
    trusted = ssl.create_default_context(cafile=server.certificate)

    async def one(number: int) -> list[float]:
        seconds = []
        async with httpx.AsyncClient(verify=trusted, headers=server.signed_in, timeout=60) as client:
            for batch in range(BATCHES):
                due = 45_000 + number * BATCHES + batch
                calls = [["DAYSLATE", [due, due + late]] for late in range(BATCH_CELLS)]
                start = time.perf_counter()
                answered = await client.post(f"{server.url}/calls", json={"calls": calls})
                seconds.append(time.perf_counter() - start)
                assert answered.json() == {"results": list(range(BATCH_CELLS))}
        return seconds

    return [second for each in await asyncio.gather(*map(one, range(CLIENTS))) for second in each]


def beside_a_big_one(server: Serving) -> tuple[float, list[float]]:
    """Return the seconds of a million cells, and those of small batches in that time."""
    chance = random.Random(20260131)  # noqa: S311 - figures to measure with
    keys = [f"C{chance.randrange(5_000):04}" for _ in range(ROWS)]
    dues = [chance.randrange(45_000, 46_400) for _ in range(ROWS)]
    amounts = [round(chance.uniform(-100, 10_000), 2) for _ in range(ROWS)]
    body = json.dumps({"calls": [["AGINGBY", [keys, dues, amounts, 46_053]]]}).encode()
    small = {"calls": [["DAYSLATE", [46_000, 46_000 + late]] for late in range(BATCH_CELLS)]}
    big: list[float] = []

    def ask() -> None:
        start = time.perf_counter()
        with server.client(headers=server.signed_in | {"content-type": "application/json"}) as client:
            (table,) = client.post("/calls", content=body).raise_for_status().json()["results"]
            assert len(table) == len(set(keys)) + len(("headings", "total"))
        big.append(time.perf_counter() - start)

    thread = threading.Thread(target=ask)
    seconds = []
    with server.client(headers=server.signed_in) as client:
        thread.start()
        while thread.is_alive():
            start = time.perf_counter()
            client.post("/calls", json=small).raise_for_status()
            seconds.append(time.perf_counter() - start)
    thread.join()
    return big[0], seconds


def main() -> int:
    """Measure, print a table, and return 1 where a limit is not kept."""
    with tempfile.TemporaryDirectory(prefix="duebook-server-") as folder, served(Path(folder)) as server:
        cells, requests = typed_cells(server)
        batches = asyncio.run(clients(server))
        big, small = beside_a_big_one(server)
    slowest = statistics.quantiles(batches, n=100)[98]
    kept = requests <= MOST_REQUESTS and cells <= MOST_SECONDS and slowest <= SLOWEST
    lines = [
        (f"{CELLS:,} cells typed at once, requests", f"{requests}", f"at most {MOST_REQUESTS}"),
        (f"{CELLS:,} cells typed at once, seconds", f"{cells:.3f}", f"at most {MOST_SECONDS:g}"),
        (
            f"{CLIENTS} clients, batches of {BATCH_CELLS} cells, median s",
            f"{statistics.median(batches):.3f}",
            "",
        ),
        (
            f"{CLIENTS} clients, batches of {BATCH_CELLS} cells, 99th percentile s",
            f"{slowest:.3f}",
            f"at most {SLOWEST:g}",
        ),
        (f"AGINGBY over {ROWS * 3:,} cells, seconds", f"{big:.3f}", ""),
        (f"{BATCH_CELLS} cells meanwhile, median s", f"{statistics.median(small):.3f}", ""),
        (f"{BATCH_CELLS} cells meanwhile, slowest s", f"{max(small):.3f}", ""),
    ]
    for what, found, limit in lines:
        print(f"{what:<58}{found:>10}   {limit}")
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
