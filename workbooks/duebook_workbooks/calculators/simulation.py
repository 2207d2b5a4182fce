# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""The simulation of limits (额度模拟测算): two inputs change, and the others stay as on the limit sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from duebook_workbooks.calculators.limit import INPUTS, METHODS, inputs
from duebook_workbooks.forms.entries import AMOUNT, choice
from duebook_workbooks.forms.form import At
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from duebook_workbooks.forms.form import FormBook

TAB: Final = ("Simulation", "额度模拟")
ABOUT: Final = (
    "A limit for each value of one input with each of another.",
    "两个填写项各取多个数值时的额度表。",
)
_DOWN: Final = (100_000, 200_000, 300_000, 400_000, 600_000, 800_000)
_ACROSS: Final = (0, 3, 5, 6, 12, 24)
_TEXTS: Final = frozenset({Look.CODE, Look.TEXT})


def add(book: FormBook) -> None:
    """Add the sheet."""
    note = (
        "All inputs but these two are those of the sheet Limit.",
        "除以下两项外，其余填写项取自“额度”工作表。",
    )
    form = book.form(TAB, ("Limit simulation", "额度模拟测算"), note, widths=(26, 15, 15, 15, 15, 15, 15))
    names = [[book.said(one.name)] for one in inputs(book) if one.look not in _TEXTS]
    numbers = choice(book.list_of("limit_numbers", names))
    methods = choice(book.list_of("methods", [[book.said(words)] for words in METHODS]))
    form.section("A4", ("What changes", "变化项"))
    for row, words, name, rule, chosen in (
        (5, ("Method", "方法"), "method", methods, book.said(METHODS[0])),
        (6, ("Down the rows", "逐行"), "down", numbers, names[0][0]),
        (7, ("Across the columns", "逐列"), "across", numbers, names[1][0]),
    ):
        form.text(f"A{row}", words)
        form.entry(f"B{row}:C{row}", chosen, Look.CODE, rule, name=f"due_simulation_{name}", called=words)
    form.section("A9", ("Limits", "额度"))
    form.formula("A10", "=due_simulation_down", names[0][0], bold=True)
    form.formula("B10", "=due_simulation_across", names[1][0], bold=True)
    for column in "CDEFG":
        form.fixed(f"{column}10", None)
    for column, value in zip("BCDEFG", _ACROSS, strict=True):
        form.entry(f"{column}11", value, Look.COUNT, AMOUNT, called=("Across the columns", "逐列"))
    form.fixed("A11", None)
    for row, value in enumerate(_DOWN, 12):
        form.entry(f"A{row}", value, Look.COUNT, AMOUNT, called=("Down the rows", "逐行"))
    book.define("due_simulation_rows", form.sheet.title, "A12:A17")
    book.define("due_simulation_columns", form.sheet.title, "B11:G11")
    form.call(
        "I11:O17",  # with the headings, which the function answers too
        "LIMITTABLE",
        *(At("due_simulation_method"), At(INPUTS)),
        *(At("due_simulation_down"), At("due_simulation_rows")),
        *(At("due_simulation_across"), At("due_simulation_columns")),
        looks=[Look.TEXT, *[Look.MONEY] * 6],
    )
    form.hidden("I", "O")
    for shown, hidden in zip("BCDEFG", "JKLMNO", strict=True):
        for row in range(12, 18):
            form.formula(f"{shown}{row}", f"={hidden}{row}", form.value(f"{hidden}{row}"), Look.MONEY)
    form.printed(17)
