"""The credit profile workbook of a small group: what it carries, and what LibreOffice shows and prints."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

import calcsheet
from calls import books_to_ask
from duebook.errors import NoAnswerError
from duebook.money import from_minor
from duebook.policy import default_policy
from duebook_addin.book import use_book
from duebook_cli.newworkbook import answers
from duebook_etl.credit_file import Row, keep_facts
from duebook_etl.credit_profiles import choices, most_exposed, write_profile_workbook
from duebook_etl.kept import KeptBook
from duebook_etl.store import Store
from duebook_workbooks.credit_profile import key_of
from duebook_workbooks.credit_profile.figures import NOTHING
from formbooks import carried
from validating import VERSIONS, validation_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from openpyxl import Workbook

    from duebook_etl.book import Book
    from duebook_workbooks.formulas import Host
    from duebook_workbooks.labels import Language

AS_OF = date(2026, 6, 30)
FACTS = (
    ("erp/1/7", "litigation", "major", "2026-06-01"),
    ("erp/1/7", "net worth", "90000", "2026-06-01"),
    ("erp/1/7", "debt ratio", "0.62", "2026-06-01"),
    ("erp/1/7", "credit limit", "5000", "2026-03-15"),
    ("erp/1/7", "insured limit", "1000", "2026-06-01"),
    ("erp/1/7", "disputed", "12.50", "2026-06-10"),
    ("erp/1/7", "disputed since", "2026-06-10", "2026-06-10"),
    ("erp/1/7", "promised", "99.95", "2026-06-11"),
    ("erp/1/7", "promised for", "2026-07-05", "2026-06-11"),
)
NAMES = {"en": ("Profile", "Behaviour"), "zh": ("信用概况", "付款行为")}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Return the configuration of a store with the group's books and a credit file."""
    folder = tmp_path / "books"
    folder.mkdir()
    config = books_to_ask(folder)
    told = [
        Row(number, dict(zip(("customer", "name", "value", "known_from"), fact, strict=True)))
        for number, fact in enumerate(FACTS, 2)
    ]
    with Store.open(f"sqlite:///{folder / 'duebook.db'}") as store:
        assert keep_facts(store, 1, told, policy=default_policy(), shown="credit.csv").quarantined == 0
    return config


@pytest.fixture
def book(config: Path) -> Iterator[Book]:
    """Return the group's book."""
    with Store.open(f"sqlite:///{config.parent / 'duebook.db'}") as store:
        yield KeptBook(store, default_policy())
    use_book(None)


def write(  # noqa: PLR0913 - what can be asked for
    path: Path,
    book: Book,
    customer: str | None = "erp/1/7",
    *,
    language: Language = "en",
    host: Host = "calc",
    day: date | None = None,
) -> Path:
    write_profile_workbook(
        path,
        book,
        answers(book),
        customer=customer,
        language=language,
        host=host,
        as_of=AS_OF,
        policy=default_policy(),
        day=day,
    )
    return path


def beside(workbook: Workbook) -> dict[str, Any]:
    """Return what stands to the right of each text of both pages, the texts in small letters."""
    found: dict[str, Any] = {}
    for sheet in workbook.worksheets[:2]:
        for row in sheet.iter_rows(max_col=9):
            filled = [cell.value for cell in row if cell.value is not None]
            for text, value in pairwise(filled):
                if isinstance(text, str):
                    found.setdefault(text.casefold(), value)
    return found


