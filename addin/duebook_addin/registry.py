"""The worksheet functions, each declared once, for every host.

A declaration is a typed Python function. Its signature gives the parameters' names, order, types
and defaults; the first line of its docstring is the English text of the function wizard, and every
parameter and the result carry theirs as ``Annotated[type, Text(english, chinese)]``. The hosts only
loop over :data:`FUNCTIONS`, so whatever one of them cannot say is refused here, when the module is
imported, with the rule in the message.

What a function takes follows from its signature. With a :data:`Column` among its parameters it gets
whole columns. With none, and a cell as its result, it is written for one cell and called for each:
then every parameter takes a column, and one cell stands for all.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from enum import Enum, StrEnum
from types import NoneType
from typing import Annotated, Final, TypeAlias, TypeVar, get_args, get_origin, get_type_hints

from duebook.errors import InputError, NoAnswerError
from duebook_addin import cells
from duebook_addin.cells import Argument, Cell, CellError, Cells, Reader
from duebook_addin.refusals import DeclarationError, check_examples, check_help, check_name, check_parameters

NAMESPACE: Final = "DUE"
_LONGEST_NEAR: Final = 40  # a name that anybody mistyped; the cost of looking for its like grows with it

_T = TypeVar("_T")
Column: TypeAlias = Sequence[_T]
"""A parameter's type: a range of any shape, read row by row, or one cell for all."""
Days: TypeAlias = tuple[int, ...]
"""A parameter's type: a range of whole numbers, or one, or text such as ``0,30,60,90``."""
DatedNumber: TypeAlias = Decimal | tuple[tuple[date, Decimal], ...]
"""A parameter's type: a number, or two columns: dates, and the number in force from each."""
Figures: TypeAlias = tuple[tuple[str, Decimal], ...]
"""A parameter's type: two columns, names and their numbers."""
Inputs: TypeAlias = tuple[tuple[str, str | Decimal], ...]
"""A parameter's type: two columns, names and what each is, a number or text."""
Grid: TypeAlias = tuple[tuple[Decimal, ...], ...]
"""A parameter's type: a range of numbers, row by row."""
Sheet: TypeAlias = tuple[tuple[Cell, ...], ...]
"""A parameter's type: a range, row by row, each cell as it came."""
Value: TypeAlias = str | Decimal
"""What is a number or a word."""
Key: TypeAlias = str | Decimal | date
"""What rows are grouped by."""


@dataclass(frozen=True)
class Text:
    """A text in both languages."""

    en: str
    zh: str


_NO_WORDS: Final = Text("", "")


@dataclass(frozen=True)
class Together:
    """Beside a column's :class:`Text`: the columns that bear one name have equally many cells."""

    name: str


class InOrder:
    """Beside a column's :class:`Text`: a cell's place says which month or bucket it is; a gap is refused."""


class Category(Enum):
    """The shelves of the function wizard."""

    AGING = Text("Aging", "账龄")
    TURNOVER = Text("Turnover", "周转")
    BEHAVIOUR = Text("Payment behaviour", "付款行为")
    TERMS = Text("Terms", "账期")
    INTEREST = Text("Interest", "利息")
    CUSTOMER = Text("Customer", "客户评估")
    LIMITS = Text("Limits and exposure", "额度与敞口")
    PROVISION = Text("Provision", "减值准备")
    INSURANCE = Text("Insurance", "信用保险")
    PLANS = Text("Payment plans", "付款计划")
    STORE = Text("Refreshed store", "数据存储")


class Kind(StrEnum):
    """What the cells of a parameter or a result hold."""

    DATE = "date"
    NUMBER = "number"
    TEXT = "text"
    ANY = "any"


class Shape(StrEnum):
    """How many cells a parameter or a result has."""

    CELL = "cell"
    COLUMN = "column"
    LIST = "list"
    SERIES = "series"
    PAIRS = "pairs"
    GRID = "grid"
    ROW = "row"
    TABLE = "table"


class Row(list[Cell]):
    """A result of one row."""


