"""From search to the formula in the cell, by keyboard alone; and what is never overwritten."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from pane import Pane

pytestmark = pytest.mark.service("chromium")
TEMPLATE = "=DUE.DAYSLATE(due_date, as_of)"
EXAMPLE = '=DUE.DAYSLATE("2026-01-31", "2026-02-15")'


def focused(pane: Pane) -> str:
    text: str = pane.page.evaluate(
        "(document.activeElement.labels?.[0] ?? document.activeElement).textContent"
    )
    return text


def test_by_keyboard_from_search_to_the_formula(pane: Callable[..., Pane]):
    page = (shown := pane().open()).page
    order = []
    while not order or order[-1] != "Search functions":
        page.keyboard.press("Tab")
        order.append(focused(shown))
    assert order == ["中文", "Access token", "Sign in", "Search functions"]
    page.keyboard.type("days past due")
    page.keyboard.press("ArrowDown")
    assert focused(shown).startswith("DUE.DAYSLATE")
    page.keyboard.press("Enter")
    assert focused(shown) == "DUE.DAYSLATE"
    page.keyboard.press("Tab")
    assert focused(shown) == "Insert at the cursor"
    page.keyboard.press("Enter")
    expect(shown.said()).to_have_text(
        "Inserted into Sheet1!A1. Now replace each name in the brackets with a cell or a range."
    )
    assert shown.workbook()["cells"] == {"Sheet1!A1": TEMPLATE}


def test_escape_leads_back_to_where_one_was(pane: Callable[..., Pane]):
    page = (shown := pane().open()).page
    page.get_by_role("button", name="DUE.BUCKET").click()
    expect(page.get_by_role("article", name="DUE.BUCKET")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("article")).to_be_hidden()
    assert focused(shown).startswith("DUE.BUCKET")


def test_arrows_walk_the_list_and_back_to_the_search(pane: Callable[..., Pane]):
    page = (shown := pane().open()).page
    items = page.get_by_role("list").get_by_role("button").all_text_contents()
    page.get_by_role("searchbox").focus()
    # An input method's own arrows, while a Chinese word is being typed, are left to it.
    page.evaluate(
        "document.activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', {key: 'ArrowDown', isComposing: true, bubbles: true}))"
    )
    assert focused(shown) == "Search functions"
    walked = []
    for key in ("ArrowDown", "ArrowDown", "End", "ArrowDown", "Home", "ArrowUp"):
        page.keyboard.press(key)
        walked.append(focused(shown))
    assert walked == [items[0], items[1], items[-1], items[-1], items[0], "Search functions"]


def test_an_example_is_inserted_with_its_arguments(pane: Callable[..., Pane]):
    shown = pane().open()
    shown.read("DAYSLATE").get_by_role("button", name="Insert this example").first.click()
    expect(shown.said()).to_have_text("Inserted into Sheet1!A1.")
    assert shown.workbook()["cells"] == {"Sheet1!A1": EXAMPLE}


def test_a_cell_that_holds_something_is_asked_about(pane: Callable[..., Pane]):
    shown = pane().open()
    shown.hold(active="Sheet1!C3", cells={"Sheet1!C3": 1250.5})
    shown.read("DAYSLATE")
    shown.button("Insert at the cursor").click()
    question = shown.page.get_by_role("dialog", name="Sheet1!C3 is not empty. Replace what it holds?")
    expect(question).to_contain_text("1250.5")
    assert focused(shown) == "Keep it"
    shown.page.keyboard.press("Enter")
    expect(shown.said()).to_have_text("Sheet1!C3 was left as it is.")
    assert focused(shown) == "Insert at the cursor"
    assert shown.workbook()["cells"] == {"Sheet1!C3": 1250.5}

    shown.page.keyboard.press("Enter")
    shown.page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    assert shown.workbook()["cells"] == {"Sheet1!C3": 1250.5}

    shown.button("Insert at the cursor").click()
    shown.button("Replace").click()
    expect(shown.said()).to_contain_text("Inserted into Sheet1!C3.")
    assert shown.workbook()["cells"] == {"Sheet1!C3": TEMPLATE}


@pytest.mark.parametrize(
    "meanwhile",
    [{"active": "Sheet1!B2"}, {"cells": {"Sheet1!A1": "newer", "Sheet1!B2": "kept"}}],
    ids=["another cell", "another content"],
)
def test_agreement_holds_for_what_was_seen_only(pane: Callable[..., Pane], meanwhile: dict[str, object]):
    shown = pane().open()
    shown.hold(cells={"Sheet1!A1": "old", "Sheet1!B2": "kept"})
    shown.read("DAYSLATE")
    shown.button("Insert at the cursor").click()
    expect(shown.page.get_by_role("dialog")).to_contain_text("old")
    shown.hold(**meanwhile)
    before = shown.workbook()["cells"]
    shown.button("Replace").click()
    expect(shown.page.get_by_role("dialog")).to_contain_text("kept" if "active" in meanwhile else "newer")
    expect(shown.said()).to_be_empty()
    assert shown.workbook()["cells"] == before


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("editing", "Excel is editing a cell. Press Enter or Esc in the sheet, then insert again."),
        (
            "protected",
            "The sheet is protected, so nothing was inserted. Unprotect it, or choose another cell.",
        ),
    ],
)
def test_excel_refuses(pane: Callable[..., Pane], state: str, message: str):
    shown = pane().open()
    shown.hold(**{state: True})
    shown.read("DAYSLATE")
    shown.button("Insert at the cursor").click()
    expect(shown.said()).to_have_text(message)
    shown.hold(**{state: False})
    shown.button("Insert at the cursor").click()
    expect(shown.said()).to_contain_text("Inserted into Sheet1!A1.")


@pytest.mark.parametrize(
    ("office", "reason"),
    [
        ({"host": None}, "Inserting works in Excel. In a browser you can read and copy."),
        (
            {"sets": {"ExcelApi": "1.6"}},
            "This Excel is too old for inserting from here. You can read and copy.",
        ),
    ],
)
def test_where_inserting_does_not_work_the_reason_is_there(
    pane: Callable[..., Pane], office: dict[str, object], reason: str
):
    shown = pane(office=office).open()
    shown.read("DAYSLATE")
    expect(shown.page.get_by_text(reason)).to_be_visible()
    for button in shown.page.get_by_role("button", name="Insert").all():
        expect(button).to_be_disabled()
        expect(button).to_have_accessible_description(re.compile(re.escape(reason)))
    shown.button("Insert at the cursor").focus()
    shown.page.keyboard.press("Enter")
    expect(shown.said()).to_have_text(reason)
    assert shown.workbook()["cells"] == {}


def test_without_offices_script_the_help_is_there_at_once(pane: Callable[..., Pane]):
    shown = pane(trouble="net::ERR_FAILED")
    shown.page.route("**/office.js", lambda route: route.abort())
    shown.open().read("DAYSLATE")
    expect(shown.page.get_by_text("Inserting works in Excel.")).to_be_visible()
