# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""The words of the workbooks, in English and in Chinese; names and documents stay as the ERP has them.

核销 means both clearing and write-off; here clearing is 清账 and a write-off 坏账核销.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from duebook.aging import NO_DATE, NOT_DUE
from duebook.alerts import Level
from duebook.ledger import Kind

if TYPE_CHECKING:
    from datetime import date

Language = Literal["en", "zh"]

_LABELS: Final = {
    # sheets
    "status": ("Status", "状态"),
    "dashboard": ("Dashboard", "总览"),
    "risks": ("Risk map", "风险分布"),
    "aging": ("Aging", "账龄"),
    "customers": ("Customers", "客户"),
    "watch list": ("Watch list", "关注名单"),
    "open items": ("Open items", "未清项"),
    "policy": ("Policy", "信用政策"),
    "sources": ("Sources", "数据来源"),
    "chart data": ("Chart data", "图表数据"),
    # titles
    "title": ("Receivables portfolio", "应收账款组合"),
    "title aging": ("Aging by customer", "客户账龄"),
    "title customers": ("Customers and how they pay", "客户及付款行为"),
    "title open items": ("Open items", "未清项"),
    "title dashboard": ("Dashboard", "应收账款总览"),
    "title risks": ("Largest exposures and risk map", "最大敞口与风险分布"),
    "title watch list": ("Watch list", "关注名单"),
    "title policy": ("Policy in force", "现行信用政策"),
    "title sources": ("What was read, and what was set aside", "读取与隔离的数据"),
    "title chart data": ("What the charts show", "图表所用数据"),
    "note status": ("As of {date}", "截止日期 {date}"),
    "note dashboard": (
        "As of {date}. DSO: sales of {days} days. Collection effectiveness: last full month.",
        "截止日期 {date}。周转天数取 {days} 天的销售；催收有效性指数为最近完整月份。",
    ),
    "note risks": (
        "As of {date}. Exposure: gross, with orders and bills. The darker, the more is overdue.",
        "截止日期 {date}。敞口为总额，含订单与票据。颜色越深，逾期占比越高。",
    ),
    "note watch list": (
        "As of {date}. Customers with an alert by the policy: red first, then by what is overdue.",
        "截止日期 {date}。红色或黄色预警的客户：红色在前，再按逾期金额排列。规则见信用政策。",
    ),
    "note policy": ("{policy}, valid from {valid_from}.", "{policy}，自 {valid_from} 起生效。"),
    "note chart data": (
        "The first four companies, each in its own columns. The charts of the dashboard show these rows.",
        "前四家公司，每家各占数列。总览中的图表显示这些数据。",
    ),
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
    "check {sheet}": ("Check: {sheet}", "核对：{sheet}"),
    "buckets": ("Sum of buckets", "账龄段合计"),
    "open items total": ("Open items", "未清项合计"),
    "control account": ("Control account", "总账控制科目"),
    "remaining": ("ERP balance", "ERP 余额"),
    "difference": ("Difference", "差额"),
    "reconciled": ("Reconciled", "已对账"),
    "quarantined": ("Quarantined", "隔离行数"),
    "published": ("Published", "已发布"),
    "withheld: {reason}": ("Withheld: {reason}", "未发布：{reason}"),
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
    "best dso": ("Best possible DSO (days)", "最佳周转天数"),
    "cei": ("Collection effectiveness (%)", "催收有效性指数（%）"),
    "over limit": ("Customers over limit", "超额度客户数"),
    "red alerts": ("Red alerts", "红色预警"),
    "amber alerts": ("Amber alerts", "黄色预警"),
    "provision": ("Provision", "减值准备"),
    "rank": ("Rank", "排名"),
    "exposure": ("Exposure", "敞口"),
    "share": ("Share", "占比"),
    "alert": ("Alert", "预警"),
    "reasons": ("Reasons", "原因"),
    "score": ("Score", "评分"),
    "grade": ("Grade", "等级"),
    "probability": ("Probability of default", "违约概率"),
    "limit": ("Limit", "信用额度"),
    "headroom": ("Headroom", "可用额度"),
    "stage": ("Stage", "催收阶段"),
    "no stage": ("None", "无需催收"),
    "disputed": ("Disputed", "争议"),
    "review": ("Next review", "下次复核日"),
    "not known": ("Not known", "未知"),
    "setting": ("Key", "政策项"),
    "meaning": ("Meaning", "含义"),
    "value": ("Value", "取值"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "month": ("Month", "月份"),
    "charted company {slot}": ("Company {slot}", "公司 {slot}"),
    "dso {slot}": ("DSO {slot}", "周转天数 {slot}"),
    "overdue_share {slot}": ("Overdue share {slot}", "逾期占比 {slot}"),
    "customer {slot}": ("Customer {slot}", "客户 {slot}"),
    "exposure {slot}": ("Exposure {slot}", "敞口 {slot}"),
    "open {slot}": ("Open {slot}", "未清金额 {slot}"),
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
    "key figures": ("Key figures", "关键指标"),
    "trends": ("Trends by month", "月度趋势"),
    "largest exposures": ("Ten largest exposures of each company", "各公司前十大敞口"),
    "risk map": ("Open and overdue by country and industry", "按国家与行业的未清与逾期"),
    "chart dso": ("Days of sales outstanding (DSO)", "应收账款周转天数（DSO）"),
    "chart overdue share": ("Overdue share of what is open", "逾期占未清金额的比例"),
    "{company}: buckets": ("{company}: open by aging bucket", "{company}：未清金额账龄"),
    "{company}: exposures": ("{company}: largest exposures", "{company}：最大敞口"),
    "first charted": (
        "Charts show the first four companies, in the order of the control totals.",
        "图表显示前四家公司，顺序与对账合计相同。",
    ),
    "run": ("This run", "本次运行"),
    "as of": ("As of", "截止日期"),
    "run number": ("Run", "运行编号"),
    "finished": ("Finished", "完成时间"),
    "version": ("Duebook", "Duebook 版本"),
    "policy in force": ("Policy in force", "现行信用政策"),
    "policy name": ("Policy", "政策"),
    "policy version": ("Version", "版本"),
    "valid from": ("Valid from", "生效日期"),
    "digest": ("Digest", "摘要"),
    "read from sources": ("Sources", "数据来源"),
    "quarantine": ("Rows set aside", "隔离的行"),
    "something quarantined": ("These rows are in no figure.", "这些行未计入任何数字。"),
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
    "no customer": ("(no customer)", "（无客户）"),
    "alt dso": (
        "Line chart: days of sales outstanding of each company by month, from table due_chart_trend.",
        "折线图：各公司月度应收账款周转天数，数据见表 due_chart_trend。",
    ),
    "alt overdue share": (
        "Line chart: overdue share of each company by month, from table due_chart_trend.",
        "折线图：各公司月度逾期占比，数据见表 due_chart_trend。",
    ),
    "alt aging": (
        "Column chart: open receivables of {company} by aging bucket, from table due_chart_aging.",
        "柱形图：{company} 的应收账款账龄，数据见表 due_chart_aging。",
    ),
    "alt exposures": (
        "Bar chart: largest exposures of {company}, from table due_chart_exposures.",
        "条形图：{company} 的最大敞口，数据见表 due_chart_exposures。",
    ),
}
_KINDS: Final = {
    Kind.INVOICE: ("Invoice", "发票"),
    Kind.CREDIT_NOTE: ("Credit note", "贷项通知单"),
    Kind.RECEIPT: ("Receipt", "收款"),
    Kind.ADVANCE: ("Advance", "预收款"),
    Kind.JOURNAL_ENTRY: ("Journal entry", "日记账分录"),
}
_ALERTS: Final = {
    Level.GREEN: ("Green", "绿色"),
    Level.AMBER: ("Amber", "黄色"),
    Level.RED: ("Red", "红色"),
}
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
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


def day(value: date, language: Language) -> str:
    """Return a day as cells show it: 30 Jun 2026, or 2026年6月30日."""
    if language == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def kind(name: str, language: Language) -> str:
    """Return the name of a kind of item; one that is unknown stays as it is."""
    return _KINDS[Kind(name)][language == "zh"] if name in set(Kind) else name


def alert(level: str | None, language: Language) -> str | None:
    """Return the colour of an alert in words; None where a customer was not assessed."""
    return None if level is None else _ALERTS[Level(level)][language == "zh"]


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
