"""What a sheet says around its rows, such as conditions and validations, when a table on it is filled."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from duebook.errors import InputError
from duebook_workbooks.filling.references import column_number, letters

if TYPE_CHECKING:
    from collections.abc import Callable

    from duebook_workbooks.filling.extent import Extent

_DIMENSION: Final = re.compile(rb'(<dimension\b[^>]*?\bref=")([A-Z]+)([0-9]+)(?::([A-Z]+)([0-9]+))?(")')
# The elements that cover ranges, by what holds them, and the attribute that says which.
_RANGED: Final = (
    ("protectedRanges", "protectedRange", "sqref"),
    ("mergeCells", "mergeCell", "ref"),
    ("", "conditionalFormatting", "sqref"),
    ("dataValidations", "dataValidation", "sqref"),
    ("ignoredErrors", "ignoredError", "sqref"),
)
_FORMULA: Final = re.compile(rb"(<(?:formula|formula1|formula2|xm:f)>)([^<]+)(</)")
_THRESHOLD: Final = re.compile(rb'(<cfvo\b[^>]*?\sval=)"([^"]*)"')
_FILTERED: Final = re.compile(rb'(<(?:autoFilter|sortState|sortCondition)\b[^>]*?\sref=")([^"]*)(")')
_EXTENSION: Final = re.compile(rb"(<xm:sqref>)([^<]*)(</xm:sqref>)")
_LINK: Final = re.compile(rb'<hyperlink\b[^>]*?\sref="([A-Z]+)([0-9]+)"[^>]*?(?:/>|></hyperlink>)')
_NO_LINKS: Final = re.compile(rb"<hyperlinks\b[^>]*>\s*</hyperlinks>|<hyperlinks\b[^>]*/>")
_BREAKS: Final = re.compile(rb"<rowBreaks\b.*?</rowBreaks>", re.DOTALL)
_BREAK: Final = re.compile(rb'(<brk\b[^>]*?\sid=")([0-9]+)(")')
_COUNT: Final = re.compile(rb'\scount="[0-9]+"')


def before_rows(xml: bytes, extent: Extent, bottom: int) -> bytes:
    """Return what stands before the rows, with the extent of the sheet as it is then.

    Args:
        xml: What stands there.
        extent: The table's place.
        bottom: The sheet's last row after.
    """

    def changed(old: re.Match[bytes]) -> bytes:
        right = max(column_number((old[4] or old[2]).decode()), extent.right)
        return b"%s%s%s:%s%d%s" % (old[1], old[2], old[3], letters(right).encode(), bottom, old[6])

    return _DIMENSION.sub(changed, xml, count=1)


def behind_rows(xml: bytes, extent: Extent, row_of: Callable[[int, int], int | None]) -> bytes:
    """Return what stands behind the rows, about the same cells.

    Ranges and formulas that end with the table's rows end with them then.

    Args:
        xml: What stands there.
        extent: The table's place.
        row_of: Returns where the cell of a row and a column stands after; None where it is gone.

    Raises:
        InputError: Something would have to move that cannot.
    """
    for holder, element, attribute in _RANGED:
        xml = _ranged(xml, holder, element, attribute, extent)
    xml = _FILTERED.sub(lambda old: old[1] + extent.ranges(old[2].decode()).encode() + old[3], xml)
    xml = _FORMULA.sub(lambda old: old[1] + _formula(old[2], extent) + old[3], xml)
    xml = _THRESHOLD.sub(
        lambda old: (
            old[1]
            + (
                quoteattr(changed).encode()
                if (changed := extent.formula(unescape(old[2].decode()), on_sheet=True))
                != unescape(old[2].decode())
                else b'"' + old[2] + b'"'
            )
        ),
        xml,
    )
    xml = _EXTENSION.sub(lambda old: old[1] + _extension(old[2].decode(), extent).encode() + old[3], xml)

    def link(old: re.Match[bytes]) -> bytes:
        row = row_of(int(old[2]), column_number(old[1].decode()))
        if row is None:
            return b""
        return old[0].replace(b'ref="%s%s"' % old.group(1, 2), b'ref="%s%d"' % (old[1], row), 1)

    xml = _NO_LINKS.sub(b"", _LINK.sub(link, xml))
    return _BREAKS.sub(lambda breaks: _BREAK.sub(lambda old: _broken(old, extent), breaks[0]), xml)


def _ranged(xml: bytes, holder: str, element: str, attribute: str, extent: Extent) -> bytes:
    """Return the XML with the ranges of one kind of element after, without those that are gone."""
    name, key = element.encode(), attribute.encode()
    gone = 0

    def changed(old: re.Match[bytes]) -> bytes:
        nonlocal gone
        ranges = extent.ranges(old[2].decode()).encode()
        gone += not ranges
        return old[1] + ranges + old[3] if ranges else b""

    whole = rb'(<%s\b[^>]*?\s%s=")([^"]*)("[^>]*?(?:/>|>.*?</%s>))' % (name, key, name)
    xml = re.sub(whole, changed, xml, flags=re.DOTALL)
    if not gone or not holder:
        return xml

    def counted(old: re.Match[bytes]) -> bytes:
        left = len(re.findall(rb"<%s\b" % name, old[0]))
        return _COUNT.sub(b' count="%d"' % left, old[0], count=1) if left else b""

    return re.sub(rb"<%s\b.*?</%s>" % (holder.encode(), holder.encode()), counted, xml, flags=re.DOTALL)


def _formula(xml: bytes, extent: Extent) -> bytes:
    old = unescape(xml.decode())
    new = extent.formula(old, on_sheet=True)
    return xml if new == old else escape(new).encode()


def _extension(ranges: str, extent: Extent) -> str:
    changed = extent.ranges(ranges)
    if not changed:
        raise InputError(
            f"sheet {extent.sheet!r}: a sparkline or condition at {ranges} is in rows that leave, and what "
            "stands below them moves up.",
            hint="Remove it, or move what stands below the table to another sheet.",
        )
    return changed


def _broken(old: re.Match[bytes], extent: Extent) -> bytes:
    """Return a page break; it stands behind the row that it names."""
    row = extent.row(int(old[2]), inside=False)
    return old[1] + b"%d" % (extent.new_last if row is None else row) + old[3]
