"""The credit file (信用档案): what is known of customers beyond the ledger, a fact a row, each with its day.

People keep it as a sheet. Every refresh reads it and replaces what the store has of it; a row that cannot be
used goes to quarantine with its number and the reason. On any day the newest row of a fact that was known by
then counts, so a question about a past day is answered by what was known then.
"""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, insert, select, tuple_

from duebook import assessment, limit_inputs
from duebook.assessment import COLLECTIVE, COUNTS, OWN_LOSS, TEXTS
from duebook.errors import DuebookError, InputError
from duebook.exposure import top_of
from duebook.money import to_minor
from duebook.scorecard import card, folded
from duebook_etl import schema
from duebook_etl.answers import Company
from duebook_etl.config import nearest
from duebook_etl.customers import a_customer, find_customers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from duebook.assessment import Value
    from duebook.policy import Policy
    from duebook_etl.answers import Customer
    from duebook_etl.store import Store

    Key = tuple[str, str, str]  # source, company, customer

AMOUNTS: Final = (*assessment.AMOUNTS, "promised")
"""Facts that are amounts of the company's currency; ``promised`` is what a customer promised to pay."""
DATES: Final = (*assessment.DATES, "promised for")
"""Facts that are days; ``promised for`` is the day for which payment is promised."""
QUERY: Final = "credit_facts"
"""What rows of the credit file are quarantined under."""
NEEDED: Final = ("customer", "name", "value", "known_from")
OPTIONAL: Final = ("company", "source", "note")
_CHINESE: Final = {
    "信用额度": "credit limit",
    "授信额度": "credit limit",
    "抵押物": "collateral",
    "担保物": "collateral",
    "未交货订单": "orders",
    "未开票": "unbilled",
    "未到期票据": "bills",
    "争议金额": "disputed",
    "争议起始日": "disputed since",
    "单项计提比例": OWN_LOSS,
    "承诺付款金额": "promised",
    "承诺付款日": "promised for",
    "客户细分": "segment",
    "母公司": "parent",
    "行业": "industry",
    "国家": "country",
    "信用报告变化": "report changes",
    "事件": "event",
    "最近评级": "last rating",
    "最近审计": "last audit",
    "最近培训": "last training",
    "最近账期复核": "last terms",
}
NAMES: Final = (*AMOUNTS, OWN_LOSS, *COUNTS, *DATES, *TEXTS)
"""The facts that are neither factors of a scorecard nor inputs of a limit."""
_OWN: Final = {name: name for name in NAMES} | _CHINESE
_COLLECTIVE: Final = frozenset({COLLECTIVE, "组合计提"})
_KEY_OF_ROW: Final = "company"
_WORDS: Final = frozenset({"grade", "industry risk", "good record", *TEXTS})
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Row:
    """A row of the file as it was written.

    Attributes:
        number: Its number in the sheet; the heading is row 1.
        cells: Its texts by column; those that are there.
    """

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Fact:
    """Something known of a customer.

    Attributes:
        value: A number, a day or a text.
        known_from: The day from which it is known.
        row: The row of the file that says so.
        told_by: Where it comes from, as the row says; empty for nothing.
        note: The row's note; empty for none.
    """

    value: Value
    known_from: date
    row: int
    told_by: str
    note: str


@dataclass(frozen=True)
class Kept:
    """How many rows of the file there were.

    Attributes:
        facts: Rows now in the store.
        quarantined: Rows set aside.
    """

    facts: int
    quarantined: int


