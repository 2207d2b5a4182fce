"""What the HTTP API says of itself, beyond what the annotations say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from fastapi.openapi.utils import get_openapi

from duebook_addin.cells import ERRORS
from duebook_addin.server.wire import LONGEST_NAME

if TYPE_CHECKING:
    from fastapi import FastAPI

    from duebook_addin.server.limits import Limits

Json = dict[str, Any]

BATCH: Final[Json] = {"calls": [["AGING", [["2026-01-31", None], [100, 50], "2026-02-15"]]]}
_RESULTS: Final[Json] = {"results": [[[0, 100, 0, 0, 0, 50, 150]]]}
_WHY: Final = {
    400: "The body is no JSON in UTF-8, or the request no HTTP.",
    401: "There is no sign-in token, or a wrong one.",
    403: "A page of another origin asked.",
    408: "The body took too long to arrive.",
    413: "The body has too many bytes or too many cells.",
    415: "The body is not application/json.",
    421: "The Host is none that this server is reached at.",
    422: "The body is JSON, but not of the documented form: too many calls or too long a text, for instance.",
    500: "A defect of the server; its log says more.",
    503: "The server is busy; Retry-After says when to try again.",
    504: "The batch took too long and was ended.",
}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def problems(*statuses: int) -> dict[int | str, Json]:
    """Return what the API says of these statuses: each is a problem in a JSON body."""
    return {status: _problem(status) for status in statuses}


def _problem(status: int) -> Json:
    found: Json = {
        "description": _WHY[status],
        "content": {"application/problem+json": {"schema": _ref("Problem")}},
    }
    if status == 401:  # noqa: PLR2004
        found["headers"] = {"WWW-Authenticate": {"schema": {"const": "Bearer"}, "required": True}}
    if status == 503:  # noqa: PLR2004
        found["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "required": True}}
    return found


BATCH_BODY: Final[Json] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": _ref("Batch"), "example": BATCH}},
    }
}
ANSWERS: Final[dict[int | str, Json]] = {
    200: {
        "description": "An answer for each call, in order.",
        "content": {"application/json": {"schema": _ref("Answers"), "example": _RESULTS}},
    },
    **problems(400, 401, 403, 408, 413, 415, 421, 422, 500, 503, 504),
}


def _found(description: str, kind: str) -> dict[int | str, Json]:
    content = {"application/json": {"schema": {"type": kind}}}
    return {200: {"description": description, "content": content}, **problems(421)}


DECLARATIONS: Final = _found("A declaration for each function, in alphabetical order.", "array")
METADATA: Final = _found("What Office calls the JSON metadata of custom functions.", "object")


def _schemas(limits: Limits) -> Json:
    text = {
        "type": "string",
        "description": f"A text of more than {limits.text:,} characters is read as the error #VALUE!.",
    }
    plain = [{"type": "number"}, {"type": "boolean"}, {"type": "null"}]
    error = {
        "type": "object",
        "properties": {"error": {"enum": sorted(ERRORS)}, "message": {"type": "string"}},
        "required": ["error"],
        "additionalProperties": False,
    }
    day = {
        "type": "object",
        "properties": {"date": {"type": "string", "format": "date"}},
        "required": ["date"],
        "additionalProperties": False,
    }
    given_error = error | {
        "properties": {
            "error": {"type": "string", "description": "Any other than those of answers is read as #VALUE!."},
            "message": {"type": "string"},
        }
    }
    given_day = day | {
        "properties": {
            "date": {"type": "string", "description": "As 2026-01-31; what is no day is read as #VALUE!."}
        }
    }
    return {
        "Cell": {
            "description": "A number, text, a boolean, null for an empty cell, a date or an error.",
            "anyOf": [text, *plain, given_day, given_error],
        },
        "Argument": {
            "description": "A cell; a list of cells, which is a column; or a list of rows.",
            "anyOf": [
                _ref("Cell"),
                {"type": "array", "items": _ref("Cell")},
                {"type": "array", "items": {"type": "array", "items": _ref("Cell")}},
            ],
        },
        "Call": {
            "description": "A function's name, with or without DUE. before it, and its arguments.",
            "type": "array",
            "prefixItems": [
                {"type": "string", "maxLength": LONGEST_NAME},
                {"type": "array", "items": _ref("Argument")},
            ],
            "items": False,
            "minItems": 2,
            "maxItems": 2,
        },
        "Batch": {
            "type": "object",
            "properties": {"calls": {"type": "array", "items": _ref("Call"), "maxItems": limits.calls}},
            "required": ["calls"],
            "additionalProperties": False,
        },
        "Answer": {
            "description": "A cell, or rows of equal length.",
            "anyOf": [
                {"anyOf": [{"type": "string"}, *plain, day, error]},
                {
                    "type": "array",
                    "items": {
                        "type": "array",
                        "items": {"anyOf": [{"type": "string"}, *plain, day, error]},
                    },
                },
            ],
        },
        "Answers": {
            "type": "object",
            "properties": {"results": {"type": "array", "items": _ref("Answer")}},
            "required": ["results"],
            "additionalProperties": False,
        },
        "Problem": {
            "type": "object",
            "properties": {
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string"},
            },
            "required": ["title", "status", "detail"],
        },
    }


def describe(app: FastAPI, limits: Limits) -> Json:
    """Return the OpenAPI document of the app."""
    if app.openapi_schema is None:
        found: Json = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemas = found.setdefault("components", {}).setdefault("schemas", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas |= _schemas(limits)
        app.openapi_schema = found
    return app.openapi_schema
