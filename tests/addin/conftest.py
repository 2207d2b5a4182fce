"""What the tests of the worksheet functions share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from duebook_addin.book import use_book
from smallbook import SmallBook

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def small_book() -> Iterator[SmallBook]:
    """Put the small book in use for one test."""
    book = SmallBook()
    use_book(book)
    yield book
    use_book(None)
