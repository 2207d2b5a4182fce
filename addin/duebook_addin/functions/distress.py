"""Distress of a customer (财务困境): Altman's scores and ratios of financial statements."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from decimal import Decimal  # noqa: TC003 - the registry reads the annotations at run time
from typing import Annotated, Final

from duebook import distress as rules
from duebook import ratios
from duebook_addin.registry import Category, Example, Inputs, Text, function

_MODEL: Final = Text(
    "Z (listed manufacturers), Z' (private), Z'' (non-manufacturers) or EM (emerging markets).",
    "模型：Z（上市制造业）、Z'（非上市）、Z''（非制造业）或 EM（新兴市场）。",
)


@function(
    "ALTMAN",
    Category.CUSTOMER,
    "阿特曼 Z 值：财务困境得分，越高越安全。",
    examples=[
        Example(("Z", 90, 30, 55, 100, 280, 620, 440), 1.4586405529953916),
        Example(("EM", 30, 20, 10, 50, 50, 100), 7.592),
        Example((["Z", "EM"], 30, 20, 10, 50, 50, 100, 120), [2.77, 7.592]),
    ],
)
def altman(  # noqa: PLR0913, PLR0917 - the catalogue's own parameters
    model: Annotated[str, _MODEL],
    working_capital: Annotated[
        Decimal, Text("Current assets less current liabilities.", "营运资金：流动资产减流动负债。")
    ],
    retained_earnings: Annotated[Decimal, Text("Retained earnings.", "留存收益。")],
    ebit: Annotated[Decimal, Text("Earnings before interest and taxes.", "息税前利润。")],
    equity: Annotated[
        Decimal,
        Text("At market value for Z, at book value for the others.", "权益：Z 用市值，其余用账面价值。"),
    ],
    total_liabilities: Annotated[Decimal, Text("Total liabilities, above 0.", "负债合计，须大于 0。")],
    total_assets: Annotated[Decimal, Text("Total assets, above 0.", "资产总计，须大于 0。")],
    sales: Annotated[
        Decimal | None,
        Text("Sales of the year; Z and Z' need them.", "年营业收入；Z 与 Z' 必填。"),
    ] = None,
) -> Annotated[float, Text("The score, unrounded.", "得分，不取整。")]:
    """Altman's score of financial distress: higher is safer."""
    return float(
        rules.altman(
            rules.parse_model(model),
            working_capital=working_capital,
            retained_earnings=retained_earnings,
            ebit=ebit,
            equity=equity,
            total_liabilities=total_liabilities,
            total_assets=total_assets,
            sales=sales,
        )
    )


@function(
    "ALTMANZONE",
    Category.CUSTOMER,
    "阿特曼得分所在区间：安全、灰色或困境，按各模型自己的临界值。",
    examples=[
        Example(("Z", [3.0, 2.5, 1.5]), ["safe", "grey", "distress"]),
        Example((["Z", "EM"], 3.25), ["safe", "distress"]),
    ],
)
def altmanzone(
    model: Annotated[str, _MODEL],
    z: Annotated[Decimal, Text("The score, as of ALTMAN.", "ALTMAN 的得分。")],
) -> Annotated[str, Text("safe, grey or distress.", "safe 安全、grey 灰色、distress 困境。")]:
    """What Altman's score says by the cut-offs of its model: safe, grey or distress."""
    return str(rules.zone(rules.parse_model(model), z))


@function(
    "RATIO",
    Category.CUSTOMER,
    "财务比率：按名称从报表项目计算，中英文均可。",
    examples=[
        Example(("debt ratio", [["total assets", 1000], ["total liabilities", 620]]), 0.62),
        Example(
            (
                ["流动比率", "quick ratio"],
                [["流动资产", 300], ["存货", 120], ["流动负债", 150]],
            ),
            [2, 1.2],
        ),
        Example(
            ("cash ratio", [["cash", 50], ["marketable securities", 25], ["current liabilities", 100]]), 0.75
        ),
    ],
)
def ratio(
    name: Annotated[
        str,
        Text(
            "Such as debt ratio, current ratio, quick ratio, cash ratio, working capital, interest cover.",
            "如资产负债率、流动比率、速动比率、现金比率、营运资金、利息保障倍数。",
        ),
    ],
    figures: Annotated[
        Inputs,
        Text(
            "Two columns: lines of a statement, such as current assets, and amounts; headings need a name.",
            "两列：报表项目（如流动资产）与金额；有名称的标题行略过。",
        ),
    ],
) -> Annotated[
    float,
    Text(
        "A fraction (0.62 for 62%), times, days or an amount, unrounded.",
        "比例（62% 为 0.62）、倍数、天数或金额，不取整。",
    ),
]:
    """A ratio of a financial statement by its name, in English or Chinese."""
    return float(ratios.ratio(name, figures))
