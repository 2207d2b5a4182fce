"""Reads files as they lie in the wild: plain or gzipped, dates and ids in whatever way they were written."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import zip_longest
from pathlib import Path  # noqa: TC003 - part of the signatures people read
from typing import TYPE_CHECKING, Final, TypeVar

from evaluation.table import Line, SkippedError

if TYPE_CHECKING:
    from collections.abc import Callable

Read = TypeVar("Read")
_MOST: Final = 10**12  # some millions of them still add up within 64 bits of minor units
_GZIP: Final = b"\x1f\x8b"

_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0+)?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?: .*)?")


def text_of(path: Path) -> str:
    """Return a file's text, unpacked where it is packed, whatever its name.

    Raises:
        SkippedError: It cannot be read or unpacked.
    """
    try:
        raw = path.read_bytes()
        text = gzip.decompress(raw) if raw.startswith(_GZIP) else raw
    except (OSError, EOFError, zlib.error) as error:
        raise SkippedError(f"cannot be read: {error}") from None
    return text.decode("utf-8-sig", errors="replace")


def each_read(
    paths: list[Path], read: Callable[[Path], Read], *, name: str
) -> tuple[list[tuple[Path, Read]], list[Line]]:
    """Read files one after the other, and pass over the damaged ones.

    Args:
        paths: The files.
        read: Reads one; it raises SkippedError where it cannot.
        name: The data set.

    Returns:
        Each file that was read, with what was read of it, and a line with the reason for each other.
    """
    found: list[tuple[Path, Read]] = []
    lines: list[Line] = []
    for path in paths:
        try:
            found.append((path, read(path)))
        except SkippedError as reason:
            lines.append(Line(name, f"{path.name}: skipped", str(reason)))
    return found, lines


def files_of(folder: Path, *endings: str) -> list[Path]:
    """Return the files of a folder with one of the endings, plain or gzipped, by name."""
    wanted = tuple(f"{ending}{packed}" for ending in endings for packed in ("", ".gz"))
    return sorted(path for path in folder.glob("*") if path.is_file() and path.name.lower().endswith(wanted))


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file by their headings in small letters; a short row's last cells are empty.

    Raises:
        SkippedError: It cannot be read, or is no CSV file.
    """
    try:
        rows = list(csv.reader(io.StringIO(text_of(path), newline="")))
    except csv.Error as error:
        raise SkippedError(f"no CSV file: {error}") from None
    heads = [head.strip().casefold() for head in rows[0]] if rows else []
    return [dict(zip_longest(heads, row[: len(heads)], fillvalue="")) for row in rows[1:] if row]


def days_of(texts: list[str]) -> list[date | None]:
    """Return the days that texts of one column mean; None where one is empty or no day.

    20190307.0, 2019-03-07, 2019-03-07 00:00:00, 3/7/2019 and 07/03/2019 are read. Whether the day or the
    month stands first with strokes is told by the column: a number above twelve can only be a day.
    """
    slashed = [found for text in texts if (found := _SLASHED.fullmatch(text.strip()))]
    day_first = any(int(found[1]) > 12 for found in slashed)  # noqa: PLR2004 - months
    return [_day(text.strip(), day_first=day_first) for text in texts]


def _day(text: str, *, day_first: bool) -> date | None:
    try:
        if found := _ISO.fullmatch(text) or _DIGITS.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _SLASHED.fullmatch(text):
            first, second, year = (int(part) for part in found.groups())
            return date(year, second, first) if day_first else date(year, first, second)
    except ValueError:
        pass
    return None


def minor_of(text: str) -> int | None:
    """Return an amount in hundredths; None where it is no number or beyond all reason."""
    try:
        amount = Decimal(text.replace(",", "").strip())
    except InvalidOperation:
        return None
    if not amount.is_finite() or abs(amount) > _MOST:
        return None
    return int((amount * 100).to_integral_value())


def code_of(text: str) -> str:
    """Return a code without the marks of having been a number: leading zeros and a trailing ``.0``."""
    plain = re.sub(r"(?<=\d)\.0+\Z", "", text.strip())
    return plain.lstrip("0") or "0" if plain.isdigit() else plain
