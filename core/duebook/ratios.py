"""Ratios of a financial statement (财务比率): by name, from lines that are found by theirs.

Names are English or Chinese; :data:`RATIOS` has the ratios and :data:`LINES` the lines, each with what else
it is called. A line that is missing, or that contradicts another, is an error and never a zero.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from duebook.errors import InputError, NoAnswerError, NothingToDivideError, OutOfRangeError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Line:
    """A line of a financial statement.

    Attributes:
        name: Its name.
        others: What else it is called, in English and Chinese.
        signed: Whether it may be negative.
    """

    name: str
    others: tuple[str, ...]
    signed: bool = False


def _line(name: str, others: str, *, signed: bool = False) -> Line:
    return Line(name, tuple(other.strip() for other in others.split(",")), signed)


LINES: Final = (
    _line("total assets", "assets, 资产总计, 资产总额, 总资产, 资产合计"),
    _line("current assets", "total current assets, 流动资产, 流动资产合计"),
    _line("cash and cash equivalents", "cash and equivalents, 现金及现金等价物"),
    _line("cash", "cash at bank, 现金, 货币资金"),
    _line("cash equivalents", "equivalents, 现金等价物"),
    _line(
        "marketable securities",
        "securities, short-term investments, short-term securities, trading securities, current investments, "
        "有价证券, 交易性金融资产, 短期投资",
    ),
    _line("receivables", "accounts receivable, trade receivables, debtors, 应收账款"),
    _line("inventory", "inventories, stock, 存货"),
    _line("prepayments", "prepaid expenses, advances to suppliers, 预付账款, 预付款项, 待摊费用"),
    _line("intangible assets", "intangibles, 无形资产"),
    _line("total liabilities", "liabilities, 负债合计, 负债总额, 总负债, 负债总计"),
    _line("current liabilities", "total current liabilities, 流动负债, 流动负债合计"),
    _line("payables", "accounts payable, trade payables, creditors, 应付账款"),
    _line(
        "equity",
        "total equity, net worth, net assets, shareholders equity, owners equity, "
        "所有者权益, 所有者权益合计, 股东权益, 股东权益合计, 净资产",
        signed=True,
    ),
    _line("working capital", "net working capital, 营运资金, 营运资本", signed=True),
    _line("tangible net worth", "有形净资产, 有形净值", signed=True),
    _line("quick assets", "速动资产"),
    _line("gross profit", "毛利", signed=True),
    _line("sales", "revenue, turnover, net sales, 营业收入, 销售收入, 主营业务收入, 营业额"),
    _line("cost of sales", "cost of goods sold, cogs, 营业成本, 销售成本, 主营业务成本"),
    _line("ebit", "earnings before interest and taxes, 息税前利润", signed=True),
    _line("operating profit", "operating income, 营业利润", signed=True),
    _line("profit before tax", "pretax profit, 利润总额, 税前利润", signed=True),
    _line("net profit", "net income, profit after tax, 净利润", signed=True),
    _line("interest expense", "interest, interest charges, 利息费用, 利息支出"),
    _line(
        "operating cash flow",
        "cash flow from operations, net cash from operating activities, 经营活动现金流量净额, 经营现金流, "
        "经营活动产生的现金流量净额, 经营现金净流量",
        signed=True,
    ),
)


class Unit(StrEnum):
    """What a ratio is measured in."""

    FRACTION = "fraction"
    TIMES = "times"
    DAYS = "days"
    MONEY = "money"


@dataclass(frozen=True)
class Ratio:
    """A ratio: what stands above the line over what stands below it.

    A line of a statement may be one of :data:`LINES`, or one that follows from others: see :func:`ratio`.

    Attributes:
        name: Its name.
        others: What else it is called, in English and Chinese.
        above: The line above.
        below: The line below; empty where the ratio is an amount.
        unit: A fraction, times, days of a year of 365, or money.
    """

    name: str
    others: tuple[str, ...]
    above: str
    below: str
    unit: Unit


def _ratio(name: str, others: str, above: str, below: str, unit: Unit = Unit.TIMES) -> Ratio:
    return Ratio(name, tuple(other.strip() for other in others.split(",")), above, below, unit)


RATIOS: Final = (
    _ratio(
        "debt ratio",
        "debt to assets, debt to asset, debt to total assets, liabilities to assets, 资产负债率",
        "total liabilities",
        "total assets",
        Unit.FRACTION,
    ),
    _ratio(
        "equity ratio", "equity to assets, 股东权益比率, 权益比率", "equity", "total assets", Unit.FRACTION
    ),
    _ratio(
        "debt to equity",
        "debt to equity ratio, debt equity ratio, 产权比率",
        "total liabilities",
        "equity",
    ),
    _ratio("equity multiplier", "financial leverage, 权益乘数", "total assets", "equity"),
    _ratio("debt to tangible net worth", "有形净值债务率", "total liabilities", "tangible net worth"),
    _ratio("current ratio", "working capital ratio, 流动比率", "current assets", "current liabilities"),
    _ratio("quick ratio", "acid test, acid test ratio, 速动比率", "quick assets", "current liabilities"),
    _ratio("cash ratio", "现金比率", "liquid assets", "current liabilities"),
    _ratio("working capital", "net working capital, 营运资金, 营运资本", "working capital", "", Unit.MONEY),
    _ratio("tangible net worth", "有形净资产, 有形净值", "tangible net worth", "", Unit.MONEY),
    _ratio(
        "interest cover",
        "interest coverage, times interest earned, 利息保障倍数, 已获利息倍数",
        "ebit",
        "interest expense",
    ),
    _ratio(
        "operating cash flow ratio",
        "cash flow ratio, ocf ratio, 现金流量比率, 经营现金流动负债比, 现金流动负债比",
        "operating cash flow",
        "current liabilities",
    ),
    _ratio(
        "cash flow to debt",
        "cash flow to debt ratio, 现金债务总额比, 经营现金负债比",
        "operating cash flow",
        "total liabilities",
    ),
    _ratio(
        "cash flow margin",
        "cash flow to sales, operating cash flow margin, 销售现金比率",
        "operating cash flow",
        "sales",
        Unit.FRACTION,
    ),
    _ratio(
        "gross margin",
        "gross profit margin, 毛利率, 销售毛利率",
        "gross profit",
        "sales",
        Unit.FRACTION,
    ),
    _ratio("operating margin", "营业利润率", "operating profit", "sales", Unit.FRACTION),
    _ratio(
        "net margin",
        "net profit margin, profit margin, 净利率, 销售净利率",
        "net profit",
        "sales",
        Unit.FRACTION,
    ),
    _ratio("return on assets", "roa, 总资产净利率, 资产净利率", "net profit", "total assets", Unit.FRACTION),
    _ratio("return on equity", "roe, 净资产收益率, 权益净利率", "net profit", "equity", Unit.FRACTION),
    _ratio("asset turnover", "total asset turnover, 总资产周转率", "sales", "total assets"),
    _ratio("receivables turnover", "receivable turnover, 应收账款周转率", "sales", "receivables"),
    _ratio("inventory turnover", "stock turnover, 存货周转率", "cost of sales", "inventory"),
    _ratio(
        "receivable days",
        "receivables days, debtor days, 应收账款周转天数",
        "receivables",
        "sales",
        Unit.DAYS,
    ),
    _ratio("inventory days", "stock days, 存货周转天数", "inventory", "cost of sales", Unit.DAYS),
    _ratio(
        "payable days",
        "payables days, creditor days, 应付账款周转天数",
        "payables",
        "cost of sales",
        Unit.DAYS,
    ),
)
_YEAR: Final = 365
# Statements are printed in thousands or millions: what is lost in rounding is no contradiction.
_TOLERANCE: Final = Decimal("0.001")


def ratio(name: str, figures: Iterable[tuple[str, Decimal | str]]) -> Decimal:
    """Return a ratio of a financial statement.

    What a line does not say follows from others:

    - total assets, total liabilities and equity, each from the other two;
    - ebit = profit before tax + interest expense; gross profit = sales - cost of sales;
    - working capital = current assets - current liabilities;
    - quick assets = current assets - inventory - prepayments; where there is no line of current assets, cash
      and cash equivalents + marketable securities + receivables;
    - liquid assets = cash and cash equivalents, or cash + cash equivalents; + marketable securities;
    - tangible net worth = equity - intangible assets.

    A statement without a line of intangible assets, prepayments, cash equivalents or marketable securities
    has none; every other line has to be there, one of 0 too. Lines that are not known here are passed over,
    unless one reads like such a line that the ratio counts: ``other intangible assets``, ``goodwill``.

    Args:
        name: The ratio, such as ``debt ratio`` or ``资产负债率``, in any case.
        figures: Lines of one statement, in any order: their names and amounts. Assets, liabilities, sales and
            costs stand there without a sign. A heading, which has text for an amount, is passed over.

    Returns:
        The ratio: a fraction (.6 for 60%), times, days of a year of 365, or an amount, unrounded.

    Raises:
        InputError: There is no such ratio, a line has text for an amount or stands there with two, an unknown
            one reads like one that counts, or lines contradict each other: a part is more than the whole,
            assets are not liabilities and equity, or working capital, tangible net worth or gross profit is
            not the difference that it is.
        OutOfRangeError: A line that has no sign is negative.
        NoAnswerError: A line is missing, or what is divided by is negative, as equity may be.
        NothingToDivideError: What is divided by is 0.
    """
    found = _find_ratio(name)
    if found is None:
        near = get_close_matches(_folded(name), _RATIO_NAMES, n=1)
        names = ", ".join(known.name for known in RATIOS)
        raise InputError(
            f"name: {name!r} is no ratio known here.",
            hint=f"Did you mean {near[0]!r}?" if near else f"There are {names}.",
        )
    statement = _Statement(figures)
    above = statement.line(found.above)
    if not found.below:
        return above
    below = statement.line(found.below)
    if below == 0:
        raise NothingToDivideError(f"figures: {found.below} is 0, so there is nothing to divide by.")
    if below < 0:
        raise NoAnswerError(
            f"figures: {found.below} is {below}, negative, so {found.name} would say nothing."
        )
    return above * _YEAR / below if found.unit is Unit.DAYS else above / below


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKC", name).casefold().replace("'", "").replace("\u2019", "")
    return re.sub(r"[\s_\-]+", " ", plain).strip(" :.")


def _find_ratio(name: str) -> Ratio | None:
    """Return the ratio of a name, with or without the word ratio, and with a stroke for ``to``."""
    plain = _folded(name.replace("/", " to "))
    bare = plain.removesuffix(" ratio")
    return next((_RATIO_NAMES[key] for key in (plain, bare, f"{bare} ratio") if key in _RATIO_NAMES), None)


_LINE_NAMES: Final = {_folded(name): line.name for line in LINES for name in (line.name, *line.others)}
_UNSIGNED: Final = {line.name for line in LINES if not line.signed}
_RATIO_NAMES: Final = {_folded(name): ratio_ for ratio_ in RATIOS for name in (ratio_.name, *ratio_.others)}
# What a statement that does not name it has none of.
_OPTIONAL: Final = frozenset(
    {"intangible assets", "prepayments", "cash equivalents", "marketable securities"}
)
# What belongs to such a line though its name does not say so, and what does not though it reads alike.
_COUNTED_WITH: Final[Mapping[str, tuple[str, ...]]] = {"intangible assets": ("goodwill", "商誉")}
# What may mean a line or only a part of it: it is asked back, and never taken for the line. Total debt is all
# liabilities to some, and what bears interest to others.
_LOOSE: Final[Mapping[str, tuple[str, ...]]] = {
    "total liabilities": ("total debt", "debt", "total debts", "债务总额", "总债务", "有息负债"),
}
_LONG_TERM: Final = ("long term", "non current", "noncurrent", "长期", "非流动", "其他非流动")
# The ways to a line that is not given: signed sums of other lines, the first that is whole.
_COMPOSED: Final[Mapping[str, tuple[str, ...]]] = {
    "working capital": ("+current assets -current liabilities",),
    "tangible net worth": ("+equity -intangible assets",),
    "gross profit": ("+sales -cost of sales",),
    "quick assets": (
        "+cash and cash equivalents +marketable securities +receivables",
        "+cash +cash equivalents +marketable securities +receivables",
        "+current assets -inventory -prepayments",
    ),
    "liquid assets": (
        "+cash and cash equivalents +marketable securities",
        "+cash +cash equivalents +marketable securities",
    ),
}
_WAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "total liabilities": ("+total assets -equity",),
    "equity": ("+total assets -total liabilities",),
    "total assets": ("+total liabilities +equity",),
    "ebit": ("+profit before tax +interest expense",),
    **_COMPOSED,
}
# Parts that are never more than their whole.
_PARTS: Final = (
    ("current assets", "total assets"),
    ("intangible assets", "total assets"),
    ("current liabilities", "total liabilities"),
    ("cash", "current assets"),
    ("cash", "cash and cash equivalents"),
    ("cash equivalents", "cash and cash equivalents"),
    ("cash and cash equivalents", "current assets"),
    ("marketable securities", "current assets"),
    ("receivables", "current assets"),
    ("inventory", "current assets"),
    ("prepayments", "current assets"),
    ("quick assets", "current assets"),
    ("payables", "current liabilities"),
)
# What never overlaps, so that even all of them together are no more than current assets.
_CURRENT: Final = ("cash", "receivables", "inventory")
# Lines that are what others leave, by their definition.
_DIFFERENCES: Final = (
    ("working capital", "current assets", "current liabilities"),
    ("tangible net worth", "equity", "intangible assets"),
    ("gross profit", "sales", "cost of sales"),
)


class _Statement:
    """The lines of one statement, checked against each other."""

    def __init__(self, figures: Iterable[tuple[str, Decimal | str]]) -> None:
        self.lines: dict[str, Decimal] = {}
        self.unknown: list[str] = []
        for name, amount in figures:
            known = _LINE_NAMES.get(_folded(name))
            if known is None:
                if amount and not isinstance(amount, str):
                    self.unknown.append(name)
                continue
            if isinstance(amount, str):
                raise InputError(
                    f"figures: {name} is {amount!r}, not a number.", hint="Turn the text into a number."
                )
            if amount < 0 and known in _UNSIGNED:
                raise OutOfRangeError(
                    f"figures: {name} is {amount}, negative.",
                    hint="Assets, liabilities, sales and costs are written without a sign.",
                )
            if self.lines.setdefault(known, amount) != amount:
                raise InputError(
                    f"figures: {known} stands there with {self.lines[known]} and with {amount}; "
                    "once is allowed."
                )
        self._check()

    def _check(self) -> None:
        for part, whole in _PARTS:
            small, large = self.lines.get(part), self.lines.get(whole)
            if small is not None and large is not None and small - large > _TOLERANCE * large:
                raise InputError(f"figures: {part} {small} is more than {whole} {large}.")
        current = self.lines.get("current assets")
        parts = [name for name in _CURRENT if name in self.lines]
        together = sum((self.lines[name] for name in parts), Decimal(0))
        if current is not None and together - current > _TOLERANCE * current:
            raise InputError(
                f"figures: {' + '.join(parts)} come to {together}, more than current assets {current}."
            )
        for name, whole, less in _DIFFERENCES:
            left, more, taken = map(self.lines.get, (name, whole, less))
            if left is None or more is None or taken is None:
                continue
            if abs(more - taken - left) > _TOLERANCE * (abs(more) + taken):
                raise InputError(
                    f"figures: {name} {left} is not {whole} {more} less {less} {taken}, {more - taken}."
                )
        assets, owed, equity = map(self.lines.get, ("total assets", "total liabilities", "equity"))
        if assets is None or owed is None or equity is None:
            return
        if abs(assets - owed - equity) > _TOLERANCE * assets:
            raise InputError(
                f"figures: total assets {assets} is not total liabilities {owed} and equity {equity} "
                f"together, {owed + equity}."
            )

    def line(self, name: str) -> Decimal:
        found = self._find(name, ())
        if found is not None:
            if found < 0 and name in _UNSIGNED:
                raise InputError(
                    f"figures: {name} would be {found}, so the other lines contradict each other."
                )
            return found
        missing = self._missing(name)
        near = [given for given in self.unknown if _may_be(_folded(given), missing)]
        raise NoAnswerError(
            f"figures: {missing} is missing.",
            hint=f"{near[0]!r} is no line known here; did you mean {missing!r}?" if near else None,
        )

    def _find(self, name: str, seeking: tuple[str, ...]) -> Decimal | None:
        """Return a line as it is given or as it follows; what is being sought follows from nothing else."""
        if name in self.lines:
            return self.lines[name]
        if name in seeking:
            return None
        for way in self._ways(name):
            parts = [(sign, self._find(part, (*seeking, name))) for sign, part in _terms(way)]
            known = [amount if sign == "+" else -amount for sign, amount in parts if amount is not None]
            if len(known) == len(parts):
                self._refuse_alike(part for _, part in _terms(way))
                return sum(known, Decimal(0))
        return Decimal(0) if name in _OPTIONAL else None

    def _missing(self, name: str) -> str:
        """Return the line that a person has to add."""
        if name not in _COMPOSED:
            return name
        ways = [
            [part for _, part in _terms(way) if self._find(part, ()) is None]
            for way in reversed(self._ways(name))
        ]
        return min(ways, key=len)[0]

    def _ways(self, name: str) -> tuple[str, ...]:
        ways = _WAYS.get(name, ())
        # A statement with current assets says what is not quick; without them what is quick adds up.
        return ways[-1:] if name == "quick assets" and "current assets" in self.lines else ways

    def _refuse_alike(self, parts: Iterable[str]) -> None:
        """Refuse an unknown line that reads like one that a statement may lack: it would be taken for 0."""
        for part in _OPTIONAL.intersection(parts):
            names = [name for name, known in _LINE_NAMES.items() if known == part]
            for given in self.unknown:
                plain = _folded(given)
                if plain.startswith(_LONG_TERM):
                    continue
                if plain in _COUNTED_WITH.get(part, ()) or get_close_matches(plain, names, n=1, cutoff=0.7):
                    raise InputError(
                        f"figures: {given!r} is no line known here, and reads like {part}.",
                        hint=f"Name it {part}, or add it to that line.",
                    )


def _may_be(plain: str, line: str) -> bool:
    return plain in _LOOSE.get(line, ()) or bool(get_close_matches(plain, [line], cutoff=0.7))


def _terms(way: str) -> list[tuple[str, str]]:
    return [(term[0], term[1:].strip()) for term in re.findall(r"[+-][^+-]+", way)]
