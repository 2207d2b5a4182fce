"""The inputs of credit limits, by their names in English or Chinese."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from duebook.errors import InputError, NoAnswerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duebook.policy import Policy

YEAR: Final = 12
"""The months of which yearly sales are."""
# The inputs: the name of each, and behind the colon what else it is called.
_NAMES: Final = """
net worth: networth, equity, 净资产
net worth percent: 净资产比例
tangible net worth: tnw, 有形净资产, 有形净值
working capital: 营运资金, 营运资本
working capital percent: 营运资金比例
monthly sales: mean monthly sales, average monthly sales, 月均销售额
monthly sales percent: sales percent, 月均销售额比例
monthly turnover: mean monthly turnover, average monthly turnover, 月均营业额
turnover: annual turnover, yearly turnover, 年营业额
turnover percent: 营业额比例
reference: references, trade reference, trade references, reference limit, 同行额度, 供应商额度
high credit: recent high credit, 最高信用额
sales: expected sales, annual sales, yearly sales, 预计销售额, 年销售额
months of sales: sales months, 销售月数
tax: tax rate, 税率
term days: terms, payment terms, days, 账期, 账期天数
tolerance: tolerance days, 宽限天数
need: credit need, 需求额度
grade: rating, 等级, 信用等级
loss budget: budget, el budget, expected loss budget, 损失预算
probability of default: pd, 违约概率
loss given default: lgd, 违约损失率
revenue: annual revenue, yearly revenue, 年收入
revenue percent: 年收入比例
industry risk: risk, 行业风险
score: credit score, 信用评分
insured limit: 保险限额, 投保限额
own retention: retention, 自留额
months: 月数
months of business: 合作月数
years of business: 合作年限
open alerts: alerts, 未解除预警
company: 公司
country: 国家
industry: 行业
segment: 客户细分
good record: 履约良好
first percent: 首次比例
later percent: 提升后比例
after months: 提升月数
cap: maximum, 上限
floor: minimum, 下限
step: rounding, rounding step, 取整单位
seller annual sales: sellers annual sales, our annual sales, 本公司年销售额
seller percent: 本公司销售占比上限
"""
_MANY: Final = frozenset({"reference", "cap"})
# Names of sales that say of how many months they are.
_ANNUAL: Final = frozenset({"annual sales", "yearly sales", "年销售额"})


def folded(name: str) -> str:
    """Return a name as names are compared: without case, apostrophes, and with one blank between words."""
    plain = re.sub(r"['\u2019]", "", unicodedata.normalize("NFKC", name).replace("\u00d7", "x"))
    return re.sub(r"[\s_\-]+", " ", plain).casefold().strip(" :.")


def _read_names() -> dict[str, str]:
    found: dict[str, str] = {}
    for row in _NAMES.strip().splitlines():
        name, _, others = row.partition(":")
        found |= {folded(each): name for each in (name, *others.split(","))}
    return found


_INPUTS: Final = _read_names()


@lru_cache(maxsize=1024)
def input_of(given: str) -> str | None:
    """Return the input that a name means, in English or Chinese and in any case; None where it is none."""
    name = folded(given)
    counted = _INPUTS.get(re.sub(r" ?[0-9]+$", "", name))  # "reference 1", where several may stand
    return _INPUTS.get(name) or (counted if counted in _MANY else None)


class Inputs:
    """The inputs of a limit, by their names."""

    def __init__(self, pairs: Sequence[tuple[str, Decimal | str]], policy: Policy | None = None) -> None:
        """Sort the inputs.

        Args:
            pairs: Names and what each is. References and caps may stand there several times.
            policy: What stands for the numbers of the rules that are not given; its exceptions for the
                company, country, industry and segment among the inputs apply. None: what the methods say.

        Raises:
            InputError: A name is unknown, or stands there twice.
        """
        self._values: dict[str, list[Decimal | str]] = {}
        for given, value in pairs:
            name = input_of(given)
            if name is None:
                near = get_close_matches(folded(given), _INPUTS, n=1)
                raise InputError(
                    f"inputs: {given!r} is no input of a limit.",
                    hint=f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(inputs())}.",
                )
            values = self._values.setdefault(name, [])
            if values and name not in _MANY:
                raise InputError(f"inputs: {name} stands there twice; once is allowed.")
            values.append(value)
        for given, _ in pairs:
            if folded(given) in _ANNUAL:
                self._keep_annual(given)
        whom = {key: self._values[key][0] for key in _WHOM if key in self._values}
        self.policy = policy.of(**{key: str(value) for key, value in whom.items()}) if policy else None
        self._defaults = _defaults(self.policy) if self.policy else {}

    def _keep_annual(self, name: str) -> None:
        """Keep that sales are of a year where their name says so, whatever ``months`` are of.

        Raises:
            InputError: The months of sales are given, and are others.
        """
        months = self._values.setdefault("months of sales", [Decimal(YEAR)])[0]
        if months != YEAR:
            raise InputError(
                f"inputs: {name} are of {YEAR} months, but months of sales is {months}.",
                hint="Name them sales, or leave months of sales out.",
            )

    def has(self, name: str) -> bool:
        """Return whether an input is given."""
        return name in self._values

    def text(self, name: str) -> str:
        """Return an input that is a word.

        Raises:
            NoAnswerError: It is missing.
        """
        if name not in self._values:
            raise NoAnswerError(f"inputs: {name} is missing.")
        return str(self._values[name][0]).strip()

    def numbers(self, name: str) -> list[Decimal]:
        """Return an input that may stand there several times.

        Raises:
            InputError: One is no number.
        """
        values = self._values.get(name, [])
        for value in values:
            if isinstance(value, str):
                raise InputError(f"inputs: {name} is {value!r}, not a number.")
        return [value for value in values if isinstance(value, Decimal)]

    def number(self, name: str, default: Decimal | None = None) -> Decimal:
        """Return an input that is a number, or its default.

        Raises:
            NoAnswerError: It is missing and has no default.
            InputError: It is no number.
        """
        found = self.numbers(name)
        if found:
            return found[0]
        if name in self._defaults:
            return self._defaults[name]
        if default is None:
            raise NoAnswerError(f"inputs: {name} is missing.")
        return default

    def whole(self, name: str, default: int | None = None) -> int:
        """Return an input that is a whole number, or its default.

        Raises:
            NoAnswerError: It is missing and has no default.
            InputError: It is no whole number.
        """
        found = self.number(name, None if default is None else Decimal(default))
        if found != found.to_integral_value():
            raise InputError(f"inputs: {name} is {found}, no whole number.")
        return int(found)

    def flag(self, name: str) -> bool:
        """Return an input that is yes or no.

        Raises:
            NoAnswerError: It is missing.
            InputError: It is neither.
        """
        word = self.text(name).casefold()
        if word not in _YES | _NO:
            raise InputError(f"inputs: {name} is {word!r}; yes or no, 1 or 0 are allowed.")
        return word in _YES

    def with_number(self, name: str, value: Decimal) -> Inputs:
        """Return the same inputs with one of them changed or added.

        Raises:
            InputError: The name is unknown.
        """
        changed = Inputs([(name, value)])
        changed._values = {**self._values, **changed._values}
        changed.policy, changed._defaults = self.policy, self._defaults
        return changed


_WHOM: Final = ("company", "country", "industry", "segment")


def _defaults(policy: Policy) -> dict[str, Decimal]:
    """Return what a policy says where an input does not."""
    rules = policy.limit
    return {
        "net worth percent": rules.net_worth_share,
        "working capital percent": rules.working_capital_share,
        "monthly sales percent": rules.sales_share,
        "first percent": rules.progressive.first_share,
        "later percent": rules.progressive.raised_share,
        "after months": Decimal(rules.progressive.raised_after_months),
        "tolerance": Decimal(rules.tolerance_days),
        "loss given default": rules.loss_given_default,
        "seller percent": rules.seller_share,
    }


_YES: Final = frozenset({"1", "true", "yes", "y", "是"})
_NO: Final = frozenset({"0", "false", "no", "n", "否"})


def inputs() -> list[str]:
    """Return the names of all inputs."""
    return list(dict.fromkeys(_INPUTS.values()))
