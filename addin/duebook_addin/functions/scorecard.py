"""The customer score (信用评分), its reasons, and the grade."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Final

from duebook import scorecard as rules
from duebook.errors import DuebookError, InputError, NoAnswerError
from duebook.grading import grade as grade_of
from duebook_addin.book import PolicyName, policy_named
from duebook_addin.cells import Cell, CellError, ErrorFoundError, value_reader
from duebook_addin.registry import (
    Category,
    Column,
    Example,
    Sheet,
    Table,
    Text,
    Together,
    Value,
    function,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duebook.scorecard import Scored

_FACTOR: Final = Text(
    "Factors of one customer by name, such as pay index or debt ratio; industry, country and company too.",
    "一个客户的各评分因子，如付款指数、资产负债率；也可有行业、国家、公司。",
)
_VALUE: Final = Text(
    "What each is: a number, a share such as 0.35, or a word. Empty: missing.",
    "各因子的值：数值、比例（如 0.35）或文字；空为缺失。",
)
_GOOD: Final[list[list[str | float]]] = [
    ["pay index", 82],
    ["overdue share", 0.02],
    ["debt ratio", 0.55],
    ["litigation", "none"],
    ["years of cooperation", 4],
]
_FACTORS: Final = [row[0] for row in _GOOD]
_VALUES: Final = [row[1] for row in _GOOD]
_PLACES: Final = Decimal("0.0001")


def _scored(factor: Sequence[str | None], value: Sequence[Value | None], policy: str | None) -> Scored:
    pairs: list[tuple[str, Value | None]] = []
    for name, known in zip(factor, value, strict=True):
        if name is None and known is not None:
            raise NoAnswerError(f"factor: the cell is empty, but its value is {known}.")
        if name is not None:
            pairs.append((name, known))
    return rules.score(pairs, policy_named(policy))


@function(
    "SCORE",
    Category.CUSTOMER,
    "客户信用评分：0 至 100，越高越好；按政策评分卡加权；已知多少见 SCORECONFIDENCE。",
    keywords=Text("credit score, credit rating", "信用评级"),
    examples=[
        Example((_FACTORS, _VALUES), 89.6),
        Example((["付款指数", "逾期占比"], [65, 0.35]), 44.4),
        Example((["pay index", "litigation"], [90, "insolvency"]), 0),
    ],
)
def score(
    factor: Annotated[Column[str | None], _FACTOR, Together("factors")],
    value: Annotated[Column[Value | None], _VALUE, Together("factors")],
    policy: PolicyName = None,
) -> Annotated[Decimal, Text("The score, 0 to 100.", "评分，0 至 100。")]:
    """The score of one customer, 0 to 100, higher is better; SCORECONFIDENCE tells how much of it is known.

    It is the weighted scorecard of the policy. A factor that is missing is treated as the policy says.
    """
    return _scored(factor, value, policy).score


@function(
    "SCORECONFIDENCE",
    Category.CUSTOMER,
    "评分置信度：已知因子占评分卡权重的比例，0 至 1。",
    examples=[Example((_FACTORS, _VALUES), 0.48), Example(("pay index", 80), 0.15)],
)
def scoreconfidence(
    factor: Annotated[Column[str | None], _FACTOR, Together("factors")],
    value: Annotated[Column[Value | None], _VALUE, Together("factors")],
    policy: PolicyName = None,
) -> Annotated[Decimal, Text("A share, 0 to 1.", "比例，0 至 1。")]:
    """How much of the scorecard is known: the share of its weight that has a value."""
    return _scored(factor, value, policy).confidence


@function(
    "SCOREWHY",
    Category.CUSTOMER,
    "评分的理由：每个因子一行：因子、值、得分、失分、理由；失分最多者在前。",
    examples=[
        Example(
            (["overdue share", "pay index"], [0.35, 80]),
            [
                ["factor", "value", "points", "points lost", "reason"],
                [
                    "overdue share",
                    0.35,
                    11.1111,
                    33.3333,
                    "35%: 25 of 100 points; at most 20% would earn 50.",
                ],
                ["pay index", 80, 55.5556, 0, "80: 100 of 100 points, the best there is."],
            ],
        ),
        Example(
            ("诉讼", "重大"),
            [
                ["因子", "值", "得分", "失分", "理由"],
                ["法律纠纷", "重大", 20, 80, "重大：得 20 分（满分 100）；无可得 100 分。"],
            ],
        ),
    ],
)
def scorewhy(
    factor: Annotated[Column[str | None], _FACTOR, Together("factors")],
    value: Annotated[Column[Value | None], _VALUE, Together("factors")],
    policy: PolicyName = None,
) -> Annotated[
    Table,
    Text(
        "Headings, and a row a factor; in Chinese where the first factor is named in Chinese.",
        "标题行与每个因子一行；首个因子以中文书写时为中文。",
    ),
]:
    """Why a score is what it is: what each factor earns and loses, and the reason, worst first.

    The points add up to the score, and what is lost to the rest of 100.
    """
    found = _scored(factor, value, policy)
    lang = int(found.chinese)
    rows: list[list[Cell]] = [
        [
            line.label[1] if lang else line.factor,
            line.value,
            line.points.quantize(_PLACES),
            line.lost.quantize(_PLACES),
            line.reason[lang],
        ]
        for line in found.lines
    ]
    headings: list[Cell] = (
        ["因子", "值", "得分", "失分", "理由"]
        if lang
        else ["factor", "value", "points", "points lost", "reason"]
    )
    return Table([headings, *rows])


_READ_VALUE: Final = value_reader("value", lambda: None)


class _ErrorCellError(NoAnswerError):
    """A row holds an error cell: it is the row's answer."""

    def __init__(self, found: CellError) -> None:
        """Keep the error that was found."""
        super().__init__(found.message)
        self.found = found


