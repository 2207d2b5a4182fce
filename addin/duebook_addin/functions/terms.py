"""Payment terms (账期)."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from datetime import date  # noqa: TC003 - the registry reads the annotations at run time
from typing import Annotated

from duebook import calendar
from duebook_addin.registry import Category, Example, Text, function


@function(
    "DUEDATE",
    Category.TERMS,
    "按付款条件推算到期日。",
    examples=[
        Example(("2026-01-31", "Net 30"), "2026-03-02"),
        Example((["2026-01-15", "2026-02-15"], "EOM 15"), ["2026-02-15", "2026-03-15"]),
        Example(
            ("2026-05-15", ["2/10 Net 30", "月结30天", "款到发货"]),
            ["2026-06-14", "2026-06-30", "2026-05-15"],
        ),
    ],
)
def duedate(
    document_date: Annotated[date, Text("The date on the document.", "单据日期。")],
    terms: Annotated[
        str,
        Text(
            "Such as Net 30 or 30, 2/10 Net 30, EOM 15, 30 EOM, 15 MFI, COD, 月结30天 or 款到发货.",
            "付款条件，如 Net 30、2/10 Net 30、EOM 15、30 EOM、月结30天、款到发货。",
        ),
    ],
) -> Annotated[date, Text("The last day on which payment is not late.", "不算逾期的最后付款日。")]:
    """The due date that payment terms give."""
    return calendar.due_date(document_date, calendar.parse_terms(terms))
