"""The worksheet functions: their examples, published figures, and what holds for all of them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duebook_addin.call import Spill, answer, call
from duebook_addin.cells import CellError, to_serial
from duebook_addin.functions import FUNCTIONS
from duebook_addin.registry import Example, Function, Kind, Shape

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from duebook_addin.cells import Argument

    RowOfCells = tuple[str | int | None, date | None, Decimal]

EXAMPLES = [
    pytest.param(function, example, id=f"{function.name}-{number}")
    for function in FUNCTIONS
    for number, example in enumerate(function.examples, start=1)
]
POSITIONS = [
    pytest.param(function, position, id=f"{function.name}-{parameter.name}")
    for function in FUNCTIONS
    for position, parameter in enumerate(function.parameters)
]
# Pairs are one for all rows: no cell of a column stands for them.
EACH = [
    pytest.param(function, id=function.name)
    for function in FUNCTIONS
    if function.each and Shape.PAIRS not in {parameter.shape for parameter in function.parameters}
]


def result(name: str, *arguments: object) -> object:
    text, _ = call(name, json.dumps(arguments))
    return json.loads(text)


def number(name: str, *arguments: object) -> float:
    found = result(name, *arguments)
    assert isinstance(found, int | float)
    return found


def code(name: str, *arguments: object) -> str:
    found = result(name, *arguments)
    assert isinstance(found, dict)
    return found["error"]


@pytest.mark.usefixtures("small_book")
@pytest.mark.parametrize(("function", "example"), EXAMPLES)
def test_examples(function: Function, example: Example):
    assert result(function.name, *example.arguments) == example.result


def with_error(argument: object) -> object:
    """Put an error in the place of a cell, or of the first cell of a range."""
    return [with_error(argument[0]), *argument[1:]] if isinstance(argument, list) else "#REF!"


@pytest.mark.usefixtures("small_book")
@pytest.mark.parametrize(("function", "position"), POSITIONS)
def test_an_error_cell_in_any_argument_comes_back(function: Function, position: int):
    """In its place where there is a result for each cell, else as the result."""
    arguments: list[object] = list(function.examples[0].arguments)
    arguments += [None] * (position + 1 - len(arguments))
    arguments[position] = with_error(arguments[position])

    found = result(function.name, *arguments)

    errors = [cell["error"] for cell in flat(found) if isinstance(cell, dict)]
    assert errors[:1] == ["#REF!"]


def flat(answer: object) -> list[object]:
    """Return the cells of an answer."""
    return [cell for one in answer for cell in flat(one)] if isinstance(answer, list) else [answer]


def dated(arguments: Sequence[object], notation: type) -> list[Argument]:
    """Write every date among the arguments in another notation."""

    def cell(value: object) -> object:
        if isinstance(value, list):
            return [cell(part) for part in value]
        if not isinstance(value, str):
            return value
        try:
            day = date.fromisoformat(value)
        except ValueError:
            return value
        return day if notation is date else notation(to_serial(day))

    return [cell(argument) for argument in arguments]


@pytest.mark.usefixtures("small_book")
@pytest.mark.parametrize("notation", [int, float, Decimal, date])
@pytest.mark.parametrize(("function", "example"), EXAMPLES)
def test_every_notation_of_a_date_gives_the_same(function: Function, example: Example, notation: type):
    assert answer(function, dated(example.arguments, notation)) == answer(
        function,
        list(example.arguments),
    )


DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
AMOUNTS = st.decimals(-(10**9), 10**9, places=2)
MAYBE_BAD = st.sampled_from([None, "", "#N/A", "soon", True, 60, -1])
TEXTS = st.sampled_from(
    ["Net 30", "EOM 15", "月结30天", "2/10 Net 30", "open", "C1", "total", "daily", "no such"]
)
CELLS = {
    Kind.DATE: DAYS.map(date.isoformat) | DAYS.map(to_serial),
    Kind.NUMBER: AMOUNTS | st.integers(-10, 400) | st.floats(0, 1),
    Kind.TEXT: TEXTS,
    Kind.ANY: TEXTS | AMOUNTS,
}


@pytest.mark.usefixtures("small_book")
@pytest.mark.parametrize("function", EACH)
@settings(max_examples=40)
@given(data=st.data())
def test_a_column_is_its_cells_one_by_one(function: Function, data: st.DataObject):
    row = st.tuples(*(CELLS[parameter.kind] | MAYBE_BAD for parameter in function.parameters))
    rows = data.draw(st.lists(row, min_size=1, max_size=4))
    width = len(rows[0]) - (function.parameters[-1].shape is Shape.LIST)  # a list is one for all rows

    by_column = answer(function, [list(column) for column in zip(*rows, strict=True)][:width])
    one_by_one = [answer(function, row[:width]) for row in rows]

    assert isinstance(by_column, Spill)
    assert [cell for [cell] in by_column.rows] == one_by_one


ANYTHING = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.dates()
    | st.datetimes()
    | st.text(max_size=5)
    | TEXTS
    | DAYS.map(date.isoformat)
    | st.sampled_from(["#N/A", CellError("#REF!"), 10**400, -0.0, 2958465, "1" * 10])
)


@pytest.mark.usefixtures("small_book")
@pytest.mark.parametrize("function", list(FUNCTIONS), ids=lambda function: function.name)
@settings(max_examples=40)
@given(data=st.data())
def test_nothing_in_a_cell_makes_a_function_raise(function: Function, data: st.DataObject):
    arguments = []
    for parameter in function.parameters:
        cell = CELLS[parameter.kind] | ANYTHING
        column = st.lists(cell, max_size=2)
        arguments.append(data.draw(CELLS[parameter.kind] | cell | column | st.lists(column, max_size=2)))

    found = answer(function, arguments)

    rows = found.rows if isinstance(found, Spill) else [[found]]
    for cell in [cell for row in rows for cell in row]:
        assert cell is None or isinstance(cell, str | int | float | Decimal | date | CellError)
        if isinstance(cell, CellError):
            assert cell.message


ROWS = st.lists(st.tuples(st.sampled_from(["A", "b", "C", None, 7, "7"]), st.none() | DAYS, AMOUNTS))


@given(ROWS, DAYS, st.sets(st.integers(-400, 400), min_size=1, max_size=6))
def test_the_row_of_aging_adds_up_to_the_amounts(rows: list[RowOfCells], as_of: date, edges: set[int]):
    dues, amounts = [due for _, due, _ in rows], [amount for _, _, amount in rows]

    found = answer(FUNCTIONS.find("AGING"), [dues, amounts, as_of, sorted(edges)])

    assert isinstance(found, Spill)
    [[*buckets, total]] = found.rows
    assert len(buckets) == len(edges) + 2
    assert total == sum(amounts) == sum(buckets)
    assert buckets[-1] == sum(amount for _, due, amount in rows if due is None)


@given(ROWS, DAYS)
def test_the_table_of_agingby_adds_up(rows: list[RowOfCells], as_of: date):
    keys, dues, amounts = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])

    found = answer(FUNCTIONS.find("AGINGBY"), [keys, dues, amounts, as_of])
    whole = answer(FUNCTIONS.find("AGING"), [dues, amounts, as_of])

    assert isinstance(found, Spill)
    assert isinstance(whole, Spill)
    _, *by_key, total = found.rows
    assert [row[0] for row in by_key] == [key for key in (7, "7", "A", "b", "C", None) if key in set(keys)]
    assert total == ["total", *whole.rows[0]]
    for place in range(1, len(total)):
        assert sum(row[place] for row in by_key) == total[place]
    for key, *_, sum_of_key in by_key:
        assert sum_of_key == sum(amount for other, _, amount in rows if other == key)


@given(ROWS, DAYS, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(rows: list[RowOfCells], as_of: date, order: random.Random):
    shuffled = list(rows)
    order.shuffle(shuffled)

    tables = [
        answer(FUNCTIONS.find("AGINGBY"), [*([list(c) for c in zip(*r, strict=True)] or [[], [], []]), as_of])
        for r in (rows, shuffled)
    ]

    assert tables[0] == tables[1]


@given(DAYS, DAYS)
def test_bucket_and_aging_agree(due: date, as_of: date):
    label = answer(FUNCTIONS.find("BUCKET"), [due, as_of])
    row = answer(FUNCTIONS.find("AGINGBY"), ["A", due, 1, as_of])

    assert isinstance(row, Spill)
    assert row.rows[1][row.rows[0].index(label)] == 1


ITEMS = st.lists(st.tuples(AMOUNTS, DAYS), min_size=1, max_size=4)
ALLOCATIONS = st.lists(st.tuples(st.integers(0, 5), AMOUNTS, DAYS), max_size=6)


@given(ITEMS, ALLOCATIONS, DAYS)
def test_open_is_the_amount_less_what_counts_by_then(
    items: list[tuple[Decimal, date]], allocations: list[tuple[int, Decimal, date]], as_of: date
):
    """The rule once more, in words of its own: domain reference, section 3.1."""
    arguments = [
        [amount for amount, _ in items],
        [posted for _, posted in items],
        list(range(len(items))),
        [item for item, _, _ in allocations],
        [amount for _, amount, _ in allocations],
        [since for _, _, since in allocations],
    ]

    found = answer(FUNCTIONS.find("OPEN"), [*arguments, as_of])

    expected = [
        amount - sum(taken for item, taken, since in allocations if item == place and since <= as_of)
        if posted <= as_of
        else 0
        for place, (amount, posted) in enumerate(items)
    ]
    assert isinstance(found, Spill)
    assert [cell for [cell] in found.rows] == expected


@given(DAYS, st.integers(-3000, 3000))
def test_days_late_count_from_the_due_date(due: date, days: int):
    assert answer(FUNCTIONS.find("DAYSLATE"), [due, due + timedelta(days)]) == days


# Published figures, with their source.


def test_an_invoice_paid_in_part_three_times():
    """Odoo issue 16235: 10,000 due 2017-02-28, 1,500 + 1,000 + 2,000 paid: 5,500 is 35 days late."""
    left = result(
        "OPEN",
        [10000],
        ["2017-01-29"],
        ["INV"],
        ["INV", "INV", "INV"],
        [1500, 1000, 2000],
        ["2017-02-10", "2017-03-01", "2017-04-04"],
        "2017-04-04",
    )

    assert left == [5500]
    assert result("DAYSLATE", "2017-02-28", "2017-04-04") == 35
    assert result("BUCKET", "2017-02-28", "2017-04-04") == "31-60"
    assert result("AGING", "2017-02-28", left, "2017-04-04") == [0, 0, 5500, 0, 0, 0, 5500]


def test_an_advance_and_a_payment_over_two_instalments():
    """ERPNext issue 36574: 30,000 in 15,000 advance and terms of 7,500 and 7,500; 8,500 paid: 0 and 6,500."""
    items, dates = ["advance", "first", "second"], ["2024-01-01"] * 3

    left = result(
        "OPEN",
        [15000, 7500, 7500],
        dates,
        items,
        items,
        [15000, 7500, 1000],
        ["2024-02-01"] * 3,
        "2024-03-01",
    )

    assert left == [0, 0, 6500]


def test_an_invoice_paid_later_is_open_before():
    """OCA account-financial-reporting issue 707: invoice of April, paid end of June, asked for end of May."""
    item = (1000, "2021-04-30", "INV", "INV", 1000, "2021-06-30")

    assert result("OPEN", *item, "2021-05-31") == 1000
    assert result("OPEN", *item, "2021-06-30") == 0
    assert result("OPEN", *item, "2021-04-29") == 0


def test_days_sales_outstanding():
    """JD Edwards EnterpriseOne; gaodun.com; The Motley Fool."""
    assert number("DSO", 10869, 5538 + 4566 + 7570, 90) == pytest.approx(55.35, abs=0.005)
    assert number("DSO", 335000, 6205000, 365) == pytest.approx(19.71, abs=0.005)
    assert number("DSO", 18000, 20000, 30) == 27


def test_counting_back():
    """BenjiPays: 212,000 against months of 100,000, 80,000 and 70,000 of 30 days."""
    assert number("DSOCOUNTBACK", 212000, [100000, 80000, 70000], 30) == pytest.approx(73.71, abs=0.005)


def test_counting_back_where_oracle_is_wrong():
    """Oracle Hyperion prints 179.7, by taking 2,000 of the last month: only 1,000 is left."""
    sales = [2500, 1750, 2250, 2500, 2000, 2250]
    days = number("DSOCOUNTBACK", 12000, sales, [31, 30, 31, 30, 31, 30])

    assert days == pytest.approx(31 + 30 + 31 + 30 + 31 + 30 * 1000 / 2250)
    assert days == pytest.approx(166.33, abs=0.005)


def test_counting_back_without_an_answer():
    assert result("DSOCOUNTBACK", 300, [100, 0, 100], 30) == {
        "error": "#N/A",
        "message": "monthly_sales: month 2 has 0; counting back needs sales in every month.",
    }
    assert code("DSOCOUNTBACK", 300, [100, 100], 30) == "#N/A"
    assert code("DSOCOUNTBACK", 300, [None, None], 30) == "#N/A"


def test_average_days_delinquent():
    """The Motley Fool: days sales outstanding 7, best possible 3."""
    assert number("DSO", 7000, 30000, 30) == 7
    assert number("DSOBEST", 3000, 30000, 30) == 3
    assert number("DSODELAY", 7000, 3000, 30000, 30) == 4


def test_turnover():
    """gaodun.com: 6,205,000 of sales on mean receivables of 335,000; another site: 35,657 on 3,955."""
    assert number("TURNOVER", 6205000, 320000, 350000) == pytest.approx(18.52, abs=0.005)
    assert number("TURNOVER", 35657, 3955, 3955) == pytest.approx(9.02, abs=0.005)


def test_collection_effectiveness():
    """Gaviti: 100,000 + 1,000,000 - 120,000 of what could be collected, 1,000,000."""
    assert number("CEI", 100000, 1000000, 120000, 100000) == pytest.approx(98)
    assert number("CEI", 100000, 12000000, 120000, 100000, 12) == pytest.approx(98)


def test_payment_index_at_the_published_anchors():
    """Dun & Bradstreet's documentation of its own score."""
    days = [-30, -20, 0, 15, 22, 30, 60, 90, 120]

    assert result("PAYINDEX", days) == [100, 90, 80, 70, 60, 50, 40, 30, 20]