def test_both_pages_say_what_the_profile_says(tmp_path: Path, book: Book):
    profile = book.profile("erp/1/7")
    shown = beside(openpyxl.load_workbook(write(tmp_path / "p.xlsx", book), data_only=True))

    def money(amount: int | None) -> float | str:
        return NOTHING if amount is None else float(from_minor(amount, profile.currency))

    assert shown["customer no."] == profile.customer.code
    assert shown["all amounts in"] == profile.currency
    assert shown["figures of"].date() == AS_OF
    assert shown["score, of 100"] == profile.score
    assert shown["grade"] == profile.grade
    assert shown["total"] == money(profile.open)
    assert shown["exposure, gross"] == money(profile.exposure)
    assert shown["exposure, net"] == money(profile.net_exposure)
    assert shown["uninsured exposure"] == money(profile.uninsured)
    assert shown["provision at fixed rates"] == money(profile.provision)
    assert shown["provision at own loss rates"] == money(profile.provision_matrix)
    assert shown["credit limit"] == money(profile.credit_limit) == 5000
    assert shown["limit comes from"] == "Granted"
    assert shown["headroom"] == money(profile.headroom)
    assert shown["net worth"] == 90000
    assert shown["debt ratio"] == 0.62
    assert shown["insurer's limit"] == 1000
    assert shown["disputed"] == 12.5
    assert shown["promised payment"] == 99.95
    assert f"{shown['promised for']:%Y-%m-%d}" == "2026-07-05"
    assert shown["litigation"] == "major"


@pytest.mark.parametrize(
    ("language", "row", "said"),
    [("en", "how it is provided for", "Individually"), ("zh", "减值计提方式", "单项计提")],
)
def test_a_customer_with_a_loss_rate_of_its_own_is_provided_for_at_it(
    tmp_path: Path, config: Path, language: Language, row: str, said: str
):
    own = {"customer": "erp/1/7", "name": "individual loss rate", "value": "0.25", "known_from": "2026-06-01"}
    with Store.open(f"sqlite:///{config.parent / 'duebook.db'}") as store:
        assert keep_facts(store, 2, [Row(2, own)], policy=default_policy(), shown="c.csv").quarantined == 0
        book = KeptBook(store, default_policy())
        path = write(tmp_path / "p.xlsx", book, language=language)
        owed = book.profile("erp/1/7").gross_open
    use_book(None)
    shown = beside(openpyxl.load_workbook(path, data_only=True))
    assert shown[row] == said
    provisions = {"en": ("provision at fixed rates", "provision at own loss rates")}
    names = provisions.get(language, ("固定比例减值准备", "迁徙率法减值准备"))
    quarter = (Decimal(owed) / 4).quantize(Decimal(1), rounding=ROUND_HALF_UP) / 100
    assert [shown[name] for name in names] == [float(quarter)] * 2


def test_buckets_add_up_to_what_is_open(tmp_path: Path, book: Book):
    for number, choice in enumerate(choices(book).choices.values()):
        path = write(tmp_path / f"{number}.xlsx", book, choice.key)
        sheet = openpyxl.load_workbook(path, data_only=True)["Profile"]
        rows = {row[0].value: row[1].value for row in sheet["D1:E60"] if row[0].value}
        first = [cell.value for cell in sheet["D"]].index("Days late") + 1
        buckets = [sheet.cell(row, 5).value for row in range(first + 1, first + 7)]
        whole = sum((Decimal(str(amount)) for amount in buckets if amount != NOTHING), Decimal(0))
        assert Decimal(str(rows["Total"])) == whole
        try:
            profile = book.profile(choice.key)
        except NoAnswerError:
            assert whole == 0
        else:
            assert whole == from_minor(profile.open, profile.currency)


def test_months_show_what_was_known_then(tmp_path: Path, book: Book):
    sheet = openpyxl.load_workbook(write(tmp_path / "p.xlsx", book), data_only=True)["Behaviour"]
    months = {row[0].value: [cell.value for cell in row] for row in sheet["A1:I60"]}
    assert months["2026-06"][4] == months["2026-03"][4] == 5000
    assert months["2026-02"][4] != 5000  # the limit was granted in March
    assert (months["2026-02"][8] != "Granted", months["2026-03"][8]) == (True, "Granted")
    for month, day in (("2026-06", AS_OF), ("2026-03", date(2026, 3, 31))):
        profile = book.profile("erp/1/7", day)
        amounts = [
            NOTHING if not value else float(from_minor(value, profile.currency))
            for value in (profile.open, profile.overdue)
        ]
        assert [value or NOTHING for value in months[month][1:3]] == amounts
    assert len([name for name in months if re.fullmatch(r"20[0-9]{2}-[01][0-9]", str(name))]) == 24


