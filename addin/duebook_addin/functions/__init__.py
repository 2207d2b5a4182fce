"""The worksheet functions, by subject; importing this package declares them all."""

from __future__ import annotations

from duebook_addin.functions import aging, behaviour, interest, store, terms, turnover
from duebook_addin.registry import FUNCTIONS

__all__ = ["FUNCTIONS", "aging", "behaviour", "interest", "store", "terms", "turnover"]
