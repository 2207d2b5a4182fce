"""Moving a workbook between spreadsheet programs: its formulas spell Duebook's functions as the program does.

Only the bytes of the names differ; :mod:`duebook_workbooks.formulas` has what counts as one. Formulas are
read where ECMA-376, and Microsoft's extensions of it, have them:

- on worksheets and macro sheets those of cells (also of array, shared and data table formulas), conditional
  formats with their thresholds, data validation and sparklines;
- in the workbook the defined names;
- in tables the formulas of columns and totals;
- in pivot tables calculated fields and items.

Charts, controls and drawings are not read, for they hold references and no calls; nor are the contents of
linked workbooks, and the change history of a shared workbook. A link to the add-in's file is a part of its
own and stays. So do cached values and the calculation chain: a program shows old values until it calculates.
A part without such a name keeps its compressed bytes.
"""

from __future__ import annotations

import os
import posixpath
import re
import shutil
import struct
import zlib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from contextlib import ExitStack
from typing import TYPE_CHECKING, BinaryIO, Final
from xml.etree import ElementTree as ET
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo

from duebook.errors import InputError, OutOfRangeError
from duebook_workbooks import splice
from duebook_workbooks.formulas import respellings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

    from duebook_workbooks.formulas import Host, Respelling

_CONTENT_TYPES: Final = "[content_types].xml"
_OLE: Final = bytes.fromhex("d0cf11e0a1b11ae1")  # a workbook with a password, and an .xls file
_LARGEST: Final = 2**30  # a sheet of a million formulas fits; a part made to fill the memory does not
_ALLOWED: Final = ".xlsx, .xlsm, .xltx, .xltm or .xlam"

_WORKBOOK: Final = re.compile(
    r"application/vnd\.(openxmlformats-officedocument\.spreadsheetml\.(sheet|template)"
    r"|ms-excel\.(sheet|template|addin)\.macroenabled)\.main\+xml",
    re.IGNORECASE,
)
_OTHER_PARTS: Final = re.compile(
    r"application/vnd\.(openxmlformats-officedocument\.spreadsheetml"
    r"\.(worksheet|table|pivotcachedefinition)|ms-excel\.(intl)?macrosheet)\+xml",
    re.IGNORECASE,
)
_NAMESPACES: Final = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_EXTENSIONS: Final = "http://schemas.microsoft.com/office/excel/2006/main"
_FORMULAS: Final = ("f", "formula", "formula1", "formula2")
_MORE_FORMULAS: Final = ("definedName", "calculatedColumnFormula", "totalsRowFormula")
_ELEMENTS: Final = frozenset(
    [f"{_EXTENSIONS} f"]
    + [f"{namespace} {name}" for namespace in _NAMESPACES for name in _FORMULAS + _MORE_FORMULAS]
)
_ATTRIBUTES: Final = {
    f"{namespace} {element}": attribute
    for namespace in _NAMESPACES
    for element, attribute in (("cfvo", b"val"), ("cacheField", b"formula"), ("calculatedItem", b"formula"))
}

_TAG: Final = re.compile(rb"""<[^>"']*+(?:"[^"]*"[^>"']*+|'[^']*'[^>"']*+)*+>""")
_ATTRIBUTE: Final = re.compile(rb"""\s([^\s=<>"'/]+)\s*=\s*(["'])(.*?)\2""", re.DOTALL)
_MARKUP: Final = re.compile(
    rb"<!\[CDATA\[(?P<literal>.*?)\]\]>|<!--.*?-->|<\?.*?\?>|<[^>]*>|&(?P<entity>[^;]*);", re.DOTALL
)
_ENTITIES: Final = {b"quot": '"', b"apos": "'", b"amp": "&", b"lt": "<", b"gt": ">"}


