# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""The first page of a limit application: the customer, what it asks for, and what the policy says to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openpyxl.styles import Alignment

from duebook.limit_inputs import input_of
from duebook_workbooks.calculators.terms import CONDITIONS, NEW
from duebook_workbooks.forms.entries import AMOUNT, DAY, SHARE, TEXT, Rule, choice, number, whole
from duebook_workbooks.forms.form import At
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from decimal import Decimal

    from duebook.policy.base import Label
    from duebook.policy.customer import Factor
    from duebook_workbooks.application import Applicant
    from duebook_workbooks.forms.form import Form, FormBook, Shown, Words
    from duebook_workbooks.labels import Language

TITLE: Final = ("Limit application", "信用额度申请")
_TAB: Final = ("Application", "申请")
_NAME: Final = ("Name", "名称")
YES: Final = ("yes", "是")
NO: Final = ("no", "否")
_TOP: Final = 19
_COUNTED: Final = (Look.COUNT, whole(0, 1200))
_MONEY: Final = (Look.MONEY, AMOUNT)
# The inputs of a limit, by names that the functions know.
_INPUTS: Final[tuple[tuple[Words, Look, Rule], ...]] = (
    (("Monthly turnover", "月均营业额"), *_MONEY),
    (("Months of business", "合作月数"), *_COUNTED),
    (("Years of business", "合作年限"), *_COUNTED),
    (("Good record", "履约良好"), Look.CODE, TEXT),
    (("Net worth", "净资产"), *_MONEY),
    (("Tangible net worth", "有形净资产"), *_MONEY),
    (("Working capital", "营运资金"), *_MONEY),
    (("Turnover", "年营业额"), *_MONEY),
    (("Expected sales", "预计销售额"), *_MONEY),
    (("Term days", "账期天数"), Look.COUNT, whole(0, 365)),
    (("Reference 1", "同行额度1"), *_MONEY),
    (("Reference 2", "同行额度2"), *_MONEY),
    (("Insured limit", "保险限额"), *_MONEY),
    (("Seller annual sales", "本公司年销售额"), *_MONEY),
)
_UNITS: Final = {
    "points": Look.DECIMAL,
    "days": Look.DECIMAL,
    "years": Look.DECIMAL,
    "times": Look.RATIO,
    "class": Look.COUNT,
    "share": Look.RATE,
    "word": Look.CODE,
}
_FAR: Final = 1_000_000
_CHOSEN: Final = '=IF(due_app_industry="","",due_app_industry)'


def add(book: FormBook, applicant: Applicant) -> None:
    """Add the page."""
    policy = book.setting.policy
    note = (
        f"Policy {policy.name}, version {policy.version}. Fill in what is framed; the rest follows.",
        f"依据政策 {policy.name} 第 {policy.version} 版。带框单元格由申请人填写，其余自动计算。",
    )
    form = book.form(_TAB, TITLE, note, widths=(29, 21, 3, 36, 21))
    _customer(form, applicant)
    last = _score(form, applicant)
    _limit(form, applicant)
    end = _verdict(form, applicant, last)
    form.printed(max(last, end), upright=True)


def _customer(form: Form, applicant: Applicant) -> None:
    book = form.book
    policy, day = book.setting.policy, book.setting.as_of
    found = policy.find_industry(applicant.industry) if applicant.industry else None
    chosen = found.label.of(book.setting.language) if found else None
    industries = [[entry.label.of(book.setting.language)] for entry in policy.terms.industry]
    industry = choice(book.list_of("industries", industries))
    yes_no = choice(book.list_of("yes_no", [[book.said(words)] for words in (YES, NO)]))
    new = book.said(YES if applicant.new else NO)
    form.section("A4", ("Customer", "客户"))
    form.text("A5", _NAME)
    # across the page, for a registered name may be long
    form.entry("B5:E5", applicant.name or None, Look.TEXT, TEXT, name="due_app_customer", called=_NAME)
    form.sheet["B5"].alignment = Alignment(horizontal="left", vertical="center", indent=1, shrink_to_fit=True)
    form.section("A7", ("About it", "客户情况"))
    form.section("D7", ("What is asked for", "申请内容"))
    text = Look.TEXT
    cells: tuple[tuple[str, Words, Shown, Look, Rule, str], ...] = (
        ("A8", ("Customer no.", "客户编号"), applicant.code or None, text, TEXT, "customer_no"),
        ("A9", ("Registration no.", "统一社会信用代码"), None, text, TEXT, "registration"),
        ("A10", ("Country", "国家"), applicant.country or None, text, TEXT, "country"),
        ("A11", ("Industry", "行业"), chosen, text, industry, "industry"),
        ("A12", ("New customer", "新客户"), new, Look.CODE, yes_no, "new"),
        ("A13", ("Open receivables now", "当前未清应收"), applicant.open, Look.MONEY, AMOUNT, "open"),
        ("A14", ("Receipts not applied", "未清账收款"), applicant.unapplied, Look.MONEY, AMOUNT, "unapplied"),
        ("A15", ("Open orders now", "当前未交订单"), None, Look.MONEY, AMOUNT, "orders"),
        ("D8", ("Limit asked for", "申请额度"), None, Look.MONEY, AMOUNT, "requested"),
        ("D9", ("Currency", "币种"), applicant.currency or None, Look.CODE, TEXT, "currency"),
        (
            "D10",
            ("Terms asked for, in days", "申请账期（天）"),
            None,
            Look.COUNT,
            whole(0, 365),
            "requested_days",
        ),
        ("D11", ("Asked for by", "申请人"), None, text, TEXT, "requested_by"),
        ("D12", ("On", "申请日期"), day, Look.DATE, DAY, "requested_on"),
        ("D13", ("What for", "用途"), None, text, TEXT, "purpose"),
        ("D14", ("Security offered", "所提供的担保"), None, text, TEXT, "security"),
        ("D15", ("What it is worth", "担保价值"), None, Look.MONEY, AMOUNT, "collateral"),
        ("D16", ("Insured part", "已投保部分"), None, Look.MONEY, AMOUNT, "insured"),
    )
    for at, words, value, look, rule, name in cells:
        form.text(at, words)
        beside = f"{'B' if at[0] == 'A' else 'E'}{at[1:]}"
        form.entry(beside, value, look, rule, name=f"due_app_{name}", called=words)


