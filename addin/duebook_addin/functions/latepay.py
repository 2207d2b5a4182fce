"""Late-payment interest and compensation by law (法定逾期利息)."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from dataclasses import replace
from datetime import date  # noqa: TC003 - the registry reads the annotations at run time
from decimal import Decimal
from typing import Annotated, Final

from duebook import latepay as rules
from duebook.errors import InputError, NoAnswerError, OutOfRangeError
from duebook.interest import Rounding, interest
from duebook_addin.book import PolicyName, policy_named
from duebook_addin.registry import Category, DatedNumber, Example, Text, function

_REGIMES: Final = {"EU": rules.EU, "UK": rules.UK, "IE": rules.IRELAND}
_CHINA: Final = "CN"
_SME: Final = "CN-SME"
_OTHER_NAMES: Final = {
    **dict.fromkeys(("GB", "UNITED KINGDOM", "GREAT BRITAIN", "英国"), "UK"),
    **dict.fromkeys(("IRELAND", "爱尔兰"), "IE"),
    **dict.fromkeys(("EUROPEAN UNION", "欧盟"), "EU"),
    **dict.fromkeys(("CHINA", "PRC", "中国"), _CHINA),
    **dict.fromkeys(("CN SME", "中小企业", "中国中小企业"), _SME),
}


@function(
    "STATUTORYINTEREST",
    Category.INTEREST,
    "法定逾期利息：按欧盟、英国、爱尔兰或中国的规则与您维护的基准利率序列计算。",
    keywords=Text("overdue, penalty, late charge", "滞纳金、违约金"),
    examples=[
        Example(("UK", 5000, "2025-02-01", "2025-05-13", 0.0425, None, "total"), 169.49),
        Example(
            ("EU", 36500, "2025-06-20", "2025-07-10", [["2025-01-01", 0.02], ["2025-07-01", 0.12]]),
            300,
        ),
        Example(("CN", 365000, "2025-06-30", "2025-07-30", [["2025-01-20", 0.04]], 1.5), 1800),
        Example(("CN-SME", 100000, "2025-06-30", "2025-07-30"), 1500),
        Example(("CN-SME", 365000, "2025-06-30", "2025-07-30", 0.031, 0.02), 930),
    ],
)
def statutoryinterest(  # noqa: PLR0913, PLR0917 - a debt, its days and its rates
    regime: Annotated[
        str,
        Text(
            "EU (2011/7), UK, IE (Ireland), CN (court: LPR at the breach times 1.3 to 1.5), or CN-SME "
            "(Order 802, owed to a small or medium firm: 0.05% a day where nothing is agreed).",
            "EU 欧盟 2011/7、UK 英国、IE 爱尔兰、CN 中国司法解释（违约时 LPR 的 1.3 至 1.5 倍）、"
            "CN-SME 《保障中小企业款项支付条例》（未约定时每日万分之五）。",
        ),
    ],
    principal: Annotated[Decimal, Text("The amount that was late.", "逾期金额。")],
    due_date: Annotated[date, Text("When it was to be paid.", "到期日。")],
    paid_date: Annotated[date, Text("When it was paid, or the day to reckon to.", "付款日，或计算截止日。")],
    reference: Annotated[
        DatedNumber | None,
        Text(
            "The reference rate (ECB, Bank of England, LPR), or two columns: dates, oldest first, and rates. "
            "CN-SME: the LPR at signing, where a rate is agreed.",
            "基准利率（欧洲央行、英格兰银行或 LPR），或两列：日期（由早到晚）与利率；"
            "CN-SME 有约定利率时为合同订立日的 LPR。",
        ),
    ] = None,
    factor: Annotated[
        Decimal | None,
        Text(
            "The margin, 0.08 if left out; for CN the multiple, the policy's if left out; for CN-SME the "
            "rate that is agreed, if any.",
            "加点，省略为 0.08；CN 为倍数，省略按政策；CN-SME 为约定年利率，未约定则省略。",
        ),
    ] = None,
    rounding: Annotated[
        str,
        Text(
            "none; total: rounded half up to cents; daily: the interest of one day is. Left out: none.",
            "none 不舍入；total 对结果四舍五入到分；daily 对每日利息四舍五入到分；省略为 none。",
        ),
    ] = "none",
    policy: PolicyName = None,
) -> Annotated[float, Text("Interest; 0 when paid by the due date.", "利息；按期付款为 0。")]:
    """Late-payment interest by law: EU, UK, Ireland or China, from reference rates that you keep."""
    code = _code(regime)
    try:
        where = Rounding(rounding.strip().lower())
    except ValueError:
        raise InputError(f"rounding: {rounding!r} is not allowed; {', '.join(Rounding)} are.") from None
    rate = _rate(code, (due_date, paid_date), reference, factor, policy)
    return float(interest(principal, due_date, paid_date, rate, rounding=where))


def _rate(
    code: str,
    late: tuple[date, date],
    reference: DatedNumber | None,
    factor: Decimal | None,
    policy: str | None,
) -> rules.Rate:
    """Return the rate of a law for a debt that was due on one day and paid on another."""
    due, paid = late
    if code == _SME:
        return _sme_rate(reference, factor, due)
    law = None if code == _CHINA else _regime(code, (*_REGIMES, _CHINA, _SME))
    if reference is None:
        raise NoAnswerError("reference: the cell is empty; a number is needed.")
    if law is None:
        multiple = policy_named(policy).interest.court_multiple if factor is None else factor
        return rules.court_rate(reference, due, multiple=multiple)
    law = law if factor is None else replace(law, margin=factor)
    return rules.statutory_rate(law, reference, due, paid)


def _sme_rate(reference: DatedNumber | None, agreed: Decimal | None, due: date) -> Decimal:
    """Return the rate that a small or medium firm in China is owed: the agreed one, if any, or the law's."""
    if agreed is None:
        return rules.sme_rate(None, Decimal(0), due)
    if not 0 <= agreed <= 1:
        raise OutOfRangeError(
            f"factor: {agreed} is no rate; for {_SME} it is the agreed rate of a year, 0 to 1.",
            hint="Write 0.06 for 6%, or leave it out where nothing is agreed.",
        )
    if reference is None:
        raise NoAnswerError(f"reference: missing; an agreed rate of {_SME} is at least the LPR at signing.")
    if not isinstance(reference, Decimal):
        raise InputError(f"reference: a series; {_SME} takes one rate, the LPR of the day of signing.")
    return rules.sme_rate(agreed, reference, due)


