"""The rule of every figure of a ledger, in words, and the documents that it takes: what a trace shows."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeAlias

from duebook.behaviour import pay_index
from duebook.calendar import add_months
from duebook.ledger import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from duebook.policy import Policy
    from duebook_etl.case import Case
    from duebook_etl.credit_file import Fact
    from duebook_etl.dealings import Dealings, Document, Payment

Exact: TypeAlias = int | Fraction
Answer: TypeAlias = int | Fraction | str | date | None
_UNAPPLIED: Final = (Kind.RECEIPT, Kind.ADVANCE, Kind.CREDIT_NOTE)
_SALES: Final = (Kind.INVOICE, Kind.CREDIT_NOTE)
_YEAR: Final = 12


@dataclass(frozen=True)
class Words:
    """A text in both languages."""

    en: str
    zh: str

    def of(self, lang: str) -> str:
        """Return the text in a language: ``zh`` for Chinese, else English."""
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True)
class Part:
    """A document in a figure.

    Attributes:
        document: The document.
        counted: What of it counts, in minor units; it weights the days where there are any.
        days: The days that count; None for a sum of money.
        rate: The rate that it bears; None where the rule has none.
        paid_by: The documents of the receipts, for what was settled.
    """

    document: Document
    counted: Exact
    days: Exact | None = None
    rate: Decimal | None = None
    paid_by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """Something else than a document in a figure: a fact, a factor of a score, a rule that fired.

    Attributes:
        name: What it is.
        value: What is known of it, as a person reads it; empty where it is missing.
        counted: What it adds to the figure: points, or minor units; None where it only decides.
        told: Why, or where it is known from.
    """

    name: str
    value: str
    counted: Exact | None
    told: Words


@dataclass(frozen=True)
class Evidence:
    """What a figure is made of.

    Attributes:
        parts: The documents.
        lines: All else that is listed.
        terms: Other figures by name, unrounded; None for one that is missing.
        case: Whose figure it is.
    """

    parts: Sequence[Part]
    lines: Sequence[Line]
    terms: Mapping[str, Answer]
    case: Case

    @property
    def policy(self) -> Policy:
        """The policy that applies to the customer."""
        return self.case.own

    def number(self, term: str) -> Exact | None:
        """Return another figure that is a number; None where it is missing."""
        value = self.terms[term]
        return value if isinstance(value, int | Fraction) else None


@dataclass(frozen=True)
class Explanation:
    """The rule of a figure.

    Attributes:
        rule: The rule in words.
        formula: The rule as a formula.
        source: Where the rule comes from.
        made: Makes the figure of what is listed; None where there is nothing to measure. Nothing is rounded
            but what the rule rounds.
        keys: The keys of the policy that the rule reads, or the tables that these stand in.
        parts: Lists the documents.
        more_parts: Likewise, where more than the dealings decides what they bear.
        terms: The figures that it is made of.
        lines: Lists what else it is made of.
        more_keys: Names keys of the policy that depend on the case.
    """

    rule: Words
    formula: str
    source: str
    made: Callable[[Evidence], Answer]
    keys: tuple[str, ...] = ()
    parts: Callable[[Dealings], Iterable[Part]] = lambda _: ()
    terms: tuple[str, ...] = ()
    lines: Callable[[Case], Iterable[Line]] = lambda _: ()
    more_keys: Callable[[Case], Iterable[str]] = lambda _: ()
    more_parts: Callable[[Case], Iterable[Part]] = lambda _: ()


def added(given: Evidence) -> Exact:
    """Return the sum of what counts of documents and lines."""
    sums = [part.counted for part in given.parts] + [line.counted or 0 for line in given.lines]
    return sum(sums, 0)


def fact_line(name: str, fact: Fact, counted: Exact | None = None) -> Line:
    """Return the line of a fact, with the row of the credit file that says it."""
    told = f" {fact.told_by}" if fact.told_by else ""
    return Line(
        name,
        str(fact.value),
        counted,
        Words(
            f"Known from {fact.known_from}; row {fact.row} of the credit file{':' if told else ''}{told}.",
            f"自 {fact.known_from} 起知悉；信用档案第 {fact.row} 行{'：' if told else ''}{told.strip()}。",
        ),
    )


def fact_lines(case: Case, *names: str) -> list[Line]:
    """Return the lines of those facts that are known."""
    return [fact_line(name, case.facts[name]) for name in names if name in case.facts]


def half_up(amount: Fraction, digits: int = 0) -> Fraction:
    """Round half up, away from zero."""
    scaled = abs(amount) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Fraction(whole if amount >= 0 else -whole, 10**digits)


def plain(value: Decimal | str | None) -> str:
    """Return a value as a person reads it; empty where it is missing."""
    return "" if value is None else value if isinstance(value, str) else f"{value:f}"


def _mean(given: Evidence) -> Exact | None:
    weight = added(given)
    moment = sum((part.counted * part.days for part in given.parts if part.days is not None), 0)
    return Fraction(moment) / weight if weight else None


def _most(given: Evidence) -> Exact | None:
    return max((part.days for part in given.parts if part.days is not None), default=None)


def _dso(given: Evidence) -> Exact | None:
    opened, sales = given.number("open"), given.number("sales")
    if opened is None or sales is None or sales <= 0:
        return None
    return Fraction(opened) * given.case.policy.turnover.days / sales


def _pay_index(given: Evidence) -> Exact | None:
    late = given.number("average_days_late")
    if late is None:
        return None
    exact = Fraction(late)
    days = Decimal(exact.numerator) / exact.denominator
    return Fraction(pay_index(days, given.case.policy.pay_index.anchors))


def _anchors(case: Case) -> Iterable[str]:
    """Name the anchors that the index lies between."""
    anchors, late = case.policy.pay_index.anchors, case.profile.average_days_late
    if late is None:
        return []
    place = bisect_left([anchor.days_late for anchor in anchors], late)
    around = sorted({max(place - 1, 0), min(place, len(anchors) - 1)})
    return [f"pay_index.anchors.{number + 1}" for number in around]


def _open(chosen: Callable[[Dealings, Document, int], bool]) -> Callable[[Dealings], Iterable[Part]]:
    """Return what lists the open items that a condition chooses."""

    def parts(dealings: Dealings) -> Iterable[Part]:
        return [Part(one, amount) for one, amount in dealings.open if chosen(dealings, one, amount)]

    return parts


def _every(dealings: Dealings) -> Iterable[Part]:
    return [Part(one, amount) for one, amount in dealings.open]


def overdue(dealings: Dealings, document: Document) -> bool:
    """Return whether a document is later than the first edge of the policy's aging."""
    late = dealings.late(document)
    return late is not None and late > dealings.policy.aging.edges[0]


