"""``functions.json`` as Office wants it.

The rules are those of Microsoft's generator of such files, custom-functions-metadata 2.2 (Specification.md
and parseTree), and of the page "Manually create JSON metadata for custom functions".
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

import pytest

from duebook_addin.functions import FUNCTIONS
from duebook_addin.officejs.metadata import associations, functions_json
from duebook_addin.registry import Shape

HELP: Final = "https://credit.example/taskpane.html"
LANGUAGES: Final = ("en", "zh")
KEYS: Final = {"id", "name", "description", "helpUrl", "parameters", "result"}


def document(language: Any) -> dict[str, Any]:  # noqa: ANN401 - one of two words
    found: dict[str, Any] = json.loads(functions_json(language, HELP))
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_takes_errors_and_data_types_and_has_every_function(language: str):
    found = document(language)
    assert set(found) == {"allowCustomDataForDataTypeAny", "allowErrorForDataTypeAny", "functions"}
    assert found["allowErrorForDataTypeAny"] is found["allowCustomDataForDataTypeAny"] is True
    assert [each["id"] for each in found["functions"]] == [function.name for function in FUNCTIONS]


@pytest.mark.parametrize("language", LANGUAGES)
def test_ids_and_names_are_such_as_office_takes(language: str):
    """Letters, digits and periods, a letter first, at least 3 characters and at most 128, and none twice."""
    functions = document(language)["functions"]
    for each in functions:
        assert set(each) == KEYS
        assert re.fullmatch(r"[A-Z][A-Z0-9.]{2,127}", each["id"])
        assert each["name"] == each["id"]
    assert len({each["id"] for each in functions}) == len(functions)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_parameter_and_result_takes_a_cell_or_a_range_of_anything(language: str):
    """Where the dimensionality is a matrix a single cell comes as one, and a scalar would refuse a range."""
    for each, function in zip(document(language)["functions"], FUNCTIONS, strict=True):
        assert each["result"] == {"type": "any", "dimensionality": "matrix"}
        for parameter, declared in zip(each["parameters"], function.parameters, strict=True):
            optional = parameter.pop("optional", False)
            assert set(parameter) == {"name", "description", "type", "dimensionality"}
            assert (parameter["type"], parameter["dimensionality"]) == ("any", "matrix")
            assert parameter["name"] == declared.name
            assert optional is not declared.required


def test_required_parameters_come_first():
    for each in document("en")["functions"]:
        optional = [parameter.get("optional", False) for parameter in each["parameters"]]
        assert optional == sorted(optional)


def test_the_help_is_that_of_the_declaration_in_its_language():
    for english, chinese, function in zip(
        document("en")["functions"], document("zh")["functions"], FUNCTIONS, strict=True
    ):
        assert (english["description"], chinese["description"]) == (function.help.en, function.help.zh)
        for place, parameter in enumerate(function.parameters):
            assert english["parameters"][place]["description"] == parameter.help.en
            assert chinese["parameters"][place]["description"] == parameter.help.zh
        assert english["helpUrl"] == chinese["helpUrl"] == f"{HELP}#{function.name}"


def test_only_functions_that_pass_empty_rows_over_name_columns_to_shorten():
    associated = json.loads(associations().removeprefix("duebook.associate(").removesuffix(");\n"))
    named = {each["id"]: each["columns"] for each in associated}
    assert named["AGING"] == [0, 1]
    assert named["AGINGBY"] == [0, 1, 2]
    assert named["DAYSLATE"] == named["OPEN"] == named["OPENITEMS"] == []
    for function in FUNCTIONS:
        columns = [place for place, each in enumerate(function.parameters) if each.shape is Shape.COLUMN]
        assert named[function.name] in ([], columns)
    asking = {each["id"] for each in associated if each["store"]}
    assert asking == {"HISTORY", "OPENITEMS", "PORTFOLIO", "PROFILE", "TRACE"}
