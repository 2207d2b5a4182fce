"""Late-payment interest (逾期利息)."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from datetime import date  # noqa: TC003 - the registry reads the annotations at run time
from decimal import Decimal
from typing import Annotated, Final

from duebook import interest as rules
from duebook.errors import InputError
from duebook.latepay import Priority, claim
from duebook_addin.book import PolicyName, policy_named
from duebook_addin.registry import Category, DatedNumber, Example, Table, Text, function

_PRIORITIES: Final = {
    "interest first": Priority.INTEREST_FIRST,
    "principal first": Priority.PRINCIPAL_FIRST,
}


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


@function(
    "LATECLAIM",
    Category.INTEREST,
    "部分付款后的逾期债权：尚欠本金、利息、费用与多付款，按政策利率与付款次序。",
    keywords=Text("overdue, partial payment, late interest", "部分付款、滞纳金、违约金"),
    examples=[
        Example(
            (100000, "2026-01-31", "2026-03-02", None, [["2026-02-10", 30000]]),
            [["principal", "interest", "costs", "unapplied"], [70500, 705, 0, 0]],
        ),
        Example(
            (36500, "2026-01-31", "2026-03-02", 0.1, None, 40),
            [["principal", "interest", "costs", "unapplied"], [36500, 300, 40, 0]],
        ),
    ],
)
def lateclaim(  # noqa: PLR0913, PLR0917 - a debt, its payments and its terms
    principal: Annotated[Decimal, Text("The debt, 0 or more.", "债权本金，不为负。")],
    due_date: Annotated[date, Text("When it was to be paid.", "到期日。")],
    as_of: Annotated[date, Text("The day to reckon to.", "计算截止日。")],
    annual_rate: Annotated[
        DatedNumber | None,
        Text(
            "The rate of a year, or two columns: dates and rates. Left out: the policy's daily rate.",
            "年利率，或两列：日期与利率；省略按政策日利率。",
        ),
    ] = None,
    payments: Annotated[
        DatedNumber | None,
        Text("Part payments, two columns: days and amounts.", "部分付款，两列：日期与金额。"),
    ] = None,
    costs: Annotated[
        Decimal, Text("Fees and costs claimed beside it. Left out: 0.", "一并主张的费用；省略为 0。")
    ] = Decimal(0),
    policy: PolicyName = None,
) -> Annotated[
    Table,
    Text(
        "Headings and one row: principal, interest, costs that are left, and what was paid beyond.",
        "标题行与一行：尚欠本金、利息、费用，以及多付款。",
    ),
]:
    """What is left of a late debt after part payments, which pay in the policy's order, with its interest.

    Interest is simple; days of grace, days of a year and the order of payment are the policy's.
    """
    if isinstance(payments, Decimal):
        raise InputError("payments: one number; two columns are needed, days and amounts.")
    own = policy_named(policy).interest
    found = claim(
        principal,
        due_date,
        as_of,
        own.daily_rate * own.basis if annual_rate is None else annual_rate,
        payments=payments or (),
        costs=costs,
        priority=_PRIORITIES[own.part_payment],
        basis=own.basis,
        grace_days=own.grace_days,
    )
    return Table(
        [
            ["principal", "interest", "costs", "unapplied"],
            [found.principal, found.interest, found.costs, found.unapplied],
        ]
    )
