"""What the portfolio workbook of a run shows, from the book and the run's figures."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from duebook.alert_columns import told
from duebook.calendar import add_months, end_of_month
from duebook.errors import NoAnswerError
from duebook.measures import aging
from duebook.turnover import dso, dso_best
from duebook_etl.answers import in_words
from duebook_etl.assessed import policy_for
from duebook_etl.history import history
from duebook_etl.knowledge import NOTHING_KNOWN, knowledge
from duebook_etl.profile import CUSTOMER_KEY
from duebook_workbooks.portfolio import CompanyStatus, PortfolioData, SourceStatus
from duebook_workbooks.portfolio import QuarantineCount as ReasonCount

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from duebook_etl.answers import QuarantineCount
    from duebook_etl.book import Book
    from duebook_etl.edition import Edition, Totals

TREND_MONTHS: Final = 24
"""How many months the dashboard looks back."""
_BY_MONTH: Final = ("dso", "overdue share", "cei")
_OF_COMPANY: Final = (("source", pa.string()), ("company", pa.string()))
_MEASURES: Final = pa.schema(
    [*_OF_COMPANY, ("dso", pa.float64()), ("best_dso", pa.float64()), ("cei", pa.float64())]
)
_TREND: Final = pa.schema(
    [*_OF_COMPANY, ("month", pa.date32()), ("dso", pa.float64()), ("overdue_share", pa.float64())]
)


def portfolio_data(book: Book, edition: Edition) -> PortfolioData:
    """Return what the portfolio workbook of a run shows.

    Args:
        book: The book.
        edition: What the workbooks of the run show.
    """
    run, measured = edition.run, edition.measured
    quarantine = book.quarantine_counts()
    described = book.customer_table([each.company for each in edition.totals])
    customers = measured.figures.join(described, list(CUSTOMER_KEY), join_type="inner")
    customers = with_reasons(customers, book, edition)
    opened = measured.items.filter(pc.field("open") != 0)
    history = _history(book, edition)
    return PortfolioData(
        run=run.run,
        finished=edition.finished,
        as_of=run.as_of,
        version=version("duebook"),
        policy=edition.policy,
        sources=tuple(
            SourceStatus(source.name, source.connector, source.read, source.quarantined, source.message or "")
            for source in run.sources
        ),
        companies=tuple(company_status(each, quarantine) for each in edition.totals),
        quarantine=_counted(quarantine),
        customers=customers,
        aging=aging(opened, as_of=run.as_of, by=CUSTOMER_KEY, edges=edition.policy.aging.edges),
        items=measured.items,
        measures=_measures(edition, history),
        trend=_trend(edition, history),
    )


def company_status(totals: Totals, quarantine: Sequence[QuarantineCount]) -> CompanyStatus:
    """Return a company as the workbooks show it.

    Args:
        totals: The company with its control totals.
        quarantine: What was set aside, of all companies.
    """
    company, report = totals.company, totals.report
    # The ERP's own balances are today's: for an earlier day they are no figure of that day, though they
    # agreed.
    of_the_day = report.remaining == report.open or not report.reconciled
    place = (company.source, company.company)
    return CompanyStatus(
        *place,
        name=company.name,
        currency=company.currency,
        buckets=report.buckets,
        open_items=report.open,
        control_account=report.control_account,
        remaining=report.remaining if of_the_day else None,
        quarantined=sum(count.rows for count in quarantine if (count.source, count.company) == place),
        withheld=totals.withheld,
    )


def _counted(counts: Sequence[QuarantineCount]) -> tuple[ReasonCount, ...]:
    reasons: Counter[tuple[str, str, str]] = Counter()
    for count in counts:
        reasons[count.source, count.query, count.reason] += count.rows
    return tuple(ReasonCount(*key, rows=rows) for key, rows in sorted(reasons.items()))


def with_reasons(customers: pa.Table, book: Book, edition: Edition) -> pa.Table:
    """Give customers with an alert its reasons in words, the worst first, in both languages.

    Args:
        customers: Their figures, or some of them, ``alert_reasons`` among them.
        book: The book.
        edition: What the workbooks of the run show.

    Returns:
        The customers with ``reasons_en`` and ``reasons_zh``, null where there is no alert.
    """
    fired = customers["alert_reasons"].to_pylist()
    keys = list(zip(*(customers[name].to_pylist() for name in CUSTOMER_KEY), strict=True))
    policy, known = edition.policy, NOTHING_KNOWN
    alarmed = [key for key, reasons in zip(keys, fired, strict=True) if reasons]
    if policy.exception and alarmed:
        companies = [each.company for each in edition.totals]
        known = knowledge(book.store, companies, edition.run.as_of, customers=alarmed)
    said = [
        [in_words(found) for found in told(reasons, policy_for(key, policy, known))] if reasons else None
        for key, reasons in zip(keys, fired, strict=True)
    ]
    for at, (name, between) in enumerate((("reasons_en", " "), ("reasons_zh", ""))):
        texts = [None if words is None else between.join(each[at] for each in words) for words in said]
        customers = customers.append_column(name, pa.array(texts, pa.string()))
    return customers


def _history(book: Book, edition: Edition) -> dict[str, dict[tuple[str, str], tuple[float | None, ...]]]:
    """Return measures of each published company at the end of months, by their names."""
    companies = [each.company for each in edition.totals]
    names = book.group_names(companies, "company")
    places = {key: (source, company) for (source, company), (key, _) in names.items()}
    shown = {(each.company.source, each.company.company) for each in edition.totals if not each.withheld}
    found: dict[str, dict[tuple[str, str], tuple[float | None, ...]]] = {}
    for measure in _BY_MONTH:
        try:
            series = history(book, measure, edition.run.as_of, months=TREND_MONTHS, by="company").series
        except NoAnswerError:  # no month has ended yet
            series = ()
        found[measure] = {places[each.key]: each.values for each in series if places[each.key] in shown}
    return found


def _measures(
    edition: Edition, months: Mapping[str, Mapping[tuple[str, str], Sequence[float | None]]]
) -> pa.Table:
    """Return what measures each company on the day, and its collection in the last full month."""
    figures = edition.measured.figures
    sums = figures.group_by(["source", "company"]).aggregate(
        [(name, "sum") for name in ("open", "not_due", "sales")]
    )
    days = edition.policy.turnover.days
    rows = [
        {
            "source": row["source"],
            "company": row["company"],
            "dso": _turned(dso, row["open_sum"], row["sales_sum"], days),
            "best_dso": _turned(dso_best, row["not_due_sum"], row["sales_sum"], days),
            "cei": months["cei"].get((row["source"], row["company"]), (None,))[-1],
        }
        for row in sums.to_pylist()
    ]
    return pa.Table.from_pylist(rows, schema=_MEASURES)


def _turned(
    rule: Callable[[Decimal, Decimal, int], Decimal], owed: int, sales: int, days: int
) -> float | None:
    try:
        return float(rule(Decimal(owed), Decimal(sales), days))
    except NoAnswerError:  # no sales
        return None


def _trend(
    edition: Edition, months: Mapping[str, Mapping[tuple[str, str], Sequence[float | None]]]
) -> pa.Table:
    """Return days of sales outstanding and overdue share of each published company by month."""
    last = edition.run.as_of
    if last != end_of_month(last):
        last = end_of_month(add_months(last, -1))
    days = [end_of_month(add_months(last, -back)) for back in reversed(range(TREND_MONTHS))]
    nothing = (None,) * TREND_MONTHS
    rows = []
    for each in edition.totals:
        place = (each.company.source, each.company.company)
        if each.withheld:
            continue
        values = zip(
            days, months["dso"].get(place, nothing), months["overdue share"].get(place, nothing), strict=True
        )
        rows += [
            {
                "source": place[0],
                "company": place[1],
                "month": day,
                "dso": turned,
                "overdue_share": None if percent is None else percent / 100,
            }
            for day, turned, percent in values
        ]
    return pa.Table.from_pylist(rows, schema=_TREND)
