"""A workbook that moves between programs: the names of our functions change, and nothing else does."""

from __future__ import annotations

import re
import shutil
import stat
import struct
import tempfile
import zipfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from duebook.errors import InputError, OutOfRangeError
from duebook_workbooks.formulas import respellings
from duebook_workbooks.portfolio import write_portfolio
from duebook_workbooks.spelling import rewrite
from packages import MAIN, SHEET, parts, read, records, sheet, write
from portfolios import portfolio

if TYPE_CHECKING:
    from collections.abc import Callable

    from duebook_workbooks.formulas import Host

NAMES = {"DSO", "AGING", "AGINGBY"}
HOSTS: tuple[Host, ...] = ("excel", "office", "calc")
BEFORE: dict[Host, str] = {"excel": "DUE_", "office": "_xldudf_DUE_", "calc": "DUE."}
LINKS = {"1": "file:///C:\\Users\\wang\\AddIns\\duebook.xlam", "2": "other.xlam", "3": ""}


def respelt(formula: str, to: Host) -> str:
    """Return a formula as a program spells it."""
    for name in reversed(list(respellings(formula, to=to, names=NAMES, links=LINKS))):
        formula = formula[: name.start] + name.new + formula[name.end :]
    return formula


@pytest.mark.parametrize(
    ("read_", "before"),
    [
        *((f"{before}DSO(A1)", "") for before in BEFORE.values()),
        ("due.dso(A1)", ""),
        ("_XLDUDF_due_Dso(A1)", ""),
        ("_xll.DUE.DSO(A1)", ""),
        ("_xlfn.DUE_DSO(A1)", ""),
        ("_xludf.DUE.DSO(A1)", ""),
        ("_xlfn._xldudf_DUE_DSO(A1)", ""),
        ("1+-DUE.DSO(A1)", "1+-"),
        ("A1:DUE.DSO(A1)", "A1:"),
        ("T[a] DUE.DSO(A1)", "T[a] "),
        ("{=DUE.DSO(A1)", "{="),
        ("@DUE_DSO(A1)", "@"),
    ],
)
@pytest.mark.parametrize("to", HOSTS)
def test_every_spelling_is_read_and_every_program_gets_its_own(read_: str, before: str, to: Host) -> None:
    assert respelt(read_, to) == f"{before}{BEFORE[to]}DSO(A1)"


@pytest.mark.parametrize("to", HOSTS)
@pytest.mark.parametrize(
    "formula",
    [
        "SUM(A1,DUE_DSO,DUE.DSO)",
        "DUE_MINE(1)+DUE.DSO2(1)+DUE_DSO_(1)+DUEDSO(1)+DUE__DSO(1)",
        "XDUE_DSO(1)+X.DUE.DSO(1)+_DUE_DSO(1)+\\DUE_DSO(1)+?DUE.DSO(1)+9DUE.DSO(1)",
        "账DUE_DSO(1)+DUE_DSO账(1)+ÄDUE.DSO(1)+e\u0301DUE.DSO(1)+DUE_D\u017fO(1)",
        'IF(A1="DUE_DSO(","a""DUE.DSO(",1)',
        "'DUE.DSO(1)'!A1+'it''s DUE_DSO('!A1+'[1]DUE_DSO('!A1",
        "T[DUE_DSO(1)]+T[[#This Row],[DUE.DSO(]]+T['[DUE_DSO(]+T[[a''],[DUE_DSO(]]",
        '{"DUE_DSO(1)";"DUE.DSO(1)"}',
        "Sheet1!DUE_DSO(1)+'a b'!DUE.DSO(1)+#REF!DUE_DSO(1)+Sheet1!_xldudf_DUE_DSO(1)",
        "[2]!DUE_DSO(1)+[3]!DUE_DSO(1)+[9]!DUE_DSO(1)+'C:\\other.xlam'!DUE_DSO(1)+[1]DUE_DSO(1)",
        "[duebook.xlsx]!DUE_DSO(1)+[1]Sheet1!DUE_DSO(1)",
        "LAMBDA(_xlpm.DUE_DSO,_xlpm.DUE_DSO(1))",
        '"not closed, DUE_DSO(1)',
        "'not closed, DUE_DSO(1)",
        "[not closed, DUE_DSO(1)",
        "",
    ],
)
def test_what_is_no_call_of_ours_stays(formula: str, to: Host) -> None:
    assert respelt(formula, to) == formula


