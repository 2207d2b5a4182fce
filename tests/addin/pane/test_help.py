"""Finding a function in either language, and its help; its examples answer the same as in the registry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token
from playwright.sync_api import expect

from duebook_addin.call import call
from duebook_addin.functions import FUNCTIONS
from duebook_addin.registry import Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pane import Pane

pytestmark = pytest.mark.service("chromium")


def arguments_of(formula: str) -> list[object]:
    """Read a formula's arguments as a sheet does: an array is rows, nothing between commas is left out."""
    arguments: list[object] = [None]
    rows: list[list[object]] | None = None
    sign = 1
    for token in Tokenizer(formula).items[1:-1]:
        if token.type == Token.SEP:
            if rows is None:
                arguments.append(None)
            elif token.subtype == Token.ROW:
                rows.append([])
        elif token.type == Token.ARRAY and token.subtype == Token.OPEN:
            rows = [[]]
        elif token.type == Token.ARRAY:
            arguments[-1], rows = rows, None
        elif token.type == Token.OP_PRE:
            sign = -1
        elif token.type == Token.OPERAND:
            value = sign * json.loads(token.value) if token.subtype == Token.NUMBER else _constant(token)
            sign = 1
            if rows is None:
                arguments[-1] = value
            else:
                rows[-1].append(value)
    return arguments


def _constant(token: Token) -> object:
    if token.subtype == Token.TEXT:
        return token.value[1:-1].replace('""', '"')
    return {"TRUE": True, "FALSE": False}.get(token.value, token.value)


def flat(value: object) -> list[object]:
    return [cell for each in value for cell in flat(each)] if isinstance(value, list) else [value]


@pytest.mark.parametrize("language", ["en-US", "zh-CN"])
@pytest.mark.parametrize(
    ("words", "best"),
    [
        ("dso", "DSO"),
        ("due.dayslate", "DAYSLATE"),
        ("days past due", "DAYSLATE"),
        ("所在 账龄段", "BUCKET"),
        ("逾期 利息", "INTEREST"),
        ("ＤＳＯＢＥＳＴ", "DSOBEST"),  # noqa: RUF001 - full-width letters, as Chinese input methods type them
        ("late  PAYMENT interest", "INTEREST"),
        ("alloc_date", "OPEN"),
        ("doubtful debts", "ECL"),
        ("坏账准备", "ECL"),
        ("repayment schedule", "PLAN"),
        ("催款", "DUNNING"),
    ],
)
def test_search_finds_in_both_languages(pane: Callable[..., Pane], language: str, words: str, best: str):
    page = pane(office={"displayLanguage": language}).open().page
    page.get_by_role("searchbox").fill(words)
    expect(page.get_by_role("main").get_by_role("listitem").first.locator("code")).to_have_text(f"DUE.{best}")
    count = page.get_by_role("main").get_by_role("listitem").count()
    said = {"en-US": "1 function" if count == 1 else f"{count} functions", "zh-CN": f"共 {count} 个函数"}
    expect(page.get_by_role("main").get_by_role("status")).to_have_text(said[language])


def test_all_functions_stand_by_category_and_one_can_be_chosen(pane: Callable[..., Pane]):
    page = pane().open().page
    for name in {function.category.value.en for function in FUNCTIONS}:
        members = [function.name for function in FUNCTIONS if function.category.value.en == name]
        shelf = page.get_by_role("list", name=name, exact=True)
        expect(shelf.locator("code")).to_have_text([f"DUE.{each}" for each in members])
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    page.get_by_label("Category").select_option("Terms")
    terms = [function for function in FUNCTIONS if function.category.value.en == "Terms"]
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(len(terms))


def test_nothing_found_is_said(pane: Callable[..., Pane]):
    page = pane().open().page
    page.get_by_role("searchbox").fill("weather")
    expect(page.get_by_role("main").get_by_role("status")).to_have_text(
        "No function found. Try another word, in English or Chinese, or another category."
    )
    page.keyboard.press("Enter")
    expect(page.get_by_role("article")).to_be_hidden()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_help_of_every_function_is_whole(pane: Callable[..., Pane], language: str):
    page = pane(office={"displayLanguage": language}).open().page
    for function in FUNCTIONS:
        page.evaluate("name => { location.hash = name }", function.name)
        article = page.get_by_role("article", name=f"DUE.{function.name}", exact=True)
        expect(article).to_be_visible()
        shown = article.inner_text()
        texts = [function.help, function.category.value, function.result.help]
        texts += [parameter.help for parameter in function.parameters]
        for text in texts:
            assert getattr(text, language) in shown
        assert f"=DUE.{function.usage}" in shown
        assert "undefined" not in shown
        assert article.get_by_role("term").locator("code").all_text_contents() == [
            parameter.name for parameter in function.parameters
        ]