def unapplied(document: Document, amount: int) -> bool:
    """Return whether what is open of a document is a receipt or credit that is not applied yet."""
    return amount < 0 and document.kind in _UNAPPLIED


def _oldest(dealings: Dealings) -> Iterable[Part]:
    return [
        Part(one, amount, dealings.late(one))
        for one, amount in dealings.open
        if amount > 0 and overdue(dealings, one)
    ]


def _paid(days: Callable[[Payment], Exact | None]) -> Callable[[Dealings], Iterable[Part]]:
    """Return what lists the payments of which certain days are known."""

    def parts(dealings: Dealings) -> Iterable[Part]:
        known = ((each, days(each)) for each in dealings.payments)
        return [
            Part(each.invoice, each.settled, number, paid_by=each.receipts)
            for each, number in known
            if number is not None
        ]

    return parts


def _settled(dealings: Dealings) -> Iterable[Part]:
    return [Part(each.invoice, each.settled, paid_by=each.receipts) for each in dealings.payments]


def _sold_after(dealings: Dealings, after: date) -> Iterable[Part]:
    return [
        Part(one, one.amount)
        for one in dealings.documents
        if one.kind in _SALES and after < one.document_date <= dealings.as_of
    ]


def _sold(dealings: Dealings) -> Iterable[Part]:
    return _sold_after(dealings, dealings.as_of - timedelta(dealings.policy.turnover.days))