def rewrite(path: Path, *, to: Host, names: Collection[str], output: Path | None = None) -> int:
    """Spell Duebook's functions in the formulas of a workbook as a spreadsheet program does.

    The workbook appears whole, or not at all, and is left alone if nothing changes in it.

    Args:
        path: The workbook: .xlsx, .xlsm, .xltx, .xltm or .xlam.
        to: The program that is to open it.
        names: The functions, such as ``DSO``, without what stands before them.
        output: Where the workbook goes, if not in its own place.

    Returns:
        How many names were rewritten.

    Raises:
        InputError: The file is none of these, or is encrypted, signed, damaged or open in a program; or it
            defines a name of its own that is spelt like one of the functions.
        OutOfRangeError: The workbook is too large.
    """
    target = (path if output is None else output).resolve()
    if not target.parent.is_dir():
        raise InputError(f"{target.parent}: there is no such folder.")
    _refuse_open(target)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        with ExitStack() as stack:
            # The workbook is closed before it is replaced: Windows replaces no file that is open.
            with path.open("rb") as file, _opened(file, path.name) as archive:
                contents, count = _respelled(_Package(archive, path.name), to, frozenset(names))
                if not count and target == path.resolve():
                    return 0
                stack.callback(partial.unlink, missing_ok=True)
                with partial.open("wb") as out:
                    out.writelines(splice.spliced(file, archive, contents))
                    out.flush()
                    os.fsync(out.fileno())
                _read_back(partial, archive, contents)
            shutil.copymode(target if target.exists() else path, partial)
            partial.replace(target)
    except FileNotFoundError as error:
        raise InputError(f"{error.filename}: there is no such file.") from None
    except OSError as error:
        raise InputError(f"{error.filename or path}: {error.strerror or error}.") from None
    except (BadZipFile, EOFError, NotImplementedError, UnicodeError, struct.error, zlib.error):
        raise InputError(f"{path.name}: it is damaged, or no {_ALLOWED} workbook at all.") from None
    return count


def _read_back(written: Path, archive: ZipFile, contents: Collection[str]) -> None:
    """Raise BadZipFile if a workbook cannot be read again, as when its directory was damaged before."""
    with ZipFile(written) as package:
        if package.namelist() != archive.namelist():
            raise BadZipFile(written.name)
        for name in contents:
            package.read(name)


def _refuse_open(target: Path) -> None:
    """Refuse to replace a workbook that a program has open: it would save its own over ours."""
    for lock, program in ((f"~${target.name}", "Excel"), (f".~lock.{target.name}#", "LibreOffice")):
        if target.with_name(lock).exists():
            raise InputError(
                f"{target.name}: it is open in {program}, for {lock} lies beside it.",
                hint=f"Close it there. If nobody has it open, delete {lock}.",
            )


def _opened(file: BinaryIO, where: str) -> ZipFile:
    encrypted = file.read(len(_OLE)) == _OLE
    if encrypted:
        raise InputError(
            f"{where}: it has a password or is of an old format, and its formulas cannot be read.",
            hint="Save it as .xlsx without a password.",
        )
    archive = ZipFile(file)
    if any(not 0 <= entry.header_offset < archive.start_dir for entry in archive.infolist()):
        raise BadZipFile(where)
    return archive


class _Package:
    """The parts of a workbook, read by their content types and relationships."""

    def __init__(self, archive: ZipFile, where: str) -> None:
        """Read what parts there are.

        Raises:
            InputError: It is no workbook, or is signed, or has two parts of one name.
        """
        self.where = where
        self._archive = archive
        self._parts = {entry.filename.lower(): entry for entry in archive.infolist()}  # case says nothing
        if len(self._parts) != len(archive.infolist()):
            raise InputError(
                f"{where}: it holds two parts of one name, and programs differ in which of them they read.",
                hint="Open it in the program it is for, and save it.",
            )
        if any(name.startswith("_xmlsignatures/") for name in self._parts):
            raise InputError(
                f"{where}: it is signed, and rewriting it would break the signature.",
                hint="Remove the signature, or rewrite a copy without one.",
            )
        types = self.tree(_CONTENT_TYPES) if _CONTENT_TYPES in self._parts else ()
        declared = {
            (node.get("PartName") or "." + node.get("Extension", "")).lower(): node.get("ContentType", "")
            for node in types
        }
        kinds = {
            name: declared.get(f"/{name}") or declared.get("." + name.rpartition(".")[2], "")
            for name in self._parts
        }
        workbooks = [name for name, kind in kinds.items() if _WORKBOOK.fullmatch(kind)]
        if len(workbooks) != 1:
            raise InputError(f"{where}: it is no {_ALLOWED} workbook.", hint="Save it as .xlsx.")
        self.workbook = workbooks[0]
        self.with_formulas = workbooks + [
            name for name, kind in kinds.items() if _OTHER_PARTS.fullmatch(kind)
        ]

    def entry(self, part: str) -> ZipInfo:
        """Return a part's entry."""
        return self._parts[part]

    def read(self, part: str) -> tuple[bytes, Callable[[bytes], bytes]]:
        """Return a part's XML as UTF-8, and what turns it back into the part's own encoding.

        Raises:
            InputError: The part is too large, or declares a document type.
        """
        entry = self._parts[part]
        if entry.file_size > _LARGEST:
            raise OutOfRangeError(
                f"{self.where}: its part {part} has {entry.file_size:,} bytes; {_LARGEST:,} are allowed."
            )
        if entry.flag_bits & 1 or entry.compress_type not in splice.METHODS:
            raise BadZipFile(part)  # encrypted, or compressed as no workbook is
        data = self._archive.read(entry)
        mark, encoding = _encoding(data)
        xml = data if encoding == "utf-8" else data[len(mark) :].decode(encoding).encode()
        if b"<!DOCTYPE" in xml:  # the format forbids it; entities that expand without end begin with it
            raise self.unreadable(part, "it declares a document type")
        if encoding == "utf-8":
            return data, bytes
        return xml, lambda changed: mark + changed.decode().encode(encoding)

    def tree(self, part: str) -> ET.Element:
        """Return the root of a part.

        Raises:
            InputError: The part is no XML.
        """
        xml, _ = self.read(part)
        try:
            return ET.fromstring(xml, ET.XMLParser(encoding="utf-8"))  # noqa: S314 - it has no entities
        except ET.ParseError as error:
            raise self.unreadable(part, str(error)) from None

    def targets(self, part: str) -> dict[str, str]:
        """Return what a part's relationships point to, by their identifiers."""
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        nodes = self.tree(rels) if rels in self._parts else ()
        return {node.get("Id", ""): node.get("Target", "") for node in nodes}

    def unreadable(self, part: str, why: str) -> InputError:
        """Return the error that a part cannot be read."""
        return InputError(
            f"{self.where}: its part {part} cannot be read: {why}.",
            hint="Open it in the program it is for, and save it.",
        )


