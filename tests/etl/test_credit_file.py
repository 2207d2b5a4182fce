"""The credit file: read as people write it, kept as facts with their day, and what is wrong with a row said."""

# ruff: noqa: E501 - a case a line
from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import openpyxl
import pytest
from sqlalchemy import select

from books import EAST, NORTH, group_books
from duebook.errors import InputError
from duebook.policy import default_policy
from duebook_etl import schema
from duebook_etl.credit_file import Kept, fact_name, facts_as_of, keep_facts, read_credit_file
from duebook_etl.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POLICY = default_policy()
AS_OF = date(2026, 6, 30)
ACME = (*NORTH, "7")
HEAD = "customer,name,value,known_from"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'duebook.db'}") as opened:
        group_books().save(opened, AS_OF)
        yield opened


def kept(store: Store, folder: Path, *lines: str, head: str = HEAD) -> Kept:
    file = folder / "credit.csv"
    file.write_text("\n".join([head, *lines]), encoding="utf-8-sig")
    return keep_facts(store, 1, read_credit_file(file), policy=POLICY, shown="credit.csv")


def reasons(store: Store) -> list[tuple[str, str]]:
    table = schema.quarantine.c
    with store.engine.connect() as connection:
        found = connection.execute(select(table.key, table.reason).where(table.query == "credit_facts")).all()
    return [(row.key, row.reason) for row in found]


def values(store: Store, day: date = AS_OF, key: tuple[str, str, str] = ACME) -> dict[str, object]:
    return {name: fact.value for name, fact in facts_as_of(store, day).get(key, {}).items()}


def test_each_row_is_a_fact_by_id_or_code_of_the_customer(store: Store, tmp_path: Path):
    found = kept(
        store,
        tmp_path,
        "C0007,net worth,1250000.50,2026-01-01",
        "C0007,Credit Limit,80000,2026-02-01",
        "C0007,诉讼,none,2026-02-01",
        "C0007,debt ratio,45%,2026-02-01",
        "C0007,last rating,2026-03-31,2026-04-01",
        "C0007,segment,007,2026-01-01",
        "",
        "C0008,母公司,C0007,2026-01-01",
    )
    assert found == Kept(facts=7, quarantined=0)
    assert values(store) == {
        "net worth": Decimal("1250000.50"),
        "credit limit": Decimal(80000),
        "litigation": "none",
        "debt ratio": Decimal("0.45"),
        "last rating": date(2026, 3, 31),
        "segment": "007",
    }
    assert values(store, key=(*NORTH, "8")) == {"parent": "7"}


def test_on_a_day_the_newest_row_known_by_then_counts(store: Store, tmp_path: Path):
    kept(
        store,
        tmp_path,
        "C0007,credit limit,300,2026-05-01",
        "C0007,credit limit,100,2026-01-01",
        "C0007,credit limit,200,2026-03-01",
        "C0007,credit limit,250,2026-03-01",
    )
    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 2, 28), date(2026, 3, 1), date(2026, 5, 1))
    found = [values(store, day).get("credit limit") for day in days]
    assert found == [None, 100, 100, 250, 300]
    (fact,) = facts_as_of(store, AS_OF, customers=[ACME], names=["credit limit"])[ACME].values()
    assert (fact.known_from, fact.row) == (date(2026, 5, 1), 2)
    assert facts_as_of(store, AS_OF, customers=[(*EAST, "7")]) == {}
    assert facts_as_of(store, AS_OF, customers=[]) == {}


