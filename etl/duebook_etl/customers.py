"""Which customers a key means, however the customers are looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from duebook.errors import InputError
from duebook_etl.answers import Customer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from sqlalchemy import Row

    from duebook_etl.answers import Company


def find_customers(
    customer: str,
    companies: Sequence[Company],
    matching: Callable[[str, str, Sequence[Company]], Sequence[Customer]],
) -> tuple[Customer, ...]:
    """Return the customers that a key means, at most one a company; none where nobody is meant.

    Args:
        customer: The key: an id, else a code, either of them also behind its company.
        companies: The companies to look in.
        matching: Looks a key up: the customers that have it in a field (``customer`` or ``code``), in these
            companies, sorted by source and company.

    Raises:
        InputError: Several customers of one company have this code.
    """
    for place, key in _readings(customer):
        within = [c for c in companies if (c.source, c.company)[2 - len(place) :] == place]
        for field in ("customer", "code"):
            found = matching(field, key, within)
            if len({(c.source, c.company) for c in found}) < len(found):
                raise ambiguous(customer, [(c.source, c.company, c.customer) for c in found])
            if found:
                return tuple(found)
    return ()


def ambiguous(customer: str, keys: Iterable[tuple[str, ...]]) -> InputError:
    """Return the refusal of a key that means several customers, which says how to name each."""
    written = ["/".join(key) for key in sorted(keys)]
    return InputError(
        f"customer: {customer!r} means {len(written)} customers.", hint=f"Write {' or '.join(written)}."
    )


def a_customer(row: Row[Any]) -> Customer:
    """Return the customer of a row of the store, with empty text for nothing."""
    return Customer(**{name: value or "" for name, value in row._asdict().items()})


def _readings(customer: str) -> list[tuple[tuple[str, ...], str]]:
    """Return the ways to read a customer's key: as it is, behind its company, behind source and company."""
    readings: list[tuple[tuple[str, ...], str]] = [((), customer)]
    for strokes in (1, 2):
        parts = customer.split("/", strokes)
        if len(parts) == strokes + 1:
            readings.append((tuple(parts[:-1]), parts[-1]))
    return readings
