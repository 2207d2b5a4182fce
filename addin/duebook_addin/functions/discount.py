"""What a discount for early payment is worth (现金折扣)."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from typing import Annotated

from duebook.calendar import parse_terms
from duebook.errors import InputError
from duebook.terms import discount_cost
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