class Table(list[list[Cell]]):
    """A result of rows, the first with the headings where the function's help names them."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a worksheet function.

    Attributes:
        name: Its name, as the function wizard shows it.
        kind: What its cells hold.
        shape: One cell; a column, which is a range read row by row or one cell for all; a list, which
            is a range of any length or one cell; a series, which is two columns, or a column as above; pairs,
            which is two columns and never one cell; or a grid, which is a range whose rows and columns count.
        required: Whether it has to be given.
        default: What stands for it where it is left out or empty.
        help: What it is.
        together: Columns of one name have equally many cells.
        in_order: Whether the place of a cell carries meaning: no empty row but the last ones is passed over.
        keeps_errors: Whether the function itself answers for cells that cannot be read.
        read: Reads one of its cells, or raises.
        read_whole: For a list, a series, pairs or a grid: reads a range as one value.
    """

    name: str
    kind: Kind
    shape: Shape
    required: bool
    default: object
    help: Text
    together: str
    in_order: bool
    keeps_errors: bool
    read: Reader = field(repr=False)
    read_whole: Callable[[Cells], object] | None = field(repr=False)


@dataclass(frozen=True)
class Result:
    """What a worksheet function gives.

    Attributes:
        kind: What its cells hold.
        shape: A cell (a column where an argument is one), a column, a row, or a table with headings.
        help: What it is: unit and sign.
    """

    kind: Kind
    shape: Shape
    help: Text


@dataclass(frozen=True)
class Example:
    """A call and its answer: shown in the documentation, and run as a test.

    Attributes:
        arguments: The arguments, as in JSON: a range is a list of cells or of rows.
        result: The answer, as in JSON.
    """

    arguments: tuple[object, ...]
    result: object


@dataclass(frozen=True, eq=False)
class Function:
    """One worksheet function.

    Attributes:
        name: Its name, without the namespace.
        category: Its shelf in the function wizard.
        help: What it does, in one sentence.
        parameters: Its parameters, in order.
        result: What it gives.
        examples: At least one.
        keywords: Other words that people look for it by, parted by commas; empty where its help has them.
        each: Whether it is called for each cell of its columns.
        asks_store: Whether its answer comes from the refreshed store.
        body: The Python function.
        required: How many arguments a call has at least.
        readers: What reads one cell of each parameter.
    """

    name: str
    category: Category
    help: Text
    parameters: tuple[Parameter, ...]
    result: Result
    examples: tuple[Example, ...]
    keywords: Text
    each: bool
    asks_store: bool
    body: Callable[..., object] = field(repr=False)
    required: int
    readers: tuple[Reader, ...] = field(repr=False)

    @property
    def usage(self) -> str:
        """How it is written, optional parameters in brackets: ``BUCKET(due_date, as_of, [edges])``."""
        names = (item.name if item.required else f"[{item.name}]" for item in self.parameters)
        return f"{self.name}({', '.join(names)})"

    def describe(self) -> dict[str, object]:
        """Return the declaration as plain values, for JSON."""
        return {
            "name": self.name,
            "category": _both(self.category.value),
            "help": _both(self.help),
            "parameters": [
                {
                    "name": parameter.name,
                    "kind": parameter.kind.value,
                    "shape": parameter.shape.value,
                    "required": parameter.required,
                    "help": _both(parameter.help),
                }
                | ({} if parameter.default is None else {"default": _plain_default(parameter.default)})
                for parameter in self.parameters
            ],
            "result": {
                "kind": self.result.kind.value,
                "shape": self.result.shape.value,
                "help": _both(self.result.help),
            },
            "keywords": _both(self.keywords),
            "asks_store": self.asks_store,
            "examples": [
                {"arguments": example.arguments, "result": example.result} for example in self.examples
            ],
        }


def _plain_default(default: object) -> object:
    """Return a default as JSON knows it."""
    return float(default) if isinstance(default, Decimal) else default


def _both(text: Text) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}


_Body = TypeVar("_Body", bound=Callable[..., object])


