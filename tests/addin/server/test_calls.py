"""Batches of calls through a running server: what cells are on the wire, and what each call is answered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from duebook_addin.functions import FUNCTIONS
from serving import serving
from smallbook import prepare_faulty_book

if TYPE_CHECKING:
    import httpx

    from duebook_addin.registry import Example, Function

EXAMPLES = [
    pytest.param(function, example, id=f"{function.name}-{number}")
    for function in FUNCTIONS
    for number, example in enumerate(function.examples, start=1)
]


def results(client: httpx.Client, *calls: list[object]) -> list[Any]:
    body = json.dumps({"calls": calls})  # httpx writes no half of a surrogate pair
    answered = client.post("/calls", content=body, headers={"content-type": "application/json"})
    assert answered.status_code == 200, answered.text
    found: list[Any] = answered.json()["results"]
    assert len(found) == len(calls)
    return found


def as_example(result: object) -> object:
    """Write a result as examples have it: dates as text, a row or a column of a list as a list."""
    if isinstance(result, list):
        rows = [[as_example(cell) for cell in row] for row in result]
        return rows[0] if len(rows) == 1 else [row[0] for row in rows] if len(rows[0]) == 1 else rows
    return result["date"] if isinstance(result, dict) and "date" in result else result


@pytest.mark.parametrize(("function", "example"), EXAMPLES)
def test_the_examples_are_answered(signed_in: httpx.Client, function: Function, example: Example):
    (result,) = results(signed_in, [function.name, list(example.arguments)])
    assert as_example(result) == example.result


def test_cells_are_told_apart(signed_in: httpx.Client):
    """Of a key there is a row for each kind: a number, text that looks like it, a date, and nothing."""
    keys = [7, "7", {"date": "2026-01-31"}, None, "", 0.1]
    (table,) = results(signed_in, ["AGINGBY", [keys, ["2026-01-31"] * 6, [1, 2, 4, 8, 16, 32], 46_000]])
    assert [row[0] for row in table] == ["key", 0.1, 7, {"date": "2026-01-31"}, "7", None, "total"]
    assert [row[-1] for row in table] == ["total", 32, 1, 4, 2, 24, 63]


def test_a_boolean_is_no_number_and_no_text(signed_in: httpx.Client):
    number, text = results(signed_in, ["DSO", [True, 100, 30]], ["PROFILE", [False, "open"]])
    assert number["error"] == text["error"] == "#VALUE!"
    assert number["message"].startswith("receivables: TRUE is a boolean")


def test_errors_come_back_in_their_place(signed_in: httpx.Client):
    (column,) = results(
        signed_in,
        ["DAYSLATE", [["2026-01-31", {"error": "#REF!"}, {"error": "#N/A", "message": "why"}], 46_053]],
    )
    assert column[0] == [0]
    assert column[1] == [{"error": "#REF!", "message": "due_date: the cell holds #REF!."}]
    assert column[2] == [{"error": "#N/A", "message": "why"}]


def test_a_range_of_rows_answers_in_rows_and_one_cell_in_one(signed_in: httpx.Client):
    square, column, row, cell = results(
        signed_in,
        ["DAYSLATE", [[[46_000, 46_001], [46_002, None]], 46_003]],
        ["DAYSLATE", [[46_000, 46_001], 46_003]],
        ["DAYSLATE", [[[46_000, 46_001]], 46_003]],
        ["DAYSLATE", [46_000, 46_003]],
    )
    assert square[0] == [3, 2]
    assert square[1][0] == 1
    assert square[1][1]["error"] == "#N/A"
    assert column == [[3], [2]]
    assert row == [[3, 2]]
    assert cell == 3


def test_whole_numbers_and_decimals_are_the_same_number(signed_in: httpx.Client):
    (table,) = results(signed_in, ["AGINGBY", [[7, 7.0], [46_000, 46_000.0], [1, 2.0], 46_000]])
    assert [row[0] for row in table] == ["key", 7, "total"]


@pytest.mark.parametrize("number", ["1e308", "-0", "1e-320", "123456789012345678", "1e999", "9" * 5000])
def test_a_number_of_any_size_is_answered(signed_in: httpx.Client, number: str):
    body = f'{{"calls":[["DAYSLATE",[{number},{number}]],["DSO",[{number},{number},{number}]]]}}'
    answered = signed_in.post("/calls", content=body, headers={"content-type": "application/json"})
    assert answered.status_code == 200
    assert len(json.loads(answered.text, parse_constant=pytest.fail)["results"]) == 2


def test_text_of_any_kind_comes_back_as_it_was(signed_in: httpx.Client):
    keys = ["应收账款", "é", "\U0001f4a9", '"\\', "\x00\x1f\u2028", "=1+1"]
    (table,) = results(signed_in, ["AGINGBY", [keys, 46_000, 1, 46_000]])
    assert {row[0] for row in table[1:-1]} == set(keys)


def test_what_is_wrong_with_one_call_is_its_answer(signed_in: httpx.Client):
    unknown, few, fine = results(signed_in, ["AGIN", []], ["AGING", [1]], ["DUE.dayslate", [46_000, 46_001]])
    assert unknown == {
        "error": "#NAME?",
        "message": "'AGIN' is no worksheet function. Did you mean 'AGING'?",
    }
    assert few["error"] == "#VALUE!"
    assert "missing; write AGING(" in few["message"]
    assert fine == 1


def test_an_empty_batch_has_no_answers(signed_in: httpx.Client):
    assert results(signed_in) == []


def test_a_defect_costs_one_call_its_answer_and_tells_nothing(capfd: pytest.CaptureFixture[str]):
    calls = [["PROFILE", ["C1", "open"]], ["DAYSLATE", [46_000, 46_001]]]
    with serving(prepare=prepare_faulty_book) as server, server.client(headers=server.signed_in) as client:
        answered = client.post("/calls", json={"calls": calls})
    failed, fine = answered.json()["results"]
    assert failed == {
        "error": "#N/A",
        "message": "PROFILE: the calculation failed; the server's log says why.",
    }
    assert fine == 1
    assert "RuntimeError: secret of C1" in capfd.readouterr().err


def test_a_process_that_ends_is_started_again():
    calls = [["PROFILE", ["end", "open"]]]
    with serving(prepare=prepare_faulty_book) as server, server.client(headers=server.signed_in) as client:
        ended = client.post("/calls", json={"calls": calls})
        after = [client.post("/calls", json={"calls": [["DAYSLATE", [1, 2]]]}) for _ in range(5)]
    assert ended.status_code == 500
    assert ended.json()["detail"] == "The calculation came to an unexpected end."
    assert [each.status_code for each in after] == [200] * 5
