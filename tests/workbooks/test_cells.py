"""What a cell becomes: text stays text and comes back as it was, money is exact to the last digit."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.errors import InputError
from duebook.money import from_minor
from duebook_workbooks.tables import LONGEST_TEXT, Money, Place, money_text, plain, rows

CURRENCIES = {0: "JPY", 2: "EUR", 3: "KWD"}


def cells(column: pa.Array | Money) -> list[ET.Element]:
    """Return the cells of a column that stands alone, as a reader of the XML sees them."""
    xml = b"".join(rows({"A": column}, {"A": Place("C", 7)}, first=5))
    found = ET.fromstring(b"<sheetData>" + xml + b"</sheetData>")  # noqa: S314 - our own
    assert [row.attrib["r"] for row in found] == [str(5 + at) for at in range(len(found))]
    assert all(len(row) == 1 for row in found)
    return [row[0] for row in found]


def shown(cell: ET.Element) -> str:
    """Return the text of a cell as Excel reads it: with its escapes resolved."""
    text = cell.findtext("is/t") or ""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda found: chr(int(found[1], 16)), text)


ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40)
NASTY_TEXT = st.lists(
    st.sampled_from(
        ["_x000D_", "_x005F_", "_", "x0041_", "\r", "\n", "\t", "\x00", "\x1f", "\ufffe", "\uffff"]
    )
    | st.sampled_from(
        ["&", "<", ">", "]]>", "&amp;", " ", "=", "+1", "-", "@", "'", '"', "中文", "🙂", "\u202e", "\ufeff"]
    ),
    min_size=1,
    max_size=12,
).map("".join)


@given(st.lists(ANY_TEXT | NASTY_TEXT, min_size=1, max_size=20))
def test_text_comes_back_as_it_was(texts: list[str]) -> None:
    read = cells(pa.array(texts))
    assert [shown(cell) for cell in read] == texts
    assert {cell.get("t") for cell in read} == {"inlineStr"}
    assert not any(cell.findall("f") for cell in read)


@given(st.lists(ANY_TEXT | NASTY_TEXT | st.none() | st.just(""), min_size=1, max_size=20))
def test_the_text_is_the_same_whatever_stands_in_the_other_rows(texts: list[str | None]) -> None:
    together = [shown(cell) for cell in cells(pa.array(texts, pa.string()))]
    alone = [shown(cells(pa.array([text], pa.string()))[0]) for text in texts]
    assert together == alone == [text or "" for text in texts]


@pytest.mark.parametrize("text", ["", None])
def test_no_text_is_an_empty_cell_with_its_style(text: str | None) -> None:
    first, second = cells(pa.array([text, "a"]))
    assert (first.attrib, len(first)) == ({"r": "C5", "s": "7"}, 0)
    assert shown(second) == "a"


@pytest.mark.parametrize("text", [" a", "a ", "\na", "a\t", "\u3000a"])
def test_blanks_at_the_ends_are_kept(text: str) -> None:
    (cell,) = cells(pa.array([text]))
    assert cell.find("is/t").get("{http://www.w3.org/XML/1998/namespace}space") == "preserve"


def test_long_text_is_cut_where_excel_ends_and_shows_it() -> None:
    (longest,) = cells(pa.array(["a" * LONGEST_TEXT]))
    assert shown(longest) == "a" * LONGEST_TEXT
    (longer,) = cells(pa.array(["a" * (LONGEST_TEXT + 1)]))
    assert shown(longer) == "a" * (LONGEST_TEXT - 1) + "…"
    # Excel counts UTF-16 units: 20,000 emoji are 40,000 of them
    assert len(plain("🙂" * 20_000).encode("utf-16-le")) // 2 <= LONGEST_TEXT


def test_half_a_surrogate_pair_becomes_the_replacement_character() -> None:
    assert plain("a\ud83db") == "a\ufffdb"
    invalid = pa.array([b"good", b"a\xed\xa0\xbdb", None]).view(pa.string())
    assert shown(cells(invalid)[0]) == "good"
    assert set(shown(cells(invalid)[1])) == {"a", "\ufffd", "b"}


@given(
    st.lists(
        st.tuples(st.integers(-(2**63), 2**63 - 1) | st.integers(-1200, 1200), st.sampled_from([0, 2, 3])),
        min_size=1,
    )
)
def test_money_is_exact(amounts: list[tuple[int, int]]) -> None:
    minor, digits = (pa.array(values) for values in zip(*amounts, strict=True))
    read = cells(Money(minor.cast(pa.int64()), digits.cast(pa.int8()), {0: 10, 2: 12, 3: 13}))
    assert [Decimal(cell.findtext("v")) for cell in read] == [
        from_minor(amount, CURRENCIES[count]) for amount, count in amounts
    ]
    assert [cell.get("s") for cell in read] == [str(10 + count) for _, count in amounts]


def test_money_shows_as_many_decimals_as_its_currency() -> None:
    text = money_text(pa.array([-5, 5, 0, 123456, 1, None]), pa.array([2, 3, 2, 0, 18, 2]))
    assert text.to_pylist() == ["-0.05", "0.005", "0.00", "123456", "0.000000000000000001", None]


def test_a_currency_without_a_style_takes_that_of_its_column() -> None:
    first, second = cells(Money(pa.array([100, 100]), pa.array([2, 4]), {2: 9}))
    assert (first.get("s"), second.get("s"), second.findtext("v")) == ("9", "7", "0.0100")


@pytest.mark.parametrize(
    ("day", "serial"),
    [  # serials as Excel shows them; it counts a 29 February 1900
        (date(2025, 11, 30), "45991"),
        (date(1900, 3, 1), "61"),
        (date(1900, 2, 28), "59"),
        (date(1900, 1, 1), "1"),
        (date(9999, 12, 31), "2958465"),
    ],
)
def test_a_date_is_its_serial(day: date, serial: str) -> None:
    assert cells(pa.array([day]))[0].findtext("v") == serial


def test_a_date_before_1900_is_shown_as_text() -> None:
    early, late, none = cells(pa.array([date(1899, 12, 31), date(2000, 1, 1), None]))
    assert shown(early) == "1899-12-31"
    assert (late.findtext("v"), len(none)) == ("36526", 0)


def test_numbers_and_truth_values() -> None:
    assert [cell.findtext("v") for cell in cells(pa.array([1, -(2**63), None]))] == ["1", str(-(2**63)), None]
    floats = [cell.findtext("v") for cell in cells(pa.array([0.1, -1e-7, float("nan"), float("inf"), 1e300]))]
    assert [None if text is None else float(text) for text in floats] == [0.1, -1e-7, None, None, 1e300]
    truths = cells(pa.array([True, False, None]))
    assert [(cell.get("t"), cell.findtext("v")) for cell in truths] == [("b", "1"), ("b", "0"), (None, None)]
    assert cells(pa.array([Decimal("12.30")]))[0].findtext("v") == "12.30"
    assert shown(cells(pa.array(["a", "b"]).dictionary_encode())[1]) == "b"


def test_a_type_that_no_cell_holds_is_named() -> None:
    with pytest.raises(InputError, match=r"column 'A': values of type list<item: int64> do not fit a cell"):
        cells(pa.array([[1]]))


def test_many_rows_are_numbered_through_all_chunks() -> None:
    count = 25_001
    read = cells(pa.chunked_array([pa.array(range(9)), pa.array(range(9, count))]))
    assert [cell.findtext("v") for cell in read] == [str(at) for at in range(count)]
