"""What a discount for early payment is worth (现金折扣)."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from datetime import date  # noqa: TC003 - the registry reads the annotations at run time
from decimal import Decimal  # noqa: TC003 - the registry reads the annotations at run time
from typing import Annotated

from duebook.calendar import parse_terms
from duebook.errors import InputError, NoAnswerError
from duebook.terms import discount as discount_of
from duebook.terms import discount_cost
from duebook_addin.book import PolicyName, policy_named
from duebook_addin.registry import Category, Example, Text, function


@function(
    "DISCOUNTCOST",
    Category.TERMS,
    "放弃现金折扣的年化成本。",
    keywords=Text("early payment, cash discount, skonto", "提前付款、折扣成本"),
    examples=[
        Example(("2/10 Net 30",), 0.37244897959183676),
        Example((["2/10 Net 30", "1/10 Net 40"], 360), [0.3673469387755102, 0.12121212121212122]),
        Example(("2/10 Net 30", None, "compound"), 0.4458529273124851),
    ],
)
def discountcost(
    terms: Annotated[
        str,
        Text("Terms with a discount, such as 2/10 Net 30.", "带现金折扣的付款条件，如 2/10 Net 30。"),
    ],
    basis: Annotated[
        int,
        Text(
            "The days of a year: 365, 366 or 360. Left out: 365.", "一年的天数：365、366 或 360；省略为 365。"
        ),
    ] = 365,
    method: Annotated[
        str,
        Text("simple or compound. Left out: simple.", "simple 单利或 compound 复利；省略为 simple。"),
    ] = "simple",
) -> Annotated[
    float, Text("A fraction of a year, 0.37 for 37%, unrounded.", "年化比率，37% 为 0.37，不取整。")
]:
    """The annual cost of not taking the discount that payment terms give."""
    way = method.strip().casefold()
    if way not in {"simple", "compound"}:
        raise InputError(f"method: {method!r} is not allowed; simple and compound are.")
    return float(discount_cost(parse_terms(terms), basis=basis, compound=way == "compound"))


@function(
    "DISCOUNT",
    Category.TERMS,
    "现金折扣：在折扣期内付款可少付的金额，过期为 0。",
    keywords=Text("early payment, cash discount, skonto", "提前付款、折扣"),
    examples=[
        Example((10000, "2026-01-01", ["2026-01-11", "2026-01-12"]), [200, 0]),
        Example((10000, "2026-01-01", "2026-01-11", "1/15 Net 45"), 100),
    ],
)
def discount(
    amount: Annotated[Decimal, Text("The amount of the invoice, 0 or more.", "发票金额，不为负。")],
    document_date: Annotated[date, Text("The date on the invoice.", "发票日期。")],
    paid_date: Annotated[date, Text("When it is paid.", "付款日。")],
    terms: Annotated[
        str | None,
        Text(
            "Terms with a discount, such as 2/10 Net 30. Left out: those of the policy.",
            "带现金折扣的付款条件，如 2/10 Net 30；省略按政策。",
        ),
    ] = None,
    policy: PolicyName = None,
) -> Annotated[Decimal, Text("What is taken off, unrounded.", "可扣减金额，不取整。")]:
    """The discount that an early payment earns; 0 after its last day."""
    given = policy_named(policy).terms.discount if terms is None else terms
    if given is None:
        raise NoAnswerError("terms: left out, and the policy gives no discount.", hint="Write 2/10 Net 30.")
    return discount_of(amount, document_date, paid_date, parse_terms(given))
