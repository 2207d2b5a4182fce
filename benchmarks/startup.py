"""How long `duebook --help` takes: what a person waits for before anything happens."""

from __future__ import annotations

import subprocess
import sys
from time import perf_counter

ROUNDS = 9
SECONDS_LIMIT = 0.3


def seconds(*command: str) -> float:
    """Return how long a command takes, the best of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ourselves
        best = min(best, perf_counter() - started)
    return best


def main() -> int:
    """Print the seconds, and return 1 where the limit is not kept."""
    bare = seconds(sys.executable, "-c", "")
    ours = seconds(sys.executable, "-m", "duebook_cli", "--help")
    print(f"duebook --help: {ours:.3f} s (limit {SECONDS_LIMIT}); Python alone: {bare:.3f} s")
    return int(ours > SECONDS_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
