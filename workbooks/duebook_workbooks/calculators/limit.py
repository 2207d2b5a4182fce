# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""The calculator of credit limits: every method beside the others, and how one of them comes about."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from duebook_workbooks.forms.entries import AMOUNT, SHARE, choice, number, whole
from duebook_workbooks.forms.form import At
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from duebook_workbooks.forms.entries import Rule
    from duebook_workbooks.forms.form import Form, FormBook, Shown, Words

TAB: Final = ("Limit", "额度")
ABOUT: Final = (
    "What each method and the policy grant a customer, and why.",
    "各方法与政策给出的额度及其由来。",
)
INPUTS: Final = "due_limit_inputs"
_TOP: Final = 6


class Input(NamedTuple):
    """An input of a limit: the name that the functions know, how it is shown, its rule, and its example."""

    name: Words
    look: Look
    rule: Rule
    example: Shown


METHODS: Final = (
    ("Progressive", "阶梯额度"),
    ("Net worth", "净资产法"),
    ("Working capital", "营运资金法"),
    ("Sales", "销售额法"),
    ("References", "同行参考法"),
    ("Need", "需求法"),
    ("Grade", "等级法"),
    ("Blend", "综合法"),
    ("DSO cap", "账期销售额法"),
    ("Expected loss", "预期损失法"),
    ("Revenue", "收入比例法"),
    ("Insured", "保险限额法"),
    ("Policy", "政策额度"),
)
"""The methods, by names that the functions know in each language."""
_OTHER_STEPS: Final = (
    ("mean", ("Mean", "平均")),
    ("floor", ("Floor", "下限")),
    ("cap", ("Cap", "上限")),
    ("rounding", ("Rounding", "取整")),
    ("seller annual sales", ("Seller annual sales", "本公司年销售额")),
    ("tangible net worth", ("Tangible net worth", "有形净资产")),
    ("turnover", ("Turnover", "年营业额")),
)


def inputs(book: FormBook) -> tuple[Input, ...]:
    """Return the inputs, each by a name that the functions know."""
    policy = book.setting.policy
    grades = choice(book.list_of("grades", [[band.name] for band in policy.grade.band]))
    names = [[book.said((entry.label.en, entry.label.zh))] for entry in policy.terms.industry]
    industries = choice(book.list_of("industries", names))
    yes_no = choice(book.list_of("yes_no", [[book.said(words)] for words in (("yes", "是"), ("no", "否"))]))
    first = policy.terms.industry[0].label
    share, money = Look.SHARE, Look.MONEY
    return (
        Input(("Monthly turnover", "月均营业额"), money, AMOUNT, 400_000),
        Input(("Months of business", "合作月数"), Look.COUNT, whole(0, 1200), 7),
        Input(("Good record", "履约良好"), Look.CODE, yes_no, book.said(("yes", "是"))),
        Input(("Net worth", "净资产"), money, AMOUNT, 2_400_000),
        Input(("Tangible net worth", "有形净资产"), money, AMOUNT, 2_100_000),
        Input(("Working capital", "营运资金"), money, AMOUNT, 1_850_000),
        Input(("Monthly sales", "月均销售额"), money, AMOUNT, 150_000),
        Input(("Expected sales", "预计销售额"), money, AMOUNT, 1_800_000),
        Input(("Tax", "税率"), share, SHARE, Decimal("0.13")),
        Input(("Term days", "账期天数"), Look.COUNT, whole(0, 365), 45),
        Input(("Reference 1", "同行额度1"), money, AMOUNT, 180_000),
        Input(("Reference 2", "同行额度2"), money, AMOUNT, 250_000),
        Input(("Reference 3", "同行额度3"), money, AMOUNT, 200_000),
        Input(("Turnover", "年营业额"), money, AMOUNT, 4_800_000),
        Input(
            ("Grade", "等级"), Look.CODE, grades, policy.grade.band[min(1, len(policy.grade.band) - 1)].name
        ),
        Input(("Loss budget", "损失预算"), money, AMOUNT, 4_500),
        Input(("Probability of default", "违约概率"), Look.RATE, SHARE, Decimal("0.02")),
        Input(("Revenue", "年收入"), money, AMOUNT, 4_800_000),
        Input(("Industry", "行业"), Look.TEXT, industries, book.said((first.en, first.zh))),
        Input(("Score", "信用评分"), Look.COUNT, number(0, 1000), 640),
        Input(("Insured limit", "保险限额"), money, AMOUNT, 200_000),
        Input(("Own retention", "自留额"), money, AMOUNT, 20_000),
        Input(("Seller annual sales", "本公司年销售额"), money, AMOUNT, 60_000_000),
        Input(("Cap", "上限"), money, AMOUNT, None),
    )


