"""A sample of receivables whose aging, turnover and days late were computed by somebody else, to the cent."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

import polars as pl

from duebook.aging import labels
from duebook.behaviour import average_days_late
from duebook.calendar import end_of_month, month_days
from duebook.errors import DuebookError
from duebook.measures import aging, open_items, sales
from duebook.money import from_minor
from duebook.turnover import cei, dso, dso_countback
from evaluation.files import days_of, each_read, files_of, minor_of, rows_of
from evaluation.ledger import Paid, tables
from evaluation.table import Line, SkippedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Rows: TypeAlias = list[dict[str, str]]
NAME: Final = "invoices"
FOLDER: Final = "ibm_late_payment"
_CURRENCY: Final = "USD"
_EDGES: Final = (0, 30, 60, 90)
_COLUMNS: Final = ("customerid", "invoicedate", "duedate", "invoiceamount", "settleddate")
_DAY: Final = re.compile(r"(\d{4}-\d{2}-\d{2})\.csv")


def evaluate(data: Path) -> list[Line]:
    """Return the lines of this data set.

    Raises:
        SkippedError: It is not there.
    """
    folder = data / FOLDER
    if not folder.is_dir():
        raise SkippedError(f"{folder} is not there")
    read, lines = each_read(files_of(folder, ".csv"), _read, name=NAME)
    invoices = [one for _, some in read for one in some]
    if not invoices:
        if lines:
            return lines
        raise SkippedError(f"{folder} holds no CSV file with a row that has {', '.join(_COLUMNS)}")
    items, allocations = (pl.from_arrow(table) for table in tables(invoices))
    assert isinstance(items, pl.DataFrame)
    assert isinstance(allocations, pl.DataFrame)
    counts: dict[str, list[int]] = {}
    answers, damaged = each_read(files_of(folder / "oracle", ".csv"), rows_of, name=NAME)
    lines += damaged
    for path, rows in answers:
        day = _day_of(path)
        try:
            if "aging" in path.name and day:
                right, all_ = _aging(items, allocations, rows, day)
                what = "aging of each customer"
            elif "dso" in path.name:
                right, all_ = _turnover(items, allocations, rows)
                what = "opening, sales, closing, DSO, countback and CEI of each month"
            elif "days_late" in path.name and day:
                right, all_ = _days_late(invoices, rows, day)
                what = "weighted days late of each customer"
            else:
                continue
        except (KeyError, ValueError, InvalidOperation) as error:
            lines.append(Line(NAME, f"{path.name}: skipped", f"no such answers: {error!r}"))
            continue
        so_far = counts.setdefault(what, [0, 0])
        so_far[0], so_far[1] = so_far[0] + right, so_far[1] + all_
    if not counts and not lines:
        raise SkippedError(f"{folder / 'oracle'} holds no answers")
    return lines + [
        Line(NAME, what, f"{right} of {all_} figures equal", "all", right == all_)
        for what, (right, all_) in counts.items()
    ]


def _day_of(path: Path) -> date | None:
    found = _DAY.search(path.name)
    return days_of([found[1]])[0] if found else None


def _read(path: Path) -> list[Paid]:
    rows = rows_of(path)
    if not rows or any(name not in rows[0] for name in _COLUMNS):
        return []
    written, dues, settled = (
        days_of([row[name] for row in rows]) for name in ("invoicedate", "duedate", "settleddate")
    )
    amounts = [minor_of(row["invoiceamount"]) for row in rows]
    return [
        # What is not settled yet is so after any day that is asked about.
        Paid(row["customerid"], posted, due, paid or date.max, amount)
        for row, posted, due, paid, amount in zip(rows, written, dues, settled, amounts, strict=True)
        if posted and due and amount is not None
    ]


def _aging(items: pl.DataFrame, allocations: pl.DataFrame, rows: Rows, as_of: date) -> tuple[int, int]:
    names = labels(_EDGES)
    frame = aging(open_items(items, allocations, as_of), as_of=as_of, edges=_EDGES, by=["customer"])
    found = {
        (row["customer"], place): from_minor(row[label], _CURRENCY)
        for row in frame.to_dicts()
        for place, label in enumerate(names[:-1])
        if row["total"]
    }
    expected = {
        (row["cust"], place): _answer(row[name])
        for row in rows
        for place, name in enumerate(("current", "1-30", "31-60", "61-90", "90+"))
    }
    keys = found.keys() | expected.keys()
    return sum(found.get(key, 0) == expected.get(key, 0) for key in keys), len(keys)


def _answer(text: str) -> Decimal | None:
    """Return a figure of the answers; None where they have none, as no sales give no DSO."""
    number = Decimal(text.strip() or "NaN")
    return number if number.is_finite() else None


def _figure(ask: Callable[[], Decimal]) -> Decimal | None:
    """Return a figure to four decimals; None where it cannot be worked out."""
    try:
        return round(ask(), 4)
    except DuebookError:
        return None


def _turnover(items: pl.DataFrame, allocations: pl.DataFrame, rows: Rows) -> tuple[int, int]:
    right = count = 0
    history: list[tuple[Decimal, int]] = []
    opening = Decimal(0)
    for row in rows:
        first = date.fromisoformat(f"{row['month']}-01")
        last = end_of_month(first)
        buckets = aging(open_items(items, allocations, last), as_of=last, edges=_EDGES, by=["company"])
        sold_frame = sales(items, after=first - timedelta(1), until=last, by=["company"])
        sold, closing, current = (
            from_minor(int(column.sum()), _CURRENCY)
            for column in (sold_frame["sales"], buckets["total"], buckets["not due"])
        )
        days = month_days(first)
        history.insert(0, (sold, days))
        figures = {
            "ar_begin": opening,
            "sales": sold,
            "ar_end": closing,
            "ar_end_current": current,
            "dso_simple": _figure(partial(dso, closing, sold, days)),
            "dso_countback": _figure(partial(dso_countback, closing, *zip(*history, strict=True))),
            "cei_pct": _figure(partial(cei, opening, sold, closing, current)),
        }
        right += sum(value == _answer(row[name]) for name, value in figures.items())
        count += len(figures)
        opening = closing
    return right, count


def _days_late(invoices: list[Paid], rows: Rows, cut: date) -> tuple[int, int]:
    right = count = 0
    for row in rows:
        paid = [one for one in invoices if one.customer == row["cust"] and one.paid <= cut]
        mean = partial(
            average_days_late,
            [one.due for one in paid],
            [one.paid for one in paid],
            [from_minor(one.amount, _CURRENCY) for one in paid],
        )
        right += _figure(mean) == _answer(row["wavg_days_late_signed"])
        count += 1
    return right, count
