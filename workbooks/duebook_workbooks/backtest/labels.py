# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""The words of a policy backtest, in English and in Chinese: in its workbook and where else it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from duebook_workbooks.labels import Language

_LABELS: Final = {
    # sheets and titles
    "summary": ("Summary", "概要"),
    "customers": ("By customer", "按客户"),
    "differing": ("Decided apart", "判定不同"),
    "title": ("Policy backtest", "信用政策回测"),
    "title customers": ("What each policy would have meant for each customer", "两套政策对各客户的影响"),
    "title differing": ("Orders that the policies decide apart", "两套政策判定不同的订单"),
    "from {first} to {until}": (
        "Orders from {first} to {until}; what has become of them at the end of that day.",
        "订单期间 {first} 至 {until}；结果截至期末当日。",
    ),
    "policy current": (
        "Current policy: {name}, version {version} ({digest}).",
        "现行政策：{name}，版本 {version}（{digest}）。",
    ),
    "policy new": (
        "New policy: {name}, version {version} ({digest}).",
        "新政策：{name}，版本 {version}（{digest}）。",
    ),
    "ordered by {company}": (
        "{company}: {ordered} {currency} were ordered.",
        "{company}：订单 {ordered} {currency}。",
    ),
    "sentence new": (
        "The new policy lets {share} through on credit and loses {lost} of that.",
        "新政策赊销放行 {share}，其中损失 {lost}。",
    ),
    "sentence current": (
        "The current one lets {share} through and loses {lost}.",
        "现行政策赊销放行 {share}，其中损失 {lost}。",
    ),
    "nothing let through": ("nothing", "无"),
    "chart": (
        "{company}: of every 100 {currency} ordered, {new} on credit under the new policy, {current} now",
        "{company}：每 100 {currency} 订单中，新政策赊销 {new}，现行 {current}",
    ),
    "chart alt": (
        "Stacked bars, shares of the orders of {company}. Current: {current}. New: {new}.",
        "堆积条形图，{company} 订单构成。现行：{current}。新政策：{new}。",
    ),
    # columns
    "current": ("Current policy", "现行政策"),
    "new": ("New policy", "新政策"),
    "change": ("Change", "变化"),
    "{name}, current": ("{name}, current", "{name}（现行）"),
    "{name}, new": ("{name}, new", "{name}（新）"),
    "{name}, change": ("{name}, change", "{name}（变化）"),
    "company": ("Company", "公司"),
    "code": ("Customer no.", "客户编号"),
    "name": ("Customer", "客户"),
    "currency": ("Currency", "币种"),
    "key": ("Key", "主键"),
    "loss": ("Lost", "损失"),
    "paid": ("Collected", "已收款"),
    "left": ("Open", "未清"),
    "document": ("Document", "单据"),
    "day": ("Date", "日期"),
    "amount": ("Amount", "金额"),
    "verdict": ("Decision", "判定"),
    "grade": ("Grade", "等级"),
    "limit": ("Limit", "信用额度"),
    "exposure": ("Exposure", "敞口"),
    "oldest": ("Oldest overdue (days)", "最长逾期（天）"),
    # lines
    "of the orders": ("Of every 100 ordered", "每 100 元订单"),
    "ordered": ("Ordered", "订单金额"),
    "orders": ("Orders", "订单数"),
    "allowed": ("Let through on credit", "赊销放行"),
    "against a guarantee": ("of it against a guarantee", "其中：凭担保"),
    "no limit known": ("of it without a limit known", "其中：额度未知"),
    "prepaid": ("On prepayment only", "须预付款"),
    "stopped": ("Stopped", "停止"),
    "over the limit": ("of it over the limit", "其中：超额度"),
    "overdue": ("of it because of what is overdue", "其中：因逾期"),
    "collected": ("Collected of what was let through", "放行部分：已收款"),
    "credited": ("Credited", "放行部分：红字冲减"),
    "written_off": ("Written off", "放行部分：坏账核销"),
    "open": ("Still open", "放行部分：未清"),
    "open_overdue": ("of it overdue", "其中：逾期"),
    "open_serious": ("of it seriously late", "其中：严重逾期"),
    "lost": ("Lost: written off or seriously late", "损失：坏账核销或严重逾期"),
    "lost_share": ("Lost, share of what was let through", "损失率（占放行）"),
    "avoided": ("Loss avoided", "避免的损失"),
    "forgone": ("Good sales not made on credit", "放弃的良好赊销"),
    "days": ("Mean days of credit", "平均赊销天数"),
    "ratings": ("Ratings made", "评级次数"),
    "part paid": ("paid or credited", "已收或冲减"),
    "part open": ("open, not seriously late", "未清，未严重逾期"),
    "part lost": ("lost", "损失"),
    "part prepaid": ("on prepayment", "须预付款"),
    "part stopped": ("stopped", "停止"),
    # verdicts
    "verdict allowed": ("allowed", "放行"),
    "verdict against a guarantee": ("against a guarantee", "凭担保放行"),
    "verdict no limit known": ("allowed, no limit known", "放行（额度未知）"),
    "verdict on prepayment": ("on prepayment", "须预付款"),
    "verdict over the limit": ("over the limit", "超额度停止"),
    "verdict overdue": ("stopped, overdue", "逾期停止"),
    # what was taken for granted
    "assumptions": ("What was taken for granted", "假设与局限"),
    "assumes paying": (
        "Customers pay as they did. Whoever is stopped might in fact have paid sooner, or bought elsewhere.",
        "客户按实际情况付款：被停止的客户实际上可能提前付款，也可能另找供应商。",
    ),
    "assumes stopped": (
        "What a policy stops or asks to prepay is not in its world, and nor are its payments.",
        "被停止或须预付的订单不进入该政策的回测：其未清金额与付款均不计。",
    ),
    "assumes invoices": (
        "An invoice stands for the order it came from, on its posting date; due dates stay as they were.",
        "以发票代表订单，以过账日期为订单日期；到期日维持原样。",
    ),
    "no turnover": (
        "The progressive limit is tried for customers whose turnover the credit file has, and for no others.",
        "阶梯额度：仅用于信用档案载有营业额的客户。",
    ),
    "assumes turnover": (
        "The progressive limit takes what a customer buys here, times {factor}, for a turnover not known.",
        "阶梯额度：信用档案未载客户营业额的，以其向我方采购额乘以 {factor} 代替。",
    ),
    "assumes lost": (
        "Lost is what journal entries settled, and what is open {days} days past due or more at the end.",
        "损失指以日记账分录冲销的金额，以及期末逾期 {days} 天及以上的未清金额。",
    ),
    "assumes master": (
        "Country and industry are those of today; a ledger keeps no history of them.",
        "国家与行业为当前主数据，账上没有其历史。",
    ),
    "blind current": (
        "The current policy sets limits by what no ledger has: only those of the credit file were tried.",
        "现行政策的额度方法所需资料账上没有，仅信用档案已载的参与回测。",
    ),
    "blind new": (
        "The new policy sets limits by what no ledger has: only those of the credit file were tried.",
        "新政策的额度方法所需资料账上没有，仅信用档案已载的参与回测。",
    ),
}


def backtest_label(key: str, language: Language, **values: object) -> str:
    """Return a text of a policy backtest.

    Args:
        key: What it is called here.
        language: English or Chinese.
        values: What stands in its braces.
    """
    text = _LABELS[key][language == "zh"]
    return text.format(**values) if values else text
