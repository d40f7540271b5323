"""Common parts of the operations of the control API: tags, segments of paths, error answers."""

from __future__ import annotations

from qstash_dev.api.dev.routes import DEV_ROUTES
from qstash_dev.api.openapi.operations import Table
from qstash_dev.api.openapi.v2_table import REFUSALS

_NAME = {"type": "string", "pattern": r"^[A-Za-z0-9._-]{1,256}$"}
_TEXT = {"type": "string"}
_MODULES = {
    "clock": "clock clock_due",
    "dead letter queue": "dlq",
    "faults": "faults",
    "inboxes": "inbox",
    "mappings": "mappings",
    "messages": "messages message_detail message_actions",
    "queues": "queues",
    "refused calls": "refusals",
    "schedules": "schedules",
    "server": "setup status",
    "streams": "events feed",
    "workflow runs": "runs run_detail",
}
_TAGS = {f"dev.{module}": f"Control: {tag}" for tag, modules in _MODULES.items() for module in modules.split()}
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
    REFUSALS | {503: "Stopping"},
    common=(400, 403, 408, 503),
    is_open=True,
)
