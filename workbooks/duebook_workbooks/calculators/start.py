# ruff: noqa: RUF001 - full-width punctuation is right in Chinese
"""The first sheet of the calculators: what there is, how to read it, and by which policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from openpyxl.styles import Alignment
from openpyxl.worksheet.hyperlink import Hyperlink

from duebook_workbooks.forms.entries import TEXT
from duebook_workbooks.labels import label
from duebook_workbooks.style import Look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from duebook_workbooks.forms.form import FormBook, Words
    from duebook_workbooks.formulas import Host

TITLE: Final = ("Credit calculators", "信用计算器")
_TAB: Final = ("Start", "开始")
_NOTE: Final = (
    "Every figure is a formula of the Duebook add-in; change what is framed, and the rest follows.",
    "所有数字均为 Duebook 加载项的公式；修改带框的单元格，其余随之更新。",
)
_DIGEST_SHOWN: Final = 12
_PROGRAMS: Final[dict[Host, Words]] = {
    "excel": ("Excel with duebook.xlam", "装有 duebook.xlam 的 Excel"),
    "office": ("Excel with the Office add-in", "装有 Office 加载项的 Excel"),
    "calc": ("LibreOffice Calc", " LibreOffice Calc "),
}
_HOSTS: Final = "|".join(_PROGRAMS)
_READING: Final = (
    ("Framed cells are yours: they hold examples.", "带框单元格可填写，现为示例数据。"),
    (
        "Everything else is protected, without a password: Review, Unprotect Sheet.",
        "其余单元格受保护，无密码：审阅 - 撤消工作表保护。",
    ),
    (
        "Without the add-in, the sheets show what they showed when they were made.",
        "未安装加载项时，显示生成文件时的数值。",
    ),
    (
        "#N/A: an entry that this figure needs is empty. #NUM!: an entry is out of range.",
        "#N/A：缺少所需的填写项。#NUM!：填写项超出允许范围。",
    ),
    ("Amounts of one sheet are in one currency, whichever it is.", "同一工作表的金额为同一币种。"),
)


def add(book: FormBook, shelves: Sequence[tuple[Words, Words]]) -> None:
    """Add the sheet.

    Args:
        book: The workbook.
        shelves: The other sheets: what their tabs say, and what they are for.
    """
    form = book.form(_TAB, TITLE, _NOTE, widths=(26, 64))
    form.section("A4", ("Sheets", "工作表"))
    row = 5
    for tab, about in shelves:
        form.fixed(f"A{row}", book.said(tab), bold=True)
        form.fixed(f"B{row}", book.said(about))
        quoted = book.said(tab).replace("'", "''")
        form.sheet[f"A{row}"].hyperlink = Hyperlink(ref=f"A{row}", location=f"'{quoted}'!A1")
        row += 1
    row += 1
    form.section(f"A{row}", ("How to read them", "使用说明"))
    for words in _READING:
        row += 1
        form.text(f"A{row}:B{row}", words)
    row += 1
    program = _PROGRAMS[book.setting.host]
    form.text(
        f"A{row}:B{row}",
        (
            f"Spelt for {program[0]}. Another program: duebook addin rewrite FILE --to {_HOSTS}.",
            f"公式写法适用于{program[1]}。换用其他软件：duebook addin rewrite 文件 --to {_HOSTS}。",
        ),
    )
    row += 2
    form.section(f"A{row}", ("Policy that the figures follow", "数值所依据的政策"))
    policy = book.setting.policy
    for key, value, look in (
        ("policy name", policy.name, Look.TEXT),
        ("policy version", policy.version, Look.TEXT),
        ("valid from", policy.valid_from, Look.DATE),
        ("digest", policy.digest[:_DIGEST_SHOWN], Look.TEXT),
    ):
        row += 1
        form.text(f"A{row}", (label(key, "en"), label(key, "zh")))
        form.fixed(f"B{row}", value, look)
        form.sheet[f"B{row}"].alignment = Alignment(horizontal="left", vertical="center")
    row += 1
    form.text(
        f"A{row}:B{row}",
        (
            "In your spreadsheet program the functions follow the policy that the add-in was given.",
            "在您的表格软件中，函数按加载项所配置的政策计算。",
        ),
        muted=True,
    )
    row += 2
    form.text(f"A{row}", ("Notes", "备注"))
    form.entry(f"B{row}", None, Look.TEXT, TEXT, name="due_notes", called=("Notes", "备注"))
    form.printed(row)
