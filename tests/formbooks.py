"""Workbooks of forms for tests: as the command makes them, on a day that does not move."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import openpyxl
from openpyxl.utils.datetime import to_excel

from duebook.policy import default_policy
from duebook_addin.book import use_policy
from duebook_cli.newworkbook import answered
from duebook_workbooks.application import Applicant, write_application
from duebook_workbooks.calculators import write_calculators
from duebook_workbooks.forms.form import Setting

if TYPE_CHECKING:
    from pathlib import Path

    from duebook.policy import Policy
    from duebook_workbooks.formulas import Host
    from duebook_workbooks.labels import Language

DAY: Final = date(2026, 6, 30)
MADE: Final = datetime(2026, 6, 30, 8, 15)  # noqa: DTZ001 - a file's own time has no zone
KNOWN: Final = Applicant(
    code="C-7",
    name="=Hengda Textiles",
    country="CN",
    industry="manufacturing",
    currency="CNY",
    new=False,
    open=Decimal("182300.50"),
    unapplied=Decimal(2300),
    factors={"pay index": Decimal("72.5"), "overdue share": Decimal("0.12"), "litigation": "MINOR"},
    inputs={
        "monthly turnover": Decimal(620_000),
        "months of business": Decimal(18),
        "good record": True,
        "working capital": Decimal(2_350_000),
        "reference": Decimal(300_000),
    },
)
KINDS: Final = ("calculators", "blank", "known")


def setting(language: Language, host: Host = "calc", policy: Policy | None = None) -> Setting:
    """Return a setting whose functions are answered as in a cell, by a policy or the default one."""
    active = policy or default_policy()
    use_policy(lambda: active)
    return Setting(language=language, host=host, answer=answered, policy=active, as_of=DAY)


def write(path: Path, kind: str, made_for: Setting) -> Path:
    """Write one of :data:`KINDS`."""
    try:
        if kind == "calculators":
            write_calculators(path, made_for, made=MADE)
        else:
            write_application(path, made_for, KNOWN if kind == "known" else Applicant(), made=MADE)
    finally:
        use_policy(None)
    return path


def carried(path: Path) -> dict[str, dict[str, object]]:
    """Return what each cell of a workbook carries, by sheet and address; a date as its serial number."""
    book = openpyxl.load_workbook(path, data_only=True)
    return {
        sheet.title: {
            cell.coordinate: to_excel(cell.value) if isinstance(cell.value, datetime) else cell.value
            for row in sheet.iter_rows()
            for cell in row
        }
        for sheet in book.worksheets
    }
