# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""The words of the worklist, beside those of all workbooks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from duebook_workbooks.labels import label

if TYPE_CHECKING:
    from duebook_workbooks.labels import Language

_LABELS: Final = {
    # sheets
    "today": ("Today", "今日"),
    "worklist": ("Worklist", "催收清单"),
    "items": ("Items", "单据明细"),
    # titles
    "title": ("Collections worklist", "催收工作清单"),
    "title worklist": ("Customers to work on", "待催收客户"),
    "title items": ("Overdue and soon due items of these customers", "上述客户的逾期与即将到期单据"),
    "to collect": ("To collect by stage", "各阶段待收金额"),
    "chart data": ("Chart data", "图表数据"),
    "title chart data": ("What the charts show", "图表所用数据"),
    "charted company {slot}": ("Company {slot}", "公司 {slot}"),
    # lines below the titles
    "verdict": ("{count} customers to work on, in {companies}.", "待催收客户 {count} 个，分属{companies}。"),
    "nothing to do": ("No customer to work on.", "没有待催收客户。"),
    "one company": ("1 company", " 1 家公司"),
    "{count} companies": ("{count} companies", " {count} 家公司"),
    "withheld": (
        "✗ Not in this list, for they are withheld: {companies}.",
        "✗ 未发布，不在清单中：{companies}。",
    ),
    "none withheld": ("✓ All companies are in this list.", "✓ 全部公司均在清单中。"),
    "note today": (
        "As of {date}. Each company in its own currency; different currencies are never added.",
        "截止日期 {date}。各公司以本位币列示，不同币种的金额从不相加。",
    ),
    "note worklist": (
        (
            "As of {date}. By stage, the latest first, what is held up last; by company; by overdue × "
            "probability (unknown: 1). The framed columns are yours: they stay with their customer."
        ),
        (
            "截止日期 {date}。按阶段（最晚在前，暂缓者在后）、公司、逾期金额 × 概率（未知按 1 计）排列。"
            "带框的列由您填写，刷新后仍随客户保留。"
        ),
    ),
    "note items": (
        "As of {date}, from {days} days before the due date on. Debit positive: a credit note is negative.",
        "截止日期 {date}，含到期前 {days} 天内的单据。借方为正，贷项以负数列示。",
    ),
    "note items late": (
        "As of {date}. Debit positive: a credit note is negative.",
        "截止日期 {date}。借方为正，贷项以负数列示。",
    ),
    "note chart data": (
        "The first four companies, each in its own column. The charts of the first sheet show these rows.",
        "前四家公司，每家一列。首页图表显示这些数据。",
    ),
    "first charted": (
        "Charts show the first four companies, each in its own currency.",
        "图表显示前四家公司，各以本位币列示。",
    ),
    "{company}: stages": ("{company}: overdue by stage", "{company}：各阶段逾期金额"),
    "alt stages": (
        "Bar chart: what is overdue to {company} by stage of collection, from table due_worklist_chart.",
        "条形图：{company} 各催收阶段的逾期金额，数据见表 due_worklist_chart。",
    ),
    # columns
    "customers to work on": ("Customers", "客户数"),
    "soon due": ("Soon due", "即将到期"),
    "promised": ("Promised", "承诺金额"),
    "disputed": ("Disputed", "争议金额"),
    "promise on file": ("Promise on file", "档案承诺金额"),
    "promise on file for": ("Promise on file for", "档案承诺日"),
    "disputed since": ("Disputed since", "争议起始日"),
    "to do": ("To do", "待办事项"),
    "by": ("Step due", "应办日期"),
    "then": ("Next stage", "下一阶段"),
    "then on": ("Next stage on", "下一阶段日期"),
    "probability": ("Delinquency probability", "严重拖欠概率"),
    "last payment": ("Last payment", "最近付款日"),
    "customer key": ("Customer key", "客户主键"),
    "overdue {slot}": ("Overdue {slot}", "逾期 {slot}"),
    # people's columns
    "owner": ("Owner", "负责人"),
    "contacted on": ("Contacted on", "联系日期"),
    "promised for": ("Promised for", "客户承诺日"),
    "promised amount": ("Promised amount", "客户承诺金额"),
    "own note": ("Note", "备注"),
}


def worklist_label(key: str, language: Language, **values: object) -> str:
    """Return a text of the worklist, else the one that all workbooks have.

    Args:
        key: What it is called here.
        language: English or Chinese.
        values: What stands in its braces.
    """
    if key not in _LABELS:
        return label(key, language, **values)
    text = _LABELS[key][language == "zh"]
    return text.format(**values) if values else text
