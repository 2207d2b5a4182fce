"""New standard workbooks: calculators and the limit application, with formulas of the add-in."""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from duebook_cli.addins import Host
from duebook_cli.context import CONFIG_FILE, Lang, the_book, today
from duebook_cli.output import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from duebook.policy import Policy
    from duebook_addin.cells import Argument
    from duebook_etl.answers import Profile
    from duebook_workbooks.application import Applicant
    from duebook_workbooks.forms.form import Shown


_YEAR: Final = 12


class Standard(StrEnum):
    """The standard workbooks that are made from nothing."""

    CALCULATORS = "calculators"
    APPLICATION = "application"


def new(
    context: typer.Context,
    name: Annotated[Standard, typer.Argument(help="calculators, or application for a limit application.")],
    lang: Annotated[Lang, typer.Option(help="The language of the workbook.")] = Lang.EN,
    host: Annotated[
        Host, typer.Option(help="The program that will open it, whose spelling its formulas get.")
    ] = Host.EXCEL,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="The workbook; left out, NAME.xlsx here."),
    ] = None,
    customer: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="For an application: a customer of the refreshed store, whose data it gets."
        ),
    ] = None,
) -> None:
    """Make a standard workbook with live formulas of the add-in; nothing that exists is overwritten.

    The portfolio workbook is not among them: `duebook refresh` publishes it.
    """
    from duebook.errors import InputError
    from duebook_addin.book import current_policy
    from duebook_cli.desk import ready
    from duebook_workbooks.application import Applicant, write_application
    from duebook_workbooks.calculators import write_calculators
    from duebook_workbooks.forms.form import Setting

    path = output or Path(f"{name.value}.xlsx")
    if path.exists():
        raise InputError(f"{path}: it exists already.", hint="Name another file with --output.")
    if not path.absolute().parent.is_dir():
        raise InputError(f"{path.absolute().parent}: there is no such folder.")
    if customer is not None and name is not Standard.APPLICATION:
        raise InputError(f"--customer: {name.value} are about no customer; only application takes one.")
    alone = context.obj == CONFIG_FILE and not context.obj.exists()
    ready(None if alone else context.obj)
    as_of, applicant, policy = today(), Applicant(), current_policy()
    if customer is not None:
        as_of, applicant = _from_store(context, customer, policy)
    setting = Setting(language=lang.value, host=host.value, answer=answered, policy=policy, as_of=as_of)
    made = datetime.combine(as_of, time())
    if name is Standard.CALCULATORS:
        write_calculators(path, setting, made=made)
    else:
        write_application(path, setting, applicant, made=made)
    say(f"Written: {path}")


def answered(name: str, arguments: Sequence[Argument]) -> list[list[Shown]]:
    """Answer a worksheet function as a cell would, in rows of cells."""
    from duebook_addin.call import Spill, answer
    from duebook_addin.cells import CellError
    from duebook_addin.functions import FUNCTIONS
    from duebook_workbooks.forms.form import ErrorValue

    found = answer(FUNCTIONS.find(name), arguments)
    rows = found.rows if isinstance(found, Spill) else [[found]]
    return [[ErrorValue(cell.code) if isinstance(cell, CellError) else cell for cell in row] for row in rows]


def _from_store(context: typer.Context, customer: str, policy: Policy) -> tuple[date, Applicant]:
    """Return the day of the last refresh, and what ledger and credit file say of a customer then."""
    from duebook_etl.credit_file import facts_as_of

    with the_book(context) as book:
        profile = book.profile(customer, None)
        who = profile.customer
        key = (who.source, who.company, who.customer)
        facts = facts_as_of(book.store, profile.as_of, customers=[key]).get(key, {})
    told = {name: fact.value for name, fact in facts.items() if isinstance(fact.value, Decimal | str)}
    return profile.as_of, _applicant(profile, told, policy)


def _applicant(profile: Profile, told: Mapping[str, Decimal | str], policy: Policy) -> Applicant:
    """Return what is known of a customer; of how it pays the ledger's word counts, else the credit file's."""
    from duebook.limit_methods import input_of
    from duebook.money import from_minor
    from duebook.scorecard import card
    from duebook_workbooks.application import Applicant

    who, months = profile.customer, profile.months_of_business
    measured: dict[str, float | None] = {
        "pay index": profile.pay_index,
        "days late": profile.average_days_late,
    }
    inputs: dict[str, Decimal | str | bool] = {}
    if profile.term_days is not None:
        inputs["term days"] = Decimal(profile.term_days)
    if profile.annual_sales > 0:
        inputs["sales"] = from_minor(profile.annual_sales, profile.currency)
    if months is not None:
        overdue = profile.gross_overdue / profile.gross_open if profile.gross_open > 0 else 0
        measured |= {"overdue share": overdue, "oldest overdue": profile.oldest_overdue_days or 0}
        measured["years of cooperation"] = months / _YEAR
        inputs |= {"months of business": Decimal(months), "years of business": Decimal(months // _YEAR)}
        late = profile.average_days_late
        inputs["good record"] = late is not None and late <= 0 and not profile.gross_overdue
    factors: dict[str, Decimal | str] = {
        name: Decimal(repr(value)) for name, value in measured.items() if value is not None
    }
    rules = card(policy)
    for name, value in told.items():
        place = rules.names.get(name)
        if isinstance(place, int):
            factors.setdefault(rules.parts[place].factor.name, value)
        if found := input_of(name):
            inputs[found] = value
    return Applicant(
        code=who.code,
        name=who.name,
        country=who.country,
        industry=str(told.get("industry", who.industry)),
        currency=profile.currency,
        open=from_minor(profile.gross_open, profile.currency),
        unapplied=from_minor(-profile.unapplied, profile.currency),
        factors=factors,
        inputs=inputs,
    )
