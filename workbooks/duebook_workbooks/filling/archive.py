"""The sheet to which rows of a table go that leave it with something a person wrote."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final, Literal
from xml.sax.saxutils import escape, quoteattr

from duebook.errors import InputError
from duebook_workbooks import tables
from duebook_workbooks.filling.foreign import CONTENT_TYPES, rels_of
from duebook_workbooks.filling.formula_cells import without_formula
from duebook_workbooks.filling.people import key_of
from duebook_workbooks.filling.prefixes import MAIN
from duebook_workbooks.filling.references import LAST_ROW, letters
from duebook_workbooks.filling.sheet_rows import Cell, SheetRows, row_xml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duebook_workbooks.filling.foreign import Foreign, ForeignTable
    from duebook_workbooks.filling.people import OldRow

    Language = Literal["en", "zh"]

_SUFFIX: Final = {"en": " archive", "zh": " 存档"}
_COMMENTS: Final = {"en": "Comments", "zh": "批注"}
_LONGEST_NAME: Final = 31  # of a sheet in Excel
_KIND: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_EMPTY: Final = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="%s">'
    b'<dimension ref="A1"/>'
    b'<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" '
    b'state="frozen"/></sheetView></sheetViews>'
)
_SHEET: Final = re.compile(rb'<sheet\b[^>]*?\s(\w+:id)="[^"]*"[^>]*?/>')
_SHEET_ID: Final = re.compile(rb'\ssheetId="([0-9]+)"')
_RELATION: Final = re.compile(rb'\sType="([^"]*/worksheet)"')
_DIMENSION: Final = re.compile(rb"<dimension\b[^>]*/>")
_METADATA: Final = re.compile(rb'\s[cv]m="[0-9]+"')


def archived(
    book: Foreign,
    table: ForeignTable,
    rows: Sequence[tuple[OldRow, str]],
    *,
    language: Language,
    texts: dict[str, bytes | None],
) -> dict[str, bytes]:
    """Put rows onto a table's archive sheet, which is made where there is none.

    Values, formats, the texts of comments and where links lead to come along; formulas leave the values that
    they last had.

    Args:
        book: The workbook.
        table: The table.
        rows: The rows, each with what its comments say and where its links lead to.
        language: Of the sheet's name, if it is made, and of the header of its comments.
        texts: The parts that change; those that change with it are put here.

    Returns:
        The parts that are new.
    """
    names = [
        table.name.replace("\\", "_")[: _LONGEST_NAME - len(suffix)] + suffix for suffix in _SUFFIX.values()
    ]
    taken = {tab.casefold(): tab for tab in book.tabs}  # Excel knows no capitals
    for tab in (taken[name.casefold()] for name in names if name.casefold() in taken):
        present = book.sheets.get(tab)
        if present is None or present == table.sheet:
            what = f"sheet {tab!r} has no cells" if present is None else f"it stands on sheet {tab!r}"
            raise InputError(
                f"table {table.name!r}: {what}, which is to be its archive.", hint="Rename that sheet."
            )
        texts[present] = _appended(book, present, table, rows, _COMMENTS[language])
        return {}
    name = dict(zip(_SUFFIX, names, strict=True))[language]
    folder = posixpath.dirname(table.sheet)
    number = 1
    while book.has(part := f"{folder}/sheet{number}.xml"):
        number += 1
    _declare(book, part, name, texts)
    headers = [column.name for column in table.columns] + [_COMMENTS[language]] * any(
        text for _, text in rows
    )
    lines = _lines(table, rows, headers, first=2)
    header = row_xml(1, b"", [_text(at, header) for at, header in enumerate(headers, 1)])
    strict = MAIN[1] in book.read(book.workbook)
    xml = _EMPTY % MAIN[strict] + b"<sheetData>" + header + lines + b"</sheetData></worksheet>"
    return {part: _sized(xml, len(headers), 1 + len(rows))}


def _appended(
    book: Foreign, part: str, table: ForeignTable, rows: Sequence[tuple[OldRow, str]], comments: str
) -> bytes:
    with book.stream(part) as stream:
        sheet = SheetRows(stream, lambda why: book.unreadable(part, why))
        present = list(sheet)
    first = present[-1][0] + 1 if present else 1
    if first + len(rows) > LAST_ROW:
        raise InputError(f"{part}: the archive of table {table.name!r} is full.", hint="Rename its sheet.")
    attributes = b""
    cells: list[Cell] = []
    if present and present[0][0] == 1:
        attributes, cells = sheet.taken_apart(present.pop(0)[1])
    headers = [""] * (cells[-1].column if cells else 0)
    for cell in cells:
        headers[cell.column - 1] = key_of(cell, lambda: book.texts) if cell.inner else ""
    wanted = [column.name for column in table.columns] + [comments] * any(text for _, text in rows)
    for name in wanted:
        if name not in headers:
            headers.append(name)
            cells.append(_text(len(headers), name))
    lines = _lines(table, rows, headers, first=max(first, 2))
    kept = row_xml(1, attributes, cells) + b"".join(row for _, row in present)
    return _sized(sheet.head, len(headers), max(first, 2) + len(rows) - 1) + kept + lines + sheet.tail


def _lines(
    table: ForeignTable, rows: Sequence[tuple[OldRow, str]], headers: Sequence[str], *, first: int
) -> bytes:
    """Return the rows, each cell under its header, the comments in the column that is no table's."""
    at = {column.name: headers.index(column.name) + 1 for column in table.columns}
    lines = []
    for number, (row, comments) in enumerate(rows, first):
        cells = [
            without_formula(cell)._replace(
                column=at[table.columns[cell.column - table.left].name],
                attributes=_METADATA.sub(b"", cell.attributes),
            )
            for cell in row.cells
        ]
        if comments:
            cells.append(
                _text(
                    max(headers.index(name) for name in headers if name in _COMMENTS.values()) + 1, comments
                )
            )
        lines.append(row_xml(number, b"", sorted(cells)))
    return b"".join(lines)


