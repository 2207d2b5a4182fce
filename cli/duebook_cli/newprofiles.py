"""New credit profiles: of one customer, or a file for each of several."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from duebook_cli.context import the_book
from duebook_cli.output import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Literal

    import typer

    from duebook_workbooks.credit_profile import Choice

ALL: Final = "all"
"""What stands for every customer."""
_UNSAFE: Final = re.compile(r"[^\w.\- ]+")
_LONGEST: Final = 180  # bytes, of 255 that file systems have


def new_profiles(
    context: typer.Context,
    asked: Sequence[str],
    output: Path | None,
    *,
    language: Literal["en", "zh"],
    host: Literal["excel", "office", "calc"],
) -> None:
    """Write the credit profile of one customer, or into a folder a file for each of several.

    Nothing that exists is overwritten; where one file is in the way, none is written.

    Args:
        context: Of the command.
        asked: The customers as they were given; none for the one who owes most, ``all`` for every one.
        output: The file, or the folder for several, which is made where it is missing.
        language: Of the texts.
        host: The program whose spelling the formulas have.

    Raises:
        InputError: A file or folder is in the way, ``all`` does not stand alone, or a key means several.
        NoAnswerError: There is no such customer, or no ledger yet.
    """
    from duebook.errors import InputError
    from duebook_addin.book import current_policy
    from duebook_cli.desk import ready
    from duebook_cli.newworkbook import answered, refuse_existing
    from duebook_etl.credit_profiles import a_single, choices, write_profile_workbook

    if ALL in asked and len(asked) > 1:
        raise InputError(f"--customer: {ALL} stands for every customer; say it alone.")
    if len(asked) > 1 or asked == [ALL]:
        folder = output
        if folder is None:
            raise InputError(
                "--output: several profiles go into a folder.", hint="Name it, such as --output profiles."
            )
        if folder.exists() and not folder.is_dir():
            raise InputError(f"{folder}: it is a file; several profiles go into a folder.")
    else:
        folder = None
        refuse_existing(output or Path("profile.xlsx"))
    ready(context.obj)
    with the_book(context) as book:
        as_of, known = book.last_day(), choices(book)
        wanted: dict[Path, str | None] = {}
        if folder is None:
            wanted[output or Path("profile.xlsx")] = asked[0] if asked else None
        else:
            every = asked == [ALL]
            chosen = known.choices.values() if every else [known.of(a_single(book, one)) for one in asked]
            wanted = {folder / name: key for name, key in file_names(chosen).items()}
            folder.mkdir(parents=True, exist_ok=True)
            for path in wanted:
                refuse_existing(path)
        for path, customer in wanted.items():
            write_profile_workbook(
                path,
                book,
                answered,
                customer=customer,
                language=language,
                host=host,
                as_of=as_of,
                policy=current_policy(),
            )
            say(f"Written: {path}")


def file_names(customers: Iterable[Choice]) -> dict[str, str]:
    """Return a name of a file for each customer, and whose it is: one that every file system takes.

    Args:
        customers: The customers, each once or more often.

    Returns:
        The key of each by its file, such as ``profile C1066 Acme.xlsx``; a number where two were the same.
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for one in dict.fromkeys(customers):
        plain = _UNSAFE.sub("_", f"profile {one.key} {one.name}").strip(" ._")
        short = plain.encode()[:_LONGEST].decode(errors="ignore").rstrip(" ._")
        name, number = short, 2
        while name.casefold() in taken:
            name, number = f"{short} {number}", number + 1
        taken.add(name.casefold())
        names[f"{name}.xlsx"] = one.key
    return names
