"""For everybody: keyboard, screen reader, contrast, narrow panes, themes, both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from duebook_addin.assets import assets
from duebook_addin.functions import FUNCTIONS
from pane import OFFICE, RECONCILED, TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable

    from pane import Pane, Server

CHROMIUM = pytest.mark.service("chromium")
LONG = replace(RECONCILED.companies[0], name="Anonyme Gesellschaft " * 4 + "x" * 80, reconciled=False)

FOCUSED = "[document.activeElement.outerHTML, getComputedStyle(document.activeElement).outlineStyle]"

# Every visible text whose contrast with its ground is below 4.5, every edge of a field or button below 3.
FAINT = """() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([red, green, blue]) => {
    const part = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = numbers(getComputedStyle(each).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const contrast = (a, b) => {
    const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const faint = [];
  let seen = 0;
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const text = hasText && ++seen ? contrast(numbers(style.color), ground(element)) : 21;
    const bordered = element.matches("input, select, button:not(.item)");
    const edge = bordered ? contrast(numbers(style.borderTopColor), ground(element.parentElement)) : 21;
    if (text < 4.5 || edge < 3) faint.push(element.outerHTML);
  }
  return seen > 10 ? faint : ["nothing was seen"];
}"""


@CHROMIUM
def test_what_a_screen_reader_is_told(pane: Callable[..., Pane]):
    page = pane().open().page
    expect(page.locator("body")).to_match_aria_snapshot("""
      - banner:
        - heading "Duebook" [level=1]
        - button "中文"
      - region "Server":
        - heading "Server" [level=2]
        - paragraph: Cells calculate once you are signed in. Whoever runs the server has the token.
        - text: Access token
        - textbox "Access token"
        - button "Sign in"
        - alert
      - main:
        - region "Functions":
          - heading "Functions" [level=2]
          - search:
            - text: Search functions
            - searchbox "Search functions"
            - text: Category
            - combobox "Category"
          - status: /\\d+ functions/
          - heading "Aging" [level=3]
          - list "Aging":
            - listitem:
              - button /DUE\\.AGING .+/
      - contentinfo:
        - status
    """)
    page.get_by_role("button", name="DUE.AGINGBY").click()
    expect(page.get_by_role("article")).to_match_aria_snapshot("""
      - article "DUE.AGINGBY":
        - paragraph:
          - button /Back to the list/
        - heading "DUE.AGINGBY" [level=2]
        - paragraph: Aging
        - button "Insert at the cursor"
        - heading "Arguments" [level=3]
        - heading "Result" [level=3]
        - heading "Examples" [level=3]
        - list "Examples":
          - listitem:
            - region "Result of the example 1":
              - table:
                - rowgroup:
                  - row "key not due 1-30 31-60 61-90 90+ no date total"
            - button "Insert this example"
    """)


@CHROMIUM
@pytest.mark.parametrize("language", ["en", "zh"])
def test_whatever_takes_the_focus_has_a_name_and_shows_it(
    pane: Callable[..., Pane], server: Server, language: str
):
    server.holds = replace(RECONCILED, companies=(LONG,))
    shown = pane(office={"displayLanguage": language})
    page = shown.open().page
    page.locator("input[type=password]").fill(TOKEN)
    page.keyboard.press("Enter")
    expect(page.locator("details")).to_be_visible()
    session = page.context.new_cdp_session(page)
    for view in ("", "#INTEREST"):
        page.evaluate("hash => { location.hash = hash }", view)
        first = page.get_by_role("banner").get_by_role("button")
        first.focus()
        stops = page.locator("summary, a[href], button, input, select, [tabindex='0']").filter(visible=True)
        walked = []
        for _ in range(stops.count()):
            walked.append(page.evaluate(FOCUSED))
            page.keyboard.press("Tab")
        assert [html for html, _ in walked] == stops.evaluate_all("all => all.map((one) => one.outerHTML)")
        assert {outline for _, outline in walked} == {"solid"}
        nodes = session.send("Accessibility.getFullAXTree")["nodes"]
        unnamed = [
            node["role"]["value"]
            for node in nodes
            if any(
                each["name"] == "focusable" and each["value"]["value"] for each in node.get("properties", [])
            )
            and not node["name"]["value"]
        ]
        assert unnamed == []


@CHROMIUM
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("host", ["Excel", None])
def test_contrast(pane: Callable[..., Pane], server: Server, theme: str, host: str | None):
    server.holds = replace(RECONCILED, companies=(LONG, RECONCILED.companies[1]))
    shown = pane(office={"host": host}, color_scheme=theme, trouble="401").open()
    dark = shown.page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark == (theme == "dark")
    shown.sign_in("guessed")
    expect(shown.page.get_by_role("alert")).not_to_be_empty()
    assert shown.page.evaluate(FAINT) == []
    shown.sign_in()
    expect(shown.page.locator("details")).to_be_visible()
    assert shown.page.evaluate(FAINT) == []
    shown.read("OPENITEMS").get_by_role("button", name="Insert at the cursor").press("Enter")
    expect(shown.said()).not_to_be_empty()
    assert shown.page.evaluate(FAINT) == []


@CHROMIUM
def test_nothing_reaches_over_the_edge_at_320_pixels(pane: Callable[..., Pane], server: Server):
    server.holds = replace(RECONCILED, companies=(LONG,))
    for language in ("en", "zh"):
        shown = pane(office={"displayLanguage": language})
        page = shown.open().page
        page.locator("input[type=password]").fill(TOKEN)
        page.keyboard.press("Enter")
        expect(page.locator("details")).to_be_visible()
        widths = [page.evaluate("document.documentElement.scrollWidth")]
        for function in FUNCTIONS:
            page.evaluate("name => { location.hash = name }", function.name)
            widths.append(page.evaluate("document.documentElement.scrollWidth"))
        assert set(widths) == {320}


@CHROMIUM
@pytest.mark.parametrize(("dark", "scheme"), [(True, "light"), (False, "dark")])
def test_offices_theme_goes_before_the_systems(pane: Callable[..., Pane], scheme: str, *, dark: bool):
    page = pane(office={"isDarkTheme": dark}, color_scheme=scheme).open().page
    expect(page.locator("html")).to_have_attribute("data-theme", "dark" if dark else "light")
    expect(page.locator("body")).to_have_css(
        "background-color", "rgb(28, 32, 34)" if dark else "rgb(255, 255, 255)"
    )


@CHROMIUM
def test_forced_colours_and_reduced_motion_are_respected(pane: Callable[..., Pane]):
    shown = pane(forced_colors="active", reduced_motion="reduce").open()
    shown.sign_in()
    expect(shown.page.locator(".sign").first).to_have_css("border-top-style", "solid")
    expect(shown.button("中文")).to_have_css("transition-duration", "0s")


@CHROMIUM
@pytest.mark.parametrize(
    ("office", "chinese"), [("zh-CN", True), ("zh-TW", True), ("de-DE", False), (None, False)]
)
def test_the_language_is_offices_until_a_person_chooses(
    pane: Callable[..., Pane], office: str | None, *, chinese: bool
):
    first, second = ("zh-CN", "en") if chinese else ("en", "zh-CN")
    search = {"en": "Search functions", "zh-CN": "搜索函数"}
    shown = pane(office={"displayLanguage": office})
    page = shown.open().page
    expect(page.locator("html")).to_have_attribute("lang", first)
    expect(page.get_by_label(search[first])).to_be_visible()
    shown.button("English" if chinese else "中文").click()
    expect(page.locator("html")).to_have_attribute("lang", second)
    expect(page.get_by_label(search[second])).to_be_visible()
    page.reload()
    expect(page.get_by_label(search[second])).to_be_visible()


@CHROMIUM
def test_the_language_changes_under_an_open_help(pane: Callable[..., Pane]):
    shown = pane().open()
    article = shown.read("BUCKET")
    shown.button("中文").click()
    expect(article).to_contain_text("一笔金额所在的账龄段。")
    expect(article.get_by_role("button", name="插入到活动单元格")).to_be_visible()


def test_the_page_is_small_and_holds_nothing_inline():
    folder = assets("officejs")
    files = [folder / f"taskpane.{kind}" for kind in ("html", "css", "js")]
    assert sum(file.stat().st_size for file in files) < 40 * 1024
    html = files[0].read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", html)
    foreign = re.findall(r"https?://[^\"'\s]+", "".join(file.read_text(encoding="utf-8") for file in files))
    assert foreign == [OFFICE]


@pytest.mark.parametrize("size", [16, 32, 64, 80, 128])
def test_icons_have_their_size(size: int):
    png = (assets("officejs") / "icons" / f"icon-{size}.png").read_bytes()
    assert (int.from_bytes(png[16:20]), int.from_bytes(png[20:24])) == (size, size)
