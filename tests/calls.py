"""Calls of every worksheet function, written by Hypothesis, and what it means that two hosts answer alike.

A :class:`Call` is what stands in a sheet: a function's name and, for each argument, one cell or a range.
Every host has an adapter that puts calls into its own kind of sheet and hands back what stands there
afterwards; :func:`normal` writes answers in one form, and :func:`same` compares two of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from books import group_books
from duebook.errors import OutOfRangeError
from duebook_addin.call import Spill, answer
from duebook_addin.cells import CellError, to_serial
from duebook_addin.functions import FUNCTIONS
from duebook_addin.registry import Function, Kind, Parameter, Shape
from duebook_etl.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from hypothesis.strategies import DrawFn, SearchStrategy

    from duebook_addin.cells import Argument, Cell

Normal: TypeAlias = "bool | float | str | dict[str, str] | list[list[Normal]] | None"


class Call(NamedTuple):
    """A formula: a function's name, without namespace, and its arguments.

    A cell is a float, text, a boolean, a date, None or a :class:`CellError`; a range is a list of cells,
    which is one column, or a list of rows. An argument that is None is left out where the parameter is
    optional (``=DUE.CEI(A1;B1;C1;D1;)``) and a reference to an empty cell where it is required; ``[None]``
    is always such a reference.
    """

    name: str
    arguments: list[Argument]


Answers: TypeAlias = Callable[[Sequence[Call]], Sequence[object]]
"""An adapter: what each call's formula gives, anything :func:`normal` reads."""


# What a sheet holds ---------------------------------------------------------------------------------------

# From the first day whose serial number all hosts agree on, and far enough from the last to add terms.
FIRST_DAY, LAST_DAY = date(1900, 3, 1), date(9000, 12, 31)
DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31)) | st.dates(FIRST_DAY, LAST_DAY)
DATES = (
    DAYS
    | DAYS.map(lambda day: float(to_serial(day)))
    | DAYS.map(date.isoformat)
    | st.tuples(DAYS, st.sampled_from([0.25, 0.999])).map(lambda when: to_serial(when[0]) + when[1])
    | DAYS.map(lambda day: f"{day}T23:59:59")
)
MONEY = st.integers(-(10**9), 10**11).map(lambda cents: cents / 100)
COUNTS = st.integers(0, 400).map(float)
NUMBERS = MONEY | COUNTS | st.floats(-1, 1, allow_subnormal=False)
LARGE = st.sampled_from([1e15 + 0.5, 999_999_999_999_999.9, 2.0**53, 1e17, 1e18, 1e300, -1e17, 1e-7, 1e-300])
TERMS = st.sampled_from(
    [
        *("Net 30", "net 45", "n/60", "2/10 Net 30", "30 days", "EOM", "EOM 15", "30 EOM", "15 MFI"),
        *("31 prox", "COD", "due on receipt", "月结", "月结30天", "次月结", "次月15日", "净30天", "款到发货"),
    ]
)
CODES = st.sampled_from(["C0007", "7", "A-1", "é", "华信", "华信有限公司", "Ångström & Söhne", "O'Neill"])
TEXTS = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=6)
# Factors of a scorecard that any share may be the value of.
FACTORS = st.sampled_from(
    [
        *("pay index", "days late", "overdue share", "debt ratio", "current ratio", "cash flow ratio"),
        *("net margin", "years of cooperation", "country risk", "付款指数"),
    ]
)
LISTS = st.sets(st.integers(-60, 400), min_size=1, max_size=5).map(sorted)

