# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""The second page of a limit application: the quick check, the documents, the decision and its signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openpyxl.styles import Alignment

from duebook_workbooks.application.request import NO, YES
from duebook_workbooks.forms.entries import AMOUNT, DAY, TEXT, choice, whole
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from duebook.policy.customer import Document
    from duebook.policy.watch import AutomaticApproval
    from duebook_workbooks.forms.form import Form, FormBook, Words

_TAB: Final = ("Checks and decision", "核查与审批")
_OK: Final = "✓"
_NOT_NEEDED: Final = "–"
_MISSING: Final = ("missing", "缺失")
_TOO_OLD: Final = ("too old", "已过期")
_NO_DATE: Final = ("no date", "无日期")
_ALERTS: Final = (("green", "绿"), ("amber", "黄"), ("red", "红"))
_SIGNED_ROW: Final = 34.0


def add(book: FormBook) -> None:
    """Add the page."""
    note = (
        "Each step of the quick check follows from the documents below it.",
        "快速评估各步骤的结果取自下方资料清单。",
    )
    form = book.form(_TAB, ("Checks and decision", "核查与审批"), note, widths=(36, 17, 14, 16, 18, 24))
    steps = book.setting.policy.due_diligence.quick
    listed = 5 + len(steps) + 2
    places = _documents(form, listed)
    _quick(form, places)
    row = _automatic(form, listed + 2 + len(places) + 1)
    row = _levels(form, row + 2)
    row = _decision(form, row + 2)
    form.printed(row, upright=True)


def _documents(form: Form, top: int) -> dict[str, int]:
    """Write the documents that the policy asks for; return the row of each."""
    book = form.book
    form.section(f"A{top}", ("Due diligence", "尽职调查资料"))
    for column, words, look in (
        ("A", ("Document", "资料"), Look.TEXT),
        ("B", ("Needed", "要求"), Look.CODE),
        ("C", ("Valid, months", "有效月数"), Look.COUNT),
        ("D", ("Pieces there", "已有份数"), Look.COUNT),
        ("E", ("Oldest is of", "最早一份日期"), Look.DATE),
        ("F", ("Standing", "状态"), Look.REMARK),
    ):
        form.head(f"{column}{top + 1}", words, look)
    places = {}
    for row, document in enumerate(book.setting.policy.due_diligence.document, top + 2):
        places[document.name] = row
        words = document.label.en, document.label.zh
        form.fixed(f"A{row}", book.said(words))
        form.fixed(f"B{row}", _needed(book, document), Look.CODE)
        form.fixed(f"C{row}", document.valid_months, Look.COUNT)
        form.entry(f"D{row}", None, Look.COUNT, whole(0, 99), called=words)
        form.entry(f"E{row}", None, Look.DATE, DAY, called=words)
        missing, old, undated = (book.said(each) for each in (_MISSING, _TOO_OLD, _NO_DATE))
        there = f'"{_OK}"'
        if document.valid_months is not None:
            late = f"due_app_requested_on>EDATE(E{row},{document.valid_months})"
            there = f'IF(E{row}="","{undated}",IF({late},"{old}","{_OK}"))'
        absent = missing if document.required else _NOT_NEEDED
        form.formula(f"F{row}", f'=IF(D{row}<{document.count},"{absent}",{there})', absent, Look.REMARK)
    first, last = top + 2, top + 1 + len(places)
    book.define("due_app_pieces", form.sheet.title, f"D{first}:D{last}")
    book.define("due_app_oldest", form.sheet.title, f"E{first}:E{last}")
    return places


def _needed(book: FormBook, document: Document) -> str:
    if document.required:
        return str(document.count)
    steps = [step for step in book.setting.policy.due_diligence.quick if document.name in step.documents]
    either = any(step.needs == "any" for step in steps)
    return book.said(("one of its step", "同步骤任一份") if either else ("optional", "可选"))


