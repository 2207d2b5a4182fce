"""Calls: arguments and results in JSON, columns and single cells, errors in their place."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.errors import InputError
from duebook_addin.call import Spill, answer, call
from duebook_addin.cells import ERRORS, CellError
from duebook_addin.functions import FUNCTIONS


def result(name: str, *arguments: object) -> object:
    text, _ = call(name, json.dumps(arguments))
    return json.loads(text)


def error(name: str, *arguments: object) -> tuple[str, str]:
    text, ok = call(name, json.dumps(arguments))
    found = json.loads(text)
    assert not ok
    return found["error"], found["message"]


def test_the_call_of_the_catalogue():
    assert call("AGING", '[["2026-01-31", null], [100, 50], "2026-02-15"]') == (
        "[0, 100, 0, 0, 0, 50, 150]",
        True,
    )


@pytest.mark.parametrize("name", ["DAYSLATE", "dayslate", "DUE.DAYSLATE", "due_DaysLate"])
def test_a_name_in_every_spelling(name: str):
    assert call(name, '["2026-01-31", "2026-02-15"]') == ("15", True)


def test_an_unknown_name_is_wrong_use():
    with pytest.raises(InputError, match=r"'DAYSLAT' is no worksheet function\. Did you mean 'DAYSLATE'\?"):
        call("DAYSLAT", "[]")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            ".",
            "DUE.",
            "__class__",
            "__init__",
            "os.system",
            "builtins.eval",
            "duebook_addin.call.answer",
        ),
        *(
            "find",
            "DUE.DUE.AGING",
            "DUE_DUE_AGING",
            "AGING()",
            "AGING(1)",
            "AGING;DSO",
            "AGING\0",
            "../AGING",
        ),
        *("DUE-AGING", "XDUE.AGING", "[1]!DUE_AGING", "=DUE.AGING", "duebook_addin.functions.aging.aging"),
    ],
)
def test_only_a_declared_function_is_called(name: str):
    with pytest.raises(InputError, match="is no worksheet function"):
        call(name, "[]")


@given(st.text() | st.text("DUE._ AGINdueagin", max_size=12))
def test_whatever_a_formula_names_is_a_declared_function_or_refused(name: str):
    with suppress(InputError):
        assert FUNCTIONS.find(name) in list(FUNCTIONS)


@given(
    st.text(max_size=30)
    | st.sampled_from(["=1+1", "__import__('os').getpid()", "{0.__class__}", "%s", "@A1"])
)
def test_text_in_a_cell_stays_text(text: str):
    """Nothing that stands in a cell is calculated, filled in or run: it is the key that it is."""
    table = answer(FUNCTIONS.find("AGINGBY"), [text, "2026-01-31", 1, "2026-02-15"])

    if text and text not in ERRORS:
        assert isinstance(table, Spill)
        assert table.rows[1][0] == text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("", "arguments: not valid JSON: Expecting value: line 1 column 1"),
        ("[1,", "arguments: not valid JSON"),
        ('{"a": 1}', r'arguments: \{"a": 1\} is no cell\. An error cell is'),
        ("5", r"arguments: not a JSON array\. Write one array, such as"),
        ("[NaN, 1]", r"arguments: NaN is no number\. Write null for an empty cell\."),
        ("[-Infinity]", "arguments: -Infinity is no number"),
        ('[{"error": "oops"}]', "is no cell"),
        ('[{"error": "#N/A", "more": 1}]', "is no cell"),
        ("[" * 100_000, "arguments: nested too deeply"),
    ],
)
def test_arguments_that_are_no_json_array_are_wrong_use(arguments: str, message: str):
    with pytest.raises(InputError, match=message):
        call("DSO", arguments)


def test_too_few_and_too_many_arguments_are_named():
    assert error("DSO", 1) == ("#VALUE!", "DSO: sales and days missing; write DSO(receivables, sales, days).")
    assert error("BUCKET") == (
        "#VALUE!",
        "BUCKET: due_date and as_of missing; write BUCKET(due_date, as_of, [edges]).",
    )
    assert error("DAYSLATE", 1, 2, 3) == (
        "#VALUE!",
        "DAYSLATE: 3 arguments are too many; write DAYSLATE(due_date, as_of).",
    )


def test_single_cells_give_a_cell_and_columns_spill_in_their_shape():
    assert result("DAYSLATE", "2026-01-31", "2026-02-01") == 1
    assert result("DAYSLATE", ["2026-01-31"], "2026-02-01") == [1]
    assert result("DAYSLATE", [["2026-01-31"]], "2026-02-01") == [[1]]
    assert result("DAYSLATE", [["2026-01-31", "2026-01-30"], ["2026-01-29", "2026-01-28"]], "2026-02-01") == [
        [1, 2],
        [3, 4],
    ]
    assert result("DAYSLATE", [], "2026-02-01") == []


def test_columns_that_belong_together_may_differ_in_shape_but_not_in_number():
    assert result("DSO", [[10], [20]], [100, 100], 30) == [[3], [6]]
    assert error("DSO", [1, 2, 3], [1, 2], 30) == (
        "#VALUE!",
        (
            "receivables has 3, sales has 2 cells; "
            "columns that belong together have equally many, or one for all."
        ),
    )
    assert error("AGING", ["2026-01-31"] * 2, [1, 2, 3], "2026-02-15")[0] == "#VALUE!"


def test_one_cell_stands_for_all_also_as_a_range_of_one():
    assert result("DSO", [10, 20], 100, 30) == result("DSO", [10, 20], [[100]], [30]) == [3, 6]
    assert result("AGING", "2026-01-31", [1, 2], "2026-02-15") == [0, 3, 0, 0, 0, 0, 3]
    assert result("AGING", ["2026-01-31"], [[1, 2]], [["2026-02-15"]]) == [0, 3, 0, 0, 0, 0, 3]


def test_a_parameter_of_one_cell_takes_no_more():
    assert error("AGING", ["2026-01-31"], [1], ["2026-02-15", "2026-02-16"]) == (
        "#VALUE!",
        "as_of: a range of 2 cells; one cell is allowed.",
    )


def test_an_error_cell_comes_back_in_its_place():
    assert result(
        "DAYSLATE",
        ["2026-01-31", "#REF!", {"error": "#N/A"}, {"error": "#N/A", "message": "why"}],
        "2026-02-01",
    ) == [
        1,
        {"error": "#REF!", "message": "due_date: the cell holds #REF!."},
        {"error": "#N/A", "message": "due_date: the cell holds #N/A."},
        {"error": "#N/A", "message": "why"},
    ]


def test_a_cell_that_cannot_be_read_leaves_the_others_alone():
    text, ok = call("DAYSLATE", '[["2026-01-31", "soon", null, 60], "2026-02-01"]')

    assert ok
    assert [cell if isinstance(cell, int) else cell["error"] for cell in json.loads(text)] == [
        1,
        "#VALUE!",
        "#N/A",
        "#NUM!",
    ]


def test_a_function_that_adds_up_names_the_cell():
    assert error("AGING", ["2026-01-31"] * 3, [1, 2, "3"], "2026-02-15") == (
        "#VALUE!",
        "amount, cell 3: '3' is text, not a number. Turn the text into a number.",
    )
    assert error("AGING", ["2026-01-31"] * 2, [1, "#REF!"], "2026-02-15") == (
        "#REF!",
        "amount, cell 2: the cell holds #REF!.",
    )
    assert error("AGING", ["2026-01-31"] * 2, [1, None], "2026-02-15") == (
        "#N/A",
        "amount, cell 2: the cell is empty; a number is needed.",
    )
    # Counted in the range, not among the filled rows.
    assert error("AGING", [None, None, "2026-01-31"], [None, 1, "x"], "2026-02-15")[1].startswith(
        "amount, cell 3:"
    )


def test_rows_that_are_wholly_empty_are_passed_over():
    assert result("AGING", ["2026-01-31", None, ""], [1, None, ""], "2026-02-15") == [0, 1, 0, 0, 0, 0, 1]
    assert result("AGING", None, None, "2026-02-15") == result("AGING", [], [], "2026-02-15") == [0] * 7
    assert result("DSOCOUNTBACK", 150, [100, 100, None], [30, 30, ""]) == 45


def test_an_optional_argument_that_is_empty_takes_its_default():
    assert result("BUCKET", "2026-01-31", "2026-03-31", None) == "31-60"
    assert result("BUCKET", "2026-01-31", "2026-03-31", [None, ""]) == "31-60"
    assert result("CEI", 100000, 1000000, 120000, 100000, None) == 98


def test_an_argument_that_is_needed_and_empty_is_missing():
    assert error("DAYSLATE", None, "2026-02-15") == ("#N/A", "due_date: the cell is empty; a date is needed.")
    assert error("DUEDATE", "2026-02-15", "") == ("#N/A", "terms: the cell is empty; text is needed.")
    assert error("AGINGBY", ["A"], ["2026-01-31"], [1], None) == (
        "#N/A",
        "as_of: the cell is empty; a date is needed.",
    )


def test_numbers_are_exact_both_ways():
    amounts = "[12345678901234567.89, 0.01, 0.1, 0.2]"
    text, _ = call("AGING", f'["2026-01-31", {amounts}, "2026-01-31"]')

    assert text == "[12345678901234568.2, 0, 0, 0, 0, 0, 12345678901234568.2]"


def test_a_number_that_no_cell_holds_is_out_of_range():
    for number in ("1e400", "-1E999999999", "1e-999999999"):
        text, ok = call("AGING", f'["2026-01-31", {number}, "2026-01-31"]')
        assert not ok
        assert json.loads(text)["error"] == "#NUM!"


BEYOND = "the result is no finite number; a cell holds up to 1.8E+308."


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("DSO", (1e17, 1e-300, 30)),
        ("DSO", (-1e17, 1e-300, 30)),
        ("DSODELAY", (1e17, 0, 1e-300, 30)),
        ("TURNOVER", (1e17, 1e-300, 0)),
        ("CEI", (0, 1e-300, 1e17, 0)),
    ],
)
def test_a_result_that_no_cell_holds_is_out_of_range(name: str, arguments: tuple[float, ...]):
    assert error(name, *arguments) == ("#NUM!", f"{name}: {BEYOND}")
    assert answer(FUNCTIONS.find(name), arguments) == CellError("#NUM!", f"{name}: {BEYOND}")


def test_a_result_that_no_cell_holds_leaves_the_others_alone():
    message = f"DSO: {BEYOND}"

    assert result("DSO", [18000, 1e17], [20000, 1e-300], 30) == [27, {"error": "#NUM!", "message": message}]
    assert answer(FUNCTIONS.find("DSO"), [[[18000.0], [1e17]], [[20000.0], [1e-300]], 30.0]) == Spill(
        [[27.0], [CellError("#NUM!", message)]], flat=False
    )


def test_text_is_written_as_it_is():
    text, _ = call("AGINGBY", '[["华信"], ["2026-01-31"], [1], "2026-02-15"]')

    assert '["华信", 0, 1' in text


def test_hosts_get_rows():
    aging = answer(FUNCTIONS.find("AGING"), [["2026-01-31"], [100.5], 46068.0])
    column = answer(FUNCTIONS.find("DAYSLATE"), [(("2026-01-31",), ("2026-02-01",)), "2026-02-15"])

    assert isinstance(aging, Spill)
    assert [[float(cell) for cell in row] for row in aging.rows] == [[0, 100.5, 0, 0, 0, 0, 100.5]]
    assert column == Spill([[15], [14]], flat=False)
    assert answer(FUNCTIONS.find("DAYSLATE"), ["2026-01-31", "2026-02-15"]) == 15


def test_a_whole_number_of_any_length_is_answered():
    message = "a number of 5001 digits is one that no cell holds."

    assert call("AVAILABLE", f"[1{'0' * 5000}, 0]") == (
        f'{{"error": "#NUM!", "message": "{message}"}}',
        False,
    )


def test_a_gap_where_the_place_says_which_month_it_is():
    assert error("DSOCOUNTBACK", 120, [100, None, 70], 30) == (
        "#N/A",
        "monthly_sales, cell 2: the cell is empty; a number is needed.",
    )
    assert error("DSOCOUNTBACK", 120, [None, 100, 70], [None, 30, 31])[1].startswith("monthly_sales, cell 1")
    assert result("DSOCOUNTBACK", 150, [100, 100, None, ""], 30) == 45
    assert result("DSOCOUNTBACK", 150, [100, 100, None], [30, 30, None]) == 45
    assert error("ECL", [100, None, 50], [0.1, None, 0.5])[1].startswith("balance, cell 2")
    assert result("ECL", [100, None], [0.1, None])[-1] == ["total", 100, 0.1, 10]


def test_a_number_with_thousands_of_digits_is_answered():
    digits = "1" * 5000
    message = "a number of {} characters is one that no cell holds."

    for text in (f"1e{digits}", f"{digits}.5", f"0.{digits}"):
        assert call("AVAILABLE", f"[{text}, 0]") == (
            json.dumps({"error": "#NUM!", "message": message.format(len(text))}),
            False,
        )
    with pytest.raises(InputError, match=r'^arguments: \{"error": "#NUM!"\} is no cell'):
        call("AVAILABLE", f'[{{"error": {digits}}}, 0]')


@pytest.mark.parametrize("empty", [None, [None], [[""]]])
def test_a_cell_that_is_empty_is_missing_whether_it_comes_alone_or_as_a_range(empty: object):
    for due in ("2026-01-31", ["2026-01-31"]):
        assert error("AGING", due, empty, "2026-02-15")[0] == "#N/A"
    assert error("ECL", 100, empty)[0] == "#N/A"
