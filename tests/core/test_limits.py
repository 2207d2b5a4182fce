"""Credit limits: each method against its published example, what bounds them, and by name."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook import limits
from duebook.errors import DuebookError, InputError, NoAnswerError, NothingToDivideError, OutOfRangeError
from duebook.limit_inputs import Inputs
from duebook.limit_methods import METHODS, limit, simulate
from duebook.policy import default_text, parse_policy

money = st.decimals(0, 10**9, places=2)


def number(value: float | str) -> Decimal:
    return Decimal(str(value))


def named(method: str, **pairs: float | str | list[float]) -> Decimal:
    """Return the limit of a method; an underscore is a space, a list is an input several times."""
    flat = [
        (name.replace("_", " "), each)
        for name, value in pairs.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    given_ = [(name, each if isinstance(each, str) else number(each)) for name, each in flat]
    return limit(method, Inputs(given_)).amount


def by_policy(method: str, **pairs: float | str) -> Decimal:
    """Return the limit of a method under the default policy."""
    given_ = [
        (key.replace("_", " "), each if isinstance(each, str) else number(each))
        for key, each in pairs.items()
    ]
    return limit(method, Inputs(given_, parse_policy(default_text(), where="own.toml"))).amount


def test_the_first_transaction_and_half_a_year_later() -> None:
    """The guide: at most 20% of mean monthly turnover; after six months of a good record 50%."""
    for months, good, expected in (
        (0, True, 20_000),
        (5, True, 20_000),
        (6, True, 50_000),
        (60, False, 20_000),
    ):
        assert limits.progressive(number(100_000), months, good_record=good) == expected
    assert named("progressive", monthly_turnover=100_000, months=6, good_record="yes") == 50_000
    assert named("阶梯额度", 月均营业额=100_000, 合作月数=6, 履约良好="否") == 20_000


def test_the_most_restrictive_criterion_applies() -> None:
    """The help of mydsomanager: net worth 80,000, turnover 700,000, grade B, need 50,000: 28,000."""
    figures = {"tangible_net_worth": 80_000, "turnover": 700_000, "need": 50_000}
    assert named("grade", grade="b", **figures) == 28_000
    assert named("grade", net_worth_percent=0.5, turnover_percent=0.05, **figures) == 35_000
    assert named("grade", net_worth_percent=0.9, turnover_percent=0.9, **figures) == 50_000


def test_terms_and_tolerance_are_months_of_sales() -> None:
    """CreditRiskMonitor: terms of 15 days and a tolerance of 30 are 1.5 months of sales."""
    assert named("dso cap", monthly_sales=1, term_days=15, tolerance=30) == number(1.5)


def test_an_expected_loss_is_a_budget() -> None:
    """CreditRiskMonitor: 500,000 lost of 50 million is 1%; on 100,000 that is 1,000."""
    rate = number(500_000) / 50_000_000
    assert limits.expected_loss_limit(number(1_000), rate) == 100_000
    assert named("expected loss", loss_budget=1_000, pd=0.01, lgd=0.5) == 200_000


def test_tenths() -> None:
    """highako, bernsteinlaw, miraitalk: 10% of net worth, of working capital, of mean monthly sales."""
    assert named("net worth", net_worth=900) == 90
    assert named("working capital", working_capital=900) == 90
    assert named("sales", monthly_sales=900) == named("sales", monthly_turnover=900) == 90
    assert named("net worth", net_worth=900, net_worth_percent=0.2) == 180


def test_references_are_a_median_or_the_high_credit() -> None:
    """highako: the median limit of the references, else the recent high credit."""
    assert named("references", reference=[40, 70, 50]) == 50
    assert named("references", reference=[40, 70, 50, 60], high_credit=900) == 55
    assert named("references", high_credit=90) == 90


def test_the_need_of_terms() -> None:
    """creditmanagement-tools.com: a year's sales of 365,000 with 20% tax on 60 days."""
    assert named("need", sales=360_000, term_days=60, tax=0.2) == 72_000
    assert named("need", sales=90_000, months=3, days=60) == 60_000
    assert named("need", sales=90_000, months_of_sales=3, months=18, days=60) == 60_000


