"""The task pane in a real Chromium, from the real server, with a stand-in for Office's script."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from pane import OFFICE, RECONCILED, TOKEN, Pane, Server
from serving import serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, ConsoleMessage, Request

STAND_IN = Path(__file__).with_name("office.js").read_text(encoding="utf-8")
# A browser that asks nobody anything by itself.
QUIET = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start Chromium once for a module; while it runs, no other test can run an event loop in this thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """Start the server once for a module."""
    server = Server("")
    with serving(token=TOKEN, status=lambda: server.holds) as started:
        server.url = started.url
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    """Let the server hold two companies that reconcile, whatever the test before changed."""
    running.holds = RECONCILED
    return running


@pytest.fixture
def pane(chromium: Browser, server: Server) -> Iterator[Callable[..., Pane]]:
    """Return what makes a pane, each in a profile of its own.

    In the end none has logged anything, and none has asked anybody but its server and Office's host.
    """
    made: list[Pane] = []

    def make(*, office: dict[str, object] | None = None, trouble: str = "", **options: object) -> Pane:
        context = chromium.new_context(
            **{"viewport": {"width": 320, "height": 700}, "locale": "en-US", "timezone_id": "UTC"} | options
        )
        page = context.new_page()
        page.set_default_timeout(10_000)
        found = Pane(page, server.url)
        made.append(found)

        def logged(message: ConsoleMessage) -> None:
            if not (trouble and trouble in message.text):
                found.troubles.append(f"{message.type}: {message.text}")

        def asked(request: Request) -> None:
            found.asked.append(request.url)

        page.on("console", logged)
        page.on("pageerror", lambda error: found.troubles.append(str(error)))
        page.on("request", asked)
        page.add_init_script(f"globalThis.officeSetup = {json.dumps(office or {})}")
        page.route(OFFICE, lambda route: route.fulfill(body=STAND_IN, content_type="text/javascript"))
        return found

    yield make
    for found in made:
        found.page.context.close()
        assert not found.troubles
        hosts = {urlsplit(url).netloc for url in found.asked}
        assert hosts <= {urlsplit(server.url).netloc, urlsplit(OFFICE).netloc}
        assert all(url == OFFICE for url in found.asked if urlsplit(url).netloc == urlsplit(OFFICE).netloc)
