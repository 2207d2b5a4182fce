"""The worksheet functions ECL and LOSSRATES."""

from __future__ import annotations

import json

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
