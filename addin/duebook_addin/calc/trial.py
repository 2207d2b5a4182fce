"""A sheet whose answers are known: what a fresh installation is tried with."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import quoteattr

_FORMULAS: Final = (
    ('DUE.DAYSLATE("2026-01-31";"2026-02-15")', "15"),
    ('DUE.BUCKET("2026-01-31";"2026-02-15")', "1-30"),
    ("DUE.DSO(18000;20000;30)", "27"),
    ("DUE.DSO(18000;0;30)", "#DIV/0!"),
    ('SUM(DUE.AGING({"2026-01-31"|"2026-03-01"};{100|50};"2026-02-15"))', "300"),
)


def expected() -> list[tuple[str, str]]:
    """Return each formula as people type it, and what its cell shows."""
    return [(f"={formula}", shown) for formula, shown in _FORMULAS]


def _rows() -> str:
    return "".join(
        f"<table:table-row><table:table-cell table:formula={quoteattr(f'of:={formula}')}/></table:table-row>"
        for formula, _ in _FORMULAS
    )


TRIAL: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2" office:version="1.2"'
    ' office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:body><office:spreadsheet>'
    f'<table:table table:name="trial">{_rows()}</table:table>'
    "</office:spreadsheet></office:body></office:document>\n"
)
"""The sheet, a flat OpenDocument file without an answer in it."""
