"""The registry: what it takes from a declaration, and what it refuses because some host could not say it."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pytest

from duebook.errors import InputError
from duebook_addin import reference
from duebook_addin.functions import FUNCTIONS
from duebook_addin.registry import (
    Category,
    Column,
    Days,
    DeclarationError,
    Example,
    Kind,
    Registry,
    Row,
    Shape,
    Text,
)

if TYPE_CHECKING:
    from collections.abc import Callable

HELP = Text("A help.", "说明。")
Amount = Annotated[Decimal, HELP]
Result = Annotated[Decimal, HELP]
REPOSITORY = Path(__file__).parents[2]


def declare(
    body: Callable[..., object],
    *,
    name: str = "NET",
    zh: str = "净额。",
    examples: tuple[Example, ...] = (Example((1,), 1),),
) -> Registry:
    registry = Registry()
    registry.declare(name, Category.AGING, zh, examples=examples)(body)
    return registry


def net(amount: Amount) -> Result:
    """The net amount.

    More about it.
    """
    return amount


def test_a_declaration_says_everything_once():
    def days(
        due_date: Annotated[Column[date | None], HELP],
        as_of: Annotated[date, HELP],
        edges: Annotated[Days, HELP] = (0, 30),
    ) -> Annotated[Row, HELP]:
        """Days of dues."""
        return Row([len(due_date), as_of, *edges])

    found = declare(days, name="DAYS360X", examples=(Example((1, 2), 3),)).find("days360x")

    assert (found.name, found.category, found.help) == (
        "DAYS360X",
        Category.AGING,
        Text("Days of dues.", "净额。"),
    )
    assert [(p.name, p.kind, p.shape, p.required, p.default) for p in found.parameters] == [
        ("due_date", Kind.DATE, Shape.COLUMN, True, None),
        ("as_of", Kind.DATE, Shape.CELL, True, None),
        ("edges", Kind.NUMBER, Shape.LIST, False, (0, 30)),
    ]
    assert (found.result.kind, found.result.shape, found.required) == (Kind.NUMBER, Shape.ROW, 2)
    assert not found.each
    assert found.usage == "DAYS360X(due_date, as_of, [edges])"


def test_a_function_of_single_cells_takes_a_column_in_every_parameter():
    found = declare(net).find("NET")

    assert found.each
    assert [parameter.shape for parameter in found.parameters] == [Shape.COLUMN]
    assert found.help.en == "The net amount."


def test_the_decorated_function_stays_as_it_was():
    assert Registry().declare("NET", Category.AGING, "净额。", examples=[Example((1,), 1)])(net) is net


@pytest.mark.parametrize("name", ["A1", "ABC1", "XFD1048576", "DSO90", "R1C1", "RC", "R12C", "RC5", "R", "C"])
def test_a_name_that_excel_reads_as_a_cell_is_refused(name: str):
    rule = "cell reference" if sum(map(str.isalpha, name)) > 2 else "cell reference|at least 3 letters"
    with pytest.raises(DeclarationError, match=rule):
        declare(net, name=name)


@pytest.mark.parametrize("name", ["DS", "D1S2", "DAYS_LATE", "Dso", "DUE.DSO", "3DAYS", "", "ÄGING", "DSO "])
def test_a_name_outside_the_alphabet_of_all_hosts_is_refused(name: str):
    with pytest.raises(
        DeclarationError, match="of A-Z and 0-9, begins with a letter and has at least 3 letters"
    ):
        declare(net, name=name)


@pytest.mark.parametrize("name", ["RELEASE", "STRING", "TYPE", "SEQUENCE"])
def test_a_name_that_no_libreoffice_add_in_can_have_is_refused(name: str):
    with pytest.raises(DeclarationError, match="a word of LibreOffice's interfaces"):
        declare(net, name=name)


def test_a_name_has_an_end():
    declare(net, name="N" * 90)
    with pytest.raises(DeclarationError, match="the name has 91 characters; 90 are allowed"):
        declare(net, name="N" * 91)


@pytest.mark.parametrize("name", ["TRUE", "FALSE"])
def test_a_constant_is_no_name(name: str):
    with pytest.raises(DeclarationError, match="constant of every spreadsheet"):
        declare(net, name=name)


@pytest.mark.parametrize("name", ["NET", "OPEN", "ABCD1", "DAYS360X", "RACE", "RC1RC1X"])
def test_other_names_are_taken(name: str):
    assert declare(net, name=name).find(name).name == name


def test_a_name_is_taken_once():
    registry = declare(net)
    with pytest.raises(DeclarationError, match=r"NET: the name is taken"):
        registry.declare("NET", Category.AGING, "净额。", examples=[Example((1,), 1)])(net)


def test_a_keyword_only_parameter_is_refused():
    def body(*, amount: Amount) -> Result:
        """Help."""
        return amount

    with pytest.raises(DeclarationError, match="amount is keyword-only; a formula names no arguments"):
        declare(body)


def test_a_repeating_parameter_is_refused():
    def many(first: Amount = Decimal(0), *amounts: Amount) -> Result:
        """Help."""
        return sum(amounts, first)

    def named(**amounts: Amount) -> Result:
        """Help."""
        return sum(amounts.values(), Decimal(0))

    with pytest.raises(
        DeclarationError, match=r"amounts repeats; .*beside an optional parameter: take a column"
    ):
        declare(many)
    with pytest.raises(DeclarationError, match="amounts repeats"):
        declare(named)


def test_a_parameter_called_caller_is_refused():
    def body(caller: Amount) -> Result:
        """Help."""
        return caller

    with pytest.raises(DeclarationError, match="no parameter is called caller; xlwings"):
        declare(body)


def test_a_parameter_outside_snake_case_is_refused():
    def body(amountDue: Amount) -> Result:  # noqa: N803 - what is refused
        """Help."""
        return amountDue

    with pytest.raises(DeclarationError, match="amountDue: a parameter is in snake_case"):
        declare(body)


def test_a_parameter_called_like_its_function_is_refused():
    def body(due_net: Amount) -> Result:
        """Help."""
        return due_net

    with pytest.raises(DeclarationError, match="due_net is what VBA calls the function itself"):
        declare(body)
    declare(body, name="GROSS")


def test_a_formula_has_at_most_30_arguments():
    def many(count: int) -> Callable[..., object]:
        names = [f"amount{letter}" for letter in range(count)]
        scope = {"Amount": Amount, "Result": Result}
        exec(f"def body({': Amount, '.join(names)}: Amount) -> Result: 'Help.'", scope)  # noqa: S102 - too many to write
        return scope["body"]

    assert len(declare(many(30), examples=(Example((1,) * 30, 1),)).find("NET").parameters) == 30
    with pytest.raises(DeclarationError, match="it has 31 parameters; 30 are allowed"):
        declare(many(31), examples=(Example((1,) * 31, 1),))


def test_a_default_is_what_a_cell_holds():
    def share(part: Amount = Decimal("0.50")) -> Result:
        """Help."""
        return part

    [described] = json.loads(json.dumps(declare(share, examples=(Example((), 0.5),)).find("NET").describe()))[
        "parameters"
    ]
    assert described["default"] == 0.5

    def body(since: Annotated[date, HELP] = date(2026, 1, 31)) -> Result:
        """Help."""
        return Decimal(since.year)

    with pytest.raises(
        DeclarationError, match=r"since: the default datetime\.date\(2026, 1, 31\) is no cell"
    ):
        declare(body)


def test_help_is_needed_for_function_parameter_and_result_in_both_languages():
    def undocumented(amount: Amount) -> Result:
        return amount

    def bare(amount: Decimal) -> Result:
        """Help."""
        return amount

    def half(amount: Annotated[Decimal, Text("Amount.", " ")]) -> Result:
        """Help."""
        return amount

    def worded(amount: Annotated[Decimal, "Amount."]) -> Result:
        """Help."""
        return amount

    def resultless(amount: Amount) -> Decimal:
        """Help."""
        return amount

    with pytest.raises(DeclarationError, match="the English help of the function is missing"):
        declare(undocumented)
    with pytest.raises(DeclarationError, match="the Chinese help of the function is missing"):
        declare(net, zh="")
    with pytest.raises(DeclarationError, match="the Chinese help of amount is missing"):
        declare(half)
    with pytest.raises(DeclarationError, match=r"the result has no help; write Annotated\[type, Text"):
        declare(resultless)
    for body in (bare, worded):
        with pytest.raises(DeclarationError, match=r"amount has no help; write Annotated\[type, Text"):
            declare(body)


def test_help_has_at_most_255_characters_on_one_line():
    declare(net, zh="净" * 254 + "。")
    for long in ("净" * 255 + "。", "净" * 253 + "𠀀。"):  # the last letter but one is two to Excel
        with pytest.raises(
            DeclarationError, match="Chinese help of the function has 256 characters; 255 are allowed"
        ):
            declare(net, zh=long)
    with pytest.raises(DeclarationError, match="not one line"):
        declare(net, zh="净\n额。")


def test_help_is_a_sentence_in_both_languages():
    def said(amount: Annotated[Decimal, Text("An amount", "金额。")]) -> Result:
        """Help."""
        return amount

    with pytest.raises(DeclarationError, match="the English help of amount is no sentence"):
        declare(said)
    for text in ("净额", "净额. ", " 净额。", "净额."):
        with pytest.raises(DeclarationError, match="the Chinese help of the function is no sentence"):
            declare(net, zh=text)


def test_a_type_that_no_cell_holds_is_refused():
    def takes(amount: Annotated[bytes, HELP]) -> Result:
        """Help."""
        return Decimal(len(amount))

    def gives(amount: Amount) -> Annotated[bytes, HELP]:
        """Help."""
        return bytes(int(amount))

    with pytest.raises(DeclarationError, match=r"NET: amount is of type .*bytes.*, which no cell holds"):
        declare(takes)
    with pytest.raises(DeclarationError, match=r"NET: the result is of type .*bytes.*, which no cell holds"):
        declare(gives)


def test_every_function_shows_an_example_that_can_be_called():
    with pytest.raises(DeclarationError, match="has no example"):
        declare(net, examples=())
    with pytest.raises(DeclarationError, match="an example gives 2 arguments, not 1 to 1"):
        declare(net, examples=(Example((1, 2), 3),))


@pytest.mark.parametrize(
    "value",
    [
        *(
            date(2026, 1, 31),
            b"1",
            1j,
            float("nan"),
            float("inf"),
            10**16,
            "a\nb",
            {"code": "#N/A"},
            {"error": 1},
        ),
        *([], [[]], [[1, 2], [3]], [[1], 2], [[[1]]], (1, 2), [date(2026, 1, 31)]),
    ],
)
def test_an_example_is_what_a_sheet_holds(value: object):
    with pytest.raises(DeclarationError, match=r"an example has .*, which no sheet holds"):
        declare(net, examples=(Example((value,), 1),))
    with pytest.raises(DeclarationError, match=r"an example has .*, which no sheet holds"):
        declare(net, examples=(Example((1,), value),))


@pytest.mark.parametrize(
    "value", [None, True, -0.5, "华信", {"error": "#N/A"}, [1, None], [[1, "a"], [None, 2]]]
)
def test_an_example_may_be_a_cell_or_a_range(value: object):
    assert declare(net, examples=(Example((value,), value),)).find("NET").examples == (
        Example((value,), value),
    )


@pytest.mark.parametrize("name", ["AGING", "aging", " Aging ", "DUE.AGING", "due_aging"])
def test_a_function_is_found_in_every_spelling(name: str):
    assert FUNCTIONS.find(name).name == "AGING"


def test_an_unknown_function_names_the_nearest():
    with pytest.raises(InputError) as caught:
        FUNCTIONS.find("DUE.AGIN")
    assert str(caught.value) == "'DUE.AGIN' is no worksheet function. Did you mean 'AGING'?"


def test_an_unknown_function_near_none_lists_all():
    with pytest.raises(InputError, match=r"There are AGING, AGINGBY, .*, WRITEOFF\."):
        FUNCTIONS.find("XYZ")


def test_a_long_name_is_looked_up_and_quoted_in_part():
    with pytest.raises(InputError) as caught:
        FUNCTIONS.find("AGING" * 100_000)
    assert len(str(caught.value)) < 1_000


def test_functions_come_by_name():
    names = [function.name for function in FUNCTIONS]

    assert names == sorted(names)
    assert len(FUNCTIONS) == len(names) == len(set(names))


CATALOGUE = """
    DAYSLATE due_date as_of
    BUCKET due_date as_of [edges]
    AGING due_date amount as_of [edges]
    AGINGBY key due_date amount as_of [edges]
    OPEN amount posting_date item alloc_item alloc_amount alloc_date as_of
    DSO receivables sales days
    DSOCOUNTBACK receivables monthly_sales month_days
    DSOBEST current_receivables sales days
    DSODELAY receivables current_receivables sales days
    TURNOVER sales opening closing
    CEI opening sales closing closing_current [months]
    AVGDAYSLATE due_date paid_date amount
    PAYINDEX days_late [policy]
    ALTMAN model working_capital retained_earnings ebit equity total_liabilities total_assets [sales]
    ALTMANZONE model z
    RATIO name figures
    SCORE factor value [policy]
    SCOREWHY factor value [policy]
    GRADE score [policy]
    TERMS industry grade [policy]
    DUNNING due_date as_of [disputed] [policy]
    LIMIT method inputs [policy]
    LIMITSTEP monthly_turnover months good_record [policy]
    EXPOSURE open [orders] [unbilled] [bills] [unapplied] [collateral] [insured] [disputed] [policy]
    AVAILABLE limit exposure
    DISCOUNTCOST terms [basis] [method]
    ECL balance loss_rate [forward_factor]
    LOSSRATES balances [written_off]
    INDEMNITY debt limit insured_pct [deductible] [first_loss] [max_liability] [order] [policy]
    PLAN amount instalments first_date [annual_rate] [method]
    DUEDATE document_date terms
    INTEREST principal due_date paid_date annual_rate [basis] [rounding]
    PROFILE customer field [as_of]
    OPENITEMS customer [as_of]
    PORTFOLIO measure [as_of] [by]
