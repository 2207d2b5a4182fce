"""The calls that hosts are compared by: what they are like, and when two answers are the same."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings

from calls import Call, batch, calls, examples, extent, miscounted, normal, python, same
from duebook_addin.call import Spill
from duebook_addin.cells import CellError
from duebook_addin.functions import FUNCTIONS

if TYPE_CHECKING:
    from duebook_addin.registry import Function

EACH_FUNCTION = pytest.mark.parametrize("function", list(FUNCTIONS), ids=lambda function: function.name)


@pytest.mark.usefixtures("small_book")
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(calls())
def test_every_call_has_an_answer_in_the_normal_form(call: Call):
    [found] = python([call])

    assert same(normal(found), normal(found))
    rows, columns = extent(call)
    assert rows >= 1
    assert columns >= 1


@settings(max_examples=100)
@given(miscounted())
def test_a_miscounted_call_is_wrong_input(call: Call):
    assert [normal(found) for found in python([call])] == [{"error": "#VALUE!"}]


@EACH_FUNCTION
def test_a_batch_is_always_the_same(function: Function):
    calls_ = batch(function, 20, 1)

    assert calls_ == batch(function, 20, 1)
    assert calls_ != batch(function, 20, 2)
    assert {call.name for call in calls_} == {function.name}


@pytest.mark.parametrize(
    "function", [one for one in FUNCTIONS if not one.asks_store], ids=lambda one: one.name
)
def test_a_batch_has_calls_with_an_answer_and_without(function: Function):
    found = [normal(answer) for answer in python(batch(function, 120, 1))]
    cells = [[cell for row in each for cell in row] if isinstance(each, list) else [each] for each in found]

    assert sum(any(not isinstance(cell, dict) for cell in each) for each in cells) >= 10
    assert sum(any(isinstance(cell, dict) for cell in each) for each in cells) >= 1


@EACH_FUNCTION
def test_every_example_is_a_call(function: Function):
    assert len([call for call in examples() if call.name == function.name]) == len(function.examples)


@pytest.mark.parametrize(
    ("answer", "form"),
    [
        (None, None),
        ("", None),
        (Decimal("100.50"), 100.5),
        (7, 7.0),
        (True, True),
        ("7", "7"),
        (date(2026, 1, 31), 46053.0),
        (date(1850, 1, 1), {"error": "#NUM!"}),
        (CellError("#N/A", "why"), {"error": "#N/A"}),
        ({"error": "#N/A", "message": "why"}, {"error": "#N/A"}),
        ([[1]], 1.0),
        (Spill([[Decimal(1)]], flat=False), 1.0),
        (Spill([[Decimal(1), None]], flat=True), [[1.0, None]]),
        ([1, ""], [[1.0], [None]]),
        (((1, "a"), (None, CellError("#REF!"))), [[1.0, "a"], [None, {"error": "#REF!"}]]),
    ],
)
def test_one_form_for_the_answers_of_all_hosts(answer: object, form: object):
    assert normal(answer) == form
    assert type(normal(answer)) is type(form)


def test_what_no_cell_holds_has_no_form():
    with pytest.raises(TypeError, match="is nothing that a cell holds"):
        normal(object())


@pytest.mark.parametrize(
    ("one", "other"),
    [(0.1 + 0.2, 0.3), (1e300, 1e300 * (1 + 2e-15)), ([[1.0, "a"]], [[1.0, "a"]]), (0.0, -0.0)],
)
def test_the_same(one: object, other: object):
    assert same(normal(one), normal(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *((1.0, 1.00000000000001), (1.0, "1"), (1.0, True), (0.0, None), (None, {"error": "#N/A"})),
        *(([[1.0], [2.0]], [[1.0, 2.0]]), ([[1.0], [2.0]], [[1.0]]), ({"error": "#N/A"}, {"error": "#REF!"})),
    ],
)
def test_not_the_same(one: object, other: object):
    assert not same(normal(one), normal(other))