def test_months_of_business_are_never_taken_for_those_of_the_sales() -> None:
    """A year's sales over the seven months of business would make the need 104,286, not 60,833."""
    table = {"monthly_turnover": 400_000, "months": 7, "good_record": "yes", "days": 60}
    for method in ("need", "policy"):
        with pytest.raises(InputError) as caught:
            by_policy(method, sales=365_000, **table)
        assert str(caught.value) == (
            "inputs: months may be those of business or those of the sales. "
            "Name them months of business and months of sales."
        )
    assert by_policy("policy", annual_sales=365_000, **table) == 60_000
    assert by_policy("progressive", sales=365_000, **table) == 200_000
    assert named("need", sales=90_000, months=3, months_of_business=7, good_record="yes", days=60) == 60_000
    assert named("need", yearly_sales=360_000, months=7, days=60) == 60_000
    assert named("need", annual_sales=360_000, months_of_sales=12, days=60) == 60_000
    inputs = Inputs([("term days", number(30)), ("months", number(7))])
    assert simulate("need", inputs, ("annual sales", [number(1200)]), ("tax", [number(0)])) == ((100,),)
    with pytest.raises(InputError, match=r"annual sales are of 12 months, but months of sales is 3\. Name "):
        named("need", annual_sales=90_000, months_of_sales=3, days=60)


def test_a_blend_is_the_mean_of_three() -> None:
    """highako: the mean of net worth, references and need."""
    assert named("blend", net_worth=900, reference=60, need=120) == 90


def test_revenue_by_the_risk_of_the_industry() -> None:
    """creditinsurance.com: 10, 7 or 5%, two points more above a score of 700, two less below 500."""
    for risk, share in (("low", 10), ("Medium", 7), ("high", 5)):
        assert named("revenue", revenue=100, industry_risk=risk) == share
    for score, share in ((701, 9), (700, 7), (500, 7), (499, 5)):
        assert named("revenue", revenue=100, industry_risk="medium", score=score) == share
    assert named("revenue", revenue=100, revenue_percent=0.01, score=300) == 0


def test_our_own_score_is_no_bureaus() -> None:
    """80 of 100 is a good score; held against a bureau's 500 it would lower the limit like a bad one."""
    for score in (0, 80, 100):
        with pytest.raises(OutOfRangeError) as caught:
            named("revenue", revenue=100, industry_risk="low", score=score)
        assert str(caught.value) == (
            f"score: {score} is on a scale of 0 to 100, but the policy compares it with 500 and 700. "
            "Give a bureau's score of 300 to 850, or leave it out."
        )
    with pytest.raises(OutOfRangeError, match=r"score: -1 is negative; 0 or more is allowed\."):
        named("revenue", revenue=100, industry_risk="low", score=-1)
    own = {"share": number("0.1"), "good_score": 80, "bad_score": 50}
    assert limits.revenue_share(number(100), score=number(81), **own) == 12  # type: ignore[arg-type]


def test_an_insured_limit_and_what_one_bears_oneself() -> None:
    assert named("insured", insured_limit=100, own_retention=20) == 120


@given(money, money, st.integers(0, 100), st.booleans())
def test_a_progressive_limit_is_monotone_and_scales(
    turnover: Decimal,
    more: Decimal,
    months: int,
    good: bool,  # noqa: FBT001 - an example
) -> None:
    found = limits.progressive(turnover, months, good_record=good)
    assert limits.progressive(turnover + more, months, good_record=good) >= found
    assert limits.progressive(turnover, months + 1, good_record=good) >= found
    assert limits.progressive(turnover * 3, months, good_record=good) == found * 3


@given(st.lists(money, min_size=1, max_size=9), money)
def test_a_median_lies_among_the_references(given_: list[Decimal], high: Decimal) -> None:
    found = limits.references(given_, high_credit=high)
    assert min(given_) <= found <= max(given_)
    assert 2 * sum(value <= found for value in given_) >= len(given_) <= 2 * sum(v >= found for v in given_)
    assert limits.references(given_[::-1]) == found


def test_a_decision_says_what_bound_it() -> None:
    found = limits.decide(
        {"net worth": number(98_765), "need": number(70_000)},
        caps={"seller's sales": number(65_500), "approval": number(90_000)},
        rounding_step=number(1_000),
        granted=date(2026, 8, 31),
        valid_months=6,
    )
    assert (found.amount, found.method, found.bound_by) == (65_000, "need", "seller's sales")
    assert found.expires == date(2027, 2, 28)
    assert found.steps == (
        ("net worth", 98_765),
        ("need", 70_000),
        ("seller's sales", 65_500),
        ("approval", 65_500),
        ("rounding", 65_000),
    )


