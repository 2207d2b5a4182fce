"""Where a figure comes from, and how it came about: its trace, and a measure month by month."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Final

import typer

from duebook_cli.asking import CustomerArgument  # noqa: TC001 - typer reads the annotations
from duebook_cli.context import AsOfOption, CompanyOption, JsonOption, Lang, parsed_date, the_book
from duebook_cli.output import figure as as_figure
from duebook_cli.output import money, say, say_json, show_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duebook_etl.history import History, Series
    from duebook_etl.trace import Trace, Traced

_DECIMALS: Final = 4
_BESIDE: Final = 6  # how many series stand beside each other
_WORDS: Final = {
    Lang.EN: {
        "rule": "rule",
        "formula": "formula",
        "source": "source",
        "policy": "policy {name}, version {version}, valid from {valid_from}, digest {digest}",
        "none": "The rule reads no key of the policy.",
        "key": "key of the policy",
        "value": "value",
        "meaning": "meaning",
        "documents": "Documents",
        "document": "document",
        "kind": "kind",
        "dated": "dated",
        "due": "due",
        "amount": "amount",
        "counted": "counted",
        "days": "days",
        "rate": "rate",
        "paid_by": "paid by",
        "given": "given",
        "told": "why",
        "of": "{customer}: {figure} at the end of {day}",
        "missing": "nothing to measure",
    },
    Lang.ZH: {
        "rule": "规则",
        "formula": "公式",
        "source": "出处",
        "policy": "政策 {name}，版本 {version}，自 {valid_from} 起生效，摘要 {digest}",
        "none": "该规则不取用政策的任何键。",
        "key": "政策键",
        "value": "值",
        "meaning": "含义",
        "documents": "单据",
        "document": "单据号",
        "kind": "类别",
        "dated": "单据日期",
        "due": "到期日",
        "amount": "金额",
        "counted": "计入金额",
        "days": "天数",
        "rate": "比例",
        "paid_by": "付款单据",
        "given": "依据",
        "told": "说明",
        "of": "{customer}：{day} 日终的{figure}",
        "missing": "无可计量",
    },
}


def trace(
    context: typer.Context,
    customer: CustomerArgument,
    figure: Annotated[str, typer.Argument(metavar="FIGURE", help="A figure of the profile, such as dso.")],
    as_of: AsOfOption = None,
    company: CompanyOption = None,
    lang: Annotated[Lang, typer.Option(help="The language of rules and headings.")] = Lang.EN,
    as_json: JsonOption = False,
) -> None:
    """Where a figure of a customer comes from: its rule, the policy, every document in it.

    The documents listed add up to the figure. Without --as-of, at the end of the day of the last refresh.
    """
    from duebook_etl.trace import trace as traced

    with the_book(context) as book:
        answer = traced(book, customer, figure, parsed_date(as_of), company=company)
    if as_json:
        say_json(answer.to_json())
        return
    words, policy = _WORDS[lang], answer.case.policy
    say(
        words["policy"].format(
            name=policy.name,
            version=policy.version,
            valid_from=policy.valid_from,
            digest=policy.digest[:12],
        )
    )
    for depth, one in answer.trace.walk():
        _show_trace(answer, one, depth, lang)


def _show_trace(answer: Traced, one: Trace, depth: int, lang: Lang) -> None:
    from duebook_etl.trace import counted_text

    words, said, mark = _WORDS[lang], one.explanation, "  " * depth
    profile = answer.case.profile
    currency = profile.currency
    name = one.figure.zh if lang is Lang.ZH else one.figure.en
    title = words["of"].format(customer=profile.customer.name, figure=name, day=profile.as_of)
    say()
    say(f"{mark}{title} = {_shown(one, currency) or words['missing']}")
    say(f"{mark}  {words['rule']}: {said.rule.of(lang.value)}")
    say(f"{mark}  {words['formula']}: {one.figure.name} = {said.formula}")
    say(f"{mark}  {words['source']}: {said.source}")
    if one.keys:
        meanings = [key.label if lang is Lang.ZH else key.meaning for key in one.keys]
        rows = [[key.name, key.value, text] for key, text in zip(one.keys, meanings, strict=True)]
        show_table("", [words["key"], words["value"], words["meaning"]], rows, left=3)
    if one.lines:
        show_table(
            "",
            [words[heading] for heading in ("given", "value", "told", "counted")],
            (
                [line.name, _short(line.value), line.told.of(lang.value), _short(one.counted(line, currency))]
                for line in one.lines
            ),
            left=3,
        )
    if not one.parts:
        return
    headings = ("document", "kind", "dated", "due", "amount", "counted", "days", "rate", "paid_by")
    show_table(
        f"{words['documents']} ({currency})",
        [words[heading] for heading in headings],
        (
            [
                part.document.document,
                part.document.kind,
                part.document.document_date,
                part.document.due_date,
                money(part.document.amount, currency),
                _short(counted_text(part.counted, currency)),
                None if part.days is None else as_figure(float(part.days)),
                part.rate,
                ", ".join(part.paid_by),
            ]
            for part in one.parts
        ),
        left=2,
    )


def _shown(one: Trace, currency: str) -> str:
    shown = one.shown(currency)
    if one.figure.unit == "share" and isinstance(shown, float):
        return f"{shown:.1%}"
    if one.figure.unit == "money" and isinstance(shown, str):
        return f"{Decimal(shown):,} {currency}"
    return as_figure(shown)


def _short(number: str) -> str:
    """Return a number as people read it, with at most four of its decimals; other text as it is.

    The JSON document has all of them.
    """
    whole, point, decimals = number.partition(".")
    if not point or not decimals.isdecimal() or not whole.lstrip("-").isdecimal():
        return number
    return f"{round(Decimal(number), min(_DECIMALS, len(decimals))):,}"


def history(
    context: typer.Context,
    measure: Annotated[
        str, typer.Argument(metavar="MEASURE", help="Such as open, dso, cei, turnover, roll rates.")
    ],
    months: Annotated[int, typer.Option(metavar="N", help="How many months.")] = 24,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="DATE", help="The last month is the latest that ended by this day."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            "--by",
            metavar="FIELD",
            help="company, country, industry, currency, customer or salesperson. Else the whole.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """A measure of the portfolio at the end of every month.

    Currencies are never added up. A month before the first document is missing, not zero. Without --until,
    up to the day of the last refresh.
    """
    from duebook_etl.history import history as months_of

    with the_book(context) as book:
        answer = months_of(book, measure, parsed_date(until, "--until"), months=months, by=by)
    if as_json:
        say_json(answer.to_json())
        return
    for first in range(0, len(answer.series), _BESIDE):
        _show_months(answer, answer.series[first : first + _BESIDE])


def _show_months(answer: History, series: Sequence[Series]) -> None:
    def title(one: Series) -> str:
        return " ".join(filter(None, (one.name or one.key, one.bucket, one.currency)))

    def shown(one: Series, place: int) -> str:
        value = one.values[place]
        if answer.unit == "money" and isinstance(value, int):
            return money(value, one.currency)
        return as_figure(value)

    show_table(
        f"{answer.measure}, {answer.unit}",
        ["", *map(title, series)],
        ([day, *(shown(one, place) for one in series)] for place, day in enumerate(answer.days)),
        left=1,
    )
