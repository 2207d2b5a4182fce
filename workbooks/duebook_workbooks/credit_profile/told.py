"""What the credit file says beside the ledger: financials, ratios, insurance, disputes, promises, reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from duebook_workbooks.credit_profile.figures import Figure
from duebook_workbooks.credit_profile.words import listed
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from duebook_workbooks.credit_profile.figures import Figures
    from duebook_workbooks.forms.form import FormBook

_ROWS: Final = 10
_MONEY: Final = Look.MONEY
_AMOUNTS: Final = (
    Figure("turnover", ("Annual turnover", "年营业额"), _MONEY),
    Figure("net worth", ("Net worth", "净资产"), _MONEY),
    Figure("working capital", ("Working capital", "营运资金"), _MONEY),
)
_COVER: Final = (
    Figure("insured limit", ("Insurer's limit", "保险限额"), _MONEY),
    Figure("disputed", ("Disputed", "争议金额"), _MONEY),
    Figure("disputed since", ("Disputed since", "争议起始日"), Look.DATE),
    Figure("promised", ("Promised payment", "承诺付款金额"), _MONEY),
    Figure("promised for", ("Promised for", "承诺付款日"), Look.DATE),
)
_UNITS: Final = {"share": Look.SHARE, "times": Look.RATIO}
_LEDGER: Final = frozenset({"overdue share"})  # what the ledger measures, on the first page


def add(figures: Figures, *, top: int) -> int:
    """Add the sections; return their last row.

    The ratios, and what reports say, are those that the scorecard of the policy looks at.
    """
    form = figures.form
    ratios, reports = _factors(form.book)
    form.section(f"A{top}", ("Financials and ratios", "财务数据与比率"))
    form.section(f"E{top}", ("Insurance, disputes, promises, reports", "保险、争议、承诺与外部报告"))
    financials = [*_AMOUNTS, *ratios][:_ROWS]
    others = [*_COVER, *reports][:_ROWS]
    last = figures.column(financials, top=top + 1, names="A:B", values="C", raw="J")
    figures.column(others, top=top + 1, names="E:H", values="I", raw="K")
    row = top + max(len(financials), len(others)) + 1
    silent = not any(figures.known(f"J{each}") for each in range(top + 1, last + 1))
    said = form.book.said(
        (
            "The credit file has no financial statements of this customer.",
            "信用档案中没有该客户的财务报表数据。",
        )
    )
    none = f"SUMPRODUCT(--ISNA(J{top + 1}:J{last}))={len(financials)}"
    figures.message(f"A{row}:I{row}", f'=IF({none},"{said}","")', said if silent else "")
    return row


def _factors(book: FormBook) -> tuple[list[Figure], list[Figure]]:
    """Return the factors of the scorecard that are ratios, and those that are words of reports."""
    ratios, words = [], []
    for place, factor in enumerate(book.setting.policy.score.factor, 1):
        named = factor.label.en, factor.label.zh
        if factor.unit in _UNITS and factor.name not in _LEDGER:
            ratios.append(Figure(factor.name, named, _UNITS[factor.unit]))
        elif factor.words and not factor.by_industry:
            said = {word.name: word.label.of(book.setting.language) for word in factor.words}
            words.append(Figure(factor.name, named, Look.TEXT, listed=listed(book, f"factor_{place}", said)))
    return ratios, words