def read_credit_file(path: Path) -> tuple[Row, ...]:
    """Read the rows of a credit file.

    Args:
        path: A ``.csv`` in UTF-8, its cells parted by commas or semicolons, or the first sheet of an
            ``.xlsx``. Its first row names the columns: those of :data:`NEEDED`, in any order, and those of
            :data:`OPTIONAL`; others are passed over.

    Returns:
        Every row that is not empty.

    Raises:
        InputError: The file is missing or cannot be read, or its heading lacks a column.
    """
    try:
        table = list(_workbook(path) if path.suffix.lower() == ".xlsx" else _text(path))
    except FileNotFoundError:
        raise InputError(
            f"There is no credit file {path}.",
            hint="[credit_file] path names it; leave the table out for none.",
        ) from None
    except OSError as error:
        raise InputError(f"The credit file {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise InputError(
            f"The credit file {path} is not UTF-8 text.", hint="In Excel save it as CSV UTF-8, or as .xlsx."
        ) from None
    except csv.Error as error:
        raise InputError(f"The credit file {path} is no CSV: {error}.") from None
    heading = [cell.strip().casefold() for cell in table[0]] if table else []
    missing = [name for name in NEEDED if name not in heading]
    if missing:
        there = ", ".join(filter(None, heading)) or "nothing"
        raise InputError(
            f"The credit file {path} has no column {', '.join(missing)}; its first row has {there}.",
            hint=f"Write {', '.join(NEEDED)}, and {', '.join(OPTIONAL)} where wanted.",
        )
    columns = {name: heading.index(name) for name in (*NEEDED, *OPTIONAL) if name in heading}
    rows = []
    for number, line in enumerate(table[1:], start=2):
        cells: dict[str, str] = {
            name: line[at].strip() for name, at in columns.items() if at < len(line) and line[at].strip()
        }
        if cells:
            rows.append(Row(number, cells))
    return tuple(rows)


def keep_facts(store: Store, run: int, rows: Iterable[Row], *, policy: Policy, shown: str) -> Kept:
    """Replace the facts of the store, and what of the file is in quarantine, by these rows.

    Args:
        store: The store, with the customers of its ledgers.
        run: The number of the run.
        rows: The rows.
        policy: The policy, whose scorecard names facts.
        shown: The file as people write it.

    Raises:
        StoreError: The store could not be written; it is as it was.
    """
    reader = _Reader(store, policy)
    facts: list[dict[str, object]] = []
    refused: list[tuple[Row, str]] = []
    for row in rows:
        try:
            facts.append(reader.fact(row))
        except DuebookError as error:
            refused.append((row, str(error)))
    good, circles = _without_circles(facts)
    by_number = {row.number: row for row in rows}
    refused += [(by_number[number], reason) for number, reason in circles]
    quarantined = [
        {
            "run": run,
            "source": shown,
            "query": QUERY,
            "company": row.cells.get("company"),
            "key": f"row {row.number}",
            "reason": reason,
            "raw": json.dumps(dict(row.cells), ensure_ascii=False),
        }
        for row, reason in sorted(refused, key=lambda one: one[0].number)
    ]
    with store.write() as connection:
        connection.execute(delete(schema.credit_facts))
        connection.execute(delete(schema.quarantine).where(schema.quarantine.c.query == QUERY))
        if good:
            connection.execute(insert(schema.credit_facts), good)
        if quarantined:
            connection.execute(insert(schema.quarantine), quarantined)
    return Kept(len(good), len(quarantined))


def facts_as_of(
    store: Store, day: date, *, customers: Iterable[Key] | None = None, names: Sequence[str] | None = None
) -> dict[Key, dict[str, Fact]]:
    """Return what was known of customers on a day: of each fact the newest row.

    Args:
        store: The store.
        day: The day; what is known only from a later one is not there.
        customers: Only of these, by source, company and id; left out, of all.
        names: Only these facts.

    Returns:
        The facts of each customer that has any, by name; of two of one day the lower row counts.
    """
    table = schema.credit_facts.c
    wanted = select(schema.credit_facts).where(table.known_from <= day)
    if customers is not None:
        wanted = wanted.where(tuple_(table.source, table.company, table.customer).in_(list(customers)))
    if names is not None:
        wanted = wanted.where(table.name.in_(names))
    with store.engine.connect() as connection:
        rows = connection.execute(wanted.order_by(table.known_from, table.row)).all()
    found: dict[Key, dict[str, Fact]] = {}
    for row in rows:
        fact = Fact(_typed(row.name, row.value), row.known_from, row.row, row.told_by or "", row.note or "")
        found.setdefault((row.source, row.company, row.customer), {})[row.name] = fact
    return found


