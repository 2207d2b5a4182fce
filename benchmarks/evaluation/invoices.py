"""A sample of receivables whose aging, turnover and days late were computed by somebody else, to the cent."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import polars as pl

from duebook.aging import labels
from duebook.behaviour import average_days_late
from duebook.calendar import end_of_month, month_days
from duebook.measures import aging, open_items, sales
from duebook.money import from_minor, to_minor
from duebook.turnover import cei, dso, dso_countback
from evaluation.files import days_of, files_of, rows_of
from evaluation.ledger import Paid, tables
from evaluation.table import Line, SkippedError

if TYPE_CHECKING:
    from pathlib import Path

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
    invoices = [one for path in files_of(folder, ".csv") for one in _read(path)]
    if not invoices:
        raise SkippedError(f"{folder} holds no CSV file with {', '.join(_COLUMNS)}")
    items, allocations = (pl.from_arrow(table) for table in tables(invoices))
    assert isinstance(items, pl.DataFrame)
    assert isinstance(allocations, pl.DataFrame)
    counts: dict[str, list[int]] = {}
    for path in files_of(folder / "oracle", ".csv"):
        if "aging" in path.name and (found := _DAY.search(path.name)):
            right, all_ = _aging(items, allocations, path, date.fromisoformat(found[1]))
            what = "aging of each customer"
        elif "dso" in path.name:
            right, all_ = _turnover(items, allocations, path)
            what = "opening, sales, closing, DSO, countback and CEI of each month"
        elif "days_late" in path.name and (found := _DAY.search(path.name)):
            right, all_ = _days_late(invoices, path, date.fromisoformat(found[1]))
            what = "weighted days late of each customer"
        else:
            continue
        so_far = counts.setdefault(what, [0, 0])
        so_far[0], so_far[1] = so_far[0] + right, so_far[1] + all_
    if not counts:
        raise SkippedError(f"{folder / 'oracle'} holds no answers")
    return [
        Line(NAME, what, f"{right} of {all_} figures equal", "all", right == all_)
        for what, (right, all_) in counts.items()
    ]


def _read(path: Path) -> list[Paid]:
    rows = rows_of(path)
    if not rows or any(name not in rows[0] for name in _COLUMNS):
        return []
    written, dues, settled = (
        days_of([row[name] for row in rows]) for name in ("invoicedate", "duedate", "settleddate")
    )
    return [
        Paid(row["customerid"], posted, due, paid, to_minor(row["invoiceamount"], _CURRENCY))
        for row, posted, due, paid in zip(rows, written, dues, settled, strict=True)
        if posted and due and paid
    ]


def _aging(items: pl.DataFrame, allocations: pl.DataFrame, path: Path, as_of: date) -> tuple[int, int]:
    names = labels(_EDGES)
    frame = aging(open_items(items, allocations, as_of), as_of=as_of, edges=_EDGES, by=["customer"])
    found = {
        (row["customer"], place): from_minor(row[label], _CURRENCY)
        for row in frame.to_dicts()
        for place, label in enumerate(names[:-1])
        if row["total"]
    }
    expected = {
        (row["cust"], place): Decimal(row[name])
        for row in rows_of(path)
        for place, name in enumerate(("current", "1-30", "31-60", "61-90", "90+"))
    }
    keys = found.keys() | expected.keys()
    return sum(found.get(key) == expected.get(key) for key in keys), len(keys)


def _turnover(items: pl.DataFrame, allocations: pl.DataFrame, path: Path) -> tuple[int, int]:
    right = count = 0
    history: list[tuple[Decimal, int]] = []
    opening = Decimal(0)
    for row in rows_of(path):
        first = date.fromisoformat(f"{row['month']}-01")
        last = end_of_month(first)
        buckets = aging(open_items(items, allocations, last), as_of=last, edges=_EDGES, by=["company"])
        sold_frame = sales(items, after=first - timedelta(1), until=last, by=["company"])
        sold, closing, current = (
            from_minor(int(column.sum()), _CURRENCY)
            for column in (sold_frame["sales"], buckets["total"], buckets["not due"])
        )
        history.insert(0, (sold, month_days(first)))
        counted = dso_countback(closing, *zip(*history, strict=True))
        figures = {
            "ar_begin": opening,
            "sales": sold,
            "ar_end": closing,
            "ar_end_current": current,
            "dso_simple": round(dso(closing, sold, month_days(first)), 4),
            "dso_countback": round(counted, 4),
            "cei_pct": round(cei(opening, sold, closing, current), 4),
        }
        right += sum(value == Decimal(row[name]) for name, value in figures.items())
        count += len(figures)
        opening = closing
    return right, count


def _days_late(invoices: list[Paid], path: Path, cut: date) -> tuple[int, int]:
    right = count = 0
    for row in rows_of(path):
        paid = [one for one in invoices if one.customer == row["cust"] and one.paid <= cut]
        mean = average_days_late(
            [one.due for one in paid],
            [one.paid for one in paid],
            [from_minor(one.amount, _CURRENCY) for one in paid],
        )
        right += round(mean, 4) == Decimal(row["wavg_days_late_signed"])
        count += 1
    return right, count
