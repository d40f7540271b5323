"""The log of workflow runs (QStash docs, API workflow/logs)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiohttp import web

from qstash_dev.api.call import Call, reply
from qstash_dev.api.workflows.filters import paged, run_filter
from qstash_dev.api.workflows.log_view import error_text, run_view
from qstash_dev.protocol.callback import header_map
from qstash_dev.protocol.filters import count_of
from qstash_dev.protocol.result import Responded
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import State

MAX_RUNS = 10
MAX_EVENTS = 100
_STATES = {
    State.CREATED: "STEP_PROGRESS",
    State.ACTIVE: "STEP_PROGRESS",
    State.ERROR: "STEP_PROGRESS",
    State.RETRY: "STEP_RETRY",
    State.DELIVERED: "STEP_SUCCESS",
    State.FAILED: "STEP_FAILED",
    State.CANCEL_REQUESTED: "STEP_CANCELED",
    State.CANCELED: "STEP_CANCELED",
}


async def logs(call: Call) -> web.Response:
    """``GET /v2/workflows/logs``: runs, newest first."""
    query = call.query()
    matches = run_filter(query)
    found = (run for run in call.tenant.runs.newest_first() if matches(run))
    page, cursor = paged(found, query, count_of(query, MAX_RUNS))
    return reply({"runs": [run_view(run) for run in page]} | ({"cursor": cursor} if cursor else {}))


async def events(call: Call) -> web.Response:
    """``GET /v2/workflows/events``: runs if they are asked for with ``groupBy``, single events otherwise."""
    query = call.query()
    if query.one("groupBy") == "workflowRunId":
        return await logs(call)
    matches = run_filter(query)
    count = count_of(query, MAX_EVENTS)
    found: list[dict[str, Any]] = []
    for entry in _entries(call):
        part = entry.message.part
        if part is not None and matches(part.run):
            found.append(_event(entry))
            if len(found) == count:
                break
    return reply({"events": found})


def _entries(call: Call) -> Iterator[LogEntry]:
    return call.tenant.log.walk(latest_first=True)


def _event(entry: LogEntry) -> dict[str, Any]:
    message = entry.message
    assert message.part is not None
    run, step = message.part.run, message.part.step
    fields: dict[str, Any] = {
        "time": entry.time_ms,
        "state": _STATES[entry.state],
        "messageId": message.id,
        "workflowRunId": run.id,
        "workflowUrl": run.url,
        "workflowCreatedAt": run.created_ms,
        "headers": header_map(message.publication.options.headers),
        "callerIp": run.caller_ip,
        "stepInfo": {
            "stepName": step.name if step else message.part.kind.value,
            "stepType": step.type if step else "",
        },
    }
    if run.settings.labels:
        fields |= {"label": run.settings.labels[0], "labels": list(run.settings.labels)}
    if entry.next_delivery_ms is not None:
        fields["nextDeliveryTime"] = entry.next_delivery_ms
    result = entry.result
    if isinstance(result, Responded):
        fields["responseStatus"] = result.status
        fields["responseHeaders"] = header_map(result.headers)
        fields["responseBody"] = result.body.decode("utf-8", "replace")
    if result is not None and not result.succeeded:
        fields["error"] = error_text(result)
    return fields
