"""What the workbook and the command show of a backtest: its lines, and the shares of its chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from duebook.release import Verdict
from duebook_etl.backtest.report import CREDIT, PREPAID, STOPPED
from duebook_workbooks.backtest.workbook import BacktestData, CompanyBacktest, Line, PolicyHead, Unit

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from duebook_etl.backtest.report import Backtest, CompanyResult, Figures, Outcome, Side


def backtest_data(found: Backtest, *, made: datetime) -> BacktestData:
    """Return what the workbook of a backtest shows.

    Args:
        found: The backtest.
        made: When the ledger was read, in the time zone the reader should see.
    """
    return BacktestData(
        first=found.first,
        until=found.until,
        made=made,
        current=_head(found.current),
        new=_head(found.new),
        factor=found.turnover_factor,
        lost_days=found.late_days + 1,
        companies=tuple(_company(each) for each in found.companies),
    )


def _head(side: Side) -> PolicyHead:
    return PolicyHead(side.name, side.version, side.digest, side.blind)


def _company(found: CompanyResult) -> CompanyBacktest:
    sides = (found.current, found.new)
    company = found.company
    current, new = (_share(side.of(CREDIT).sales, _ordered(side).sales) for side in sides)
    return CompanyBacktest(
        name=company.name,
        key=f"{company.source}/{company.company}",
        currency=company.currency,
        ordered=_ordered(found.new).sales,
        shares=(current or 0.0, new or 0.0),
        lost=(_lost_share(found.current), _lost_share(found.new)),
        lines=_lines(found.current, found.new),
        parts=_parts(found.current, found.new),
        customers=found.customers,
        differing=found.differing,
    )


def _ordered(side: Outcome) -> Figures:
    return side.of(CREDIT) + side.of(PREPAID) + side.of(STOPPED)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _lost_share(side: Outcome) -> float | None:
    return _share(side.of(CREDIT).lost, side.of(CREDIT).sales)


def _lines(current: Outcome, new: Outcome) -> tuple[Line, ...]:
    def line(key: str, of: Callable[[Outcome], int], unit: Unit = Unit.MONEY, *, part: bool = False) -> Line:
        return Line(key, unit, of(current), of(new), part)

    def verdict(key: str, which: Verdict) -> Line:
        return line(key, lambda side: side.by_verdict[which].sales, part=True)

    def granted(key: str, name: str, *, part: bool = False) -> Line:
        return line(key, lambda side: getattr(side.of(CREDIT), name), part=part)

    return (
        line("orders", lambda side: _ordered(side).orders, Unit.COUNT),
        line("ordered", lambda side: _ordered(side).sales),
        granted("allowed", "sales"),
        verdict("against a guarantee", Verdict.GUARANTEED),
        verdict("no limit known", Verdict.NO_LIMIT),
        line("prepaid", lambda side: side.of(PREPAID).sales),
        line("stopped", lambda side: side.of(STOPPED).sales),
        verdict("over the limit", Verdict.OVER_LIMIT),
        verdict("overdue", Verdict.OVERDUE),
        granted("collected", "collected"),
        granted("credited", "credited"),
        granted("written_off", "written_off"),
        granted("open", "open"),
        granted("open_overdue", "overdue", part=True),
        granted("open_serious", "serious", part=True),
        granted("lost", "lost"),
        Line("lost_share", Unit.SHARE, _lost_share(current), _lost_share(new)),
        line("avoided", lambda side: side.of(PREPAID).lost + side.of(STOPPED).lost),
        line("forgone", lambda side: side.of(STOPPED).sales - side.of(STOPPED).lost),
        Line("days", Unit.DAYS, current.of(CREDIT).days, new.of(CREDIT).days),
        line("ratings", lambda side: side.ratings, Unit.COUNT),
    )


def _parts(current: Outcome, new: Outcome) -> tuple[Line, ...]:
    """Return the shares of what was ordered that were paid, are open, lost, on prepayment, stopped."""
    amounts: dict[str, Callable[[Outcome], int]] = {
        "part paid": lambda side: side.of(CREDIT).collected + side.of(CREDIT).credited,
        "part open": lambda side: side.of(CREDIT).open - side.of(CREDIT).serious,
        "part lost": lambda side: side.of(CREDIT).lost,
        "part prepaid": lambda side: side.of(PREPAID).sales,
        "part stopped": lambda side: side.of(STOPPED).sales,
    }
    whole = _ordered(current).sales
    return tuple(
        Line(key, Unit.SHARE, _share(of(current), whole) or 0.0, _share(of(new), whole) or 0.0)
        for key, of in amounts.items()
    )