def _quick(form: Form, places: dict[str, int]) -> None:
    book = form.book
    rules = book.setting.policy.due_diligence
    documents = {document.name: document.label.of(book.setting.language) for document in rules.document}
    form.section("A4", ("Quick check", "快速评估"))
    passed, not_passed = book.said(("✓ passed", "✓ 通过")), book.said(("not yet", "未完成"))
    for row, step in enumerate(rules.quick, 5):
        form.text(f"A{row}", (step.label.en, step.label.zh))
        joined = book.said((" or ", " 或 ")) if step.needs == "any" else book.said((" and ", " 及 "))
        names = joined.join(documents[name] for name in step.documents)
        form.text(f"B{row}:E{row}", (names, names), muted=True)
        there = ",".join(f'F{places[name]}="{_OK}"' for name in step.documents)
        both = "OR" if step.needs == "any" else "AND"
        form.formula(f"F{row}", f'=IF({both}({there}),"{passed}","{not_passed}")', not_passed, Look.REMARK)
        form.sheet.row_dimensions[row].height = 28


def _automatic(form: Form, row: int) -> int:
    """Write whether the rules grant the limit without a person; return the row."""
    book = form.book
    rules = book.setting.policy.approval.automatic
    form.section(f"A{row}", ("Decision", "审批"))
    row += 1
    alerts = choice(book.list_of("alerts", [[book.said(words)] for words in _ALERTS]))
    words = ("Worst open alert", "最高未解除预警")
    form.text(f"A{row}", words)
    form.entry(f"B{row}", book.said(_ALERTS[0]), Look.CODE, alerts, name="due_app_alert", called=words)
    row += 1
    form.text(f"A{row}", ("Granted by the rules alone", "规则自动批准"))
    yes, no = book.said(YES), book.said(NO)
    alerts_allowed = ",".join(f'due_app_alert="{book.said(each)}"' for each in _allowed(rules))
    conditions = [
        f"due_app_requested<={rules.up_to:f}",
        "ISNUMBER(due_app_score)",
        f"N(due_app_score)>={rules.least_score}",
        f"N(due_app_confidence)>={rules.least_confidence}",
        "N(due_app_above)=0",
        f"OR({alerts_allowed})",
    ]
    if not rules.new_customers:
        conditions.append(f'due_app_new="{no}"')
    granted = f'IF(AND({",".join(conditions)}),"{yes}","{no}")' if rules.enabled else f'"{no}"'
    form.formula(f"B{row}", f'=IF(due_app_requested="","",{granted})', "", Look.CODE, bold=True)
    form.text(f"C{row}:F{row}", _said_of(rules), muted=True, beside=True)
    form.sheet.row_dimensions[row].height = 28
    return row


def _allowed(rules: AutomaticApproval) -> tuple[Words, ...]:
    """Return the alerts that leave the rules to grant: those no worse than the policy's."""
    names = [en for en, _ in _ALERTS]
    return _ALERTS[: names.index(rules.worst_alert) + 1]


def _said_of(rules: AutomaticApproval) -> Words:
    if not rules.enabled:
        return "The policy has every limit decided by people.", "政策规定所有额度均由人工审批。"
    new_en, new_zh = ("", "") if rules.new_customers else (", no new customer", "、非新客户")
    return (
        (
            f"Up to {rules.up_to:,}; score from {rules.least_score}, {rules.least_confidence:.0%} known; "
            f"within the policy limit{new_en}; no alert worse than {rules.worst_alert}."
        ),
        (
            f"不超过 {rules.up_to:,}、评分不低于 {rules.least_score}、置信度不低于 "
            f"{rules.least_confidence:.0%}、不超政策额度{new_zh}、预警不高于{dict(_ALERTS)[rules.worst_alert]}。"
        ),
    )


