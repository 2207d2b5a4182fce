"""A book that asks a store as little as it can, for as long as nobody writes to the store.

A workbook asks for ten figures of a thousand customers, a cell at a time. The first few customers of a day
are answered from their own rows; after them everything of that day is read at once.
"""

from __future__ import annotations

from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING, Final, Generic, ParamSpec, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import select

from duebook.errors import InputError, NoAnswerError
from duebook_etl import schema
from duebook_etl.book import Book
from duebook_etl.customers import a_customer
from duebook_etl.profile import CUSTOMER_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date
    from typing import Any

    from duebook.fitted import Scorecard
    from duebook.policy import Policy
    from duebook_etl.answers import Company, Customer, Portfolio
    from duebook_etl.store import Store

    Key = tuple[str, ...]  # source, company and customer

_ASKED_ALONE: Final = 10  # customers of a day whose own rows are read, before the rows of all are
_DAYS: Final = 25  # a credit profile shows today and 24 month ends
_DAYS_OF_ITEMS: Final = 12
_PORTFOLIOS: Final = 64
_KEYS: Final = 100_000
_FEW: Final = 100

_Question = ParamSpec("_Question")
_Answer = TypeVar("_Answer")


class _Once(Generic[_Question, _Answer]):
    """Asks each question once, and keeps the latest answers and refusals."""

    def __init__(self, ask: Callable[_Question, _Answer], most: int) -> None:
        self._ask = ask
        self._most = most
        self._known: dict[tuple[object, ...], _Answer | InputError | NoAnswerError] = {}

    def __call__(self, *question: _Question.args, **none: _Question.kwargs) -> _Answer:
        if question not in self._known:
            answer: _Answer | InputError | NoAnswerError
            try:
                answer = self._ask(*question, **none)
            except (InputError, NoAnswerError) as error:
                answer = error
            if len(self._known) >= self._most:
                del self._known[next(iter(self._known))]
            self._known[question] = answer
        known = self._known[question]
        if isinstance(known, InputError | NoAnswerError):
            # A new one each time: what is raised collects tracebacks, and with them all that they refer to.
            raise type(known)(known.message, hint=known.hint)
        return known


