"""Ratios of financial statements, by name, from lines by name."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duebook.errors import DuebookError, InputError, NoAnswerError, NothingToDivideError, OutOfRangeError
from duebook.ratios import LINES, RATIOS, Ratio, Unit, ratio

STATEMENT = {
    "total assets": 1000,
    "current assets": 500,
    "cash": 80,
    "marketable securities": 20,
    "receivables": 250,
    "inventory": 120,
    "prepayments": 30,
    "intangible assets": 60,
    "total liabilities": 600,
    "current liabilities": 250,
    "payables": 100,
    "equity": 400,
    "sales": 2000,
    "cost of sales": 1500,
    "ebit": 150,
    "operating profit": 160,
    "net profit": 90,
    "interest expense": 30,
    "operating cash flow": 125,
}


def of(name: str, **changed: float | None) -> Decimal:
    lines = STATEMENT | {line.replace("_", " "): amount for line, amount in changed.items()}
    return ratio(name, [(line, Decimal(str(amount))) for line, amount in lines.items() if amount is not None])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("debt ratio", "0.6"),
        ("资产负债率", "0.6"),
        ("equity ratio", "0.4"),
        ("debt to equity", "1.5"),
        ("产权比率", "1.5"),
        ("equity multiplier", "2.5"),
        ("current ratio", 2),
        ("流动比率", 2),
        ("quick ratio", "1.4"),
        ("Acid-test ratio", "1.4"),
        ("cash ratio", "0.4"),
        ("现金比率", "0.4"),
        ("working capital", 250),
        ("营运资金", 250),
        ("tangible net worth", 340),
        ("interest cover", 5),
        ("利息保障倍数", 5),
        ("operating cash flow ratio", "0.5"),
        ("cash flow margin", "0.0625"),
        ("gross margin", "0.25"),
        ("operating margin", "0.08"),
        ("net margin", "0.045"),
        ("return on assets", "0.09"),
        ("ROE", "0.225"),
        ("asset turnover", 2),
        ("receivables turnover", 8),
        ("inventory turnover", "12.5"),
        ("receivable days", "45.625"),
        ("应收账款周转天数", "45.625"),
        ("inventory days", "29.2"),
    ],
)
def test_every_ratio_of_one_statement(name: str, value: str | int) -> None:
    assert of(name) == Decimal(value)


def test_cash_ratio_as_the_insurer_defines_it() -> None:
    """Allianz Trade: (cash + cash equivalents + marketable securities) / current liabilities."""
    three = [
        ("cash", 50),
        ("cash equivalents", 30),
        ("marketable securities", 20),
        ("current liabilities", 200),
    ]
    assert ratio("cash ratio", [(line, Decimal(amount)) for line, amount in three]) == Decimal("0.5")
    two = [("现金及现金等价物", 80), ("交易性金融资产", 20), ("流动负债合计", 200)]
    assert ratio("现金比率", [(line, Decimal(amount)) for line, amount in two]) == Decimal("0.5")


def test_a_line_follows_from_others() -> None:
    assert of("debt ratio", total_liabilities=None) == of("debt ratio", total_assets=None) == of("debt ratio")
    assert of("debt to equity", equity=None) == of("debt to equity")
    assert of("tangible net worth", equity=None) == of("tangible net worth") == 340
    assert of("interest cover", ebit=None, profit_before_tax=120) == 5
    assert of("working capital", working_capital=99, current_liabilities=None) == 99


def test_a_line_that_a_statement_may_lack_is_nothing() -> None:
    assert of("quick ratio", prepayments=None) == Decimal("1.52")
    assert of("tangible net worth", intangible_assets=None) == 400
    assert of("cash ratio", marketable_securities=None) == Decimal("0.32")


def test_names_in_every_spelling() -> None:
    assert ratio(" DEBT_ratio ", [("Total  Assets:", Decimal(4)), ("负债合计", Decimal(1))]) == Decimal(
        "0.25"
    )
    assert ratio("流动比率", [("流动资产合计", Decimal(4)), ("total current liabilities", Decimal(2))]) == 2


def test_a_line_may_stand_twice_with_one_amount() -> None:
    lines = [("total assets", Decimal(4)), ("资产总计", Decimal("4.00")), ("total liabilities", Decimal(1))]
    assert ratio("debt ratio", lines) == Decimal("0.25")


def test_what_was_rounded_to_thousands_is_no_contradiction() -> None:
    assert of("debt ratio", equity=401) == Decimal("0.6")
    assert of("gross margin", gross_profit=501) == Decimal("0.2505")
    assert of("current ratio", cash=100.5) == 2


@pytest.mark.parametrize(
    ("name", "changed", "error", "message"),
    [
        (
            "dept ratio",
            {},
            InputError,
            "name: 'dept ratio' is no ratio known here. Did you mean 'debt ratio'?",
        ),
        ("current ratio", {"current_assets": None}, NoAnswerError, "figures: current assets is missing."),
        ("quick ratio", {"inventory": None}, NoAnswerError, "figures: inventory is missing."),
        ("cash ratio", {"cash": None}, NoAnswerError, "figures: cash is missing."),
        (
            "debt ratio",
            {"total_assets": None, "equity": None},
            NoAnswerError,
            "figures: total assets is missing.",
        ),
        (
            "current ratio",
            {"current_assets": None, "curent_assets": 500},
            NoAnswerError,
            (
                "figures: current assets is missing. 'curent assets' is no line known here; "
                "did you mean 'current assets'?"
            ),
        ),
        (
            "interest cover",
            {"interest_expense": 0},
            NothingToDivideError,
            "figures: interest expense is 0, so there is nothing to divide by.",
        ),
        (
            "net margin",
            {"sales": 0},
            NothingToDivideError,
            "figures: sales is 0, so there is nothing to divide by.",
        ),
        (
            "debt to equity",
            {"equity": -50, "total_liabilities": 1050},
            NoAnswerError,
            "figures: equity is -50, negative, so debt to equity would say nothing.",
        ),
        (
            "current ratio",
            {"current_liabilities": -250},
            OutOfRangeError,
            (
                "figures: current liabilities is -250, negative. "
                "Assets, liabilities, sales and costs are written without a sign."
            ),
        ),
        (
            "debt ratio",
            {"equity": 300},
            InputError,
            "figures: total assets 1000 is not total liabilities 600 and equity 300 together, 900.",
        ),
        (
            "debt ratio",
            {"total_liabilities": None, "equity": 1500},
            InputError,
            "figures: total liabilities would be -500, so the other lines contradict each other.",
        ),
        (
            "quick ratio",
            {"inventory": 600},
            InputError,
            "figures: inventory 600 is more than current assets 500.",
        ),
        (
            "quick ratio",
            {"inventory": 250},
            InputError,
            "figures: cash + receivables + inventory come to 580, more than current assets 500.",
        ),
        (
            "cash ratio",
            {"cash_and_cash_equivalents": 70},
            InputError,
            "figures: cash 80 is more than cash and cash equivalents 70.",
        ),
        (
            "cash ratio",
            {"marketable_securities": 700},
            InputError,
            "figures: marketable securities 700 is more than current assets 500.",
        ),
        (
            "working capital",
            {"working_capital": 150},
            InputError,
            "figures: working capital 150 is not current assets 500 less current liabilities 250, 250.",
        ),
        (
            "gross margin",
            {"毛利": 600},
            InputError,
            "figures: gross profit 600 is not sales 2000 less cost of sales 1500, 500.",
        ),
        (
            "tangible net worth",
            {"tangible_net_worth": 400},
            InputError,
            "figures: tangible net worth 400 is not equity 400 less intangible assets 60, 340.",
        ),
        (
            "debt ratio",
            {"资产总计": 999},
            InputError,
            "figures: total assets stands there with 1000 and with 999; once is allowed.",
        ),
    ],
)
def test_what_has_no_answer_says_why(
    name: str, changed: dict[str, float | None], error: type[DuebookError], message: str
) -> None:
    with pytest.raises(error) as caught:
        of(name, **changed)
    assert str(caught.value) == message
    assert type(caught.value) is error


def test_an_unknown_ratio_near_none_lists_all() -> None:
    with pytest.raises(InputError, match=r"There are debt ratio, equity ratio, .*, payable days\."):
        of("xyz")


def test_no_name_stands_for_two() -> None:
    for known in (LINES, RATIOS):
        names = [name.casefold() for item in known for name in (item.name, *item.others)]
        assert len(names) == len(set(names))


@given(st.sampled_from(RATIOS), st.sampled_from([Decimal("0.001"), Decimal(1000), Decimal("7.5")]))
def test_the_unit_of_the_statement_changes_no_ratio(known: Ratio, times: Decimal) -> None:
    lines = [(line, Decimal(amount)) for line, amount in STATEMENT.items()]
    scaled = [(line, amount * times) for line, amount in lines]
    one = ratio(known.name, lines)
    expected = one * times if known.unit is Unit.MONEY else one
    assert round(ratio(known.name, scaled), 9) == round(expected, 9)


@given(st.permutations(list(STATEMENT)))
def test_the_order_of_lines_changes_nothing(order: list[str]) -> None:
    lines = [(line, Decimal(STATEMENT[line])) for line in order]
    assert [ratio(known.name, lines) for known in RATIOS] == [of(known.name) for known in RATIOS]


def figures(**lines: float) -> list[tuple[str, Decimal | str]]:
    return [(line.replace("_", " "), Decimal(amount)) for line, amount in lines.items()]


def test_ratios_as_people_name_them() -> None:
    for name, known in (
        ("interest coverage ratio", "interest cover"),
        ("debt/equity", "debt to equity"),
        ("Debt / Equity ratio", "debt to equity"),
        ("debt-to-assets ratio", "debt ratio"),
        ("debt to asset ratio", "debt ratio"),
        ("profit margin", "net margin"),
        ("OCF ratio", "operating cash flow ratio"),
        ("current", "current ratio"),
    ):
        assert of(name) == of(known)


def test_quick_assets_add_up_where_no_line_has_current_assets() -> None:
    lines = figures(cash=50, securities=20, receivables=80, current_liabilities=100)
    assert ratio("quick ratio", lines) == Decimal("1.5")
    with pytest.raises(NoAnswerError, match="receivables is missing"):
        ratio("quick ratio", figures(cash=50, current_liabilities=100))
    with pytest.raises(NoAnswerError, match="inventory is missing"):
        ratio("quick ratio", [*lines, ("current assets", Decimal(200))])


def test_no_line_that_counts_is_passed_over() -> None:
    assert ratio("cash ratio", figures(cash=50, equivalents=10, securities=25, current_liabilities=100)) == (
        Decimal("0.85")
    )
    assert ratio("cash ratio", figures(cash=50, short_term_securities=25, current_liabilities=100)) == (
        Decimal("0.75")
    )
    for given_, part in (
        ("listed securities", "marketable securities"),
        ("cash equivalent", "cash equivalents"),
    ):
        lines = [*figures(cash=50, current_liabilities=100), (given_, Decimal(10))]
        with pytest.raises(InputError) as caught:
            ratio("cash ratio", lines)
        assert str(caught.value) == (
            f"figures: {given_!r} is no line known here, and reads like {part}. "
            f"Name it {part}, or add it to that line."
        )
        assert ratio("current ratio", [*lines, ("current assets", Decimal(60))]) == Decimal("0.6")
    for given_ in ("Goodwill", "商誉", "other intangible assets"):
        with pytest.raises(InputError, match="reads like intangible assets"):
            ratio("tangible net worth", [("equity", Decimal(9)), (given_, Decimal(1))])
        assert ratio("tangible net worth", [("equity", Decimal(9)), (given_, Decimal(0))]) == 9
    longer = [*figures(current_assets=9, inventory=1, current_liabilities=4), ("长期待摊费用", Decimal(5))]
    assert ratio("quick ratio", longer) == 2


def test_a_heading_is_no_line_and_a_line_has_a_number() -> None:
    lines = figures(total_assets=4, total_liabilities=1)
    assert ratio("debt ratio", [("item", "amount"), *lines]) == Decimal("0.25")
    with pytest.raises(InputError, match=r"figures: sales is '1,234', not a number\. Turn the text into"):
        ratio("debt ratio", [*lines, ("sales", "1,234")])
