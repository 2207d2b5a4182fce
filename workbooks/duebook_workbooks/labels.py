# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""The words of the workbooks, in English and in Chinese; names and documents stay as the ERP has them.

核销 means both clearing and write-off; here clearing is 清账 and a write-off 坏账核销.
"""

from __future__ import annotations

import re
from typing import Final, Literal

from duebook.aging import NO_DATE, NOT_DUE
from duebook.ledger import Kind

Language = Literal["en", "zh"]

_LABELS: Final = {
    # sheets
    "status": ("Status", "状态"),
    "aging": ("Aging", "账龄"),
    "customers": ("Customers", "客户"),
    "open items": ("Open items", "未清项"),
    # titles
    "title": ("Receivables portfolio", "应收账款组合"),
    "title aging": ("Aging by customer", "客户账龄"),
    "title customers": ("Customers and how they pay", "客户及付款行为"),
    "title open items": ("Open items", "未清项"),
    "as of {date}": ("As of {date}", "截止日期 {date}"),
    "page": ("Page &P of &N", "第 &P 页，共 &N 页"),
    "note aging": (
        "As of {date}. Each company in its own currency; different currencies are never added.",
        "截止日期 {date}。各公司以本位币列示，不同币种的金额从不相加。",
    ),
    "note customers": (
        "As of {date}. Terms, days late, pay index: payments of {months} months. DSO: sales of {days} days.",
        "截止日期 {date}。逾期天数、账期与付款指数取最近 {months} 个月的清账；周转天数取 {days} 天的销售。",
    ),
    "note open items": (
        "As of {date}. Debit positive: an unapplied receipt or credit note stands with a negative amount.",
        "截止日期 {date}。借方为正，未清账的收款与贷项通知单以负数列示。",
    ),
    # columns
    "source": ("Source", "来源"),
    "company": ("Company", "公司"),
    "currency": ("Currency", "币种"),
    "key": ("Key", "主键"),
    "buckets": ("Sum of buckets", "账龄段合计"),
    "open items total": ("Open items", "未清项合计"),
    "control account": ("Control account", "总账控制科目"),
    "remaining": ("ERP balance", "ERP 余额"),
    "difference": ("Difference", "差额"),
    "reconciled": ("Reconciled", "已对账"),
    "quarantined": ("Quarantined", "隔离行数"),
    "published": ("Published", "已发布"),
    "withheld": ("Withheld", "未发布"),
    "note": ("Note", "说明"),
    "customer number": ("Customer no.", "客户编号"),
    "customer": ("Customer", "客户"),
    "country": ("Country", "国家"),
    "industry": ("Industry", "行业"),
    "terms": ("Terms", "信用条款"),
    "average terms": ("Average terms (days)", "平均账期（天）"),
    "average days late": ("Average days late", "加权平均逾期天数"),
    "dso": ("DSO (days)", "周转天数（DSO）"),
    "pay index": ("Pay index", "付款指数"),
    "oldest overdue": ("Oldest overdue (days)", "最长逾期（天）"),
    "open": ("Open", "未清金额"),
    "overdue": ("Overdue", "逾期金额"),
    "overdue share": ("Overdue share", "逾期占比"),
    "total": ("Total", "合计"),
    "check": ("Check", "核对"),
    "kind": ("Kind", "类型"),
    "document": ("Document", "单据"),
    "reference": ("Reference", "参考"),
    "document date": ("Document date", "单据日期"),
    "posting date": ("Posting date", "过账日期"),
    "due date": ("Due date", "到期日"),
    "document currency": ("Document currency", "单据币种"),
    "amount document": ("Amount (document)", "单据原始金额"),
    "open document": ("Open (document)", "单据未清金额"),
    "days past due": ("Days past due", "逾期天数"),
    "bucket": ("Bucket", "账龄段"),
    "connector": ("Connector", "连接器"),
    "rows read": ("Rows read", "读取行数"),
    "query": ("Query", "查询"),
    "reason": ("Reason", "原因"),
    "rows": ("Rows", "行数"),
    # status
    "control totals": ("Control totals", "对账合计"),
    "aging by company": ("Open receivables by aging bucket", "各公司应收账款账龄"),
    "charted {shown} of {all}": (
        "{shown} of {all} companies are charted.",
        "共 {all} 家公司，图示 {shown} 家。",
    ),
    "run": ("This run", "本次运行"),
    "as of": ("As of", "截止日期"),
    "run number": ("Run", "运行编号"),
    "finished": ("Finished", "完成时间"),
    "version": ("Duebook", "Duebook 版本"),
    "policy": ("Policy in force", "现行信用政策"),
    "policy name": ("Policy", "政策"),
    "policy version": ("Version", "版本"),
    "valid from": ("Valid from", "生效日期"),
    "digest": ("Digest", "摘要"),
    "edges": ("Aging edges", "账龄界限"),
    "{edges} days": ("{edges} days late", "逾期 {edges} 天"),
    "turnover window": ("DSO over", "周转天数窗口"),
    "{days} days of sales": ("{days} days of sales", "{days} 天的销售"),
    "behaviour window": ("Payments of", "付款行为窗口"),
    "{months} months": ("the last {months} months", "最近 {months} 个月"),
    "anchors": ("Pay index", "付款指数"),
    "{anchors} days late": ("points = days late: {anchors}", "分值 = 逾期天数：{anchors}"),
    "sources": ("Sources", "数据来源"),
    "quarantine": ("Rows set aside", "隔离的行"),
    "nothing quarantined": ("None: every row that was read is in the figures.", "无：读取的每一行都已计入。"),
    "not read": ("Not read", "未能读取"),
    "read": ("Read", "已读取"),
    "all reconciled": (
        "✓ All {count} companies reconcile with the general ledger to the cent.",
        "✓ 全部 {count} 家公司与总账核对一致，分毫不差。",
    ),
    "one reconciled": (
        "✓ The company reconciles with the general ledger to the cent.",
        "✓ 公司与总账核对一致，分毫不差。",
    ),
    "some withheld": (
        "✗ {withheld} of {count} companies withheld; only figures that reconcile are published.",
        "✗ {count} 家公司中有 {withheld} 家未发布；只发布与总账核对一致的数字。",
    ),
    "no company": ("No company was read.", "没有读取到任何公司。"),
    "withheld companies": ("Withheld, and why", "未发布的公司及原因"),
    "no customer": ("(no customer)", "（无客户）"),
    "chart alt": (
        "Column chart: open receivables of {company} in {currency} by aging bucket. {figures}",
        "柱形图：{company} 的应收账款账龄（{currency}）。{figures}",
    ),
}
_KINDS: Final = {
    Kind.INVOICE: ("Invoice", "发票"),
    Kind.CREDIT_NOTE: ("Credit note", "贷项通知单"),
    Kind.RECEIPT: ("Receipt", "收款"),
    Kind.ADVANCE: ("Advance", "预收款"),
    Kind.JOURNAL_ENTRY: ("Journal entry", "日记账分录"),
}
_BETWEEN: Final = re.compile(r"(-?[0-9]+)(?: to |-)(-?[0-9]+)")


def label(key: str, language: Language, **values: object) -> str:
    """Return a text of the workbooks.

    Args:
        key: What it is called here.
        language: English or Chinese.
        values: What stands in its braces.
    """
    text = _LABELS[key][language == "zh"]
    return text.format(**values) if values else text


def kind(name: str, language: Language) -> str:
    """Return the name of a kind of item; one that is unknown stays as it is."""
    return _KINDS[Kind(name)][language == "zh"] if name in set(Kind) else name


def bucket(name: str, language: Language) -> str:
    """Return the name of an aging bucket as :func:`duebook.aging.labels` has it: ``61-90`` is 61-90天."""
    if name == NOT_DUE:
        return ("Not due", "未到期")[language == "zh"]
    if name == NO_DATE:
        return ("No date", "无到期日")[language == "zh"]
    if language == "en":
        return name
    between = _BETWEEN.fullmatch(name)
    if between:
        return f"{between[1]}{'至' if ' to ' in name else '-'}{between[2]}天"
    return f"{name.removesuffix('+')}天以上"
