"""`duebook policy backtest`: what two policies would have come to on the ledger that the store holds."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from pathlib import Path  # noqa: TC003 - typer reads the annotations when the module runs
from typing import TYPE_CHECKING, Annotated, Final

import typer

from duebook.errors import InputError
from duebook_cli.context import (
    CompanyOption,
    JsonOption,
    Lang,
    parsed_date,
    the_config,
    the_policy,
    the_store,
)
from duebook_cli.output import say, say_json, say_warning, show_table
from duebook_cli.policies import NAME, named_policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duebook.policy import Policy
    from duebook_etl.backtest.report import Backtest
    from duebook_etl.backtest.running import Named
    from duebook_etl.store import Store
    from duebook_workbooks.backtest.workbook import BacktestData, CompanyBacktest
    from duebook_workbooks.labels import Language

_MOST_CHANGED: Final = 10


def backtest(
    context: typer.Context,
    new: Annotated[str, typer.Argument(metavar="NEW", help=NAME, show_default=False)],
    first: Annotated[
        str, typer.Option("--from", metavar="MONTH", help="The first month or day of orders, as 2024-01.")
    ],
    against: Annotated[
        str, typer.Option(metavar="CURRENT", help=f"What NEW is held against. {NAME}")
    ] = "current",
    until: Annotated[
        str | None,
        typer.Option(metavar="MONTH", help="The last month or day. Left out: the day of the last refresh."),
    ] = None,
    company: CompanyOption = None,
    turnover_factor: Annotated[
        str | None,
        typer.Option(
            "--turnover-factor",
            metavar="TIMES",
            help="Take a customer's own turnover, where the credit file does not have it, for so many times "
            "what it buys here, and try the progressive limit.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE.xlsx", help="Write a workbook too.")
    ] = None,
    lang: Annotated[Lang, typer.Option(help="The language of the labels.")] = Lang.EN,
    as_json: JsonOption = False,
) -> None:
    """Replay the ledger under two policies: what each would have let through, stopped, collected and lost.

    Each order is judged by what was known on its day. Customers are taken to pay as they did. Companies stand
    by themselves, each in its own currency.
    """
    from duebook_etl.backtest.workbook import backtest_data

    begin, end = _day(first, "--from"), _day(until, "--until", last=True)
    factor = None if turnover_factor is None else _factor(turnover_factor)
    if output is not None:
        _check_output(output)
    with _asked(context, new, against) as (store, policies):
        from duebook_etl.backtest.running import backtest as run
        from duebook_etl.book import Book

        book = Book(store, policies[1].policy)
        assert begin is not None  # noqa: S101 - --from is required; for the type checker
        found = run(
            store,
            book,
            new=policies[0],
            current=policies[1],
            first=begin,
            until=end,
            company=company,
            turnover_factor=factor,
        )
        last = book.last_run()
        assert last is not None and last.finished is not None  # noqa: S101, PT018 - a backtest needs one
        data = backtest_data(found, made=last.finished)
        for each in found.companies:
            if (each.company.source, each.company.company) in book.unreconciled():
                say_warning(
                    f"{each.company.name} did not reconcile when it was last read: "
                    "its items differ from its general ledger."
                )
    if output is not None:
        _write(output, data, lang)
    if as_json:
        say_json(found.to_json())
        return
    _show(found, data, lang)
    if output is not None:
        say(f"{output}: written." if lang is Lang.EN else f"已写入 {output}。")


@contextmanager
def _asked(context: typer.Context, new: str, against: str) -> Iterator[tuple[Store, tuple[Named, Named]]]:
    from duebook_etl.backtest.running import Named

    config = the_config(context)
    configured = the_policy(config)
    with the_store(config, create=False) as store:
        yield (
            store,
            (
                Named(new, _policy(new, configured, store)),
                Named(against, _policy(against, configured, store)),
            ),
        )


def _policy(asked: str, configured: Policy, store: Store) -> Policy:
    from duebook_etl.backtest.running import kept_policy

    return named_policy(asked, current=lambda: configured, kept=partial(kept_policy, store))


def _day(text: str | None, option: str, *, last: bool = False) -> date | None:
    """Read a day, or a month as its first or last day."""
    if text is None:
        return None
    if len(text) == len("2024-01") and text[4:5] == "-":
        try:
            first = date.fromisoformat(f"{text}-01")
        except ValueError:
            pass
        else:
            return (first + timedelta(31)).replace(day=1) - timedelta(1) if last else first
    try:
        return parsed_date(text, option)
    except InputError as error:
        raise InputError(error.message, hint="Write a month as 2024-01, or a day as 2024-01-31.") from None


def _factor(text: str) -> Decimal:
    try:
        factor = Decimal(text)
    except InvalidOperation:
        factor = Decimal("NaN")
    if not factor.is_finite():
        raise InputError(f"--turnover-factor: {text!r} is no number.", hint="Write 1, 5 or 12.5.")
    return factor


def _check_output(path: Path) -> None:
    if path.suffix.casefold() != ".xlsx":
        raise InputError(f"--output: {path} is no .xlsx file.", hint="Write FILE.xlsx.")
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(f"--output: there is no folder {path.parent} to write it in.")


def _write(path: Path, data: BacktestData, lang: Lang) -> None:
    from duebook_workbooks.backtest.workbook import write_backtest

    try:
        write_backtest(path, data, language=lang.value)
    except OSError as error:
        raise InputError(f"--output: {path} cannot be written: {error.strerror}.") from None


def _show(found: Backtest, data: BacktestData, lang: Lang) -> None:
    from duebook_workbooks.backtest.labels import backtest_label
    from duebook_workbooks.backtest.workbook import notes, sentence

    language: Language = lang.value
    say(backtest_label("from {first} to {until}", language, first=found.first, until=found.until))
    for company in data.companies:
        say()
        say(sentence(company, language))
        _show_company(company, lang)
    say(backtest_label("assumptions", language))
    for note in notes(data, language):
        say(f"- {note}")


def _show_company(company: CompanyBacktest, lang: Lang) -> None:
    from duebook.money import from_minor
    from duebook_workbooks.backtest.labels import backtest_label
    from duebook_workbooks.backtest.workbook import shown

    def label(key: str, **values: object) -> str:
        return backtest_label(key, lang.value, **values)

    show_table(
        f"{company.name} ({company.key}), {company.currency}",
        ["", label("current"), label("new"), label("change")],
        [
            [
                f"{'  ' if line.part else ''}{label(line.key)}",
                *(
                    shown(value, line.unit, company.currency)
                    for value in (line.current, line.new, line.change)
                ),
            ]
            for line in company.lines
        ],
        left=1,
    )
    rows = [row for row in company.customers.to_pylist() if row["new_allowed"] != row["current_allowed"]]
    if not rows:
        return
    rows.sort(key=lambda row: (-abs(row["new_allowed"] - row["current_allowed"]), row["customer"]))
    amounts = ("current_allowed", "new_allowed", "current_lost", "new_lost")
    show_table(
        f"{label('customers')}: {len(rows):,}",
        [
            label("code"),
            label("name"),
            *(
                label(f"{{name}}, {side}", name=label(name))
                for name in ("allowed", "loss")
                for side in ("current", "new")
            ),
        ],
        [
            [
                row["code"] or row["customer"],
                row["name"],
                *(f"{from_minor(row[name], company.currency):,}" for name in amounts),
            ]
            for row in rows[:_MOST_CHANGED]
        ],
    )
