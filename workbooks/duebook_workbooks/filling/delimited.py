"""Rows from a CSV file, each column as text, dates or numbers, whichever all of its values are."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from duebook.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

# No leading zeros and no more digits than Excel keeps: what looks like a code stays text.
_WHOLE: Final = r"^-?(?:0|[1-9][0-9]{0,14})$"
_DECIMAL: Final = r"^-?(?:0|[1-9][0-9]{0,12})(?:\.[0-9]{1,12})?$"
_DATE: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_DIGITS: Final = 15  # that Excel keeps of a number
_START: Final = 2**20  # bytes in which the header ends


def read_rows(path: Path, *, text: Collection[str] = (), encoding: str = "utf-8") -> pa.Table:
    """Return the rows of a CSV file with a header.

    A column whose values are all ISO dates is one of dates, and one whose values are all numbers of at most
    15 digits, without leading zeros, one of numbers, exact as written; an empty value is an empty cell.

    Args:
        path: The file; comma, semicolon or tab between the values, whichever its first line has most of.
        text: Columns that are text whatever they look like.
        encoding: How its characters are written.

    Raises:
        InputError: It cannot be read, has no header or one twice, or has no column of a name in ``text``.
    """
    try:
        with path.open("rb") as file:
            start = file.read(_START).decode(encoding, errors="ignore").removeprefix("\ufeff")
        delimiter = max(",;\t", key=start.partition("\n")[0].count)
        names = next(csv.reader(StringIO(start, newline=""), delimiter=delimiter), [])
        if not any(names):
            raise InputError(f"{path.name}: its first line has no headers.")
        table = arrow_csv.read_csv(
            path,
            # A header may be of two lines, as in Excel; these rows are counted, not lines.
            arrow_csv.ReadOptions(encoding=encoding, column_names=names, skip_rows_after_names=1),
            arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )
    except FileNotFoundError:
        raise InputError(f"{path}: there is no such file.") from None
    except LookupError:
        raise InputError(f"{encoding!r} is no encoding.", hint="utf-8 and gb18030 are two.") from None
    except (OSError, pa.ArrowException, UnicodeError, csv.Error) as error:
        raise InputError(f"{path.name}: it cannot be read as CSV in {encoding}: {error}.") from None
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise InputError(f"{path.name}: it has {', '.join(map(repr, sorted(twice)))} twice in its header.")
    unknown = [name for name in text if name not in names]
    if unknown:
        raise InputError(
            f"{path.name}: it has no column {', '.join(map(repr, unknown))}.",
            hint=f"Its columns are {', '.join(map(repr, names))}.",
        )
    columns = {name: table[name] if name in text else _typed(table[name]) for name in names}
    return pa.table(columns)


def _typed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return texts as what all of them are."""
    if column.null_count == len(column):
        return column
    if _all(column, _WHOLE):
        return pc.cast(column, pa.int64())
    if _all(column, _DECIMAL):
        digits = pc.max(pc.utf8_length(pc.replace_substring_regex(column, r"^-?0?\.?|\.", ""))).as_py()
        places = pc.utf8_length(pc.replace_substring_regex(column, r"^[^.]*\.?", ""))
        if digits <= _DIGITS:
            return pc.cast(column, pa.decimal128(38, pc.max(places).as_py()))
    if _all(column, _DATE):
        try:
            return pc.cast(column, pa.date32())
        except pa.ArrowInvalid:  # such as 2025-02-30: shown as it stands
            return column
    return column


def _all(column: pa.ChunkedArray, pattern: str) -> bool:
    """Return whether every value matches."""
    return bool(pc.all(pc.match_substring_regex(column, pattern)).as_py())
