"""The task pane as the tests have it before them, and what its server is said to hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from duebook_addin.server.app import HeldCompany, HeldPolicy, HeldRun, HeldStatus

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

OFFICE = "https://appsforoffice.microsoft.com/lib/1/hosted/office.js"
TOKEN = "token-of-these-tests"  # noqa: S105 - opens nothing else
RECONCILED = HeldStatus(
    version="1.2.3",
    policy=HeldPolicy("House policy", "7", date(2025, 1, 1)),
    store="ready",
    last_run=HeldRun(
        12,
        "ok",
        datetime(2026, 7, 1, 2, 30, tzinfo=UTC),
        datetime(2026, 7, 1, 2, 31, tzinfo=UTC),
        date(2026, 6, 30),
    ),
    companies=(
        HeldCompany("erp", "1", "North Ltd", "EUR", reconciled=True, as_of=date(2026, 6, 30)),
        HeldCompany("erp", "2", "北方贸易", "CNY", reconciled=True, as_of=date(2026, 6, 30)),
    ),
)


@dataclass
class Server:
    """The running server, and what it says it holds."""

    url: str
    holds: HeldStatus = RECONCILED


@dataclass
class Pane:
    """The task pane as a person has it before them: found by role and name, not by how it is made."""

    page: Page
    url: str
    troubles: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open(self, at: str = "") -> Pane:
        """Open the pane and wait until its functions are there."""
        self.page.goto(f"{self.url}/taskpane.html{at}")
        self.page.get_by_text("DUE.AGING", exact=True).first.wait_for(state="attached")
        return self

    def sign_in(self, token: str = TOKEN) -> None:
        """Type the token and press Enter."""
        self.page.get_by_label("Access token").fill(token)
        self.page.get_by_label("Access token").press("Enter")

    def read(self, name: str) -> Locator:
        """Search for a function by its name and open the help of the best answer."""
        self.page.get_by_role("searchbox").fill(name)
        self.page.get_by_role("searchbox").press("Enter")
        return self.page.get_by_role("article")

    def button(self, name: str) -> Locator:
        """Return a button by its whole name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def said(self) -> Locator:
        """Return the line that tells what was done."""
        return self.page.get_by_role("contentinfo").get_by_role("status")

    def workbook(self) -> dict[str, object]:
        """Return the stand-in's workbook."""
        held: dict[str, object] = self.page.evaluate("standIn")
        return held

    def hold(self, **values: object) -> None:
        """Change the stand-in's workbook."""
        self.page.evaluate("values => Object.assign(standIn, values)", values)