# Sensible cells by parameter name; a parameter that is not here takes those of its kind.
SENSIBLE: dict[str, SearchStrategy[Cell]] = {
    "terms": TERMS,
    "DISCOUNTCOST.terms": TERMS | st.sampled_from(["2/10 Net 30", "1/15 net 45", "3% 10 net 60"]),
    "total_assets": st.integers(1, 10**11).map(lambda cents: cents / 100),
    "total_liabilities": st.integers(1, 10**11).map(lambda cents: cents / 100),
    "policy": st.just("standard-2025-11"),
    "LIMIT.method": st.sampled_from(["policy", "policy", "net worth", "working capital", "need", "grade"]),
    "factor": FACTORS,
    "factors": FACTORS,
    "SCORE.value": st.sampled_from([0.25, 0.5, 1.0]),
    "SCOREWHY.value": st.sampled_from([0.25, 0.5, 1.0]),
    "SCORECONFIDENCE.value": st.sampled_from([0.25, 0.5, 1.0]),
    **dict.fromkeys(
        ("PROBDEFAULT.factor", "PROBDEFAULTWHY.factor", "PROBDEFAULTS.factors"),
        st.sampled_from(["overdue", "oldest overdue", "overdue share", "days late", "share over 15"]),
    ),
    **dict.fromkeys(("PROBDEFAULT.value", "PROBDEFAULTWHY.value"), st.sampled_from([0.0, 0.25, 1.0])),
    "PROBDEFAULTWHY.language": st.sampled_from(["en", "zh"]),
    "loss_rate": st.integers(0, 100).map(lambda percent: percent / 100),
    "ECLCOMPARE.balance": st.integers(0, 10**10).map(lambda cents: cents / 100),
    "ORDERPLAN.payment_date": st.just(date(2026, 3, 31)),
    "ORDERPLAN.delivery_date": st.dates(date(2026, 3, 31), date(2026, 12, 31)),
    "ORDERPLAN.shares": st.just("30/50/20"),
    "insured_pct": st.integers(0, 100).map(lambda percent: percent / 100),
    "rounding": st.sampled_from(["none", "total", "daily", " Total "]),
    "basis": st.sampled_from([360.0, 365.0, 366.0]),
    "annual_rate": st.integers(0, 9999).map(lambda rate: rate / 10_000),
    "days": st.integers(1, 400).map(float),
    "month_days": st.integers(28, 31).map(float),
    "months": st.integers(1, 24).map(float),
    "sales": st.integers(1, 10**11).map(lambda cents: cents / 100),
    "monthly_sales": st.integers(1, 10**9).map(lambda cents: cents / 100),
    "receivables": st.integers(0, 10**10).map(lambda cents: cents / 100),
    "customer": st.sampled_from(["7", "8", "9", 7.0, "nobody"]),
    "field": st.sampled_from(["open", "name", "country", "pay index", "dso", "as_of"]),
    "measure": st.sampled_from(["open", "overdue", "dso", "customers", "average days late"]),
    "by": st.sampled_from(["company", "country", "salesperson", "currency"]),
    "key": CODES | TEXTS | COUNTS | DAYS,
    "item": st.sampled_from(["I1", "I2", "I3", "I4", 5.0]),
    "alloc_item": st.sampled_from(["I1", "I2", "I3", "5", "I9"]),
}
# How long the columns of functions are whose length a policy says.
LENGTHS = {"ECLCOMPARE": 5, "ORDERPLAN": 3}
OF_A_KIND: dict[Kind, SearchStrategy[Cell]] = {
    Kind.DATE: DATES,
    Kind.NUMBER: NUMBERS,
    Kind.TEXT: CODES | TEXTS,
    Kind.ANY: CODES | TEXTS | NUMBERS | DAYS,
}
# The errors that every spreadsheet knows.
ERROR_CODES = ("#N/A", "#VALUE!", "#DIV/0!", "#NUM!", "#REF!", "#NAME?", "#NULL!")
ODD: SearchStrategy[Cell] = (
    st.sampled_from([None, None, "", " ", 0.0, -0.0, -1.0, 0.5, 60.0, 2_958_465.0, 2_958_466.0, True, False])
    | st.sampled_from(ERROR_CODES).map(CellError)
    | LARGE
    | TEXTS
    | DATES
    | NUMBERS
    | st.sampled_from(
        ["=1+1", "+A1", "@SUM(1)", "-1", "'", '"', '""', "TRUE", "#N/A", "#REF!", "<b>&amp;", "😀"]
    )
    | st.sampled_from(
        ["1,234", "100", "1e3", "31/01/2026", "2026-02-30", "1850-01-01", "0,30,60", "0;30", "a\nb"]
    )
)


def cells(function: Function, parameter: Parameter, *, odd: bool = False) -> SearchStrategy[Cell]:
    """Return cells for a parameter: sensible ones, or with them empties, errors and wrong kinds."""
    shown = [cell for row in _shown_rows(function, parameter) for cell in row if not isinstance(cell, dict)]
    of_examples: SearchStrategy[Cell] = st.sampled_from(shown) if shown else st.nothing()
    # Text is mostly a name from a list, which the examples have and random text has not.
    sensible = (
        of_examples if parameter.kind is Kind.TEXT and shown else of_examples | OF_A_KIND[parameter.kind]
    )
    sensible = SENSIBLE.get(parameter.name, sensible)
    sensible = SENSIBLE.get(f"{function.name}.{parameter.name}", sensible)
    return sensible | ODD if odd else sensible


