"""Runs in the workflow log (https://upstash.com/docs/workflow/api-reference/logs/list-workflow-run-logs)."""

from __future__ import annotations

import json
from typing import NamedTuple, Protocol

from qstash_dev.api.shapes import workflow_logs as shapes
from qstash_dev.api.shapes.fields import UNSET, Headers, Maybe
from qstash_dev.broker.workflows.log_rows import (
    Reports,
    answer_of,
    busy_state,
    errors_of,
    initial,
    put_extras,
    put_wait,
    recorded,
    row,
    step_state,
)
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.protocol.step import FROM_CALLBACK, STEP, TO_CALLBACK, Step
from qstash_dev.state.message import State
from qstash_dev.state.run import Failure, Invoker, Run, RunLogEntry, RunState

Group = shapes.SequentialStep | shapes.ParallelSteps | shapes.NextSteps


class ResponseFields(Protocol):
    """A shape with the fields of an answer."""

    response_status: Maybe[int]
    response_headers: Maybe[Headers]
    response_body: Maybe[str]


def run_view(run: Run) -> shapes.Run:
    settings = run.settings
    return shapes.Run(
        workflow_run_id=run.id,
        workflow_url=run.url,
        workflow_state=run.state,
        workflow_run_created_at=run.created_ms,
        workflow_run_caller_ip=run.caller_ip,
        steps=_groups(run),
        workflow_run_completed_at=UNSET if run.completed_ms is None else run.completed_ms,
        workflow_run_response=UNSET if run.response is None else run.response,
        label=settings.labels[0] if settings.labels else UNSET,
        labels=list(settings.labels) or UNSET,
        flow_control_key=settings.flow_control.key if settings.flow_control else UNSET,
        dlq_id=run.failure.letter.id if run.failure else UNSET,
        failure_function=_failure_function(run),
        invoker=shapes.Invoker(by.run_id, by.url, by.created_ms) if (by := run.invoker) else UNSET,
        notes=[shapes.Note(note.time_ms, note.text, note.kind, note.todo or UNSET) for note in run.notes] or UNSET,
    )


class _ServerSteps(NamedTuple):
    """The calls, waits and invokes of a run, which the server does."""

    rows: dict[int, shapes.Step]  #: by step number
    reports: Reports  #: results of calls, by the id of the message that called


def put_run_state(event: shapes.WorkflowEvent, run: Run, state: str) -> None:
    """Set the fields that only the event for the beginning or end of a run has."""
    match RunState(state), run.invoker, run.failure:
        case RunState.STARTED, Invoker() as invoker, _:
            event.invoker_workflow_run_id, event.invoker_workflow_url = invoker.run_id, invoker.url
            event.invoker_workflow_created_at = invoker.created_ms
        case RunState.SUCCESS, _, _ if run.response is not None:
            event.workflow_run_response = run.response
        case RunState.FAILED, _, Failure() as failure:
            event.dlq_id = failure.letter.id


def step_states(run: Run) -> set[str]:
    return {step.state for group in _groups(run) for step in group.steps}


def _groups(run: Run) -> list[Group]:
    rows: list[tuple[int, Group]] = []
    server_steps = _server_steps(run)
    steps = [entry for entry in run.entries if entry.call_type == STEP]
    parallel = {entry.step.number: entry for entry in steps if entry.step is not None and entry.step.is_plan}
    results = {entry.step.id: entry for entry in steps if entry.step is not None and not entry.step.is_plan}
    if steps:
        rows.append((0, shapes.SequentialStep([initial(run, steps[0])])))
    for plans in _plan_groups(parallel):
        branches = [_branch(run, plan, results.get(number), server_steps) for number, plan in plans]
        rows.append((plans[0][0], shapes.ParallelSteps(branches)))
    for number, entry in results.items():
        if number not in parallel:
            rows.append((number, shapes.SequentialStep([recorded(run, entry, server_steps.reports)])))
    unfinished = [(n, shown) for n, shown in server_steps.rows.items() if n not in parallel and n not in results]
    rows += [(number, shapes.SequentialStep([shown])) for number, shown in unfinished]
    rows.sort(key=lambda numbered: numbered[0])
    return [group for _, group in rows] + _next(run)


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


