"""What a sheet says around its rows, such as conditions and validations, when a table on it is filled."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from duebook.errors import InputError
from duebook_workbooks.filling.references import column_number, letters
from duebook_workbooks.filling.sparklines import shown_by_sparklines, sparklines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
# What holds formulas that are about the cells of a range, and where it says the range.
_ABOUT: Final = re.compile(
    rb"<((?:x14:)?(?:conditionalFormatting|dataValidation))\b(?:[^>]*/>|.*?</\1>)", re.DOTALL
)
_ABOUT_RANGE: Final = re.compile(rb'\ssqref="([^"]*)"|<xm:sqref>([^<]*)</xm:sqref>')
_FIRST_ROW: Final = re.compile(rb"[A-Z]+([0-9]+)")
_FORMULA: Final = re.compile(rb"(<(?:formula|formula1|formula2|xm:f)>)([^<]+)(</)")
_THRESHOLD: Final = re.compile(rb'(<cfvo\b[^>]*?\sval=)"([^"]*)"')
_FILTERED: Final = re.compile(rb'(<(?:autoFilter|sortState|sortCondition)\b[^>]*?\sref=")([^"]*)(")')
_EXTENSION: Final = re.compile(
    rb"<x14:sparkline>.*?</x14:sparkline>|(<xm:sqref>)([^<]*)(</xm:sqref>)", re.DOTALL
)
_LINK: Final = re.compile(rb'<hyperlink\b[^>]*?\sref="([A-Z]+)([0-9]+)"[^>]*?(?:/>|></hyperlink>)')
_ATTRIBUTE: Final = re.compile(rb'\s([\w:]+)="([^"]*)"')
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
    xml = _ABOUT.sub(lambda old: _formulas(old[0], extent), xml)
    for holder, element, attribute in _RANGED:
        xml = _ranged(xml, holder, element, attribute, extent)
    xml = _FILTERED.sub(lambda old: old[1] + extent.ranges(old[2].decode()).encode() + old[3], xml)
    xml = sparklines(xml, extent, row_of)
    xml = _EXTENSION.sub(lambda old: _extension(old, extent), xml)

    def link(old: re.Match[bytes]) -> bytes:
        row = row_of(int(old[2]), column_number(old[1].decode()))
        if row is None:
            return b""
        return old[0].replace(b'ref="%s%s"' % old.group(1, 2), b'ref="%s%d"' % (old[1], row), 1)

    xml = _NO_LINKS.sub(b"", _LINK.sub(link, xml))
    return _BREAKS.sub(lambda breaks: _BREAK.sub(lambda old: _broken(old, extent), breaks[0]), xml)


def links(xml: bytes) -> Iterator[tuple[int, int, str, str]]:
    """Yield row and column of each cell with a link, the relation that says where to, and the place there."""
    for found in _LINK.finditer(xml):
        said = {key: unescape(value.decode()) for key, value in _ATTRIBUTE.findall(found[0])}
        yield (
            int(found[2]),
            column_number(found[1].decode()),
            next((value for key, value in said.items() if key.endswith(b":id")), ""),
            said.get(b"location", ""),
        )


def formulas_about(xml: bytes) -> Iterator[tuple[str, str]]:
    """Yield the formulas of a sheet's conditions, validations and sparklines, each behind its range."""
    for each in _ABOUT.finditer(xml):
        ranges = _ABOUT_RANGE.search(each[0])
        where = (ranges[1] or ranges[2] or b"").decode() if ranges else ""
        for found in (*_FORMULA.finditer(each[0]), *_THRESHOLD.finditer(each[0])):
            yield where, unescape(found[2].decode())
    yield from shown_by_sparklines(xml)


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


def _formulas(xml: bytes, extent: Extent) -> bytes:
    """Return a condition or a validation whose formulas refer to the same things, its range as it was.

    Its formulas read as in the first cell of its range.
    """
    ranges = _ABOUT_RANGE.search(xml)
    rows = _FIRST_ROW.findall((ranges[1] or ranges[2] or b"") if ranges else b"")
    at = min(map(int, rows), default=0)

    def changed(old: str) -> str:
        return extent.formula(old, on_sheet=True, at=at)

    def formula(old: re.Match[bytes]) -> bytes:
        text = unescape(old[2].decode())
        new = changed(text)
        return old[0] if new == text else old[1] + escape(new).encode() + old[3]

    def threshold(old: re.Match[bytes]) -> bytes:
        text = unescape(old[2].decode())
        new = changed(text)
        return old[0] if new == text else old[1] + quoteattr(new).encode()

    return _THRESHOLD.sub(threshold, _FORMULA.sub(formula, xml))


def _extension(old: re.Match[bytes], extent: Extent) -> bytes:
    """Return the range of a condition that Excel keeps in an extension; a sparkline has its own."""
    if old[1] is None:
        return old[0]
    ranges = old[2].decode()
    changed = extent.ranges(ranges)
    if not changed:
        raise InputError(
            f"sheet {extent.sheet!r}: a condition at {ranges} is in rows that leave, and what "
            "stands below them moves up.",
            hint="Remove it, or move what stands below the table to another sheet.",
        )
    return old[1] + changed.encode() + old[3]


def _broken(old: re.Match[bytes], extent: Extent) -> bytes:
    """Return a page break; it stands behind the row that it names."""
    row = extent.row(int(old[2]), inside=False)
    return old[1] + b"%d" % (extent.new_last if row is None else row) + old[3]
