"""What the worklist of a run shows, from the book and the run's figures."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import func, select

from duebook.aging import days_late
from duebook.dunning import stage
from duebook.ledger import Kind
from duebook.money import to_minor
from duebook.worklist import task
from duebook_etl import schema
from duebook_etl.assessed import policy_for
from duebook_etl.credit_file import facts_as_of
from duebook_etl.knowledge import NOTHING_KNOWN, knowledge
from duebook_etl.ledgers import within
from duebook_etl.portfolios import company_status, with_reasons
from duebook_etl.profile import CUSTOMER_KEY
from duebook_workbooks.worklist.workbook import WorklistData

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from duebook.policy import Policy
    from duebook_etl.book import Book
    from duebook_etl.credit_file import Fact
    from duebook_etl.edition import Edition
    from duebook_etl.knowledge import Key

_FACTS: Final = ("disputed", "disputed since", "promised", "promised for")
_TASKS: Final = pa.schema(
    [
        *((name, pa.string()) for name in CUSTOMER_KEY),
        *((name, pa.string()) for name in ("stage", "stage_en", "stage_zh", "todo_en", "todo_zh")),
        *((name, pa.string()) for name in ("then_en", "then_zh")),
        *((name, pa.date32()) for name in ("due", "then_on", "promised_for", "disputed_since")),
        *((name, pa.int64()) for name in ("rank", "promised", "disputed")),
    ]
)
_STAGES: Final = pa.schema(
    [("wanted", pa.bool_()), ("soon", pa.bool_()), ("stage_en", pa.string()), ("stage_zh", pa.string())]
)


def worklist_data(book: Book, edition: Edition) -> WorklistData:
    """Return what the worklist of a run shows.

    A customer is on it that has an item in a stage of collection, anything overdue, a dispute, or a promise
    to pay whose day has not passed; what is overdue and open of it is what its figures say. Its items on the
    list are those that are overdue, so that they add up to what is overdue, and those that are soon due: in
    a stage of collection before they are overdue.

    Args:
        book: The book.
        edition: What the workbooks of the run show.
    """
    measured, as_of = edition.measured, edition.run.as_of
    figures = measured.figures.filter(pc.field("customer") != "")
    opened = measured.items.filter(
        (pc.field("customer") != "") & pc.is_valid(pc.field("due_date")) & (pc.field("open") != 0)
    )
    own = _policies(book, edition, figures)
    customers = _tasks(book, edition, figures, opened, own)
    listed = customers.select(list(CUSTOMER_KEY))
    items = _with_stages(opened.join(listed, list(CUSTOMER_KEY), join_type="inner"), edition, own)
    companies = [each.company for each in edition.totals]
    for more in (figures, book.customer_table(companies), _last_payments(book, edition), _soon_due(items)):
        new = [name for name in more.column_names if name not in customers.column_names]
        customers = customers.join(more.select([*CUSTOMER_KEY, *new]), list(CUSTOMER_KEY))
    soon = customers.column_names.index("soon_due")
    customers = customers.set_column(soon, "soon_due", pc.fill_null(customers["soon_due"], 0))
    quarantine = book.quarantine_counts()
    return WorklistData(
        run=edition.run.run,
        finished=edition.finished,
        as_of=as_of,
        policy=edition.policy,
        companies=tuple(company_status(each, quarantine) for each in edition.totals),
        customers=with_reasons(customers, book, edition),
        items=items,
    )


def _policies(book: Book, edition: Edition, figures: pa.Table) -> Callable[[Key], Policy]:
    """Return what gives the policy of each customer."""
    policy, known = edition.policy, NOTHING_KNOWN
    if policy.exception:
        companies = [each.company for each in edition.totals]
        known = knowledge(book.store, companies, edition.run.as_of, customers=_keys(figures))
    return lambda key: policy_for(key, policy, known)


def _tasks(
    book: Book, edition: Edition, figures: pa.Table, opened: pa.Table, own: Callable[[Key], Policy]
) -> pa.Table:
    """Return the customers with something to do, and what it is."""
    as_of = edition.run.as_of
    facts = facts_as_of(book.store, as_of, names=_FACTS)
    currency = {(each.company.source, each.company.company): each.company.currency for each in edition.totals}
    debts = opened.filter(pc.field("open") > 0).group_by(list(CUSTOMER_KEY)).aggregate([("due_date", "min")])
    first_due = dict(zip(_keys(debts), debts["due_date_min"].to_pylist(), strict=True))
    found = []
    for key, overdue, late in zip(
        _keys(figures), figures["overdue"].to_pylist(), figures["gross_overdue"].to_pylist(), strict=True
    ):
        said = facts.get(key, {})
        promised, disputed = (_amount(said.get(name), currency[key[:2]]) for name in ("promised", "disputed"))
        promised_for, disputed_since = (_day(said.get(name)) for name in ("promised for", "disputed since"))
        next_ = task(
            first_due.get(key),
            as_of,
            own(key),
            overdue=overdue,
            disputed=disputed or 0,
            disputed_since=disputed_since,
            promised_for=promised_for,
        )
        if not next_.rank and late <= 0 and not disputed:
            continue
        found.append(
            dict(zip(CUSTOMER_KEY, key, strict=True))
            | dict(zip(("stage_en", "stage_zh"), next_.label, strict=True))
            | dict(zip(("todo_en", "todo_zh"), next_.procedure, strict=True))
            | dict(zip(("then_en", "then_zh"), next_.then, strict=True))
            | {"stage": next_.stage, "due": next_.due, "then_on": next_.then_on, "rank": next_.rank}
            | {"promised": promised, "promised_for": promised_for}
            | {"disputed": disputed, "disputed_since": disputed_since}
        )
    return pa.Table.from_pylist(found, schema=_TASKS)


def _amount(fact: Fact | None, currency: str) -> int | None:
    return to_minor(fact.value, currency) if fact is not None and isinstance(fact.value, Decimal) else None


def _day(fact: Fact | None) -> date | None:
    return fact.value if fact is not None and isinstance(fact.value, date) else None


def _with_stages(items: pa.Table, edition: Edition, own: Callable[[Key], Policy]) -> pa.Table:
    """Return the items that are overdue or soon due, with their stage, and whether they are soon due."""
    as_of, edge = edition.run.as_of, edition.policy.aging.edges[0]
    kept: dict[tuple[int, date, bool], dict[str, object]] = {}
    rows = []
    amounts = zip(_keys(items), items["due_date"].to_pylist(), items["open"].to_pylist(), strict=True)
    for key, due, amount in amounts:
        policy, owed = own(key), amount > 0
        place = (id(policy), due, owed)
        if place not in kept:
            late = days_late(due, as_of)
            now = stage(due, as_of, policy)
            said = now.label if owed else (None, None)
            kept[place] = {
                "wanted": late > edge or now.name != policy.dunning.none,
                "soon": late <= edge,
                "stage_en": said[0],
                "stage_zh": said[1],
            }
        rows.append(kept[place])
    found = pa.Table.from_pylist(rows, schema=_STAGES)
    for name in found.column_names:
        items = items.append_column(name, found[name])
    return items.filter(pc.field("wanted"))


def _soon_due(items: pa.Table) -> pa.Table:
    sums = items.filter(pc.field("soon")).group_by(list(CUSTOMER_KEY)).aggregate([("open", "sum")])
    return sums.select([*CUSTOMER_KEY, "open_sum"]).rename_columns([*CUSTOMER_KEY, "soon_due"])


def _last_payments(book: Book, edition: Edition) -> pa.Table:
    """Return the posting date of each customer's last receipt or advance."""
    table = schema.items
    keys = [table.c[name] for name in CUSTOMER_KEY]
    paid = (
        select(*keys, func.max(table.c.posting_date).label("last_payment"))
        .where(within(table, [each.company for each in edition.totals]))
        .where(table.c.kind.in_([Kind.RECEIPT.value, Kind.ADVANCE.value]), table.c.amount < 0)
        .where(table.c.posting_date <= edition.run.as_of)
        .group_by(*keys)
    )
    found = book.store.read(paid)
    return found.set_column(3, "last_payment", found["last_payment"].cast(pa.date32()))


def _keys(rows: pa.Table) -> Collection[Key]:
    return list(zip(*(rows[name].to_pylist() for name in CUSTOMER_KEY), strict=True))