def test_late_payment_interest():
    """United Kingdom: 5,000 at 12.25% for 101 days; a calculator that rounds the day's 1.68 prints 169.68."""
    late = ("2026-01-01", "2026-04-12", 0.1225)

    assert number("INTEREST", 5000, *late) == pytest.approx(5000 * 0.1225 * 101 / 365)
    assert number("INTEREST", 5000, *late, None, "total") == 169.49
    assert number("INTEREST", 5000, *late, 365, "Daily") == 169.68


def test_late_payment_interest_in_china():
    """Payments to small businesses, Order 802, Article 17: 0.05% a day on 1,000,000 for 30 days is 15,000."""
    assert number("INTEREST", 1000000, "2026-01-01", "2026-01-31", 0.0005 * 365) == pytest.approx(15000)


def test_a_rate_that_changes_on_the_way():
    rates = [["2026-01-01", 0.1], ["2026-07-01", 0.2], [None, None]]

    assert number("INTEREST", 36500, "2026-06-20", "2026-07-10", rates) == 10 * 10 + 10 * 20
    assert result("INTEREST", [36500, 3650], "2026-06-20", "2026-07-10", rates) == [300, 30]
    assert result("INTEREST", 36500, "2026-06-20", "2026-07-10", [0.1, 0.2]) == [200, 400]
    assert code("INTEREST", 36500, "2026-06-20", "2026-07-10", [["2026-07-01", 0.2]]) == "#VALUE!"