def _read(cell: object) -> Value | None:
    try:
        return _READ_VALUE(cell)  # type: ignore[arg-type, return-value]  # a cell of the range, as it came
    except ErrorFoundError as error:
        raise _ErrorCellError(error.error) from None


def _cell(error: DuebookError) -> CellError:
    return error.found if isinstance(error, _ErrorCellError) else CellError.of(error)


@function(
    "SCORES",
    Category.CUSTOMER,
    "多个客户的评分：每行一个客户：评分、等级、置信度。",
    examples=[
        Example(
            ("pay index", [[90], [72], [55]]),
            [["score", "grade", "confidence"], [100, "A", 0.15], [80, "A", 0.15], [40, "D", 0.15]],
        ),
        Example(
            (["pay index", "overdue share"], [[80, 0], [65, 0.35], [None, 0.1]]),
            [
                ["score", "grade", "confidence"],
                [100, "A", 0.27],
                [44.4, "D", 0.27],
                [70, "B", 0.12],
            ],
        ),
    ],
)
def scores(
    factors: Annotated[
        Column[str],
        Text("The factor of each column, as SCORE takes them.", "各列的因子，同 SCORE。"),
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
        "Headings, and a row a customer: score, grade, confidence.",
        "标题行与每个客户一行：评分、等级、置信度。",
    ),
]:
    """The scores of many customers at once: a row of values a customer."""
    rows = values if values and values[0] else ()
    if rows and len(rows[0]) != len(factors):
        raise InputError(
            f"values: {len(rows[0])} columns for {len(factors)} factors; a column for each is needed."
        )
    from duebook.scorecard_columns import scores as scores_of  # noqa: PLC0415 - it brings numpy

    found = scores_of(factors, list(zip(*rows, strict=True)), policy_named(policy), _read)
    headings: list[Cell] = ["score", "grade", "confidence"]
    answers: list[list[Cell]] = [
        [score, grade, confidence] if isinstance(score, float) else [_cell(score), None, None]
        for score, grade, confidence in zip(found.scores, found.grades, found.confidences, strict=True)
    ]
    return Table([headings, *answers])


@function(
    "GRADE",
    Category.CUSTOMER,
    "评分对应的信用等级。",
    keywords=Text("credit rating, risk class", "信用评级"),
    examples=[Example((80,), "A"), Example(([79.9, 65, 50, 34.9],), ["B", "B", "C", "E"])],
)
def grade(
    score: Annotated[Decimal, Text("The score, 0 to 100.", "评分，0 至 100。")],
    policy: PolicyName = None,
) -> Annotated[str, Text("The grade, such as A.", "等级，如 A。")]:
    """The grade of a score: the best whose lowest score it reaches."""
    return grade_of(score, policy_named(policy)).name
