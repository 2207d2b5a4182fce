"""The policy backtest: the fast replay against a slow one, and nothing that was not known yet."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duebook.ledger import Kind
from duebook.policy import default_policy, default_text, parse_policy
from duebook.release import Verdict
from duebook_etl.answers import Company, Customer
from duebook_etl.backtest.facts import Facts
from duebook_etl.backtest.ledger import as_date, day_number, read_ledger
from duebook_etl.backtest.replay import VERDICTS, Decisions, replay
from duebook_etl.backtest.report import CREDIT, PREPAID, STOPPED
from duebook_etl.backtest.running import company_backtest, sides
from ledgers import FIRST, Ledger, random_ledger
from replays import Decided, Replay, document, documented, trading

if TYPE_CHECKING:
    from duebook.policy import Policy
    from duebook_etl.backtest.ledger import Ledger as Arrays
    from duebook_etl.backtest.report import CompanyResult

COMPANY = Company("erp", "0", "North", "EUR")
PEOPLE = {"C1": ("CN", "retail"), "C2": ("DE", "machinery"), "C3": ("CN", "nothing known")}


def changed(*changes: tuple[str, str], more: str = "") -> Policy:
    text = default_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return parse_policy(text + more, where="own.toml")


GENEROUS = changed(
    ('methods = ["progressive", "net worth"', 'methods = ["dso cap", "sales", "progressive", "net worth"'),
    ('combine = "smallest"', 'combine = "mean"'),
    ("rounding_step = 1000 ", "rounding_step = 0.5 "),
    ("floor = 0 ", "floor = 3000 "),
    ("rating_months = 3 ", "rating_months = 1 "),
    ("seller_share = 0.1 ", "seller_share = 1 "),
)
STRICT = changed(
    ('grades = ["D", "new"]', 'grades = ["D"]'),
    ('grades = ["E"]', 'grades = ["E", "new"]'),
    ("from_days = 30              # item 31", "from_days = 20"),
    ('include = ["open", "orders", "unbilled", "bills", "unapplied"', 'include = ["open"'),
    more="""
