"""Credit profile workbooks from the book: who can be chosen, and whose figures stand there at first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Literal

from duebook.errors import NoAnswerError
from duebook.money import minor_digits
from duebook_etl.answers import short_keys
from duebook_workbooks.credit_profile import Choice, key_of, write_credit_profile
from duebook_workbooks.forms.form import Setting

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from duebook.policy import Policy
    from duebook_etl.answers import Customer
    from duebook_etl.book import Book
    from duebook_workbooks.forms.form import Answer

Key = tuple[str, str, str]  # source, company and customer


@dataclass(frozen=True)
class Choices:
    """The customers of a book, as people choose them.

    Attributes:
        choices: Each customer, by source, company and id, in the order to show them: by name.
        digits: The decimals that amounts need: the most that a company's currency has.
    """

    choices: dict[Key, Choice]
    digits: int

    def of(self, customer: Customer) -> Choice:
        """Return how a customer is chosen."""
        return self.choices[customer.source, customer.company, customer.customer]


def choices(book: Book) -> Choices:
    """Return the customers that a credit profile can be about: all of the store.

    A customer is written by its code where no other has it and it is nobody's id, else by its id, with
    company and source before it where needed: as :meth:`duebook_etl.book.Book.customers` reads it.

    Raises:
        NoAnswerError: No refresh has filled the store yet.
    """
    companies = book.companies()
    rows = book.customer_table(companies).to_pylist()
    codes = Counter(row["code"] for row in rows)
    ids = {row["customer"] for row in rows}
    keys = short_keys((row["source"], row["company"], row["customer"]) for row in rows)
    found: dict[Key, Choice] = {}
    for row in sorted(rows, key=lambda row: (row["name"].casefold(), row["code"], row["customer"])):
        path = (row["source"], row["company"], row["customer"])
        code = row["code"]
        plain = code and codes[code] == 1 and code not in ids and code == key_of(code) and "/" not in code
        found[path] = Choice(code if plain else keys[path], row["name"])
    return Choices(found, max(minor_digits(company.currency) for company in companies))


def most_exposed(book: Book, as_of: date | None = None) -> Key:
    """Return the customer with the largest open amount, whatever its currency; of several the first by key.

    Raises:
        NoAnswerError: The store has no customer, or the day is before the first document.
    """
    paths = {key: path for path, (key, _) in book.group_names(book.companies(), "customer").items()}
    rows = [row for row in book.portfolio("open", as_of, "customer").rows if paths[row.key][2]]
    if not rows:
        raise NoAnswerError("The store holds no customer with anything posted, so there is no profile.")
    largest = max(rows, key=lambda row: (row.value or 0, row.key))
    source, company, customer = paths[largest.key]
    return source, company, customer


def write_profile_workbook(  # noqa: PLR0913 - options, by keyword only
    path: Path,
    book: Book,
    answer: Answer,
    *,
    customer: str | None,
    language: Literal["en", "zh"],
    host: Literal["excel", "office", "calc"],
    as_of: date,
    policy: Policy,
    day: date | None = None,
) -> None:
    """Write the credit profile workbook of a book. The file appears whole, or not at all.

    Args:
        path: Where; its folder must exist. A file that is there is replaced.
        book: Whose customers can be chosen.
        answer: Answers the worksheet functions as a cell would, from the same store.
        customer: Whose figures the formulas carry: an id or code, as of
            :meth:`duebook_etl.book.Book.customers`, or the text of the cell ``due_customer`` of a workbook;
            None for the customer with the largest open amount.
        language: Of its texts.
        host: The program whose spelling its formulas have.
        as_of: The day of the last refresh, which the file gives as the day it was made.
        policy: The policy in force.
        day: The day that is chosen, whose figures it shows; None for the day of the last refresh.

    Raises:
        InputError: The file cannot be written, or the key means several customers.
        NoAnswerError: There is no such customer, or none at all.
    """
    known = choices(book)
    if customer is None:
        chosen = known.choices[most_exposed(book, as_of)]
    else:
        chosen = known.of(a_single(book, customer))
    setting = Setting(language=language, host=host, answer=answer, policy=policy, as_of=as_of)
    every = tuple(known.choices.values())
    made = datetime.combine(as_of, time())
    write_credit_profile(path, setting, every, chosen, made=made, day=day, digits=known.digits)


def a_single(book: Book, customer: str) -> Customer:
    """Return the one customer that a key, or the text of the cell ``due_customer``, means.

    Raises:
        InputError: It means several.
        NoAnswerError: There is no such customer.
    """
    profile = book.profile(key_of(customer))
    return profile.customer
