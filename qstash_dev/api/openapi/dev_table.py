"""What the operations of the control API have in common: tags, segments of paths, refusals."""

from __future__ import annotations

from qstash_dev.api.dev.routes import DEV_ROUTES
from qstash_dev.api.openapi.operations import Table

_NAME = {"type": "string", "pattern": r"^[A-Za-z0-9._-]{1,256}$"}
_TEXT = {"type": "string"}
_TAGS = {
    "dev.clock": "Control: clock",
    "dev.clock_due": "Control: clock",
    "dev.dlq": "Control: dead letter queue",
    "dev.events": "Control: streams",
    "dev.faults": "Control: faults",
    "dev.feed": "Control: streams",
    "dev.inbox": "Control: inboxes",
    "dev.mappings": "Control: mappings",
    "dev.message_actions": "Control: messages",
    "dev.message_detail": "Control: messages",
    "dev.messages": "Control: messages",
    "dev.queues": "Control: queues",
    "dev.run_detail": "Control: workflow runs",
    "dev.runs": "Control: workflow runs",
    "dev.schedules": "Control: schedules",
    "dev.setup": "Control: server",
    "dev.status": "Control: server",
}
_SEGMENTS = {
    "Control: dead letter queue id": {"description": "Id of the entry.", "schema": _TEXT},
    "Control: faults id": {"description": "Id of the fault.", "schema": _TEXT},
    "Control: messages id": {"description": "Id of the message.", "schema": _TEXT},
    "Control: schedules id": {"description": "Id of the schedule.", "schema": _NAME},
    "Control: workflow runs id": {"description": "Id of the run.", "schema": _TEXT},
    "name": {"description": "Name of the inbox, which receives at /_dev/inbox/{name} and below.", "schema": _NAME},
}
DEV_TABLE = Table(
    DEV_ROUTES,
    _TAGS,
    _SEGMENTS,
    {
        400: "BadRequest",
        403: "Forbidden",
        404: "NotFound",
        408: "TooSlow",
        409: "Conflict",
        412: "QuotaExceeded",
        413: "TooLarge",
        503: "Stopping",
    },
    common=(400, 403, 408, 503),
    is_open=True,
)
