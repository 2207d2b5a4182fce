"""Every rule turns away what it should with one reason in words, keeps the rest, and is exact to the cent."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.errors import InputError
from duebook.money import to_minor
from duebook_connectors.base import QUERIES
from duebook_etl.cast import Rejected
from duebook_etl.validate import Quarantined, schema, validate
from rows import POSTED, Rows

if TYPE_CHECKING:
    from collections.abc import Callable

LATER = POSTED + timedelta(days=10)


def books() -> Rows:
    """Return an invoice of 100 and a receipt of 60 that settles part of it, with nothing wrong."""
    rows = Rows()
    rows.company("1", "EUR")
    rows.company("2", "JPY")
    rows.customer("C1")
    rows.item("I1", "100.00")
    rows.item("R1", "-60.00", kind="receipt")
    rows.leg("A1", "I1", "60.00")
    rows.leg("A1", "R1", "-60.00")
    rows.moved("40.00")
    return rows


def checked(rows: Rows, chunk: int = 1000) -> tuple[dict[str, list[dict[str, Any]]], list[Quarantined]]:
    """Return the good rows of each query, and the quarantine."""
    good: dict[str, list[dict[str, Any]]] = defaultdict(list)
    quarantine: list[Quarantined] = []
    read = 0
    for answer in validate(rows.chunks(chunk)):
        assert answer.good.schema == schema(answer.query)
        good[answer.query] += answer.good.to_pylist()
        quarantine += answer.quarantined
        read += answer.read
    assert read == sum(len(given) for given in (*rows.of.values(), *rows.rejected.values()))
    return good, quarantine


def reasons(quarantine: list[Quarantined]) -> list[tuple[str, str | None, str]]:
    return [(row.query, row.key, row.reason) for row in quarantine]


def test_what_is_right_passes_in_minor_units() -> None:
    good, quarantine = checked(books())
    assert quarantine == []
    assert {query: len(good[query]) for query in QUERIES} == {
        "companies": 2,
        "customers": 1,
        "items": 2,
        "allocations": 2,
        "control": 1,
    }
    assert good["items"][0] == {
        "company": "1",
        "item": "I1",
        "customer": "C1",
        "kind": "invoice",
        "document": "INV-I1",
        "reference": None,
        "document_date": POSTED,
        "posting_date": POSTED,
        "due_date": date(2024, 3, 31),
        "currency": "EUR",
        "amount_document": 10_000,
        "amount": 10_000,
        "remaining": None,
    }
    assert [leg["amount"] for leg in good["allocations"]] == [6_000, -6_000]
    assert good["control"][0]["amount"] == 4_000


def test_no_rows_at_all_are_no_error() -> None:
    assert checked(Rows()) == (
        {"companies": [], "customers": [], "items": [], "allocations": [], "control": []},
        [],
    )


def item(**fields: object) -> Callable[[Rows], None]:
    return lambda rows: rows.item(**{"item": "X", "amount": "5.00"} | fields)  # type: ignore[arg-type]


def moved(**fields: object) -> Callable[[Rows], None]:
    return lambda rows: rows.moved(**{"amount": "5.00"} | fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "add", "reason"),
    [
        ("companies", lambda rows: rows.company("3", name=None), "name: is missing."),
        ("companies", lambda rows: rows.company("3", "eur"), "currency: 'eur' is no ISO 4217 code."),
        ("companies", lambda rows: rows.company("1"), "company: '1' was read before; its first row counts."),
        (
            "customers",
            lambda rows: rows.customer("C1"),
            "customer: 'C1' was read before; its first row counts.",
        ),
        ("customers", lambda rows: rows.customer("C2", name=""), "name: is missing."),
        (
            "customers",
            lambda rows: rows.customer("C2", "9"),
            "company: '9' is not among the companies read.",
        ),
        ("items", item(document=None), "document: is missing."),
        ("items", item(document=""), "document: is missing."),
        ("items", item(posting_date=None), "posting_date: is missing."),
        ("items", item(item=None), "item: is missing."),
        ("items", item(item="I1"), "item: 'I1' was read before; its first row counts."),
        ("items", item(company="9"), "company: '9' is not among the companies read."),
        (
            "items",
            item(kind="invoce"),
            "kind: 'invoce' is none of invoice, credit note, receipt, advance, journal entry.",
        ),
        ("items", item(currency="€"), "currency: '€' is no ISO 4217 code."),
        (
            "items",
            item(document_date=date(202, 11, 30)),
            "document_date: 0202-11-30 is not between 1900-01-01 and 2200-12-31.",
        ),
        (
            "items",
            item(due_date=date(2201, 1, 1)),
            "due_date: 2201-01-01 is not between 1900-01-01 and 2200-12-31.",
        ),
        ("items", item(amount_document=None), "amount_document: is missing."),
        ("items", item(amount=None, amount_document="5.00"), "amount: is missing."),
        (
            "items",
            item(amount=None, amount_document="5.00", currency="USD"),
            "amount: 5 USD has no amount in EUR, the currency of company '1': there is no rate of USD.",
        ),
        ("items", item(amount="5.001"), "amount_document: 5.001 has more decimals than EUR, which has 2."),
        (
            "items",
            item(amount="5.00", amount_document="5.5", currency="JPY"),
            "amount_document: 5.5 has more decimals than JPY, which has 0.",
        ),
        (
            "items",
            item(company="2", amount="5.50"),
            "amount: 5.5 has more decimals than JPY, which has 0.",
        ),
        (
            "items",
            item(remaining="5.00000001"),
            "remaining: 5.00000001 has more decimals than EUR, which has 2.",
        ),
        (
            "items",
            item(amount="92233720368547758.08"),
            "amount_document: 92233720368547758.08 EUR is larger than 92233720368547758.07.",
        ),
        (
            "items",
            item(amount="-999999999999999999999999999999"),
            "amount_document: -999999999999999999999999999999 EUR is larger than 92233720368547758.07.",
        ),
        ("control", moved(amount="5.001"), "amount: 5.001 has more decimals than EUR, which has 2."),
        ("control", moved(account=None), "account: is missing."),
        ("control", moved(company="9"), "company: '9' is not among the companies read."),
    ],
)
def test_a_row_that_breaks_a_rule_is_turned_away_alone(
    query: str, add: Callable[[Rows], None], reason: str
) -> None:
    rows = books()
    add(rows)
    good, quarantine = checked(rows)
    assert [(row.query, row.reason) for row in quarantine] == [(query, reason)]
    assert {q: good[q] for q in QUERIES} == {q: checked(books())[0][q] for q in QUERIES}


@pytest.mark.parametrize(
    "add",
    [
        item(due_date=None),
        item(amount="-5.00"),
        item(amount="0"),
        item(customer=None),
        item(document="INV-I1"),
        item(amount="5.00", amount_document="5.555", currency="KWD"),
        item(company="2", amount="5", amount_document="5", currency="JPY"),
        item(amount="92233720368547758.07"),
        item(amount="-92233720368547758.07"),
        moved(account="1201"),
    ],
    ids=[
        "no due date",
        "negative invoice",
        "nothing",
        "no customer",
        "document number again",
        "three decimals where there are three",
        "no decimals where there are none",
        "the largest",
        "the smallest",
        "another control account on the same day",
    ],
)
def test_what_is_unusual_and_right_passes(add: Callable[[Rows], None]) -> None:
    rows = books()
    rows.customer("C1", "2")
    add(rows)
    assert checked(rows)[1] == []


def test_the_raw_row_is_kept_as_read() -> None:
    rows = books()
    rows.item("X", "5.005", document='=1+1 "中文"', due_date=None, customer=None)
    _, (row,) = checked(rows)
    assert (row.company, row.key) == ("1", "X")
    assert json.loads(row.raw) == {
        "company": "1",
        "item": "X",
        "customer": None,
        "kind": "invoice",
        "document": '=1+1 "中文"',
        "reference": None,
        "document_date": "2024-03-01",
        "posting_date": "2024-03-01",
        "due_date": None,
        "currency": "EUR",
        "amount_document": "5.005",
        "amount": "5.005",
        "remaining": None,
    }


def test_what_could_not_be_cast_comes_with_the_readers_reason() -> None:
    rows = books()
    raw = {"company": "1", "item": "X", "amount": "NaN"}
    rows.rejected["items"].append(Rejected(raw, "amount", "NaN", "amount: 'NaN' is no amount."))
    good, quarantine = checked(rows)
    assert quarantine == [Quarantined("items", "1", "X", "amount: 'NaN' is no amount.", json.dumps(raw))]
    assert len(good["items"]) == 2


def test_a_row_with_several_faults_has_one_reason() -> None:
    rows = books()
    rows.item("X", "5.005", kind="?", currency="?", posting_date=None)
    assert reasons(checked(rows)[1]) == [
        ("items", "X", "kind: '?' is none of invoice, credit note, receipt, advance, journal entry.")
    ]


def test_empty_text_is_none_but_for_a_customer() -> None:
    rows = books()
    rows.item("X", "1.00", customer=None, reference="")
    rows.item("Y", "1.00", customer="")
    good, _ = checked(rows)
    assert [(row["customer"], row["reference"]) for row in good["items"][2:]] == [("", None)] * 2


@pytest.mark.parametrize("chunk", [1, 2, 3, 1000])
def test_of_rows_with_one_key_the_first_good_one_counts(chunk: int) -> None:
    rows = Rows()
    rows.company("1")
    rows.company("2")
    rows.customer("C1")
    rows.customer("C1", "2")
    rows.item("I1", "1.001")
    rows.item("I1", "2.00")
    rows.item("I1", "3.00", company="2")
    rows.item("I1", "4.00")
    rows.item("I2", "5.00")
    good, quarantine = checked(rows, chunk)
    assert [(row["company"], row["item"], row["amount"]) for row in good["items"]] == [
        ("1", "I1", 200),
        ("2", "I1", 300),
        ("1", "I2", 500),
    ]
    assert reasons(quarantine) == [
        ("items", "I1", "amount_document: 1.001 has more decimals than EUR, which has 2."),
        ("items", "I1", "item: 'I1' was read before; its first row counts."),
    ]


def test_what_belongs_to_a_refused_company_goes_with_it() -> None:
    rows = Rows()
    rows.company("1", "EURO")
    rows.customer("C1")
    rows.item("I1", "1.00")
    rows.leg("A1", "I1", "1.00")
    rows.moved("1.00")
    good, quarantine = checked(rows)
    assert not any(good.values())
    assert reasons(quarantine) == [
        ("companies", "1", "currency: 'EURO' is no ISO 4217 code."),
        ("customers", "C1", "company: '1' is itself in quarantine."),
        ("items", "I1", "company: '1' is itself in quarantine."),
        ("allocations", "A1", "company: '1' is itself in quarantine."),
        ("control", "1200", "company: '1' is itself in quarantine."),
    ]


def test_a_customer_who_was_not_read_is_put_in_place_once() -> None:
    rows = books()
    rows.item("X", "1.00", customer="C8")
    rows.item("Y", "1.00", customer="C8")
    good, quarantine = checked(rows)
    assert [row["item"] for row in good["items"]] == ["I1", "R1", "X", "Y"]
    assert [(row["customer"], row["name"]) for row in good["customers"]] == [
        ("C1", "Customer C1"),
        ("C8", "C8"),
    ]
    reason = (
        "customer: 'C8' has items and is not among the customers read; the items count, "
        "and the id stands for the name."
    )
    assert quarantine == [Quarantined("customers", "1", "C8", reason, '{"company": "1", "customer": "C8"}')]


def test_a_customer_who_was_refused_is_put_in_place_without_a_second_word() -> None:
    rows = books()
    rows.customer("C8", name=None)
    rows.item("X", "1.00", customer="C8")
    good, quarantine = checked(rows)
    assert [row["name"] for row in good["customers"]] == ["Customer C1", "C8"]
    assert reasons(quarantine) == [("customers", "C8", "name: is missing.")]


OTHER_LEG = "allocation: 'A2' has another leg in quarantine, and an allocation counts whole or not at all."


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"item": "I9"}, "item: 'I9' is not among the items read."),
        ({"item": "BAD"}, "item: 'BAD' is itself in quarantine."),
        ({"amount": None, "amount_document": "1.00"}, "amount: is missing."),
        (
            {"amount": "1.001", "amount_document": "1.00"},
            "amount: 1.001 has more decimals than EUR, which has 2.",
        ),
        (
            {"item": "USD", "amount": None, "amount_document": "1.00"},
            "amount: 1 USD has no amount in EUR, the currency of company '1': there is no rate of USD.",
        ),
        (
            {"item": "JPY", "amount_document": "1.50"},
            "amount_document: 1.5 has more decimals than JPY, which has 0.",
        ),
        ({"effective_date": None}, "effective_date: is missing."),
        (
            {"reversed_on": date(1899, 12, 31)},
            "reversed_on: 1899-12-31 is not between 1900-01-01 and 2200-12-31.",
        ),
    ],
)
@pytest.mark.parametrize("chunk", [1, 1000])
def test_an_allocation_counts_whole_or_not_at_all(fields: dict[str, Any], reason: str, chunk: int) -> None:
    rows = books()
    rows.item("USD", "5.00", currency="USD")
    rows.item("JPY", "5.00", currency="JPY", amount_document="5")
    rows.item("BAD", "5.005")
    rows.leg("A2", "R1", "-1.00")
    rows.leg(**{"allocation": "A2", "item": "I1", "amount": "1.00"} | fields)
    good, quarantine = checked(rows, chunk)
    assert [leg["allocation"] for leg in good["allocations"]] == ["A1", "A1"]
    legs = sorted(row.reason for row in quarantine if row.query == "allocations")
    assert legs == sorted([reason, OTHER_LEG])


def test_an_allocation_that_the_reader_refused_in_part_is_refused_whole() -> None:
    rows = books()
    raw = {"company": "1", "allocation": "A2", "item": "I1", "amount": "NaN"}
    rows.rejected["allocations"].append(Rejected(raw, "amount", "NaN", "amount: 'NaN' is no amount."))
    rows.leg("A2", "R1", "-1.00")
    good, quarantine = checked(rows)
    assert [leg["allocation"] for leg in good["allocations"]] == ["A1", "A1"]
    assert [row.reason for row in quarantine] == ["amount: 'NaN' is no amount.", OTHER_LEG]


def test_allocations_of_one_name_in_two_companies_are_two() -> None:
    rows = books()
    rows.item("I1", "9", company="2", currency="JPY", customer=None, posting_date=LATER)
    rows.leg("A1", "I1", "9", company="2")
    rows.leg("A1", "I9", "-9", company="2")
    good, quarantine = checked(rows)
    assert [(leg["company"], leg["effective_date"]) for leg in good["allocations"]] == [("1", POSTED)] * 2
    assert {row.company for row in quarantine} == {"2"}


def test_an_allocation_takes_effect_when_its_last_item_is_posted() -> None:
    rows = books()
    rows.item("I2", "5.00", posting_date=LATER)
    rows.leg("A2", "I2", "5.00", effective_date=POSTED)
    rows.leg("A2", "R1", "-5.00", effective_date=POSTED - timedelta(days=30))
    rows.leg("A3", "I1", "1.00", effective_date=LATER + timedelta(days=1))
    rows.leg("A3", "R1", "-1.00", effective_date=POSTED)
    good, _ = checked(rows, 3)
    assert [(leg["allocation"], leg["effective_date"]) for leg in good["allocations"]] == [
        ("A1", POSTED),
        ("A1", POSTED),
        ("A2", LATER),
        ("A2", LATER),
        ("A3", LATER + timedelta(days=1)),
        ("A3", LATER + timedelta(days=1)),
    ]


def test_a_leg_has_the_decimals_of_its_items_currency() -> None:
    rows = books()
    rows.item("K", "5.00", currency="KWD", amount_document="1.234")
    rows.item("J", "-5.00", currency="JPY", amount_document="-700")
    rows.leg("A2", "K", "5.00", amount_document="1.234")
    rows.leg("A2", "J", "-5.00", amount_document="-700")
    good, quarantine = checked(rows)
    assert quarantine == []
    assert [leg["amount_document"] for leg in good["allocations"]] == [6_000, -6_000, 1_234, -700]


@given(
    st.lists(
        st.tuples(
            st.decimals(
                allow_nan=False, allow_infinity=False, places=8, min_value=-(10**29), max_value=10**29
            )
            | st.decimals(
                allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12
            )
            | st.integers(-(10**18), 10**18).map(lambda minor: Decimal(minor).scaleb(-3)),
            st.sampled_from(["EUR", "JPY", "KWD", "CLF"]),
        ),
        max_size=30,
    ),
    st.integers(1, 10),
)
def test_every_amount_is_exact_or_refused(amounts: list[tuple[Decimal, str]], chunk: int) -> None:
    """What the columns give is what money.to_minor gives, one amount at a time."""
    rows = Rows()
    rows.company("1", "EUR")
    for number, (amount, currency) in enumerate(amounts):
        rows.item(str(number), "0", currency=currency, amount_document=str(amount))
    expected = {}
    for number, pair in enumerate(amounts):
        try:
            expected[str(number)] = to_minor(*pair)
        except InputError:
            continue
    good, quarantine = checked(rows, chunk)
    assert {row["item"]: row["amount_document"] for row in good["items"]} == expected
    assert len(good["items"]) + sum(row.query == "items" for row in quarantine) == len(amounts)


def test_a_part_of_a_larger_batch_is_read_from_its_own_place() -> None:
    """Amounts are taken from the column's memory, where a slice begins further on."""
    rows = books()
    whole = pa.Table.from_batches([rows.chunks()["items"][0].batch]).to_batches()[0]
    sliced = rows.chunks() | {
        "items": [type(rows.chunks()["items"][0])(whole.slice(1), ())],
        "allocations": [],
    }
    amounts = [
        row
        for answer in validate(sliced)
        if answer.query == "items"
        for row in answer.good["amount"].to_pylist()
    ]
    assert amounts == [-6_000]