def test_a_row_that_cannot_be_used_is_set_aside_with_its_number_and_why(store: Store, tmp_path: Path):
    found = kept(
        store,
        tmp_path,
        "C0007,net worth,100,2026-01-01",
        "C0007,net wort,100,2026-01-01",
        "nobody,net worth,100,2026-01-01",
        "C0007,net worth,much,2026-01-01",
        "C0007,net worth,100,",
        "C0007,net worth,100,1.2.2026",
        "C0007,litigation,nonne,2026-01-01",
        "C0007,debt ratio,45,2026-01-01",
        "C0007,orders,-5,2026-01-01",
        "C0007,orders,5.123,2026-01-01",
        "C0007,event,1.5,2026-01-01",
        "7,net worth,100,2026-01-01",
        "C0007,company,1,2026-01-01",
    )
    assert found == Kept(facts=1, quarantined=12)
    assert reasons(store) == [
        ("row 3", "name: 'net wort' is no fact. Did you mean 'net worth'?"),
        ("row 4", "customer: 'nobody' is not known."),
        ("row 5", "value: net worth is 'much', no number. Write 1250000.50, or 20% for a share."),
        ("row 6", "known_from: the cell is empty."),
        ("row 7", "known_from: '1.2.2026' is no date. Write it as 2026-06-30."),
        (
            "row 8",
            "value: litigation is 'nonne', none of none, minor, major, enforced, insolvency. Did you mean 'none'?",
        ),
        ("row 9", "value: debt ratio is 45; at least 0 and at most 20 is allowed. Write 0.45 for 45%."),
        ("row 10", "value: orders is -5; 0 or more is allowed."),
        (
            "row 11",
            (
                "amount: 5.123 has more decimals than EUR, which has 2. Round it where it is made, so that both sides "
                "round alike."
            ),
        ),
        ("row 12", "value: event is 1.5; a whole number of 0 or more is allowed."),
        ("row 13", "customer: '7' is a customer of erp/1 and erp/2. Write the company as well."),
        (
            "row 14",
            (
                "name: 'company' is no fact. Write a factor of the scorecard, an input of a limit, or one of credit "
                "limit, insured limit, collateral, orders, unbilled, bills, disputed, promised, individual loss "
                "rate, report changes, event, disputed since, last rating, last audit, last training, last "
                "terms, promised for, segment, parent, industry, country."
            ),
        ),
    ]
    with store.engine.connect() as connection:
        row = connection.execute(select(schema.quarantine).where(schema.quarantine.c.key == "row 4")).one()
    assert (row.source, row.company) == ("credit.csv", None)
    assert json.loads(row.raw)["customer"] == "nobody"


def test_a_company_tells_customers_apart_and_keeps_source_and_note(store: Store, tmp_path: Path):
    found = kept(
        store,
        tmp_path,
        "2,7,orders,500,2026-01-01,sales desk,by phone",
        "erp/1,7,orders,5.25,2026-01-01,,",
        "9,7,orders,5,2026-01-01,,",
        head="company,customer,name,value,known_from,source,note",
    )
    assert found == Kept(facts=2, quarantined=1)
    assert reasons(store) == [("row 4", "company: '9' is not in the store; there are erp/1, erp/2, old/1.")]
    fact = facts_as_of(store, AS_OF)[*EAST, "7"]["orders"]
    assert (fact.value, fact.told_by, fact.note) == (500, "sales desk", "by phone")
    assert values(store) == {"orders": Decimal("5.25")}


def test_cells_may_be_parted_by_semicolons(store: Store, tmp_path: Path):
    lines = ("C0007;orders;5.5;2026-01-01", "C0007;note;a, b;2026-01-01")
    assert kept(store, tmp_path, *lines, head=HEAD.replace(",", ";")) == Kept(facts=1, quarantined=1)
    assert values(store) == {"orders": Decimal("5.5")}


def test_each_reading_replaces_the_one_before(store: Store, tmp_path: Path):
    kept(store, tmp_path, "C0007,orders,5,2026-01-01", "nobody,orders,5,2026-01-01")
    assert kept(store, tmp_path, "C0008,orders,6,2026-01-01") == Kept(facts=1, quarantined=0)
    assert (values(store), reasons(store)) == ({}, [])


def test_a_parent_that_would_close_a_circle_is_set_aside(store: Store, tmp_path: Path):
    kept(
        store,
        tmp_path,
        "C0008,parent,C0007,2026-01-01",
        "C0007,parent,C0008,2026-03-01",
        "C0009,parent,C0009,2026-01-01",
        "C0009,parent,C0008,2026-02-01",
    )
    assert reasons(store) == [
        ("row 3", "value: parent: 7 -> 8 -> 7 is a circle; a group has one head."),
        ("row 4", "value: parent: 9 -> 9 is a circle; a group has one head."),
    ]
    assert values(store, key=(*NORTH, "9")) == {"parent": "8"}


