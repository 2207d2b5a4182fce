"""Months and payment terms."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.calendar import Terms, add_months, due_date, end_of_month, month_days, parse_terms
from duebook.errors import InputError, OutOfRangeError

TODAY = date(2024, 1, 20)  # of a leap year, so that 30 days after January ends on 1 March


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("Net 30", date(2024, 2, 19)),
        ("NET30", date(2024, 2, 19)),
        ("net-30", date(2024, 2, 19)),
        ("Net 30 days", date(2024, 2, 19)),
        ("N30", date(2024, 2, 19)),
        ("n/30", date(2024, 2, 19)),
        ("30 days", date(2024, 2, 19)),
        ("30 Days Net", date(2024, 2, 19)),
        ("30D", date(2024, 2, 19)),
        ("30 days from invoice date", date(2024, 2, 19)),
        ("30 days after the invoice", date(2024, 2, 19)),
        ("Net 0", TODAY),
        ("EOM", date(2024, 1, 31)),
        ("Net EOM", date(2024, 1, 31)),
        ("End of month", date(2024, 1, 31)),
        ("EOM 15", date(2024, 2, 15)),
        ("EOM+15", date(2024, 2, 15)),
        ("eom + 15 days", date(2024, 2, 15)),
        ("15 EOM", date(2024, 2, 15)),
        ("Net 15 EOM", date(2024, 2, 15)),
        ("15 days end of month", date(2024, 2, 15)),
        ("30 EOM", date(2024, 3, 1)),
        ("Net 30 EOM", date(2024, 3, 1)),
        ("Net monthly", date(2024, 2, 29)),
        ("15 MFI", date(2024, 2, 15)),
        ("31 MFI", date(2024, 2, 29)),
        ("Net 10th prox", date(2024, 2, 10)),
        ("10 prox.", date(2024, 2, 10)),
        ("10th of following month", date(2024, 2, 10)),
        ("1st day of the next month", date(2024, 2, 1)),
        ("COD", TODAY),
        ("cia", TODAY),
        ("PIA", TODAY),
        ("CWO", TODAY),
        ("Cash on delivery", TODAY),
        ("Due on receipt", TODAY),
        ("Payment due upon receipt.", TODAY),
        ("Prepayment", TODAY),
        ("30天", date(2024, 2, 19)),
        ("净30天", date(2024, 2, 19)),
        ("30", date(2024, 2, 19)),
        ("现金", TODAY),
        ("账期30天", date(2024, 2, 19)),
        ("票到30天", date(2024, 2, 19)),
        ("货到30天付款", date(2024, 2, 19)),
        ("月结", date(2024, 1, 31)),
        ("当月结", date(2024, 1, 31)),
        ("次月结", date(2024, 2, 29)),
        ("月结30天", date(2024, 3, 1)),
        ("月结 ３０ 天", date(2024, 3, 1)),  # noqa: RUF001 - full-width digits, as Chinese keyboards write them
        ("次月15日", date(2024, 2, 15)),
        ("次月15号", date(2024, 2, 15)),
        ("货到付款", TODAY),
        ("款到发货", TODAY),
        ("预付款", TODAY),
        ("30 net", date(2024, 2, 19)),
        ("within 30 days", date(2024, 2, 19)),
        ("Payable within 30 days of the invoice", date(2024, 2, 19)),
        ("due in 30 days", date(2024, 2, 19)),
        ("30 days from date of invoice", date(2024, 2, 19)),
        ("30 days of invoice date", date(2024, 2, 19)),
        ("30 day(s) after the invoice date", date(2024, 2, 19)),
        ("2 weeks", date(2024, 2, 3)),
        ("Net 1 week", date(2024, 1, 27)),
        ("1 month", date(2024, 2, 20)),
        ("Net 2 months", date(2024, 3, 20)),
        ("3 months from invoice date", date(2024, 4, 20)),
        ("E.O.M.", date(2024, 1, 31)),
        ("Net EOM 15", date(2024, 2, 15)),
        ("EOM Net 15", date(2024, 2, 15)),
        ("15 day(s) after the end of the invoice month", date(2024, 2, 15)),
        ("end of next month", date(2024, 2, 29)),
        ("Last day of the following month", date(2024, 2, 29)),
        ("MFI 15", date(2024, 2, 15)),
        ("prox. 10th", date(2024, 2, 10)),
        ("15th of the month following", date(2024, 2, 15)),
        ("15th of month following date of invoice", date(2024, 2, 15)),
        ("C.O.D.", TODAY),
        ("CBD", TODAY),
        ("cash before delivery", TODAY),
        ("payable immediately", TODAY),
        ("on receipt of invoice", TODAY),
        ("in advance", TODAY),
        ("advance payment", TODAY),
        ("月结30", date(2024, 3, 1)),
        ("月结三十天", date(2024, 3, 1)),
        ("当月结60", date(2024, 3, 31)),
        ("月底", date(2024, 1, 31)),
        ("次月底前付款", date(2024, 2, 29)),
        ("次月底付款", date(2024, 2, 29)),
        ("下个月末", date(2024, 2, 29)),
        ("次月15号前付款", date(2024, 2, 15)),
        ("下月十五日之前", date(2024, 2, 15)),
        ("次月二十五日付款", date(2024, 2, 25)),
        ("四十五天", date(2024, 3, 5)),
        ("账期一百二十天", date(2024, 5, 19)),
        ("一百零五天", date(2024, 5, 4)),
        ("十天", date(2024, 1, 30)),
        ("信用期30天", date(2024, 2, 19)),
        ("赊销30天", date(2024, 2, 19)),
        ("见票30天", date(2024, 2, 19)),
        ("开票后30天", date(2024, 2, 19)),
        ("自开票之日起30天内付款", date(2024, 2, 19)),
        ("收到发票后三十天内支付", date(2024, 2, 19)),
        ("发货后30天", date(2024, 2, 19)),
        ("验收合格后30天", date(2024, 2, 19)),
        ("1个月", date(2024, 2, 20)),
        ("账期两个月", date(2024, 3, 20)),
        ("全款预付", TODAY),
        ("100%预付", TODAY),
        ("先付款后发货", TODAY),
        ("见票即付", TODAY),
        ("現款", None),  # traditional characters are another notation
    ],
)
def test_terms_as_people_write_them(text: str, due: date | None) -> None:
    if due is None:
        with pytest.raises(InputError):
            parse_terms(text)
    else:
        assert due_date(TODAY, parse_terms(text)) == due


@pytest.mark.parametrize(
    ("text", "invoice", "due"),
    [
        ("Net 10 EOM", date(2023, 6, 5), date(2023, 7, 10)),
        # Lago's documentation of payment terms, 2026.
        ("Net 30", date(2026, 4, 10), date(2026, 5, 10)),
        ("End of month", date(2026, 4, 10), date(2026, 4, 30)),
        ("Net 30 EOM", date(2026, 4, 10), date(2026, 5, 30)),
        # Zuora's net and prox payment term examples.
        ("Net 30", date(2023, 8, 1), date(2023, 8, 31)),
        ("Net 15", date(2023, 8, 1), date(2023, 8, 16)),
        ("20 prox", date(2023, 8, 10), date(2023, 9, 20)),
        ("30 prox", date(2023, 1, 1), date(2023, 2, 28)),
        # A Chinese explanation of 月结30天: goods of 15 May are due by 30 June.
        ("月结30天", date(2024, 5, 15), date(2024, 6, 30)),
    ],
)
def test_due_dates_that_others_print(text: str, invoice: date, due: date) -> None:
    assert due_date(invoice, parse_terms(text)) == due


@pytest.mark.parametrize(
    "text",
    [
        "2/10 Net 30",
        "2/10, n/30",
        "2% 10 days, net 30 days",
        "2%/10 net 30",
        "2/10/net 30",
        "2/10 days, 30 net",
        "2% 10 days, 30 days net",
        "10 days 2%, 30 days net",
        "within 10 days 2% discount, within 30 days net",
        "２／１０ Net ３０",  # noqa: RUF001 - full-width on purpose
    ],
)
def test_a_discount_is_kept(text: str) -> None:
    assert parse_terms(text) == Terms(days=30, discount_percent=Decimal(2), discount_days=10)


def test_a_discount_may_have_decimals() -> None:
    assert parse_terms("1.5/15 Net 60").discount_percent == Decimal("1.5")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0030",
        "1000",
        "Net",
        "2 10 net 30",
        "next Tuesday",
        "2/10 EOM",
        "次月结30天",
        "Net 30 EOM 15",
        "Net 123456",
        "2/1030 net",
        "2/10 net 30 EOM",
        "30个工作日",
        "月结30日",
        "30%预付70%发货前",
        "二零天",
        "一百五天",
        "隔月结",
    ],
)
def test_what_has_no_single_meaning_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_terms(text)
    assert caught.value.message == f"terms: {text!r} is no notation of payment terms known here."
    assert caught.value.hint == (
        "Write, for example, Net 30, 2/10 Net 30, EOM 15, 15 MFI, COD, 月结30天 or 款到发货."
    )


@pytest.mark.parametrize(
    "text", ["Net -5", "n  -5", "-5 days", "2/10 net -30", "EOM -15", "月结 -30天", "-5"]
)
def test_a_negative_number_of_days_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_terms(text)
    assert str(caught.value) == (
        f"terms: {text!r} has a negative number; 0 or more days are allowed. "
        "Write the days without the minus, such as Net 30."
    )


def test_a_stroke_between_words_is_no_minus() -> None:
    assert parse_terms("Net-30") == parse_terms("Net - 30") == parse_terms("n/30") == Terms(days=30)


def test_terms_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(
        InputError, match=r"^terms: the discount ends after 40 days, later than payment is due \(30\)\.$"
    ):
        parse_terms("2/40 Net 30")
    for text in ("32 MFI", "0 MFI", "次月0日"):
        with pytest.raises(OutOfRangeError, match=r"^terms: no month has a day \d+; 1 to 31 is allowed\.$"):
            parse_terms(text)


@given(document=st.dates(date(1990, 1, 1), date(2100, 1, 1)), days=st.integers(1, 28))
def test_up_to_28_days_after_the_month_are_a_day_of_the_next(document: date, days: int) -> None:
    assert due_date(document, parse_terms(f"EOM {days}")) == due_date(document, parse_terms(f"{days} MFI"))


@given(document=st.dates(date(1990, 1, 1), date(2100, 1, 1)), months=st.integers(-400, 400))
def test_months_keep_the_day_where_the_month_has_it(document: date, months: int) -> None:
    moved = add_months(document, months)
    assert (moved.year * 12 + moved.month) - (document.year * 12 + document.month) == months
    assert moved.day == min(document.day, month_days(moved))


def test_ends_of_months() -> None:
    assert add_months(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert add_months(date(2023, 3, 31), -1) == date(2023, 2, 28)
    assert add_months(date(2023, 12, 31), 1) == date(2024, 1, 31)
    assert end_of_month(date(2023, 2, 1)) == date(2023, 2, 28)
    assert [month_days(date(2024, month, 1)) for month in (2, 4, 12)] == [29, 30, 31]


def test_a_date_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(
        OutOfRangeError, match=r"^months: 1 months from 9999-12-05 is outside the calendar\.$"
    ):
        add_months(date(9999, 12, 5), 1)
    with pytest.raises(OutOfRangeError, match=r"^terms: 30 days from 9999-12-05 is outside the calendar\.$"):
        due_date(date(9999, 12, 5), Terms(days=30))
