"""Reasons: why the alert has its level, and which factors cost the score its points, a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from duebook_workbooks.credit_profile.figures import NOTHING
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from duebook_workbooks.credit_profile.figures import Figures
    from duebook_workbooks.forms.form import Words

_ALERTS: Final = 6
_FACTORS: Final = 8


def alerts(figures: Figures, *, top: int, assessed: str) -> int:
    """Add the rules of alerts that fired, the worst first; return the last row.

    Args:
        figures: Where.
        top: The row of the heading.
        assessed: The hidden cell of the alert: without one there is nothing to give a reason for.
    """
    figures.form.section(f"A{top}", ("Why there is an alert", "预警原因"))
    none = ("No rule has fired.", "没有触发任何预警规则。")
    return _lines(figures, ("alert_reasons", "预警原因"), none, top=top + 1, count=_ALERTS, assessed=assessed)


def score(figures: Figures, *, top: int, assessed: str) -> int:
    """Add what lost the score its points, what lost most first; return the last row.

    Args:
        figures: Where.
        top: The row of the heading.
        assessed: The hidden cell of the score.
    """
    figures.form.section(f"A{top}", ("What costs the score its points", "评分失分原因"))
    none = ("No factor costs a point.", "没有失分因素。")
    return _lines(
        figures, ("score_reasons", "评分原因"), none, top=top + 1, count=_FACTORS, assessed=assessed
    )


def _lines(  # noqa: PLR0913 - a figure, and where it goes
    figures: Figures, field: Words, none: Words, *, top: int, count: int, assessed: str
) -> int:
    """Write a figure of several lines, a row each: as many as there is room for.

    Hidden beside the heading stands the whole text, and beside each line where it begins in it.
    """
    form = figures.form
    book = form.book
    whole = f"H{top - 1}"
    figures.ask(whole, book.said(field), Look.TEXT)
    known = form.value(whole) != "#N/A"
    text = str(form.value(whole) or "") if known else ""
    start = 1
    for row in range(top, top + count + 1):
        after = f"IFERROR(FIND(CHAR(10),{whole},H{row - 1})+1,LEN({whole})+2)"
        written = "=1" if row == top else f"=IF(ISNA({whole}),1,{after})"
        form.formula(f"H{row}", written, start, Look.COUNT)
        found = text.find("\n", start - 1)
        start = (found + 2 if found >= 0 else len(text) + 2) if known else 1
    for row in range(top, top + count):
        begin, end = form.value(f"H{row}"), form.value(f"H{row + 1}")
        line = text[begin - 1 : max(begin, end - 1) - 1]
        part = f"MID({whole},H{row},MAX(0,H{row + 1}-H{row}-1))"
        if row == top:
            nobody = f'IF(ISNA({assessed}),TRUE,{assessed}&""="")'
            nothing = f'IF({nobody},"{NOTHING}","{book.said(none)}")'
            said = f'=IF(ISNA({whole}),"{NOTHING}",IF({whole}&""="",{nothing},{part}))'
            if not text:
                line = book.said(none) if known and figures.known(assessed) else NOTHING
        else:
            # LibreOffice calculates anew what carries an empty text: without the add-in it stays empty.
            said = f'=IFERROR({part},"")'
        figures.message(f"A{row}:F{row}", said, line)
    return top + count - 1
