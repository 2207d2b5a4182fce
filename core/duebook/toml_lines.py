"""Where the keys of a TOML text stand, for the messages about them: tomllib does not tell."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final, TypeAlias

Place: TypeAlias = tuple[str | int, ...]
"""Names of tables and key, and after an array of tables which of them, from 0: ``("source", 1, "url")``."""
_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([\w-]+(?:\s*\.\s*[\w-]+)*)\s*\]\]?\s*(?:#.*)?")
_KEY: Final = re.compile(r"""\s*(["']?[\w-]+["']?(?:\s*\.\s*["']?[\w-]+["']?)*)\s*=""")


class Lines:
    """The lines of a TOML text, by the place of what begins there, also the inline tables of an array."""

    def __init__(self, text: str) -> None:
        """Find every table and key.

        Args:
            text: The text; where it is no TOML, lines may be wrong.
        """
        self._lines: dict[Place, int] = {}
        self._arrays: Counter[Place] = Counter()
        table: Place = ()
        value, entries = table, 0  # the key whose array may go on below it, and its inline tables so far
        for number, line in enumerate(text.splitlines(), start=1):
            if header := _HEADER.fullmatch(line):
                table = self._enter(header[2], number, array=header[1] == "[[")
            elif key := _KEY.match(line):
                place = table
                for name in _names(key[1]):
                    place = (*place, name)
                    self._lines.setdefault(place, number)
                value, entries = place, 0
            elif line.lstrip().startswith("{"):
                self._lines.setdefault((*value, entries), number)
                entries += 1

    def has(self, place: Place) -> bool:
        """Return whether a place has a line of its own."""
        return place in self._lines

    def find(self, place: Place) -> int:
        """Return the line of a place, from 1, or of the nearest thing around it that has one; else 0."""
        while place and place not in self._lines:
            place = place[:-1]
        return self._lines.get(place, 0)

    def of(self, place: Place) -> str:
        """Return ``line 7: `` for :meth:`find`, or nothing where it finds none."""
        line = self.find(place)
        return f"line {line}: " if line else ""

    def _enter(self, header: str, number: int, *, array: bool) -> Place:
        """Return the path of the table that a header begins."""
        place: Place = ()
        names = _names(header)
        for depth, name in enumerate(names, start=1):
            place = (*place, name)
            self._lines.setdefault(place, number)
            if array and depth == len(names):
                self._arrays[place] += 1
            if place in self._arrays:  # within an array, the last table so far is meant
                place = (*place, self._arrays[place] - 1)
                self._lines.setdefault(place, number)
        return place


def _names(dotted: str) -> list[str]:
    return [name.strip().strip("\"'") for name in dotted.split(".")]
