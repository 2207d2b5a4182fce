"""Questions to what was read last: aging, open items, a customer's profile. Nothing here changes anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from duebook.errors import InputError
from duebook_cli.context import AsOfOption, CompanyOption, JsonOption, parsed_date, the_book
from duebook_cli.output import figure, money, say, say_json, show_table
from duebook_etl.answers import in_words
from duebook_etl.figures import MONEY, SHARES

if TYPE_CHECKING:
    from datetime import date

    from duebook_etl.answers import CompanyAging, OpenItem

CustomerArgument = Annotated[
    str,
    typer.Argument(metavar="CUSTOMER", help="The customer's id in the ERP, or the code people know it by."),
]


def _edges(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            f"--edges: {text!r} is no list of whole numbers.", hint="Write --edges=0,30,60,90."
        ) from None


def aging(
    context: typer.Context,
    as_of: AsOfOption = None,
    company: CompanyOption = None,
    by: Annotated[
        str, typer.Option(metavar="FIELD", help="customer, country, industry or currency.")
    ] = "customer",
    currency: Annotated[
        str, typer.Option(metavar="WHOSE", help="Amounts in the currency of the company or the document.")
    ] = "company",
    edges: Annotated[
        str | None,
        typer.Option(metavar="DAYS", help="Last days of the buckets: --edges=0,30,60,90. Else the policy's."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """How late what customers owe is, in buckets, at the end of any day.

    The buckets of a company add up to its receivable control account. Credits and receipts not yet applied
    count negative, in the bucket of their own due date. Without --as-of, at the end of the day of the last
    refresh.
    """
    with the_book(context) as book:
        answer = book.aging(
            parsed_date(as_of), company=company, by=by, currency=currency, edges=_edges(edges)
        )
    if as_json:
        say_json(answer.to_json())
        return
    for part in answer.companies:
        _show_aging(part, by, answer.as_of)


def _show_aging(part: CompanyAging, by: str, day: date) -> None:
    units = part.currency
    named = by == "customer"
    total = [
        "total",
        *([""] if named else []),
        *(money(a, units) for a in part.amounts),
        money(part.total, units),
    ]
    show_table(
        f"{part.company.name} ({part.company.source}/{part.company.company}), {units}, at the end of {day}",
        [by, *(["name"] if named else []), *part.labels, "total"],
        (
            [
                row.key or "(none)",
                *([row.name] if named else []),
                *(money(a, units) for a in row.amounts),
                money(row.total, units),
            ]
            for row in part.rows
        ),
        total=total,
        left=2 if named else 1,
    )
    if part.control_account is not None:
        difference = part.total - part.control_account
        verdict = "equal to the total" if not difference else f"differs by {money(difference, units)}"
        say(f"control account {money(part.control_account, units)} {units}: {verdict}")


def items(
    context: typer.Context,
    customer: Annotated[str, typer.Option(metavar="KEY", help="The customer's id in the ERP, or its code.")],
    as_of: AsOfOption = None,
    company: CompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    """The open items of a customer at the end of any day, the earliest due first.

    Without --as-of, at the end of the day of the last refresh.
    """
    with the_book(context) as book:
        answer = book.items(customer, parsed_date(as_of), company=company)
        companies = book.company_keys()
    if as_json:
        say_json(answer.to_json())
        return

    def shown(item: OpenItem) -> list[object]:
        open_document = money(item.open_document, item.currency)
        open_company = money(item.open, item.company_currency)
        return [
            companies[item.source, item.company],
            *(item.document, item.kind, item.document_date, item.due_date, item.days_late),
            *(open_document, item.currency, open_company, item.company_currency),
        ]

    show_table(
        f"Open items of {customer} at the end of {answer.as_of}",
        ["company", "document", "kind", "dated", "due", "days late", "open", "", "in the books", ""],
        [shown(item) for item in answer.items],
        left=3,
    )


def _shown(name: str, value: object) -> str:
    """Return a figure as people read it: a share as a percentage, a flag as a word."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.1%}" if name in SHARES and isinstance(value, float) else figure(value)


def profile(
    context: typer.Context,
    customer: CustomerArgument,
    as_of: AsOfOption = None,
    company: CompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    """A customer's figures: open, overdue, days late, DSO, score, limit, exposure, alert, provision and more.

    Without --as-of, at the end of the day of the last refresh.
    """
    with the_book(context) as book:
        answer = book.profile(customer, parsed_date(as_of), company=company)
        companies = book.company_keys()
    if as_json:
        say_json(answer.to_json())
        return
    document = answer.to_json()
    place = companies[answer.customer.source, answer.customer.company]
    amounts: dict[str, int | None] = {name: getattr(answer, name) for name in MONEY}
    del document["alert_reasons"]  # sentences, which would widen the table
    show_table(
        f"{answer.customer.name} ({place}/{answer.customer.customer}) at the end of {answer.as_of}",
        ["", ""],
        (
            [
                name.replace("_", " "),
                money(amounts[name], answer.currency)
                if amounts.get(name) is not None
                else _shown(name, value),
            ]
            for name, value in document.items()
        ),
        left=1,
    )
    for reason in answer.reasons:
        say(f"  {in_words(reason)[0]}")