def test_interest_names_what_is_allowed():
    late = (5000, "2026-01-01", "2026-04-12")

    assert result("INTEREST", *late, 0.1, 365, "up") == {
        "error": "#VALUE!",
        "message": "rounding: 'up' is not allowed; none, total, daily are.",
    }
    assert code("INTEREST", *late, 12.25) == "#NUM!"
    assert code("INTEREST", *late, 0.1, 364) == "#NUM!"


def test_divisions_by_nothing():
    assert result("DSO", 1, 0, 30) == {
        "error": "#DIV/0!",
        "message": "sales: 0, so there is nothing to divide by.",
    }
    assert code("TURNOVER", 1, 0, 0) == "#DIV/0!"
    assert code("AVGDAYSLATE", ["2026-01-31"], [None], [1]) == "#DIV/0!"
    assert code("DSO", 1, 1, 0) == "#NUM!"


def test_average_days_late_passes_over_what_is_not_paid_but_not_a_missing_amount():
    dues, paid = ["2026-01-31", "2026-02-28", "2026-02-28"], ["2026-02-10", None, "2026-02-18"]

    assert number("AVGDAYSLATE", dues, paid, [300, None, 100]) == 5
    assert code("AVGDAYSLATE", dues, paid, [300, None, None]) == "#N/A"


