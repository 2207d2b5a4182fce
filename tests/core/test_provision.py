"""Expected credit losses, against the examples of IFRS 9, and sums that are exact."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from duebook.errors import DuebookError, InputError, NoAnswerError, OutOfRangeError
from duebook.provision import (
    assess,
    beside_fixed,
    compounded,
    expected_loss,
    loss_rates,
    movement,
    roll_rates,
)

money = st.decimals(0, 10**9, places=2)
rates = st.decimals(0, 1, places=4)
own_rates = st.builds(
    lambda part, whole: Decimal(part) / whole, st.integers(0, 1000), st.integers(1000, 2000)
)
customers = st.sampled_from("ABCDE")
tables = st.integers(2, 4).flatmap(
    lambda width: st.lists(
        st.lists(st.decimals(Decimal("0.01"), 10**6, places=2), min_size=width, max_size=width),
        min_size=2,
        max_size=5,
    )
)


def decimals(*numbers: float | str) -> list[Decimal]:
    return [Decimal(str(number)) for number in numbers]


def test_the_matrix_of_the_standard() -> None:
    """IFRS 9, illustrative example 12, IE74 to IE77: 580 thousand on 30 million."""
    balances = decimals(15_000_000, 7_500_000, 4_000_000, 2_500_000, 1_000_000)
    found = expected_loss(balances, decimals(0.003, 0.016, 0.036, 0.066, 0.106))
    assert [bucket.loss for bucket in found.buckets] == [45_000, 120_000, 144_000, 165_000, 106_000]
    assert found.total.loss == 580_000
    assert found.total.balance == 30_000_000


def test_the_rates_of_the_standard_s_guidance() -> None:
    """IFRS 9, B5.5.35: 1% not past due, 2% to 30 days, 3% to 90 days, 20% from 90 days."""
    found = expected_loss(decimals(1000, 1000, 1000, 1000), decimals(0.01, 0.02, 0.03, 0.2))
    assert [bucket.loss for bucket in found.buckets] == [10, 20, 30, 200]


def test_a_forward_factor_moves_the_rates_up_to_all() -> None:
    found = expected_loss(decimals(100, 100), decimals(0.1, 0.9), forward_factor=Decimal("1.2"))
    assert [bucket.rate for bucket in found.buckets] == [Decimal("0.12"), 1]
    assert found.total.loss == 112


@given(st.lists(st.tuples(money, rates)), st.decimals(0, 3, places=2))
def test_losses_add_up_and_are_never_more_than_is_open(
    buckets: list[tuple[Decimal, Decimal]], factor: Decimal
) -> None:
    found = expected_loss([b for b, _ in buckets], [r for _, r in buckets], forward_factor=factor)
    assert found.total.loss == sum(bucket.loss for bucket in found.buckets)
    assert found.total.balance == sum(balance for balance, _ in buckets)
    assert all(0 <= bucket.loss <= bucket.balance for bucket in found.buckets)
    worse = expected_loss([b for b, _ in buckets], [r for _, r in buckets], forward_factor=factor + 1)
    assert worse.total.loss >= found.total.loss


def test_what_is_written_off_counts_as_rolled() -> None:
    """Beijing Institute of CPAs, note 2020-3: 100 became 50 with 20 written off, which is 70%, not 50%."""
    balances = [decimals(100, 0), decimals(0, 50)]
    assert loss_rates(balances) == (Decimal("0.5"), 1)
    assert loss_rates(balances, [decimals(0, 0), decimals(0, 20)]) == (Decimal("0.7"), 1)
    assert loss_rates(balances, [decimals(0, 0), decimals(20, 0)]) == (Decimal("0.7"), 1)


def test_a_question_to_accountants() -> None:
    """chinaacc.com: of 100 within a year 60 are one to two years old a year later: 60%."""
    assert loss_rates([decimals(100, 30), decimals(120, 60)])[0] == Decimal("0.6")


def test_rolls_are_averaged_and_multiplied() -> None:
    """Rolls of 10% and 20%, then of 25% and 60%: 15% x 42.5% is lost of what is new."""
    balances = [decimals(1000, 200, 50), decimals(900, 100, 50), decimals(800, 180, 60)]
    assert loss_rates(balances) == (Decimal("0.15") * Decimal("0.425"), Decimal("0.425"), 1)


def test_the_rolls_of_each_month_stand_by_themselves() -> None:
    """The same months: a row of rolls for each but the first, and none where a bucket was empty."""
    balances = [decimals(1000, 200, 50), decimals(900, 100, 50), decimals(0, 180, 60), decimals(10, 0, 18)]
    found = roll_rates(balances)
    assert found == (
        tuple(decimals(0.1, 0.25)),
        tuple(decimals(0.2, 0.6)),
        (None, Decimal("0.1")),
    )
    assert loss_rates(balances) == compounded(found)
    assert roll_rates(balances, [decimals(0, 0, 0), decimals(5, 0, 25), *[decimals(0, 0, 0)] * 2])[
        0
    ] == tuple(decimals(0.105, 0.375))


def test_rolls_that_say_nothing_of_a_bucket_make_no_loss_rates() -> None:
    with pytest.raises(NoAnswerError, match="bucket 2 was empty in every month"):
        compounded([(Decimal("0.5"), None), (Decimal("0.4"), None)])


def test_a_month_in_which_a_bucket_was_empty_says_nothing() -> None:
    assert loss_rates([decimals(0, 0), decimals(100, 0), decimals(0, 40)]) == (Decimal("0.4"), 1)


def test_a_roll_is_at_most_all() -> None:
    assert loss_rates([decimals(10, 0), decimals(10, 500), decimals(10, 5)]) == (Decimal("0.75"), 1)


@given(tables)
def test_older_buckets_lose_more(balances: list[list[Decimal]]) -> None:
    found = loss_rates(balances)
    assert len(found) == len(balances[0])
    assert all(0 <= rate <= 1 for rate in found)
    assert list(found) == sorted(found)


@given(tables, st.sampled_from([10, 1000]))
def test_the_unit_changes_no_rate(balances: list[list[Decimal]], times: int) -> None:
    scaled = [[amount * times for amount in row] for row in balances]
    assert [round(rate, 12) for rate in loss_rates(scaled)] == [
        round(rate, 12) for rate in loss_rates(balances)
    ]


@given(tables, st.data())
def test_write_offs_never_lower_a_rate(balances: list[list[Decimal]], data: st.DataObject) -> None:
    gone = [[data.draw(money) for _ in row] for row in balances[1:]]
    with_zeros = [[Decimal(0)] * len(balances[0]), *gone]
    assert loss_rates(balances, gone) == loss_rates(balances, with_zeros)
    pairs = zip(loss_rates(balances), loss_rates(balances, gone), strict=True)
    assert all(without <= with_ for without, with_ in pairs)


def test_own_rates_beside_fixed_ones() -> None:
    found = beside_fixed(
        decimals(100, 100), decimals(0.02, 0.3), decimals(0.05, 0.2), forward_factor=Decimal(2)
    )
    assert (found.own.total.loss, found.fixed.total.loss, found.difference) == (64, 25, 39)


def test_a_named_customer_leaves_the_matrix() -> None:
    found = assess(
        {"A": decimals(100, 0), "B": decimals(100, 100)},
        decimals(0.01, 0.1),
        individual={"B": Decimal("0.5")},
        forward_factor=Decimal(2),
    )
    assert found.by_customer == {"A": 2, "B": 100}
    assert found.individual["B"].balance == 200
    assert [bucket.balance for bucket in found.matrix.buckets] == [100, 0]
    assert (found.total.balance, found.total.loss) == (300, 102)


@given(
    st.dictionaries(customers, st.lists(money, min_size=3, max_size=3)),
    st.lists(own_rates, min_size=3, max_size=3),
    st.dictionaries(customers, own_rates),
)
@example(balances={"A": [Decimal("0.01")] * 3, "B": [Decimal(10**9)] * 3}, loss=[Decimal(1) / 3] * 3, own={})
def test_customers_add_up_to_the_total(
    balances: dict[str, list[Decimal]], loss: list[Decimal], own: dict[str, Decimal]
) -> None:
    named = {customer: rate for customer, rate in own.items() if customer in balances}
    found = assess(balances, loss, individual=named)
    with localcontext(prec=100):
        assert sum(found.by_customer.values()) == found.total.loss
    assert found.total.balance == sum(sum(amounts) for amounts in balances.values())


def test_the_movement_of_an_allowance() -> None:
    lines, total = movement(
        {"A": Decimal(100), "B": Decimal(50)},
        {"A": Decimal(90), "C": Decimal(20)},
        written_off={"A": Decimal(30)},
        recovered={"B": Decimal(5)},
    )
    assert (lines["A"].charge, lines["A"].release) == (20, 0)
    assert (lines["B"].charge, lines["B"].release) == (0, 55)
    assert (lines["C"].charge, lines["C"].release) == (20, 0)
    assert (
        total.opening,
        total.charge,
        total.release,
        total.written_off,
        total.recovered,
        total.closing,
    ) == (
        150,
        40,
        55,
        30,
        5,
        110,
    )


allowances = st.builds(lambda amount, rate: amount * rate, st.decimals(0, 10**9, places=4), own_rates)


@given(*[st.dictionaries(customers, allowances)] * 4)
def test_the_movement_adds_up(
    opening: dict[str, Decimal],
    closing: dict[str, Decimal],
    gone: dict[str, Decimal],
    back: dict[str, Decimal],
) -> None:
    lines, total = movement(opening, closing, written_off=gone, recovered=back)
    with localcontext(prec=100):
        for line in (*lines.values(), total):
            through = line.opening + line.charge - line.release - line.written_off + line.recovered
            assert through == line.closing
            assert min(line.charge, line.release) >= 0
        assert total.closing == sum(closing.values())
        assert total.opening == sum(opening.values())
    assert all(not (line.charge and line.release) for line in lines.values())


@pytest.mark.parametrize(
    ("balances", "loss", "factor", "error", "message"),
    [
        ([1], [], 1, InputError, "loss_rate: 0 values for 1 balances; both need equally many."),
        ([1, -2], [0, 0], 1, OutOfRangeError, "balance: -2 of bucket 2 is negative; 0 or more is allowed."),
        ([1], [-1], 1, OutOfRangeError, "loss_rate: -1 of bucket 1 is negative; 0 or more is allowed."),
        ([1], [0], -1, OutOfRangeError, "forward_factor: -1 is negative; 0 or more is allowed."),
    ],
)
def test_a_matrix_that_is_wrong(
    balances: list[int], loss: list[int], factor: int, error: type[DuebookError], message: str
) -> None:
    with pytest.raises(error) as caught:
        expected_loss(decimals(*balances), decimals(*loss), forward_factor=Decimal(factor))
    assert (str(caught.value), type(caught.value)) == (message, error)


@pytest.mark.parametrize(
    ("balances", "gone", "error", "message"),
    [
        ([[1, 2]], [], NoAnswerError, "balances: 1 months and 2 buckets; at least two of both are needed."),
        ([[1], [2]], [], NoAnswerError, "balances: 2 months and 1 buckets; at least two of both are needed."),
        ([[1, 2], [1]], [], InputError, "balances: month 2 has 1 buckets, the first month has 2."),
        ([[1, 2]] * 3, [[1, 2]], InputError, "written_off: 1 months for 3 months of balances."),
        ([[1, 2]] * 2, [[1, 2]] * 3, InputError, "written_off: 3 months for 2 months of balances."),
        (
            [[1, 2], [1, 2]],
            [[0, 5], [0, 0]],
            InputError,
            (
                "written_off: 5 of the first month went before the first balances, so it says nothing of "
                "them. Leave the first row out, or write 0 there."
            ),
        ),
        (
            [[1, 2], [1, 2]],
            [[1], [1]],
            InputError,
            "written_off: month 1 has 1 buckets, the first month has 2.",
        ),
        (
            [[1, 2], [-1, 2]],
            [],
            OutOfRangeError,
            "balances: -1 of month 2, bucket 1 is negative; 0 or more is allowed.",
        ),
        (
            [[1, 0, 1], [1, 2, 3]],
            [],
            NoAnswerError,
            (
                "balances: bucket 2 was empty in every month before the last, so nothing says how it rolls. "
                "Give more months, or join it with the bucket beside it."
            ),
        ),
    ],
)
def test_balances_that_say_nothing(
    balances: list[list[int]], gone: list[list[int]], error: type[DuebookError], message: str
) -> None:
    with pytest.raises(error) as caught:
        loss_rates([decimals(*row) for row in balances], [decimals(*row) for row in gone])
    assert (str(caught.value), type(caught.value)) == (message, error)


def test_a_customer_with_a_negative_balance_is_named() -> None:
    with pytest.raises(OutOfRangeError) as caught:
        assess({"A": decimals(1, 2), "B": decimals(1, -2)}, decimals(0, 0), individual={})
    assert str(caught.value) == "balances: -2 of 'B', bucket 2 is negative; 0 or more is allowed."


def test_named_customers_that_are_wrong() -> None:
    with pytest.raises(
        InputError, match=r"individual: 'B' has nothing open; name customers of the balances\."
    ):
        assess({"A": decimals(1)}, decimals(0.1), individual={"B": Decimal(1)})
    with pytest.raises(OutOfRangeError, match=r"individual: 2 of 'A' is not between 0 and 1\."):
        assess({"A": decimals(1)}, decimals(0.1), individual={"A": Decimal(2)})
    with pytest.raises(OutOfRangeError, match=r"opening: -1 of 'A' is negative; 0 or more is allowed\."):
        movement({"A": Decimal(-1)}, {})
