"""From a driver's columns to the ledger's types: whole columns at once, exact, and no row lost.

A value that does not fit its field puts its row aside, with all it held as text; it neither ends the reading
nor disappears.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from duebook.errors import SourceError
from duebook.ledger import Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from duebook.ledger import Field

ARROW: Final[Mapping[Type, pa.DataType]] = {
    Type.TEXT: pa.string(),
    Type.DATE: pa.date32(),
    Type.AMOUNT: pa.decimal128(38, 8),
    Type.INTEGER: pa.int64(),
    Type.FLAG: pa.bool_(),
}
# What a calendar of Python and of the store can say, in days from 1970: PostgreSQL's 'infinity' lies outside.
_FIRST_DAY: Final = -719_162  # 0001-01-01
_LAST_DAY: Final = 2_932_896  # 9999-12-31


@dataclass(frozen=True)
class Rejected:
    """A row with a value that does not fit its field.

    Attributes:
        row: Every column of the row as read, as text.
        column: The first column whose value does not fit.
        value: That value, as text.
        reason: Why the row is put aside, in one sentence.
    """

    row: Mapping[str, str | None]
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Chunk:
    """Some rows of a query.

    Attributes:
        batch: The good rows. Its columns are the query's fields, in order, of the types in :data:`ARROW`.
        rejected: The other rows.
    """

    batch: pa.RecordBatch
    rejected: tuple[Rejected, ...]


def cast(raw: pa.RecordBatch, fields: Sequence[Field], *, where: str) -> Chunk:
    """Cast the columns of a batch to the types of the ledger's fields.

    Args:
        raw: A batch as a driver gave it, with a column for every field.
        fields: The fields wanted.
        where: What the batch comes from, for a message.

    Raises:
        SourceError: An amount comes as binary floating point, which no longer is the amount in the database.
    """
    source = {field.name: _storage(raw.column(field.name)) for field in fields}
    for field in fields:
        if field.type is Type.AMOUNT and pa.types.is_floating(source[field.name].type):
            raise SourceError(
                f"{where}: column {field.name} is binary floating point, which holds no amount exactly.",
                hint="CAST it to numeric(p, s) in the query, or to text where the driver knows no decimal.",
            )
    columns = []
    misfits: dict[int, Field] = {}
    for field in fields:
        column, rows = _cast_column(source[field.name], field.type)
        columns.append(column)
        for row in rows:
            misfits.setdefault(row, field)
    schema = pa.schema([pa.field(field.name, ARROW[field.type]) for field in fields])
    batch = pa.RecordBatch.from_arrays(columns, schema=schema)
    if not misfits:
        return Chunk(batch, ())
    good = pa.array([row not in misfits for row in range(raw.num_rows)])
    return Chunk(batch.filter(good), tuple(_reject(source, row, misfits[row]) for row in sorted(misfits)))


def _storage(column: pa.Array) -> pa.Array:
    """Return an extension array's storage: PostgreSQL's numeric is text within one."""
    return column.storage if isinstance(column, pa.ExtensionArray) else column


def _cast_column(column: pa.Array, kind: Type) -> tuple[pa.Array, list[int]]:
    """Return a column in the ledger's type, nothing in place of what does not fit, and the rows of that."""
    target = ARROW[kind]
    try:
        result = column.cast(target)
        misfits = []
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        values = [_cast_value(value, target) for value in column]
        misfits = [row for row, value in enumerate(values) if value is None]
        result = pa.array(values, target, from_pandas=False)
    if kind is Type.DATE:
        days = result.view(pa.int32())
        outside = pc.or_(pc.less(days, _FIRST_DAY), pc.greater(days, _LAST_DAY))
        misfits += pc.indices_nonzero(outside).to_pylist()
    return result, misfits


def _cast_value(value: pa.Scalar, target: pa.DataType) -> pa.Scalar | None:
    """Return one value in another type, or None where it does not fit."""
    if not value.is_valid:
        return pa.scalar(None, target)
    try:
        return value.cast(target)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _reject(source: Mapping[str, pa.Array], row: int, field: Field) -> Rejected:
    texts = {name: _text(column[row]) for name, column in source.items()}
    value = texts[field.name] or ""
    what = {Type.DATE: "a date", Type.AMOUNT: "an amount of at most 30 digits and 8 decimals"}
    return Rejected(
        row=texts,
        column=field.name,
        value=value,
        reason=f"{field.name}: {value!r} is not {what.get(field.type, f'of type {field.type}')}.",
    )


def _text(value: pa.Scalar) -> str | None:
    if not value.is_valid:
        return None
    try:
        return str(value.cast(pa.string()).as_py())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return repr(value.as_py())
