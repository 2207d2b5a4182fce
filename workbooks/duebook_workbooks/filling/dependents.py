"""What refers to a table from elsewhere: names, charts, pivot tables, formulas of other sheets."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from duebook.errors import InputError
from duebook_workbooks.filling.references import Reference, rewritten, shifted
from duebook_workbooks.filling.surroundings import formulas_about

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from duebook_workbooks.filling.extent import Extent
    from duebook_workbooks.filling.foreign import Foreign, ForeignTable

_NAME: Final = re.compile(rb"(<definedName\b([^>]*)>)([^<]*)(</definedName>)")
_LOCAL: Final = re.compile(rb'\slocalSheetId="([0-9]+)"')
# Excel puts c: and xdr: before the names of a drawing's elements, openpyxl does not. In c15: are labels from
# cells and the whole of what is shown filtered, in cx: the kinds of charts that came in 2016.
_SERIES: Final = re.compile(
    rb"(<((?:c:|c15:|cx:)?f|c15:sqref)(?:\s[^>]*)?>)([^<]*)(</\2>)"
    rb"(\s*<((?:c:|c15:)?(?:numCache|strCache|multiLvlStrCache|dlblRangeCache))>.*?</\6>)?",
    re.DOTALL,
)
_SOURCE: Final = re.compile(rb"<worksheetSource\b[^>]*>")
_OTHER_BOOK: Final = re.compile(rb'\s\w+:id="')
_ATTRIBUTE: Final = re.compile(rb'\s(\w+)="([^"]*)"')
_ROOT: Final = re.compile(rb"<pivotCacheDefinition\b[^>]*?(?=/?>)")
_ANCHORED: Final = re.compile(rb"<((?:xdr:)?(?:twoCell|oneCell)Anchor)\b.*?</\1>", re.DOTALL)
_ANCHOR_ROW: Final = re.compile(rb"(<(?:xdr:)?row>)([0-9]+)(?=</(?:xdr:)?row>)")
_FULL_CALC: Final = re.compile(rb'\sfullCalcOnLoad="[^"]*"')
_CALC: Final = re.compile(rb"<calcPr\b")
# The order of the workbook's elements is fixed: what may follow, or the end.
_BEHIND_CALC: Final = re.compile(
    rb"(?=<oleSize\b|<customWorkbookViews\b|<pivotCaches\b|<smartTagPr\b|<smartTagTypes\b|<webPublishing\b"
    rb"|<fileRecoveryPr\b|<webPublishObjects\b|<extLst\b|</workbook>)"
)
_CELL_FORMULA: Final = re.compile(rb'<c\s[^>]*?r="([A-Z]+)([0-9]+)"[^>]*>\s*<f\b([^>]*)>([^<]*)</f>')
_SHARED: Final = re.compile(rb'\sref="[^"]*?([0-9]+)"')
# A text box that shows a cell; a list, a button and the like with the cells that they are about.
_SHAPE_FORMULA: Final = re.compile(rb'\s(?:textlink|fmla(?:Range|Link|Txbx|Group))="([^"]+)"')


def calculated_on_load(xml: bytes) -> bytes:
    """Return the workbook's part, asking for all formulas to be calculated when it is opened."""
    if re.search(rb'<calcPr\b[^>]*\sfullCalcOnLoad="1"', xml):
        return xml
    if _CALC.search(xml):
        return _CALC.sub(b'<calcPr fullCalcOnLoad="1"', _FULL_CALC.sub(b"", xml), count=1)
    return _BEHIND_CALC.sub(b'<calcPr fullCalcOnLoad="1"/>', xml, count=1)


def names(xml: bytes, extent: Extent, sheet_at: int) -> bytes:
    """Return the workbook's part with its names referring to the same cells.

    Args:
        xml: The part.
        extent: The table's place.
        sheet_at: The place of its sheet among the tabs, counted from 0.
    """

    def changed(old: re.Match[bytes]) -> bytes:
        local = _LOCAL.search(old[2])
        formula = unescape(old[3].decode())
        new = extent.formula(formula, on_sheet=local is not None and int(local[1]) == sheet_at)
        return old[0] if new == formula else old[1] + escape(new).encode() + old[4]

    return _NAME.sub(changed, xml)


def chart(xml: bytes, extent: Extent) -> bytes:
    """Return a chart that shows the same rows; the figures kept of a table's rows go, for they are old."""

    def changed(old: re.Match[bytes]) -> bytes:
        formula = unescape(old[3].decode())
        new = extent.formula(formula, on_sheet=False, series=True)
        text = old[3] if new == formula else escape(new).encode()
        return old[1] + text + old[4] + (b"" if _covers(formula, extent) else old[5] or b"")

    return _SERIES.sub(changed, xml)


def _covers(formula: str, extent: Extent) -> bool:
    """Return whether a formula refers to cells of the table's rows."""
    found = False

    def one(reference: Reference) -> Reference:
        nonlocal found
        last = reference.second or reference.first
        found = found or (
            extent.here(reference, on_sheet=False)
            and (not last.row or (reference.first.row <= extent.end and last.row >= extent.first))
            and (not last.column or (reference.first.column <= extent.right and last.column >= extent.left))
        )
        return reference

    rewritten(formula, one)
    return found