def _sold_in_a_year(dealings: Dealings) -> Iterable[Part]:
    return _sold_after(dealings, add_months(dealings.as_of, -_YEAR))


def _first(dealings: Dealings) -> Iterable[Part]:
    """List the first document, with the whole months since."""
    for one in dealings.documents[:1]:
        months = (dealings.as_of.year - one.document_date.year) * _YEAR
        months += dealings.as_of.month - one.document_date.month
        if months > 0 and add_months(one.document_date, months) > dealings.as_of:
            months -= 1
        yield Part(one, one.amount, max(0, months))


_AGING: Final = "domain reference 3.1, Ageing"
_TURNOVER: Final = "domain reference 3.2, DSO, turnover, CEI (JD Edwards EnterpriseOne Accounts Receivable)"
_BEHAVIOUR: Final = "domain reference 3.3, Payment behaviour (JD Edwards EnterpriseOne; Oracle Receivables)"
_FIRST_EDGE: Final = ("aging.edges.1",)
_MONTHS: Final = ("behaviour.months",)
_DAYS: Final = ("turnover.days",)
_SHARE_EN: Final = "Receipts settle of each invoice in an allocation the share that they are of its debits. "
_SHARE_ZH: Final = "同一清账中，收款按其占借方合计的比例结清各发票。"