def _shown_rows(function: Function, parameter: Parameter) -> list[list[Cell]]:
    """Return the rows that examples show for a parameter, integers as a sheet has them."""
    place = function.parameters.index(parameter)
    given_ = [example.arguments[place] for example in function.examples if len(example.arguments) > place]
    ranges = [argument if isinstance(argument, list) else [argument] for argument in given_]
    rows = [row if isinstance(row, list) else [row] for argument in ranges for row in argument]
    return [[float(cell) if type(cell) is int else cell for cell in row] for row in rows]


# What a formula holds -------------------------------------------------------------------------------------


@st.composite
def calls(draw: DrawFn, function: Function | None = None) -> Call:
    """Write a call with as many arguments as the function takes: mostly with an answer, some with odd cells.

    Args:
        draw: Hypothesis gives it.
        function: The function; None for any.
    """
    function = function or draw(st.sampled_from(list(FUNCTIONS)))
    given_ = draw(st.integers(function.required, len(function.parameters)))
    # The one argument, if any, whose cells are odd: with more, hardly a call had an answer.
    odd = draw(st.sampled_from([None, None, *range(given_)]))
    length = LENGTHS.get(function.name) or draw(st.integers(1, 5))
    arguments = [
        draw(_argument(function, parameter, length, odd=odd == place))
        for place, parameter in enumerate(function.parameters[:given_])
    ]
    return Call(function.name, arguments)


@st.composite
def miscounted(draw: DrawFn, function: Function | None = None) -> Call:
    """Write a call with too few arguments or one too many."""
    function = function or draw(st.sampled_from(list(FUNCTIONS)))
    few, many = range(function.required), [len(function.parameters) + 1]
    count = draw(st.sampled_from([*few, *many]))
    parameters = (*function.parameters, function.parameters[-1])[:count]
    return Call(function.name, [draw(cells(function, parameter)) for parameter in parameters])


def examples() -> list[Call]:
    """Return the calls of all examples."""
    return [
        Call(function.name, list(example.arguments))
        for function in FUNCTIONS
        for example in function.examples
    ]


