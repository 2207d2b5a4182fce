"""Workbooks put together part by part, and the bytes of packages compared."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SHEET = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KINDS = {
    "workbook": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "sheet": "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml",
    "table": "application/vnd.openxmlformats-officedocument.spreadsheetml.table+xml",
    "pivotCacheDefinition": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.pivotCacheDefinition+xml"
    ),
    "macrosheet": "application/vnd.ms-excel.macrosheet+xml",
    "externalLink": "application/vnd.openxmlformats-officedocument.spreadsheetml.externalLink+xml",
    "chart": "application/vnd.openxmlformats-officedocument.drawingml.chart+xml",
}


def sheet(*formulas: str) -> bytes:
    """Return a worksheet with formulas, as they stand in XML, below each other."""
    rows = "".join(
        f'<row r="{at}"><c r="A{at}"><f>{formula}</f><v>7</v></c></row>'
        for at, formula in enumerate(formulas, 1)
    )
    return (
        f'<?xml version="1.0"?>\n<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'.encode()
    )


def parts(
    *, inside: str = "", links: tuple[str, ...] = (), kinds: Mapping[str, str] | None = None, **others: bytes
) -> dict[str, bytes]:
    """Return the parts of a workbook with one sheet.

    Args:
        inside: What else stands in the workbook's own part.
        links: The files it is linked to.
        kinds: Content types to declare otherwise.
        others: Further parts by the kind: ``sheet``, ``table`` and so on.
    """
    types = _KINDS | dict(kinds or {})
    made = {"sheet": sheet("1+1")} | others
    names = {kind: f"xl/{kind}s/{kind}1.xml" for kind in made} | {"sheet": SHEET}
    references = "".join(f'<externalReference r:id="link{at}"/>' for at in range(len(links)))
    workbook = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}">'
        '<sheets><sheet name="One" sheetId="1" r:id="sheet"/></sheets>'
        f"{f'<externalReferences>{references}</externalReferences>' if links else ''}{inside}</workbook>"
    )
    content = {"xl/workbook.xml": ("workbook", workbook.encode())}
    content |= {names[kind]: (kind, made[kind]) for kind in made}
    for at in range(len(links)):
        content[f"xl/externalLinks/externalLink{at}.xml"] = (
            "externalLink",
            f'<externalLink xmlns="{MAIN}"/>'.encode(),
        )
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{types[kind]}"/>' for name, (kind, _) in content.items()
    )
    relations = {
        "_rels/.rels": [("book", "officeDocument", "xl/workbook.xml", "")],
        "xl/_rels/workbook.xml.rels": [
            ("sheet", "worksheet", "worksheets/sheet1.xml", ""),
            *(
                (f"link{at}", "externalLink", f"externalLinks/externalLink{at}.xml", "")
                for at in range(len(links))
            ),
        ],
    } | {
        f"xl/externalLinks/_rels/externalLink{at}.xml.rels": [
            ("file", "externalLinkPath", file, ' TargetMode="External"')
        ]
        for at, file in enumerate(links)
    }
    return (
        {
            "[Content_Types].xml": (
                '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                '<Default Extension="rels" '
                'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                f"{overrides}</Types>"
            ).encode()
        }
        | {name: _rels(targets) for name, targets in relations.items()}
        | {name: xml for name, (_, xml) in content.items()}
    )


def _rels(targets: list[tuple[str, str, str, str]]) -> bytes:
    inside = "".join(
        f'<Relationship Id="{identifier}" Type="{_OFFICE}/{kind}" Target="{target}"{mode}/>'
        for identifier, kind, target, mode in targets
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inside}</Relationships>'
    ).encode()


def write(path: Path, content: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write parts as a package."""
    with zipfile.ZipFile(path, "w", method) as package:
        for name, xml in content.items():
            package.writestr(name, xml)
    return path


def read(path: Path) -> dict[str, bytes]:
    """Return the parts of a package in their order, having had the whole file checked."""
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        return {name: package.read(name) for name in package.namelist()}


def records(path: Path) -> dict[str, tuple[bytes, bytes]]:
    """Return each entry's bytes up to the next entry, and what the directory has of it but its place."""
    data = path.read_bytes()
    with zipfile.ZipFile(path) as package:
        entries, directory = package.infolist(), package.start_dir
    found = {}
    offsets = sorted([entry.header_offset for entry in entries] + [directory])
    for entry in entries:
        end = offsets[offsets.index(entry.header_offset) + 1]
        lengths = (int.from_bytes(data[directory + at : directory + at + 2], "little") for at in (28, 30, 32))
        after = directory + 46 + sum(lengths)
        listed = data[directory : directory + 42] + data[directory + 46 : after]
        found[entry.filename] = (data[entry.header_offset : end], listed)
        directory = after
    return found
