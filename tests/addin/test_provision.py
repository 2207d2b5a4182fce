"""The worksheet functions of the provision: ECL, LOSSRATES, ECLBY and ECLMOVE."""

from __future__ import annotations

import json

import pytest

from duebook_addin.call import call


def result(name: str, *arguments: object) -> object:
    text, _ = call(name, json.dumps(arguments))
    return json.loads(text)


def test_the_matrix_of_the_standard_in_a_sheet():
    """IFRS 9, IE74 to IE77."""
    balances = [[15_000_000, 7_500_000, 4_000_000, 2_500_000, 1_000_000]]
    rates = [0.003, 0.016, 0.036, 0.066, 0.106]

    table = result("ECL", balances, rates)

    assert isinstance(table, list)
    assert [row[-1] for row in table] == [45_000, 120_000, 144_000, 165_000, 106_000, 580_000]
    assert [row[0] for row in table] == [1, 2, 3, 4, 5, "total"]


def test_no_buckets_and_no_balance_lose_nothing():
    assert result("ECL", [], []) == [["total", 0, 0, 0]]
    assert result("ECL", [0, 0], 0.5) == [[1, 0, 0.5, 0], [2, 0, 0.5, 0], ["total", 0, 0, 0]]


def test_rates_of_ageing_feed_the_matrix():
    rates = result("LOSSRATES", [[100, 20], [110, 50]], [[0, 0], [0, 20]])

    assert rates == [0.7, 1]
    assert result("ECL", [110, 50], rates)[-1][-1] == 127


def test_a_table_that_is_wrong_says_where():
    assert result("LOSSRATES", [[100, 20], [110, None]]) == {
        "error": "#N/A",
        "message": "balances, row 2: the cell is empty; a number is needed.",
    }
    assert result("LOSSRATES", [[100, 20], ["x", 1]])["error"] == "#VALUE!"
    assert result("LOSSRATES", [[100, 20], ["#REF!", 1]])["error"] == "#REF!"
    assert result("LOSSRATES", 5)["error"] == result("LOSSRATES", None)["error"] == "#N/A"
    assert result("ECL", [100, -1], 0.1)["error"] == "#NUM!"


def test_empty_rows_are_passed_over():
    assert result("LOSSRATES", [[100, 20], [110, 50], [None, ""]], [[None, None]]) == [0.5, 1]


def test_a_month_that_is_empty_is_a_gap():
    assert result("LOSSRATES", [[100, 20], [None, None], [110, 50]]) == {
        "error": "#N/A",
        "message": "balances, row 2: the cell is empty; a number is needed.",
    }


def test_write_offs_have_a_row_a_month_or_a_row_a_transition():
    assert result("LOSSRATES", [[100, 0], [0, 50]], [[0, 20]]) == [0.7, 1]
    assert result("LOSSRATES", [[100, 0], [0, 50]], [[0, 20], [0, 0]])["error"] == "#VALUE!"


def test_a_loss_rate_that_is_a_percentage_is_refused():
    assert result("ECL", [100, 50], [0.3, 1.6]) == {
        "error": "#NUM!",
        "message": "loss_rate: 1.6 of bucket 2 is not between 0 and 1. Write 0.016 for 1.6%.",
    }


def by_customer(*arguments: object) -> object:
    return json.loads(call("ECLBY", json.dumps(arguments))[0])


def test_without_own_rates_customers_add_up_to_the_matrix():
    balances = [["甲", 100, 40.5], ["=B", 0.01, 7], [None, None, None], [7, 0, 0]]

    table = by_customer(balances, [[0.013], [0.37]], None, 1.1)
    matrix = json.loads(call("ECL", json.dumps([[100.01, 47.5], [0.013, 0.37], 1.1]))[0])

    assert [row[0] for row in table] == ["customer", "甲", "=B", "7", "total"]
    assert table[-1][1:4] == matrix[-1][1:]
    assert table[3] == ["7", 0, 0, 0, "by matrix"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ([["A", 1], ["A", 2]], [[0.1]]),
            "balances: 'A' stands there 2 times; once is allowed.",
        ),
        (
            ([["A", 1], [None, 2]], [[0.1]]),
            "balances, row 2: the cell is empty; a name and its numbers are needed.",
        ),
        (
            ([["A", 1, None]], [[0.1]]),
            "balances, row 1: the cell is empty; a name and its numbers are needed.",
        ),
        (([["A", 1, 2]], [[0.1, 0.2, 0.3]]), "loss_rate: 3 values for 2 balances; both need equally many."),
        (
            ([["A", 1]], [[0.1]], [["A", 50]]),
            "own_rate: 50 of 'A' is not between 0 and 1. Write 0.5 for 50%.",
        ),
        ((None, [[0.1]]), "balances: none given; a row a customer is needed."),
        (([["A", 1]], [[0.1]], [["B", 0.5]]), "own_rate: 'B' has no row in balances."),
        (
            ([["A", 1]], [[0.1]], [["A", 0.5], ["A", 0.6]]),
            "own_rate: 'A' stands there 2 times; once is allowed.",
        ),
        (([["A", -1]], [[0.1]]), "balances: -1 of 'A', bucket 1 is negative; 0 or more is allowed."),
        (([["A", 1]], [[10]]), "loss_rate: 10 of bucket 1 is not between 0 and 1. Write 0.016 for 1.6%."),
    ],
)
def test_customers_that_are_wrong(arguments: tuple[object, ...], message: str):
    assert by_customer(*arguments)["message"] == message


def moved(*arguments: object) -> object:
    return json.loads(call("ECLMOVE", json.dumps(arguments))[0])


def test_an_allowance_moves_by_what_was_charged_and_released():
    """A roll-forward by hand: 1,200 + 500 - 300 written off + 40 recovered are 1,440."""
    written_off, recovered = [["all", 100], ["all", 200]], [["all", 40]]

    grown = moved([["all", 1200]], [["all", 1440]], written_off, recovered)
    shrunk = moved([["all", 1200]], [["all", 900]])

    assert grown[1] == ["all", 1200, 500, 0, 300, 40, 1440]
    assert shrunk[1] == ["all", 1200, 0, 300, 0, 0, 900]


def test_a_movement_that_is_wrong_says_where():
    assert moved([["A", -1]], [["A", 3]])["message"] == (
        "opening: -1 of 'A' is negative; 0 or more is allowed."
    )
    assert moved([["A", 1]], [[None, 3]])["message"] == (
        "closing, row 1: the cell is empty; a name and its numbers are needed."
    )
    assert moved([["A", 1]], [["A", 3, 4]])["message"] == (
        "closing: a range of two columns is needed, names and numbers."
    )
    assert moved(None, [[None, None]])["message"] == (
        "opening, closing: neither has a row; an allowance in one of them is needed."
    )
    assert moved([["A", 1]], 3)["error"] == "#VALUE!"
    assert moved([["A", 1]], None, [[None, None]]) == moved([["A", 1]], [])
