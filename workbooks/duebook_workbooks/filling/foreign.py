"""A workbook that somebody else made, as far as filling one of its tables needs to know it."""

from __future__ import annotations

import posixpath
import re
import struct
import zlib
from dataclasses import dataclass
from functools import cached_property, partial
from html import unescape
from typing import IO, TYPE_CHECKING, BinaryIO, Final
from xml.etree import ElementTree as ET
from zipfile import BadZipFile, ZipFile, ZipInfo

from duebook.errors import InputError, OutOfRangeError
from duebook_workbooks import splice
from duebook_workbooks.filling.prefixes import streamed, without_prefix
from duebook_workbooks.filling.references import column_number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

CONTENT_TYPES: Final = "[Content_Types].xml"

DAMAGE: Final = (BadZipFile, EOFError, NotImplementedError, UnicodeError, struct.error, zlib.error)
"""What reading a file raises whose zip package is damaged, or none."""

_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")  # a workbook with a password, and an .xls file
_LARGEST: Final = 2**30  # of a part that is read whole; a table's sheet is read in pieces
_RANGE: Final = re.compile(r"([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)")
_ESCAPED: Final = re.compile("_x([0-9A-Fa-f]{4})_")
_STRING: Final = re.compile(rb"<si>(.*?)</si>|<si\s*/>", re.DOTALL)
_PHONETIC: Final = re.compile(rb"<rPh\b.*?</rPh>", re.DOTALL)
_TEXT: Final = re.compile(rb"<t(?:\s[^>]*)?>([^<]*)</t>")


@dataclass(frozen=True)
class TableColumn:
    """A column of a table.

    Attributes:
        name: Its header.
        formula: The formula that Excel fills it down with; None where there is none.
    """

    name: str
    formula: str | None


@dataclass(frozen=True)
class ForeignTable:
    """A table as it stands in the workbook.

    Attributes:
        name: Its name.
        part: The part that declares it.
        sheet: The part of its sheet.
        sheet_name: The sheet's name.
        left: Its first column, counted from 1.
        right: Its last column.
        header: The row of its header.
        last: Its last row, without a totals row.
        totals: Whether a totals row follows.
        columns: Its columns from left to right.
    """

    name: str
    part: str
    sheet: str
    sheet_name: str
    left: int
    right: int
    header: int
    last: int
    totals: bool
    columns: tuple[TableColumn, ...]

    def position(self, name: str) -> int:
        """Return the sheet's column in which a column of the table stands."""
        return self._positions[name]

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {column.name: at for at, column in enumerate(self.columns, self.left)}


@dataclass(frozen=True)
class Relation:
    """What a part refers to.

    Attributes:
        identifier: The relationship's own name within the part.
        kind: What it is, the last word of its type.
        target: The part; the address where it is outside the package.
        outside: Whether it is.
    """

    identifier: str
    kind: str
    target: str
    outside: bool