@pytest.mark.parametrize(
    "file",
    [
        "[1]",
        "[duebook.xlam]",
        "'C:\\Users\\王 it''s\\duebook.xlam'",
        "'c:\\x\\[Duebook-2 (1).xlam]'",
        "duebook.xlam",
    ],
)
def test_the_add_in_before_a_name_goes_where_it_means_nothing(file: str) -> None:
    formula = f"1+{file}!due_dso(A1)"
    assert respelt(formula, "excel") == f"1+{file}!DUE_DSO(A1)"
    assert respelt(formula, "office") == "1+_xldudf_DUE_DSO(A1)"
    assert respelt(formula, "calc") == "1+DUE.DSO(A1)"


@pytest.mark.parametrize("file", ["[2]", "[3]", "'C:\\Bloomberg\\other.xlam'"])
def test_what_excel_puts_before_an_office_function_by_mistake_goes(file: str) -> None:
    for to in HOSTS:
        assert respelt(f"{file}!_xldudf_DUE_DSO(A1)", to) == f"{BEFORE[to]}DSO(A1)"


def test_blanks_before_the_bracket_and_nested_calls() -> None:
    assert respelt("DUE.DSO ( DUE.AGING\n(1))", "excel") == "DUE_DSO ( DUE_AGING\n(1))"


def test_a_long_formula_is_read_in_time() -> None:
    for part in ("(", "[", "'", '"', "A", "[a", "!", "A!", "''", "[[", "DUE_DSO", " "):
        assert respelt(part * 100_000, "calc") == part * 100_000


@dataclass(frozen=True)
class Call:
    """A call of ours within a formula of the tests: each program spells it otherwise."""

    function: str


Formula = tuple["str | Call", ...]
LETTERS = st.text(st.sampled_from("aA1 _.é账\U0001f4b0([{,\n") | st.sampled_from("xl"), max_size=5)
WORDS = st.sampled_from(["DUE_DSO(", "DUE.DSO(", "_xldudf_DUE_AGING(", "x", ""])


@st.composite
def foreign(draw: st.DrawFn) -> Formula:
    """Draw a piece of a formula that calls nothing of ours, though it may look like it."""
    inside = draw(LETTERS) + draw(WORDS) + draw(LETTERS)
    return (
        draw(
            st.sampled_from(
                [
                    '"' + inside.replace("a", '""') + '"',
                    "'" + inside.replace("A", "''") + "'!B2",
                    "T1[" + inside.replace("[", "'[").replace("a", "''") + "]",
                    '{1,"' + inside + '";TRUE,2}',
                    "Sheet1!DUE_DSO(1)",
                    "[2]!DUE.DSO(1)",
                    "MY_DUE_DSO(1)",
                    "DUE_MINE(1)",
                    "账DUE.DSO(1)",
                    "DUE_DSO",
                    "A1:B$2",
                    "1.5E+3",
                    "<>",
                    "#REF!",
                ]
            )
        ),
    )


def called(inner: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
    """Return formulas that call a function, ours or another, with formulas as arguments."""

    def call(name: str, blanks: str, arguments: list[Formula]) -> Formula:
        front: Formula = (f"{name}(",) if name == "SUM" else (Call(name), f"{blanks}(")
        return (*front, *joined(arguments, ","), ")")

    names, blanks = st.sampled_from([*sorted(NAMES), "SUM"]), st.sampled_from(["", "", " ", "\n"])
    return st.builds(call, names, blanks, st.lists(inner, max_size=3))


def joined(pieces: list[Formula], between: str) -> Formula:
    """Return formulas in a row, something between them."""
    return tuple(token for at, piece in enumerate(pieces) for token in ((between,) if at else ()) + piece)


FORMULAS = st.recursive(
    foreign(),
    lambda inner: (
        called(inner) | st.builds(joined, st.lists(inner, min_size=1, max_size=3), st.sampled_from("+&= ;"))
    ),
    max_leaves=8,
)


def spelt(formula: Formula, host: Host) -> str:
    """Return a formula as a program spells it."""
    return "".join(BEFORE[host] + token.function if isinstance(token, Call) else token for token in formula)


def encoded(text: str, style: int) -> str:
    """Return text as XML, in one of the many ways to write it; a name of ours is never taken apart."""
    quoted = escape(text, {'"': "&quot;", "'": "&apos;", "\n": "&#10;"})
    ways = (
        quoted,
        escape(text, {"\n": "&#xA;"}),
        f"<![CDATA[{text}]]>",
        "".join(f"&#{ord(one)};" for one in text),
    )
    return ways[style % len(ways)]


def in_xml(formula: Formula, host: Host, styles: list[int]) -> str:
    """Return a formula as XML."""
    return "".join(
        spelt((token,), host) if isinstance(token, Call) else encoded(token, styles[at % len(styles)])
        for at, token in enumerate(formula)
    )


@given(FORMULAS, st.sampled_from(HOSTS), st.sampled_from(HOSTS))
def test_only_our_calls_change_in_any_formula(formula: Formula, source: Host, to: Host) -> None:
    assert respelt(spelt(formula, source), to) == spelt(formula, to)


STYLES = st.lists(st.integers(0, 3), min_size=1, max_size=5)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])


