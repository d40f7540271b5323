"""One workflow run as its log shows it: what was done, what is going on, and what went wrong."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from qstash_dev.protocol.callback import header_map
from qstash_dev.protocol.redaction import shown_body, shown_headers
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.protocol.step import FROM_CALLBACK, STEP, TO_CALLBACK, Step
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import Message, State
from qstash_dev.state.run import Entry, Invocation, Run
from qstash_dev.state.waiter import Waiter

Json = dict[str, Any]
_STEP_STATES = {
    State.DELIVERED: "STEP_SUCCESS",
    State.RETRY: "STEP_RETRY",
    State.FAILED: "STEP_FAILED",
    State.CANCELED: "STEP_CANCELED",
    State.CANCEL_REQUESTED: "STEP_CANCELED",
}


def run_view(run: Run) -> Json:
    """One run, with all of its steps."""
    settings = run.settings
    fields: Json = {
        "workflowRunId": run.id,
        "workflowUrl": run.url,
        "workflowState": run.state.value,
        "workflowRunCreatedAt": run.created_ms,
        "workflowRunCallerIp": run.caller_ip,
        "steps": _groups(run),
    }
    optional = {
        "workflowRunCompletedAt": run.completed_ms,
        "workflowRunResponse": run.response,
        "label": settings.labels[0] if settings.labels else None,
        "labels": list(settings.labels) or None,
        "flowControlKey": settings.flow_control.key if settings.flow_control else None,
        "dlqId": run.failure.letter.id if run.failure else None,
        "failureFunction": _failure_function(run),
        "invoker": _invoker(run),
        "notes": [{"time": note.time_ms, "text": note.text} for note in run.notes] or None,
    }
    return fields | {name: value for name, value in optional.items() if value is not None}


def errors_of(message: Message) -> list[Json]:
    """What went wrong with the attempts of a message, oldest first."""
    entries = message.tenant.log.of_messages((message.id,))
    return [_error(entry) for entry in entries if entry.state is State.ERROR and entry.result is not None]


@dataclass(frozen=True, slots=True)
class _Busy:
    """What the server does for a run itself: rows of what goes on, by the number of their step, and the reports
    about calls, by the message that called."""

    rows: dict[int, Json]
    reports: dict[str, Json]


def _groups(run: Run) -> list[Json]:
    rows: list[tuple[int, Json]] = []
    busy = _busy(run)
    steps = [entry for entry in run.entries if entry.call_type == STEP]
    parallel = {entry.step.number: entry for entry in steps if entry.step is not None and entry.step.is_plan}
    results = {entry.step.id: entry for entry in steps if entry.step is not None and not entry.step.is_plan}
    if steps:
        rows.append((0, _group("sequential", [_initial(run, steps[0])])))
    for plans in _plan_groups(parallel):
        branches = [_branch(run, plan, results.get(number), busy) for number, plan in plans]
        rows.append((plans[0][0], _group("parallel", branches)))
    for number, entry in results.items():
        if number not in parallel:
            rows.append((number, _group("sequential", [_recorded(run, entry, busy.reports)])))
    going_on = [(n, row) for n, row in busy.rows.items() if n not in parallel and n not in results]
    rows += [(number, _group("sequential", [row])) for number, row in going_on]
    rows.sort(key=lambda row: row[0])
    return [row for _, row in rows] + _next(run)


def _group(kind: str, steps: list[Json]) -> Json:
    return {"type": kind, "steps": steps}


def _plan_groups(parallel: dict[int, Entry]) -> list[list[tuple[int, Entry]]]:
    """The plans of each group, in the order of their steps: a group takes as many numbers as it has branches."""
    groups: list[list[tuple[int, Entry]]] = []
    last = 0
    for number in sorted(parallel):
        plan = parallel[number]
        assert plan.step is not None
        if number > last:
            groups.append([])
            last = number + plan.step.concurrent - 1
        groups[-1].append((number, plan))
    return groups


def _initial(run: Run, entry: Entry) -> Json:
    step = Step(0, "init", "Initial")
    out = shown_body(entry.body, run.settings.redaction).decode("utf-8", "replace")
    return _row(run, step, entry.message_id, entry.created_ms, entry.message, "STEP_SUCCESS") | {"out": out}


def _recorded(run: Run, entry: Entry, reports: dict[str, Json]) -> Json:
    step = entry.step
    assert step is not None
    row = _row(run, step, entry.message_id, entry.created_ms, entry.message, "STEP_SUCCESS")
    if (out := step.fields.get("out")) is not None:
        text = out if isinstance(out, str) else json.dumps(out)
        row["out"] = shown_body(text.encode("utf-8", "surrogatepass"), run.settings.redaction).decode(
            "utf-8", "replace"
        )
    return row | _extras(run, step, reports, done=True)


def _branch(run: Run, plan: Entry, result: Entry | None, busy: _Busy) -> Json:
    """A branch of a parallel group: its plan and its result are one row."""
    assert plan.step is not None
    if result is not None:
        row = _recorded(run, result, busy.reports)
    elif plan.step.number in busy.rows:
        row = busy.rows[plan.step.number]
    else:
        state = _busy_state(plan.message)
        named = Step(plan.step.number, plan.step.name, plan.step.type, plan.step.concurrent)
        row = _row(run, named, plan.message_id, plan.created_ms, plan.message, state)
    if plan.message is not None and (found := errors_of(plan.message)):
        row["errors"] = found
    return row


def _busy(run: Run) -> _Busy:
    rows: dict[int, Json] = {}
    found = (json.loads(entry.body) for entry in run.entries if entry.call_type == FROM_CALLBACK)
    reports = {report["sourceMessageId"]: report for report in found}
    for number, message in run.calls.items():
        part = message.part
        if part is not None and part.step is not None:
            rows[number] = _row(run, part.step, message.id, message.created_ms, message, _busy_state(message))
            rows[number] |= _extras(run, part.step, reports, done=False) | _with_errors(message)
    for waiter in run.waiters:
        row = _row(run, waiter.step, "", waiter.created_ms, None, "STEP_PROGRESS")
        rows[waiter.step.number] = row | _wait_extras(waiter)
    for invocation in run.invocations:
        state = "STEP_PROGRESS" if invocation.run.alive else "STEP_SUCCESS"
        row = _row(run, invocation.step, "", invocation.created_ms, None, state)
        rows[invocation.step.number] = row | _extras(run, invocation.step, reports, done=False)
    return _Busy(rows, reports)


def _busy_state(message: Message | None) -> str:
    # What was delivered has begun, but has not come to its result yet.
    state = _step_state(message)
    return "STEP_PROGRESS" if state == "STEP_SUCCESS" else state


def _row(run: Run, step: Step, message_id: str, created_ms: int, message: Message | None, state: str) -> Json:
    options = message.publication.options if message is not None else None
    row: Json = {
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
        row["stepId"] = step.number
    if options is not None and options.retry_delay is not None:
        row["retryDelay"] = options.retry_delay
    return row


def _extras(run: Run, step: Step, reports: dict[str, Json], *, done: bool) -> Json:
    """What only some types of steps have."""
    extras = {name: step.fields[name] for name in ("sleepFor", "sleepUntil") if step.fields.get(name) is not None}
    if done and isinstance(step.fields.get("waitEventId"), str) and step.fields.get("waitTimeout") is not None:
        extras["waitEventId"] = step.fields["waitEventId"]
        extras["waitTimeoutDuration"] = step.fields.get("timeout", "")
        extras["waitTimeoutDeadline"] = run.deadlines.get(step.number)
        extras["waitTimeout"] = bool(step.fields["waitTimeout"])
    if (call := run.calls.get(step.number)) is not None:
        extras |= _call_extras(run, call, reports.get(call.id))
    for invocation in run.invocations:
        if invocation.step.number == step.number:
            extras |= _invocation_extras(invocation)
    return extras


def _wait_extras(waiter: Waiter) -> Json:
    return {
        "waitEventId": waiter.event_id,
        "waitTimeoutDuration": waiter.timeout,
        "waitTimeoutDeadline": waiter.deadline_ms,
        "waitTimeout": False,
    }


def _call_extras(run: Run, call: Message, report: Json | None) -> Json:
    publication = call.publication
    redaction = run.settings.redaction
    extras: Json = {
        "callUrl": call.url,
        "callMethod": publication.options.method,
        "callHeaders": header_map(shown_headers(publication.options.headers, redaction)),
        "callBody": shown_body(publication.body, redaction).decode("utf-8", "replace"),
    }
    if report is not None:
        body = shown_body(b64decode(report["body"]), redaction)
        extras["callResponseStatus"] = report["status"]
        extras["callResponseBody"] = body.decode("utf-8", "replace")
        extras["callResponseHeaders"] = report["header"]
    return extras


def _invocation_extras(invocation: Invocation) -> Json:
    child = invocation.run
    redaction = child.settings.redaction
    return {
        "invokedWorkflowRunId": child.id,
        "invokedWorkflowUrl": child.url,
        "invokedWorkflowCreatedAt": child.created_ms,
        "invokedWorkflowRunBody": shown_body(invocation.body, redaction).decode("utf-8", "replace"),
        "invokedWorkflowRunHeaders": header_map(shown_headers(child.settings.headers, redaction)),
    }


def _next(run: Run) -> list[Json]:
    """What is delivered next, or what the run died of. A plan shows in its group instead."""
    if run.state.value == "RUN_SUCCESS":
        return []
    rows = []
    for entry in run.entries:
        message = entry.message
        planned = entry.step is not None and entry.step.is_plan
        if message is None or planned or entry.call_type == TO_CALLBACK or message.state is State.DELIVERED:
            continue
        row: Json = {
            "messageId": message.id,
            "state": _step_state(message),
            "retries": message.publication.options.retries,
            **_with_errors(message),
        }
        if message.timer:
            row["nextDeliveryTime"] = message.due_ms
        if message.publication.options.retry_delay is not None:
            row["retryDelay"] = message.publication.options.retry_delay
        # The message delivers the step before; which one it fails in, newer SDKs tell.
        if named := row.get("errors", [{}])[-1].get("headers", {}).get("Upstash-Error-Step-Name"):
            row["stepName"] = named[0]
        rows.append(row)
    return [_group("next", rows)] if rows else []


def _step_state(message: Message | None) -> str:
    return "STEP_PROGRESS" if message is None else _STEP_STATES.get(message.state, "STEP_PROGRESS")


def _with_errors(message: Message) -> Json:
    found = errors_of(message)
    return {"errors": found} if found else {}


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


def error_text(result: DeliveryResult) -> str:
    """The status and its reason, or what was wrong otherwise."""
    if not isinstance(result, Responded) or result.fault is not None:
        return result.error
    try:
        return f"{result.status} {HTTPStatus(result.status).phrase}"
    except ValueError:
        return str(result.status)


def _failure_function(run: Run) -> Json | None:
    failure = run.failure
    if failure is None or failure.state is None or not failure.has_function:
        return None
    message, result = failure.callback_message, failure.result
    assert message is not None
    fields: Json = {
        "messageId": message.id,
        "url": message.url,
        "state": failure.state.value,
        "failHeaders": header_map(result.headers) if isinstance(result, Responded) else {},
        "failStatus": result.status if isinstance(result, Responded) else 0,
        "failResponse": result.body.decode("utf-8", "replace") if isinstance(result, Responded) else result.error,
        "dlqId": failure.letter.id,
        "maxRetries": message.publication.options.retries,
        **_with_errors(message),
        **callback_response(failure.callback_result),
    }
    if message.timer:
        fields["nextDeliveryTime"] = message.due_ms
    return fields


def callback_response(result: DeliveryResult | None) -> Json:
    """What a failure callback was answered, if it was."""
    if not isinstance(result, Responded):
        return {}
    return {
        "responseStatus": result.status,
        "responseBody": result.body.decode("utf-8", "replace"),
        "responseHeaders": header_map(result.headers),
    }


def _invoker(run: Run) -> Json | None:
    if run.invoker is None:
        return None
    return {
        "workflowRunId": run.invoker.run_id,
        "workflowUrl": run.invoker.url,
        "workflowRunCreatedAt": run.invoker.created_ms,
    }
