"""What a declaration of a worksheet function may not say, because some host could not say it.

A parameter that is called like a word of VBA or another language is no such thing, for the catalogue has an
``open``: a host that writes source code gives it a name of its own there.
"""

from __future__ import annotations

import re
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import inspect
    from collections.abc import Container, Sequence

    from duebook_addin.registry import Example

_LONGEST_HELP: Final = 255
_FEWEST_LETTERS: Final = 3
_LONGEST_NAME: Final = 90
_MOST_PARAMETERS: Final = 30
# Excel would read these as cells: A1 and R1C1, in every form.
_CELL_REFERENCE: Final = re.compile(r"[A-Z]{1,3}[0-9]+|R[0-9]*C[0-9]*")
# LibreOffice finds a function as a method, which is called like none that every object has, and like no word
# of the language that methods are declared in.
_NO_METHODS: Final = frozenset(
    """
    ACQUIRE RELEASE ANY ATTRIBUTE BOOLEAN BOUND BYTE CHAR CONST CONSTANTS CONSTRAINED DOUBLE ENUM EXCEPTION
    FLOAT GET HYPER INOUT INTERFACE LONG MAYBEAMBIGUOUS MAYBEDEFAULT MAYBEVOID MODULE OPTIONAL OUT PROPERTY
    PUBLISHED RAISES READONLY REMOVABLE SEQUENCE SERVICE SET SHORT SINGLETON STRING STRUCT TRANSIENT TYPE
    TYPEDEF UNSIGNED VOID
    """.split()  # noqa: SIM905 - words in quotation marks are no easier to read
)
_LARGEST_EXAMPLE: Final = 10**15


class DeclarationError(Exception):
    """A declaration says what not every host can say: a defect of the declaration, not of an input."""


def check_name(name: str, taken: Container[str]) -> None:
    """Refuse a function's name.

    Raises:
        DeclarationError: A spreadsheet would read it as something else, or it is taken.
    """
    if (
        not re.fullmatch(r"[A-Z][A-Z0-9]*", name)
        or sum(letter.isalpha() for letter in name) < _FEWEST_LETTERS
    ):
        raise DeclarationError("a name is of A-Z and 0-9, begins with a letter and has at least 3 letters.")
    if len(name) > _LONGEST_NAME:
        raise DeclarationError(f"the name has {len(name)} characters; {_LONGEST_NAME} are allowed.")
    if _CELL_REFERENCE.fullmatch(name):
        raise DeclarationError("the name is a cell reference; Excel would read the cell.")
    if name in {"TRUE", "FALSE"}:
        raise DeclarationError("the name is a constant of every spreadsheet.")
    if name in _NO_METHODS:
        raise DeclarationError("the name is a word of LibreOffice's interfaces; no add-in has it.")
    if name in taken:
        raise DeclarationError("the name is taken; every function has its own.")


def check_parameters(function: str, signature: Sequence[inspect.Parameter]) -> None:
    """Refuse parameters by their number, kind or name.

    Args:
        function: The function's name in VBA.
        signature: The parameters.

    Raises:
        DeclarationError: A formula, or the code that a host writes for it, could not have them.
    """
    if len(signature) > _MOST_PARAMETERS:
        raise DeclarationError(f"it has {len(signature)} parameters; {_MOST_PARAMETERS} are allowed.")
    for parameter in signature:
        name = parameter.name
        if parameter.kind is parameter.KEYWORD_ONLY:
            raise DeclarationError(f"{name} is keyword-only; a formula names no arguments.")
        if parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
            raise DeclarationError(
                f"{name} repeats; not every host can say it beside an optional parameter: take a column."
            )
        if name == "caller":
            raise DeclarationError("no parameter is called caller; xlwings fills it with the calling cell.")
        if name == function.lower():
            raise DeclarationError(f"{name} is what VBA calls the function itself; VBA does not tell case.")
        if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
            raise DeclarationError(f"{name}: a parameter is in snake_case, of a-z and 0-9.")
        default = parameter.default
        if default is not parameter.empty and not _is_cell(default) and not _is_list(default):
            raise DeclarationError(f"{name}: the default {default!r} is no cell and no list of cells.")


def check_help(english: str, chinese: str, whose: str) -> None:
    """Refuse a help text.

    Args:
        english: The text.
        chinese: The same in Chinese.
        whose: What it is of, for messages.

    Raises:
        DeclarationError: A function wizard could not show it.
    """
    for language, words, stop in (("English", english, "."), ("Chinese", chinese, "。")):
        if not words.strip():
            raise DeclarationError(f"the {language} help of {whose} is missing.")
        length = len(words.encode("utf-16-le")) // 2  # as Excel counts
        if length > _LONGEST_HELP:
            raise DeclarationError(
                f"the {language} help of {whose} has {length} characters; {_LONGEST_HELP} are allowed."
            )
        if not words.isprintable():
            raise DeclarationError(f"the {language} help of {whose} is not one line of printable text.")
        if words != words.strip() or not words.endswith(stop):
            raise DeclarationError(
                f"the {language} help of {whose} is no sentence: no blank at its ends, and {stop} at its end."
            )


def check_examples(examples: Sequence[Example], required: int, allowed: int) -> None:
    """Refuse examples.

    Args:
        examples: The examples.
        required: How many arguments a call has at least.
        allowed: How many it has at most.

    Raises:
        DeclarationError: There is none, or a sheet could not hold one.
    """
    if not examples:
        raise DeclarationError("it has no example; every function shows at least one.")
    for example in examples:
        given = len(example.arguments)
        if not required <= given <= allowed:
            raise DeclarationError(f"an example gives {given} arguments, not {required} to {allowed}.")
        for value in (*example.arguments, example.result):
            if not _is_cell(value) and not _is_range(value):
                raise DeclarationError(
                    f"an example has {value!r}, which no sheet holds: a cell is text, a number, a boolean, "
                    'None or {"error": "#N/A"}, and a range a list of cells or of rows of equal length.'
                )


def _is_cell(value: object) -> bool:
    if isinstance(value, dict):
        return isinstance(value.get("error"), str) and value.keys() <= {"error", "message"}
    if isinstance(value, int | float | Decimal):
        return isfinite(value) and -_LARGEST_EXAMPLE <= value <= _LARGEST_EXAMPLE
    return value is None or (isinstance(value, str) and value.isprintable())


def _is_list(value: object) -> bool:
    return isinstance(value, tuple) and all(map(_is_cell, value))


def _is_range(value: object) -> bool:
    if not isinstance(value, list) or not value:
        return False
    if all(isinstance(row, list) for row in value):
        widths = {len(row) for row in value}
        return len(widths) == 1 and 0 not in widths and all(_is_cell(cell) for row in value for cell in row)
    return all(map(_is_cell, value))
