"""Late-payment interest (逾期利息)."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from datetime import date  # noqa: TC003 - the registry reads the annotations at run time
from decimal import Decimal  # noqa: TC003 - the registry reads the annotations at run time
from typing import Annotated

from duebook import interest as rules
from duebook.errors import InputError
from duebook_addin.registry import Category, DatedNumber, Example, Text, function


@function(
    "INTEREST",
    Category.INTEREST,
    "逾期利息：单利，自到期次日起至付款日止。",
    keywords=Text("overdue, penalty, late charge", "滞纳金、违约金"),
    examples=[
        Example((36500, "2026-04-01", "2026-05-16", 0.1), 450),
        Example((5000, "2026-01-01", "2026-04-12", 0.1225, 365, "total"), 169.49),
        Example(
            (36500, "2026-06-20", "2026-07-10", [["2026-01-01", 0.1], ["2026-07-01", 0.2]]),
            300,
        ),
    ],
)
def interest(  # noqa: PLR0913, PLR0917 - the catalogue's own parameters
    principal: Annotated[Decimal, Text("The amount that was late.", "逾期金额。")],
    due_date: Annotated[date, Text("When it was to be paid.", "到期日。")],
    paid_date: Annotated[date, Text("When it was paid, or the day to reckon to.", "付款日，或计算截止日。")],
    annual_rate: Annotated[
        DatedNumber,
        Text(
            "The rate of a year, 0.1225 for 12.25%; or two columns: dates, oldest first, and rates.",
            "年利率，12.25% 写作 0.1225；也可为两列：日期（由早到晚）与利率。",
        ),
    ],
    basis: Annotated[
        int,
        Text(
            "The days of a year: 365, 366 or 360. Left out: 365.", "一年的天数：365、366 或 360；省略为 365。"
        ),
    ] = 365,
    rounding: Annotated[
        str,
        Text(
            "none; total: rounded half up to cents; daily: the interest of one day is. Left out: none.",
            "none 不舍入；total 对结果四舍五入到分；daily 对每日利息四舍五入到分；省略为 none。",
        ),
    ] = "none",
) -> Annotated[float, Text("Interest; 0 when paid by the due date.", "利息；按期付款为 0。")]:
    """Late-payment interest: simple, from the day after the due date to the day of payment."""
    try:
        where = rules.Rounding(rounding.strip().lower())
    except ValueError:
        allowed = ", ".join(rules.Rounding)
        raise InputError(f"rounding: {rounding!r} is not allowed; {allowed} are.") from None
    return float(rules.interest(principal, due_date, paid_date, annual_rate, basis=basis, rounding=where))
