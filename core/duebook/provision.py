"""Expected credit losses of receivables (预期信用损失): the provision matrix, its loss rates, its movement.

IFRS 9 lets trade receivables take their lifetime loss from a matrix: each aging bucket bears the loss rate
that buckets of its age had, moved by what is expected of the future (paragraphs B5.5.35, IE74 to IE77). The
rates come from roll rates (迁徙率): the share of a bucket that stood in the next one a period later. What was
written off in between did not come in, so it counts as rolled on: of 100, 50 rolled and 20 were written off,
and the roll rate is 70% (Beijing Institute of Certified Public Accountants, expert note 2020-3).

Nothing here is rounded, so that buckets and customers add up to the total exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from duebook.errors import InputError, NoAnswerError, OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_WHOLE: Final = Decimal(1)
_NOTHING: Final = Decimal(0)
# Decimal rounds to its context's precision: enough digits here for a rate of 28 times any amount, and sums.
_EXACT_DIGITS: Final = 100


@dataclass(frozen=True)
class BucketLoss:
    """The expected loss of one bucket, or of all.

    Attributes:
        balance: What is open in it.
        rate: The rate it bears: loss rate x forward factor, at most 1; of the total, loss / balance.
        loss: balance x rate, unrounded.
    """

    balance: Decimal
    rate: Decimal
    loss: Decimal


@dataclass(frozen=True)
class Provision:
    """The provision matrix: the buckets in their order, and the total."""

    buckets: tuple[BucketLoss, ...]
    total: BucketLoss


def expected_loss(
    balances: Sequence[Decimal], loss_rates: Sequence[Decimal], *, forward_factor: Decimal = _WHOLE
) -> Provision:
    """Return the expected credit loss of open amounts by bucket (减值矩阵).

    Args:
        balances: What is open in each bucket, 0 or more. An unapplied receipt is no exposure: net it against
            the items it belongs to, or leave it out.
        loss_rates: The historical loss rate of each bucket, a fraction.
        forward_factor: What the future is expected to be worse than history: 1.1 for a tenth (前瞻性调整).

    Returns:
        A line for each bucket and the total. A rate above 100% is 100%: nobody loses more than is open.

    Raises:
        InputError: Balances and rates differ in number.
        OutOfRangeError: A balance, a rate or the factor is negative, or a loss rate above 1.
    """
    _check_lengths(balances, loss_rates, "loss_rate")
    for bucket, rate in enumerate(loss_rates, start=1):
        if rate > 1:
            raise OutOfRangeError(
                f"loss_rate: {rate} of bucket {bucket} is not between 0 and 1.", hint="Write 0.016 for 1.6%."
            )
    if forward_factor < 0:
        raise OutOfRangeError(f"forward_factor: {forward_factor} is negative; 0 or more is allowed.")
    rates = borne(_not_negative(loss_rates, "loss_rate"), forward_factor)
    amounts = _not_negative(balances, "balance")
    buckets = tuple(_loss(balance, rate) for balance, rate in zip(amounts, rates, strict=True))
    return Provision(buckets, _total(buckets))


def borne(loss_rates: Sequence[Decimal], forward_factor: Decimal) -> tuple[Decimal, ...]:
    """Return the rate that each bucket bears: its loss rate x the forward factor, at most 1."""
    return tuple(min(_WHOLE, rate * forward_factor) for rate in loss_rates)


def loss_rates(
    balances: Sequence[Sequence[Decimal]], written_off: Sequence[Sequence[Decimal]] = ()
) -> tuple[Decimal, ...]:
    """Return the loss rate of each bucket from its roll rates (迁徙率法).

    The roll rate of a bucket from one month to the next is what stands in the following bucket a month later,
    with what was written off there in that month, to what stood in the bucket. Its mean over the months is
    taken, each at most 100%; months in which the bucket was empty say nothing. The loss rate of a bucket is
    the product of its roll rate and those of all later buckets. What reaches the last bucket counts as lost:
    its rate is 1.

    Args:
        balances: What was open at the end of each month, oldest first: a row a month, a column a bucket, the
            oldest bucket last. The buckets are as wide as a month is long, so that an item moves one a month;
            years of buckets a year wide work as well.
        written_off: What was written off in each month, in the bucket it would stand in; shaped as balances.
            An amount in the first bucket, which nothing rolls into, counts as rolled out of it. The first row
            was written off before the first balances: it is 0, or left out.

    Returns:
        A fraction for each bucket.

    Raises:
        InputError: Rows of unequal length, or the two tables differ in shape.
        OutOfRangeError: A balance or a write-off is negative.
        NoAnswerError: Fewer than two months or two buckets, or a bucket that was empty in every month but the
            last.
    """
    return compounded(roll_rates(balances, written_off))


def compounded(rolls: Sequence[Sequence[Decimal | None]]) -> tuple[Decimal, ...]:
    """Return the loss rate of each bucket that follows from roll rates.

    Args:
        rolls: As of :func:`roll_rates`.

    Returns:
        A fraction for each bucket: the product of the mean roll rates of it and all later ones; 1 for the
        last.

    Raises:
        NoAnswerError: A bucket has no roll rate.
    """
    means = []
    for bucket, rates_of_bucket in enumerate(zip(*rolls, strict=True), start=1):
        known = [rate for rate in rates_of_bucket if rate is not None]
        if not known:
            raise NoAnswerError(
                f"balances: bucket {bucket} was empty in every month before the last, "
                "so nothing says how it rolls.",
                hint="Give more months, or join it with the bucket beside it.",
            )
        means.append(sum(known, _NOTHING) / len(known))
    rates = [_WHOLE]
    for roll in reversed(means):
        rates.append(rates[-1] * roll)
    return tuple(reversed(rates))


def roll_rates(
    balances: Sequence[Sequence[Decimal]], written_off: Sequence[Sequence[Decimal]] = ()
) -> tuple[tuple[Decimal | None, ...], ...]:
    """Return the roll rate of each bucket from each month to the next (迁徙率).

    What stands in the following bucket a month later, with what was written off there in that month, to what
    stood in the bucket; at most 100%.

    Args:
        balances: As of :func:`loss_rates`.
        written_off: Likewise.

    Returns:
        A row for every month but the first, in it a fraction for every bucket but the last; None where the
        bucket was empty the month before.

    Raises:
        InputError: Rows of unequal length, or the two tables differ in shape.
        OutOfRangeError: A balance or a write-off is negative.
        NoAnswerError: Fewer than two months or two buckets.
    """
    width = _check_table(balances, written_off)
    nothing = [_NOTHING] * width
    gone = written_off or [nothing for _ in balances]
    if len(gone) == len(balances) - 1:
        gone = [nothing, *gone]
    elif any(gone[0]):
        raise InputError(
            f"written_off: {sum(gone[0], _NOTHING)} of the first month went before the first balances, so it "
            "says nothing of them.",
            hint="Leave the first row out, or write 0 there.",
        )
    return tuple(
        tuple(_roll_rate(before, after, lost, bucket) for bucket in range(width - 1))
        for (before, after), lost in zip(pairwise(balances), gone[1:], strict=True)
    )


def _roll_rate(
    before: Sequence[Decimal], after: Sequence[Decimal], lost: Sequence[Decimal], bucket: int
) -> Decimal | None:
    rolled = after[bucket + 1] + lost[bucket + 1] + (lost[0] if bucket == 0 else 0)
    return min(_WHOLE, rolled / before[bucket]) if before[bucket] else None


def _check_table(balances: Sequence[Sequence[Decimal]], written_off: Sequence[Sequence[Decimal]]) -> int:
    width = len(balances[0]) if balances else 0
    for name, table in (("balances", balances), ("written_off", written_off)):
        for month, row in enumerate(table, start=1):
            if len(row) != width:
                raise InputError(
                    f"{name}: month {month} has {len(row)} buckets, the first month has {width}."
                )
            for bucket, amount in enumerate(row, start=1):
                if amount < 0:
                    raise OutOfRangeError(
                        f"{name}: {amount} of month {month}, bucket {bucket} is negative; "
                        "0 or more is allowed."
                    )
    if written_off and len(balances) - len(written_off) not in (0, 1):
        raise InputError(f"written_off: {len(written_off)} months for {len(balances)} months of balances.")
    if len(balances) < 2 or width < 2:  # noqa: PLR2004 - a roll has a beginning and an end
        raise NoAnswerError(
            f"balances: {len(balances)} months and {width} buckets; at least two of both are needed."
        )
    return width


@dataclass(frozen=True)
class Comparison:
    """Two provisions of the same balances: by own loss rates, and by fixed percentages.

    Most Chinese listed firms still take fixed percentages by age; regulators ask for both beside each other.

    Attributes:
        own: By own loss rates and a forward factor.
        fixed: By fixed percentages.
    """

    own: Provision
    fixed: Provision

    @property
    def difference(self) -> Decimal:
        """How much more the own rates provide than the fixed percentages."""
        return _sum((self.own.total.loss, self.fixed.total.loss.copy_negate()))


def beside_fixed(
    balances: Sequence[Decimal],
    own_rates: Sequence[Decimal],
    fixed_rates: Sequence[Decimal],
    *,
    forward_factor: Decimal = _WHOLE,
) -> Comparison:
    """Return the provision by own loss rates (迁徙率法) and, beside it, by fixed percentages (账龄分析法).

    Args:
        balances: What is open in each bucket.
        own_rates: The own loss rate of each.
        fixed_rates: The fixed rate of each; no forward factor moves it.
        forward_factor: As of :func:`expected_loss`.

    Raises:
        InputError: Balances and rates differ in number.
        OutOfRangeError: A balance, a rate or the factor is negative.
    """
    own = expected_loss(balances, own_rates, forward_factor=forward_factor)
    return Comparison(own, expected_loss(balances, fixed_rates))


@dataclass(frozen=True)
class Assessment:
    """The provision of a portfolio in which some customers are assessed on their own (单项计提).

    Attributes:
        individual: What each named customer has open and loses.
        matrix: The provision of all others together.
        by_customer: The loss of each customer, named or not.
        total: All together.
    """

    individual: Mapping[str, BucketLoss]
    matrix: Provision
    by_customer: Mapping[str, Decimal]
    total: BucketLoss


def assess(
    balances: Mapping[str, Sequence[Decimal]],
    loss_rates: Sequence[Decimal],
    *,
    individual: Mapping[str, Decimal],
    forward_factor: Decimal = _WHOLE,
) -> Assessment:
    """Return the provision of customers, with own rates for those that are named (单项计提).

    A customer assessed on its own leaves the matrix: its loss is its own rate on all that it has open. No
    forward factor moves that: whoever set it looked ahead already.

    Args:
        balances: What each customer has open in each bucket.
        loss_rates: The historical loss rate of each bucket.
        individual: The expected loss rate of each customer that is assessed on its own, 0 to 1.
        forward_factor: As of :func:`expected_loss`.

    Raises:
        InputError: A customer has more or fewer buckets than there are rates, or a named one is unknown.
        OutOfRangeError: A balance, a rate or the factor is negative, or an own rate is above 1.
    """
    for customer, rate in individual.items():
        if customer not in balances:
            raise InputError(f"individual: {customer!r} has nothing open; name customers of the balances.")
        if not 0 <= rate <= 1:
            raise OutOfRangeError(f"individual: {rate} of {customer!r} is not between 0 and 1.")
    losses: dict[str, Decimal] = {}
    named: dict[str, BucketLoss] = {}
    collective = [_NOTHING] * len(loss_rates)
    for customer, amounts in balances.items():
        for bucket, amount in enumerate(amounts, start=1):
            if amount < 0:
                raise OutOfRangeError(
                    f"balances: {amount} of {customer!r}, bucket {bucket} is negative; 0 or more is allowed."
                )
        own = expected_loss(amounts, loss_rates, forward_factor=forward_factor)
        if customer in individual:
            named[customer] = _loss(own.total.balance, individual[customer])
            losses[customer] = named[customer].loss
        else:
            collective = [_sum(pair) for pair in zip(collective, amounts, strict=True)]
            losses[customer] = own.total.loss
    matrix = expected_loss(collective, loss_rates, forward_factor=forward_factor)
    return Assessment(named, matrix, losses, _total([*named.values(), matrix.total]))


@dataclass(frozen=True)
class Movement:
    """How an allowance came from its opening to its closing balance (坏账准备变动).

    opening + charge - release - written_off + recovered = closing, exactly.

    Attributes:
        opening: The allowance at the end of the last period (期初).
        charge: What was charged to profit or loss (计提).
        release: What was released to it (转回).
        written_off: Receivables written off against the allowance (核销).
        recovered: Receivables written off earlier that were paid after all (收回).
        closing: The allowance at the end of this period (期末).
    """

    opening: Decimal
    charge: Decimal
    release: Decimal
    written_off: Decimal
    recovered: Decimal
    closing: Decimal


def movement(
    opening: Mapping[str, Decimal],
    closing: Mapping[str, Decimal],
    *,
    written_off: Mapping[str, Decimal] | None = None,
    recovered: Mapping[str, Decimal] | None = None,
) -> tuple[Mapping[str, Movement], Movement]:
    """Return how the allowance of each customer or bucket moved since the last period, and of all together.

    What opening, write-offs and recoveries do not explain went through profit or loss: a charge where it
    adds, a release where it takes away. Charges and releases are not netted between customers.

    Args:
        opening: The allowance at the end of the last period, by customer or bucket; none where not there.
        closing: The allowance now.
        written_off: What was written off in the period, 0 or more.
        recovered: What came in on earlier write-offs, 0 or more.

    Returns:
        The movement of each, sorted by name, and the total.

    Raises:
        OutOfRangeError: An amount is negative.
    """
    tables = {
        "opening": opening,
        "closing": closing,
        "written_off": written_off or {},
        "recovered": recovered or {},
    }
    for name, table in tables.items():
        for key, amount in table.items():
            if amount < 0:
                raise OutOfRangeError(f"{name}: {amount} of {key!r} is negative; 0 or more is allowed.")
    lines: dict[str, Movement] = {}
    for key in sorted(set().union(*tables.values())):
        before, after, gone, back = (table.get(key, _NOTHING) for table in tables.values())
        through = _sum((after, before.copy_negate(), gone, back.copy_negate()))
        lines[key] = Movement(
            opening=before,
            charge=max(_NOTHING, through),
            release=max(_NOTHING, through.copy_negate()),
            written_off=gone,
            recovered=back,
            closing=after,
        )
    return lines, Movement(
        *(
            _sum(getattr(line, name) for line in lines.values())
            for name in ("opening", "charge", "release", "written_off", "recovered", "closing")
        )
    )


def _total(parts: Sequence[BucketLoss]) -> BucketLoss:
    balance, loss = _sum(part.balance for part in parts), _sum(part.loss for part in parts)
    return BucketLoss(balance, loss / balance if balance else _NOTHING, loss)


def _loss(balance: Decimal, rate: Decimal) -> BucketLoss:
    with localcontext(prec=_EXACT_DIGITS):
        return BucketLoss(balance, rate, balance * rate)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    with localcontext(prec=_EXACT_DIGITS):
        return sum(amounts, _NOTHING)


def _check_lengths(balances: Sequence[Decimal], rates: Sequence[Decimal], name: str) -> None:
    if len(balances) != len(rates):
        raise InputError(f"{name}: {len(rates)} values for {len(balances)} balances; both need equally many.")


def _not_negative(amounts: Sequence[Decimal], name: str) -> Sequence[Decimal]:
    for bucket, amount in enumerate(amounts, start=1):
        if amount < 0:
            raise OutOfRangeError(f"{name}: {amount} of bucket {bucket} is negative; 0 or more is allowed.")
    return amounts
