"""Writes duebook.oxt, the extension for LibreOffice Calc, without an SDK: the same bytes each time.

The implementation is called ``DUE`` and each method as its function in lower case: that is the pair that
Calc reads, recalculates and writes as ``DUE.NAME`` in .xlsx and .ods alike.
"""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from duebook_addin.assets import assets
from duebook_addin.functions import FUNCTIONS
from duebook_addin.registry import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from duebook_addin.registry import Function, Parameter, Text

EXTENSION: Final = "duebook.oxt"
IDENTIFIER: Final = "duebook.calc"
"""What LibreOffice's extension manager knows it by; description.xml says the same."""

_COPIED: Final = ("about.en.txt", "about.zh.txt", "component.py")
_PARTS: Final = (
    ("functions.idl", "application/vnd.sun.star.uno-typelibrary;type=RDB"),
    ("CalcAddIns.xcu", "application/vnd.sun.star.configuration-data"),
    ("component.py", "application/vnd.sun.star.uno-component;type=Python"),
)
_ROWS: Final = "sequence< sequence< any > >"
_XML: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_FIRST_DAY: Final = (1980, 1, 1, 0, 0, 0)
_READABLE: Final = 0o644 << 16


def build_extension(output: Path, *, config: Path | None = None, site: Sequence[Path] = ()) -> Path:
    """Write the extension.

    Args:
        output: The folder to write to; made where missing.
        config: The configuration whose store and policy the functions ask.
        site: The folders in which LibreOffice's Python is to find Duebook's packages; those that the
            environment variable ``DUEBOOK_SITE`` names come first.

    Returns:
        The file written.
    """
    parts = {
        "META-INF/manifest.xml": _manifest(),
        "description.xml": _asset("description.xml").replace("@version@", _version()),
        **{name: _asset(name) for name in _COPIED},
        "functions.idl": _idl(),
        "CalcAddIns.xcu": _configuration(),
        "extension.json": _settings(config, site),
    }
    output.mkdir(parents=True, exist_ok=True)
    path = output / EXTENSION
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            entry = ZipInfo(name, _FIRST_DAY)
            entry.compress_type, entry.external_attr, entry.create_system = ZIP_DEFLATED, _READABLE, 3
            archive.writestr(entry, text)
    return path


def _asset(name: str) -> str:
    return (assets("calc") / name).read_text(encoding="utf-8")


def _version() -> str:
    try:
        return version("duebook")
    except PackageNotFoundError:  # a checkout that nobody has installed
        return "0"


def _settings(config: Path | None, site: Sequence[Path]) -> str:
    settings = {
        "config": None if config is None else str(config.absolute()),
        "functions": [function.name.lower() for function in FUNCTIONS],
        "site": [str(folder) for folder in site],
    }
    return json.dumps(settings, ensure_ascii=False, indent=1) + "\n"


def _manifest() -> str:
    entries = "".join(
        f' <manifest:file-entry manifest:full-path="{name}" manifest:media-type="{kind}"/>\n'
        for name, kind in _PARTS
    )
    namespace = 'xmlns:manifest="http://openoffice.org/2001/manifest"'
    return f"{_XML}<manifest:manifest {namespace}>\n{entries}</manifest:manifest>\n"


def _idl() -> str:
    """Return the interface that Calc calls, as the text of its definition."""
    lines = "".join(
        f"  {_ROWS} {function.name.lower()}({_parameters(function)});\n" for function in FUNCTIONS
    )
    return f"module duebookcalc {{ interface XFunctions {{\n{lines}}}; }};\n"


def _parameters(function: Function) -> str:
    # The wizard calls a parameter required by its type alone. Where whole columns come in, that costs
    # nothing; for a function of single cells it would cost half of its speed.
    types = ("any" if function.each or not item.required else _ROWS for item in function.parameters)
    return ", ".join(f"[in] {type_} {_place(at)}" for at, type_ in enumerate(types))


def _place(at: int) -> str:
    """Return what the interface calls a parameter: its language allows no underscore, and reserves words."""
    return f"p{at}"


def _configuration() -> str:
    """Return what the function wizard shows, in both languages."""
    functions = "".join(map(_shown, FUNCTIONS))
    return (
        f'{_XML}<oor:component-data xmlns:oor="http://openoffice.org/2001/registry"'
        ' xmlns:xs="http://www.w3.org/2001/XMLSchema"'
        ' oor:name="CalcAddIns" oor:package="org.openoffice.Office">\n'
        f' <node oor:name="AddInInfo"><node oor:name="{NAMESPACE}" oor:op="replace">'
        f'<node oor:name="AddInFunctions">\n{functions} </node></node></node>\n</oor:component-data>\n'
    )


def _shown(function: Function) -> str:
    name = function.name
    parameters = "".join(_shown_parameter(at, item) for at, item in enumerate(function.parameters))
    return (
        f'  <node oor:name="{name.lower()}" oor:op="replace">\n'
        f"   {_property('DisplayName', f'{NAMESPACE}.{name}', f'{NAMESPACE}.{name}')}\n"
        f"   {_texts('Description', function.help)}\n"
        '   <prop oor:name="Category"><value>Add-In</value></prop>\n'
        f'   <node oor:name="Parameters">\n{parameters}   </node>\n  </node>\n'
    )


def _shown_parameter(at: int, parameter: Parameter) -> str:
    name = _property("DisplayName", parameter.name, parameter.name)
    return (
        f'    <node oor:name="{_place(at)}" oor:op="replace">{name}'
        f"{_texts('Description', parameter.help)}</node>\n"
    )


def _texts(name: str, text: Text) -> str:
    return _property(name, text.en, text.zh)


def _property(name: str, en: str, zh: str) -> str:
    values = f'<value xml:lang="en-US">{escape(en)}</value><value xml:lang="zh-CN">{escape(zh)}</value>'
    return f'<prop oor:name="{name}">{values}</prop>'
