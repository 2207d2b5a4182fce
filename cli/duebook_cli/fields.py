"""What a cell may ask of a customer: its figures, what is open by bucket, its score's reasons, facts."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from duebook.aging import bucket, labels
from duebook.errors import InputError, NoAnswerError
from duebook.money import from_minor
from duebook_etl.answers import in_words
from duebook_etl.figures import ALL, FIGURES, MONEY

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from datetime import date

    from duebook.policy import Policy
    from duebook_addin.cells import Cell
    from duebook_etl.answers import Profile
    from duebook_etl.book import Book

ABOUT: Final = (
    "customer",
    "code",
    "name",
    "country",
    "industry",
    "salesperson",
    "terms",
    "company",
    "currency",
    "as_of",
)
"""What the ERP says of a customer, and what its figures are of."""
_CHINESE: Final = {figure.zh: figure.name for figure in ALL}
_SCORE_REASONS: Final = {"score_reasons": "en", "评分原因": "zh"}


def field_of(book: Book, customer: str, field: str, as_of: date | None) -> Cell:
    """Return what a cell asks of a customer.

    Args:
        book: The book.
        customer: The customer, as :meth:`duebook_etl.book.Book.customers` reads it.
        field: A figure in English or Chinese, one of :data:`ABOUT`, a bucket of the policy such as ``31-60``,
            ``score_reasons``, or a fact of the credit file such as ``net worth``. Reasons are in the language
            they are asked in, a line each.
        as_of: The day; None for the day of the last refresh.

    Returns:
        The value; money in major units of the company's currency, None for nothing.

    Raises:
        InputError: There is no such field.
        NoAnswerError: No such customer, or its company does not reconcile.
    """
    asked = field.strip().casefold()
    name = _CHINESE.get(asked, asked.replace(" ", "_"))
    profile = book.profile(customer, as_of)
    who = profile.customer
    place = (who.source, who.company)
    refuse_unreconciled(book, {place})
    if name == "company":
        return book.company_keys()[place]
    if name in FIGURES or name in ABOUT:
        return _figure(profile, name, chinese=not asked.isascii())
    key = "/".join((*place, who.customer))
    if name in _SCORE_REASONS:
        return _score_reasons(book, key, profile.as_of, chinese=_SCORE_REASONS[name] == "zh")
    policy = book.policy_on(profile.as_of)
    edges = policy.aging.edges
    if asked in labels(edges):
        items = book.items(key, profile.as_of).items
        late = sum(item.open for item in items if bucket(item.days_late, edges) == asked)
        return from_minor(late, profile.currency)
    return _fact(book, profile, field, policy)


def refuse_unreconciled(book: Book, places: AbstractSet[tuple[str, str]]) -> None:
    """Answer nothing of a company that does not reconcile: a cell has no room to say so beside a figure.

    Raises:
        NoAnswerError: One of the companies does not reconcile.
    """
    wrong = sorted(places & book.unreconciled())
    if wrong:
        named = ", ".join("/".join(place) for place in wrong)
        raise NoAnswerError(
            f"company {named} does not reconcile with the general ledger; nothing of it is shown.",
            hint="`duebook status --json` names the items behind the difference.",
        )


def _figure(profile: Profile, name: str, *, chinese: bool) -> Cell:
    if name == "alert_reasons":
        return "\n".join(in_words(one)[chinese] for one in profile.reasons)
    if name in MONEY:
        amount = getattr(profile, name)
        return None if amount is None else from_minor(amount, profile.currency)
    if name in ("currency", "as_of", *FIGURES):
        figure: Cell = getattr(profile, name)
        return figure
    text: str = getattr(profile.customer, name)
    return text


def _score_reasons(book: Book, key: str, day: date, *, chinese: bool) -> Cell:
    """Return why the score is not 100: what lost most first."""
    from duebook_etl.case import read_case

    scored = read_case(book, key, day).scored
    if scored is None:
        return None
    parted = "：" if chinese else ": "
    lost = [f"{line.label[chinese]}{parted}{line.reason[chinese]}" for line in scored.lines if line.lost > 0]
    return "\n".join(lost)


def _fact(book: Book, profile: Profile, field: str, policy: Policy) -> Cell:
    """Return what the credit file says of a customer on the day."""
    from duebook_etl.config import nearest
    from duebook_etl.credit_file import fact_name, facts_as_of

    try:
        name = fact_name(field, policy)
    except InputError as error:
        known = (*FIGURES, *ABOUT)
        raise InputError(
            f"field: {field!r} is none of {', '.join(known)}, score_reasons, a bucket of the policy "
            f"({', '.join(labels(policy.aging.edges))}), or a fact of the credit file.",
            hint=nearest(field, known) or error.hint,
        ) from None
    who = profile.customer
    key = (who.source, who.company, who.customer)
    told = facts_as_of(book.store, profile.as_of, customers=[key], names=[name]).get(key, {})
    return told[name].value if name in told else None
