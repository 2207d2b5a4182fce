"""LibreOffice Calc: 100,000 cells of a function, and a table over 100,000 rows.

The peer of the cells is an add-in whose functions do nothing but subtract; that of the table is the same call
in Python. Both are measured in the same run, best of the rounds, and in LibreOffice's main thread, as people
recalculate. Seconds are those of this machine; the limits are for two cores that nobody else uses.

    python benchmarks/calc.py
"""

from __future__ import annotations

import random
import shutil
import sys
import time
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import calcsheet  # noqa: E402 - the folder of the tests has just been named
from calls import books_to_ask  # noqa: E402 - likewise
from duebook_addin.call import Spill, answer  # noqa: E402 - likewise
from duebook_addin.functions import FUNCTIONS  # noqa: E402 - likewise

CELLS = 100_000
ROUNDS = 5
LONGEST = 120  # seconds; LibreOffice is ended then
SLOWEST = 100_000  # cells a second
TIMES = 2
CUSTOMERS = 500
AS_OF = 46_053.0

TRIVIAL = {
    "META-INF/manifest.xml": """<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="http://openoffice.org/2001/manifest">
 <manifest:file-entry manifest:full-path="trivial.idl"
  manifest:media-type="application/vnd.sun.star.uno-typelibrary;type=RDB"/>
 <manifest:file-entry manifest:full-path="CalcAddIns.xcu"
  manifest:media-type="application/vnd.sun.star.configuration-data"/>
 <manifest:file-entry manifest:full-path="trivial.py"
  manifest:media-type="application/vnd.sun.star.uno-component;type=Python"/>
</manifest:manifest>
""",
    "description.xml": """<?xml version="1.0" encoding="UTF-8"?>
<description xmlns="http://openoffice.org/extensions/description/2006">
 <identifier value="duebook.trivial"/><version value="0"/>
</description>
""",
    "trivial.idl": """module duebooktrivial { interface XFunctions {
 sequence< sequence< any > > dayslate([in] any p0, [in] any p1);
}; };
""",
    "CalcAddIns.xcu": """<?xml version="1.0" encoding="UTF-8"?>
<oor:component-data xmlns:oor="http://openoffice.org/2001/registry" oor:name="CalcAddIns"
 oor:package="org.openoffice.Office"><node oor:name="AddInInfo"><node oor:name="TRIVIAL" oor:op="replace">
 <node oor:name="AddInFunctions"><node oor:name="dayslate" oor:op="replace">
 <prop oor:name="DisplayName"><value xml:lang="en-US">TRIVIAL.DAYSLATE</value></prop>
</node></node></node></node></oor:component-data>
""",
    "trivial.py": """import uno
import unohelper


class Functions(unohelper.Base, uno.getClass("duebooktrivial.XFunctions")):
    def __init__(self, context):
        pass

    def dayslate(self, due, paid):
        return ((paid - due,),)


g_ImplementationHelper = unohelper.ImplementationHelper()
g_ImplementationHelper.addImplementation(Functions, "TRIVIAL", ("com.sun.star.sheet.AddIn",))
""",
}


def extensions(folder: Path) -> list[Path]:
    """Write Duebook's extension and the trivial one."""
    books = folder / "store"
    books.mkdir()
    trivial = folder / "trivial.oxt"
    with ZipFile(trivial, "w") as archive:
        for name, text in TRIVIAL.items():
            archive.writestr(name, text)
    return [*calcsheet.duebook(books_to_ask(books))(folder), trivial]


def main() -> int:
    """Measure, print a table, and return 1 where a limit is not kept."""
    if not shutil.which("soffice"):
        print("Not run: there is no LibreOffice here.")
        return 0
    chance = random.Random(20260131)  # noqa: S311 - figures to measure with
    dates = [[45_000.0 + n % 1000, 45_000.0 + chance.randrange(1500)] for n in range(CELLS)]
    items = [
        [
            f"C{chance.randrange(CUSTOMERS):04}",
            45_000.0 + chance.randrange(1000),
            chance.randrange(1, 10**6) / 100,
        ]
        for _ in range(CELLS)
    ]
    # As Calc hands columns over.
    columns = [tuple((row[place],) for row in items) for place in range(3)]
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        table = answer(FUNCTIONS.find("AGINGBY"), [*columns, AS_OF])
        seconds.append(time.perf_counter() - start)
    assert isinstance(table, Spill)
    names = ";".join(f"{column}1:{column}{CELLS}" for column in "ABC")
    sheets = {
        "trivial": {"values": dates, "formula": "=TRIVIAL.DAYSLATE(A1;B1)"},
        "ours": {"values": dates, "formula": "=DUE.DAYSLATE(A1;B1)"},
        "table": {
            "values": items,
            "array": f"=DUE.AGINGBY({names};{AS_OF:g})",
            "size": [len(table.rows), len(table.rows[0])],
        },
    }
    try:
        with calcsheet.installed(extensions) as sheet:
            found = sheet.drive("calcspeed.py", {"sheets": sheets, "rounds": ROUNDS}, seconds=LONGEST)
    except pytest.skip.Exception as skipped:
        print(f"Not run: {skipped}.")
        return 0
    late = [[paid - due] for due, paid in dates]
    assert found["trivial"]["answers"] == found["ours"]["answers"] == late
    assert [row[0] for row in found["table"]["answers"]] == [row[0] for row in table.rows]
    best = {name: min(each["seconds"]) for name, each in found.items()}
    python = min(seconds)
    speed, ratio, beside = CELLS / best["ours"], best["ours"] / best["trivial"], best["table"] / python
    lines = [
        (f"{CELLS:,} cells of a trivial add-in, cells/s", f"{CELLS / best['trivial']:,.0f}", ""),
        (f"{CELLS:,} cells of DAYSLATE, cells/s", f"{speed:,.0f}", f"at least {SLOWEST:,}"),
        ("  times the trivial add-in's seconds", f"{ratio:.2f}", f"at most {TIMES}"),
        (f"AGINGBY over {CELLS:,} rows in Python, seconds", f"{python:.3f}", ""),
        (f"AGINGBY over {CELLS:,} rows in Calc, seconds", f"{best['table']:.3f}", ""),
        ("  times Python's seconds", f"{beside:.2f}", f"at most {TIMES}"),
    ]
    for what, measured, limit in lines:
        print(f"{what:<58}{measured:>10}   {limit}")
    return int(speed < SLOWEST or ratio > TIMES or beside > TIMES)


if __name__ == "__main__":
    sys.exit(main())
