"""The worksheet functions, by subject; importing this package declares them all: every module in it."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from duebook_addin.registry import FUNCTIONS

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["FUNCTIONS"]
