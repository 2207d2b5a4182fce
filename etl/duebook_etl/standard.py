"""The standard workbooks of a run: how each is written, and what a copy that people work in gets of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from duebook_etl.portfolios import portfolio_data
from duebook_workbooks.portfolio import managed, write_portfolio
from duebook_workbooks.renewal import renew

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    from duebook_etl.book import Book
    from duebook_etl.config import WorkbookConfig
    from duebook_etl.edition import Edition
    from duebook_workbooks.portfolio import PortfolioData
    from duebook_workbooks.renewal import Renewed

    Language = Literal["en", "zh"]


class Standard(Protocol):
    """A standard workbook as it is after a run."""

    def write(self, path: Path) -> None:
        """Write it anew."""

    def renew(self, copy: Path, fresh: Path) -> Renewed:
        """Bring a copy that people work in up to date.

        Args:
            copy: The copy, in its own place.
            fresh: The workbook as it was written anew.
        """


@dataclass(frozen=True)
class Portfolio:
    """The portfolio workbook of a run."""

    book: Book
    edition: Edition
    language: Language

    @cached_property
    def data(self) -> PortfolioData:
        """What it shows."""
        return portfolio_data(self.book, self.edition)

    def write(self, path: Path) -> None:
        """Write it anew; raises what :func:`duebook_workbooks.portfolio.write_portfolio` raises."""
        write_portfolio(path, self.data, language=self.language)

    def renew(self, copy: Path, fresh: Path) -> Renewed:
        """Bring a copy up to date, as :meth:`Standard.renew`."""
        return renew(copy, fresh, managed(self.data, self.language), language=self.language)


def standard(workbook: WorkbookConfig, book: Book, edition: Edition, language: Language) -> Standard:
    """Return the standard workbook that a configuration asks for.

    Args:
        workbook: The workbook of the configuration.
        book: The book.
        edition: What the workbooks of the run show.
        language: Of its labels.
    """
    return Portfolio(book, edition, language)