@given(
    st.lists(FORMULAS, max_size=4),
    STYLES,
    ENCODINGS,
    st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]),
)
def test_round_trips_of_workbooks_end_where_they_began(
    formulas: list[Formula], styles: list[int], encoding: str, method: int
) -> None:
    def content(host: Host) -> bytes:
        return sheet(*(in_xml(formula, host, styles) for formula in formulas)).decode().encode(encoding)

    calls = sum(isinstance(token, Call) for formula in formulas for token in formula)
    with tempfile.TemporaryDirectory() as folder:
        path = write(
            Path(folder) / "book.xlsx", parts(sheet=content("excel"), links=(LINKS["1"], LINKS["2"])), method
        )
        before = read(path), records(path)
        for to in ("office", "calc", "excel"):
            assert rewrite(path, to=to, names=NAMES) == calls
            assert read(path) == before[0] | {SHEET: content(to)}
            after = records(path)
            assert {name for name in after if after[name] != before[1][name]} <= ({SHEET} if calls else set())
            whole = path.read_bytes()
            assert rewrite(path, to=to, names=NAMES) == 0
            assert path.read_bytes() == whole


X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
XM = "http://schemas.microsoft.com/office/excel/2006/main"
EVERYWHERE = {
    "sheet": f"""\ufeff<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<x:worksheet xmlns:x="{MAIN}" xmlns:o="urn:o"><!-- <x:f>DUE_DSO(0)</x:f> -->
<x:sheetData><x:row r="1">
<x:c r="A1" t="str"><x:f>@DSO(1)</x:f><x:v>DUE_DSO(1)</x:v></x:c>
<x:c r="B1" t="inlineStr"><x:is><x:t>DUE_DSO(1)</x:t></x:is></x:c>
<x:c r="C1"><x:f t="array" ref="C1:C2" aca='1>0' >@AGINGBY(A1:A2)</x:f></x:c><x:c r="C2"><x:f/></x:c>
<x:c r="D1"><x:f t="shared" ref="D1:D3" si="0">@DSO(A1)&amp;"DUE_DSO("</x:f></x:c>
<x:c r="D2"><x:f t="shared" si="0"/></x:c>
<x:c r="E1"><x:f t="dataTable" ref="E1:E3" r1="A1">@DSO(1)</x:f></x:c>
<x:c r="F1"><o:f>DUE_DSO(1)</o:f></x:c>
</x:row></x:sheetData>
<x:conditionalFormatting sqref="A1"><x:cfRule type="expression" text="DUE_DSO(1)">
<x:formula>@DSO(A1)&gt;3</x:formula>
</x:cfRule><x:cfRule type="colorScale"><x:colorScale>
<x:cfvo type="formula" val = 'IF(A1="x",@DSO(1),0)'/>
<x:cfvo val="&quot;DUE_DSO(&quot;&amp;@DSO(2)" type="formula"/>
</x:colorScale></x:cfRule></x:conditionalFormatting>
<x:dataValidations><x:dataValidation prompt="DUE_DSO(1)">
<x:formula1>@DSO(1)</x:formula1><x:formula2>@DSO(2)
</x:formula2></x:dataValidation></x:dataValidations>
<x:extLst><x:ext xmlns:x14="{X14}">
<x14:conditionalFormattings xmlns:xm="{XM}"><x14:conditionalFormatting>
<x14:cfRule><xm:f>@DSO(1)</xm:f><x14:cfvo type="formula"><xm:f>@DSO(2)</xm:f></x14:cfvo></x14:cfRule>
<xm:sqref>A1
</xm:sqref></x14:conditionalFormatting></x14:conditionalFormattings>
<x14:dataValidations xmlns:q="{XM}"><x14:dataValidation><x14:formula1><q:f>@DSO(1)</q:f></x14:formula1>
</x14:dataValidation></x14:dataValidations>
<x14:sparklineGroup><f xmlns="{XM}">@AGING(1)</f></x14:sparklineGroup>
</x:ext></x:extLst></x:worksheet>
""",
    "table": f"""<table xmlns="{MAIN}" comment="DUE_DSO(1)"><tableColumns><tableColumn name="DUE_DSO(">
<calculatedColumnFormula>@DSO(T[[#This Row],[DUE_DSO(]])</calculatedColumnFormula>
<totalsRowFormula>@DSO(1)</totalsRowFormula></tableColumn></tableColumns></table>""",
    "pivotCacheDefinition": f"""<pivotCacheDefinition xmlns="{MAIN}"><cacheFields>
<cacheField name="DUE_DSO(1)"
formula="@DSO('DUE_DSO(')"/></cacheFields>
<calculatedItems><calculatedItem formula='@DSO(1)'/></calculatedItems>
</pivotCacheDefinition>""",
    "macrosheet": f"""<xm:macrosheet xmlns="{MAIN}" xmlns:xm="{XM}">
<sheetData><c><f>@DSO(1)</f></c></sheetData>
</xm:macrosheet>""",
    "chart": f"""<chart xmlns="{MAIN}"><f>DUE_DSO(1)</f></chart>""",
}
DEFINED = '<definedNames><definedName name="Days" comment="DUE_DSO(1)">@DSO(1)</definedName></definedNames>'