"""


@pytest.mark.parametrize("line", CATALOGUE.split("\n")[1:-1])
def test_names_and_order_of_the_catalogue_stay(line: str):
    name, *parameters = line.split()

    assert FUNCTIONS.find(name).usage == f"{name}({', '.join(parameters)})"


def test_the_snapshot_has_every_declaration():
    snapshot = (Path(__file__).parent / "functions.json").read_text(encoding="utf-8")

    assert json.loads(reference.declarations()) == json.loads(snapshot), (
        "python -m duebook_addin.reference json > tests/addin/functions.json writes it anew"
    )


def test_the_documentation_has_every_declaration():
    written = (REPOSITORY / "docs" / "functions.md").read_text(encoding="utf-8")

    assert written == reference.page(), "python -m duebook_addin.reference > docs/functions.md writes it anew"


@pytest.mark.parametrize(
    ("word", "name"),
    [
        *(("overdue", "AGING"), ("late", "STATUTORYINTEREST"), ("逾期", "OPENITEMS"), ("账龄", "AGING")),
        *(("bad debt", "ECL"), ("坏账", "ECL"), ("credit limit", "EXPOSURE"), ("信用额度", "EXPOSURE")),
        *(("cash discount", "DISCOUNTCOST"), ("collection", "DUNNING"), ("催款", "DUNNING")),
        *(("credit rating", "GRADE"), ("分期付款", "PLAN")),
    ],
)
def test_a_function_is_declared_with_other_words_for_it(word: str, name: str):
    declared = FUNCTIONS.find(name).describe()
    words, text = declared["keywords"], declared["help"]

    assert word in f"{words} {text}"