def _text(column: int, text: str) -> Cell:
    inner = f'<is><t xml:space="preserve">{escape(tables.plain(text))}</t></is>'
    return Cell(column, b' t="inlineStr"', inner.encode())


def _sized(xml: bytes, columns: int, rows: int) -> bytes:
    return _DIMENSION.sub(b'<dimension ref="A1:%s%d"/>' % (letters(columns).encode(), rows), xml, count=1)


def _declare(book: Foreign, part: str, name: str, texts: dict[str, bytes | None]) -> None:
    """Make a new sheet known to the workbook: in its part, its relations and the content types."""

    def now(changed: str) -> bytes:
        return texts.get(changed) or book.read(changed)

    rels = rels_of(book.workbook)
    workbook = now(book.workbook)
    sheets = list(_SHEET.finditer(workbook))
    kind = _RELATION.search(book.read(rels))
    if not sheets or kind is None:
        raise book.unreadable(book.workbook, "it does not list its sheets as spreadsheet programs do")
    taken = {relation.identifier for relation in book.relations(book.workbook)}
    identifier = next(f"rId{at}" for at in range(1, len(taken) + 2) if f"rId{at}" not in taken)
    number = max(int(found) for found in _SHEET_ID.findall(workbook)) + 1
    attribute = sheets[-1][1].decode()
    prefix = attribute.partition(":")[0]
    space = re.search(
        rf'\sxmlns:{prefix}="[^"]*"'.encode(), workbook
    )  # it may be declared on each sheet alone
    declared = space[0].decode() if space else ""
    sheet = f'<sheet{declared} name={quoteattr(name)} sheetId="{number}" {attribute}="{identifier}"/>'
    end = sheets[-1].end()
    texts[book.workbook] = workbook[:end] + sheet.encode() + workbook[end:]
    target = posixpath.relpath(part, posixpath.dirname(book.workbook))
    relation = f'<Relationship Id="{identifier}" Type="{kind[1].decode()}" Target="{target}"/>'
    texts[rels] = now(rels).replace(b"</Relationships>", relation.encode() + b"</Relationships>")
    override = f'<Override PartName="/{part}" ContentType="{_KIND}"/></Types>'
    texts[CONTENT_TYPES] = now(CONTENT_TYPES).replace(b"</Types>", override.encode())
