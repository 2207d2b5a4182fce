"""The readers of the evaluation, by the traps of the files that it reads."""

from __future__ import annotations

import gzip
import importlib.util
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture(scope="module")
def payments() -> ModuleType:
    """Return the reader of payments, which is no package that is installed."""
    return load("payments")


def load(name: str) -> ModuleType:
    sys.path.insert(0, str(BENCHMARKS))
    try:
        return importlib.import_module(f"evaluation.{name}")
    finally:
        sys.path.remove(str(BENCHMARKS))


def test_dates_ids_and_repeated_rows_in_every_way_they_are_written(
    payments: ModuleType, tmp_path: Path
) -> None:
    folder = tmp_path / "highradius"
    folder.mkdir()
    (folder / "one.csv").write_text(
        "cust_number,name_customer,due_date,clear_date,amount,cust_seq\n"
        "0200769623,WAL corp,2019-01-14,2019-01-20 00:00:00,100.50,1\n"
        "0200769623,WAL corp,2019-01-14,2019-01-20 00:00:00,100.50,2\n"
        "200769623.0,WAL llc,20190214.0,20190220.0,7.25,3\n"
        "CCU013,X,2019-03-01,,5.00,4\n"
        "CCU013,X,no day,2019-03-01,5.00,5\n",
        encoding="utf-8",
    )
    with gzip.open(folder / "two.csv.gz", "wt", encoding="utf-8") as file:
        file.write(
            "doc_id,cust_number,posting_date,due_in_date,clear_date,total_open_amount\n"
            "1930582584.0,0140104409,2019-02-28,2019-01-10,2019-04-02,3\n"
            "1930582584,0140104409,2019-02-28,2019-01-10,2019-04-02,3\n"
        )
    (folder / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")

    seen = payments.read(folder)

    assert [(one.customer, one.due, one.paid, one.amount) for one in seen.invoices] == [
        ("200769623", date(2019, 1, 14), date(2019, 1, 20), 10_050),
        ("200769623", date(2019, 2, 14), date(2019, 2, 20), 725),
        ("140104409", date(2019, 1, 10), date(2019, 4, 2), 300),
    ]
    assert seen.dropped == (2, 2)
    assert seen.invoices[0].posted == date(2019, 1, 14)
    assert seen.invoices[2].posted == date(2019, 2, 28)


def test_rows_cut_at_the_end_of_a_year_are_judged_three_months_before_it(
    payments: ModuleType, tmp_path: Path
) -> None:
    def write(folder: Path, *, cut: bool) -> Path:
        folder.mkdir()
        rows = ["cust_number,due_date,clear_date,amount"]
        for number in range(500):
            due = date(2019, 1, 1) + timedelta(number)
            paid = due + timedelta(number % 40)
            if not cut or due.year == paid.year:
                rows.append(f"C{number},{due},{paid},10")
        (folder / "closed.csv").write_text("\n".join(rows), encoding="utf-8")
        return folder

    cut = payments.read(write(tmp_path / "cut", cut=True))
    whole = payments.read(write(tmp_path / "whole", cut=False))
    assert cut.judged == date(2019, 12, 31) - timedelta(92)
    assert max(one.due for one in cut.invoices) <= date(2019, 12, 31)
    assert whole.judged > date(2020, 1, 1)


def test_companies_are_known_by_the_place_of_their_ratios(tmp_path: Path) -> None:
    companies = load("companies")
    table = load("table")
    folder = tmp_path / "polish_bankruptcy"
    with pytest.raises(table.SkippedError, match="polish_bankruptcy is not there"):
        companies.evaluate(tmp_path)
    folder.mkdir()
    ratios = ",".join("?" if place == 36 else str(place / 10) for place in range(64))
    other = ",".join(str(place) for place in range(64))
    lines = [
        "@relation x",
        "@attribute Attr1 numeric",
        "@data",
        f"{ratios},b'1'",
        f"{ratios},b'1'",
        f"{other},0",
        "1,2",
    ]
    (folder / "7year.arff").write_text("\n".join(lines), encoding="utf-8")
    (line,) = companies.evaluate(tmp_path)
    assert (line.what, line.figure) == ("7year: 2 companies", "1 bankrupt: too few to measure")


def test_which_comes_first_the_day_or_the_month() -> None:
    files = load("files")
    assert files.days_of(["3/7/2013", "12/1/2013"]) == [date(2013, 3, 7), date(2013, 12, 1)]
    assert files.days_of(["03/07/2013", "25/12/2013"]) == [date(2013, 7, 3), date(2013, 12, 25)]
    assert files.days_of(["", "2013-02-30"]) == [None, None]


def test_the_public_data_meets_every_target_but_the_level(shared: Path) -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn: the extra model installs it")
    table = load("table")
    for name in ("invoices", "payments"):
        part = load(name)
        try:
            lines = part.evaluate(shared / "data")
        except table.SkippedError as reason:
            pytest.skip(str(reason))
        missed = [line.what for line in lines if line.met is False]
        # Late payment fell by about a third within the file's one year, which no fit to its first half knows:
        # the level out of time is missed, and shown as missed.
        assert all("out of time" in what for what in missed), missed
        assert any(line.met for line in lines)