LEDGER: Final[dict[str, Explanation]] = {
    "open": Explanation(
        Words(
            "The original amount of every item posted by the day, less what allocations in force at its end "
            "took off it. Receipts and credits not yet applied count negative.",
            "截止日前已过账各项目的原始金额，减去当日有效的清账金额；未清账的收款和贷项按负数计。",
        ),
        "Σ (amount − allocated)",
        _AGING,
        added,
        parts=_every,
    ),
    "not_due": Explanation(
        Words(
            "Of what is open, the items no more days late than the first edge of the aging.",
            "未清金额中，逾期天数不超过第一个账龄段上限的项目。",
        ),
        "Σ open where days late ≤ aging.edges[1]",
        _AGING,
        added,
        _FIRST_EDGE,
        _open(lambda dealings, one, _: one.due_date is not None and not overdue(dealings, one)),
    ),
    "overdue": Explanation(
        Words(
            "Of what is open, the items more days late than the first edge of the aging.",
            "未清金额中，逾期天数超过第一个账龄段上限的项目。",
        ),
        "Σ open where days late > aging.edges[1]",
        _AGING,
        added,
        _FIRST_EDGE,
        _open(lambda dealings, one, _: overdue(dealings, one)),
    ),
    "no_date": Explanation(
        Words("Of what is open, the items without a due date.", "未清金额中，没有到期日的项目。"),
        "Σ open without a due date",
        _AGING,
        added,
        parts=_open(lambda _, one, __: one.due_date is None),
    ),
    "unapplied": Explanation(
        Words(
            "Of what is open, receipts, advances and credit notes that are negative: paid or credited, and "
            "not yet applied to an invoice.",
            "未清金额中，余额为负的收款、预收款和贷项：已付或已贷记而尚未与发票清账。",
        ),
        "Σ open < 0 of receipts, advances, credit notes",
        _AGING,
        added,
        parts=_open(lambda _, one, amount: unapplied(one, amount)),
    ),
    "oldest_overdue_days": Explanation(
        Words(
            "The days late of the item that has been overdue the longest, of those that are owed.",
            "应收的逾期项目中，逾期最久者的逾期天数。",
        ),
        "max (day − due date) where open > 0 and days late > aging.edges[1]",
        _AGING,
        _most,
        _FIRST_EDGE,
        _oldest,
    ),
    "average_days_late": Explanation(
        Words(
            "Days from due date to payment, weighted by what was settled, of what receipts settled in the "
            "months that the policy looks back on; early is negative. " + _SHARE_EN,
            "政策回溯期内收款所结清发票自到期日至付款日的天数，按结清金额加权；提前付款为负。" + _SHARE_ZH,
        ),
        "Σ (settled × days late) ÷ Σ settled",
        _BEHAVIOUR,
        _mean,
        _MONTHS,
        _paid(lambda each: each.days_late),
    ),
    "average_terms": Explanation(
        Words(
            "Days from document to due date of the same settlements with the same weights. " + _SHARE_EN,
            "相同结清金额自单据日至到期日的天数，按结清金额加权。" + _SHARE_ZH,
        ),
        "Σ (settled × days of terms) ÷ Σ settled",
        _BEHAVIOUR,
        _mean,
        _MONTHS,
        _paid(lambda each: each.term_days),
    ),
    "settled": Explanation(
        Words(
            "What receipts settled of invoices in the months that the policy looks back on. " + _SHARE_EN,
            "政策回溯期内收款所结清的发票金额。" + _SHARE_ZH,
        ),
        "Σ settled, rounded to the minor unit",
        _BEHAVIOUR,
        added,
        _MONTHS,
        _settled,
    ),
    "sales": Explanation(
        Words(
            "Invoices less credit notes of the last days that the policy holds receivables against, by "
            "document date.",
            "政策规定天数内按单据日期计的发票，减去贷项。",
        ),
        "Σ amount of invoices and credit notes of turnover.days",
        _TURNOVER,
        added,
        _DAYS,
        _sold,
    ),
    "dso": Explanation(
        Words(
            "What is open, held against the sales of the policy's days; missing where there were no sales.",
            "未清金额除以政策规定天数内的赊销净额，再乘以天数；没有赊销时无此指标。",
        ),
        "open ÷ sales × turnover.days",
        _TURNOVER,
        _dso,
        _DAYS,
        terms=("open", "sales"),
    ),
    "pay_index": Explanation(
        Words(
            "Average days late on the scale of the policy: linear between its anchors, the first or last "
            "one's points beyond them.",
            "加权平均逾期天数按政策锚点换算为分值：锚点之间线性内插，锚点之外取首末分值。",
        ),
        "points (average days late)",
        _BEHAVIOUR,
        _pay_index,
        terms=("average_days_late",),
        more_keys=_anchors,
    ),
    "gross_open": Explanation(
        Words(
            "What is open of items that are owed: credits are not taken off.",
            "未清金额中的应收项目，不抵减贷项。",
        ),
        "Σ open > 0",
        _AGING,
        added,
        parts=_open(lambda _, __, amount: amount > 0),
    ),
    "gross_overdue": Explanation(
        Words(
            "Of what is owed, the items more days late than the first edge of the aging.",
            "应收项目中，逾期天数超过第一个账龄段上限的项目。",
        ),
        "Σ open > 0 where days late > aging.edges[1]",
        _AGING,
        added,
        _FIRST_EDGE,
        _open(lambda dealings, one, amount: amount > 0 and overdue(dealings, one)),
    ),
    "annual_sales": Explanation(
        Words(
            "Invoices less credit notes of the last twelve months, by document date.",
            "近十二个月按单据日期计的发票，减去贷项。",
        ),
        "Σ amount of invoices and credit notes of twelve months",
        _TURNOVER,
        added,
        parts=_sold_in_a_year,
    ),
    "months_of_business": Explanation(
        Words("Whole months since the first document.", "自首张单据起的整月数。"),
        "whole months from the first document to the day",
        _BEHAVIOUR,
        _most,
        parts=_first,
    ),
}