class Registry:
    """Worksheet functions by name, in alphabetical order."""

    def __init__(self) -> None:
        """Start without a function."""
        self._functions: dict[str, Function] = {}

    def __iter__(self) -> Iterator[Function]:
        """Go through the functions by name."""
        return iter([self._functions[name] for name in sorted(self._functions)])

    def __len__(self) -> int:
        """Return how many functions there are."""
        return len(self._functions)

    def find(self, name: str) -> Function:
        """Return the function of a name, written in any case, with or without ``DUE.`` or ``DUE_`` before it.

        Raises:
            InputError: There is none; the hint has the nearest name.
        """
        plain = re.sub(rf"\A{NAMESPACE}[._]", "", name.strip().upper())
        if plain in self._functions:
            return self._functions[plain]
        near = get_close_matches(plain[:_LONGEST_NEAR], self._functions, n=1)
        raise InputError(
            f"{cells.shown(name)} is no worksheet function.",
            hint=f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(sorted(self._functions))}.",
        )

    def declare(  # noqa: PLR0913 - what a declaration says beside its signature
        self,
        name: str,
        category: Category,
        zh: str,
        *,
        examples: Sequence[Example],
        keywords: Text = _NO_WORDS,
        asks_store: bool = False,
    ) -> Callable[[_Body], _Body]:
        """Declare the decorated Python function as a worksheet function.

        Args:
            name: Its name in a cell, without the namespace.
            category: Its shelf in the function wizard.
            zh: The first line of its docstring, in Chinese.
            examples: Calls with their answers.
            keywords: Other words that people look for it by, parted by commas.
            asks_store: Whether its answer comes from the refreshed store.

        Returns:
            A decorator that gives the Python function back unchanged.

        Raises:
            DeclarationError: A host could not say it; the message has the rule.
        """

        def declared(body: _Body) -> _Body:
            try:
                check_name(name, self._functions)
                parameters, result, each = _signature(f"{NAMESPACE}_{name}", body)
                required = sum(parameter.required for parameter in parameters)
                check_examples(examples, required, len(parameters))
                self._functions[name] = Function(
                    name=name,
                    category=category,
                    help=_checked(Text(_first_line(body), zh), "the function"),
                    parameters=parameters,
                    result=result,
                    examples=tuple(examples),
                    keywords=keywords,
                    each=each,
                    asks_store=asks_store,
                    body=body,
                    required=required,
                    readers=tuple(parameter.read for parameter in parameters),
                )
            except DeclarationError as error:
                raise DeclarationError(f"{name}: {error}") from None
            return body

        return declared


FUNCTIONS: Final = Registry()
"""All worksheet functions, once :mod:`duebook_addin.functions` is imported."""
function: Final = FUNCTIONS.declare

_READERS: Final[dict[frozenset[object], tuple[Kind, Callable[[str, Callable[[], object]], Reader]]]] = {
    frozenset({date}): (Kind.DATE, cells.date_reader),
    frozenset({Decimal}): (Kind.NUMBER, cells.number_reader),
    frozenset({int}): (Kind.NUMBER, cells.whole_reader),
    frozenset({str}): (Kind.TEXT, cells.text_reader),
    frozenset({bool}): (Kind.ANY, cells.flag_reader),
    frozenset(get_args(Key)): (Kind.ANY, cells.key_reader),
    frozenset(get_args(Value)): (Kind.ANY, cells.value_reader),
}
_BESIDE: Final = frozenset({NoneType, CellError})
_RESULTS: Final[dict[object, tuple[Kind, Shape]]] = {
    date: (Kind.DATE, Shape.CELL),
    Decimal: (Kind.NUMBER, Shape.CELL),
    float: (Kind.NUMBER, Shape.CELL),
    int: (Kind.NUMBER, Shape.CELL),
    str: (Kind.TEXT, Shape.CELL),
    Cell: (Kind.ANY, Shape.CELL),
    Row: (Kind.NUMBER, Shape.ROW),
    Table: (Kind.ANY, Shape.TABLE),
    Cell | Table: (Kind.ANY, Shape.TABLE),
    Column[Decimal | CellError]: (Kind.NUMBER, Shape.COLUMN),
}


def _first_line(body: Callable[..., object]) -> str:
    return (inspect.getdoc(body) or "").partition("\n")[0]