def test_edges_as_range_cell_and_text():
    for edges in ([0, 45], [[0], [45]], "0,45", "0, 45"):
        assert result("BUCKET", ["2026-01-31", "2025-01-01"], "2026-02-15", edges) == [
            "1-45",
            "46+"[:0] + "45+",
        ]
    assert result("BUCKET", "2026-01-31", "2026-02-15", 0) == "0+"
    assert code("BUCKET", "2026-01-31", "2026-02-15", [30, 0]) == "#VALUE!"
    assert code("AGING", "2026-01-31", 1, "2026-02-15", "0;30") == "#VALUE!"


def test_keys_sort_as_in_a_spreadsheet():
    keys = ["b", "A", 10, "B", 9, None, "a", "华信"]

    table = result("AGINGBY", keys, "2026-01-31", [1] * len(keys), "2026-02-15")

    assert isinstance(table, list)
    assert [row[0] for row in table] == ["key", 9, 10, "A", "a", "B", "b", "华信", None, "total"]


def test_an_aging_table_of_nothing():
    assert result("AGINGBY", [], [], [], "2026-02-15") == [
        ["key", "not due", "1-30", "31-60", "61-90", "90+", "no date", "total"],
        ["total", 0, 0, 0, 0, 0, 0, 0],
    ]