def test_a_floor_raises_what_is_not_nothing_and_yields_to_a_cap() -> None:
    floor = number(500)
    assert limits.decide({"need": number(10)}, floor=floor).bound_by == "floor"
    assert limits.decide({"need": number(0)}, floor=floor).amount == 0
    capped = limits.decide({"need": number(10)}, floor=floor, caps={"insurer": number(300)})
    assert (capped.amount, capped.bound_by) == (300, "insurer")


@given(
    st.dictionaries(st.sampled_from("abc"), money, min_size=1),
    st.dictionaries(st.sampled_from("xyz"), money),
    money,
    st.sampled_from([0, 1, 7, 1000]),
)
def test_a_decision_is_within_its_bounds(
    proposals: dict[str, Decimal], caps: dict[str, Decimal], floor: Decimal, step: int
) -> None:
    found = limits.decide(proposals, caps=caps, floor=floor, rounding_step=Decimal(step))
    assert 0 <= found.amount <= max(min(proposals.values()), floor)
    assert all(found.amount <= cap for cap in caps.values())
    assert found.bound_by in {*proposals, *caps, "floor"}
    assert proposals[found.method] == min(proposals.values())
    if step:
        assert found.amount % step == 0
        assert limits.decide(proposals, caps=caps, floor=floor).amount - found.amount < step


def test_years_step_up_and_alerts_step_down() -> None:
    base = number(1000)
    assert limits.stepped(base, years=3, good_record=True) == 1300
    assert limits.stepped(base, years=30, good_record=True) == 1500
    assert limits.stepped(base, years=3, good_record=False) == 1000
    assert limits.stepped(base, years=3, good_record=True, alerts=1) == 750
    assert limits.stepped(base, years=3, good_record=True, alerts=9) == 0
    with pytest.raises(OutOfRangeError, match=r"years: -1 is negative; 0 or more is allowed\."):
        limits.stepped(base, years=-1, good_record=True)


@given(money, st.decimals(-(10**9), 10**9, places=2))
def test_what_is_available_is_never_negative(allowed: Decimal, owed: Decimal) -> None:
    found = limits.available(allowed, owed)
    assert found == max(0, allowed - owed)
    if found:
        assert found + owed == allowed


def test_a_negative_limit_is_refused() -> None:
    with pytest.raises(OutOfRangeError, match=r"limit: -1 is negative; 0 or more is allowed\."):
        limits.available(number(-1), number(0))


def test_a_two_way_table() -> None:
    given_ = Inputs([("tolerance", number(15))])
    found = simulate(
        "dso cap", given_, ("Monthly Sales", [number(100), number(-1)]), ("账期", [number(15), number(45)])
    )
    assert found[0] == (100, 200)
    assert all(isinstance(cell, OutOfRangeError) for cell in found[1])
    with pytest.raises(
        InputError, match="inputs: term days cannot change down the rows and across the columns"
    ):
        simulate("dso cap", given_, ("terms", []), ("term days", []))
    with pytest.raises(InputError, match=r"inputs: 'tems' is no input of a limit\. Did you mean 'terms'\?"):
        simulate("dso cap", given_, ("tems", []), ("tolerance", []))


def test_bounds_go_with_every_method() -> None:
    inputs = {"net_worth": 987_654, "cap": [80_000, 70_500], "step": 1_000}
    assert named("net worth", **inputs) == 70_000
    assert named("net worth", **inputs, seller_annual_sales=300_000) == 30_000
    assert named("net worth", net_worth=10, floor=5) == 5


def test_the_methods_of_the_catalogue() -> None:
    assert {"progressive", "net worth", "working capital", "sales", "references", "need"} <= {
        method.name for method in METHODS
    }
    assert len({name for method in METHODS for name in (method.name, *method.others)}) == sum(
        1 + len(method.others) for method in METHODS
    )


