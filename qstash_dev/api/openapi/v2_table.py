"""QStash's own API in the document: the tags of its operations, what its paths are made of, and its refusals."""

from __future__ import annotations

from qstash_dev.api.openapi.operations import Table
from qstash_dev.api.openapi.parts import Json
from qstash_dev.api.v2.routes import ROUTES
from qstash_dev.api.v2.workflows.routes import OPEN_ROUTES
from qstash_dev.protocol.destination import NAME

_REFUSALS = {
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
}
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
}
_COMMON = (400, 401, 403, 408, 503)
V2_TABLE = Table(ROUTES, _TAGS, _SEGMENTS, _REFUSALS, _COMMON)
HOOK_TABLE = Table(OPEN_ROUTES, _TAGS, _SEGMENTS, _REFUSALS, (400, 403, 408, 503), is_open=True)
