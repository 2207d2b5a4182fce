"""The worksheet functions DSOWEIGHTED and DSOTRUE."""

from __future__ import annotations

import json

from duebook_addin.call import call


def ask(name: str, *arguments: object) -> object:
    return json.loads(call(name, json.dumps(arguments))[0])


def test_days_of_each_month_are_all_given_or_none():
    assert ask("DSOWEIGHTED", [50, 20], [100, 80]) == ask("DSOWEIGHTED", [50, 20], [100, 80], 30) == 22.5
    assert ask("DSOWEIGHTED", [50, 20], [100, 80], [31, None]) == {
        "error": "#N/A",
        "message": "month_days: 1 of 2 months have one; all or none is allowed.",
    }


def test_a_document_after_the_day_is_not_there_yet():
    before = ask("DSOTRUE", ["2026-01-31"], [1000], [4000], "2026-02-28")
    assert ask("DSOTRUE", ["2026-01-31", "2026-03-01"], [1000, 70], [4000, 0], "2026-02-28") == before == 7
    assert ask("DSOTRUE", None, None, None, "2026-02-28")["error"] == "#N/A"
