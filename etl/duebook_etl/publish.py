"""Publishing a file: how it takes the place of another that people have open, or work in.

A workbook appears whole or not at all. One that people changed since it was published is brought up to date
and keeps what they did. A file that somebody has open, or that cannot be filled, is left alone, and the new
one is published beside it; once that file is closed or moved away, the next run publishes in its place.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from duebook.errors import DuebookError
from duebook_etl.answers import BESIDE, FAILED, FILLED, PUBLISHED
from duebook_workbooks.previous import keep_previous
from duebook_workbooks.renewal import is_ours

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from duebook_workbooks.renewal import Renewed


@dataclass(frozen=True)
class Publication:
    """What became of a workbook.

    Attributes:
        status: ``published`` in its place, ``filled`` where somebody's work was brought up to date,
            ``beside`` it, or ``failed``.
        file: The file that was written; None where none could be.
        message: What there is to say of it; None where it is in its place as it is.
    """

    status: str
    file: Path | None
    message: str | None


def publish_file(  # noqa: PLR0913 - options, by keyword only
    path: Path,
    write: Callable[[Path], None],
    *,
    ours: Collection[str],
    beside: str,
    about_to: Callable[[str], None],
    renew: Callable[[Path, Path], Renewed] | None = None,
    live: Callable[[Path, Path], Renewed | None] | None = None,
    previous: int = 0,
) -> Publication:
    """Put a new file in the place of the last one, or bring a workbook that people changed up to date.

    What is published is written in the same folder under another name, put onto the disk, and renamed at
    once: whoever opens the path finds the old file or the new one, whole, even when the machine goes down in
    between. A file that is in use, or that cannot be brought up to date, is left alone, and the new one goes
    beside it.

    Args:
        path: The place. Its folder is made where there is none; where it is a link, the file it leads to
            counts.
        write: Writes the file to the path it is given.
        ours: The digests of every file we published here; a file of another content is somebody's work.
        beside: What to put behind the name of a file published beside, such as ``(2026-06-30 run 12)``.
        about_to: Called with the digest of the new file before it is in its place, to record that it is ours.
        renew: Brings a copy of somebody's work, the first path, up to date with the new file, the second;
            left out, somebody's work is left alone.
        live: Brings the workbook of that path up to date in the Excel that has it open; None where none has.
            Left out, a workbook that is open is left alone.
        previous: How many versions before the last to keep beside it.

    Returns:
        What became of it. What the disk or the writer refuses is no exception but a ``failed`` publication.
    """
    path = Path(os.path.realpath(path))
    place = _Place(path, frozenset(ours), beside, about_to, renew, live, previous)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(place.new)
        return place.published()
    except DuebookError as error:
        return Publication(FAILED, None, str(error))
    except OSError as error:
        return Publication(FAILED, None, f"{path} cannot be written: {error.strerror or error}.")
    finally:
        for left in (place.new, place.copy):
            with contextlib.suppress(OSError):
                left.unlink(missing_ok=True)


@dataclass(frozen=True)
class _Place:
    """Where a file is published, with the new one written beside it under another name."""

    path: Path
    ours: frozenset[str]
    beside: str
    about_to: Callable[[str], None]
    renew: Callable[[Path, Path], Renewed] | None
    live: Callable[[Path, Path], Renewed | None] | None
    previous: int

    @property
    def new(self) -> Path:
        return self.path.with_name(f".{self.path.stem}.new{self.path.suffix}")

    @property
    def copy(self) -> Path:
        return self.path.with_name(f".{self.path.stem}.copy{self.path.suffix}")

    def published(self) -> Publication:
        """Publish the new file, in the place if it is free, into what stands there, or beside it."""
        reason = _in_use(self.path)
        if reason is not None and self.live is not None:
            outcome = self._filled_live(self.live, reason)
            if isinstance(outcome, Publication):
                return outcome
            reason = outcome
        if reason is None and self.path.exists() and (digest := _digest(self.path)) not in self.ours:
            if self.renew is not None and _is_ours(self.path):
                outcome = self._renewed(self.renew, digest)
                if isinstance(outcome, Publication):
                    return outcome
                reason = outcome
            else:
                said = "was changed since it was published" if self.ours else "is not one of ours"
                reason = f"{self.path.name} {said}"
        _settle(self.new, like=self.path)
        self.about_to(_digest(self.new))
        if reason is None:
            reason = self._replaced(self.new)
        if reason is None:
            return Publication(PUBLISHED, self.path, None)
        aside = self.path.with_name(f"{self.path.stem} {self.beside}{self.path.suffix}")
        self.new.replace(aside)
        _sync_folder(self.path.parent)
        said = f"{reason}: it was left alone, and the new file is {aside.name}."
        return Publication(BESIDE, aside, said)

    def _filled_live(self, live: Callable[[Path, Path], Renewed | None], reason: str) -> Publication | str:
        """Fill the workbook where it is open; return what was done, or why it was left alone."""
        try:
            renewed = live(self.path, self.new)
        except DuebookError as error:
            return f"{reason}, and cannot be filled there ({error})"
        if renewed is None:
            return reason
        said = f"{self.path.name} is open in Excel: its tables have new rows; save it to keep them."
        return Publication(FILLED, self.path, " ".join([said, *renewed.warnings]))

    def _renewed(self, renew: Callable[[Path, Path], Renewed], digest: str) -> Publication | str:
        """Bring somebody's work up to date in its place; return what was done, or why it was left alone."""
        shutil.copy2(self.path, self.copy)
        try:
            renewed = renew(self.copy, self.new)
        except DuebookError as error:
            return f"{self.path.name} cannot be filled ({error})"
        _settle(self.copy, like=self.path)
        # Who opened or saved it meanwhile goes first; the next run fills it again.
        if reason := _in_use(self.path):
            return reason
        if _digest(self.path) != digest:
            return f"{self.path.name} was saved while it was being filled"
        return self._replaced(self.copy) or Publication(FILLED, self.path, _told(self.path, renewed))

    def _replaced(self, file: Path) -> str | None:
        """Put a file in the place, the last one kept; return why it could not be done, or None."""
        if self.path.exists():
            keep_previous(self.path, self.previous)
        try:
            file.replace(self.path)
        except PermissionError:  # Windows refuses to replace a file that a program has open
            return f"{self.path.name} is in use"
        _sync_folder(self.path.parent)
        return None


