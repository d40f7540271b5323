"""The whole document."""

from __future__ import annotations

from functools import cache

from qstash_dev.api.openapi.console_paths import CONSOLE_PATHS, CONSOLE_SCHEMAS
from qstash_dev.api.openapi.console_run_paths import CONSOLE_RUN_PATHS, CONSOLE_RUN_SCHEMAS
from qstash_dev.api.openapi.dev_paths import DEV_PATHS
from qstash_dev.api.openapi.dev_schemas import DEV_SCHEMAS
from qstash_dev.api.openapi.parts import Json, answer, record, schema_ref
from qstash_dev.api.openapi.schemas import Schemas
from qstash_dev.api.openapi.v2_table import HOOK_TABLE, V2_TABLE
from qstash_dev.api.request import encoded
from qstash_dev.api.shapes.error import Error
from qstash_dev.version import __version__

_TEXTS = {
    "BadRequest": "The request is wrong; the text names the field and what would be right.",
    "Unauthorized": "The token is missing or unknown.",
    "Forbidden": "A read-only token, a foreign Host, or a web page of somebody else.",
    "TooSlow": "The request did not come to its end in time.",
    "Busy": "Too much of other requests is being read; send this one again in a moment.",
    "NotFound": "There is no such thing.",
    "QuotaExceeded": "A limit of the plan is exceeded, or a step of a workflow run is wrong.",
    "Conflict": "It cannot be done now; the text says what stands in the way.",
    "Stopping": "The server stopped meanwhile.",
    "TooLarge": "The body is too large.",
}
_HEALTH: Json = {
    "get": {
        "operationId": "getHealth",
        "tags": ["Server"],
        "summary": "A sign of life, for whoever waits until the server is there",
        "responses": {
            "200": answer("The server serves.", record({"status": {"const": "ok"}})),
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
    tables = (V2_TABLE, HOOK_TABLE)
    schemas = Schemas([route for table in tables for route in table.routes], [Error])
    paths = {path: operations for table in tables for path, operations in table.paths(schemas).items()}
    old = DEV_SCHEMAS | CONSOLE_SCHEMAS | CONSOLE_RUN_SCHEMAS
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "qstash-dev",
            "version": __version__,
            "license": {"name": "MIT", "identifier": "MIT"},
            "description": "What the development server serves: the QStash v2 REST API, and its own control API. "
            "HEAD is answered wherever GET is, with the same status and headers.",
        },
        "security": [{"token": []}, {"tokenInQuery": []}],
        "paths": {"/health": _HEALTH} | paths | DEV_PATHS | CONSOLE_PATHS | CONSOLE_RUN_PATHS,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "tokenInQuery": {"type": "apiKey", "in": "query", "name": "qstash_token"},
            },
            "schemas": old | schemas.components,
            "responses": {name: answer(text, schema_ref("Error")) for name, text in _TEXTS.items()},
        },
    }