def _signature(name: str, body: Callable[..., object]) -> tuple[tuple[Parameter, ...], Result, bool]:
    """Return the parameters, the result, and whether the function is called for each cell."""
    hints = get_type_hints(body, include_extras=True)
    signature = list(inspect.signature(body).parameters.values())
    check_parameters(name, signature)
    kind, text, _ = _annotated(hints.get("return"), "the result")
    if kind not in _RESULTS:
        raise DeclarationError(f"the result is of type {kind}, which no cell holds.")
    result = Result(*_RESULTS[kind], text)
    columns = any(_is_column(hints.get(parameter.name)) for parameter in signature)
    each = result.shape is Shape.CELL and not columns
    return tuple(_parameter(item, hints.get(item.name), each=each) for item in signature), result, each


def _checked(text: Text, whose: str) -> Text:
    check_help(text.en, text.zh, whose)
    return text


def _annotated(hint: object, whose: str) -> tuple[object, Text, tuple[object, ...]]:
    """Take an annotation apart: the type, its help, and what else stands beside it."""
    if get_origin(hint) is not Annotated:
        raise DeclarationError(f"{whose} has no help; write Annotated[type, Text(english, chinese)].")
    kind, text, *others = get_args(hint)
    if not isinstance(text, Text):
        raise DeclarationError(f"{whose} has no help; write Annotated[type, Text(english, chinese)].")
    return kind, _checked(text, whose), tuple(others)


def _is_column(hint: object) -> bool:
    return get_origin(hint) is Annotated and get_origin(get_args(hint)[0]) is Sequence


def _parameter(parameter: inspect.Parameter, hint: object, *, each: bool) -> Parameter:
    name = parameter.name
    kind, text, others = _annotated(hint, name)
    shape = Shape.COLUMN if each else Shape.CELL
    if _is_column(hint):
        shape, (kind,) = Shape.COLUMN, get_args(kind)
    elif kind in {DatedNumber, DatedNumber | None}:
        shape, kind = Shape.SERIES, Decimal
    elif kind == Days:
        shape, kind = Shape.LIST, int
    elif kind in _WHOLE:
        return _whole_parameter(parameter, kind, text)
    types = frozenset(get_args(kind) or (kind,))
    if types - _BESIDE not in _READERS:
        raise DeclarationError(f"{name} is of type {kind}, which no cell holds.")
    cell_kind, reader = _READERS[types - _BESIDE]
    required = parameter.default is parameter.empty
    default = None if required else parameter.default
    empty = _missing(name, cell_kind) if required and NoneType not in types else lambda: default
    read = reader(name, empty)
    read_whole: Callable[[Cells], object] | None = None
    if shape is Shape.LIST:
        read = read_whole = cells.list_reader(name, empty)
    elif shape is Shape.SERIES:
        read_whole = cells.series_reader(name)
    return Parameter(
        name=name,
        kind=cell_kind,
        shape=shape,
        required=required,
        default=default,
        help=text,
        together=next((other.name for other in others if isinstance(other, Together)), ""),
        in_order=any(isinstance(other, InOrder) for other in others),
        keeps_errors=CellError in types,
        read=read,
        read_whole=read_whole,
    )


_WHOLE: Final[dict[object, tuple[Kind, Shape, Callable[[str], Callable[[Argument], object]]]]] = {
    Figures: (Kind.ANY, Shape.PAIRS, cells.figures_reader),
    Inputs: (Kind.ANY, Shape.PAIRS, cells.inputs_reader),
    Grid: (Kind.NUMBER, Shape.GRID, cells.grid_reader),
    Sheet: (Kind.ANY, Shape.GRID, cells.sheet_reader),
}


def _whole_parameter(parameter: inspect.Parameter, kind: object, text: Text) -> Parameter:
    """Return a parameter that is a whole range; left out or empty, it is a range without rows."""
    cell_kind, shape, reader = _WHOLE[kind]
    read = reader(parameter.name)
    return Parameter(
        name=parameter.name,
        kind=cell_kind,
        shape=shape,
        required=parameter.default is parameter.empty,
        default=None,
        help=text,
        together="",
        in_order=False,
        keeps_errors=False,
        read=read,
        read_whole=read,
    )


def _missing(name: str, kind: Kind) -> Callable[[], object]:
    wanted = {Kind.ANY: "a value", Kind.TEXT: "text"}.get(kind, f"a {kind}")

    def refuse() -> object:
        raise NoAnswerError(f"{name}: the cell is empty; {wanted} is needed.")

    return refuse
