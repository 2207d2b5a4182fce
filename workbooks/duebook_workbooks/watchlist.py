"""The watch list: customers with an alert, the worst first, with the reasons in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from duebook_workbooks.joined import mapped
from duebook_workbooks.labels import Language, alert, label
from duebook_workbooks.sheets import FIRST_ROW, Field
from duebook_workbooks.style import INK, Look
from duebook_workbooks.tables import length

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from duebook_workbooks.joined import Joined
    from duebook_workbooks.sheets import TableFields

_RANKS: Final = ("red", "amber")
_SHADES: Final = {"red": ("8B1E1E", "FFFFFF"), "amber": ("F5D78E", INK)}


def watch_fields(joined: Joined, customers: pa.Table) -> tuple[Field, ...]:
    """Return the columns of the watch list.

    By company, red before amber, and within a colour by what is overdue, the most first.

    Args:
        joined: Joins rows with names.
        customers: The customers with their names.
    """
    rank = pc.index_in(customers["alert"], pa.array(_RANKS))
    rows = customers.append_column("rank", rank).filter(pc.is_valid(rank))
    order = (
        ("order", "ascending"),
        ("rank", "ascending"),
        ("overdue", "descending"),
        ("customer", "ascending"),
    )
    rows = rows.sort_by(list(order))
    dunning = joined.data.policy.dunning
    stages = {stage.name: stage.label.of(joined.language) for stage in dunning.stage} | {
        dunning.none: joined.label("no stage"),
        dunning.disputed: joined.label("disputed"),
    }
    levels = mapped(rows["alert"], lambda level: alert(level, joined.language)).cast(pa.string())
    stage = mapped(rows["dunning_stage"], lambda name: stages.get(name, name)).cast(pa.string())
    return (
        *joined.who(rows),
        Field(joined.label("alert"), levels, Look.CODE),
        joined.text(rows, f"reasons_{joined.language}", "reasons", Look.PROSE),
        joined.text(rows, "score", "score", Look.DECIMAL),
        joined.text(rows, "grade", "grade", Look.CODE),
        joined.text(rows, "default_probability", "probability", Look.SHARE),
        joined.text(rows, "company_currency", "currency", Look.CODE),
        joined.money(rows, "credit_limit", "limit"),
        joined.money(rows, "exposure"),
        joined.money(rows, "headroom"),
        joined.money(rows, "overdue"),
        Field(joined.label("stage"), stage),
        joined.text(rows, "review_due", "review", Look.DATE),
        joined.key(rows, "customer"),
    )


def shade_alerts(sheet: Worksheet, table: TableFields, language: Language) -> None:
    """Shade the colours of the watch list as what they say, told apart in black and white too.

    Args:
        sheet: Its sheet.
        table: The watch list.
        language: Of its labels.
    """
    at = [field.header for field in table.fields].index(label("alert", language)) + 1
    letter, rows = get_column_letter(at), max(1, length(table.fields[0].values))
    where = f"{letter}{FIRST_ROW + 1}:{letter}{FIRST_ROW + rows}"
    for level, (color, ink) in _SHADES.items():
        said = CellIsRule("equal", [f'"{alert(level, language)}"'], font=Font(color=ink, bold=True))
        said.dxf.fill = PatternFill(bgColor=color)
        sheet.conditional_formatting.add(where, said)
