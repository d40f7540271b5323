"""The whole document."""

from __future__ import annotations

from functools import cache

from qstash_dev.api.openapi.schemas import Json, Schemas
from qstash_dev.api.openapi.tables import DEV_TABLE, HOOK_TABLE, V2_TABLE
from qstash_dev.api.request import encoded
from qstash_dev.api.shapes.dev_status import Health
from qstash_dev.api.shapes.error import Error
from qstash_dev.version import __version__

_TEXTS = {
    "BadRequest": "The request is wrong; the text names the field and what would be right.",
    "Unauthorized": "The token is missing or unknown.",
    "Forbidden": "A read-only token, a foreign Host, or a web page of another origin.",
    "TooSlow": "The request did not end in time.",
    "Busy": "Too much of other requests is being read; send this one again in a moment.",
    "NotFound": "There is no such thing.",
    "QuotaExceeded": "A limit of the plan is exceeded, or a step of a workflow run is wrong.",
    "Conflict": "It cannot be done now; the text says what stands in the way.",
    "Stopping": "The server stops, or reads too much of other requests; send this one again in a moment.",
    "TooLarge": "The body is too large.",
}


def _answer(text: str, shape: str) -> Json:
    schema = {"$ref": f"#/components/schemas/{shape}"}
    return {"description": text, "content": {"application/json": {"schema": schema}}}


_HEALTH: Json = {
    "get": {
        "operationId": "getHealth",
        "tags": ["Server"],
        "summary": "Sign of life, for programs that wait until the server has started",
        "responses": {
            "200": _answer("The server serves.", "Health"),
            "403": {"$ref": "#/components/responses/Forbidden"},
        },
        "security": [],
    }
}


@cache
def encoded_document() -> bytes:
    """The document as it is served, made once."""
    return encoded(document())


@cache
def document() -> Json:
    """OpenAPI 3.1, as JSON-like values."""
    tables = (V2_TABLE, HOOK_TABLE, DEV_TABLE)
    schemas = Schemas([route for table in tables for route in table.routes], [Error, Health])
    paths = {path: operations for table in tables for path, operations in table.paths(schemas).items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "qstash-dev",
            "version": __version__,
            "license": {"name": "MIT", "identifier": "MIT"},
            "description": "What the development server serves: the QStash v2 REST API, and its own control API. "
            "HEAD is answered on every route for GET, with the same status and headers.",
        },
        "security": [{"token": []}, {"tokenInQuery": []}],
        "paths": {"/health": _HEALTH} | paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "tokenInQuery": {"type": "apiKey", "in": "query", "name": "qstash_token"},
            },
            "schemas": schemas.components,
            "responses": {name: _answer(text, "Error") for name, text in _TEXTS.items()},
        },
    }