def _levels(form: Form, top: int) -> int:
    """Write the levels of approval with room to sign; return the last row."""
    book = form.book
    rules = book.setting.policy.approval
    for column, words, look in (
        ("A", ("Level, in this order", "审批层级（依次）"), Look.TEXT),
        ("B", ("May grant up to", "审批权限"), Look.MONEY),
        ("C", ("Needed", "是否需要"), Look.CODE),
        ("D", ("Decision", "决定"), Look.CODE),
        ("E", ("Date", "日期"), Look.DATE),
        ("F", ("Name and signature", "姓名与签字"), Look.TEXT),
    ):
        form.head(f"{column}{top}", words, look)
    votes = choice(
        book.list_of("votes", [[book.said(words)] for words in (("granted", "同意"), ("refused", "不同意"))])
    )
    yes, no = book.said(YES), book.said(NO)
    below: list[str] = []
    for row, level in enumerate(rules.level, top + 1):
        words = level.label.en, level.label.zh
        form.text(f"A{row}", words)
        form.fixed(f"B{row}", level.up_to, Look.MONEY)
        if level.up_to is None:
            form.fixed(f"B{row}", book.said(("no bound", "不限")), Look.CODE)
        needed = f"AND({','.join(below)})" if below else "TRUE"
        if rules.new_customers_pass_all:
            needed = f'OR({needed},due_app_new="{yes}")'
        form.formula(
            f"C{row}",
            f'=IF(due_app_requested="","",IF(B{top - 2}="{yes}","{no}",IF({needed},"{yes}","{no}")))',
            "",
            Look.CODE,
            bold=True,
        )
        form.entry(f"D{row}", None, Look.CODE, votes, called=words)
        form.entry(f"E{row}", None, Look.DATE, DAY, called=words)
        form.entry(f"F{row}", None, Look.TEXT, TEXT, called=words)
        form.sheet.row_dimensions[row].height = _SIGNED_ROW
        below.append("FALSE" if level.up_to is None else f"due_app_requested>{level.up_to:f}")
    row = top + len(rules.level) + 1
    for column, name in (("D", "votes"), ("E", "voted_on"), ("F", "signatures")):
        book.define(f"due_app_{name}", form.sheet.title, f"{column}{top + 1}:{column}{row - 1}")
    hours = rules.decide_within_hours
    eyes = ("; nobody decides twice, or on an own request.", "；同一人不得重复审批，也不得审批本人申请。")
    form.text(
        f"A{row}:F{row}",
        (
            f"Each level decides within {hours} hours{eyes[0] if rules.four_eyes else '.'}",
            f"各层级须在 {hours} 小时内作出决定{eyes[1] if rules.four_eyes else '。'}",
        ),
        muted=True,
    )
    return row


def _decision(form: Form, top: int) -> int:
    book = form.book
    policy = book.setting.policy
    form.section(f"A{top}", ("What was decided", "审批结果"))
    for row, words, look, rule, name in (
        (top + 1, ("Limit granted", "批准额度"), Look.MONEY, AMOUNT, "granted"),
        (top + 2, ("Terms granted, in days", "批准账期（天）"), Look.COUNT, whole(0, 365), "granted_days"),
        (top + 3, ("On", "批准日期"), Look.DATE, DAY, "granted_on"),
    ):
        form.text(f"A{row}", words)
        form.entry(f"B{row}", None, look, rule, name=f"due_app_{name}", called=words)
    for row, words, months in (
        (top + 4, ("Valid until", "有效期至"), policy.limit.valid_months),
        (top + 5, ("Rating looked at again by", "评级复核日"), policy.review.rating_months),
    ):
        form.text(f"A{row}", words)
        form.formula(
            f"B{row}",
            f'=IF(due_app_granted_on="","",EDATE(due_app_granted_on,{months}))',
            "",
            Look.DATE,
            bold=True,
        )
    for row, words, name in (
        (top + 1, ("Conditions", "附加条件"), "conditions"),
        (top + 3, ("Reasons", "理由"), "reasons"),
    ):
        form.text(f"C{row}", words, beside=True)
        cells = f"D{row}:F{row + 1}"
        form.entry(cells, None, Look.TEXT, TEXT, name=f"due_app_{name}", called=words)
        form.sheet[f"D{row}"].alignment = Alignment(
            horizontal="left", vertical="top", indent=1, wrap_text=True
        )
    return top + 5
