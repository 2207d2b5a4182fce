"""Where a formula calls Duebook's functions, and how each spreadsheet program spells the call.

===========  ======================  =====================================================================
program      in the file             also read
===========  ======================  =====================================================================
``excel``    ``DUE_DSO(``            with the add-in's file before it, as a link's number (``[1]!``) or a name
``office``   ``_xldudf_DUE_DSO(``    with any file before it: Excel puts other add-ins' there by mistake
``calc``     ``DUE.DSO(``
===========  ======================  =====================================================================

Before each may stand ``_xll.``, ``_xlfn.`` or ``_xludf.``, as programs write what they do not know. Names are
read in any case, for LibreOffice without the extension writes them small, and are written in capitals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

Host: TypeAlias = Literal["excel", "office", "calc"]
"""Excel with the VBA add-in, Excel with the Office add-in, LibreOffice Calc."""

_BEFORE: Final[Mapping[Host, str]] = {"excel": "DUE_", "office": "_xldudf_DUE_", "calc": "DUE."}

# A name's letters: also digits, _ . \ ? and all that is not ASCII. What neither is one nor opens a quotation
# or a bracket stands between operands.
_WORD: Final = r"[^\x00-\x2d/:->@\[\]^`{-\x7f\s]++"
_BETWEEN: Final = r"[\x00-\x21\x23-\x26\x28-\x2d/:->@\]^`{-\x7f\s]*+"
_TEXT: Final = r'"(?:[^"]|"")*+(?:"|\Z)'
_QUOTED: Final = r"'(?:[^']|'')*+(?:'|\Z)"
_BRACKETED: Final = r"\[(?:[^\[\]']|'.|\[(?:[^\[\]']|'.)*+\])*+\]"  # in it an apostrophe escapes what follows
# Texts, sheet names and brackets are passed over whole; a bracket that is not closed ends the search.
_OPERAND: Final = re.compile(
    rf"""
    {_BETWEEN}
    (?:
      (?P<book>(?:{_QUOTED}|{_BRACKETED}(?:{_WORD})?|{_WORD})!)(?P<called>{_WORD})(?=\s*\()
      | (?<![\]'!])(?P<name>{_WORD})(?=\s*\()
      | {_TEXT} | {_QUOTED} | {_BRACKETED} | {_WORD}
      | (?P<broken>\[)
      | \Z
    )
    """,
    re.VERBOSE | re.DOTALL,
)
_SPELT: Final = re.compile(
    r"(?:_xl(?:fn|l|udf)\.)*(?P<office>_xldudf_)?DUE[._](?P<function>[A-Z0-9]+)", re.IGNORECASE | re.ASCII
)
_NUMBER: Final = re.compile(r"\[([0-9]+)\]")
_FILE: Final = re.compile(r"[^\\/\[\]]+\.xl\w+(?=\]?\Z)", re.IGNORECASE)
_ADD_IN: Final = re.compile(r"duebook.*\.xlam", re.IGNORECASE | re.DOTALL)


def spelled(function: str, host: Host) -> str:
    """Return the name of one of our functions as a program has it in its files, such as ``DUE.DSO``."""
    return _BEFORE[host] + function


@dataclass(frozen=True)
class Respelling:
    """A name in a formula that a program spells otherwise.

    Attributes:
        start: Where it starts in the formula, with the file before it if that goes as well.
        end: Where it ends.
        old: The name as it stands there, without a file.
        new: What is to stand there instead.
    """

    start: int
    end: int
    old: str
    new: str


def respellings(
    formula: str, *, to: Host, names: Collection[str], links: Mapping[str, str]
) -> Iterator[Respelling]:
    """Yield the names of Duebook's functions that a program spells otherwise.

    A name counts where it is called, blanks before the bracket allowed, outside texts, sheet names and table
    references, and not as the part of a longer name.

    Args:
        formula: A formula, with or without its equals sign.
        to: The program.
        names: The functions, such as ``DSO``.
        links: The files that ``[1]``, ``[2]`` and so on stand for.
    """
    for operand in _OPERAND.finditer(formula):
        group = operand.lastgroup
        if group is None:
            continue
        if group == "broken":
            return
        spelt = _SPELT.fullmatch(operand[group])
        if spelt is None or spelt["function"].upper() not in names:
            continue
        start = operand.start(group)
        if operand["book"]:
            file = _file(operand["book"], links)
            ours = file is not None and _ADD_IN.fullmatch(file) is not None
            if file is None or not (ours or spelt["office"]):
                continue
            if to != "excel" or not ours:
                start = operand.start("book")
        new = _BEFORE[to] + spelt["function"].upper()
        if formula[start : operand.end()] != new:
            yield Respelling(start, operand.end(), operand[group], new)


def _file(book: str, links: Mapping[str, str]) -> str | None:
    """Return the file that stands before an exclamation mark, empty if unknown; None for a sheet."""
    plain = book[:-1].strip("'")
    number = _NUMBER.fullmatch(plain)
    path = links.get(number[1], "") if number else plain
    file = _FILE.search(path)
    return file[0] if file else "" if number else None