def _branch(run: Run, plan: RunLogEntry, result: RunLogEntry | None, server_steps: _ServerSteps) -> shapes.Step:
    """The row of a branch of a parallel group, for its plan and its result."""
    assert plan.step is not None
    if result is not None:
        shown = recorded(run, result, server_steps.reports)
    elif plan.step.number in server_steps.rows:
        shown = server_steps.rows[plan.step.number]
    else:
        named = Step(plan.step.number, plan.step.name, plan.step.type, plan.step.concurrent, None, plan.step.fields)
        state = busy_state(plan.message)
        shown = row(run, named, plan.message_id, plan.created_ms, plan.message, state)
        put_extras(shown, run, named, server_steps.reports, done=False)
    if plan.message is not None:
        shown.errors = errors_of(plan.message) or shown.errors
    return shown


def _server_steps(run: Run) -> _ServerSteps:
    rows: dict[int, shapes.Step] = {}
    found = (json.loads(entry.body) for entry in run.entries if entry.call_type == FROM_CALLBACK)
    reports = {report["sourceMessageId"]: report for report in found}
    for number, message in run.calls.items():
        run_message = message.run_message
        if run_message is not None and run_message.step is not None:
            rows[number] = row(run, run_message.step, message.id, message.created_ms, message, busy_state(message))
            put_extras(rows[number], run, run_message.step, reports, done=False)
            rows[number].errors = errors_of(message)
    for waiter in run.waiters:
        rows[waiter.step.number] = row(run, waiter.step, "", waiter.created_ms, None, "STEP_PROGRESS")
        put_wait(rows[waiter.step.number], waiter)
    for invocation in run.invocations:
        state = "STEP_PROGRESS" if invocation.run.alive else "STEP_SUCCESS"
        rows[invocation.step.number] = row(run, invocation.step, "", invocation.created_ms, None, state)
        put_extras(rows[invocation.step.number], run, invocation.step, reports, done=False)
    return _ServerSteps(rows, reports)


def _next(run: Run) -> list[Group]:
    """The deliveries that are next, or the one that failed. Plans are shown in their groups."""
    if run.state is RunState.SUCCESS:
        return []
    rows = []
    for entry in run.entries:
        message = entry.message
        planned = entry.step is not None and entry.step.is_plan
        if message is None or planned or entry.call_type == TO_CALLBACK or message.state is State.DELIVERED:
            continue
        options, failed = message.publication.options, errors_of(message)
        shown = shapes.NextStep(message.id, step_state(message), options.retries, failed)
        if message.timer:
            shown.next_delivery_time = message.due_ms
        if options.retry_delay is not None:
            shown.retry_delay = options.retry_delay
        # The message delivers the steps before. Newer SDKs name the step that failed.
        if failed and (named := failed[-1].headers.get("Upstash-Error-Step-Name")):
            shown.step_name = named[0]
        rows.append(shown)
    return [shapes.NextSteps(rows)] if rows else []


def _failure_function(run: Run) -> Maybe[shapes.FailureFunction]:
    failure = run.failure
    if failure is None or failure.state is None or not failure.has_function:
        return UNSET
    message, result = failure.callback_message, failure.result
    assert message is not None
    status, headers, body = answer_of(result)
    shown = shapes.FailureFunction(
        message_id=message.id,
        url=message.url,
        state=failure.state,
        fail_headers=headers,
        fail_status=status,
        fail_response=body if status else result.error,
        dlq_id=failure.letter.id,
        max_retries=message.publication.options.retries,
        errors=errors_of(message),
        next_delivery_time=message.due_ms if message.timer else UNSET,
    )
    put_response(shown, failure.callback_result)
    return shown


def put_response(shown: ResponseFields, result: DeliveryResult | None) -> None:
    """Set the fields of an answer, if there was one."""
    if isinstance(result, Responded):
        shown.response_status, shown.response_headers, shown.response_body = answer_of(result)