class KeptBook(Book):
    """A book of a store that nobody writes to while the book is in use: each thing is read once.

    It answers what :class:`Book` answers. Whoever holds it drops it when the store has changed, and lets one
    thread ask at a time.
    """

    def __init__(
        self, store: Store, policy: Policy, read_model: Callable[[], Scorecard | None] | None = None
    ) -> None:
        """Open the book; nothing is read yet.

        Args:
            store: The store.
            policy: The policy in force.
            read_model: Reads the fitted model, as of :class:`Book`.
        """
        super().__init__(store, policy, read_model)
        self._once_companies = _Once(super().companies, _FEW)
        self._once_company_keys = _Once(super().company_keys, 1)
        self._once_last_day = _Once(super().last_day, 1)
        self._once_first_day = _Once(super().first_day, _FEW)
        self._once_unreconciled = _Once(super().unreconciled, 1)
        self._once_customers = _Once(super().customers, _KEYS)
        self._once_portfolio = _Once(super().portfolio, _PORTFOLIOS)
        self._once_policy = _Once(super().policy_on, _DAYS)
        self._directory = _Once(self._read_directory, 1)
        self._alone_on = _Once(lambda _: _Alone(), _DAYS)
        self._kept_on = _Once(lambda day: _Figures(self._store.read(self._kept_profiles(day))), _DAYS)
        self._measured_on = _Once(lambda day: _Figures(self._measured(day, None)), _DAYS)
        self._open_on = _Once(lambda day: super(KeptBook, self)._opened(day, None), _DAYS_OF_ITEMS)
        self._looked_up: set[str] = set()

    def companies(self, company: str | None = None) -> tuple[Company, ...]:
        """Return the companies, as :meth:`Book.companies`."""
        return self._once_companies(company)

    def company_keys(self) -> dict[tuple[str, ...], str]:
        """Return how companies are written, as :meth:`Book.company_keys`."""
        return self._once_company_keys()

    def last_day(self) -> date:
        """Return the day of the last refresh, as :meth:`Book.last_day`."""
        return self._once_last_day()

    def first_day(self, companies: Sequence[Company] | None = None) -> date | None:
        """Return the day of the first document, as :meth:`Book.first_day`."""
        return self._once_first_day(None if companies is None else tuple(companies))

    def unreconciled(self) -> frozenset[tuple[str, str]]:
        """Return the companies that do not reconcile, as :meth:`Book.unreconciled`."""
        return self._once_unreconciled()

    def customers(self, customer: str, companies: Sequence[Company] | None = None) -> tuple[Customer, ...]:
        """Return the customers that a key means, as :meth:`Book.customers`."""
        return self._once_customers(customer, self.companies() if companies is None else tuple(companies))

    def portfolio(self, measure: str, as_of: date | None = None, by: str | None = None) -> Portfolio:
        """Return a measure of the portfolio, as :meth:`Book.portfolio`."""
        return self._once_portfolio(measure, as_of, by)

    def policy_on(self, as_of: date) -> Policy:
        """Return the policy of a day, as :meth:`Book.policy_on`."""
        return self._once_policy(as_of)

    def _figures(self, as_of: date, customers: Sequence[Customer]) -> dict[Key, dict[str, Any]]:
        alone, keys = self._alone_on(as_of).figures, tuple(_key(each) for each in customers)
        if keys not in alone and len(alone) < _ASKED_ALONE:
            alone[keys] = super()._figures(as_of, customers)
        if keys in alone:
            return alone[keys]
        found = self._kept_on(as_of).of(keys)
        return found if len(found) == len(keys) else self._measured_on(as_of).of(keys)

    def _opened(self, as_of: date, customers: Sequence[Customer] | None) -> pa.Table:
        if customers is None:
            return self._open_on(as_of)
        alone, keys = self._alone_on(as_of).opened, tuple(_key(each) for each in customers)
        if keys not in alone and len(alone) < _ASKED_ALONE:
            alone[keys] = super()._opened(as_of, customers)
        if keys in alone:
            return alone[keys]
        own = (_of_customer(each) for each in keys)
        return self._open_on(as_of).filter(reduce(or_, own))

    def _matching(self, field: str, key: str, companies: Sequence[Company]) -> Sequence[Customer]:
        if len(self._looked_up) < _ASKED_ALONE:
            self._looked_up.add(key)
            return super()._matching(field, key, companies)
        places = {(c.source, c.company) for c in companies}
        return [c for c in self._directory().get((field, key), ()) if (c.source, c.company) in places]

    def _read_directory(self) -> dict[tuple[str, str], list[Customer]]:
        """Return all customers by each field that a key is looked up in, sorted by source and company."""
        table = schema.customers
        found: dict[tuple[str, str], list[Customer]] = {}
        for row in self._rows(select(table).order_by(table.c.source, table.c.company)):
            customer = a_customer(row)
            found.setdefault(("customer", customer.customer), []).append(customer)
            if row.code is not None:
                found.setdefault(("code", customer.code), []).append(customer)
        return found


class _Alone:
    """What was read of single customers of a day, before all were."""

    def __init__(self) -> None:
        self.figures: dict[tuple[Key, ...], dict[Key, dict[str, Any]]] = {}
        self.opened: dict[tuple[Key, ...], pa.Table] = {}


class _Figures:
    """The figures of all customers at the end of a day, in a few bytes each."""

    def __init__(self, table: pa.Table) -> None:
        self._table = table.combine_chunks()
        keys = zip(*(table[name].to_pylist() for name in CUSTOMER_KEY), strict=True)
        self._row = {key: row for row, key in enumerate(keys)}

    def of(self, keys: Iterable[Key]) -> dict[Key, dict[str, Any]]:
        """Return the figures of those customers that have any."""
        return {key: self._table.slice(self._row[key], 1).to_pylist()[0] for key in keys if key in self._row}


def _key(customer: Customer) -> Key:
    return (customer.source, customer.company, customer.customer)


def _of_customer(key: Key) -> pc.Expression:
    return reduce(and_, (pc.field(name) == value for name, value in zip(CUSTOMER_KEY, key, strict=True)))
