"""Runs in the workflow log (https://upstash.com/docs/workflow/api-reference/logs/list-workflow-run-logs)."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from qstash_dev.broker.workflows.log_rows import (
    busy_state,
    errors_of,
    extras,
    initial,
    recorded,
    row,
    step_state,
    wait_extras,
)
from qstash_dev.protocol.callback import header_map
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.protocol.step import FROM_CALLBACK, STEP, TO_CALLBACK, Step
from qstash_dev.state.message import State
from qstash_dev.state.run import Failure, Invoker, Run, RunLogEntry, RunState

Json = dict[str, Any]


def run_view(run: Run) -> Json:
    """A run with all its steps."""
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


class _ServerSteps(NamedTuple):
    """The calls, waits and invokes of a run, which the server does."""

    rows: dict[int, Json]  #: by step number
    reports: dict[str, Json]  #: results of calls, by the id of the message that called


def run_event(run: Run, state: str) -> Json:
    """The fields that only the event for the beginning or end of a run has."""
    match RunState(state), run.invoker, run.failure:
        case RunState.STARTED, Invoker() as invoker, _:
            return {
                "invokerWorkflowRunId": invoker.run_id,
                "invokerWorkflowUrl": invoker.url,
                "invokerWorkflowCreatedAt": invoker.created_ms,
            }
        case RunState.SUCCESS, _, _ if run.response is not None:
            return {"workflowRunResponse": run.response}
        case RunState.FAILED, _, Failure() as failure:
            return {"dlqId": failure.letter.id}
    return {}


def step_states(run: Run) -> set[str]:
    """The states of the steps of a run."""
    return {step["state"] for group in _groups(run) for step in group["steps"]}


def _groups(run: Run) -> list[Json]:
    rows: list[tuple[int, Json]] = []
    server_steps = _server_steps(run)
    steps = [entry for entry in run.entries if entry.call_type == STEP]
    parallel = {entry.step.number: entry for entry in steps if entry.step is not None and entry.step.is_plan}
    results = {entry.step.id: entry for entry in steps if entry.step is not None and not entry.step.is_plan}
    if steps:
        rows.append((0, _group("sequential", [initial(run, steps[0])])))
    for plans in _plan_groups(parallel):
        branches = [_branch(run, plan, results.get(number), server_steps) for number, plan in plans]
        rows.append((plans[0][0], _group("parallel", branches)))
    for number, entry in results.items():
        if number not in parallel:
            rows.append((number, _group("sequential", [recorded(run, entry, server_steps.reports)])))
    unfinished = [(n, fields) for n, fields in server_steps.rows.items() if n not in parallel and n not in results]
    rows += [(number, _group("sequential", [fields])) for number, fields in unfinished]
    rows.sort(key=lambda numbered: numbered[0])
    return [group for _, group in rows] + _next(run)


def _group(kind: str, steps: list[Json]) -> Json:
    return {"type": kind, "steps": steps}


def _plan_groups(parallel: dict[int, RunLogEntry]) -> list[list[tuple[int, RunLogEntry]]]:
    """The plans of each parallel group, in the order of their steps. Each branch has a step number."""
    groups: list[list[tuple[int, RunLogEntry]]] = []
    last = 0
    for number in sorted(parallel):
        plan = parallel[number]
        assert plan.step is not None
        if number > last:
            groups.append([])
            last = number + plan.step.concurrent - 1
        groups[-1].append((number, plan))
    return groups


def _branch(run: Run, plan: RunLogEntry, result: RunLogEntry | None, server_steps: _ServerSteps) -> Json:
    """The row of a branch of a parallel group, for its plan and its result."""
    assert plan.step is not None
    if result is not None:
        fields = recorded(run, result, server_steps.reports)
    elif plan.step.number in server_steps.rows:
        fields = server_steps.rows[plan.step.number]
    else:
        named = Step(plan.step.number, plan.step.name, plan.step.type, plan.step.concurrent, None, plan.step.fields)
        state = busy_state(plan.message)
        fields = row(run, named, plan.message_id, plan.created_ms, plan.message, state)
        fields |= extras(run, named, server_steps.reports, done=False)
    return fields if plan.message is None else fields | errors_of(plan.message)


def _server_steps(run: Run) -> _ServerSteps:
    rows: dict[int, Json] = {}
    found = (json.loads(entry.body) for entry in run.entries if entry.call_type == FROM_CALLBACK)
    reports = {report["sourceMessageId"]: report for report in found}
    for number, message in run.calls.items():
        run_message = message.run_message
        if run_message is not None and run_message.step is not None:
            rows[number] = row(run, run_message.step, message.id, message.created_ms, message, busy_state(message))
            rows[number] |= extras(run, run_message.step, reports, done=False) | errors_of(message)
    for waiter in run.waiters:
        fields = row(run, waiter.step, "", waiter.created_ms, None, "STEP_PROGRESS")
        rows[waiter.step.number] = fields | wait_extras(waiter)
    for invocation in run.invocations:
        state = "STEP_PROGRESS" if invocation.run.alive else "STEP_SUCCESS"
        fields = row(run, invocation.step, "", invocation.created_ms, None, state)
        rows[invocation.step.number] = fields | extras(run, invocation.step, reports, done=False)
    return _ServerSteps(rows, reports)


def _next(run: Run) -> list[Json]:
    """The deliveries that are next, or the one that failed. Plans are shown in their groups."""
    if run.state is RunState.SUCCESS:
        return []
    rows = []
    for entry in run.entries:
        message = entry.message
        planned = entry.step is not None and entry.step.is_plan
        if message is None or planned or entry.call_type == TO_CALLBACK or message.state is State.DELIVERED:
            continue
        fields: Json = {
            "messageId": message.id,
            "state": step_state(message),
            "retries": message.publication.options.retries,
            **errors_of(message),
        }
        if message.timer:
            fields["nextDeliveryTime"] = message.due_ms
        if message.publication.options.retry_delay is not None:
            fields["retryDelay"] = message.publication.options.retry_delay
        # The message delivers the steps before. Newer SDKs name the step that failed.
        if named := fields.get("errors", [{}])[-1].get("headers", {}).get("Upstash-Error-Step-Name"):
            fields["stepName"] = named[0]
        rows.append(fields)
    return [_group("next", rows)] if rows else []


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
        **errors_of(message),
        **callback_response(failure.callback_result),
    }
    if message.timer:
        fields["nextDeliveryTime"] = message.due_ms
    return fields


def callback_response(result: DeliveryResult | None) -> Json:
    """The answer to a failure callback; empty without one."""
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
