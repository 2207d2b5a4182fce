"""The page that documents the worksheet functions, written from their declarations.

``python -m duebook_addin.reference > docs/functions.md`` writes it; with ``json`` as its argument the program
writes the declarations themselves. Tests tell when a written copy is out of date.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

from duebook_addin.functions import FUNCTIONS
from duebook_addin.registry import NAMESPACE, Category

if TYPE_CHECKING:
    from collections.abc import Iterator

    from duebook_addin.registry import Function, Text

_HEAD: Final = f"""\
<!-- Written by `python -m duebook_addin.reference`: change the declarations, not this page. -->
# Worksheet functions

In a cell a function is written `={NAMESPACE}.AGING(...)`, or `={NAMESPACE}_AGING(...)` where the host knows
no dots; in a shell `duebook call AGING '[...]'`, with the arguments as one JSON array and the result as JSON.

- A **column** is a range of any shape, read row by row, or one cell that stands for all. Columns that
  belong together have equally many cells. Where every column is one cell the result is one cell, else it
  spills in the shape of the first column. Rows that are empty in every column are passed over by the
  functions that add up.
- A **list** is a range of any length, one cell, or text such as `0,30,60,90`. A **series** is two columns:
  dates, and the number in force from each. **Pairs** are two columns: names, and what each is. A **grid** is
  a range whose rows and columns count.
- **Empty** is missing, not zero; where a figure is needed it gives `#N/A`. A parameter in brackets takes
  its default when it is left out or empty.
- **Numbers** are numbers: text that looks like one, and TRUE or FALSE, give `#VALUE!`.
- **Dates** are date cells, ISO text (`2026-01-31`) or serial numbers of the 1900 date system. Serial 60 gives
  `#NUM!`: Excel shows it as 29 February 1900, a day that never was. Serial 0 is an empty cell.
- **`as_of`** means the end of that day. No function reads the clock.
- **Amounts** are debit positive, and are added up exactly.
- An **error** cell comes back in its place, or as the result where the function adds up. Wrong input gives
  `#VALUE!`, out of range `#NUM!`, a division by nothing `#DIV/0!`, a missing figure `#N/A`.
- In **JSON** a date is ISO text or a serial number, an empty cell `null`, an error cell `"#N/A"` or
  `{{"error": "#N/A"}}`, a range an array of cells or of rows. A result of one row, and a column made from an
  array of cells, is an array of cells; every other range is an array of rows. Numbers are exact decimals,
  dates ISO text, and an error is `{{"error": "#VALUE!", "message": "..."}}`.
"""


def page() -> str:
    """Return the page, in Markdown, English with Chinese beside it."""
    return "\n".join([_HEAD, *_shelves()])


def declarations() -> str:
    """Return all declarations as JSON."""
    return json.dumps([function.describe() for function in FUNCTIONS], ensure_ascii=False, indent=1) + "\n"


def _shelves() -> Iterator[str]:
    for category in Category:
        members = [function for function in FUNCTIONS if function.category is category]
        if members:
            yield f"## {category.value.en} {category.value.zh}\n"
        for function in members:
            yield from _function(function)


def _function(function: Function) -> Iterator[str]:
    yield f"### {function.name}\n"
    yield f"`={NAMESPACE}.{function.usage}`\n"
    yield f"{function.help.en} {function.help.zh}\n"
    if function.asks_store:
        yield "It asks the refreshed store; the examples are of a small one.\n"
    yield "| | | | |\n|---|---|---|---|"
    for parameter in function.parameters:
        yield _row(f"`{parameter.name}`", f"{parameter.kind}, {parameter.shape}", parameter.help)
    yield _row("result", f"{function.result.kind}, {function.result.shape}", function.result.help) + "\n"
    yield "```"
    for example in function.examples:
        yield f"duebook call {function.name} '{_json(list(example.arguments))}'\n{_json(example.result)}"
    yield "```\n"


def _row(name: str, what: str, text: Text) -> str:
    return f"| {name} | {what} | {text.en} | {text.zh} |"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    sys.stdout.write(declarations() if sys.argv[1:] == ["json"] else page())