def _told(path: Path, renewed: Renewed) -> str:
    """Return what is said of a workbook that was filled."""
    said = [f"{path.name} was changed since it was published: its tables have new rows, and the rest stayed."]
    if renewed.archived:
        rows = "1 row" if renewed.archived == 1 else f"{renewed.archived} rows"
        said.append(f"{rows} that left with notes went to an archive sheet.")
    return " ".join([*said, *renewed.warnings])


def folder_problem(path: Path) -> str | None:
    """Return why no workbook can be published at a path, or None where one can; nothing is changed."""
    if path.is_dir():
        return "it is a folder"
    folder = next((parent for parent in path.parents if parent.exists()), None)
    if folder is None or not folder.is_dir():
        return f"{folder or path.anchor} is no folder"
    return None if os.access(folder, os.W_OK) else f"the folder {folder} is not writable"


def _in_use(path: Path) -> str | None:
    """Return why a file must be left alone now: somebody has it open; None where nobody has."""
    # Excel, and LibreOffice, keep a small file beside a workbook for as long as somebody has it open.
    for mark in (f"~${path.name}", f".~lock.{path.name}#"):
        if path.with_name(mark).exists():
            return f"{path.name} is open ({mark} is there)"
    return None


def _is_ours(path: Path) -> bool:
    """Return whether a workbook that we did not publish as it is has tables of ours."""
    try:
        return is_ours(path)
    except DuebookError:
        return False


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
