"""What a cell costs on Python's side of Excel: our functions against an empty one of xlwings' own.

Both are called by xlwings' ``call_udf``, over what tests/windows.py puts in the place of Windows, with the
same arguments in the same run. What Excel and COM add is the same for both, and not measured here.

    python benchmarks/excel.py
"""

from __future__ import annotations

import importlib
import sys
import timeit
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import windows

if TYPE_CHECKING:
    from collections.abc import Callable

LIMIT: Final = 1.3
CALLS: Final = 4_000
ROUNDS: Final = 7
SCALARS: Final[dict[str, tuple[object, ...]]] = {
    "DUE_DAYSLATE": (46_030.0, 46_053.0),
    "DUE_DSO": (1_000.0, 5_000.0, 90.0),
    "DUE_BUCKET": (46_030.0, 46_053.0, windows.MISSING),
    "DUE_DUEDATE": (46_030.0, "2/10 Net 30"),
    "DUE_INTEREST": (1_000.0, 46_030.0, 46_053.0, 0.05, windows.MISSING, windows.MISSING),
}
ROWS: Final = 100_000


def empty_functions() -> ModuleType:
    """Return a module of functions that do nothing, by how many arguments they take."""
    module = ModuleType("empty")
    module.__file__ = __file__
    sys.modules["empty"] = module
    source = "\n".join(
        f"def take{count}({', '.join(f'a{number}' for number in range(count))}): return 0.0"
        for count in range(1, 8)
    )
    exec(source, module.__dict__)  # noqa: S102 - our own text
    func = importlib.import_module("xlwings").func
    for name in [name for name in vars(module) if name.startswith("take")]:
        setattr(module, name, func(getattr(module, name)))
    return module


def microseconds(work: Callable[[], object], other: Callable[[], object]) -> tuple[float, float]:
    """Return what one call of each costs, the best of rounds taken in turn."""
    times = [(timeit.timeit(work, number=CALLS), timeit.timeit(other, number=CALLS)) for _ in range(ROUNDS)]
    ours, theirs = (min(column) / CALLS * 1e6 for column in zip(*times, strict=True))
    return ours, theirs


def main() -> int:
    """Measure, and print a table; return 1 where a call is over the limit."""
    call = windows.call_udf()
    empty_functions()
    ours = "duebook_addin.excel.functions"
    kept = True
    print(f"{'one cell':<16}{'ours us':>10}{'empty us':>10}{'ratio':>8}   limit {LIMIT}")
    for name, arguments in SCALARS.items():
        empty = f"take{len(arguments)}"
        found = call(ours, name, arguments)
        assert not (isinstance(found, str) and found.startswith("\x01")), found
        mine, theirs = microseconds(
            lambda name=name, arguments=arguments: call(ours, name, arguments),
            lambda empty=empty, arguments=arguments: call("empty", empty, arguments),
        )
        kept &= mine <= LIMIT * theirs
        print(f"{name:<16}{mine:>10.1f}{theirs:>10.1f}{mine / theirs:>8.2f}")

    column = tuple((45_000.0 + number % 1_400,) for number in range(ROWS))
    seconds = min(timeit.repeat(lambda: call(ours, "DUE_DAYSLATE", (column, 46_053.0)), number=1, repeat=3))
    echoed = min(timeit.repeat(lambda: call("empty", "take2", (column, 46_053.0)), number=1, repeat=3))
    print(f"\nDUE_DAYSLATE of {ROWS:,} rows in one call: {seconds:.2f} s")
    print(f"xlwings reading the same rows for a function that returns one cell: {echoed:.2f} s")
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
