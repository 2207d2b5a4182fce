"""What the extension for LibreOffice holds, read without LibreOffice."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
from lxml import etree

from duebook_addin.calc.build import EXTENSION, IDENTIFIER, build_extension
from duebook_addin.functions import FUNCTIONS

if TYPE_CHECKING:
    from duebook_addin.registry import Function, Text

OOR = "{http://openoffice.org/2001/registry}"
MANIFEST = "{http://openoffice.org/2001/manifest}"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
ANY, ROWS = "any", "sequence< sequence< any > >"


@pytest.fixture
def parts(tmp_path: Path) -> dict[str, bytes]:
    """Build an extension without a configuration, and return its parts."""
    return read(build_extension(tmp_path))


def read(extension: Path) -> dict[str, bytes]:
    """Return the parts of an extension by their names."""
    with ZipFile(extension) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def child(node: etree._Element, name: str) -> etree._Element:
    """Return the node or property of a name."""
    [found] = [each for each in node if each.get(f"{OOR}name") == name]
    return found


def texts(node: etree._Element, name: str) -> dict[str, str]:
    """Return a property in each language."""
    return {value.attrib[LANGUAGE]: value.text for value in child(node, name)}


def both(text: Text) -> dict[str, str]:
    """Return a text of the registry as the configuration has it."""
    return {"en-US": text.en, "zh-CN": text.zh}


def types(function: Function) -> list[str]:
    """Return how each argument is to come: whole columns as rows, all else as it is."""
    return [ANY if function.each or not item.required else ROWS for item in function.parameters]


def test_it_is_the_same_file_each_time(tmp_path: Path):
    first, second = (build_extension(tmp_path / name, site=[Path("packages")]) for name in ("a", "b"))

    assert first.name == EXTENSION
    assert first.read_bytes() == second.read_bytes()


def test_the_interface_has_each_function_with_its_parameters(parts: dict[str, bytes]):
    declared = {
        name: re.findall(r"\[in\] (.+?) p\d+", parameters)
        for name, parameters in re.findall(rf"{ROWS} (\w+)\((.*)\);", parts["functions.idl"].decode("ascii"))
    }

    assert declared == {function.name.lower(): types(function) for function in FUNCTIONS}


def test_the_wizard_gets_each_function_in_both_languages(parts: dict[str, bytes]):
    info = etree.fromstring(parts["CalcAddIns.xcu"])
    [functions] = child(info[0], "DUE")

    assert [node.get(f"{OOR}name") for node in functions] == [function.name.lower() for function in FUNCTIONS]
    for node, function in zip(functions, FUNCTIONS, strict=True):
        name = f"DUE.{function.name}"
        assert texts(node, "DisplayName") == {"en-US": name, "zh-CN": name}
        assert texts(node, "Description") == both(function.help)
        shown = [
            (one.get(f"{OOR}name"), texts(one, "DisplayName")["zh-CN"], texts(one, "Description"))
            for one in child(node, "Parameters")
        ]
        assert shown == [
            (f"p{at}", item.name, both(item.help)) for at, item in enumerate(function.parameters)
        ]


def test_every_part_of_xml_is_well_formed_and_every_part_named_is_there(parts: dict[str, bytes]):
    for name, part in parts.items():
        if name.endswith((".xml", ".xcu")):
            etree.fromstring(part)
    entries = etree.fromstring(parts["META-INF/manifest.xml"])
    listed = {entry.attrib[f"{MANIFEST}full-path"] for entry in entries}
    description = etree.fromstring(parts["description.xml"])
    texts_of_it = set(
        description.xpath("//*[local-name()='extension-description']/*/@*[local-name()='href']")
    )

    assert listed == {"functions.idl", "CalcAddIns.xcu", "component.py"}
    assert texts_of_it == {"about.en.txt", "about.zh.txt"}
    assert listed | texts_of_it < set(parts)
    assert description.xpath("string(*[local-name()='identifier']/@value)") == IDENTIFIER
    assert re.fullmatch(r"[0-9][0-9.a-z+]*", description.xpath("string(*[local-name()='version']/@value)"))


def test_the_component_is_readable_to_older_pythons(parts: dict[str, bytes]):
    # Newer grammar would leave a cell with an error instead of what is missing.
    ast.parse(parts["component.py"], feature_version=(3, 7))


def test_settings_name_the_configuration_and_the_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    config = Path("书账") / "duebook.toml"
    settings = json.loads(
        read(build_extension(tmp_path, config=config, site=[Path("/a b"), Path("/c")]))["extension.json"]
    )

    assert settings == {
        "config": str(tmp_path / config),
        "functions": [function.name.lower() for function in FUNCTIONS],
        "site": [str(Path("/a b")), str(Path("/c"))],
    }


def test_settings_name_nothing_where_nothing_is_known(parts: dict[str, bytes]):
    settings = json.loads(parts["extension.json"])

    assert (settings["config"], settings["site"]) == (None, [])


def test_a_folder_that_is_missing_is_made(tmp_path: Path):
    assert build_extension(tmp_path / "new" / "folder") == tmp_path / "new" / "folder" / EXTENSION