def test_both_pages_name_the_currency_of_their_amounts(tmp_path: Path, book: Book):
    workbook = openpyxl.load_workbook(write(tmp_path / "p.xlsx", book), data_only=True)
    currency = book.profile("erp/1/7").currency
    for sheet, last in zip(workbook.worksheets, (6, 9), strict=False):
        seen = [cell.value for row in sheet.iter_rows(max_col=last) for cell in row]
        assert (seen.count("All amounts in"), seen.count(currency)) == (1, 1)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_of_a_customer_that_was_not_assessed_it_says_neither_good_nor_bad(
    tmp_path: Path, book: Book, language: Language
):
    assert book.profile("erp/1/9").alert is None
    path = write(tmp_path / "p.xlsx", book, "erp/1/9", language=language)
    page = openpyxl.load_workbook(path, data_only=True).worksheets[0]
    headings = {"Why there is an alert", "预警原因", "What costs the score its points", "评分失分原因"}
    below = [page[f"A{cell.row + 1}"].value for cell in page["A"] if cell.value in headings]
    assert below == [NOTHING, NOTHING]


def test_every_customer_can_be_chosen_and_is_read_as_itself(tmp_path: Path, book: Book):
    known = choices(book)
    assert len({choice.label for choice in known.choices.values()}) == len(known.choices)
    for (source, company, customer), choice in known.choices.items():
        [found] = book.customers(key_of(choice.label))
        assert (found.source, found.company, found.customer) == (source, company, customer)
    workbook = openpyxl.load_workbook(write(tmp_path / "p.xlsx", book))
    listed = [row[0].value for row in workbook["Customers"].iter_rows(min_row=2)]
    assert listed == [choice.label for choice in known.choices.values()]
    assert workbook["Customers"].sheet_state == "hidden"
    assert workbook["Profile"].data_validations.dataValidation[0].formula1 == "due_profile_choices"
    assert workbook.defined_names["due_profile_choices"].attr_text == f"'Customers'!$A$2:$A${len(listed) + 1}"


def test_without_a_customer_it_is_about_the_one_that_owes_most(tmp_path: Path, book: Book):
    path = write(tmp_path / "p.xlsx", book, None)
    chosen = openpyxl.load_workbook(path)["Profile"]["B3"].value
    assert chosen == choices(book).choices[most_exposed(book, AS_OF)].label


def test_the_same_again_has_the_same_bytes(tmp_path: Path, book: Book):
    first, second = (write(tmp_path / name, book) for name in ("1.xlsx", "2.xlsx"))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_day_without_figures_says_so(tmp_path: Path, book: Book, language: Language):
    path = write(tmp_path / "p.xlsx", book, language=language, day=date(1999, 1, 1))
    sheet = openpyxl.load_workbook(path, data_only=True).worksheets[0]
    said = {"en": "There are no figures", "zh": "无数据"}[language]
    assert str(sheet["A6"].value).startswith(said)
    assert sheet["B4"].value.date() == date(1999, 1, 1)


@pytest.mark.parametrize(
    ("host", "spelt"), [("excel", "=DUE_PROFILE("), ("office", "=_xldudf_DUE_PROFILE("), ("calc", "PROFILE(")]
)
def test_formulas_are_spelt_for_the_program(tmp_path: Path, book: Book, host: Host, spelt: str):
    workbook = openpyxl.load_workbook(write(tmp_path / "p.xlsx", book, host=host))
    formulas = [str(cell.value) for row in workbook["Profile"]["H1:J60"] for cell in row if cell.value]
    assert sum(spelt in formula for formula in formulas) > 30


# LibreOffice ----------------------------------------------------------------------------------------------


