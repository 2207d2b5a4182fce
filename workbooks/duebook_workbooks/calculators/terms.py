# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""The calculator of terms: what the policy gives a customer, and when terms make an invoice due."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from duebook_workbooks.forms.entries import DAY, TEXT, choice
from duebook_workbooks.forms.form import At
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from duebook_workbooks.forms.form import Form, FormBook

TAB: Final = ("Terms", "账期")
ABOUT: Final = (
    "The terms of an industry and a grade, and the due dates of payment terms.",
    "按行业与等级给出的账期，以及各付款条件的到期日。",
)
NEW: Final = ("new", "新客户")
CONDITIONS: Final = (
    ("none", ("none", "无")),
    ("guarantee", ("against a guarantee", "需提供担保")),
    ("prepayment", ("prepayment", "预付款")),
)
"""What the functions call a condition, and what people do."""
_EXAMPLES: Final = {
    "en": ("Net 30", "Net 60", "2/10 Net 30", "EOM 15", "30 EOM", "15 MFI", "COD", "45"),
    "zh": ("Net 30", "Net 60", "2/10 Net 30", "EOM 15", "月结30天", "月结60天", "款到发货", "45"),
}
_FIRST, _LAST = 16, 23


def add(book: FormBook) -> None:
    """Add the sheet."""
    note = (
        "Terms run from the strict to the flexible end of the industry; the grade says how far.",
        "账期在行业的最短与最长之间，由等级决定。",
    )
    form = book.form(TAB, ("Payment terms", "信用账期"), note, widths=(28, 24, 18, 40))
    policy = book.setting.policy
    grades = [*(band.name for band in policy.grade.band), book.said(NEW)]
    industries = [[book.said((entry.label.en, entry.label.zh))] for entry in policy.terms.industry]
    form.section("A4", ("Terms by the policy", "政策账期"))
    form.text("A5", ("Industry", "行业"))
    rule = choice(book.list_of("industries", industries))
    form.entry(
        "B5", industries[0][0], Look.TEXT, rule, name="due_terms_industry", called=("Industry", "行业")
    )
    form.text("A6", ("Grade", "等级"))
    rule = choice(book.list_of("grades_and_new", [[grade] for grade in grades]))
    form.entry(
        "B6",
        grades[min(1, len(grades) - 1)],
        Look.TEXT,
        rule,
        name="due_terms_grade",
        called=("Grade", "等级"),
    )
    form.call(
        "F7:I8",
        "TERMSWHY",
        At("due_terms_industry"),
        At("due_terms_grade"),
        looks=[Look.DAYS, *[Look.TEXT] * 3],
    )
    form.text("A7", ("Days", "天数"))
    form.formula("B7", "=F8", form.value("F8"), Look.REMARK, bold=True)
    form.text("A8", ("Condition", "条件"))
    conditions = book.list_of("conditions", [[name, book.said(words)] for name, words in CONDITIONS])
    words = {name: book.said(words) for name, words in CONDITIONS}
    # &"": LibreOffice 7.4 finds no text that comes from an add-in's array as it stands
    form.formula(
        "B8", f'=VLOOKUP(G8&"",{conditions},2,FALSE)', words[form.value("G8")], Look.REMARK, bold=True
    )
    form.text("A9", ("Reason", "理由"))
    form.formula("B9", "=I8", form.value("I8"), Look.REMARK)
    form.sheet.merge_cells("B9:D9")
    form.hidden("F", "I")
    _due_dates(form)
    form.printed(_LAST, upright=False)


def _due_dates(form: Form) -> None:
    setting = form.book.setting
    form.section("A11", ("Due dates", "到期日"))
    form.text("A12", ("Document date", "单据日期"))
    day = setting.as_of - timedelta(days=20)
    form.entry(
        "B12", day, Look.DATE, DAY, name="due_terms_document_date", called=("Document date", "单据日期")
    )
    form.text(
        "A13:D13",
        (
            "EOM 15: the 15th after the end of the month; 15 MFI: the 15th of the month after; COD: at once.",
            "EOM 15：月末后第 15 天；月结30天：月末后 30 天；款到发货：当日。",
        ),
        muted=True,
    )
    form.head("A15", ("Payment terms", "付款条件"))
    form.head("B15", ("Due date", "到期日"), Look.DATE)
    form.head("C15", ("Days", "天数"), Look.DAYS)
    form.book.define("due_terms_agreed", form.sheet.title, f"A{_FIRST}:A{_LAST}")
    for row, example in enumerate(_EXAMPLES[setting.language], _FIRST):
        form.entry(f"A{row}", example, Look.TEXT, TEXT, called=("Payment terms", "付款条件"))
        empty = f'A{row}=""'
        form.call(
            f"B{row}",
            "DUEDATE",
            At("due_terms_document_date"),
            At(f"A{row}"),
            looks=[Look.DATE],
            unless=empty,
        )
        days = (form.value(f"B{row}") - day).days
        form.formula(f"C{row}", f'=IF({empty},"",B{row}-due_terms_document_date)', days, Look.DAYS)
