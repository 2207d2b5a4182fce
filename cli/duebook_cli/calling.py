"""The worksheet functions from a shell: for tests, scripts and a first try without a spreadsheet."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from duebook_cli.context import CONFIG_FILE, JsonOption, Lang
from duebook_cli.output import say, say_as_json, say_json, show_table

if TYPE_CHECKING:
    from duebook_addin.registry import Function, Text


def in_language(text: Text, lang: Lang) -> str:
    """Return a text in one of its languages."""
    return text.zh if lang is Lang.ZH else text.en


def call(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The function, such as AGING or DUE.AGING.")],
    arguments: Annotated[
        str,
        typer.Argument(
            metavar="ARGS", help="Its arguments as one JSON array; - reads them from standard input."
        ),
    ] = "[]",
) -> None:
    """Call a worksheet function, as a cell would.

    The result is printed as JSON. An error value prints {"error": ..., "message": ...}, with exit code 1.

    duebook call AGING '[["2026-01-31", null], [100, 50], "2026-02-15"]'
    """
    from duebook_addin import functions as _  # noqa: F401 - declares them
    from duebook_addin.call import call as answer
    from duebook_cli.desk import ready

    alone = context.obj == CONFIG_FILE and not context.obj.exists()
    ready(None if alone else context.obj)
    result, answered = answer(name, sys.stdin.read() if arguments == "-" else arguments)
    say_as_json(result)
    if not answered:
        raise typer.Exit(1)


def functions(
    name: Annotated[
        str | None, typer.Argument(help="One function, with its parameters and examples.")
    ] = None,
    lang: Annotated[Lang, typer.Option(help="The language of the help.")] = Lang.EN,
    as_json: JsonOption = False,
) -> None:
    """List the worksheet functions, or show the help of one."""
    from duebook_addin import functions as _  # noqa: F401 - declares them
    from duebook_addin.registry import FUNCTIONS

    if as_json:
        chosen = list(FUNCTIONS) if name is None else [FUNCTIONS.find(name)]
        say_json([each.describe() for each in chosen])
    elif name is None:
        show_table(
            "Worksheet functions: =DUE.NAME(...) or =DUE_NAME(...)",
            ["function", "arguments", "what it does"],
            ([each.name, _arguments(each), in_language(each.help, lang)] for each in FUNCTIONS),
            left=3,
        )
    else:
        _show_function(FUNCTIONS.find(name), lang)


def _arguments(one: Function) -> str:
    return ", ".join(p.name if p.required else f"[{p.name}]" for p in one.parameters)


def _show_function(one: Function, lang: Lang) -> None:
    say(f"DUE.{one.name}({_arguments(one)})")
    say(in_language(one.help, lang))
    show_table(
        "",
        ["argument", "holds", "what it is"],
        ([p.name, f"{p.kind} {p.shape}", in_language(p.help, lang)] for p in one.parameters),
        left=3,
    )
    say(f"gives {in_language(one.result.help, lang)}")
    for example in one.examples:
        say(f"  duebook call {one.name} '{json.dumps(example.arguments, ensure_ascii=False)}'")
        say(f"  {json.dumps(example.result, ensure_ascii=False)}")