def fact_name(name: str, policy: Policy) -> str:
    """Return the fact that a name means, in English or Chinese and in any case.

    Raises:
        InputError: There is none; the hint names the nearest.
    """
    given = folded(name)
    found = _OWN.get(given) or limit_inputs.input_of(given)
    rules = card(policy)
    if found is None and isinstance(place := rules.names.get(given), int):
        found = rules.parts[place].factor.name
    if found is None or found == _KEY_OF_ROW:
        names = [*_OWN, *limit_inputs.inputs(), *(part.factor.name for part in rules.parts)]
        hint = nearest(name, [each for each in names if each != _KEY_OF_ROW]) or (
            f"Write a factor of the scorecard, an input of a limit, or one of {', '.join(NAMES)}."
        )
        raise InputError(f"name: {name!r} is no fact.", hint=hint)
    return found


class _Reader:
    """Turns rows into facts of customers of the store."""

    def __init__(self, store: Store, policy: Policy) -> None:
        self._policy = policy
        with store.engine.connect() as connection:
            companies = connection.execute(select(schema.companies)).all()
            customers = connection.execute(
                select(schema.customers).order_by(schema.customers.c.source, schema.customers.c.company)
            ).all()
        self._companies = [Company(row.source, row.company, row.name, row.currency) for row in companies]
        self._currency = {(c.source, c.company): c.currency for c in self._companies}
        self._directory: dict[tuple[str, str], list[Customer]] = {}
        for row in customers:
            one = a_customer(row)
            self._directory.setdefault(("customer", one.customer), []).append(one)
            if row.code is not None:
                self._directory.setdefault(("code", one.code), []).append(one)

    def fact(self, row: Row) -> dict[str, object]:
        """Return a row as the store keeps it.

        Raises:
            InputError: A cell is missing or is not what it should be.
        """
        for name in NEEDED:
            if name not in row.cells:
                raise InputError(f"{name}: the cell is empty.")
        name = fact_name(row.cells["name"], self._policy)
        known_from = _day("known_from", row.cells["known_from"])
        customer = self._customer(row.cells["customer"], row.cells.get("company"))
        place = (customer.source, customer.company)
        return {
            "source": customer.source,
            "company": customer.company,
            "customer": customer.customer,
            "name": name,
            "value": self._value(name, row.cells["value"], place, customer),
            "known_from": known_from,
            "row": row.number,
            "told_by": row.cells.get("source"),
            "note": row.cells.get("note"),
        }

    def _customer(self, key: str, company: str | None) -> Customer:
        companies = self._companies
        if company is not None:
            companies = [c for c in companies if company in {c.company, f"{c.source}/{c.company}"}]
            if not companies:
                known = ", ".join(sorted(f"{c.source}/{c.company}" for c in self._companies)) or "none"
                raise InputError(f"company: {company!r} is not in the store; there are {known}.")
        found = find_customers(key, companies, self._matching)
        if not found:
            raise InputError(f"customer: {key!r} is not known.")
        if len(found) > 1:
            places = " and ".join(f"{c.source}/{c.company}" for c in found)
            raise InputError(
                f"customer: {key!r} is a customer of {places}.", hint="Write the company as well."
            )
        return found[0]

    def _matching(self, field: str, key: str, companies: Sequence[Company]) -> Sequence[Customer]:
        places = {(c.source, c.company) for c in companies}
        return [c for c in self._directory.get((field, key), ()) if (c.source, c.company) in places]

    def _value(self, name: str, text: str, place: tuple[str, str], customer: Customer) -> str:
        """Return a value as the store keeps it, checked."""
        if name in DATES:
            return _day("value", text).isoformat()
        if name == "parent":
            within = [c for c in self._companies if (c.source, c.company) == place]
            found = find_customers(text, within, self._matching)
            return found[0].customer if found else text
        if name in _WORDS:
            return text
        if name == OWN_LOSS:
            return _own_loss(text)
        rules = card(self._policy)
        number = rules.names.get(folded(name))
        part = rules.parts[number] if isinstance(number, int) else None
        if part is not None and part.factor.words and limit_inputs.input_of(name) is None:
            part.place(text)
            return text
        amount = _number(name, text)
        if name in AMOUNTS:
            if amount < 0:
                raise InputError(f"value: {name} is {text}; 0 or more is allowed.")
            to_minor(amount, self._currency[customer.source, customer.company])
        elif name in COUNTS and (amount < 0 or amount != amount.to_integral_value()):
            raise InputError(f"value: {name} is {text}; a whole number of 0 or more is allowed.")
        elif part is not None and limit_inputs.input_of(name) is None:
            part.place(amount)
        return f"{amount:f}"


