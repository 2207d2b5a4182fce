# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""What an entry of a form may be: the check that the spreadsheet makes, with words for whoever types."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from openpyxl.worksheet.datavalidation import DataValidation

if TYPE_CHECKING:
    from duebook_workbooks.labels import Language

_LONGEST_TITLE: Final = 32  # Excel's limits
_LONGEST: Final = 255


@dataclass(frozen=True)
class Rule:
    """What an entry may be, and what is said about it.

    Attributes:
        kind: The check, as the file format names it: decimal, whole, date, list, textLength.
        low: The lowest value; of a list the name of its cells.
        high: The highest value; None for no end.
        prompt: What is said when the cell is chosen, in English and Chinese.
        error: What is said when something else is typed.
    """

    kind: str
    low: str
    high: str | None
    prompt: tuple[str, str]
    error: tuple[str, str]


def _rule(kind: str, low: str, high: str | None, allowed: tuple[str, str]) -> Rule:
    en, zh = allowed
    return Rule(
        kind,
        low,
        high,
        (f"{en}.", f"{zh}。"),
        (f"Only this is allowed: {en[0].lower()}{en[1:]}.", f"只能输入：{zh}。"),
    )


AMOUNT: Final = _rule(
    "decimal", "0", None, ("An amount of 0 or more, in one currency", "不为负的金额，币种一致")
)
ABOVE_NOTHING: Final = _rule("decimal", "0.01", None, ("An amount above 0", "大于 0 的金额"))
SHARE: Final = _rule("decimal", "0", "1", ("A share from 0% to 100%", "0% 至 100% 的比例"))
RATE: Final = _rule("decimal", "-1", "1", ("A rate of a year from -100% to 100%", "-100% 至 100% 的年利率"))
FACTOR: Final = _rule(
    "decimal", "0", "10", ("A factor from 0 to 10; 1.1 is a tenth worse", "0 至 10 的系数；1.1 为恶化一成")
)
DAY: Final = _rule("date", "36526", "73050", ("A date from 2000 to 2099", "2000 年至 2099 年的日期"))
TEXT: Final = _rule("textLength", "0", "200", ("A text of at most 200 characters", "不超过 200 字的文字"))
COST: Final = _rule(
    "decimal",
    "0",
    "10",
    (
        "A margin such as 8%, or a multiple such as 1.5; empty for the law's own",
        "加点（如 8%）或倍数（如 1.5）；留空则按法律规定",
    ),
)


def whole(low: int, high: int) -> Rule:
    """Return the rule of whole numbers."""
    return _rule(
        "whole", str(low), str(high), (f"A whole number from {low} to {high}", f"{low} 至 {high} 的整数")
    )


def number(low: int, high: int) -> Rule:
    """Return the rule of numbers with or without decimals."""
    return _rule("decimal", str(low), str(high), (f"A number from {low} to {high}", f"{low} 至 {high} 的数"))


def choice(cells: str) -> Rule:
    """Return the rule of one of a list.

    Args:
        cells: The name of the list's cells.
    """
    return _rule("list", cells, None, ("One of the list", "列表中的一项"))


def validation(at: str, rule: Rule, language: Language, called: str) -> DataValidation:
    """Return the check of an entry.

    Args:
        at: Its cell.
        rule: What it may be.
        language: Of the words.
        called: What the entry is called, above the words; empty for nothing.
    """
    chinese = language == "zh"
    between = rule.kind != "list" and rule.high is not None
    found = DataValidation(
        type=rule.kind,
        operator="between" if between else "greaterThanOrEqual" if rule.kind != "list" else None,
        formula1=rule.low,
        formula2=rule.high if between else None,
        allow_blank=True,
        showInputMessage=True,
        showErrorMessage=True,
        promptTitle=called[:_LONGEST_TITLE] or None,
        prompt=rule.prompt[chinese][:_LONGEST],
        errorTitle=called[:_LONGEST_TITLE] or None,
        error=rule.error[chinese][:_LONGEST],
        sqref=at,
    )
    # What the spreadsheet calls showing the arrow is, in the file, hiding it.
    found.showDropDown = False
    return found
