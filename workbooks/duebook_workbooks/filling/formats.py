"""Formats of cells: one that shows a date as such, added to a workbook where a column of dates lacks it."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final

from duebook.errors import OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_FORMATS: Final = 64_000
"""How many formats of cells Excel allows in a workbook."""

_FORMATS: Final = re.compile(rb"(<cellXfs\b[^>]*>)(.*?)(</cellXfs>)", re.DOTALL)
_FORMAT: Final = re.compile(rb"<xf\b[^>]*?(?:/>|>.*?</xf>)", re.DOTALL)
_NUMBER_FORMAT: Final = re.compile(rb'\snumFmtId="([0-9]+)"')
_APPLIED: Final = re.compile(rb'\sapplyNumberFormat="[^"]*"')
_CODE: Final = re.compile(rb"<numFmt\b[^>]*>")
_ATTRIBUTE: Final = re.compile(rb'\s(\w+)="([^"]*)"')
_COUNT: Final = re.compile(rb'\scount="[0-9]+"')
# ECMA-376 part 1, 18.8.30: 14 is the short date in the reader's own form; 27-36 and 50-58 are East Asian.
_SHORT_DATE: Final = b"14"
_DATES: Final = frozenset(
    str(number).encode() for number in (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))
)
_LITERAL: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|[_*].')


def showing_dates(styles: bytes, wanted: Iterable[int]) -> tuple[bytes, dict[int, int]]:
    """Return the styles part with a date format for each style named that shows none.

    Args:
        styles: The part.
        wanted: Styles of columns that hold dates.

    Returns:
        The part, and the style to use for each that is not to be used itself.

    Raises:
        OutOfRangeError: The workbook has as many formats as Excel allows.
    """
    block = _FORMATS.search(styles)
    if block is None:
        return styles, {}
    formats = _FORMAT.findall(block[2])
    dates = _DATES | _own_dates(styles)
    changed: dict[int, int] = {}
    count = len(formats)
    for style in sorted(set(wanted)):
        number = _NUMBER_FORMAT.search(formats[style]) if style < count else None
        if number is None or number[1] in dates:
            continue
        dated = _APPLIED.sub(b"", formats[style])
        dated = _NUMBER_FORMAT.sub(b' numFmtId="%s" applyNumberFormat="1"' % _SHORT_DATE, dated, count=1)
        if dated not in formats:
            formats.append(dated)
        changed[style] = formats.index(dated)
    if len(formats) == count:
        return styles, changed
    if len(formats) > MOST_FORMATS:
        raise OutOfRangeError(
            f"The workbook has {count:,} formats of cells and needs another; Excel allows {MOST_FORMATS:,}.",
            hint="Give the columns of dates a date format, or clean up the workbook's styles.",
        )
    opening = _COUNT.sub(b' count="%d"' % len(formats), block[1], count=1)
    added = block[2] + b"".join(formats[count:])
    return styles[: block.start()] + opening + added + block[3] + styles[block.end() :], changed


def _own_dates(styles: bytes) -> frozenset[bytes]:
    """Return the workbook's own number formats that show a date."""
    found = set()
    for tag in _CODE.findall(styles):
        said = dict(_ATTRIBUTE.findall(tag))
        code = _LITERAL.sub("", unescape(said.get(b"formatCode", b"").decode())).lower()
        if "y" in code or "d" in code:
            found.add(said.get(b"numFmtId", b""))
    return frozenset(found)