@pytest.mark.service("uno")
@pytest.mark.service("poppler")
def test_a_customer_chosen_in_libreoffice_gets_what_its_own_workbook_carries(
    tmp_path: Path, config: Path, book: Book
):
    """What a choice shows is what a workbook made for that choice carries, in both languages."""
    every = choices(book).choices
    tried = [(every["erp", "1", "7"], None), (every["erp", "1", "9"], None), (every["erp", "1", "7"], AS_OF)]
    tried += [(every["old", "1", "8"], date(2026, 5, 31)), (every["erp", "1", "7"], date(1999, 1, 1))]
    with calcsheet.installed(calcsheet.duebook(config)) as sheet:
        orders, expected = [], []
        for language in ("en", "zh"):
            made = write(sheet.folder / f"{language}.xlsx", book, "erp/2/7", language=language)
            made.chmod(0o644)
            orders.append({"path": str(made), "pdf": f"{made}.pdf"})
            expected.append(carried(made))
            for choice, day in tried:
                page = NAMES[language][0]
                entries: dict[str, object] = {"B3": choice.label}
                if day is not None:
                    entries["B4"] = {"date": (day - date(1899, 12, 30)).days}
                orders.append({"path": str(made), "entries": {page: entries}})
                own = write(tmp_path / "own.xlsx", book, choice.key, language=language, day=day)
                expected.append(carried(own))
        found = sheet.drive("calcforms.py", {"workbooks": orders}, seconds=240)
        pdfs = [shutil.copy(f"{order['path']}.pdf", tmp_path) for order in orders if "pdf" in order]
    differing = []
    for order, shown, held in zip(orders, found, expected, strict=True):
        assert sum(map(len, shown.values())) > 500
        for name, cells in shown.items():
            for at, value in cells.items():
                before, now = held[name].get(at), value["error"] if isinstance(value, dict) else value
                if isinstance(now, str):  # as it is shown, with the blanks of its format
                    same = (before or "") == now.rstrip()
                else:
                    same = (before or 0) == pytest.approx(now, rel=1e-9)
                if not same:
                    differing.append((order.get("entries"), name, at, before, now))
    assert differing[:9] == []
    for pdf in pdfs:
        command = [str(shutil.which("pdftotext")), "-layout", str(pdf), "-"]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
        assert len(text.split("\f")[:-1]) == 2
        assert "###" not in text  # a column too narrow for its numbers
        assert not re.search(r"#NAME|#VALUE|#REF|Err:", text)


@pytest.mark.service("libreoffice")
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("customer", "name"), [("erp/1/7", "Acme"), ("erp/1/9", "Quiet")])
def test_without_the_add_in_libreoffice_shows_what_it_carries(  # noqa: PLR0913, PLR0917 - cases and fixtures
    tmp_path: Path,
    book: Book,
    office: Callable[[Path, str], bytes],
    language: Language,
    customer: str,
    name: str,
):
    path = write(tmp_path / "p.xlsx", book, customer, language=language, host="excel")
    again = tmp_path / "again.xlsx"
    again.write_bytes(office(path, "xlsx"))
    held, shown = carried(path), carried(again)
    for page, columns in zip(NAMES[language], ("ABCDEF", "ABCDEFGHI"), strict=True):
        for at in (f"{column}{row}" for column in columns for row in range(3, 60)):
            before, now = held[page].get(at), shown[page].get(at)
            assert now == (pytest.approx(before) if isinstance(before, float) else before), at
    assert held[NAMES[language][0]]["A5"] == name


@pytest.mark.service("validator")
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_microsoft_finds_nothing_wrong(tmp_path: Path, book: Book, language: Language, version: str):
    for number, (customer, host) in enumerate((("erp/1/7", "excel"), ("erp/2/7", "office"), (None, "calc"))):
        write(tmp_path / f"{number}.xlsx", book, customer, language=language, host=host)
    assert validation_errors(tmp_path.glob("*.xlsx"), version) == []
