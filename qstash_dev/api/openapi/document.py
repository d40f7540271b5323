"""The whole document."""

from __future__ import annotations

from functools import cache

from qstash_dev.api.openapi.console_paths import CONSOLE_PATHS, CONSOLE_SCHEMAS
from qstash_dev.api.openapi.console_run_paths import CONSOLE_RUN_PATHS, CONSOLE_RUN_SCHEMAS
from qstash_dev.api.openapi.dev_paths import DEV_PATHS
from qstash_dev.api.openapi.dev_schemas import DEV_SCHEMAS
from qstash_dev.api.openapi.parts import Json, answer, record, schema_ref
from qstash_dev.api.openapi.paths import PATHS
from qstash_dev.api.openapi.schemas import SCHEMAS
from qstash_dev.api.openapi.workflow_paths import WORKFLOW_PATHS
from qstash_dev.api.openapi.workflow_schemas import WORKFLOW_SCHEMAS
from qstash_dev.version import __version__


def _error(description: str) -> Json:
    return answer(description, schema_ref("Error"))


_COMPONENTS: Json = {
    "securitySchemes": {
        "token": {"type": "http", "scheme": "bearer"},
        "tokenInQuery": {"type": "apiKey", "in": "query", "name": "qstash_token"},
    },
    "schemas": SCHEMAS | WORKFLOW_SCHEMAS | DEV_SCHEMAS | CONSOLE_SCHEMAS | CONSOLE_RUN_SCHEMAS,
    "responses": {
        "BadRequest": _error("The request is wrong; the text names the field and what would be right."),
        "Unauthorized": _error("The token is missing or unknown."),
        "Forbidden": _error("A read-only token, a foreign Host, or a web page of somebody else."),
        "TooSlow": _error("The request did not come to its end in time."),
        "Busy": _error("Too much of other requests is being read; send this one again in a moment."),
        "NotFound": _error("There is no such thing."),
        "QuotaExceeded": _error("A limit of the plan is exceeded, or a step of a workflow run is wrong."),
        "Conflict": _error("It cannot be done now; the text says what stands in the way."),
        "Stopping": _error("The server stopped meanwhile."),
        "TooLarge": _error("The body is too large."),
    },
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
def document() -> Json:
    """OpenAPI 3.1, as JSON-like values."""
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
        "paths": {"/health": _HEALTH} | PATHS | WORKFLOW_PATHS | DEV_PATHS | CONSOLE_PATHS | CONSOLE_RUN_PATHS,
        "components": _COMPONENTS,
    }