def everywhere(host: Host) -> dict[str, bytes]:
    """Return a workbook with a call wherever a formula stands, and look-alikes wherever none does."""
    written = {kind: text.replace("@", BEFORE[host]).encode() for kind, text in EVERYWHERE.items()}
    return parts(inside=DEFINED.replace("@", BEFORE[host]), **written)


CALLS = "".join(EVERYWHERE.values()).count("@") + 1


@pytest.mark.parametrize("source", HOSTS)
@pytest.mark.parametrize("to", HOSTS)
def test_formulas_are_found_wherever_they_stand(tmp_path: Path, source: Host, to: Host) -> None:
    path = write(tmp_path / "book.xlsx", everywhere(source))
    assert rewrite(path, to=to, names=NAMES) == (0 if source == to else CALLS)
    # the look-alikes are spelt for Excel in all of them
    assert read(path) == everywhere(to)


def test_in_the_strict_variant_too(tmp_path: Path) -> None:
    def strict(host: Host) -> dict[str, bytes]:
        return {
            name: xml.replace(MAIN.encode(), b"http://purl.oclc.org/ooxml/spreadsheetml/main")
            for name, xml in everywhere(host).items()
        }

    path = write(tmp_path / "book.xlsx", strict("excel"))
    assert rewrite(path, to="calc", names=NAMES) == CALLS
    assert read(path) == strict("calc")


@pytest.mark.parametrize(
    "kind",
    [
        "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml",
        "application/vnd.ms-excel.sheet.macroEnabled.main+xml",
        "application/vnd.ms-excel.template.macroEnabled.main+xml",
        "application/vnd.ms-excel.addin.macroEnabled.main+xml",
    ],
)
def test_templates_macros_and_add_ins_are_workbooks(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path / "book", parts(kinds={"workbook": kind}, sheet=sheet("DUE_DSO(1)")))
    assert rewrite(path, to="calc", names=NAMES) == 1


def test_content_types_may_be_given_by_ending(tmp_path: Path) -> None:
    content = parts(sheet=sheet("DUE_DSO(1)"))
    types = content["[Content_Types].xml"].replace(
        b'Override PartName="/xl/worksheets/sheet1.xml"', b'Default Extension="XML"'
    )
    path = write(tmp_path / "book.xlsx", content | {"[Content_Types].xml": types})
    assert rewrite(path, to="calc", names=NAMES) == 1
    assert read(path)[SHEET] == sheet("DUE.DSO(1)")


@pytest.mark.parametrize(
    ("stored", "rewritten"),
    [
        ("&#68;UE&#x5F;DSO&#40;1)", "DUE.DSO&#40;1)"),
        ("<![CDATA[1<DUE_DSO(2)]]>", "<![CDATA[1<DUE.DSO(2)]]>"),
        ("1+<!-- DUE_DSO(1) -->DUE_DSO(2)", "1+<!-- DUE_DSO(1) -->DUE.DSO(2)"),
        ("<?pi DUE_DSO(1)?>DUE_DSO(2)", "<?pi DUE_DSO(1)?>DUE.DSO(2)"),
        ("&quot;DUE_DSO(&quot;&amp;DUE_DSO(1)", "&quot;DUE_DSO(&quot;&amp;DUE.DSO(1)"),
        ("账款!A1+DUE_DSO('é'!A1)+DUE_AGING(1)", "账款!A1+DUE.DSO('é'!A1)+DUE.AGING(1)"),
        ("IF(A1>B1,\r\nDUE_DSO(1)\t)", "IF(A1>B1,\r\nDUE.DSO(1)\t)"),
    ],
)
def test_xml_in_all_its_forms_is_read_and_kept(tmp_path: Path, stored: str, rewritten: str) -> None:
    path = write(tmp_path / "book.xlsx", parts(sheet=sheet(stored, "1")))
    rewrite(path, to="calc", names=NAMES)
    assert read(path)[SHEET] == sheet(rewritten, "1")


