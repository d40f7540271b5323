"""The OpenAPI document, made at the first request for it, and the tables of routes that it is made of."""

from __future__ import annotations

from functools import cache

from qstash_dev.api.dev.routes import DEV_ROUTES
from qstash_dev.api.openapi.operations import Table
from qstash_dev.api.openapi.schemas import Json, Schemas
from qstash_dev.api.request import encoded
from qstash_dev.api.shapes.dev_server import Health
from qstash_dev.api.shapes.error import Error
from qstash_dev.api.v2.routes import ROUTES
from qstash_dev.api.v2.workflows.routes import OPEN_ROUTES
from qstash_dev.protocol.destination import NAME
from qstash_dev.protocol.verdict_reason import SubjectKind
from qstash_dev.version import __version__

REFUSALS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    408: "TooSlow",
    409: "Conflict",
    412: "QuotaExceeded",
    413: "TooLarge",
    503: "Busy",
}
_CONTROL = {
    "clock": "clock",
    "dead letter queue": "dlq",
    "faults": "faults",
    "inboxes": "inbox",
    "mappings": "mappings",
    "messages": "messages message_detail message_actions",
    "queues": "queues",
    "refused calls": "refusals",
    "schedules": "schedules",
    "server": "server",
    "streams": "events feed",
    "verdicts": "verdicts",
    "workflow runs": "runs run_detail",
}
_TAGS = {
    "v2.publish": "Messages",
    "v2.batch": "Messages",
    "v2.messages": "Messages",
    "v2.schedules": "Schedules",
    "v2.url_groups": "URL groups",
    "v2.queues": "Queues",
    "v2.flow_control": "Flow control",
    "v2.dlq": "DLQ",
    "v2.logs": "Logs",
    "v2.keys": "Signing keys",
    "v2.workflows.triggers": "Workflows",
    "v2.workflows.runs": "Workflows",
    "v2.workflows.logs": "Workflows",
    "v2.workflows.waits": "Workflow events",
    "v2.workflows.dlq": "Workflow DLQ",
} | {f"dev.{module}": f"Control: {tag}" for tag, modules in _CONTROL.items() for module in modules.split()}
_TEXT: Json = {"type": "string"}
_NAME: Json = {"type": "string", "pattern": f"^{NAME.pattern}$"}
_RUN: Json = {"description": "Id of the workflow run.", "schema": _TEXT}
_SEGMENTS: dict[str, Json] = {
    "destination": {
        "description": "A URL, raw or percent-encoded, with or without a query of its own, or the name of a URL "
        "group. Every `Upstash-*` header may also be given in the query; what else the query holds is the "
        "destination's.",
        "schema": _TEXT,
    },
    "Workflows destination": {
        "description": "The URL of the workflow, raw or percent-encoded.",
        "schema": _TEXT,
    },
    "event": {"description": "Id of the event.", "schema": _NAME},
    "id": {"description": "The id that the server gave it.", "schema": _TEXT},
    "Schedules id": {"description": "Id of the schedule.", "schema": _NAME},
    "Workflows id": _RUN,
    "Workflow events id": _RUN,
    "key": {
        "description": "The key; one that holds more than letters, digits, `-`, `_` and `.` is only looked for.",
        "schema": _TEXT,
    },
    "Queues name": {"description": "Name of the queue.", "schema": _NAME},
    "URL groups name": {"description": "Name of the URL group.", "schema": _NAME},
    "queue": {"description": "Name of the queue.", "schema": _NAME},
    "user": {"description": "Id of the user.", "schema": _TEXT},
    "Control: dead letter queue id": {"description": "Id of the entry.", "schema": _TEXT},
    "Control: faults id": {"description": "Id of the fault.", "schema": _TEXT},
    "Control: messages id": {"description": "Id of the message.", "schema": _TEXT},
    "Control: schedules id": {"description": "Id of the schedule.", "schema": _NAME},
    "Control: verdicts id": {"description": "Its id, or the name of a queue or flow control key.", "schema": _TEXT},
    "kind": {"description": "What kind of thing it is.", "schema": {"type": "string", "enum": list(SubjectKind)}},
    "Control: workflow runs id": {"description": "Id of the run.", "schema": _TEXT},
    "name": {"description": "Name of the inbox, which receives at /_dev/inbox/{name} and below.", "schema": _NAME},
}
V2_TABLE = Table(ROUTES, _TAGS, _SEGMENTS, REFUSALS, (400, 401, 403, 408, 503))
_OPEN = (400, 403, 408, 503)
HOOK_TABLE = Table(OPEN_ROUTES, _TAGS, _SEGMENTS, REFUSALS, _OPEN, is_open=True)
DEV_TABLE = Table(DEV_ROUTES, _TAGS, _SEGMENTS, REFUSALS | {503: "Stopping"}, _OPEN, is_open=True)


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
