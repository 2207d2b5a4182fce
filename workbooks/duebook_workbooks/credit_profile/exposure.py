"""Limit and exposure: what the customer could cost now, part by part, and what room is left."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from duebook_workbooks.credit_profile import words
from duebook_workbooks.credit_profile.figures import NOTHING, Figure
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from duebook_workbooks.credit_profile.figures import Figures

_OWED: Final = ("Owed, before credits not applied", "应收（未扣未清账款项）")  # noqa: RUF001 - Chinese
_MONEY: Final = Look.MONEY


def add(figures: Figures, *, top: int) -> int:
    """Add the section; return its last row.

    Exposure is as of :func:`duebook.assessment.assess`: what is open without what is not applied, and orders,
    unbilled deliveries and bills of the credit file; mitigants are what takes off. The two provisions are of
    the same items, one at the rates of the policy and one at those that the company itself lost.
    """
    form = figures.form
    form.section(f"A{top}", ("Limit and exposure", "额度与敞口"))
    row = top + 1
    form.text(f"A{row}", _OWED)
    figures.ask(f"H{row}", "open", _MONEY)
    figures.ask(f"J{row}", "unapplied", _MONEY)
    known = figures.known(f"H{row}") and figures.known(f"J{row}")
    owed = _amount(form.value(f"H{row}")) - _amount(form.value(f"J{row}")) if known else NOTHING
    figures.write(f"B{row}", f'=IF(ISNA(H{row}),"{NOTHING}",H{row}-J{row})', owed, _MONEY)
    parts = (
        Figure("orders", ("Open orders", "未交货订单"), _MONEY),
        Figure("unbilled", ("Delivered, not invoiced", "已发货未开票"), _MONEY),
        Figure("bills", ("Bills that have not cleared", "未到期票据"), _MONEY),
        Figure("exposure", ("Exposure, gross", "敞口总额"), _MONEY, bold=True),
        Figure("mitigants", ("Less credits, collateral, insurance", "减：未清账款、担保、保险"), _MONEY),  # noqa: RUF001
        Figure("net_exposure", ("Exposure, net", "敞口净额"), _MONEY, bold=True),
        Figure("uninsured", ("Uninsured exposure", "未投保敞口"), _MONEY),
        Figure("credit_limit", ("Credit limit", "信用额度"), _MONEY, bold=True),
        Figure("limit_method", ("Limit comes from", "额度依据"), Look.TEXT, listed=words.limits(form.book)),
        Figure("limit_expires", ("Limit expires", "额度到期日"), Look.DATE),
        Figure("headroom", ("Headroom", "可用额度"), _MONEY, bold=True),
        Figure("limit_use", ("Use of the limit", "额度使用率"), Look.SHARE),
        Figure("group_exposure", ("Exposure of the group, net", "集团敞口净额"), _MONEY),
        Figure("collateral", ("Collateral held", "所持担保物"), _MONEY),
        Figure("provision", ("Provision at fixed rates", "固定比例减值准备"), _MONEY),
        Figure("provision_matrix", ("Provision at own loss rates", "迁徙率法减值准备"), _MONEY),
        Figure(
            "provision_method",
            ("How it is provided for", "减值计提方式"),
            Look.TEXT,
            listed=words.provisions(form.book),
        ),
    )
    return figures.column(parts, top=row + 1, names="A", values="B", raw="H")


def _amount(value: object) -> Decimal:
    return Decimal(str(value))