def batch(function: Function, size: int, number: int) -> list[Call]:
    """Return as many calls of a function: always the same ones for a number.

    A sheet is recalculated, and a request sent, for many formulas at once: a property that is tried call by
    call would take a host a minute for each function.
    """
    found: list[Call] = []

    @seed(number)
    @settings(
        max_examples=size,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(calls(function))
    def collect(call: Call) -> None:
        found.append(call)

    collect()
    return found


def _argument(
    function: Function, parameter: Parameter, length: int, *, odd: bool
) -> SearchStrategy[Argument]:
    cell = cells(function, parameter, odd=odd)
    columns = _columns(cell, length, odd=odd)
    given_: SearchStrategy[Argument]
    if parameter.shape is Shape.CELL:
        given_ = cell | cell.map(lambda one: [[one]])
        given_ = given_ | st.just([1.0, 2.0]) if odd else given_
    elif parameter.shape is Shape.LIST:
        given_ = LISTS.map(_floats) | LISTS.map(_comma) | LISTS.map(lambda edges: [_floats(edges)]) | cell
    elif parameter.shape is Shape.SERIES:
        given_ = cell | columns | _series(cell, odd=odd)
    elif parameter.shape in {Shape.PAIRS, Shape.GRID}:
        given_ = _rows(_shown_rows(function, parameter), cell, odd=odd)
    else:  # a function that is written for one cell mostly gets one
        given_ = cell | cell | columns if function.each else columns | columns | cell
    return given_ if parameter.required else given_ | st.sampled_from([None, [None], ""])


@st.composite
def _rows(
    draw: DrawFn, shown: list[list[Cell]], cell: SearchStrategy[Cell], *, odd: bool
) -> list[list[Cell]]:
    """Write rows like those of examples, with some cells of their own."""
    places = draw(st.sets(st.integers(0, len(shown) - 1), min_size=(len(shown) + 1) // 2))
    rows = [list(shown[place]) for place in sorted(places)]
    width = min(map(len, rows))
    rows = [row[:width] for row in rows]
    for place in draw(st.sets(st.integers(0, len(rows) - 1), max_size=len(rows) if odd else 2)):
        rows[place][-1] = draw(cell)
    return rows


@st.composite
def _columns(draw: DrawFn, cell: SearchStrategy[Cell], length: int, *, odd: bool) -> Argument:
    if odd and draw(st.integers(0, 9)) == 0:
        length += 1
    column = draw(st.lists(cell, min_size=length, max_size=length))
    width = draw(st.sampled_from([None, *(width for width in range(1, length + 1) if length % width == 0)]))
    if width is None:
        return column
    return [column[start : start + width] for start in range(0, length, width)]


@st.composite
def _series(draw: DrawFn, number: SearchStrategy[Cell], *, odd: bool) -> list[list[Cell]]:
    first = draw(st.dates(date(1990, 1, 1), date(2025, 12, 31)))
    later = draw(st.sets(st.integers(1, 1000), max_size=3).map(sorted))
    days: list[Cell] = [float(to_serial(first + timedelta(gap))) for gap in (0, *later)]
    if odd and draw(st.booleans()):
        days.reverse()
    empty: list[list[Cell]] = [[None, None]] if draw(st.booleans()) else []
    return [[day, draw(number)] for day in days] + empty


def _floats(numbers: Sequence[int]) -> list[Cell]:
    return [float(number) for number in numbers]


def _comma(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))


# What a host gives back -----------------------------------------------------------------------------------


def normal(given_: object) -> Normal:
    """Write an answer in the one form in which hosts are compared, which JSON holds too.

    A range of one cell is its cell; other ranges are rows, a list of cells one column. Empty cells and empty
    text are None. Numbers, decimals among them, are doubles. A date is its serial number, and ``#NUM!`` where
    it has none. An error is ``{"error": code}``: not every host has room for the message.
    """
    if isinstance(given_, Spill):
        given_ = given_.rows
    if not isinstance(given_, list | tuple):
        return _normal_cell(given_)
    rows = [list(row) if isinstance(row, list | tuple) else [row] for row in given_]
    found = [[_normal_cell(cell) for cell in row] for row in rows]
    return found[0][0] if len(found) == len(found[0]) == 1 else found


def _normal_cell(cell: object) -> Normal:
    if isinstance(cell, date):
        try:
            return float(to_serial(cell))
        except OutOfRangeError:
            return {"error": "#NUM!"}
    if isinstance(cell, CellError | dict):
        return {"error": cell.code if isinstance(cell, CellError) else cell["error"]}
    if isinstance(cell, int | float | Decimal) and not isinstance(cell, bool):
        return float(cell)
    if cell is None or isinstance(cell, str | bool):
        return None if cell == "" else cell
    raise TypeError(f"{cell!r} is nothing that a cell holds.")


def same(one: Normal, other: Normal) -> bool:
    """Return whether two normal forms are equal, numbers to the 15 digits that a sheet shows."""
    if isinstance(one, list) and isinstance(other, list):
        return [len(row) for row in one] == [len(row) for row in other] and all(
            same(left, right)
            for row, other_row in zip(one, other, strict=True)
            for left, right in zip(row, other_row, strict=True)
        )
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=5e-15)
    return type(one) is type(other) and one == other


def python(calls_: Sequence[Call]) -> list[object]:
    """Answer calls in this process, without a host: what every adapter is compared with."""
    return [answer(FUNCTIONS.find(call.name), call.arguments) for call in calls_]


def extent(call: Call) -> tuple[int, int]:
    """Return how many rows and columns the answer of a call has, for hosts that have to be told."""
    found = normal(answer(FUNCTIONS.find(call.name), call.arguments))
    return (len(found), len(found[0])) if isinstance(found, list) else (1, 1)


def books_to_ask(folder: Path) -> Path:
    """Write a small store and the configuration that names it into a folder, and return the configuration.

    Everything it names lies in the folder, so that a host which runs as another user may take a copy.
    """
    with Store.open(f"sqlite:///{folder / 'duebook.db'}") as store:
        group_books().save(store, date(2026, 6, 30))
    config = folder / "duebook.toml"
    config.write_text('[store]\nurl = "sqlite:///duebook.db"\n', encoding="utf-8")
    return config
