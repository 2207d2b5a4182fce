"""What xlwings needs of Windows, so that its own path of worksheet functions runs here.

It stands in for pywin32's modules (COM) and the Windows parts of ctypes. COM itself is absent: values go
from hand to hand as Python objects, in the forms that COM gives them, and nothing serves another process.
Everything between is real: xlwings' decorators, its ``CallUDF`` and ``call_udf``, and the functions.
"""

from __future__ import annotations

import ctypes
import importlib
import sys
from datetime import UTC, datetime
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MISSING = -2147352572
"""What COM hands over for an argument that is left out."""
_FIRST_ERROR = -2146828288
"""What COM adds to the number of an error value."""


class _Anything:
    """Takes every call, and has every attribute: names that xlwings mentions and this path never uses."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_arguments: object, **_named: object) -> _Anything:
        return self


def _module(name: str, **contents: object) -> ModuleType:
    module = ModuleType(name)
    module.__path__ = []
    module.__file__ = __file__
    module.__dict__.update(contents)
    module.__getattr__ = _Anything().__getattr__  # type: ignore[method-assign]
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)
    return module


def _unwrapped(value: object) -> object:
    raise TypeError(f"{value!r} is no object of this server.")


def _utc() -> object:
    return UTC


def call_udf() -> Callable[..., object]:
    """Make xlwings believe that it runs on Windows, and return the ``CallUDF`` of its COM server.

    It is for a process of its own: what it puts in place stays there.
    """
    com_error = type("com_error", (Exception,), {})
    plain = type("plain", (), {})
    _module("pywintypes", com_error=com_error, IID=str, TimeType=datetime, Time=datetime)
    _module("pythoncom", com_error=com_error, IID_IDispatch=0, TypeIIDs={0: plain})
    for name in ("win32api", "win32con", "win32gui", "win32process", "win32event"):
        _module(name)
    _module("win32timezone", TimeZoneInfo=type("TimeZoneInfo", (), {"utc": staticmethod(_utc)}))
    _module("win32com")
    dispatch_classes = dict.fromkeys(
        ("CDispatch", "DispatchBaseClass", "CoClassBaseClass"), type("Dispatch", (), {})
    )
    _module("win32com.client", Dispatch=lambda found: found, **dispatch_classes)
    _module("win32com.server")
    for name in ("dispatcher", "policy"):
        _module(f"win32com.server.{name}")
    _module("win32com.server.util", wrap=lambda found, *_: found, unwrap=_unwrapped)
    ctypes.windll, ctypes.oledll = _Anything(), _Anything()  # type: ignore[attr-defined]
    ctypes.WinError = OSError  # type: ignore[attr-defined]

    xlwings = importlib.import_module("xlwings")
    library, ctypes.PyDLL = ctypes.PyDLL, _Anything()  # type: ignore[misc, assignment]
    windows = importlib.import_module("xlwings._xlwindows")  # takes a function from pythoncom's library
    ctypes.PyDLL = library  # type: ignore[misc]
    xlwings.engines.add(xlwings.Engine(impl=windows.engine))
    udfs = importlib.import_module("xlwings.udfs")
    xlwings.func, xlwings.arg, xlwings.ret = udfs.xlfunc, udfs.xlarg, udfs.xlret
    server = importlib.import_module("xlwings.com_server")
    found: Callable[..., object] = server.XLPython().CallUDF
    return found


def error_code(number: int) -> int:
    """Return how COM hands over an error value, by the number that VBA's CVErr takes."""
    return _FIRST_ERROR + number
