"""Signing in, and what the server holds, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from duebook_addin.server.app import HeldCompany, HeldRun, HeldStatus
from pane import RECONCILED, TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator

    from pane import Pane, Server

pytestmark = pytest.mark.service("chromium")
NORTH, NORTHERN = RECONCILED.companies
LAST_RUN = RECONCILED.last_run
assert LAST_RUN
HARM = '<img src=x onerror="globalThis.harmed = true">'


def region(pane: Pane, name: str = "Server") -> Locator:
    return pane.page.get_by_role("region", name=name, exact=True)


def summary(pane: Pane) -> Locator:
    return pane.page.locator("summary")


def kept(pane: Pane) -> list[str]:
    """Return all that the origin's storage holds."""
    values: list[str] = pane.page.evaluate("Object.values(localStorage)")
    return values


def test_the_right_token_shows_what_is_held_and_recalculates(pane: Callable[..., Pane]):
    shown = pane().open()
    expect(shown.page.get_by_label("Access token")).to_have_attribute("type", "password")
    shown.sign_in()
    expect(shown.said()).to_have_text("Signed in. The workbook recalculates.")
    expect(summary(shown)).to_have_text("✓All 2 companies reconcile, as of 30 Jun 2026")
    expect(summary(shown)).to_be_focused()
    shown.page.keyboard.press("Enter")
    for text in (
        "run 12, 1 Jul 2026, 02:31: ok",
        "House policy, version 7",
        "1.2.3",
        "Reconciled, as of 30 Jun 2026",
        "North Ltd erp/1",
        "北方贸易 erp/2",
    ):
        expect(region(shown)).to_contain_text(text)
    assert shown.workbook()["calculated"] == ["Full"]
    expect(shown.page.get_by_label("Access token")).to_have_value("")

    shown.page.reload()
    expect(summary(shown)).to_contain_text("All 2 companies reconcile")
    assert kept(shown) == [TOKEN]


def test_in_a_browser_there_is_nothing_to_recalculate(pane: Callable[..., Pane]):
    shown = pane(office={"host": None}).open()
    shown.sign_in()
    expect(shown.said()).to_have_text("Signed in.")


def test_a_wrong_token_is_not_kept(pane: Callable[..., Pane]):
    shown = pane(trouble="401").open()
    shown.sign_in("guessed")
    expect(region(shown).get_by_role("alert")).to_have_text("The server does not know this token.")
    field = shown.page.get_by_label("Access token")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    assert kept(shown) == []
    shown.sign_in()
    expect(summary(shown)).to_contain_text("reconcile")
    expect(region(shown).get_by_role("alert")).to_be_hidden()


def test_a_token_that_no_longer_holds_asks_for_another(pane: Callable[..., Pane], server: Server):
    shown = pane(trouble="401").open()
    shown.sign_in()
    expect(summary(shown)).to_be_visible()
    summary(shown).click()
    shown.page.evaluate("for (const key of Object.keys(localStorage)) localStorage.setItem(key, 'yesterday')")
    shown.button("Ask again").click()
    expect(shown.page.get_by_label("Access token")).to_be_focused()
    shown.page.reload()
    expect(region(shown).get_by_role("alert")).to_have_text("The server does not know this token.")
    expect(shown.page.get_by_label("Access token")).to_be_visible()
    assert server.url


def test_signing_out_forgets_the_token(pane: Callable[..., Pane]):
    shown = pane().open()
    shown.sign_in()
    summary(shown).click()
    shown.button("Sign out").click()
    expect(shown.said()).to_have_text("Signed out. Cells no longer calculate.")
    expect(shown.page.get_by_label("Access token")).to_be_focused()
    assert kept(shown) == []


def test_a_server_that_does_not_answer_leaves_one_signed_in(pane: Callable[..., Pane]):
    shown = pane(trouble="net::ERR_FAILED").open()
    shown.sign_in()
    summary(shown).click()
    shown.page.route("**/status", lambda route: route.abort())
    shown.button("Ask again").click()
    expect(summary(shown)).to_have_text(
        "!The server does not answer. Is it running, and does this computer trust its certificate?"
    )
    assert kept(shown) == [TOKEN]
    shown.page.unroute("**/status")
    shown.button("Ask again").click()
    expect(shown.said()).to_have_text("All 2 companies reconcile, as of 30 Jun 2026")