def test_a_link_to_the_add_in_stays_and_no_formula_uses_it(tmp_path: Path) -> None:
    content = parts(
        sheet=sheet("[2]!DUE_DSO([1]One!A1)+[1]!DUE_DSO(1)"), links=("one.xlsx", "AddIns/duebook.xlam")
    )
    path = write(tmp_path / "book.xlsx", content)
    assert rewrite(path, to="excel", names=NAMES) == 0
    assert rewrite(path, to="office", names=NAMES) == 1
    assert read(path) == content | {SHEET: sheet("_xldudf_DUE_DSO([1]One!A1)+[1]!DUE_DSO(1)")}
    assert rewrite(path, to="excel", names=NAMES) == 1
    assert read(path)[SHEET] == sheet("DUE_DSO([1]One!A1)+[1]!DUE_DSO(1)")


@pytest.mark.parametrize(
    ("name", "to"), [("DUE_DSO", "calc"), ("due.dso", "calc"), ("_xldudf_DUE_DSO", "office")]
)
def test_a_name_the_workbook_defines_is_refused(tmp_path: Path, name: str, to: Host) -> None:
    inside = f'<definedNames><definedName name="{name}">LAMBDA(_xlpm.x,1)</definedName></definedNames>'
    path = write(tmp_path / "book.xlsx", parts(inside=inside, sheet=sheet("DUE_DSO(1)")))
    with pytest.raises(InputError, match=rf"book\.xlsx: it defines the name {name.upper()} itself"):
        rewrite(path, to=to, names=NAMES)
    # it harms nobody where no formula calls the function
    write(path, parts(inside=inside, sheet=sheet("DUE_AGING(1)")))
    assert rewrite(path, to=to, names=NAMES) == 1


def test_a_name_excel_defines_for_a_function_it_misses_is_none(tmp_path: Path) -> None:
    inside = '<definedNames><definedName name="DUE_DSO" hidden="1">#NAME?</definedName></definedNames>'
    path = write(tmp_path / "book.xlsx", parts(inside=inside, sheet=sheet("DUE_DSO(1)")))
    assert rewrite(path, to="calc", names=NAMES) == 1


