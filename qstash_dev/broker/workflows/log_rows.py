"""Steps in the workflow log (https://upstash.com/docs/workflow/api-reference/logs/list-workflow-run-logs)."""

from __future__ import annotations

import json
import math
from base64 import b64decode
from http import HTTPStatus
from typing import Any, TypeVar

from msgspec import Struct

from qstash_dev.api.shapes import workflow_logs as shapes
from qstash_dev.api.shapes.fields import UNSET, Headers, Maybe
from qstash_dev.protocol.callback import header_map
from qstash_dev.protocol.publication import Redaction
from qstash_dev.protocol.redaction import shown_body, shown_headers
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.protocol.step import STEP, Step
from qstash_dev.state.message import Message, State
from qstash_dev.state.run import Invocation, Run, RunLogEntry, Waiter

Shown = TypeVar("Shown", bound=Struct)
Reports = dict[str, dict[str, Any]]
"""What is reported about third-party calls, by the message that called."""
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
# How the names of fields with bodies end, beside `out`.
_BODIES = ("body", "response")


def initial(run: Run, entry: RunLogEntry) -> shapes.Step:
    step = Step(0, "init", "Initial")
    shown = row(run, step, entry.message_id, entry.created_ms, entry.message, "STEP_SUCCESS")
    shown.out = _body(entry.body, run.settings.redaction)
    return shown


def recorded(run: Run, entry: RunLogEntry, reports: Reports) -> shapes.Step:
    """The row of a step that is done. ``reports`` are the results of calls by the id of the message that called."""
    step = entry.step
    assert step is not None
    shown = row(run, step, entry.message_id, entry.created_ms, entry.message, "STEP_SUCCESS")
    if (out := step.fields.get("out")) is not None:
        text = out if isinstance(out, str) else json.dumps(out)
        shown.out = _body(text.encode("utf-8", "replace"), run.settings.redaction)
    put_extras(shown, run, step, reports, done=True)
    return shown


def row(run: Run, step: Step, message_id: str, created_ms: int, message: Message | None, state: str) -> shapes.Step:
    """A row with the fields of every step."""
    options = message.publication.options if message is not None else None
    return shapes.Step(
        step_name=step.name,
        step_type=step.type,
        call_type=STEP,
        message_id=message_id,
        concurrent=step.concurrent,
        created_at=created_ms,
        state=state,
        retries=options.retries if options is not None else run.settings.retries,
        headers=header_map(shown_headers(options.headers if options else (), run.settings.redaction)),
        step_id=step.number or UNSET,
        retry_delay=UNSET if options is None or options.retry_delay is None else options.retry_delay,
    )


def put_extras(shown: shapes.Step, run: Run, step: Step, reports: Reports, *, done: bool) -> None:
    """Set the fields of some types of steps."""
    fields = step.fields
    shown.sleep_for, shown.sleep_until = _time(fields.get("sleepFor")), _time(fields.get("sleepUntil"))
    if done and isinstance(fields.get("waitEventId"), str) and fields.get("waitTimeout") is not None:
        shown.wait_event_id = fields["waitEventId"]
        shown.wait_timeout_duration = str(fields.get("timeout", ""))
        shown.wait_timeout = bool(fields["waitTimeout"])
        shown.wait_timeout_deadline = run.deadlines.get(step.number, UNSET)
    if (call := run.calls.get(step.number)) is not None:
        _put_call(shown, run, call, reports.get(call.id))
    for invocation in run.invocations:
        if invocation.step.number == step.number:
            _put_invocation(shown, invocation)


def put_wait(shown: shapes.Step, waiter: Waiter) -> None:
    """Set the fields of a step that waits for an event."""
    shown.wait_event_id, shown.wait_timeout_duration = waiter.event_id, waiter.timeout
    shown.wait_timeout_deadline, shown.wait_timeout = waiter.deadline_ms, False


def step_state(message: Message | None) -> str:
    """The state of the step that this message delivers."""
    return "STEP_PROGRESS" if message is None else STEP_STATES[message.state]


def busy_state(message: Message | None) -> str:
    """The state of a step that has begun and has no result yet."""
    state = step_state(message)
    return "STEP_PROGRESS" if state == "STEP_SUCCESS" else state


def errors_of(message: Message) -> Maybe[list[shapes.StepError]]:
    """The failed attempts of a message, oldest first; ``UNSET`` if there are none."""
    found = []
    for entry in message.tenant.log.of_messages((message.id,)):
        if entry.state is State.ERROR and (result := entry.result) is not None:
            status, headers, body = answer_of(result)
            at_ms, text = entry.time_ms, error_text(result)
            found.append(shapes.StepError(error=text, body=body, headers=headers, status=status, time=at_ms))
    return found or UNSET


def error_text(result: DeliveryResult) -> str:
    """The status and its phrase, or the error of an attempt that failed in another way."""
    if not isinstance(result, Responded) or (result.fault is not None and 200 <= result.status < 300):
        return result.error
    try:
        return f"{result.status} {HTTPStatus(result.status).phrase}"
    except ValueError:
        return str(result.status)


def answer_of(result: DeliveryResult) -> tuple[int, Headers, str]:
    """The status, the headers and the body of an answer; ``(0, {}, "")`` without one."""
    if not isinstance(result, Responded):
        return 0, {}, ""
    return result.status, header_map(result.headers), result.body.decode("utf-8", "replace")


def trimmed(shown: Shown, size: int | None) -> Shown:
    """A shape with its bodies cut to ``size`` bytes of UTF-8, or without bodies for -1."""
    if size is not None:
        _trim(shown, size)
    return shown


def _trim(shown: object, size: int) -> None:
    if isinstance(shown, list):
        for part in shown:
            _trim(part, size)
    elif isinstance(shown, Struct):
        for name in shown.__struct_fields__:
            value = getattr(shown, name)
            if (name == "out" or name.endswith(_BODIES)) and isinstance(value, str):
                cut = value.encode("utf-8", "replace")[: max(0, size)].decode("utf-8", "ignore")
                setattr(shown, name, UNSET if size < 0 else cut)
            else:
                _trim(value, size)


def _body(body: bytes, redaction: Redaction | None) -> str:
    return shown_body(body, redaction).decode("utf-8", "replace")


def _time(value: Any) -> Maybe[float | str]:
    """A duration or a time as a step gives it, unless it is of another kind."""
    if isinstance(value, str) or (isinstance(value, int | float) and math.isfinite(value)):
        return UNSET if isinstance(value, bool) else value
    return UNSET


def _put_call(shown: shapes.Step, run: Run, call: Message, report: dict[str, Any] | None) -> None:
    publication = call.publication
    redaction = run.settings.redaction
    shown.call_url, shown.call_method = call.url, publication.options.method
    shown.call_headers = header_map(shown_headers(publication.options.headers, redaction))
    shown.call_body = _body(publication.body, redaction)
    if report is not None:
        shown.call_response_status, shown.call_response_headers = report["status"], report["header"]
        shown.call_response_body = _body(b64decode(report["body"]), redaction)


def _put_invocation(shown: shapes.Step, invocation: Invocation) -> None:
    child = invocation.run
    redaction = child.settings.redaction
    shown.invoked_workflow_run_id, shown.invoked_workflow_url = child.id, child.url
    shown.invoked_workflow_created_at = child.created_ms
    shown.invoked_workflow_run_body = _body(child.initial_body, redaction)
    shown.invoked_workflow_run_headers = header_map(shown_headers(child.settings.headers, redaction))