@function(
    "LATEFEE",
    Category.INTEREST,
    "逾期付款的法定固定补偿：欧盟与爱尔兰 40 欧元，英国 40、70 或 100 英镑。",
    keywords=Text("overdue, penalty, late charge", "滞纳金、违约金"),
    examples=[Example(("UK", [999.99, 1000, 10000]), [40, 70, 100]), Example(("EU", 5000), 40)],
)
def latefee(
    regime: Annotated[str, Text("EU, UK or IE (Ireland).", "EU 欧盟、UK 英国或 IE 爱尔兰。")],
    debt: Annotated[Decimal, Text("The debt that was late, without interest.", "逾期本金。")],
) -> Annotated[Decimal, Text("In the currency of the law.", "以该法域货币计。")]:
    """The fixed compensation for recovery costs that the law gives for one late debt."""
    return rules.compensation(_regime(_code(regime), tuple(_REGIMES)), debt)


def _code(regime: str) -> str:
    """Return the code of a regime; a member of EU may have another margin, so DE is none."""
    name = regime.strip().upper()
    return _OTHER_NAMES.get(name, name)


def _regime(code: str, known: tuple[str, ...]) -> rules.Regime:
    if code not in _REGIMES:
        raise InputError(
            f"regime: {code!r} is not known here; {', '.join(known)} are.",
            hint="For a member of the European Union write EU.",
        )
    return _REGIMES[code]