def _encoding(data: bytes) -> tuple[bytes, str]:
    """Return a part's byte order mark, except UTF-8's, and its encoding."""
    for mark, beginning, encoding in (
        (BOM_UTF16_LE, b"<\0", "utf-16-le"),
        (BOM_UTF16_BE, b"\0<", "utf-16-be"),
    ):
        if data.startswith((mark, beginning)):
            return (mark if data.startswith(mark) else b""), encoding
    return b"", "utf-8"


def _links(package: _Package, workbook: ET.Element) -> dict[str, str]:
    """Return the files that ``[1]``, ``[2]`` and so on stand for."""
    targets = package.targets(package.workbook)
    links = {}
    for number, reference in enumerate(_children(workbook, "externalReferences"), 1):
        identifier = next((value for key, value in reference.items() if key.endswith("}id")), "")
        part = posixpath.join("/", posixpath.dirname(package.workbook), targets.get(identifier, ""))
        files = package.targets(posixpath.normpath(part).lstrip("/").lower())
        links[str(number)] = next(iter(files.values()), "")
    return links


def _defined(workbook: ET.Element) -> frozenset[str]:
    """Return the names that a workbook defines. Excel itself defines functions it misses, as ``#NAME?``."""
    nodes = _children(workbook, "definedNames")
    return frozenset(node.get("name", "").upper() for node in nodes if node.text != "#NAME?")


def _children(workbook: ET.Element, name: str) -> Iterator[ET.Element]:
    return (node for group in workbook if group.tag.endswith(f"}}{name}") for node in group)


def _respelled(package: _Package, to: Host, names: frozenset[str]) -> tuple[dict[str, splice.Content], int]:
    """Return the new content of each entry that changes, and how many names change."""
    workbook = package.tree(package.workbook)
    links, defined = _links(package, workbook), _defined(workbook)

    def found(formula: str) -> Iterator[Respelling]:
        for name in respellings(formula, to=to, names=names, links=links):
            taken = {name.old.upper(), name.new.upper()} & defined
            if taken:
                raise InputError(
                    f"{package.where}: it defines the name {min(taken)} itself, so it cannot be told whose "
                    "function a formula calls by it.",
                    hint="Rename it in the workbook's name manager.",
                )
            yield name

    contents: dict[str, splice.Content] = {}
    count = 0
    for part in package.with_formulas:
        xml, encoded = package.read(part)
        pieces, end = [], 0
        for start, stop in _formulas(package, part, xml):
            formula, starts, ends = _characters(xml[start:stop])
            for name in found(formula):
                first, last = start + starts[name.start], start + ends[name.end - 1]
                if b"<" in xml[first:last]:
                    raise package.unreadable(
                        part, f"there is a comment or the like within the name {name.old}"
                    )
                pieces += [xml[end:first], name.new.encode()]
                end = last
                count += 1
        if pieces:
            entry = package.entry(part)
            contents[entry.filename] = splice.compressed(entry, encoded(b"".join([*pieces, xml[end:]])))
    return contents, count


