"""The store's functions on a real book: what is missing there, and what is only empty."""

from __future__ import annotations

import json
from contextlib import nullcontext
from datetime import date
from typing import TYPE_CHECKING

import pytest

from books import group_books
from duebook.policy import default_policy
from duebook_addin.book import use_book
from duebook_addin.call import call
from duebook_cli.cellbook import CellBook
from duebook_etl.book import Book
from duebook_etl.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

AS_OF = date(2026, 6, 30)


@pytest.fixture(autouse=True)
def group(tmp_path: Path) -> Iterator[None]:
    """Put the book of a small group in use for one test."""
    with Store.open(f"sqlite:///{tmp_path / 'duebook.db'}") as store:
        group_books().save(store, AS_OF)
        book = Book(store, default_policy())
        use_book(CellBook(lambda: nullcontext(book)))
        yield
        use_book(None)


def result(name: str, *arguments: object) -> object:
    return json.loads(call(name, json.dumps(arguments))[0])


@pytest.mark.parametrize(
    "field", ["dso", "average_days_late", "average_terms", "pay_index", "oldest_overdue_days"]
)
def test_a_customer_without_dealings_has_no_such_figure(field: str):
    assert result("PROFILE", "9", field) == {
        "error": "#N/A",
        "message": f"field: customer '9' has no {field!r}; there is nothing to measure.",
    }


def test_what_is_nothing_or_empty_is_not_missing():
    assert result("PROFILE", "9", ["open", "sales", "salesperson", "country"]) == [0, 0, "", "FR"]


def test_a_company_whose_id_two_sources_share_is_written_with_its_source():
    rows = result("OPENITEMS", "7")
    assert isinstance(rows, list)
    assert {row[0] for row in rows[1:]} == {"erp/1", "2"}
    assert result("PROFILE", ["1/7", "2/7"], "company") == ["erp/1", "2"]
    companies = result("PORTFOLIO", "open", None, "company")
    assert isinstance(companies, list)
    assert [row[:2] for row in companies[1:]] == [
        ["2", "East KK"],
        ["erp/1", "North Ltd"],
        ["old/1", "Old GmbH"],
    ]


def test_a_group_with_nothing_to_measure_leaves_the_others_alone():
    nothing = {"error": "#N/A", "message": "measure: no 'oldest overdue' here; there is nothing to measure."}

    assert result("PORTFOLIO", "oldest overdue", None, "country") == [
        ["country", "name", "currency", "oldest overdue"],
        ["", "", "EUR", nothing],  # an entry that names no customer
        ["DE", "DE", "EUR", 60],
        ["FR", "FR", "EUR", 121],
        ["JP", "JP", "JPY", 30],
    ]
    assert result("PORTFOLIO", "oldest overdue", "2026-01-01") == nothing
