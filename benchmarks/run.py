"""Every benchmark in one run, the table of their outcomes in RESULTS.md.

Each program beside this one measures its subject against a peer in one run and returns 1 where a limit is
not kept. Ratios count; seconds are those of this machine. `python benchmarks/run.py NAME ...` runs some.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = (
    "aging",
    "extract",
    "load",
    "refresh",
    "profiles",
    "workbook",
    "functions",
    "server",
    "excel",
    "calc",
    "backtest",
    "startup",
)


def main() -> int:
    """Run the programs named, else all; return 1 where one did not keep its limits."""
    chosen = sys.argv[1:] or PROGRAMS
    unknown = set(chosen) - set(PROGRAMS)
    if unknown:
        print(f"{', '.join(sorted(unknown))}: no benchmark; there are {', '.join(PROGRAMS)}.")
        return 2
    parts = [
        "# What was measured",
        (
            f"By `make bench` on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, {platform.machine()}, "
            f"{platform.system()}, Python {platform.python_version()}. Ratios are of one run."
        ),
    ]
    failed = []
    for name in chosen:
        print(f"--- {name}", flush=True)
        done = subprocess.run(  # noqa: S603 - our own programs
            [sys.executable, str(HERE / f"{name}.py")], check=False, stdout=subprocess.PIPE, text=True
        )
        print(done.stdout, flush=True)
        parts += [f"## {name}", f"```\n{done.stdout.strip()}\n```"]
        if done.returncode:
            failed.append(name)
    if not sys.argv[1:]:
        (HERE / "RESULTS.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    print(f"Limits not kept: {', '.join(failed)}" if failed else "Every limit is kept.")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