def test_a_pane_that_comes_back_into_sight_asks_again(pane: Callable[..., Pane], server: Server):
    shown = pane().open()
    shown.sign_in()
    expect(summary(shown)).to_contain_text("All 2 companies reconcile")
    server.holds = replace(RECONCILED, companies=(NORTH,))
    shown.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(summary(shown)).to_contain_text("The company reconciles")


NOT_RECONCILED = replace(
    RECONCILED,
    last_run=replace(LAST_RUN, status="not reconciled"),
    companies=(NORTH, replace(NORTHERN, reconciled=False)),
)
NO_STORE = HeldStatus(
    version="1.2.3", policy=RECONCILED.policy, store="none", message="No configuration was named."
)


@pytest.mark.parametrize(
    ("held", "english", "chinese"),
    [
        (
            NOT_RECONCILED,
            "!1 of 2 companies does not reconcile, as of 30 Jun 2026",
            "!截至 2026年6月30日，2 家公司中有 1 家对账不一致",  # noqa: RUF001 - Chinese punctuation
        ),
        (
            replace(RECONCILED, last_run=replace(LAST_RUN, status="failed")),
            "!Last refresh: failed, as of 30 Jun 2026",
            "!截至 2026年6月30日，最近刷新：失败",  # noqa: RUF001
        ),
        (
            replace(RECONCILED, companies=(NORTH,)),
            "✓The company reconciles, as of 30 Jun 2026",
            "✓截至 2026年6月30日，公司对账一致",  # noqa: RUF001
        ),
        (replace(RECONCILED, companies=()), "–No company in the store", "–存储中没有公司"),  # noqa: RUF001
        (NO_STORE, "–No refreshed store", "–没有已刷新的数据存储"),  # noqa: RUF001
        (
            replace(NO_STORE, store="empty"),
            "–The store has not been refreshed yet",  # noqa: RUF001
            "–数据存储尚未刷新",  # noqa: RUF001
        ),
        (replace(NO_STORE, store="unreadable"), "!The store cannot be read", "!无法读取数据存储"),
    ],
)
def test_how_things_stand_is_said_in_words(
    pane: Callable[..., Pane], server: Server, held: HeldStatus, english: str, chinese: str
):
    server.holds = held
    shown = pane().open()
    shown.sign_in()
    expect(summary(shown)).to_have_text(english)
    # Bad news is open without being asked for.
    assert shown.page.locator("details").evaluate("each => each.open") == english.startswith("!")
    shown.button("中文").click()
    expect(summary(shown)).to_have_text(chinese)
    if held.message:
        expect(region(shown, "服务器")).to_contain_text(held.message)


def test_what_each_company_is_said_to_be(pane: Callable[..., Pane], server: Server):
    never = replace(NORTHERN, as_of=None, reconciled=False)
    server.holds = replace(NOT_RECONCILED, companies=(*NOT_RECONCILED.companies, never))
    shown = pane().open()
    shown.sign_in()
    companies = region(shown).get_by_role("list", name="Companies").get_by_role("listitem")
    expect(companies).to_have_text(
        [
            "✓North Ltd erp/1Reconciled, as of 30 Jun 2026",
            "!北方贸易 erp/2Does not reconcile, as of 30 Jun 2026",
            "!北方贸易 erp/2Not yet reconciled",
        ]
    )


def test_whatever_a_company_is_called_is_text(pane: Callable[..., Pane], server: Server):
    server.holds = HeldStatus(
        version=HARM,
        policy=replace(RECONCILED.policy, name=HARM),
        store="ready",
        message=HARM,
        last_run=HeldRun(1, HARM, LAST_RUN.started, None, date(2026, 6, 30)),
        companies=(HeldCompany(HARM, HARM, HARM, "EUR", reconciled=False, as_of=date(2026, 6, 30)),),
    )
    shown = pane().open()
    shown.sign_in()
    for text in (f"{HARM} {HARM}/{HARM}", f"{HARM}, version 7", f"02:30: {HARM}"):
        expect(region(shown)).to_contain_text(text)
    assert region(shown).locator("img").count() == 0
    assert shown.page.evaluate("globalThis.harmed") is None
