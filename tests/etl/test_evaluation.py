"""The readers of the evaluation, by the traps of the files that it reads."""

from __future__ import annotations

import gzip
import importlib.util
import re
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from duebook_etl.model.features import History, day_number, history
from duebook_etl.model.fit import Terms
from payers import FIRST, LATE, invoices, ledger, payers

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


DAY = FIRST + timedelta(330)
TURN = DAY - timedelta(80)
TERMS = Terms(horizon=120, lookback=90, least_bad=10, least_months=1)


def past_of(*, turned: str = "", until: date = DAY, shift: int = 0) -> History:
    """Return a ledger whose customers turned worse or better on a day, or did not.

    What was paid after the day is paid so many days later.
    """
    chance = Random(4)  # noqa: S311 - nothing secret about it
    paid = []
    for one in invoices(chance, payers(chance, 400), months=13):
        later = chance.random() < 0.15
        if one.due > TURN and turned == "worse" and later:
            paid.append(replace(one, paid=one.due + timedelta(LATE)))
        elif one.due > TURN and turned == "better" and not later:
            paid.append(replace(one, paid=min(one.paid, one.due + timedelta(20))))
        else:
            paid.append(one)
    paid = [replace(one, paid=one.paid + timedelta(shift * (one.paid > DAY))) for one in paid]
    return history(*ledger(paid, until).tables(), last=until)


def moved(turned: str) -> float:
    level = load("level")
    found: float = level.by_part(level.of_day(past_of(turned=turned), day_number(DAY), TERMS))
    return found


def test_windows_seen_in_part_tell_that_customers_turned_worse_or_better() -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn: the extra model installs it")
    assert moved("worse") > 1.3
    assert moved("better") < 0.7
    assert 0.8 < moved("") < 1.25


def test_what_windows_seen_in_part_tell_is_known_on_the_day() -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn: the extra model installs it")
    level = load("level")
    last = DAY + timedelta(60)
    pasts = (
        past_of(turned="worse", until=DAY),
        *(past_of(turned="worse", until=last, shift=n) for n in (0, 40)),
    )
    assert len({past.invoices.amount.size for past in pasts}) == 3
    found, *others = (level.by_part(level.of_day(past, day_number(DAY), TERMS)) for past in pasts)
    assert found != 1
    assert others == [found, found]


def test_hazards_so_many_times_as_high() -> None:
    level = load("level")
    # Twice the hazard is the chance of two in a row: one less .9 times .9.
    assert level.raised(np.array([0.0, 0.1, 1 - 1e-9]), 2.0) == pytest.approx([0.0, 0.19, 1.0])
    assert level.raised(np.array([0.3]), 1.0) == pytest.approx([0.3])


def test_the_level_of_customers_who_stay_as_they_are_lies_in_its_interval() -> None:
    pytest.importorskip("sklearn", reason="needs scikit-learn: the extra model installs it")
    level = load("level")
    lines = level.level(past_of(), 30, name="payers", checked=True)
    (held,) = [line for line in lines if line.target]
    gap, low, high = (float(found) for found in re.findall(r"[+-]\d+\.\d", held.figure.partition(":")[2]))
    assert low < gap < high
    assert low < 0 < high
    assert held.met == (abs(gap) <= 2)
    assert held.what == ">30 days past due in 113, out of time, 1 day"
    (wiser,) = [line for line in lines if "wiser" in line.what]
    assert "mean PD" in wiser.figure


def test_a_file_that_is_too_short_says_so() -> None:
    level = load("level")
    lines = level.level(past_of(until=FIRST + timedelta(100)), 30, name="payers", checked=True)
    assert {line.figure for line in lines} == {"the file is too short"}
    assert not any(line.target for line in lines)


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
        # Late payment fell by about a third within the file's one year, which nothing known at half of it
        # tells (docs/models.md): the level out of time is missed, and shown as missed.
        assert all("out of time" in what for what in missed), missed
        assert any(line.met for line in lines)
