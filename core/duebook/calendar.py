"""Dates of trade credit: months, and the due date that payment terms give, in the notations people write.

Terms are words of a contract before they are dates, and some are read in two ways. Each notation has one
meaning here; what has none that most people share, such as ``2/10 EOM`` or ``次月结30天``, is refused.

``Net 30``, ``N30``, ``n/30``, ``30 net``, ``30 days``, ``within 30 days of invoice``, ``30``, ``30天``,
``净30天``, ``账期三十天``, ``开票后30天``
    30 calendar days after the document date.
``2 weeks``, ``Net 1 month``, ``2个月``
    So many weeks or calendar months after it: a month from 31 January is the last of February.
``2/10 Net 30``, ``2% 10 Net 30``, ``10 days 2%, 30 days net``
    30 days; 2% may be deducted until 10 days after the document date.
``EOM``, ``Net EOM``, ``end of month``, ``月结``, ``当月结``, ``月底``
    The last day of the document's month (Dynamics GP developer reference: EOM).
``EOM 15``, ``EOM+15``, ``15 EOM``, ``Net 15 EOM``, ``15 days end of month``
    15 days after that day (Lago: net days after end of month; GS1 EANCOM: 10 days after end of month), which
    is the 15th of the next month. Some British credit controllers read 30 and 60 days EOM as the end of the
    first and second month after, up to two days from what is computed here.
``月结30天``, ``月结30``
    30 days after the last day of the document's month: a month's deliveries make one statement, goods of
    15 May are due on 30 June. Some count the 30 days from the invoice instead; ``净30天`` says that.
``Net monthly``, ``end of next month``, ``次月结``, ``次月底``
    The last day of the month after the document's (UN/EDIFACT 2009, code 7).
``15 MFI``, ``15 prox``, ``15th of the following month``, ``次月15日``, ``下月15号前付款``
    The 15th of the month after the document's, or its last day where it is shorter: month following invoice,
    *proximo mense* (Zuora: prox payment terms).
``COD``, ``CIA``, ``PIA``, ``CWO``, ``CBD``, ``due on receipt``, ``货到付款``, ``款到发货``, ``全款预付``,
``现金``
    The document date: paid with the goods or before them.
``票到30天``, ``货到30天``, ``收到发票后30天``, ``验收合格后30天``
    30 days after the invoice or the goods arrived. A ledger knows no such day; the document date stands in.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from duebook.errors import InputError, OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Callable

_MONTHS: Final = 12
_LONGEST_MONTH: Final = 31
_WEEK: Final = 7


@dataclass(frozen=True)
class Terms:
    """Payment terms: when a document is due, and the discount for paying sooner.

    The due date is found in this order: months are added, the day of the month or its end is taken, days are
    added.

    Attributes:
        days: Calendar days to add.
        months: Calendar months to add.
        end_of_month: Whether to go to the end of the month before adding days.
        day: The day of the month; None for none.
        discount_percent: Per cent off for payment within the discount's days; 0 for no discount.
        discount_days: Calendar days after the document date within which the discount is given.
    """

    days: int = 0
    months: int = 0
    end_of_month: bool = False
    day: int | None = None
    discount_percent: Decimal = Decimal(0)
    discount_days: int = 0


def month_days(day: date) -> int:
    """Return how many days the month of a date has."""
    return monthrange(day.year, day.month)[1]


def end_of_month(day: date) -> date:
    """Return the last day of the month of a date."""
    return day.replace(day=month_days(day))


def add_months(day: date, months: int) -> date:
    """Return the same day of another month, or its last day where it is shorter.

    Args:
        day: The date to start from.
        months: Calendar months to add; negative goes back.

    Returns:
        31 January and one month give 28 or 29 February.

    Raises:
        OutOfRangeError: The result is outside the calendar (years 1 to 9999).
    """
    years, month = divmod(day.month - 1 + months, _MONTHS)
    year = day.year + years
    if not date.min.year <= year <= date.max.year:
        raise OutOfRangeError(f"months: {months} months from {day} is outside the calendar.")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def due_date(document_date: date, terms: Terms) -> date:
    """Return when a document is due.

    Args:
        document_date: The date on the document.
        terms: Its payment terms, as of :func:`parse_terms`.

    Returns:
        The last day on which payment is not late.

    Raises:
        OutOfRangeError: The due date is outside the calendar (years 1 to 9999).
    """
    day = add_months(document_date, terms.months) if terms.months else document_date
    if terms.day is not None:
        day = day.replace(day=min(terms.day, month_days(day)))
    elif terms.end_of_month:
        day = end_of_month(day)
    try:
        return day + timedelta(terms.days)
    except OverflowError:
        raise OutOfRangeError(f"terms: {terms.days} days from {day} is outside the calendar.") from None


@lru_cache(maxsize=256)  # a ledger has a few terms, on a hundred thousand documents
def parse_terms(text: str) -> Terms:
    """Read payment terms as people write them, in English or Chinese.

    Case, spaces and full-width characters make no difference.

    Args:
        text: Such as ``Net 30``, ``2/10 Net 30``, ``EOM 15``, ``15 MFI``, ``COD``, ``月结30天`` or
            ``款到发货``; the table at the top of this module says what each means.

    Returns:
        The terms.

    Raises:
        InputError: The text is no notation known here, a number of days is negative, or the discount ends
            after the due date.
        OutOfRangeError: A day of the month that no month has.
    """
    folded = unicodedata.normalize("NFKC", text).casefold().strip(" .。")
    if re.search(r"(?<!\S)-\d", folded):  # the stroke of "net-30" is none of a minus
        raise InputError(
            f"terms: {text!r} has a negative number; 0 or more days are allowed.",
            hint="Write the days without the minus, such as Net 30.",
        )
    plain = re.sub(r"\b(?:[a-z]\.){2,}[a-z]?", lambda found: found[0].replace(".", ""), f"{folded}.")
    compact = _CHINESE_NUMBER.sub(_arabic, re.sub(r"\s+", "", plain).rstrip("."))
    if not re.search(r"\d\s+\d", folded):  # "2 10 net 30" is not 210
        for pattern, terms in _NOTATIONS:
            found = pattern.fullmatch(compact)
            if found:
                return terms(*found.groups())
    raise InputError(
        f"terms: {text!r} is no notation of payment terms known here.",
        hint="Write, for example, Net 30, 2/10 Net 30, EOM 15, 15 MFI, COD, 月结30天 or 款到发货.",
    )


def _discounted(percent: str, discount_days: str, days: str) -> Terms:
    terms = Terms(days=int(days), discount_percent=Decimal(percent), discount_days=int(discount_days))
    if terms.discount_days > terms.days:
        raise InputError(
            f"terms: the discount ends after {discount_days} days, later than payment is due ({days})."
        )
    return terms


def _next_month(day: str) -> Terms:
    if not 1 <= int(day) <= _LONGEST_MONTH:
        raise OutOfRangeError(f"terms: no month has a day {day}; 1 to {_LONGEST_MONTH} is allowed.")
    return Terms(months=1, day=int(day))


_DIGITS: Final = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"两": 2}
_CHINESE_NUMBER: Final = re.compile(r"[零一二两三四五六七八九十百]+(?=天|日|号|个月)")


def _arabic(found: re.Match[str]) -> str:
    """Return a Chinese number as digits: 三十 is 30, 一百二十 is 120.

    One that some read otherwise stays as it is: 一百五 is 150 in speech, 105 is 一百零五.
    """
    hundreds, hundred, rest = found[0].rpartition("百")
    tens, ten, ones = rest.rpartition("十")
    counts = (hundreds or hundred.replace("百", "一"), tens.removeprefix("零") or ten.replace("十", "一"))
    parts = (*zip(counts, (100, 10), strict=True), (ones.removeprefix("零") or "零", 1))
    spoken = hundred and ones and not ten and not rest.startswith("零")
    if spoken or any(part and part not in _DIGITS for part, _ in parts):
        return found[0]
    return str(sum(_DIGITS.get(part, 0) * worth for part, worth in parts))


# Texts come here folded to lower case and without spaces.
_NET: Final = r"(?:net|n)?[-/]?"
_DAYS: Final = r"(\d{1,4})(?:days?|d)?"
_PERCENT: Final = r"(\d{1,2}(?:\.\d+)?)%?"
_DAY_WORD: Final = r"(?:days?|day\(s\)|d)"
_OF_INVOICE: Final = (
    r"(?:(?:from|after|of)(?:the)?(?:(?:invoice|document)(?:date)?|dateof(?:the)?(?:invoice|document)))"
)
_MONTH_END: Final = r"(?:eom|endof(?:the)?(?:invoice)?month)"
_NEXT: Final = r"(?:the)?(?:following|next)month"
_LAST_OF_NEXT: Final = r"(?:net)?(?:the)?(?:end|lastday)of"
_FOLLOWING: Final = r"(?:the)?month(?:following|after)(?:(?:the)?(?:dateof)?(?:the)?invoice(?:date)?)?"
_NTH: Final = r"(?:net)?(\d{1,2})(?:st|nd|rd|th)?"
_PAY: Final = r"(?:付款|支付|付清|结清)?"
_BY: Final = rf"(?:之?前|以前)?{_PAY}"
# What days are counted from: the document, or what a ledger has no day of.
_SINCE: Final = (
    r"(?:净|账期|信用期|赊销|"
    r"自?(?:见票|票到|收票|收到发票|发票|发票日|发票日期|开票|开票日|开具发票|发票开具|货到|到货|收货|发货|交货|验收|验收合格)"
    r"(?:之日|日)?(?:后|起)?)?"
)
_NOTATIONS: Final[tuple[tuple[re.Pattern[str], Callable[..., Terms]], ...]] = tuple(
    (re.compile(pattern), terms)
    for pattern, terms in (
        (r"(?:net|n)[-/]?" + _DAYS, lambda days: Terms(days=int(days))),
        (r"(0|[1-9]\d{0,2})", lambda days: Terms(days=int(days))),  # 0030 would be the code of a system
        (r"(\d{1,4})net", lambda days: Terms(days=int(days))),
        (
            r"(?:payment|payable|due)?(?:(?:with)?in)?(\d{1,4})" + _DAY_WORD + rf"(?:net|{_OF_INVOICE})?",
            lambda days: Terms(days=int(days)),
        ),
        (rf"(?:net)?(\d{{1,3}})weeks?{_OF_INVOICE}?", lambda weeks: Terms(days=int(weeks) * _WEEK)),
        (rf"(?:net)?(\d{{1,3}})months?{_OF_INVOICE}?", lambda months: Terms(months=int(months))),
        (
            r"(\d{1,2}(?:\.\d+)?)(?:%/?|/)" + _DAYS + r"[,;/]?(?:net|n)[-/]?" + _DAYS,
            _discounted,
        ),
        (_PERCENT + r"(?:/|(?<=%))(\d{1,4})(?:days?|d|(?=[,;/]))[,;/]?" + _DAYS + "net", _discounted),
        (
            rf"(?:within)?(\d{{1,4}})days?{_PERCENT}(?<=%)(?:discount)?[,;/]?(?:within)?(?:net)?{_DAYS}(?:net)?",
            lambda discount_days, percent, days: _discounted(percent, discount_days, days),
        ),
        (_NET + _MONTH_END, lambda: Terms(end_of_month=True)),
        (
            _NET + r"(\d{1,4})" + _DAY_WORD + r"?(?:from|after)?(?:the)?" + _MONTH_END,
            lambda days: Terms(days=int(days), end_of_month=True),
        ),
        (
            r"(?:net)?" + _MONTH_END + r"(?:\+|net)?" + _DAYS,
            lambda days: Terms(days=int(days), end_of_month=True),
        ),
        (
            rf"netmonthly(?:account)?|{_LAST_OF_NEXT}(?:{_NEXT}|{_FOLLOWING})|次月结|(?:次|下|下个)月月?[底末]{_BY}",
            lambda: Terms(months=1, end_of_month=True),
        ),
        (_NTH + r"(?:mfi|prox(?:imo)?\.?)", _next_month),
        (r"(?:net)?(?:mfi|prox(?:imo)?\.?)" + r"(\d{1,2})(?:st|nd|rd|th)?", _next_month),
        (_NTH + rf"(?:day)?(?:of)?(?:{_NEXT}|{_FOLLOWING})", _next_month),
        (rf"(?:次|下|下个)月(\d{{1,2}})[日号]{_BY}", _next_month),
        (
            r"cod|cia|pia|cwo|cbd|cbs|cash(?:ondelivery|inadvance|withorder|before(?:delivery|shipment))?",
            Terms,
        ),
        (r"(?:payment|paid|payable)?inadvance|advancepayment|prepaid|prepayment", Terms),
        (r"(?:payment|payable)?(?:due)?(?:on|upon)receipt(?:of(?:the)?invoice)?", Terms),
        (r"(?:payment|payable|due)?immediate(?:ly)?(?:payment)?", Terms),
        (r"货到付款|货到即付|票到付款|见票即付|现款|现结|现付|现金", Terms),
        (r"款到发货|先款后货|先付款后发货|(?:全款|全额|100%)?预付款?|预付(?:全款|100%)", Terms),
        (rf"{_SINCE}(\d{{1,4}})天(?:之?内)?{_PAY}", lambda days: Terms(days=int(days))),
        (rf"{_SINCE}(\d{{1,3}})个月(?:之?内)?{_PAY}", lambda months: Terms(months=int(months))),
        (rf"当?月结|当?月[底末]{_BY}", lambda: Terms(end_of_month=True)),
        (r"当?月结(\d{1,4})天?", lambda days: Terms(days=int(days), end_of_month=True)),
    )
)
