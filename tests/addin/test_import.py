"""What importing the add-in costs: a formula's first recalculation waits for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

SLOW = {"adbc_driver_manager", "narwhals", "numpy", "openpyxl", "pandas", "pyarrow", "pydantic", "sqlalchemy"}
PROGRAM = """
import json, sys
from duebook_addin.call import call
before = sorted(sys.modules)
answers = [call("AGING", '["2026-01-31", 1, "2026-02-15"]'), call("INTEREST", '[1, 46053, 46068, 0.1]')]
print(json.dumps({"before": before, "after": sorted(sys.modules), "answers": answers}))
"""


def test_functions_of_cells_import_neither_frames_nor_databases():
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}

    written = subprocess.run(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, check=True, text=True
    ).stdout

    found = json.loads(written)
    assert all(ok for _, ok in found["answers"])
    assert not SLOW.intersection(found["before"])
    assert not SLOW.intersection(found["after"])