def test_a_workbook_is_read_as_the_text_would_be(store: Store, tmp_path: Path):
    book = openpyxl.Workbook()
    for line in (
        ["Name", "Customer", "known_from", "value", "mine"],
        ["debt ratio", "C0007", datetime(2026, 1, 1), 0.1, "x"],  # noqa: DTZ001 - as a sheet has it
        ["credit limit", "C0007", "2026-01-01", 80000.0, None],
        ["good record", "C0007", "2026-01-01", True, None],
        [None, None, None, None, "only a note"],
        ["last audit", "C0007", "2026-01-01", datetime(2025, 12, 31), None],  # noqa: DTZ001
        ["net worth", "C0007", "2026-01-01", -120000, None],
    ):
        book.active.append(line)
    file = tmp_path / "credit.xlsx"
    book.save(file)
    found = keep_facts(store, 1, read_credit_file(file), policy=POLICY, shown="credit.xlsx")
    assert found == Kept(facts=5, quarantined=0)
    assert values(store) == {
        "debt ratio": Decimal("0.1"),
        "credit limit": Decimal(80000),
        "good record": "yes",
        "last audit": date(2025, 12, 31),
        "net worth": Decimal(-120000),
    }


def test_a_file_that_cannot_be_read_is_refused_by_its_path(tmp_path: Path):
    def refused(name: str, content: bytes | None = None) -> str:
        if content is not None:
            (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError) as caught:
            read_credit_file(tmp_path / name)
        return str(caught.value).replace(str(tmp_path), "~")

    assert refused("no.csv") == (
        "There is no credit file ~/no.csv. [credit_file] path names it; leave the table out for none."
    )
    assert refused("a.csv", b"customer,value\n") == (
        "The credit file ~/a.csv has no column name, known_from; its first row has customer, value. Write "
        "customer, name, value, known_from, and company, source, note where wanted."
    )
    assert refused("empty.csv", b"").startswith("The credit file ~/empty.csv has no column customer, name,")
    assert refused("b.csv", "客户".encode("gbk")) == (
        "The credit file ~/b.csv is not UTF-8 text. In Excel save it as CSV UTF-8, or as .xlsx."
    )
    assert refused("c.csv", b'customer,name\n"a"b,c\n').startswith("The credit file ~/c.csv is no CSV:")
    assert refused("d.xlsx", b"customer,name\n") == (
        "The credit file ~/d.xlsx is no workbook. Save it as .xlsx, or as CSV UTF-8."
    )
    (tmp_path / "folder.csv").mkdir()
    assert refused("folder.csv") == "The credit file ~/folder.csv cannot be read: Is a directory."


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Net_Worth", "net worth"),
        ("净资产", "net worth"),
        ("加权平均逾期天数", "days late"),
        ("TNW", "tangible net worth"),
        ("最近评级", "last rating"),
        ("years", "years of cooperation"),
    ],
)
def test_a_fact_has_one_name_however_it_is_written(written: str, name: str):
    assert fact_name(written, POLICY) == name


def test_a_loss_rate_of_its_own_is_a_share_until_the_customer_is_assessed_with_the_others(
    store: Store, tmp_path: Path
):
    found = kept(
        store,
        tmp_path,
        "C0007,individual loss rate,30%,2026-01-01",
        "C0007,单项计提比例,1,2026-02-01",
        "C0007,individual loss rate,Collective,2026-03-01",
        "C0007,单项计提比例,组合计提,2026-04-01",
        "C0007,individual loss rate,1.01,2026-05-01",
        "C0007,individual loss rate,-5%,2026-05-01",
        "C0007,individual loss rate,most,2026-05-01",
    )
    assert found == Kept(facts=4, quarantined=3)
    days = [date(2026, month, 15) for month in range(1, 6)]
    assert [values(store, each)["individual loss rate"] for each in days] == [
        Decimal("0.3"),
        1,
        *["collective"] * 3,
    ]
    allowed = (
        "0 to 1 is allowed. Write 0.3 or 30% for 30%; collective where it is assessed with the others again."
    )
    assert reasons(store) == [
        ("row 6", f"value: individual loss rate is 1.01; {allowed}"),
        ("row 7", f"value: individual loss rate is -5%; {allowed}"),
        (
            "row 8",
            "value: individual loss rate is 'most', no number. Write 1250000.50, or 20% for a share.",
        ),
    ]
