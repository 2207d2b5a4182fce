"""Publishing: what goes into a workbook, and how a file takes the place of another that people have open.

A workbook appears whole or not at all. A file that somebody has open, or has changed since it was published,
is left alone, and the new one is published beside it; once that file is closed, moved away or unchanged
again, the next run publishes in its place.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from duebook.errors import DuebookError
from duebook.measures import aging
from duebook_etl.answers import BESIDE, FAILED, PUBLISHED
from duebook_etl.profile import CUSTOMER_KEY
from duebook_workbooks.portfolio import (
    CompanyStatus,
    PortfolioData,
    SourceStatus,
    write_portfolio,
)
from duebook_workbooks.portfolio import QuarantineCount as ReasonCount

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime
    from typing import Literal

    from duebook.policy import Policy
    from duebook_etl.answers import Company, CompanyReport, QuarantineCount, RunReport
    from duebook_etl.book import Book
    from duebook_etl.profile import Measured


@dataclass(frozen=True)
class Totals:
    """A company with its control totals.

    Attributes:
        company: The company.
        report: What its last reconciliation found.
        withheld: Why nothing of it is published; empty when it is.
    """

    company: Company
    report: CompanyReport
    withheld: str


@dataclass(frozen=True)
class Edition:
    """What the workbooks of a run show.

    Attributes:
        run: The run, with what it read.
        totals: Every company, in the order to show them.
        measured: The figures and open items of those that are not withheld.
        policy: The policy in force.
        finished: When the figures were made, in the time zone of the reader.
    """

    run: RunReport
    totals: tuple[Totals, ...]
    measured: Measured
    policy: Policy
    finished: datetime


@dataclass(frozen=True)
class Publication:
    """What became of a workbook.

    Attributes:
        status: ``published`` in its place, ``beside`` it, or ``failed``.
        file: The file that was written; None where none could be.
        message: Why it is not in its place; None where it is.
    """

    status: str
    file: Path | None
    message: str | None


def write_workbook(path: Path, book: Book, edition: Edition, *, language: Literal["en", "zh"]) -> None:
    """Write the portfolio workbook of a run.

    Args:
        path: Where.
        book: The book.
        edition: What it shows.
        language: The language of its labels.

    Raises:
        OutOfRangeError: There are more rows than an Excel sheet holds.
    """
    run, measured = edition.run, edition.measured
    quarantine = book.quarantine_counts()
    described = book.customer_table([each.company for each in edition.totals])
    customers = measured.figures.join(described, list(CUSTOMER_KEY), join_type="inner")
    opened = measured.items.filter(pc.field("open") != 0)
    data = PortfolioData(
        run=run.run,
        finished=edition.finished,
        as_of=run.as_of,
        version=version("duebook"),
        policy=edition.policy,
        sources=tuple(
            SourceStatus(source.name, source.connector, source.read, source.quarantined, source.message or "")
            for source in run.sources
        ),
        companies=tuple(_status(each, quarantine) for each in edition.totals),
        quarantine=_counted(quarantine),
        customers=customers,
        aging=aging(opened, as_of=run.as_of, by=CUSTOMER_KEY, edges=edition.policy.aging.edges),
        items=measured.items,
    )
    write_portfolio(path, data, language=language)


def _status(totals: Totals, quarantine: Sequence[QuarantineCount]) -> CompanyStatus:
    company, report = totals.company, totals.report
    # The ERP's own balances are today's: for an earlier day they are no figure of that day, though they
    # agreed.
    of_the_day = report.remaining == report.open or not report.reconciled
    place = (company.source, company.company)
    return CompanyStatus(
        *place,
        name=company.name,
        currency=company.currency,
        buckets=report.buckets,
        open_items=report.open,
        control_account=report.control_account,
        remaining=report.remaining if of_the_day else None,
        quarantined=sum(count.rows for count in quarantine if (count.source, count.company) == place),
        withheld=totals.withheld,
    )


def _counted(counts: Sequence[QuarantineCount]) -> tuple[ReasonCount, ...]:
    reasons: Counter[tuple[str, str, str]] = Counter()
    for count in counts:
        reasons[count.source, count.query, count.reason] += count.rows
    return tuple(ReasonCount(*key, rows=rows) for key, rows in sorted(reasons.items()))


def publish_file(
    path: Path,
    write: Callable[[Path], None],
    *,
    ours: Collection[str],
    beside: str,
    about_to: Callable[[str], None],
) -> Publication:
    """Put a new file in the place of the last one, unless that is in use or no longer as we published it.

    The new file is written in the same folder under another name, put onto the disk, and renamed at once:
    whoever opens the path finds the old file or the new one, whole, even when the machine goes down in
    between.

    Args:
        path: The place. Its folder is made where there is none; where it is a link, the file it leads to
            counts.
        write: Writes the file to the path it is given.
        ours: The digests of every file we published here; a file of another content is somebody's work.
        beside: What to put behind the name of a file published beside, such as ``(2026-06-30 run 12)``.
        about_to: Called with the digest of the new file before it is in its place, to record that it is ours.

    Returns:
        What became of it. What the disk or the writer refuses is no exception but a ``failed`` publication.
    """
    path = Path(os.path.realpath(path))
    new = path.with_name(f".{path.stem}.new{path.suffix}")
    aside = path.with_name(f"{path.stem} {beside}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(new)
        _settle(new, like=path)
        about_to(_digest(new))
        reason = _occupied(path, ours)
        if reason is None:
            try:
                new.replace(path)
            except PermissionError:  # Windows refuses to replace a file that a program has open
                reason = f"{path.name} is in use"
        if reason is not None:
            new.replace(aside)
        _sync_folder(path.parent)
    except DuebookError as error:
        return Publication(FAILED, None, str(error))
    except OSError as error:
        return Publication(FAILED, None, f"{path} cannot be written: {error.strerror or error}.")
    finally:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
    if reason is None:
        return Publication(PUBLISHED, path, None)
    return Publication(BESIDE, aside, f"{reason}: it was left alone, and the new file is {aside.name}.")


def folder_problem(path: Path) -> str | None:
    """Return why no workbook can be published at a path, or None where one can; nothing is changed."""
    if path.is_dir():
        return "it is a folder"
    folder = next((parent for parent in path.parents if parent.exists()), None)
    if folder is None or not folder.is_dir():
        return f"{folder or path.anchor} is no folder"
    return None if os.access(folder, os.W_OK) else f"the folder {folder} is not writable"


def _occupied(path: Path, ours: Collection[str]) -> str | None:
    """Return why the file in our place must be left alone; None where it need not."""
    if not path.exists():
        return None
    # Excel, and LibreOffice, keep a small file beside a workbook for as long as somebody has it open.
    for mark in (f"~${path.name}", f".~lock.{path.name}#"):
        if path.with_name(mark).exists():
            return f"{path.name} is open ({mark} is there)"
    if _digest(path) not in ours:
        return (
            f"{path.name} was changed since it was published" if ours else f"{path.name} is not one of ours"
        )
    return None


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _settle(new: Path, *, like: Path) -> None:
    """Give the new file the rights of the old one, and wait until it is on the disk."""
    if like.exists():
        new.chmod(like.stat().st_mode)
    with new.open("rb+") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Wait until a rename is on the disk; Windows has no such thing for folders, and needs none."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
