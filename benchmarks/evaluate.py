"""What our models and the baselines reach on real data, in one table of one run.

    python benchmarks/evaluate.py [DATA]

DATA is a folder with the folders highradius, ibm_late_payment and polish_bankruptcy (../shared/data by
default); what is not there is skipped with its reason. A target that is missed makes the exit code 1.
Intervals are 95%.
"""

from __future__ import annotations

import sys
from pathlib import Path

from evaluation import companies, invoices, payments
from evaluation.table import Line, SkippedError, shown

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def main() -> int:
    """Measure, print the table, and return 1 where a target is missed."""
    data = Path(sys.argv[1]).expanduser() if sys.argv[1:] else DATA
    lines: list[Line] = []
    for part in (invoices, payments, companies):
        try:
            lines += part.evaluate(data)
        except SkippedError as reason:
            lines.append(Line(part.NAME, "skipped", str(reason)))
    print(shown(lines))
    missed = [line for line in lines if line.met is False]
    print(f"Targets missed: {len(missed)}." if missed else "No target is missed.")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