def _limit(form: Form, applicant: Applicant) -> None:
    book = form.book
    form.section(f"A{_TOP - 1}", ("What is known for the limit", "额度测算资料"))
    yes_no = choice(book.list_of("yes_no", [[book.said(words)] for words in (YES, NO)]))
    known = dict(applicant.inputs)
    for row, (words, look, rule) in enumerate(_INPUTS, _TOP):
        form.text(f"A{row}", words)
        value: Shown = known.pop(input_of(words[0]) or "", None)  # of two references only one is known
        if look is Look.CODE and value is not None:
            value = book.said(YES if value is True or value in YES else NO)
        form.entry(f"B{row}", value, look, yes_no if look is Look.CODE else rule, called=words)
    row = _TOP + len(_INPUTS)
    form.text(f"A{row}", ("Industry", "行业"))
    chosen = form.value("due_app_industry")
    form.formula(f"B{row}", _CHOSEN, chosen or "", Look.CODE)
    form.text(f"A{row + 1}", ("Grade", "等级"))
    book.define("due_app_inputs", form.sheet.title, f"A{_TOP}:B{row + 1}")


def _score(form: Form, applicant: Applicant) -> int:
    """Write the factors of the policy's scorecard; return the last row."""
    book = form.book
    form.section(f"D{_TOP - 1}", ("What is known for the score", "评分资料"))
    row = _TOP
    for place, factor in enumerate(book.setting.policy.score.factor, 1):
        words = factor.label.en, factor.label.zh
        form.text(f"D{row}", words)
        if factor.by_industry:
            form.formula(f"E{row}", _CHOSEN, form.value("due_app_industry") or "", Look.CODE)
        else:
            value = _chosen(factor, applicant.factors.get(factor.name), book.setting.language)
            form.entry(f"E{row}", value, _UNITS[factor.unit], _rule(book, factor, place), called=words)
        row += 1
    book.define("due_app_factors", form.sheet.title, f"D{_TOP}:D{row - 1}")
    book.define("due_app_values", form.sheet.title, f"E{_TOP}:E{row - 1}")
    return row - 1


def _chosen(factor: Factor, value: Decimal | str | None, language: Language) -> Decimal | str | None:
    """Return the value of a factor as the list of its entry has it."""
    for word in factor.words:
        if isinstance(value, str) and value.strip().casefold() in {word.name.casefold(), *_names(word.label)}:
            return word.label.of(language)
    return value


def _names(label: Label) -> tuple[str, str]:
    return label.en.casefold(), label.zh.casefold()


def _rule(book: FormBook, factor: Factor, place: int) -> Rule:
    if factor.words:
        words = [[word.label.of(book.setting.language)] for word in factor.words]
        return choice(book.list_of(f"factor_{place}", words))
    if factor.unit == "share" and factor.highest == 1 and factor.lowest == 0:
        return SHARE
    low = -_FAR if factor.lowest is None else int(factor.lowest)
    return number(low, _FAR if factor.highest is None else int(factor.highest))


