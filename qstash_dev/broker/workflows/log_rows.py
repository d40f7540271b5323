"""Steps in the workflow log (https://upstash.com/docs/workflow/api-reference/logs/list-workflow-run-logs)."""

from __future__ import annotations

import json
import math
from base64 import b64decode
from http import HTTPStatus
from typing import Any

from qstash_dev.protocol.callback import header_map
from qstash_dev.protocol.redaction import shown_body, shown_headers
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.protocol.step import STEP, Step
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import Message, State
from qstash_dev.state.run import Invocation, Run, RunLogEntry, Waiter

Json = dict[str, Any]
STEP_STATES = {
    State.CREATED: "STEP_PROGRESS",
    State.ACTIVE: "STEP_PROGRESS",
    State.ERROR: "STEP_PROGRESS",
    State.DELIVERED: "STEP_SUCCESS",
    State.RETRY: "STEP_RETRY",
    State.FAILED: "STEP_FAILED",
    State.CANCELED: "STEP_CANCELED",
    State.CANCEL_REQUESTED: "STEP_CANCELED",
}
_BODIES = frozenset(
    {
        "body",
        "callBody",
        "callResponseBody",
        "failResponse",
        "invokedWorkflowRunBody",
        "out",
        "responseBody",
        "workflowRunResponse",
    }
)


def initial(run: Run, entry: RunLogEntry) -> Json:
    """The row of the trigger."""
    step = Step(0, "init", "Initial")
    out = shown_body(entry.body, run.settings.redaction).decode("utf-8", "replace")
    return row(run, step, entry.message_id, entry.created_ms, entry.message, "STEP_SUCCESS") | {"out": out}


def recorded(run: Run, entry: RunLogEntry, reports: dict[str, Json]) -> Json:
    """The row of a step that is done. ``reports`` are the results of calls by the id of the message that called."""
    step = entry.step
    assert step is not None
    fields = row(run, step, entry.message_id, entry.created_ms, entry.message, "STEP_SUCCESS")
    if (out := step.fields.get("out")) is not None:
        text = out if isinstance(out, str) else json.dumps(out)
        shown = shown_body(text.encode("utf-8", "replace"), run.settings.redaction)
        fields["out"] = shown.decode("utf-8", "replace")
    return fields | extras(run, step, reports, done=True)


def row(run: Run, step: Step, message_id: str, created_ms: int, message: Message | None, state: str) -> Json:
    """The fields of every step."""
    options = message.publication.options if message is not None else None
    fields: Json = {
        "stepName": step.name,
        "stepType": step.type,
        "callType": STEP,
        "messageId": message_id,
        "concurrent": step.concurrent,
        "createdAt": created_ms,
        "state": state,
        "retries": options.retries if options is not None else run.settings.retries,
        "headers": header_map(shown_headers(options.headers if options else (), run.settings.redaction)),
    }
    if step.number:
        fields["stepId"] = step.number
    if options is not None and options.retry_delay is not None:
        fields["retryDelay"] = options.retry_delay
    return fields


def extras(run: Run, step: Step, reports: dict[str, Json], *, done: bool) -> Json:
    """The fields of some types of steps."""
    found = {name: value for name in ("sleepFor", "sleepUntil") if _is_time(value := step.fields.get(name))}
    if done and isinstance(step.fields.get("waitEventId"), str) and step.fields.get("waitTimeout") is not None:
        found["waitEventId"] = step.fields["waitEventId"]
        found["waitTimeoutDuration"] = str(step.fields.get("timeout", ""))
        found["waitTimeout"] = bool(step.fields["waitTimeout"])
        if step.number in run.deadlines:
            found["waitTimeoutDeadline"] = run.deadlines[step.number]
    if (call := run.calls.get(step.number)) is not None:
        found |= _call_extras(run, call, reports.get(call.id))
    for invocation in run.invocations:
        if invocation.step.number == step.number:
            found |= _invocation_extras(invocation)
    return found


def wait_extras(waiter: Waiter) -> Json:
    """The fields of a step that waits for an event."""
    return {
        "waitEventId": waiter.event_id,
        "waitTimeoutDuration": waiter.timeout,
        "waitTimeoutDeadline": waiter.deadline_ms,
        "waitTimeout": False,
    }


def step_state(message: Message | None) -> str:
    """The state of the step that this message delivers."""
    return "STEP_PROGRESS" if message is None else STEP_STATES[message.state]


def busy_state(message: Message | None) -> str:
    """The state of a step that has begun and has no result yet."""
    state = step_state(message)
    return "STEP_PROGRESS" if state == "STEP_SUCCESS" else state


def errors_of(message: Message) -> Json:
    """The failed attempts of a message, oldest first, as the field ``errors``; empty if there are none."""
    entries = message.tenant.log.of_messages((message.id,))
    found = [_error(entry) for entry in entries if entry.state is State.ERROR and entry.result is not None]
    return {"errors": found} if found else {}


def error_text(result: DeliveryResult) -> str:
    """The status and its phrase, or the error of an attempt that failed in another way."""
    if not isinstance(result, Responded) or result.fault is not None:
        return result.error
    try:
        return f"{result.status} {HTTPStatus(result.status).phrase}"
    except ValueError:
        return str(result.status)


def trimmed(view: Any, size: int) -> Any:
    """The view with bodies cut to ``size`` bytes of UTF-8, or without bodies for -1."""
    if isinstance(view, list):
        return [trimmed(part, size) for part in view]
    if not isinstance(view, dict):
        return view
    kept = {name: value for name, value in view.items() if size >= 0 or name not in _BODIES}
    return {
        name: _cut(value, size) if name in _BODIES and isinstance(value, str) else trimmed(value, size)
        for name, value in kept.items()
    }


def _cut(text: str, size: int) -> str:
    return text.encode("utf-8", "replace")[:size].decode("utf-8", "ignore")


def _is_time(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, str) or (isinstance(value, int | float) and math.isfinite(value))


def _call_extras(run: Run, call: Message, report: Json | None) -> Json:
    publication = call.publication
    redaction = run.settings.redaction
    found: Json = {
        "callUrl": call.url,
        "callMethod": publication.options.method,
        "callHeaders": header_map(shown_headers(publication.options.headers, redaction)),
        "callBody": shown_body(publication.body, redaction).decode("utf-8", "replace"),
    }
    if report is not None:
        body = shown_body(b64decode(report["body"]), redaction)
        found["callResponseStatus"] = report["status"]
        found["callResponseBody"] = body.decode("utf-8", "replace")
        found["callResponseHeaders"] = report["header"]
    return found


def _invocation_extras(invocation: Invocation) -> Json:
    child = invocation.run
    redaction = child.settings.redaction
    return {
        "invokedWorkflowRunId": child.id,
        "invokedWorkflowUrl": child.url,
        "invokedWorkflowCreatedAt": child.created_ms,
        "invokedWorkflowRunBody": shown_body(child.initial_body, redaction).decode("utf-8", "replace"),
        "invokedWorkflowRunHeaders": header_map(shown_headers(child.settings.headers, redaction)),
    }


def _error(entry: LogEntry) -> Json:
    result = entry.result
    assert result is not None
    fields: Json = {"error": error_text(result), "body": "", "headers": {}, "status": 0, "time": entry.time_ms}
    if isinstance(result, Responded):
        fields |= {
            "body": result.body.decode("utf-8", "replace"),
            "headers": header_map(result.headers),
            "status": result.status,
        }
    return fields
