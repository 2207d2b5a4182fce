"""The probability of serious delinquency (违约概率), and what it is made of."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from decimal import Decimal  # noqa: TC003 - the registry reads the annotations at run time
from typing import TYPE_CHECKING, Annotated, Final

from duebook.default import NAMES, ExpertPoints, chinese, factor_values
from duebook.errors import DuebookError, InputError, NoAnswerError
from duebook_addin.book import PolicyName, current_model, policy_named
from duebook_addin.cells import Cell, CellError, ErrorFoundError, number_reader
from duebook_addin.registry import Category, Column, Example, Sheet, Table, Text, Together, function

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duebook.default import Probability
    from duebook.fitted import Scorecard

_FACTOR: Final = Text(
    "Factors by name: overdue, oldest overdue, overdue share, days late, share over 15, share over 30.",
    "各因子名称：逾期金额、最长逾期天数、逾期占比、加权平均逾期天数、付款逾期超15天占比、付款逾期超30天占比。",
)
_VALUE: Final = Text(
    "What each is: an amount, days, or a share such as 0.2 for 20%. Empty: missing.",
    "各因子的值：金额、天数或比例（20% 写 0.2）；空为缺失。",
)
_LATE: Final[list[list[str | float]]] = [
    ["overdue", 1200],
    ["oldest overdue", 22],
    ["overdue share", 0.4],
    ["days late", 9.5],
    ["share over 15", 0.3],
    ["share over 30", 0.05],
]
_NAMES: Final = [row[0] for row in _LATE]
_VALUES: Final = [row[1] for row in _LATE]


def _model(policy: str | None) -> ExpertPoints | Scorecard:
    """Return what foresees: the fitted model in use, else the fixed points of the policy."""
    own = policy_named(policy)
    return current_model() or ExpertPoints.of(own)


def _known(model: ExpertPoints | Scorecard) -> dict[str, str]:
    return NAMES if isinstance(model, ExpertPoints) else model.names


def _foreseen(
    factor: Sequence[str | None], value: Sequence[Decimal | None], policy: str | None
) -> Probability:
    pairs: list[tuple[str, Decimal | None]] = []
    for name, known in zip(factor, value, strict=True):
        if name is None and known is not None:
            raise NoAnswerError(f"factor: the cell is empty, but its value is {known}.")
        if name is not None:
            pairs.append((name, known))
    model = _model(policy)
    return model.score(factor_values(pairs, _known(model)))


@function(
    "PROBDEFAULT",
    Category.CUSTOMER,
    "180 天内严重拖欠的概率：有拟合模型用模型，否则用固定专家评分。",
    examples=[
        Example((_NAMES, _VALUES), 0.395643924),
        Example((["overdue", "days late"], [0, -2]), 0.02),
        Example((["逾期金额"], [0]), 0.034834954),
    ],
)
def probdefault(
    factor: Annotated[Column[str | None], _FACTOR, Together("factors")],
    value: Annotated[Column[Decimal | None], _VALUE, Together("factors")],
    policy: PolicyName = None,
) -> Annotated[float, Text("The probability, 0 to 1.", "概率，0 至 1。")]:
    """Probability that an invoice due within 180 days goes more than 30 days past due.

    The fitted model in use says it, else fixed expert points with a wide band, which PROBDEFAULTS shows.
    """
    return _foreseen(factor, value, policy).probability


@function(
    "PROBDEFAULTWHY",
    Category.CUSTOMER,
    "严重拖欠概率的理由：每个失分因子一行，最差在前。",
    examples=[
        Example(
            (["oldest overdue", "days late", "share over 15"], [22, 3, 0]),
            [
                ["factor", "value", "points lost", "reason"],
                ["oldest overdue", 22, 20, "Oldest overdue: 22; best is up to 0."],
                ["days late", 3, 5, "Days late: 3; best is up to 0."],
            ],
        ),
        Example(
            (["逾期金额"], [0]),
            [["因子", "值", "失分", "理由"], ["无付款记录", None, 10, "尚无付款记录。"]],
        ),
    ],
)
def probdefaultwhy(
    factor: Annotated[Column[str | None], _FACTOR, Together("factors")],
    value: Annotated[Column[Decimal | None], _VALUE, Together("factors")],
    policy: PolicyName = None,
) -> Annotated[
    Table,
    Text(
        "Headings, and a row a factor that costs points; Chinese where the first factor is.",
        "标题行与每个失分因子一行；首个因子以中文书写时为中文。",
    ),
]:
    """What the probability of serious delinquency is made of: points lost by factor, the worst first."""
    chosen = next((name for name in factor if name), "")
    chinese_too = not chosen.isascii()
    found = _foreseen(factor, value, policy)
    headings: list[Cell] = (
        ["因子", "值", "失分", "理由"] if chinese_too else ["factor", "value", "points lost", "reason"]
    )
    rows: list[list[Cell]] = [
        [chinese(one.factor), one.value, one.points, one.zh]
        if chinese_too
        else [one.factor, one.value, one.points, one.en]
        for one in found.reasons
    ]
    return Table([headings, *rows])


@function(
    "PROBDEFAULTS",
    Category.CUSTOMER,
    "多个客户严重拖欠的概率：每行一个客户：概率及区间。",
    examples=[
        Example(
            ("days late", [[0], [9.5]]),
            [
                ["probability", "low", "high"],
                [0.02, 0.004065041, 0.092592593],
                [0.034834954, 0.007166713, 0.152873417],
            ],
        ),
        Example(
            (["overdue", "days late", "share over 15", "share over 30"], [[0, -2, 0, 0], [0, 3, 0, 0]]),
            [
                ["probability", "low", "high"],
                [0.02, 0.006756757, 0.057692308],
                [0.026422821, 0.008965537, 0.075289728],
            ],
        ),
    ],
)
def probdefaults(
    factors: Annotated[
        Column[str],
        Text("The factor of each column, as PROBDEFAULT takes them.", "各列的因子，同 PROBDEFAULT。"),
        Together("factors"),
    ],
    values: Annotated[
        Sheet,
        Text(
            "A row a customer, a column a factor. Empty: missing.", "每行一个客户，每列一个因子；空为缺失。"
        ),
    ],
    policy: PolicyName = None,
) -> Annotated[
    Table,
    Text(
        "Headings, and a row a customer: probability, low and high end of its band.",
        "标题行与每个客户一行：概率、区间下限与上限。",
    ),
]:
    """The probability of serious delinquency of many customers at once: a row of values a customer."""
    rows = values if values and values[0] else ()
    if rows and len(rows[0]) != len(factors):
        raise InputError(
            f"values: {len(rows[0])} columns for {len(factors)} factors; a column for each is needed."
        )
    model = _model(policy)
    # The names are checked once, with a value that every factor may have.
    names = list(factor_values([(name, None) for name in factors], _known(model)))
    if len(names) < len(factors):
        raise InputError("factors: a factor stands there twice; a column for each is needed.")
    headings: list[Cell] = ["probability", "low", "high"]
    if not rows:
        return Table([headings])
    from duebook.default_columns import rows_foreseen  # noqa: PLC0415 - it brings numpy

    answers: list[list[Cell]] = [
        _one(model, names, rows[place]) if found is None else found  # type: ignore[misc]
        for place, found in enumerate(rows_foreseen(model, names, rows))
    ]
    return Table([headings, *answers])


_READ: Final = number_reader("values", lambda: None)


def _one(model: ExpertPoints | Scorecard, names: Sequence[str], row: Sequence[Cell]) -> list[Cell]:
    """Return the answer of a row with a cell that is no plain number, or one that the factor cannot be."""
    try:
        pairs = [(name, _READ(cell)) for name, cell in zip(names, row, strict=True)]
        found = model.score(factor_values(pairs, _known(model)))  # type: ignore[arg-type]
    except ErrorFoundError as error:
        return [error.error, None, None]
    except DuebookError as error:
        return [CellError.of(error), None, None]
    return [found.probability, found.low, found.high]
