"""The line of a key in a TOML text, as a message names it."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from duebook.toml_lines import Lines

TEXT = """\
# remarks count
name = "a"

[store]
url = "x"  # and behind a value

[[source]]
name = "first"
[source.login]
user = "u"

[[source]]
"name" = "second"
login.user = "v"
numbers = [
    1,
    2,
]

[a.b]   # a table within another
c = { d = 1 }

[[a.list]]
e = 1
[[a.list]]
e = 2
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("name",), 2),
        (("store",), 4),
        (("store", "url"), 5),
        (("source",), 7),
        (("source", 0), 7),
        (("source", 0, "name"), 8),
        (("source", 0, "login"), 9),
        (("source", 0, "login", "user"), 10),
        (("source", 1), 12),
        (("source", 1, "name"), 13),
        (("source", 1, "login", "user"), 14),
        (("source", 1, "numbers", 1), 15),
        (("a",), 20),
        (("a", "b", "c"), 21),
        (("a", "b", "c", "d"), 21),
        (("a", "list", 0, "e"), 24),
        (("a", "list", 1, "e"), 26),
    ],
)
def test_every_key_has_its_line(path: tuple[str | int, ...], line: int) -> None:
    found: Any = tomllib.loads(TEXT)
    for part in path:
        found = found[part]  # it is there, by TOML's own rules
    assert Lines(TEXT).find(path) == line
    assert Lines(TEXT).of(path) == f"line {line}: "


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("store", "user"), 4),
        (("source", 1, "url"), 12),
        (("source", 1, "login", "password"), 14),
        (("absent", "key"), 0),
        ((), 0),
    ],
)
def test_what_is_not_there_has_the_line_of_what_is_around_it(path: tuple[str | int, ...], line: int) -> None:
    assert Lines(TEXT).find(path) == line
    assert not Lines(TEXT).has(path)
    assert Lines(TEXT).of(path) == (f"line {line}: " if line else "")
