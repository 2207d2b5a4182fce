"""The manifest: as Microsoft's schemas have it, every reference with its resource, for one address only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest
from lxml import etree

from duebook.errors import InputError
from duebook_addin.assets import assets
from duebook_addin.officejs.manifest import build_manifest, manifest_xml

if TYPE_CHECKING:
    from pathlib import Path

    Element = etree._Element  # noqa: SLF001 - lxml has no other name for it

URL: Final = "https://credit.example:8443"
SPACES: Final = {
    "o": "http://schemas.microsoft.com/office/appforoffice/1.1",
    "v": "http://schemas.microsoft.com/office/taskpaneappversionoverrides",
    "bt": "http://schemas.microsoft.com/office/officeappbasictypes/1.0",
}
KINDS: Final = ("Image", "Url", "String")


def parsed(url: str = URL) -> Element:
    return etree.fromstring(manifest_xml(url).encode())


def named(element: Element, path: str) -> list[Element]:
    found = element.xpath(path, namespaces=SPACES)
    assert isinstance(found, list)
    return [each for each in found if etree.iselement(each)]


def test_every_reference_has_its_resource_and_every_resource_its_reference():
    """The service that Microsoft validates with does not look (Office-Addin-Scripts issue 892)."""
    root = parsed()
    resources = {str(each.get("id")): each for kind in KINDS for each in named(root, f"//bt:{kind}[@id]")}
    references = {str(each.get("resid")) for each in named(root, "//*[@resid]")}
    assert references == set(resources)
    assert all(len(name) <= 32 for name in resources), "Office takes no longer id of a resource"


def test_references_are_of_the_kind_that_their_element_takes():
    root = parsed()
    kinds = {str(each.get("id")): kind for kind in KINDS for each in named(root, f"//bt:{kind}[@id]")}
    for element in named(root, "//*[@resid]"):
        tag = etree.QName(element).localname
        expected = {"Image": "Image", "SourceLocation": "Url", "Runtime": "Url", "LearnMoreUrl": "Url"}
        assert kinds[str(element.get("resid"))] == expected.get(tag, "String"), tag


def test_texts_are_as_long_as_office_takes():
    root = parsed()
    for limit, kind in ((125, "ShortStrings"), (250, "LongStrings")):
        for text in named(root, f"//bt:{kind}//*"):
            assert 0 < len(text.get("DefaultValue") or text.get("Value") or "") <= limit


@pytest.mark.parametrize("part", ["manifest", "overrides"])
def test_it_is_as_the_schemas_have_it(shared: Path, tmp_path: Path, part: str):
    """The schemas are from before 2020: Runtimes is younger, and a mail add-in's part is not among them."""
    for file in (shared / "data" / "office-manifest-xsd").glob("*.xsd"):
        text = file.read_text(encoding="utf-8-sig")
        text = text.replace("https://www.w3.org/2001/XMLSchema", "http://www.w3.org/2001/XMLSchema")
        text = text.replace("{0,3}?", "{0,3}")  # a pattern in a dialect of its own
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    _leave_out_mail(tmp_path)
    root = parsed()
    for runtimes in named(root, "//v:Runtimes"):
        parent = runtimes.getparent()
        assert parent is not None
        parent.remove(runtimes)
    (overrides,) = named(root, "v:VersionOverrides")
    name = "OfficeAppManifestV1_1" if part == "manifest" else "TaskPaneAppVersionOverridesV1_0"
    schema = etree.XMLSchema(etree.parse(tmp_path / f"{name}.xsd"))
    checked = etree.fromstring(etree.tostring(root if part == "manifest" else overrides))
    assert schema.validate(checked), str(schema.error_log)
    etree.SubElement(checked, "Unknown")
    assert not schema.validate(checked)


def _leave_out_mail(folder: Path) -> None:
    """Put any element in the place of what a mail add-in overrides, and import it where it is referred to."""
    mail = "http://schemas.microsoft.com/office/mailappversionoverrides"
    start = f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{mail}">'
    body = '<xs:element name="VersionOverrides" type="xs:anyType"/></xs:schema>'
    (folder / "mail.xsd").write_text(start + body, encoding="utf-8")
    file = folder / "OfficeAppManifestV1_1.xsd"
    text = re.sub(r"<xs:import[^>]*mailapp[^>]*/>", "", file.read_text(encoding="utf-8"))
    imported = f'<xs:import schemaLocation="mail.xsd" namespace="{mail}"/><xs:import'
    file.write_text(text.replace("<xs:import", imported, 1), encoding="utf-8")