def pivot_cache(xml: bytes, table: ForeignTable, extent: Extent, named: Mapping[str, str]) -> bytes:
    """Return the definition of a pivot table's source, to be read anew when it is that table.

    Args:
        xml: The definition.
        table: The table.
        extent: Its place.
        named: What the workbook's names refer to, by the names in small letters.
    """
    source = _SOURCE.search(xml)
    if source is None:
        return xml
    said = {key.decode(): unescape(value.decode()) for key, value in _ATTRIBUTE.findall(source[0])}
    changed = source[0]
    if _OTHER_BOOK.search(source[0]):
        return xml
    if "name" in said:
        name = said["name"].casefold()
        refers = named.get(name, "")
        by_table = re.search(rf"(?<![\w.\\]){re.escape(table.name)}(?![\w.\\])", refers, re.IGNORECASE)
        if name != table.name.casefold() and not by_table and not _covers(refers, extent):
            return xml
    elif "ref" in said and _covers(f"{_quoted(said.get('sheet', ''))}!{said['ref']}", extent):
        ref = extent.ranges(said["ref"])
        changed = changed.replace(f'ref="{said["ref"]}"'.encode(), f'ref="{ref}"'.encode())
    else:
        return xml
    xml = xml[: source.start()] + changed + xml[source.end() :]
    if re.search(rb'<pivotCacheDefinition\b[^>]*\srefreshOnLoad="1"', xml):
        return xml
    return _ROOT.sub(
        lambda root: re.sub(rb'\srefreshOnLoad="[^"]*"', b"", root[0]) + b' refreshOnLoad="1"', xml, count=1
    )


def _quoted(sheet: str) -> str:
    return "'" + sheet.replace("'", "''") + "'"


def drawing(xml: bytes, extent: Extent) -> bytes:
    """Return the drawing of a sheet whose rows below the table move, with what stands below moved alike."""

    def anchored(anchor: re.Match[bytes]) -> bytes:
        rows = [int(row[2]) for row in _ANCHOR_ROW.finditer(anchor[0])]  # counted from 0
        if not rows or rows[0] < extent.end:
            return anchor[0]
        return _ANCHOR_ROW.sub(lambda row: b"%s%d" % (row[1], int(row[2]) + extent.delta), anchor[0])

    return _ANCHORED.sub(anchored, xml)


def by_cells(book: Foreign, table: ForeignTable, extent: Extent) -> Iterator[str]:
    """Yield the formulas elsewhere that would have to change with the table, and are left as they are.

    They are those of other sheets, in cells, conditions, validations and sparklines; and, on any sheet, those
    of shapes that show a cell and of controls that list or set some.

    Args:
        book: The workbook.
        table: The table.
        extent: Its place.

    Yields:
        The place of each and what it says, such as ``Summary!B2: SUM(Data!D5:D14)``.

    Raises:
        InputError: A formula refers to cells that move.
    """
    for where, formulas, on_sheet in _elsewhere(book, table, extent):
        for formula in formulas:
            if not _concerned(formula, extent, on_sheet=on_sheet):
                continue
            if _refers_below(formula, extent, on_sheet=on_sheet):
                raise InputError(
                    f"table {table.name!r}: what stands below it has to move, and a formula refers to it, "
                    f"{where}: {formula}.",
                    hint="Move what stands below the table to another sheet.",
                )
            yield f"{where}: {formula}"
            break


def _elsewhere(
    book: Foreign, table: ForeignTable, extent: Extent
) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Yield where formulas stand, what they say, and whether it is on the table's sheet.

    A formula that cells share is yielded as it reads in the first of them and in the last.
    """
    spelt = escape(extent.sheet.partition("'")[0]).encode().lower()  # in a formula apostrophes are doubled
    for sheet, part in book.sheets.items():
        for kind in ("drawing", "ctrlProp"):
            for shapes in book.related(part, kind):
                for found in _SHAPE_FORMULA.finditer(book.read(shapes)):
                    formula = unescape(found[1].decode()).removeprefix("=")
                    yield f"{sheet}, {shapes}", (formula,), part == table.sheet
        xml = b"" if part == table.sheet else book.read(part)
        if b"!" not in xml or spelt not in xml.lower():
            continue
        for found in _CELL_FORMULA.finditer(xml):
            formula = unescape(found[4].decode())
            area = _SHARED.search(found[3])
            last = int(area[1]) - int(found[2]) if area else 0
            both = (formula, shifted(formula, rows=last)) if last else (formula,)
            yield f"{sheet}!{found[1].decode()}{found[2].decode()}", both, False
        for ranges, formula in formulas_about(xml):
            yield f"{sheet}!{ranges}", (formula,), False


def _concerned(formula: str, extent: Extent, *, on_sheet: bool) -> bool:
    """Return whether a formula covers the table's rows from the top, but not the rows to come."""
    found = False

    def one(reference: Reference) -> Reference:
        nonlocal found
        if extent.here(reference, on_sheet=on_sheet):
            first, second = reference.first, reference.second
            rows = (
                second is not None and first.row in {extent.header, extent.first} and first.row < second.row
            )
            inside = first.column <= extent.right and (second or first).column >= extent.left
            ends = second is not None and second.row <= extent.end and second.row != extent.new_last
            found = found or (rows and inside and ends) or extent.reference(reference) != reference
        return reference

    rewritten(formula, one)
    return found


def _refers_below(formula: str, extent: Extent, *, on_sheet: bool) -> bool:
    below = False

    def one(reference: Reference) -> Reference:
        nonlocal below
        if extent.moves and extent.here(reference, on_sheet=on_sheet):
            below = below or (reference.second or reference.first).row > extent.end
        return reference

    rewritten(formula, one)
    return below