def add(book: FormBook) -> None:
    """Add the sheet."""
    given = inputs(book)
    note = (
        "One list of inputs serves all methods; a method shows #N/A where an input of its own is empty.",
        "一份填写项供所有方法使用；缺少所需项的方法显示 #N/A。",
    )
    form = book.form(TAB, ("Credit limit", "信用额度"), note, widths=(25, 17, 3, 24, 17, 3, 30, 17))
    form.section("A4", ("What is known of the customer", "客户资料"))
    form.head("A5", ("Input", "填写项"))
    form.head("B5", ("Value", "数值"), Look.MONEY)
    for row, one in enumerate(given, _TOP):
        form.text(f"A{row}", one.name)
        form.entry(f"B{row}", one.example, one.look, one.rule, name=_name(one), called=one.name, digits=0)
    last = _TOP + len(given) - 1
    book.define(INPUTS, form.sheet.title, f"A{_TOP}:B{last}")
    _methods(form)
    _why(form)
    form.printed(last)


def _name(one: Input) -> str:
    return "due_limit_" + one.name[0].casefold().replace(" ", "_")


def _methods(form: Form) -> None:
    form.section("D4", ("Limit by each method", "各方法的额度"))
    form.head("D5", ("Method", "方法"))
    form.head("E5", ("Limit", "额度"), Look.MONEY)
    for row, method in enumerate(METHODS, _TOP):
        form.fixed(f"D{row}", form.book.said(method))
        form.call(f"E{row}", "LIMIT", At(f"D{row}"), At(INPUTS), looks=[Look.MONEY], bold=True)
    last = _TOP + len(METHODS) - 1
    form.text(
        f"D{last + 1}:E{last + 3}",
        (
            "Policy: the methods of the policy in force that the inputs allow, combined, capped and rounded.",
            "政策额度：现行政策所采用且填写项齐备的方法，合并、封顶、取整。",
        ),
        muted=True,
    )


def _why(form: Form) -> None:
    """Show the steps of one method; the function names them in English, and a list has their labels."""
    book = form.book
    labels = dict(_OTHER_STEPS) | {en.casefold(): (en, zh) for en, zh in METHODS}
    steps: list[list[Shown]] = [[step, book.said(words)] for step, words in labels.items()]
    bound = {
        f"bound by {step}": book.said(("Bound by: ", "约束项：")) + book.said(words)
        for step, words in labels.items()
    }
    steps += [[step, text] for step, text in bound.items()]
    known = {str(step): str(text) for step, text in steps}
    listed = book.list_of("steps", steps)
    methods = choice(book.list_of("methods", [[book.said(words)] for words in METHODS]))
    form.section("G4", ("How a limit comes about", "额度的由来"))
    form.text("G5", ("Method", "方法"))
    form.entry(
        "H5", book.said(METHODS[-1]), Look.CODE, methods, name="due_limit_method", called=("Method", "方法")
    )
    form.head(f"G{_TOP}", ("Step", "步骤"))
    form.head(f"H{_TOP}", ("Amount", "金额"), Look.MONEY)
    first, last = _TOP + 1, _TOP + 18
    # the function's own headings stand in the row above
    form.call(
        f"J{_TOP}:K{last}", "LIMITWHY", At("due_limit_method"), At(INPUTS), looks=[Look.TEXT, Look.MONEY]
    )
    for row in range(first, last + 1):
        step = form.value(f"J{row}")
        shown = "" if step == "#N/A" else known.get(step, step)
        # &"": LibreOffice 7.4 finds no text that comes from an add-in's array as it stands
        form.formula(
            f"G{row}", f'=IF(ISERROR(J{row}),"",IFERROR(VLOOKUP(J{row}&"",{listed},2,FALSE),J{row}))', shown
        )
    form.mirror(f"K{first}:K{last}", f"H{first}", [Look.MONEY])
    form.hidden("J", "K")