def _own_loss(text: str) -> str:
    """Return a loss rate of a customer's own, or that it is assessed with the others again."""
    if folded(text) in _COLLECTIVE:
        return COLLECTIVE
    rate = _number(OWN_LOSS, text)
    if not 0 <= rate <= 1:
        raise InputError(
            f"value: {OWN_LOSS} is {text}; 0 to 1 is allowed.",
            hint=f"Write 0.3 or 30% for 30%; {COLLECTIVE} where it is assessed with the others again.",
        )
    return f"{rate:f}"


def _without_circles(
    facts: Sequence[dict[str, object]],
) -> tuple[list[dict[str, object]], list[tuple[int, str]]]:
    """Return the facts without parents that would close a circle on the day they are known from."""
    parents: dict[tuple[object, object], dict[str, str]] = {}
    circles: dict[int, str] = {}
    own = [fact for fact in facts if fact["name"] == "parent"]
    for fact in sorted(own, key=lambda one: (str(one["known_from"]), int(str(one["row"])))):
        company = parents.setdefault((fact["source"], fact["company"]), {})
        customer, parent = str(fact["customer"]), str(fact["value"])
        before = company.get(customer)
        company[customer] = parent
        try:
            top_of(customer, company)
        except InputError as error:
            circles[int(str(fact["row"]))] = f"value: {error}"
            del company[customer]
            if before is not None:
                company[customer] = before
    return [fact for fact in facts if fact["row"] not in circles], sorted(circles.items())


def _text(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        heading = file.readline()
        file.seek(0)
        # Excel parts cells by semicolons where the comma is the decimal mark.
        delimiter = ";" if heading.count(";") > heading.count(",") else ","
        yield from csv.reader(file, delimiter=delimiter, strict=True)


def _workbook(path: Path) -> Iterator[list[str]]:
    from zipfile import BadZipFile  # noqa: PLC0415 - with openpyxl

    from openpyxl import load_workbook  # noqa: PLC0415 - slow to import, and seldom needed
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError):
        raise InputError(
            f"The credit file {path} is no workbook.", hint="Save it as .xlsx, or as CSV UTF-8."
        ) from None
    try:
        for line in book.worksheets[0].iter_rows(values_only=True):
            yield [_cell(value) for value in line]
    finally:
        book.close()


def _cell(value: object) -> str:
    """Return a cell of a sheet as it would stand in a CSV."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    return str(value)


def _day(column: str, text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise InputError(f"{column}: {text!r} is no date.", hint="Write it as 2026-06-30.")


def _number(name: str, text: str) -> Decimal:
    share = text.endswith("%")
    plain = text.removesuffix("%").strip()
    if not _NUMBER.fullmatch(plain):
        raise InputError(
            f"value: {name} is {text!r}, no number.", hint="Write 1250000.50, or 20% for a share."
        )
    return Decimal(plain) / 100 if share else Decimal(plain)


def _typed(name: str, text: str) -> Value:
    if name in DATES:
        return date.fromisoformat(text)
    if name not in _WORDS and _NUMBER.fullmatch(text):
        return Decimal(text)
    return text
