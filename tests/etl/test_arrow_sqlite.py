"""What reading SQLite by ADBC takes care of: columns that begin with NULLs, and memory."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from duebook_etl import arrow_sqlite

if TYPE_CHECKING:
    from pathlib import Path

# More rows than the driver looks at before it decides on a column's type.
NUMBERS: Final = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150000)"
# Reads a few rows in a process that may take half a gigabyte more than it has, and prints how many came.
LIMITED: Final = """
import resource, sys
from pathlib import Path
from duebook_etl import arrow_sqlite

with arrow_sqlite.connect(Path(sys.argv[1])) as connection:
    connection.query("SELECT 1")
    has = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (has + 2**29, has + 2**29))
    print(connection.query("SELECT 1 AS a, 'x' AS b, 2.5 AS c, NULL AS d").num_rows)
"""


@pytest.mark.parametrize(
    ("column", "last"),
    [
        ("CASE WHEN i = 150000 THEN 'late' END", "late"),
        ("CASE WHEN i = 150000 THEN 2.5 END", 2.5),
        ("CASE WHEN i > 100000 THEN '12' END", "12"),
        ("CASE WHEN i = 150000 THEN 7 END", 7),
    ],
)
def test_a_column_may_begin_with_any_number_of_nulls(tmp_path: Path, column: str, last: object) -> None:
    with arrow_sqlite.connect(tmp_path / "rows.db") as connection:
        found = connection.query(f"{NUMBERS} SELECT i, {column} AS late FROM n WHERE i > ?", [10])  # noqa: S608
    assert found.num_rows == 149_990
    assert found["i"].to_pylist() == list(range(11, 150_001))
    assert found["late"][0].as_py() is None
    assert found["late"][-1].as_py() == last


@pytest.mark.skipif(sys.platform != "linux", reason="a limit of memory is known to be kept on Linux only")
def test_a_few_rows_take_little_memory(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", LIMITED, str(tmp_path / "rows.db")],
        check=True,
        capture_output=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout == b"1\n"