def _formulas(package: _Package, part: str, xml: bytes) -> list[tuple[int, int]]:
    """Return where in a part the formulas stand that may call one of our functions."""
    if not _suspicious(xml) and b"<!" not in xml and xml.find(b"<?", len(BOM_UTF8) + 1) < 0:
        return []  # so are most parts of most workbooks, and the rest is not worth its time
    finder = _Finder(xml)
    try:
        finder.find()
    except expat.ExpatError as error:
        raise package.unreadable(part, str(error)) from None
    if finder.encoding.lower() not in {"utf-8", "utf-16", "us-ascii"}:
        raise package.unreadable(part, f"it is in {finder.encoding}, not in UTF-8 or UTF-16")
    return finder.spans


def _suspicious(xml: bytes) -> bool:
    """Return whether there are the letters our names begin with, or references that may stand for them."""
    return b"due" in xml.lower() or b"&#" in xml


class _Finder:
    """Finds the formulas of a part while the parser goes through it.

    Attributes:
        encoding: The encoding that the part says it has.
        spans: Where the formulas stand, without their tags; only those that may call one of our functions.
    """

    def __init__(self, xml: bytes) -> None:
        """Prepare to go through a part."""
        self.encoding = "utf-8"
        self.spans: list[tuple[int, int]] = []
        self._xml = xml
        self._element = ""  # the formula's element, while in it
        self._begin = 0
        self._parser = expat.ParserCreate("utf-8", namespace_separator=" ")
        self._parser.ordered_attributes = True
        self._parser.XmlDeclHandler = self._declared
        self._parser.StartElementHandler = self._started

    def find(self) -> None:
        """Go through the part.

        Raises:
            ExpatError: It is no XML.
        """
        self._parser.Parse(self._xml, True)  # noqa: FBT003 - it takes no names

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        self.encoding = encoding or self.encoding

    def _started(self, name: str, _attributes: list[str]) -> None:
        if name in _ELEMENTS and not self._element:
            self._element = name
            self._begin = self._tag_end()
            self._parser.EndElementHandler = self._ended
        elif name in _ATTRIBUTES:
            for attribute in _ATTRIBUTE.finditer(self._xml, self._parser.CurrentByteIndex, self._tag_end()):
                if attribute[1] == _ATTRIBUTES[name]:
                    self._keep(*attribute.span(3))

    def _ended(self, name: str) -> None:
        if name == self._element:
            self._keep(self._begin, self._parser.CurrentByteIndex)
            self._element = ""
            self._parser.EndElementHandler = None

    def _keep(self, start: int, end: int) -> None:
        raw = self._xml[start:end]
        if _suspicious(raw) or b"<" in raw:
            self.spans.append((start, end))

    def _tag_end(self) -> int:
        start = self._parser.CurrentByteIndex
        tag = _TAG.match(self._xml, start)
        return tag.end() if tag else start  # there is one, for the parser has just read it


def _characters(raw: bytes) -> tuple[str, Sequence[int], Sequence[int]]:
    """Return the characters that well-formed XML stands for, and where each starts and ends in it."""
    if raw.isascii() and b"&" not in raw and b"<" not in raw:
        return raw.decode(), range(len(raw)), range(1, len(raw) + 1)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def plain(start: int, end: int) -> None:
        piece = raw[start:end].decode()
        pieces.append(piece)
        if len(piece) == end - start:
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
            return
        for character in piece:
            starts.append(start)
            start += len(character.encode())
            ends.append(start)

    end = 0
    for markup in _MARKUP.finditer(raw):
        plain(end, markup.start())
        end = markup.end()
        if markup["literal"] is not None:
            plain(*markup.span("literal"))
        elif markup["entity"] is not None:
            pieces.append(_entity(markup["entity"]))
            starts.append(markup.start())
            ends.append(end)
    plain(end, len(raw))
    return "".join(pieces), starts, ends


def _entity(name: bytes) -> str:
    if name in _ENTITIES:
        return _ENTITIES[name]
    number = name.removeprefix(b"#")
    return chr(int(b"0" + number, 0) if number.startswith(b"x") else int(number))
