"""Figures of the refreshed store, and where they come from: the book that the program has opened answers."""

# ruff: noqa: RUF001 - Chinese punctuation
from __future__ import annotations

from collections.abc import Sequence
from datetime import date  # noqa: TC003 - the registry reads the annotations at run time
from typing import Annotated, Final

from duebook.errors import NoAnswerError
from duebook_addin.book import current_book
from duebook_addin.cells import Cell, CellError
from duebook_addin.registry import Category, Example, Table, Text, function

_CUSTOMER: Final = Text("The customer's id in the ERP.", "客户在 ERP 中的编号。")
_AS_OF: Final = Text(
    "The end of this day; left out: the day of the last refresh.",
    "截止日期；省略为最近一次刷新之日。",
)


@function(
    "OPENITEMS",
    Category.STORE,
    "客户在截止日的未清项目：标题行、每个项目一行。",
    keywords=Text("overdue, unpaid invoices, outstanding", "未付发票、逾期"),
    asks_store=True,
    examples=[
        Example(
            ("C1", "2026-02-15"),
            [
                [
                    *("company", "document", "kind", "document_date", "due_date", "days_late", "currency"),
                    *("open_document", "open"),
                ],
                ["1", "INV1", "invoice", "2026-01-01", "2026-01-31", 15, "EUR", 100.5, 100.5],
                ["1", "INV2", "invoice", "2026-01-02", None, None, "EUR", 50, 50],
            ],
        )
    ],
)
def openitems(
    customer: Annotated[str, _CUSTOMER],
    as_of: Annotated[date | None, _AS_OF] = None,
) -> Annotated[
    Table,
    Text(
        "Headings and a row an open item, the earliest due first; open is in the company's currency.",
        "标题行、每个未清项目一行，先到期者在前；open 以公司本位币计。",
    ),
]:
    """The open items of a customer at the end of a day: headings and a row for each."""
    return Table([list(row) for row in current_book().open_items(customer, as_of)])


@function(
    "PROFILE",
    Category.STORE,
    "客户的一项指标，如未清金额、平均逾期天数。",
    asks_store=True,
    examples=[
        Example(("C1", "open", "2026-02-15"), 150.5),
        Example((["C1", "C2"], "average_days_late"), [5, -2.5]),
    ],
)
def profile(
    customer: Annotated[str, _CUSTOMER],
    field: Annotated[str, Text("The figure's name, such as open or dso.", "指标名称，如 open、dso。")],
    as_of: Annotated[date | None, _AS_OF] = None,
) -> Annotated[Cell, Text("The figure.", "指标值。")]:
    """A figure of a customer from the refreshed store."""
    figure = current_book().profile_field(customer, field, as_of)
    if figure is None:
        raise NoAnswerError(f"field: customer {customer!r} has no {field!r}; there is nothing to measure.")
    return figure


@function(
    "PORTFOLIO",
    Category.STORE,
    "全部应收账款的一项指标，可按公司、国家、行业、业务员等分组。",
    asks_store=True,
    examples=[
        Example(("open", "2026-02-15"), 150.5),
        Example(
            ("open", "2026-02-15", "country"),
            [
                ["country", "name", "currency", "open"],
                ["CN", "CN", "EUR", 100.5],
                ["DE", "DE", "EUR", 50],
            ],
        ),
    ],
)
def portfolio(
    measure: Annotated[
        str,
        Text("The measure's name, such as open or overdue.", "指标名称，如 open、overdue。"),
    ],
    as_of: Annotated[date | None, _AS_OF] = None,
    by: Annotated[
        str | None,
        Text(
            "company, country, industry, salesperson and such; left out: one figure.",
            "按公司（company）、国家（country）、行业（industry）、业务员（salesperson）等分组；省略为一个总数。",
        ),
    ] = None,
) -> Annotated[
    Cell | Table,
    Text(
        "The figure; headings and a row a group, or a row a currency where companies have several.",
        "指标值；分组或公司本位币不止一种时为标题行、每组每币种一行。",
    ),
]:
    """A measure of all receivables in the refreshed store, as one figure or by group."""
    answer = current_book().portfolio(measure, as_of, by)
    nothing = NoAnswerError(f"measure: no {measure!r} here; there is nothing to measure.")
    if answer is None:
        raise nothing
    if isinstance(answer, str) or not isinstance(answer, Sequence):
        return answer
    missing = CellError.of(nothing)
    return Table([[missing if cell is None else cell for cell in row] for row in answer])