[[exception]]
where = { country = ["DE"] }
limit.progressive.first_share = 0.9
behaviour.months = 3
terms.tier = [{ name = "guarantee", grades = ["D", "new"] }, { name = "prepayment", grades = ["E"] }]
[[exception]]
where = { industry = ["retail"] }
alert.rule = [{ name = "oldest item", amber = 5, red = 10, back = 1 }]
""",
)
POLICIES = {"default": default_policy(), "generous": GENEROUS, "strict": STRICT}


def customers(ledger: Arrays) -> dict[str, Customer]:
    return {
        key: Customer("erp", "0", key, "", key, *PEOPLE.get(key, ("", "")), "", "")
        for key in ledger.customers
    }


def fast(  # noqa: PLR0913, PLR0917 - what a replay is made of
    ledger: Ledger,
    policy: Policy,
    first: date,
    until: date,
    factor: Decimal | None,
    facts: Facts | None = None,
) -> tuple[Arrays, Decisions]:
    arrays = read_ledger(*documented(ledger, "0"), last=until)
    people = customers(arrays)
    (side,) = sides([policy], COMPANY, arrays, people, factor=factor, facts=facts or Facts())
    (found,) = replay(arrays, [side], first=first)
    return arrays, found


def listed(arrays: Arrays, found: Decisions) -> list[Decided]:
    """Return decisions in the sequence of days, customers and documents."""
    orders = arrays.orders
    return sorted(
        (
            Decided(
                arrays.customers[orders.customer[n]],
                as_date(int(orders.day[n])),
                arrays.documents[int(orders.items[orders.first[n]])].as_py(),
                VERDICTS[found.verdict[n]],
                int(found.exposure[n]),
                None if found.limit[n] < 0 else int(found.limit[n]),
                int(found.oldest[n]),
                found.grade[n],
            )
            for n in np.flatnonzero(found.verdict >= 0).tolist()
        ),
        key=lambda one: (one.day, one.customer, one.document),
    )


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
@settings(max_examples=12)
@given(
    st.integers(0, 10_000),
    st.integers(0, 200),
    st.sampled_from((None, Decimal(1), Decimal("7.5"), Decimal(200))),
)
def test_the_replay_decides_as_the_rules_do_one_by_one(
    policy: Policy, seed: int, begins: int, factor: Decimal | None
) -> None:
    random = Random(seed)  # noqa: S311 - nothing secret about it
    ledger = trading(random) if seed % 4 else random_ledger(random, 160)
    first, until = FIRST + timedelta(begins), FIRST + timedelta(395)
    slow = Replay(ledger, "0", policy, digits=2, factor=factor, people=PEOPLE)

    found = listed(*fast(ledger, policy, first, until, factor))

    assert found == slow.run(first, until)


def decided_until(arrays: Arrays, found: Decisions, last: date) -> list[Decided]:
    return [one for one in listed(arrays, found) if one.day <= last]


def told(random: Random) -> list[tuple[date, str, str, Decimal | str]]:
    """Return what becomes known of customers: since when, of whom, what, and how much."""
    known: list[tuple[str, list[Decimal | str]]] = [
        ("litigation", ["none", "major", "enforced"]),
        ("debt ratio", [Decimal("0.3"), Decimal("0.9")]),
        ("monthly turnover", [Decimal(4_000), Decimal(90_000)]),
        ("net worth", [Decimal(-5), Decimal(60_000), Decimal(900_000)]),
        ("sales", [Decimal(24_000)]),
        ("days late", [Decimal(12)]),  # what the ledger measures comes before it
        ("credit limit", [Decimal(77)]),  # granted by a person: no policy's own limit
    ]
    found = []
    for customer in ("C0", "C1", "C2"):
        for name, values in random.sample(known, 4):
            for _ in range(random.randint(1, 2)):
                since = FIRST + timedelta(random.randrange(-50, 390))
                found.append((since, customer, name, random.choice(values)))
    return sorted(found, key=lambda one: one[0])


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(0, 200), st.sampled_from(sorted(POLICIES)))
def test_what_else_is_known_counts_from_the_day_it_is_known(seed: int, begins: int, name: str) -> None:
    random = Random(seed)  # noqa: S311 - nothing secret about it
    ledger, known = trading(random), told(random)
    facts: dict[str, list[tuple[int, str, Decimal | str]]] = {}
    for since, customer, what, value in known:
        facts.setdefault(customer, []).append((day_number(since), what, value))
    first, until = FIRST + timedelta(begins), FIRST + timedelta(395)
    slow = Replay(ledger, "0", POLICIES[name], digits=2, factor=Decimal(20), people=PEOPLE, facts=known)

    found = listed(*fast(ledger, POLICIES[name], first, until, Decimal(20), Facts(facts)))

    assert found == slow.run(first, until)


def other_future(random: Random, ledger: Ledger, last: date) -> Ledger:
    """Return the ledger with another future: what comes after a day is changed, left out or invented."""
    changed_ = Ledger(
        [dict(row) for row in ledger.items if row["posting_date"] <= last],
        [dict(leg) for leg in ledger.legs if leg["effective_date"] <= last],
    )
    for row in ledger.items:
        if row["posting_date"] > last and random.random() < 0.5:
            later = {"posting_date": row["posting_date"] + timedelta(random.randrange(40)), "amount": 77}
            changed_.items.append(row | later)
    for leg in changed_.legs:  # what was undone after the day no longer is, and the other way round
        undone = leg["reversed_on"]
        if (undone is None or undone > last) and random.random() < 0.5:
            leg["reversed_on"] = random.choice((None, last + timedelta(1 + random.randrange(60))))
    for number in range(20):
        day = last + timedelta(1 + random.randrange(60))
        customer = random.choice(("", "C1", "C2", "C3", "C9"))
        key = changed_.item(f"X{number}", 5_000_000, day, day, customer=customer, company="0")
        paid = changed_.item(f"Y{number}", -900, day, day, kind=Kind.RECEIPT, customer="C1", company="0")
        old = random.choice(changed_.items)["item"]
        changed_.allocate({key: 900, paid: -900, old: random.randint(-99, 99)}, day, company="0")
    return changed_


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(60, 380), st.sampled_from(sorted(POLICIES)))
def test_nothing_that_comes_later_changes_a_decision(seed: int, cut: int, name: str) -> None:
    random = Random(seed)  # noqa: S311 - nothing secret about it
    ledger = trading(random) if seed % 4 else random_ledger(random, 160)
    first, last = FIRST + timedelta(cut // 2), FIRST + timedelta(cut)
    end = FIRST + timedelta(420)
    other = other_future(random, ledger, last)

    then = listed(*fast(ledger, POLICIES[name], first, last, Decimal(20)))
    whole = decided_until(*fast(ledger, POLICIES[name], first, end, Decimal(20)), last)
    invented = decided_until(*fast(other, POLICIES[name], first, end, Decimal(20)), last)

    assert then == whole == invented


def result(  # noqa: PLR0913 - what is compared
    ledger: Ledger,
    new: Policy,
    current: Policy,
    until: date,
    *,
    first: date = FIRST,
    factor: Decimal = Decimal(30),
) -> CompanyResult:
    arrays = read_ledger(*documented(ledger, "0"), last=until)
    found = company_backtest(
        COMPANY,
        *documented(ledger, "0"),
        customers(arrays),
        new=new,
        current=current,
        first=first,
        until=until,
        factor=factor,
    )
    assert found is not None
    return found


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from(sorted(POLICIES)))
def test_what_becomes_of_orders_adds_up(seed: int, name: str) -> None:
    ledger = trading(Random(seed))  # noqa: S311 - nothing secret about it
    until = FIRST + timedelta(400)
    first = FIRST + timedelta(100)
    found = result(ledger, POLICIES[name], default_policy(), until, first=first)
    ordered = [
        row for row in ledger.items if row["kind"] == Kind.INVOICE and first <= row["posting_date"] <= until
    ]

    for side in (found.current, found.new):
        whole = side.of(CREDIT) + side.of(PREPAID) + side.of(STOPPED)
        assert whole.sales == sum(row["amount"] for row in ordered)
        assert whole.orders == len({document(row) for row in ordered})
        for figures in side.by_verdict.values():
            settled = figures.collected + figures.credited + figures.written_off
            assert settled + figures.open == figures.sales
            assert 0 <= figures.serious <= figures.overdue
    for side, outcome in (("current", found.current), ("new", found.new)):
        sums = {
            name: sum(found.customers[f"{side}_{name}"].to_pylist())
            for name in ("allowed", "stopped", "prepaid", "lost", "avoided")
        }
        granted, others = outcome.of(CREDIT), outcome.of(PREPAID) + outcome.of(STOPPED)
        assert sums["allowed"] == granted.sales
        assert sums["stopped"] + sums["prepaid"] == others.sales
        assert (sums["lost"], sums["avoided"]) == (granted.lost, others.lost)
    apart = {"allowed": 0, "stopped": 0}
    for row in found.differing.to_pylist():
        new, current = Verdict(row["new_verdict"]), Verdict(row["current_verdict"])
        assert (new.on_credit, new.stopped) != (current.on_credit, current.stopped)
        apart["allowed"] += row["amount"] * (new.on_credit - current.on_credit)
        apart["stopped"] += row["amount"] * (new.stopped - current.stopped)
    assert apart["allowed"] == found.new.of(CREDIT).sales - found.current.of(CREDIT).sales
    assert apart["stopped"] == found.new.of(STOPPED).sales - found.current.of(STOPPED).sales


def test_a_policy_against_itself_decides_nothing_apart() -> None:
    found = result(trading(Random(3)), GENEROUS, GENEROUS, FIRST + timedelta(400))  # noqa: S311
    assert found.differing.num_rows == 0
    assert found.new == found.current
    assert found.new.of(CREDIT).orders > 0
    assert found.new.of(STOPPED).orders > 0


def test_the_sequence_of_rows_makes_no_difference() -> None:
    ledger = trading(Random(5))  # noqa: S311 - nothing secret about it
    shuffled = Ledger([*ledger.items], [*ledger.legs])
    for rows in (shuffled.items, shuffled.legs):
        Random(6).shuffle(rows)  # noqa: S311 - nothing secret about it
    until = FIRST + timedelta(400)
    one, other = (result(each, STRICT, GENEROUS, until) for each in (ledger, shuffled))
    assert (one.new, one.current) == (other.new, other.current)
    assert one.differing.equals(other.differing)


D = date


def example() -> Ledger:
    """Return the ledger of one customer: 1,000 a month since January 2024, paid after 30 days, and more.

    In June it orders 800, which it pays; in July 500 more; an invoice of August it never pays.
    """
    ledger = Ledger()
    for month in range(1, 6):
        ledger.item(
            f"I{3 * month}", 1_000_00, D(2024, month, 1), D(2024, month, 28), customer="C4", company="0"
        )
        paid = D(2024, month, 1) + timedelta(30)
        receipt = ledger.item(
            f"R{month}", -1_000_00, paid, paid, kind=Kind.RECEIPT, customer="C4", company="0"
        )
        ledger.allocate({f"I{3 * month}": 1_000_00, receipt: -1_000_00}, paid, company="0")
    for key, amount, day in (
        ("I30", 800_00, D(2024, 6, 3)),
        ("I33", 500_00, D(2024, 7, 1)),
        ("I36", 200_00, D(2024, 8, 1)),
    ):
        ledger.item(key, amount, day, day + timedelta(30), customer="C4", company="0")
    receipt = ledger.item("R30", -800_00, D(2024, 7, 20), None, kind=Kind.RECEIPT, customer="C4", company="0")
    ledger.allocate({"I30": 800_00, receipt: -800_00}, D(2024, 7, 20), company="0")
    return ledger


def test_an_order_that_is_stopped_is_not_in_that_world() -> None:
    """What is stopped is not open later, and what it would have blocked is let through.

    Until June C4 ordered 1,000 a month, so its turnover is taken to be 3,000. At first it may owe a fifth of
    that, 600: the 800 of June are stopped, and the 500 of July let through. On 1 August these are a day late,
    which raises two alerts, the share that is overdue and its rise. So it is rated anew: 6,300 in seven
    months, 900 a month and a turnover of 2,700; a fifth of it, for what is late is no good record, less a
    quarter for each alert, is 270. Where the first share is a half, the limit is what it needs in terms of 30
    days, 1,000: the 800 are let through, and not enough is left for the 500 of July until they are paid.
    """
    raised = ("first_share = 0.2 ", "first_share = 0.5 ")
    plain = ("rounding_step = 1000 ", "rounding_step = 0 ")
    never = ("stops_orders = true", "stops_orders = false")
    careful, bold = changed(plain, never), changed(plain, never, raised)
    ledger, until = example(), D(2024, 12, 31)

    of = {}
    for name, policy in (("careful", careful), ("bold", bold)):
        rows = listed(*fast(ledger, policy, D(2024, 6, 1), until, Decimal(3)))
        of[name] = [(one.verdict, one.exposure, one.limit) for one in rows]

    assert of["careful"] == [
        (Verdict.OVER_LIMIT, 0, 600_00),
        (Verdict.ALLOWED, 0, 600_00),
        (Verdict.OVER_LIMIT, 500_00, 270_00),
    ]
    assert of["bold"] == [
        (Verdict.ALLOWED, 0, 1_000_00),
        (Verdict.OVER_LIMIT, 800_00, 1_000_00),
        (Verdict.ALLOWED, 0, 1_000_00),
    ]
    found = result(ledger, careful, bold, until, first=D(2024, 6, 1), factor=Decimal(3))
    assert found.new.of(CREDIT).sales == found.new.of(CREDIT).lost == 500_00  # open, 153 days past due
    assert found.new.of(STOPPED).collected == 800_00
    assert found.current.of(CREDIT).sales == 1_000_00
    assert found.current.of(STOPPED).lost == 500_00  # a loss that is avoided


def test_what_came_of_an_order() -> None:
    """One invoice of 1,000 settled in every way: by a receipt and a write-off together, by a credit note.

    1,000 from 1 to 10 January, 450 until the 20th, 150 on the 21st and after, when it is 20 days late.
    """
    ledger = Ledger()
    ledger.item("I1", 1_000_00, D(2024, 1, 1), D(2024, 1, 11), customer="C1", company="0")
    ledger.item("R1", -500_00, D(2024, 1, 11), kind=Kind.RECEIPT, customer="C1", company="0")
    ledger.item("J1", -50_00, D(2024, 1, 11), kind=Kind.JOURNAL_ENTRY, customer="C1", company="0")
    ledger.item("N1", -300_00, D(2024, 1, 21), kind=Kind.CREDIT_NOTE, customer="C1", company="0")
    ledger.item("R2", -100_00, D(2024, 1, 15), kind=Kind.RECEIPT, customer="C1", company="0")
    ledger.allocate({"I1": 550_00, "R1": -500_00, "J1": -50_00}, D(2024, 1, 11), company="0")
    ledger.allocate({"I1": 300_00, "N1": -300_00}, D(2024, 1, 21), company="0")
    ledger.allocate({"I1": 100_00, "R2": -100_00}, D(2024, 1, 15), company="0", reversed_on=D(2024, 1, 16))

    found = result(ledger, default_policy(), default_policy(), D(2024, 1, 31)).new.of(CREDIT)

    assert (found.collected, found.credited, found.written_off, found.open) == (500_00, 300_00, 50_00, 150_00)
    assert (found.overdue, found.serious, found.lost) == (150_00, 0, 50_00)
    assert found.amount_days == 10 * 1_000_00 + 10 * 450_00 - 100_00 + 11 * 150_00
    later = result(ledger, default_policy(), default_policy(), D(2024, 2, 11)).new.of(CREDIT)
    assert (later.serious, later.lost) == (150_00, 200_00)  # 31 days past due
