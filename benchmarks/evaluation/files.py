"""Reads files as they lie in the wild: plain or gzipped, dates and ids in whatever way they were written."""

from __future__ import annotations

import csv
import gzip
import io
import re
from datetime import date
from pathlib import Path  # noqa: TC003 - part of the signatures people read

_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\.0+)?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?")
_SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?: .*)?")


def text_of(path: Path) -> str:
    """Return a file's text, unpacked where its name ends in ``.gz``."""
    raw = path.read_bytes()
    return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig", errors="replace")


def files_of(folder: Path, *endings: str) -> list[Path]:
    """Return the files of a folder with one of the endings, plain or gzipped, by name."""
    wanted = tuple(f"{ending}{packed}" for ending in endings for packed in ("", ".gz"))
    return sorted(path for path in folder.glob("*") if path.is_file() and path.name.lower().endswith(wanted))


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file by their headings in small letters."""
    rows = csv.reader(io.StringIO(text_of(path)))
    heads = [head.strip().casefold() for head in next(rows, [])]
    return [dict(zip(heads, row, strict=False)) for row in rows if row]


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


def code_of(text: str) -> str:
    """Return a code without the marks of having been a number: leading zeros and a trailing ``.0``."""
    plain = re.sub(r"(?<=\d)\.0+\Z", "", text.strip())
    return plain.lstrip("0") or "0" if plain.isdigit() else plain