def test_the_shared_runtime_is_the_page_of_the_functions_and_of_the_pane():
    root = parsed()
    (runtime,) = named(root, "//v:Runtime")
    assert (runtime.get("resid"), runtime.get("lifetime")) == ("Url.Page", "long")
    assert [each.get("resid") for each in named(root, "//v:Page/v:SourceLocation")] == ["Url.Page"]
    assert [each.get("resid") for each in named(root, "//v:Action/v:SourceLocation")] == ["Url.Page"]
    sets = {each.get("Name"): each.get("MinVersion") for each in named(root, "//o:Set")}
    assert sets == {"SharedRuntime": "1.1", "CustomFunctionsRuntime": "1.2"}


def test_everything_lies_at_the_one_address_and_is_there():
    text = manifest_xml(URL)
    places = set(re.findall(r'"(https?://[^"]*)"', text)) | set(re.findall(r">(https?://[^<]*)<", text))
    own = {place for place in places if not place.startswith(("http://schemas.", "http://www.w3.org/"))}
    paths = {place.removeprefix(URL) for place in own}
    generated = {"", "/functions.json", "/functions.zh.json"}
    assert paths - generated
    for path in paths - generated:
        assert (assets("officejs") / path[1:]).is_file(), path
    assert generated <= paths


def test_chinese_stands_beside_english():
    root = parsed()
    for element in [*named(root, "//o:Description"), *named(root, "//bt:LongStrings/bt:String")]:
        (override,) = [each for each in element if each.get("Locale") == "zh-CN"]
        assert re.search(r"[\u4e00-\u9fff]", override.get("Value") or "")
    (metadata,) = named(root, "//bt:Url[@id='Url.Metadata']")
    assert metadata.get("DefaultValue") == f"{URL}/functions.json"
    assert [each.get("Value") for each in metadata] == [f"{URL}/functions.zh.json"]
    (namespace,) = named(root, "//bt:String[@id='Short.Namespace']")
    assert (namespace.get("DefaultValue"), len(namespace)) == ("DUE", 0)


def test_each_address_is_an_add_in_of_its_own_and_keeps_its_id():
    def identity(url: str) -> str | None:
        return named(parsed(url), "o:Id")[0].text

    assert identity(URL) == identity(f"{URL}/") == "03eee715-02b7-5d8a-ab92-27f18dce9314"
    assert identity(URL) != identity("https://localhost:8443")


def test_it_is_written_to_a_folder_that_is_made(tmp_path: Path):
    file = build_manifest(tmp_path / "office" / "en", url=URL)
    assert file == tmp_path / "office" / "en" / "manifest.xml"
    assert file.read_text(encoding="utf-8") == manifest_xml(URL)


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path):
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=r"taken[/\\]manifest\.xml: it cannot be written: "):
        build_manifest(tmp_path / "taken", url=URL)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("https://credit.example", "https://credit.example"),
        ("https://Credit.Example/", "https://credit.example"),
        ("https://10.0.0.7:8443", "https://10.0.0.7:8443"),
        ("https://[::1]:8443", "https://[::1]:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:3000", "http://127.0.0.1:3000"),
    ],
)
def test_addresses_that_office_may_load_from(url: str, base: str):
    assert f'<SourceLocation DefaultValue="{base}/taskpane.html"/>' in manifest_xml(url)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "http://credit.example",
            "url: 'http://credit.example' is not https; Office loads an add-in from nothing else.",
        ),
        ("ftp://localhost", "url: 'ftp://localhost' is not https; Office loads an add-in from nothing else."),
        ("credit.example", "url: 'credit.example' is not scheme, host and port alone."),
        ("https://", "url: 'https://' is not scheme, host and port alone."),
        ("https://host/path", "url: 'https://host/path' is not scheme, host and port alone."),
        ("https://host?x=1", "url: 'https://host?x=1' is not scheme, host and port alone."),
        ("https://me@host", "url: 'https://me@host' is not scheme, host and port alone."),
        ("https://host:99999", "url: 'https://host:99999' is no URL."),
        ("https://[host", "url: 'https://[host' is no URL."),
        ('https://a"b', "url: 'a\"b' is no host."),
        ("https://a<b", "url: 'a<b' is no host."),
        ("", "url: '' is not scheme, host and port alone."),
    ],
)
def test_other_addresses_are_refused(url: str, message: str):
    with pytest.raises(InputError) as caught:
        manifest_xml(url)
    assert caught.value.message == message
    assert caught.value.hint == "Write it as Excel reaches the server, such as https://credit.example:8443."
