"""The standard workbooks of a run: how each is written, and what a copy that people work in gets of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from duebook.errors import DuebookError
from duebook_etl.credit_profiles import a_single, choices, write_profile_workbook
from duebook_etl.portfolios import portfolio_data
from duebook_etl.worklists import worklist_data
from duebook_workbooks import credit_profile, portfolio
from duebook_workbooks.live import fill_open
from duebook_workbooks.renewal import as_day, chosen, renew
from duebook_workbooks.worklist import workbook as worklist

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path
    from typing import Literal

    from duebook_etl.book import Book
    from duebook_etl.config import WorkbookConfig
    from duebook_etl.edition import Edition
    from duebook_workbooks.forms.form import Answer
    from duebook_workbooks.managed import ManagedTable
    from duebook_workbooks.portfolio import PortfolioData
    from duebook_workbooks.renewal import Renewed
    from duebook_workbooks.worklist.workbook import WorklistData

    Language = Literal["en", "zh"]


class Standard:
    """A standard workbook as it is after a run."""

    language: Language

    def write(self, path: Path) -> None:
        """Write it anew."""
        raise NotImplementedError

    @property
    def tables(self) -> tuple[ManagedTable, ...]:
        """The rows of its tables."""
        raise NotImplementedError

    def renew(self, copy: Path, fresh: Path) -> Renewed:
        """Bring a copy that people work in up to date.

        Args:
            copy: The copy, in its own place.
            fresh: The workbook as it was written anew.
        """
        return renew(copy, fresh, self.tables, language=self.language)

    def fill_open(self, path: Path, fresh: Path) -> Renewed | None:
        """Bring it up to date where Excel has it open; None where none has.

        Args:
            path: Its place.
            fresh: The workbook as it was written anew.
        """
        return fill_open(path, fresh, self.tables)


@dataclass(frozen=True)
class Portfolio(Standard):
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
        portfolio.write_portfolio(path, self.data, language=self.language)

    @property
    def tables(self) -> tuple[ManagedTable, ...]:
        """The rows of its tables."""
        return portfolio.managed(self.data, self.language)


@dataclass(frozen=True)
class Worklist(Standard):
    """The collections worklist of a run."""

    book: Book
    edition: Edition
    language: Language

    @cached_property
    def data(self) -> WorklistData:
        """What it shows."""
        return worklist_data(self.book, self.edition)

    def write(self, path: Path) -> None:
        """Write it anew; raises what :func:`duebook_workbooks.worklist.workbook.write_worklist` raises."""
        worklist.write_worklist(path, self.data, language=self.language)

    @property
    def tables(self) -> tuple[ManagedTable, ...]:
        """The rows of its tables."""
        return worklist.managed(self.data, self.language)


@dataclass(frozen=True)
class CreditProfile(Standard):
    """The credit profile of a run, about the customer and the day that people chose in the copy in its place.

    Where they chose none, or one that is no longer there, it is about the customer of the configuration.
    """

    workbook: WorkbookConfig
    book: Book
    edition: Edition
    language: Language
    answer: Answer

    def write(self, path: Path) -> None:
        """Write it anew; raises what :func:`duebook_etl.credit_profiles.write_profile_workbook` raises."""
        customer, day = self._chosen()
        write_profile_workbook(
            path,
            self.book,
            self.answer,
            customer=customer,
            language=self.language,
            host=self.workbook.host,
            as_of=self.edition.run.as_of,
            policy=self.edition.policy,
            day=day,
        )

    @property
    def tables(self) -> tuple[ManagedTable, ...]:
        """The rows of its tables: the customers that can be chosen."""
        return credit_profile.managed(tuple(choices(self.book).choices.values()), self.language)

    def _chosen(self) -> tuple[str | None, date | None]:
        """Return the customer and the day that are chosen; None for no day."""
        place = self.workbook.path
        try:
            customer = chosen(place, credit_profile.CHOSEN)
            a_single(self.book, customer)
            return customer, as_day(chosen(place, credit_profile.CHOSEN_DAY))
        except (DuebookError, OSError):
            return self.workbook.customer, None


def standard(
    workbook: WorkbookConfig, book: Book, edition: Edition, language: Language, answer: Answer
) -> Standard:
    """Return the standard workbook that a configuration asks for.

    Args:
        workbook: The workbook of the configuration.
        book: The book.
        edition: What the workbooks of the run show.
        language: Of its labels.
        answer: Answers the worksheet functions as a cell would, from the book.
    """
    match workbook.template:
        case "portfolio":
            return Portfolio(book, edition, language)
        case "worklist":
            return Worklist(book, edition, language)
        case "profile":
            return CreditProfile(workbook, book, edition, language, answer)
