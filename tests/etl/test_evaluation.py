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
        "CCU013,X,no day,2019-03-01,5.00,5\n"
        "CCU013,X,0001-01-01,2019-03-01,5.00,6\n"
        "CCU013,X,2019-03-01,2019-03-02,1e30,7\n"
        "CCU013,X,2019-03-01\n",
        encoding="utf-8",
    )
    with gzip.open(folder / "two.csv.gz", "wt", encoding="utf-8") as file:
        file.write(
            "doc_id,cust_number,posting_date,due_in_date,clear_date,total_open_amount\n"
            "1930582584.0,0140104409,2019-02-28,2019-01-10,2019-04-02,3\n"
            "1930582584,0140104409,2019-02-28,2019-01-10,2019-04-02,3\n"
        )
    (folder / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")

    seen, damaged = payments.read(folder)

    assert not damaged
    assert [(one.customer, one.due, one.paid, one.amount) for one in seen.invoices] == [
        ("200769623", date(2019, 1, 14), date(2019, 1, 20), 10_050),
        ("200769623", date(2019, 2, 14), date(2019, 2, 20), 725),
        ("140104409", date(2019, 1, 10), date(2019, 4, 2), 300),
    ]
    assert seen.dropped == (2, 5)
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

    cut, _ = payments.read(write(tmp_path / "cut", cut=True))
    whole, _ = payments.read(write(tmp_path / "whole", cut=False))
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


def test_companies_of_other_files_of_the_same_kind(tmp_path: Path) -> None:
    companies = load("companies")
    folder = tmp_path / "polish_bankruptcy"
    folder.mkdir()
    names = [f"@attribute Attr{place} numeric" for place in range(1, 65)]
    rows = [",".join([*(str(place * number) for place in range(64)), "2019"]) for number in range(10)]
    ended = [f"{row},{int(number < 3)}" for number, row in enumerate(rows)]
    begun = [row.replace(",2019", f",{int(number < 3)},2019") for number, row in enumerate(rows)]
    year, label = "@attribute year numeric", "@attribute 'class' {0,1}"
    (folder / "2YEAR.ARFF").write_text("\n".join([*names, year, label, "@DATA", *ended]), encoding="utf-8")
    (folder / "1year.arff").write_text("\n".join([*names, "@data", *ended]), encoding="utf-8")
    (folder / "3year.arff.gz").write_text("\n".join([*names, label, year, "@data", *begun]), encoding="utf-8")
    (folder / "4year.arff.gz").write_bytes(gzip.compress(b"@data\n1,2\n" * 99)[:-9])
    (folder / "5year.arff").write_bytes(b"")
    (folder / "2009.json").write_text('{"data": [', encoding="utf-8")
    (folder / "2010.json").write_text('[{"bankrupt": true}, 3]', encoding="utf-8")
    lines = {line.what: line.figure for line in companies.evaluate(tmp_path)}
    for name in ("1year", "2YEAR", "3year"):
        assert lines[f"{name}: 10 companies"] == "3 bankrupt: too few to measure"
    assert lines["4year.arff.gz: skipped"].startswith("cannot be read: Compressed file ended")
    assert lines["2009.json: skipped"].startswith("no JSON: Expecting value")
    assert lines["5year.arff: skipped"] == lines["2010.json: skipped"]
    assert lines["5year.arff: skipped"] == "no row with 64 ratios and whether the company went bankrupt"


def test_customers_of_one_kind_alone_are_too_few_to_measure(payments: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "highradius"
    folder.mkdir()
    rows = ["cust_number,due_date,clear_date,amount"]
    for number in range(1200):
        due = date(2018, 1, 1) + timedelta(number)
        rows.append(f"C{number % 40},{due},{due + timedelta(number % 9)},10")
    (folder / "closed.csv").write_text("\n".join(rows), encoding="utf-8")
    (folder / "damaged.csv.gz").write_bytes(gzip.compress(b"a,b\n" * 99)[:-9])
    lines = {line.what: line for line in payments.evaluate(tmp_path)}
    assert lines["damaged.csv.gz: skipped"].figure.startswith("cannot be read")
    few = [line.figure for line in lines.values() if "too few of either kind" in line.figure]
    assert few == ["40, 0 bad: too few of either kind to measure"] * 2
    assert not any(line.target for what, line in lines.items() if "past due" in what)


def test_answers_where_nothing_was_sold_and_invoices_that_nobody_paid(tmp_path: Path) -> None:
    invoices = load("invoices")
    folder = tmp_path / "ibm_late_payment"
    (folder / "oracle").mkdir(parents=True)
    (folder / "some.csv").write_text(
        "customerID,InvoiceDate,DueDate,InvoiceAmount,SettledDate,more\n"
        "A,1/5/2020,2/4/2020,100.00,1/20/2020,x\n"
        'B,1/6/2020,2/5/2020,"1,050.50",,x\n'
        "C,1/6/2020,2/5/2020,n/a,1/7/2020,x\n"
        "D\n",
        encoding="utf-8",
    )
    answers = {
        "aging_2020-03-31.csv": "cust,current,1-30,31-60,61-90,90+\nB,0.0,0,1050.5,0,0\nA,0,0,0,0,0\n",
        "monthly_dso_cei.csv": (
            "month,ar_begin,sales,ar_end,ar_end_current,dso_simple,dso_countback,cei_pct\n"
            "2020-01,0,1150.50,1050.50,1050.50,28.3055,28.3055,100\n"
            "2020-02,1050.50,0,1050.50,0,,,0\n"
        ),
        "days_late_2020-03-31.csv": "cust,wavg_days_late_signed\nA,-15\nB,nan\n",
        "aging_2020-02-29.csv": "customer,current\nB,1\n",
        "aging_2020-02-31.csv": "cust\n",
    }
    for name, text in answers.items():
        (folder / "oracle" / name).write_text(text, encoding="utf-8")
    lines = {line.what: line for line in invoices.evaluate(tmp_path)}
    assert lines["aging of each customer"].figure == "10 of 10 figures equal"
    assert lines["weighted days late of each customer"].figure == "2 of 2 figures equal"
    (turnover,) = (line for what, line in lines.items() if "countback" in what)
    assert turnover.figure == "14 of 14 figures equal"
    assert lines["aging_2020-02-29.csv: skipped"].figure == "no such answers: KeyError('cust')"


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
    assert lines[1].what == ">30 days past due, out of time, 6 days"
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