def _verdict(form: Form, applicant: Applicant, last_factor: int) -> int:
    """Write what the policy says; return the last row."""
    book = form.book
    grade = _TOP + len(_INPUTS) + 1
    top = grade + 3
    form.section(f"A{top - 1}", ("What the policy says", "政策结论"))
    labels: tuple[Words, ...] = (
        ("Score", "评分"),
        ("Known part of the score", "评分置信度"),
        ("Limit by the policy", "政策额度"),
        ("Asked for above it", "申请额度超出"),
        ("Terms by the policy, in days", "政策账期（天）"),
        ("Condition", "条件"),
        ("Net exposure now", "当前净敞口"),
        ("Left if all is granted", "批准后可用额度"),
    )
    for row, words in enumerate(labels, top):
        form.text(f"A{row}", words)
    unknown = all(form.value(f"E{row}") in {None, ""} for row in range(_TOP, last_factor + 1))
    scored = At("due_app_factors"), At("due_app_values")
    empty = 'SUMPRODUCT(--(due_app_values<>""))=0'
    form.call(f"B{top}", "SCORE", *scored, looks=[Look.DECIMAL], unless=empty, empty=unknown, bold=True)
    form.call(f"B{top + 1}", "SCORECONFIDENCE", *scored, looks=[Look.SHARE], unless=empty, empty=unknown)
    book.define("due_app_score", form.sheet.title, f"B{top}")
    book.define("due_app_confidence", form.sheet.title, f"B{top + 1}")
    form.call(
        f"B{grade}", "GRADE", At("due_app_score"), looks=[Look.CODE], unless='due_app_score=""', empty=unknown
    )
    book.define("due_app_grade", form.sheet.title, f"B{grade}")
    _limits(form, top)
    _terms(form, top + 4, chosen=bool(form.value("due_app_industry")))
    _exposure(form, top + 6, applicant)
    return top + len(labels) - 1


def _limits(form: Form, top: int) -> None:
    """Write the limit of the policy, and what is asked for above it: nothing is asked for as yet."""
    figures = [f"B{row}" for row in range(_TOP, _TOP + len(_INPUTS))]
    form.call(
        *(f"B{top + 2}", "LIMIT", "policy", At("due_app_inputs")),
        looks=[Look.MONEY],
        unless=f"COUNT({figures[0]}:{figures[-1]})=0",
        empty=all(form.value(at) is None for at in figures),
        bold=True,
    )
    form.book.define("due_app_limit", form.sheet.title, f"B{top + 2}")
    form.formula(
        f"B{top + 3}",
        '=IF(COUNT(due_app_limit,due_app_requested)<2,"",MAX(0,due_app_requested-due_app_limit))',
        "",
        Look.MONEY,
        bold=True,
    )
    form.book.define("due_app_above", form.sheet.title, f"B{top + 3}")


def _terms(form: Form, row: int, *, chosen: bool) -> None:
    book = form.book
    new = book.said(NEW)
    unless = 'due_app_industry=""'
    form.formula("G1", f'=IF(due_app_grade="","{new}",due_app_grade)', form.value("due_app_grade") or new)
    form.call(
        *("G2:J3", "TERMSWHY", At("due_app_industry"), At("G1")),
        looks=[Look.DAYS, *[Look.TEXT] * 3],
        unless=unless,
        empty=not chosen,
    )
    form.hidden("G", "J")
    days, condition = (form.value(at) if chosen else "" for at in ("G3", "H3"))
    conditions = book.list_of("conditions", [[name, book.said(words)] for name, words in CONDITIONS])
    said = {name: book.said(words) for name, words in CONDITIONS}
    form.formula(f"B{row}", f'=IF({unless},"",G3)', days, Look.DAYS)
    form.formula(
        f"B{row + 1}",
        # &"": LibreOffice 7.4 finds no text that comes from an add-in's array as it stands
        f'=IF({unless},"",VLOOKUP(H3&"",{conditions},2,FALSE))',
        said.get(condition, ""),
        Look.CODE,
    )


def _exposure(form: Form, row: int, applicant: Applicant) -> None:
    blank = applicant.open is None
    form.call(
        *("G5:I6", "EXPOSURE", At("due_app_open"), At("due_app_orders"), None, None),
        *(At("due_app_unapplied"), At("due_app_collateral"), At("due_app_insured")),
        looks=[Look.MONEY] * 3,
        unless='due_app_open=""',
        empty=blank,
    )
    net = "" if blank else form.value("I6")
    form.formula(f"B{row}", '=IF(due_app_open="","",I6)', net, Look.MONEY)
    form.book.define("due_app_net", form.sheet.title, f"B{row}")
    form.call(
        *(f"B{row + 1}", "AVAILABLE", At("due_app_requested"), At("due_app_net")),
        looks=[Look.MONEY],
        unless="COUNT(due_app_requested,due_app_net)<2",
        empty=True,
    )
