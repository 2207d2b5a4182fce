"""The worksheet functions as plain Python functions, ``DUE_AGING`` and so on, for xlwings to call.

This is the module that the add-in's VBA names. xlwings' decorators keep nothing off Windows; there the
functions are merely importable.
"""

from __future__ import annotations

from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Final

import xlwings as xw

from duebook_addin.call import answer
from duebook_addin.excel.wire import received, sent
from duebook_addin.functions import FUNCTIONS
from duebook_addin.registry import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Callable

    from duebook_addin.excel.wire import Sent
    from duebook_addin.registry import Function


def _worksheet_function(function: Function) -> Callable[..., list[list[Sent]]]:
    def called(*arguments):  # type: ignore[no-untyped-def]  # noqa: ANN002, ANN202 - xlwings reads type hints as converters
        return sent(answer(function, [received(argument) for argument in arguments]))

    called.__name__ = called.__qualname__ = f"{NAMESPACE}_{function.name}"
    called.__doc__ = function.help.en
    # What is left out is None to every host, and takes the registry's default.
    called.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Parameter(
                parameter.name,
                Parameter.POSITIONAL_OR_KEYWORD,
                default=Parameter.empty if parameter.required else None,
            )
            for parameter in function.parameters
        ]
    )
    called = xw.func(category=function.category.value.en)(called)
    # "raw": xlwings' own conversion knows neither Decimal nor errors, and looks at each cell twice.
    for parameter in function.parameters:
        called = xw.arg(parameter.name, "raw", doc=parameter.help.en)(called)
    return xw.ret("raw")(called)


WORKSHEET_FUNCTIONS: Final = {
    exported.__name__: exported for exported in (_worksheet_function(function) for function in FUNCTIONS)
}
"""The functions by the name that a cell calls them by."""

globals().update(WORKSHEET_FUNCTIONS)  # xlwings looks them up by name