@pytest.mark.parametrize(
    ("method", "pairs", "error", "message"),
    [
        (
            "net wort",
            {},
            InputError,
            "method: 'net wort' is no method of setting limits. Did you mean 'net worth'?",
        ),
        ("net worth", {}, NoAnswerError, "inputs: net worth is missing."),
        (
            "net worth",
            {"net_worh": 1},
            InputError,
            "inputs: 'net worh' is no input of a limit. Did you mean 'net worth'?",
        ),
        (
            "net worth",
            {"net_worth": [1, 2]},
            InputError,
            "inputs: net worth stands there twice; once is allowed.",
        ),
        ("net worth", {"net_worth": "much"}, InputError, "inputs: net worth is 'much', not a number."),
        ("net worth", {"net_worth": -5}, NoAnswerError, "net worth: -5 is negative, so it carries no limit."),
        (
            "net worth",
            {"net_worth": 5, "net_worth_percent": 20},
            OutOfRangeError,
            "net worth percent: 20 is not between 0 and 1. Write 0.1 for 10%.",
        ),
        (
            "grade",
            {"grade": "A", "tangible_net_worth": 1, "turnover": 1},
            InputError,
            (
                "inputs: no shares are known for grade 'A', only for B. "
                "Give net worth percent and turnover percent."
            ),
        ),
        ("grade", {"tangible_net_worth": 1, "turnover": 1}, NoAnswerError, "inputs: grade is missing."),
        (
            "references",
            {},
            NoAnswerError,
            "reference: no trade reference names a limit, and there is no high credit.",
        ),
        (
            "references",
            {"reference": [5, -1]},
            OutOfRangeError,
            "reference: -1 is negative; 0 or more is allowed.",
        ),
        ("need", {"sales": 1, "term_days": 30.5}, InputError, "inputs: term days is 30.5, no whole number."),
        (
            "need",
            {"sales": 1, "term_days": 30, "months": 0},
            OutOfRangeError,
            "months: 0 is no length of a period; 1 or more is allowed.",
        ),
        (
            "progressive",
            {"monthly_turnover": 1, "months": 1, "good_record": "perhaps"},
            InputError,
            "inputs: good record is 'perhaps'; yes or no, 1 or 0 are allowed.",
        ),
        (
            "progressive",
            {"monthly_turnover": 1, "months": -1, "good_record": 1},
            OutOfRangeError,
            "months: -1 is negative; 0 or more is allowed.",
        ),
        (
            "expected loss",
            {"loss_budget": 1, "pd": 0},
            NothingToDivideError,
            "probability of default: 0, so no limit would lose anything.",
        ),
        (
            "expected loss",
            {"loss_budget": 1, "pd": 2},
            OutOfRangeError,
            "probability of default: 2 is not between 0 and 1. Write 0.02 for 2%.",
        ),
        (
            "revenue",
            {"revenue": 1, "industry_risk": "huge"},
            InputError,
            "inputs: industry risk is 'huge'; low, medium, high are allowed.",
        ),
        (
            "insured",
            {"insured_limit": -1},
            OutOfRangeError,
            "insured limit: -1 is negative; 0 or more is allowed.",
        ),
        (
            "net worth",
            {"net_worth": 1, "cap": -1},
            OutOfRangeError,
            "cap: -1 is negative; 0 or more is allowed.",
        ),
    ],
)
def test_limits_without_an_answer(
    method: str, pairs: dict[str, float | str | list[float]], error: type[DuebookError], message: str
) -> None:
    with pytest.raises(error) as caught:
        named(method, **pairs)
    assert (str(caught.value), type(caught.value)) == (message, error)


def test_decisions_without_an_answer() -> None:
    with pytest.raises(NoAnswerError, match=r"limit: no method proposes an amount\."):
        limits.decide({})
    with pytest.raises(OutOfRangeError, match="valid_months: 0; 1 or more from a day of decision is allowed"):
        limits.decide({"need": number(1)}, granted=date(2026, 1, 1), valid_months=0)
    with pytest.raises(NoAnswerError, match="blend: there is no proposal"):
        limits.blend([])


def test_names_of_methods_and_inputs_near_none_list_all() -> None:
    with pytest.raises(InputError, match=r"There are progressive, net worth, .*, insured, policy\."):
        named("xyz")
    with pytest.raises(InputError, match=r"There are net worth, net worth percent, .*, seller percent\."):
        named("need", qqq=1)