def test_every_example_is_the_registrys_and_a_sheet_would_answer_it_so(
    pane: Callable[..., Pane], small_book: object
):
    assert small_book
    page = pane().open().page
    examples = page.get_by_role("list", name="Examples").get_by_role("listitem")
    for function in FUNCTIONS:
        page.evaluate("name => { location.hash = name }", function.name)
        expect(page.get_by_role("article", name=f"DUE.{function.name}", exact=True)).to_be_visible()
        expect(examples).to_have_count(len(function.examples))
        for example, shown in zip(function.examples, examples.all(), strict=True):
            arguments = arguments_of(shown.locator("pre").inner_text())
            given = zip(example.arguments, function.parameters, strict=False)
            assert arguments == [_rows(value, parameter.shape) for value, parameter in given]
            answered, _ = call(function.name, json.dumps(arguments))
            assert flat(json.loads(answered)) == flat(example.result)
            cells = shown.get_by_role("cell")
            texts = (
                cells.all_text_contents()
                if isinstance(example.result, list)
                else [shown.locator("code").inner_text()]
            )
            assert texts == [_text(cell) for cell in flat(example.result)]
            if function.result.shape is Shape.ROW:
                expect(shown.get_by_role("row")).to_have_count(1)


def _rows(value: object, shape: Shape) -> object:
    """Return an argument as an array in a formula has it: a column downwards, an empty cell as empty text."""
    if not isinstance(value, list):
        return value
    rows = (
        value
        if isinstance(value[0], list)
        else [value]
        if shape is Shape.LIST
        else [[cell] for cell in value]
    )
    return [["" if cell is None else cell for cell in row] for row in rows]


def _text(cell: object) -> str:
    return "" if cell is None else json.dumps(cell).strip('"') if not isinstance(cell, str) else cell


def odd_catalogue() -> Iterator[dict[str, object]]:
    evil = '<img src=x onerror="globalThis.harmed = true">'
    text = {"en": f"Help {evil}", "zh": f"帮助 {evil}"}
    parameter = {"name": "what", "kind": "any", "shape": "cell", "required": True, "help": text}
    result = {"kind": "any", "shape": "cell", "help": text}
    examples = [
        {
            "arguments": ['say "hi"', None, True, "#N/A", -1e-7],
            "result": {"error": "#DIV/0!", "message": evil},
        },
        {"arguments": [[[1, None], ["=1+1", "#REF!"]]], "result": [[evil, False], [None, 2]]},
    ]
    for name in ("AGING", "ODD"):
        yield {
            "name": name,
            "category": text,
            "help": text,
            "keywords": text,
            "parameters": [parameter] * 5,
            "result": result,
            "asks_store": True,
            "examples": examples,
        }


def test_whatever_a_declaration_says_is_text(pane: Callable[..., Pane]):
    shown = pane()
    shown.page.route("**/catalogue.json", lambda route: route.fulfill(json=list(odd_catalogue())))
    article = shown.open().read("ODD")
    expect(article.locator("pre")).to_have_text(
        [
            "=DUE.ODD(what, what, what, what, what)",
            '=DUE.ODD("say ""hi""", , TRUE, #N/A, -1e-7)',
            '=DUE.ODD({1,"";"=1+1",#REF!})',
        ]
    )
    expect(article).to_contain_text('<img src=x onerror="globalThis.harmed = true">')
    expect(article.get_by_role("cell").first).to_have_text('<img src=x onerror="globalThis.harmed = true">')
    expect(article.get_by_text("#DIV/0!")).to_be_visible()
    expect(article).to_contain_text("It asks the refreshed store. The examples are of a small one")
    assert shown.page.locator("main img").count() == 0
    assert shown.page.evaluate("globalThis.harmed") is None


def test_the_address_opens_a_function(pane: Callable[..., Pane]):
    shown = pane().open("#CEI")
    expect(shown.page.get_by_role("article", name="DUE.CEI")).to_be_visible()
    expect(shown.page.get_by_role("heading", name="DUE.CEI")).to_be_focused()


def test_without_a_server_the_pane_says_so_and_tries_again(pane: Callable[..., Pane]):
    shown = pane(trouble="net::ERR_FAILED")
    page = shown.page
    page.route("**/catalogue.json", lambda route: route.abort())
    page.goto(f"{shown.url}/")
    expect(page.get_by_role("main").get_by_role("status")).to_have_text(
        "The list of functions could not be loaded: the server does not answer."
    )
    page.unroute("**/catalogue.json")
    shown.button("Try again").click()
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(len(FUNCTIONS))
