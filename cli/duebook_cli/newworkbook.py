"""New standard workbooks: of forms with formulas of the add-in, and of the last refresh's figures."""

from __future__ import annotations

from contextlib import nullcontext
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
    from typing import Literal

    from duebook.policy import Policy
    from duebook_addin.cells import Argument
    from duebook_etl.answers import Profile
    from duebook_etl.book import Book
    from duebook_workbooks.application import Applicant
    from duebook_workbooks.forms.form import Answer, Shown


_YEAR: Final = 12


class Standard(StrEnum):
    """The standard workbooks."""

    PORTFOLIO = "portfolio"
    PROFILE = "profile"
    WORKLIST = "worklist"
    APPLICATION = "application"
    CALCULATORS = "calculators"


def new(
    context: typer.Context,
    name: Annotated[
        Standard,
        typer.Argument(
            help="portfolio, profile (a customer's credit), worklist (of collections), application (of a "
            "limit), or calculators."
        ),
    ],
    lang: Annotated[Lang, typer.Option(help="The language of the workbook.")] = Lang.EN,
    host: Annotated[
        Host, typer.Option(help="The program that will open it, whose spelling formulas of the add-in get.")
    ] = Host.EXCEL,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="PATH",
            help="The workbook; left out, NAME.xlsx here. For several profiles the folder they go into.",
        ),
    ] = None,
    customer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="A customer of the refreshed store: for an application, or whose profile is shown. "
            "Repeat it, or say all, for a profile of each; left out, of who owes most.",
        ),
    ] = None,
) -> None:
    """Make a standard workbook; nothing that exists is overwritten.

    Portfolio and worklist show the last refresh. Of the others every formula is live through the add-in, and
    carries its value for whoever has none.
    """
    from duebook.errors import InputError
    from duebook_addin.book import current_policy
    from duebook_cli.desk import ready
    from duebook_cli.newprofiles import new_profiles
    from duebook_workbooks.application import Applicant, write_application
    from duebook_workbooks.calculators import write_calculators
    from duebook_workbooks.forms.form import Setting

    asked = customer or []
    if asked and name not in {Standard.PROFILE, Standard.APPLICATION}:
        raise InputError(
            f"--customer: {name.value} is about no single customer; application and profile take one."
        )
    if name is Standard.PROFILE:
        new_profiles(context, asked, output, language=lang.value, host=host.value)
        return
    path = output or Path(f"{name.value}.xlsx")
    refuse_existing(path)
    if name in {Standard.PORTFOLIO, Standard.WORKLIST}:
        _of_last_refresh(context, name, path, lang.value)
        return
    if len(asked) > 1:
        raise InputError(f"--customer: {len(asked)} are given; an application is about one.")
    alone = context.obj == CONFIG_FILE and not context.obj.exists()
    ready(None if alone else context.obj)
    as_of, applicant, policy = today(), Applicant(), current_policy()
    if asked:
        as_of, applicant = _from_store(context, asked[0], policy)
    setting = Setting(language=lang.value, host=host.value, answer=answered, policy=policy, as_of=as_of)
    made = datetime.combine(as_of, time())
    if name is Standard.CALCULATORS:
        write_calculators(path, setting, made=made)
    else:
        write_application(path, setting, applicant, made=made)
    say(f"Written: {path}")


def _of_last_refresh(
    context: typer.Context, name: Standard, path: Path, language: Literal["en", "zh"]
) -> None:
    """Write a workbook as the last refresh published it, or would have."""
    from duebook_etl.last_edition import last_edition
    from duebook_etl.standard import Portfolio, Worklist

    made = Portfolio if name is Standard.PORTFOLIO else Worklist
    with the_book(context) as book:
        made(book, last_edition(book), language).write(path)
    say(f"Written: {path}")


def refuse_existing(path: Path) -> None:
    """Refuse to write where a file is, or where there is no folder.

    Raises:
        InputError: It is so.
    """
    from duebook.errors import InputError

    if path.exists():
        raise InputError(f"{path}: it exists already.", hint="Name another file with --output.")
    if not path.absolute().parent.is_dir():
        raise InputError(f"{path.absolute().parent}: there is no such folder.")


def answered(name: str, arguments: Sequence[Argument]) -> list[list[Shown]]:
    """Answer a worksheet function as a cell would, in rows of cells."""
    from duebook_addin.call import Spill, answer
    from duebook_addin.cells import CellError
    from duebook_addin.functions import FUNCTIONS
    from duebook_workbooks.forms.form import ErrorValue

    found = answer(FUNCTIONS.find(name), arguments)
    rows = found.rows if isinstance(found, Spill) else [[found]]
    return [[ErrorValue(cell.code) if isinstance(cell, CellError) else cell for cell in row] for row in rows]


def answers(book: Book) -> Answer:
    """Return what answers the worksheet functions from a book, as a cell would be answered."""
    from duebook_addin.book import use_book
    from duebook_cli.cellbook import CellBook

    cells = CellBook(lambda: nullcontext(book))

    def answer(name: str, arguments: Sequence[Argument]) -> list[list[Shown]]:
        use_book(cells)
        return answered(name, arguments)

    return answer


def _from_store(context: typer.Context, customer: str, policy: Policy) -> tuple[date, Applicant]:
    """Return the day of the last refresh, and what ledger and credit file say of a customer then.

    Raises:
        InputError: The key means several customers.
        NoAnswerError: There is no such customer, or its company does not reconcile: none sign such figures.
    """
    from duebook_cli.fields import refuse_unreconciled
    from duebook_etl.credit_file import facts_as_of

    with the_book(context) as book:
        profile = book.profile(customer, None)
        who = profile.customer
        refuse_unreconciled(book, {(who.source, who.company)})
        key = (who.source, who.company, who.customer)
        facts = facts_as_of(book.store, profile.as_of, customers=[key]).get(key, {})
    told = {name: fact.value for name, fact in facts.items() if isinstance(fact.value, Decimal | str)}
    return profile.as_of, _applicant(profile, told, policy)


def _applicant(profile: Profile, told: Mapping[str, Decimal | str], policy: Policy) -> Applicant:
    """Return what is known of a customer; of how it pays the ledger's word counts, else the credit file's."""
    from duebook.limit_inputs import input_of
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
        new=months is None,
        open=from_minor(profile.gross_open, profile.currency),
        unapplied=from_minor(-profile.unapplied, profile.currency),
        factors=factors,
        inputs=inputs,
    )
