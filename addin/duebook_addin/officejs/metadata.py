"""What Office reads of the functions: ``functions.json``, and the line of script that associates them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from duebook_addin.functions import FUNCTIONS
from duebook_addin.registry import Shape

if TYPE_CHECKING:
    from duebook_addin.registry import Function, Text

Language = Literal["en", "zh"]


def functions_json(language: Language, help_url: str) -> str:
    """Return the metadata of all functions.

    Every parameter is a matrix of any: so it takes a cell as well as a range, and errors as they are. Every
    result is one too: a result of one cell fills one cell.

    Args:
        language: The language of the help; names are the same in each.
        help_url: The page that explains the functions; a function's own place is behind ``#``.
    """
    document = {
        "allowCustomDataForDataTypeAny": True,
        "allowErrorForDataTypeAny": True,
        "functions": [_metadata(function, language, help_url) for function in FUNCTIONS],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _metadata(function: Function, language: Language, help_url: str) -> dict[str, object]:
    return {
        "id": function.name,
        "name": function.name,
        "description": _in(language, function.help),
        "helpUrl": f"{help_url}#{function.name}",
        "parameters": [
            {
                "name": parameter.name,
                "description": _in(language, parameter.help),
                "type": "any",
                "dimensionality": "matrix",
            }
            | ({} if parameter.required else {"optional": True})
            for parameter in function.parameters
        ],
        "result": {"type": "any", "dimensionality": "matrix"},
    }


def _in(language: Language, text: Text) -> str:
    return text.zh if language == "zh" else text.en


def associations() -> str:
    """Return the line of script that associates every function with its id."""
    return f"duebook.associate({json.dumps([_association(each) for each in FUNCTIONS])});\n"


def _association(function: Function) -> dict[str, object]:
    # Where rows that are empty in every column are passed over anyway, they need not travel: people select
    # whole columns of a sheet, a million rows.
    passes_over = not function.each and function.result.shape is not Shape.COLUMN
    columns = [place for place, each in enumerate(function.parameters) if each.shape is Shape.COLUMN]
    return {
        "id": function.name,
        "columns": columns if passes_over else [],
        "store": function.asks_store,
    }