def test_names_as_people_write_them() -> None:
    for method in ("networth", "Net_Worth", "net-worth"):
        assert named(method, networth=900) == 90
    assert (
        limit("Trade reference", Inputs([("reference 1", number(40)), ("Reference2", number(60))])).amount
        == 50
    )
    assert named("references", **{"trade references": [40, 60]}) == 50
    for method in ("DSO", "sales x DSO cap", "Sales × DSO cap"):  # noqa: RUF001 - as it is printed
        assert named(method, average_monthly_sales=900, payment_terms=30, tolerance=0) == 900
    assert named("dso cap", monthly_turnover=900, term_days=30, tolerance=0) == 900
    assert named("EL", budget=10, pd=0.1) == 100
    assert named("need", annual_sales=3600, terms=30, rounding=7) == 294
    assert named("net worth", net_worth=900, **{"seller\u2019s annual sales": 100}) == 10
    assert named("grade", net_worth=100, turnover=10_000, grade="B") == 35
    for words, share in ((("average", "moderate", "中"), 70), (("低",), 100), (("高", "HIGH"), 50)):
        assert {named("revenue", revenue=1000, risk=word) for word in words} == {share}


def test_what_is_missing_is_what_the_method_asks() -> None:
    for method, missing in (("sales", "monthly sales"), ("progressive", "monthly turnover")):
        with pytest.raises(NoAnswerError, match=f"^inputs: {missing} is missing"):
            named(method)
    with pytest.raises(InputError, match="'months of sales 1' is no input"):
        named("need", months_of_sales_1=3)


def test_years_never_lift_what_is_a_ceiling() -> None:
    """The guide: at most 50% of a month's turnover (item 14). An insurer covers no more for good years."""
    years: dict[str, float | str] = {"months_of_business": 60, "years_of_business": 5, "good_record": "yes"}
    assert by_policy("policy", net_worth=900_000, **years) == 135_000
    assert by_policy("policy", monthly_turnover=400_000, **years) == 200_000
    assert by_policy("policy", monthly_turnover=400_000, net_worth=1_600_000, **years) == 200_000
    assert by_policy("policy", monthly_turnover=400_000, net_worth=1_200_000, **years) == 180_000
    assert by_policy("policy", insured_limit=100_000, own_retention=5_000, **years) == 105_000
    assert by_policy("policy", monthly_turnover=400_000, open_alerts=1, **years) == 150_000
    assert by_policy("policy", insured_limit=100_000, open_alerts=2, **years) == 50_000


def test_a_mean_that_is_stepped_up_to_a_whole_step_is_that_step() -> None:
    """25,000 / 7, two fifths more, is 5,000; a mean cut at the 28th digit made it 4,999.99... so 4,000."""
    text = default_text()
    assert 'combine = "smallest"' in text
    policy = parse_policy(text.replace('combine = "smallest"', 'combine = "mean"', 1), where="own.toml")
    given_: list[tuple[str, Decimal | str]] = [
        *(("net worth", number(50_000)), ("working capital", number(50_000)), ("reference", number(5_000))),
        *(("need", number(5_000)), ("insured limit", number(5_000)), ("loss budget", number(0))),
        *(("probability of default", number(0.1)), ("monthly turnover", number(0)), ("months", number(50))),
        *(("years of business", number(4)), ("good record", "yes")),
    ]

    found = limit("policy", Inputs(given_, policy))

    assert (found.amount, found.bound_by) == (5_000, "mean")
    assert found.steps == (("mean", 5_000), ("rounding", 5_000))


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.integers(1, 400))
def test_proposals_are_exact(sales: int, budget: int, days: int) -> None:
    asked = limits.need(Decimal(sales), days)
    assert asked * 360 == sales * days
    assert limits.sales_in_terms(Decimal(sales), days) * 30 == sales * days
    assert limits.expected_loss_limit(Decimal(budget), Decimal("0.07")) * 7 == budget * 100
    assert limits.blend([asked, asked, Decimal(1)]) * 3 == 2 * asked + 1
    shown = limits.to_decimal(asked)
    assert 0 <= asked - Fraction(shown) <= asked / 10**27


def test_what_does_not_come_out_even_is_cut_and_never_rounded_up() -> None:
    assert limits.to_decimal(Fraction(2, 3)) == Decimal("0." + "6" * 28)
    assert limits.to_decimal(Fraction(1, 8)) == Decimal("0.125")
    assert limits.to_decimal(Decimal("1.10")) == Decimal("1.10")