def test_open_refuses_an_item_that_stands_there_twice():
    found = result("OPEN", [1, 2, 3], "2026-01-01", ["A", "B", "A"], None, None, None, "2026-02-01")

    repeated = {"error": "#VALUE!", "message": "item: 'A' stands there 2 times; once is allowed."}
    assert found == [repeated, 2, repeated]


def test_open_matches_a_number_that_was_typed_as_text():
    assert result("OPEN", [10], ["2026-01-01"], [1001], ["1001"], [4], ["2026-01-01"], "2026-02-01") == [6]


def test_open_keeps_errors_in_their_row_and_the_shape_of_the_items():
    found = result(
        "OPEN",
        [[1, "#REF!"], [3, None]],
        [["2026-01-01", "2026-01-01"], ["soon", "2026-01-01"]],
        [["A", "B"], ["C", "D"]],
        [None, None],
        [None, None],
        [None, None],
        "2026-02-01",
    )

    assert isinstance(found, list)
    (first, second), (third, fourth) = found
    assert first == 1
    assert [cell["error"] for cell in (second, third, fourth)] == ["#REF!", "#VALUE!", "#N/A"]


def test_open_needs_whole_allocations():
    item = (10, "2026-01-01", "A")

    assert code("OPEN", *item, ["A"], [None], ["2026-01-01"], "2026-02-01") == "#N/A"
    assert code("OPEN", *item, [None], [4], ["2026-01-01"], "2026-02-01") == "#N/A"
    assert code("OPEN", *item, ["#REF!"], [4], ["2026-01-01"], "2026-02-01") == "#REF!"


def test_terms_that_nobody_knows():
    found = answer(FUNCTIONS.find("DUEDATE"), ["2026-01-31", "whenever"])

    assert isinstance(found, CellError)
    assert found.code == "#VALUE!"
    assert "'whenever' is no notation of payment terms" in found.message