@function(
    "HISTORY",
    Category.STORE,
    "全部应收账款的一项指标在各月末的值，可按公司、国家、行业、业务员等分组。",
    asks_store=True,
    examples=[
        Example(
            ("open", "2026-02-28", 2),
            [
                ["month", "portfolio", "name", "currency", "open"],
                ["2026-01-31", "", "", "EUR", 100.5],
                ["2026-02-28", "", "", "EUR", 150.5],
            ],
        )
    ],
)
def history(
    measure: Annotated[
        str,
        Text(
            "One of PORTFOLIO's, or cei, turnover, roll rates, loss rates, best possible dso and such.",
            "PORTFOLIO 的指标，或 cei、turnover（周转率）、roll rates（迁徙率）、loss rates（损失率）等。",
        ),
    ],
    until: Annotated[
        date,
        Text(
            "The last month is the latest that ended by this day.",
            "最后一个月为截至该日已结束的最近一个月。",
        ),
    ],
    months: Annotated[int, Text("How many months; left out: 24.", "月数；省略为 24。")] = 24,
    by: Annotated[
        str | None,
        Text(
            "company, country, industry, salesperson and such; left out: the whole.",
            "按公司（company）、国家（country）、行业（industry）、业务员（salesperson）等分组；省略为全部。",
        ),
    ] = None,
) -> Annotated[
    Table,
    Text(
        "Headings and a row a month and group; a month without data is #N/A.",
        "标题行、每月每组一行；没有数据的月份为 #N/A。",
    ),
]:
    """A measure of all receivables at the end of every month, as a whole or by group."""
    answer = current_book().history(measure, until, months, by)
    missing = CellError.of(
        NoAnswerError(f"measure: no {measure!r} in this month; there is nothing to measure.")
    )
    return Table([[missing if cell is None else cell for cell in row] for row in answer])


@function(
    "TRACE",
    Category.STORE,
    "客户一项指标的来历：规则、政策及其键值，以及构成该指标的每张单据。",
    asks_store=True,
    examples=[
        Example(
            ("C1", "open", "2026-02-15"),
            [
                [
                    *("figure", "what", "name", "kind", "document_date", "due_date"),
                    *("amount", "counted", "value", "note"),
                ],
                ["open", "figure", "Open", None, None, None, None, None, 150.5, "sum of what is open"],
                ["open", "document", "INV1", "invoice", "2026-01-01", "2026-01-31", 100.5, 100.5, None, ""],
                ["open", "document", "INV2", "invoice", "2026-01-02", None, 50, 50, None, ""],
            ],
        )
    ],
)
def trace(
    customer: Annotated[str, _CUSTOMER],
    figure: Annotated[
        str,
        Text(
            "The figure's name, such as dso; in Chinese for a Chinese answer.",
            "指标名称，如 应收账款周转天数。",
        ),
    ],
    as_of: Annotated[date | None, _AS_OF] = None,
) -> Annotated[
    Table,
    Text(
        "Headings, the figure with its rule, policy and keys, then what it is made of; the counted column "
        "adds up to the figure.",
        "标题行，指标及其规则，政策及其键值，然后是各构成项；“counted”列相加即为该指标。",
    ),
]:
    """Where a customer's figure comes from: its rule, the policy, and every document in it."""
    return Table([list(row) for row in current_book().trace(customer, figure, as_of)])