def written_with(path: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a workbook the way that some program writes zip files."""
    content = parts(sheet=sheet("DUE_DSO(1)"), table=b"<table/>")
    if how == "streamed":

        class Pipe(BytesIO):
            def seekable(self) -> bool:
                return False

        pipe = Pipe()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as package:
            for name, xml in content.items():
                package.writestr(name, xml)
        path.write_bytes(pipe.getvalue())
        return
    if how == "zip64 directory":
        monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.comment = b"a comment"
        for name, xml in content.items():
            entry = zipfile.ZipInfo(name, (2001, 2, 3, 4, 5, 6))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.comment = b"about " + name.encode()
            entry.extra = struct.pack("<2H6s", 0xA220, 6, b"\x28\xa0\0\0\0\0")
            entry.create_system, entry.external_attr, entry.internal_attr = 0, 0o600 << 16, 1
            with package.open(entry, "w", force_zip64=how.startswith("zip64")) as part:
                part.write(xml)


@pytest.mark.parametrize("how", ["streamed", "zip64 sizes", "zip64 directory", "with comments"])
def test_every_kind_of_zip_file_keeps_its_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    path = tmp_path / "book.xlsx"
    written_with(path, how, monkeypatch)
    monkeypatch.undo()
    before, content, whole = records(path), read(path), path.read_bytes()
    with zipfile.ZipFile(path) as package:
        told = [(entry.comment, entry.date_time, entry.external_attr) for entry in package.infolist()]
        comment = package.comment
    assert rewrite(path, to="office", names=NAMES) == 1
    assert list(read(path).items()) == list((content | {SHEET: sheet("_xldudf_DUE_DSO(1)")}).items())
    after = records(path)
    changed = {name for name in after if after[name] != before[name]}
    if how == "zip64 directory":  # there the directory has an entry's place twice
        changed = {name for name in after if after[name][0] != before[name][0]}
        assert b"PK\x06\x06" in whole
        assert b"PK\x06\x06" in path.read_bytes()
    assert changed == {SHEET}
    with zipfile.ZipFile(path) as package:
        assert told == [(entry.comment, entry.date_time, entry.external_attr) for entry in package.infolist()]
        assert package.comment == comment


def test_in_place_the_file_keeps_its_rights(tmp_path: Path) -> None:
    path = write(tmp_path / "book.xlsx", parts(sheet=sheet("DUE_DSO(1)")))
    path.chmod(0o640)
    link = tmp_path / "link.xlsx"
    link.symlink_to(path)
    assert rewrite(link, to="calc", names=NAMES) == 1
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert read(path)[SHEET] == sheet("DUE.DSO(1)")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["book.xlsx", "link.xlsx"]


def test_with_an_output_the_workbook_stays(tmp_path: Path) -> None:
    path = write(tmp_path / "book.xlsx", parts(sheet=sheet("DUE_DSO(1)")))
    before = path.read_bytes()
    output = tmp_path / "new.xlsx"
    assert rewrite(path, to="excel", names=NAMES, output=output) == 0
    assert output.read_bytes() == before  # asked for, so it is there
    assert rewrite(path, to="calc", names=NAMES, output=output) == 1
    assert read(output)[SHEET] == sheet("DUE.DSO(1)")
    assert path.read_bytes() == before


def test_without_a_change_the_file_is_not_written(tmp_path: Path) -> None:
    path = write(tmp_path / "book.xlsx", parts(sheet=sheet("DUE_DSO(1)", "DUE_MINE(1)")))
    before = path.stat()
    assert rewrite(path, to="excel", names=NAMES) == 0
    assert path.stat() == before


@pytest.mark.parametrize("lock", ["~$book.xlsx", ".~lock.book.xlsx#"])
def test_a_workbook_that_is_open_is_refused(tmp_path: Path, lock: str) -> None:
    path = write(tmp_path / "book.xlsx", parts(sheet=sheet("DUE_DSO(1)")))
    (tmp_path / lock).touch()
    program = "Excel" if lock.startswith("~") else "LibreOffice"
    with pytest.raises(
        InputError, match=rf"book\.xlsx: it is open in {program}, for .* lies beside it"
    ) as error:
        rewrite(path, to="calc", names=NAMES)
    assert error.value.hint == f"Close it there. If nobody has it open, delete {lock}."
    assert rewrite(path, to="calc", names=NAMES, output=tmp_path / "new.xlsx") == 1


def zipped(**changed: bytes | None) -> bytes:
    """Return a workbook of which parts are changed, or left out."""
    content = parts(sheet=sheet("DUE_DSO(1)")) | changed
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, xml in content.items():
            if xml is not None:
                package.writestr(name, xml)
    return out.getvalue()


def twice(name: str) -> bytes:
    """Return a workbook with a part for the second time."""
    out = BytesIO(zipped())
    with zipfile.ZipFile(out, "a") as package:
        package.writestr(name, b"<worksheet/>")
    return out.getvalue()


def listed(part: str, at: int, value: bytes) -> bytes:
    """Return a workbook whose directory says something else of a part, so many bytes into what it says."""
    whole = zipped()
    start = whole.rindex(part.encode()) - 46 + at
    return whole[:start] + value + whole[start + len(value) :]


def placed(part: str, other: str) -> bytes:
    """Return a workbook whose directory has a part where another is."""
    with zipfile.ZipFile(BytesIO(zipped())) as package:
        return listed(part, 42, struct.pack("<L", package.getinfo(other).header_offset))


def compressed_otherwise() -> bytes:
    """Return a workbook whose sheet is compressed as no workbook is."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for name, xml in parts(sheet=sheet("DUE_DSO(1)")).items():
            package.writestr(name, xml, zipfile.ZIP_BZIP2 if name == SHEET else None)
    return out.getvalue()


def without_types(**others: bytes) -> bytes:
    """Return a package that says nothing of its parts."""
    return zipped(**{"[Content_Types].xml": None} | others)


def binary() -> bytes:
    """Return what is a workbook of Excel's binary format, as far as its content types tell."""
    kind = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
    return zipped(**{"[Content_Types].xml": parts(kinds={"workbook": kind})["[Content_Types].xml"]})


NONE = "it is no .xlsx, .xlsm, .xltx, .xltm or .xlam workbook"
DAMAGED = "it is damaged, or no .xlsx, .xlsm, .xltx, .xltm or .xlam workbook at all"
PART = "its part xl/worksheets/sheet1.xml cannot be read: "
TYPE = b"<!DOCTYPE w [<!ENTITY a 'DUE_DSO('>]>"
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "old format": (
        lambda: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512),
        "it has a password or is of an old format",
    ),
    "text": (lambda: b"a,b\n1,2\n", DAMAGED),
    "empty": (lambda: b"", DAMAGED),
    "cut off": (lambda: zipped()[:-40], DAMAGED),
    "bytes lost": (lambda: zipped().replace(b"<sheetData>", b"<sheetDatum", 1), DAMAGED),
    "something before it": (lambda: b"#!/bin/sh\n" + zipped(), DAMAGED),
    "a part in place of another": (lambda: placed(SHEET, "xl/workbook.xml"), DAMAGED),
    "two parts in one place": (lambda: placed("_rels/.rels", "xl/workbook.xml"), DAMAGED),
    "a part into another": (lambda: listed(SHEET, 20, b"\xff\xff"), DAMAGED),
    "encrypted": (lambda: listed(SHEET, 8, b"\1"), DAMAGED),
    "compressed otherwise": (compressed_otherwise, DAMAGED),
    "zip file": (without_types, NONE),
    "ods": (lambda: without_types(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), NONE),
    "xlsb": (binary, NONE),
    "signed": (lambda: zipped(**{"_xmlsignatures/origin.sigs": b""}), "it is signed, and rewriting it would"),
    "a part twice": (lambda: twice("XL/worksheets/Sheet1.xml"), "it holds two parts of one name"),
    "a document type": (
        lambda: zipped(**{SHEET: TYPE + sheet("&a;1)")[22:]}),
        f"{PART}it declares a document type",
    ),
    "no XML": (lambda: zipped(**{SHEET: sheet("DUE_DSO(1)")[:-1]}), f"{PART}unclosed token"),
    "no XML in the types": (
        lambda: zipped(**{"[Content_Types].xml": b"<Types>"}),
        r"its part \[content_types\].xml cannot be read: no element found",
    ),
    "another encoding": (
        lambda: zipped(**{SHEET: sheet("DUE_DSO(1)").replace(b'"1.0"', b'"1.0" encoding="GBK"')}),
        f"{PART}it is in GBK, not in UTF-8 or UTF-16",
    ),
    "a name taken apart": (
        lambda: zipped(**{SHEET: sheet("DUE_<!-- -->DSO(1)")}),
        f"{PART}there is a comment or the like within the name DUE_DSO",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_rewritten_is_refused_and_left(tmp_path: Path, name: str) -> None:
    make, message = REFUSED[name]
    path = tmp_path / "book.xlsx"
    path.write_bytes(make())
    before = path.read_bytes()
    with pytest.raises(InputError, match=rf"book\.xlsx: {message}"):
        rewrite(path, to="calc", names=NAMES)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


WHOLE = zipped()
DIRECTORY = WHOLE.index(b"PK\1\2")
PLACES = st.integers(0, len(WHOLE) - 1) | st.integers(DIRECTORY, len(WHOLE) - 1)


@given(st.dictionaries(PLACES, st.integers(0, 255), min_size=1, max_size=4))
def test_a_damaged_workbook_is_read_or_refused_but_never_worse(damage: dict[int, int]) -> None:
    damaged = bytearray(WHOLE)
    for at, byte in damage.items():
        damaged[at] = byte
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.xlsx"
        path.write_bytes(damaged)
        try:
            rewrite(path, to="calc", names=NAMES)
        except InputError:
            assert path.read_bytes() == damaged
        else:
            with zipfile.ZipFile(path) as package, zipfile.ZipFile(BytesIO(damaged)) as before:
                assert package.namelist() == before.namelist()  # as well as it could be read before
        assert list(path.parent.iterdir()) == [path]


def test_a_part_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(listed(SHEET, 24, struct.pack("<L", 2**31)))
    with pytest.raises(OutOfRangeError, match=r"has 2,147,483,648 bytes; 1,073,741,824 are allowed"):
        rewrite(path, to="calc", names=NAMES)


def test_files_and_folders_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.xlsx: there is no such file\."):
        rewrite(tmp_path / "none.xlsx", to="calc", names=NAMES)
    path = write(tmp_path / "book.xlsx", parts())
    with pytest.raises(InputError, match="nowhere: there is no such folder"):
        rewrite(path, to="calc", names=NAMES, output=tmp_path / "nowhere" / "book.xlsx")
    with pytest.raises(InputError, match="directory"):
        rewrite(tmp_path, to="calc", names=NAMES)


def written_by_xlsxwriter(path: Path) -> None:
    """Write a workbook as XlsxWriter does it."""
    workbook = xlsxwriter.Workbook(str(path))
    first = workbook.add_worksheet("It's & so on")
    first.write_formula("A1", '=DUE.DSO(B1,"<DUE.DSO(>")&"x"', None, 42)
    first.write_array_formula("A2:B3", "{=DUE.AGINGBY(C1:C9,D1:D9)}")
    first.write_dynamic_array_formula("F1", "=DUE.AGING(1)")
    first.conditional_format("A1:A9", {"type": "formula", "criteria": "=DUE.DSO(A1)>1"})
    first.data_validation("B1", {"validate": "custom", "value": "=DUE.DSO(B1)>0"})
    first.add_table("H1:I4", {"columns": [{"header": "a"}, {"header": "b", "formula": "=DUE.DSO([@a])"}]})
    workbook.define_name("Days", "=DUE.DSO(1)")
    workbook.close()


def written_by_openpyxl(path: Path) -> None:
    """Write a workbook as openpyxl does it, with a table, as well as what it keeps of a portfolio."""
    write_portfolio(path, portfolio(customers=3))
    workbook = openpyxl.load_workbook(path)
    workbook.active["Z1"] = '=DUE.DSO(B1,"<DUE.DSO(>")&"x"'
    workbook.create_sheet("Neu").append(["=DUE.AGING(1)", "DUE.DSO(1)"])
    workbook.save(path)


@pytest.mark.parametrize(("make", "calls"), [(written_by_xlsxwriter, 10), (written_by_openpyxl, 2)])
def test_workbooks_of_other_programs_go_round(
    tmp_path: Path, make: Callable[[Path], None], calls: int
) -> None:
    path = tmp_path / "book.xlsx"
    make(path)
    before = read(path)
    for to in ("excel", "office", "calc"):
        assert rewrite(path, to=to, names=NAMES) == calls
        openpyxl.load_workbook(path)
    assert list(read(path).items()) == list(before.items())


def real_workbooks(shared: Path) -> list[Path]:
    """Return workbooks that people made with many programs."""
    folders = [shared / "data" / name for name in ("excel_files", "aging_workbooks_zh")]
    found = [path for folder in folders for path in sorted(folder.glob("*.xls[xm]"))]
    assert len(found) > 20
    return found


def test_workbooks_without_our_functions_are_not_touched(shared: Path, tmp_path: Path) -> None:
    for source in real_workbooks(shared):
        path, output = tmp_path / source.name, tmp_path / "output.xlsx"
        shutil.copyfile(source, path)
        for to in HOSTS:
            assert rewrite(path, to=to, names=NAMES) == 0, source.name
        assert path.read_bytes() == source.read_bytes(), source.name
        # put together anew with nothing changed they are the same, whatever program wrote them
        assert rewrite(path, to="calc", names=NAMES, output=output) == 0
        assert output.read_bytes() == source.read_bytes(), source.name


def test_real_workbooks_with_functions_named_as_if_they_were_ours(shared: Path, tmp_path: Path) -> None:
    changed = 0
    for source in real_workbooks(shared):
        path = tmp_path / source.name
        content, calls = read(source), 0
        for name in (name for name in content if name.endswith(".xml")):
            content[name], count = re.subn(rb"\b(SUM|AVERAGE|IF)(?=\()", rb"DUE_\1", content[name])
            calls += count
        write(path, content)
        for to in ("office", "calc", "excel"):
            assert rewrite(path, to=to, names={"SUM", "AVERAGE", "IF"}) == calls, source.name
            assert (read(path) == content) is (to == "excel" or not calls), source.name
        changed += calls
    assert changed > 100


@pytest.mark.service("libreoffice")
def test_libreoffice_reads_what_was_rewritten(tmp_path: Path, office: Callable[[Path, str], bytes]) -> None:
    path, saved = tmp_path / "book.xlsx", tmp_path / "saved.xlsx"
    workbook = openpyxl.Workbook()
    workbook.active["A1"] = '=IF(B1>0,"DUE_DSO(",DUE_DSO(B1))&"!"'
    workbook.active["B1"] = 1
    workbook.save(path)
    assert rewrite(path, to="calc", names=NAMES) == 1
    saved.write_bytes(office(path, "xlsx"))
    assert openpyxl.load_workbook(saved, data_only=True).active["A1"].value == "DUE_DSO(!"
    # without the extension LibreOffice writes the name small; it is read all the same
    assert openpyxl.load_workbook(saved).active["A1"].value == '=IF(B1>0,"DUE_DSO(",due.dso(B1))&"!"'
    assert rewrite(saved, to="excel", names=NAMES) == 1
    assert openpyxl.load_workbook(saved).active["A1"].value == '=IF(B1>0,"DUE_DSO(",DUE_DSO(B1))&"!"'