class Foreign:
    """A workbook, opened for reading."""

    def __init__(self, file: BinaryIO, where: str) -> None:
        """Open a workbook and see what it is.

        Args:
            file: The file, open for reading.
            where: Its name, for messages.

        Raises:
            InputError: It is no workbook that can be read: encrypted, binary, damaged, or with two parts of
                one name.
        """
        self.where = where
        if file.read(len(_OLE)) == _OLE:
            raise InputError(
                f"{where}: it has a password or is of an old format, and its parts cannot be read.",
                hint="Save it as .xlsx without a password.",
            )
        try:
            self.archive = ZipFile(file)
        except BadZipFile:
            raise InputError(f"{where}: it is no .xlsx workbook.") from None
        entries = self.archive.infolist()
        self._entries = {entry.filename.lower(): entry for entry in entries}  # case says nothing
        if CONTENT_TYPES.lower() not in self._entries:
            raise InputError(f"{where}: it is no .xlsx workbook.")
        if len(self._entries) != len(entries):
            raise InputError(
                f"{where}: it holds two parts of one name, and programs differ in which of them they read.",
                hint="Open it in Excel or LibreOffice and save it.",
            )
        books = [each.target for each in self.relations("") if each.kind == "officeDocument"]
        if len(books) != 1 or not books[0].lower().endswith(".xml"):
            raise InputError(
                f"{where}: it is no .xlsx or .xlsm workbook.", hint="Save it as .xlsx, or .xlsm with macros."
            )
        self.workbook = books[0]

    def refuse_signed(self) -> None:
        """Refuse to change a workbook that somebody signed.

        Raises:
            InputError: It is signed.
        """
        if any(name.startswith("_xmlsignatures/") for name in self._entries):
            raise InputError(
                f"{self.where}: it is signed, and filling it would break the signature.",
                hint="Remove the signature, or fill a copy without one.",
            )

    def has(self, part: str) -> bool:
        """Return whether there is such a part."""
        return part.lower() in self._entries

    def entry(self, part: str) -> ZipInfo:
        """Return a part's entry.

        Raises:
            InputError: There is no such part.
        """
        entry = self._entries.get(part.lower())
        if entry is None:
            raise self.unreadable(part, "it is missing")
        if entry.flag_bits & 1 or entry.compress_type not in splice.METHODS:
            raise self.unreadable(part, "it is packed as no workbook is")
        return entry

    def read(self, part: str) -> bytes:
        """Return a part.

        Raises:
            InputError: It declares a document type, or is not in UTF-8.
            OutOfRangeError: It is larger than a gibibyte.
        """
        entry = self.entry(part)
        if entry.file_size > _LARGEST:
            raise OutOfRangeError(
                f"{self.where}: its part {part} has {entry.file_size:,} bytes; {_LARGEST:,} are allowed."
            )
        xml = self.archive.read(entry)
        if b"<!DOCTYPE" in xml:  # the format forbids it; entities that expand without end begin with it
            raise self.unreadable(part, "it declares a document type")
        return without_prefix(xml, partial(self.unreadable, part))

    def stream(self, part: str) -> AbstractContextManager[IO[bytes]]:
        """Open a part to read it in pieces."""
        return streamed(self.archive.open(self.entry(part)), partial(self.unreadable, part))

    def tree(self, part: str) -> ET.Element:
        """Return the root of a part.

        Raises:
            InputError: The part is no XML.
        """
        try:
            return ET.fromstring(self.read(part))  # noqa: S314 - no document type, so no entities
        except (ET.ParseError, LookupError) as error:
            raise self.unreadable(part, str(error)) from None

    def unreadable(self, part: str, why: str) -> InputError:
        """Return the error that a part cannot be read."""
        return InputError(
            f"{self.where}: its part {part} cannot be read: {why}.",
            hint="Open it in Excel or LibreOffice and save it.",
        )

    def relations(self, part: str) -> list[Relation]:
        """Return what a part, or the package (empty), refers to."""
        if not self.has(rels_of(part)):
            return []
        folder = posixpath.dirname(part)
        found = []
        for node in self.tree(rels_of(part)):
            target, outside = node.get("Target", ""), node.get("TargetMode") == "External"
            if not outside:
                target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            kind = node.get("Type", "").rpartition("/")[2]
            found.append(Relation(node.get("Id", ""), kind, target, outside))
        return found

    def related(self, part: str, kind: str) -> list[str]:
        """Return the parts that a part refers to by relations of a kind."""
        return [each.target for each in self.relations(part) if each.kind == kind and not each.outside]

    def parts(self, folder: str, beginning: str) -> list[str]:
        """Return the XML parts in a folder whose names begin so."""
        start = f"{folder}/{beginning}"
        return [
            entry.filename
            for name, entry in self._entries.items()
            if name.startswith(start) and name.endswith(".xml") and "/" not in name[len(folder) + 1 :]
        ]

    @cached_property
    def sheets(self) -> dict[str, str]:
        """The parts of the worksheets by the sheets' names, in the order of their tabs."""
        targets = {each.identifier: each for each in self.relations(self.workbook)}
        found = {}
        for node in self.tree(self.workbook).findall("{*}sheets/{*}sheet"):
            identifier = next((value for key, value in node.items() if key.endswith("}id")), "")
            relation = targets.get(identifier)
            if relation is not None and relation.kind == "worksheet":
                found[node.get("name", "")] = relation.target
        return found

    @cached_property
    def tabs(self) -> list[str]:
        """The names of all sheets, of charts and macros too, in the order of their tabs."""
        nodes = self.tree(self.workbook).findall("{*}sheets/{*}sheet")
        return [node.get("name", "") for node in nodes]

    @cached_property
    def from_1904(self) -> bool:
        """Whether its dates count from 1904, as those of old Macs do."""
        properties = self.tree(self.workbook).find("{*}workbookPr")
        return properties is not None and properties.get("date1904") in {"1", "true"}

    @cached_property
    def named(self) -> dict[str, str]:
        """What its names refer to, by the names in small letters."""
        nodes = self.tree(self.workbook).findall("{*}definedNames/{*}definedName")
        return {node.get("name", "").casefold(): node.text or "" for node in nodes}

    @cached_property
    def texts(self) -> list[str]:
        """The texts that its sheets share."""
        texts: list[str] = []
        for part in self.related(self.workbook, "sharedStrings"):
            xml = self.read(part)
            found = [each[0] for each in _STRING.finditer(xml)]
            if len(found) != xml.count(b"<si") or b"<![" in xml:
                raise self.unreadable(part, "its XML is not as spreadsheet programs write it")
            texts += map(cell_text, found)
        return texts

    @cached_property
    def tables(self) -> dict[str, tuple[str, ...]]:
        """The headers of its tables by the tables' names."""
        return {
            name: tuple(_header(node) for node in self.tree(part).findall("{*}tableColumns/{*}tableColumn"))
            for name, _, part in self._tables()
        }

    def table(self, name: str) -> ForeignTable:
        """Return a table by its name, capitals apart.

        Raises:
            InputError: There is none, or it has no header.
        """
        names = []
        for found, sheet, part in self._tables():
            if found.casefold() == name.casefold():
                return self._table(sheet, part)
            names.append(found)
        raise InputError(
            f"{self.where}: it has no table {name!r}.",
            hint=f"Its tables are {', '.join(map(repr, names))}." if names else "It has no table at all.",
        )

    def _tables(self) -> Iterator[tuple[str, str, str]]:
        for sheet, part in self.sheets.items():
            for each in self.related(part, "table"):
                yield self.tree(each).get("displayName", ""), sheet, each

    def _table(self, sheet: str, part: str) -> ForeignTable:
        root = self.tree(part)
        name = root.get("displayName", "")
        corners = _RANGE.fullmatch(root.get("ref", ""))
        if corners is None or root.get("headerRowCount", "1") != "1":
            raise InputError(
                f"{self.where}: table {name!r} has no header row, so its columns have no names.",
                hint="Switch its header row on.",
            )
        if root.get("tableType", "worksheet") != "worksheet":
            raise InputError(
                f"{self.where}: table {name!r} is filled by a query of the workbook's own.",
                hint="Unlink the table from its query, or fill another one.",
            )
        totals = root.get("totalsRowCount", "0") != "0"
        columns = tuple(
            TableColumn(_header(node), node.findtext("{*}calculatedColumnFormula"))
            for node in root.findall("{*}tableColumns/{*}tableColumn")
        )
        left, top, right, bottom = corners.groups()
        if column_number(right) - column_number(left) + 1 != len(columns):
            raise self.unreadable(part, f"table {name!r} does not have as many columns as its range")
        return ForeignTable(
            name=name,
            part=part,
            sheet=self.sheets[sheet],
            sheet_name=sheet,
            left=column_number(left),
            right=column_number(right),
            header=int(top),
            last=int(bottom) - totals,
            totals=totals,
            columns=columns,
        )


def _header(column: ET.Element) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), column.get("name", ""))


def rels_of(part: str) -> str:
    """Return the part that holds a part's relations."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def cell_text(xml: bytes) -> str:
    """Return the text of an inline or shared string, without its formats and readings."""
    if b"<rPh" in xml:
        xml = _PHONETIC.sub(b"", xml)
    text = unescape(b"".join(_TEXT.findall(xml)).decode())
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def refuse_open(target: Path) -> None:
    """Refuse to replace a workbook that a program has open: it would save its own over ours.

    Raises:
        InputError: A program's small file lies beside it.
    """
    for lock, program in ((f"~${target.name}", "Excel"), (f".~lock.{target.name}#", "LibreOffice")):
        if target.with_name(lock).exists():
            raise InputError(
                f"{target.name}: it is open in {program}, for {lock} lies beside it.",
                hint=f"Close it there. If nobody has it open, delete {lock}.",
            )
