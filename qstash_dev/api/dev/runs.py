"""Workflow runs of one user, newest first, a page at a time, with what they wait for (``GET /_dev/runs``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiohttp import web
from msgspec import UnsetType

from qstash_dev.api.dev.messages import checked_search
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.dev.run_times import sleeping
from qstash_dev.api.request import reply
from qstash_dev.api.shapes.dev_runs import RunList, RunSummary, RunWait, WaitKind
from qstash_dev.api.shapes.fields import UNSET, Maybe
from qstash_dev.api.v2.workflows.filters import paged, run_filter
from qstash_dev.explain.brief import brief
from qstash_dev.explain.moment import Moment
from qstash_dev.protocol.filters import Query, count_of, cursor_of
from qstash_dev.protocol.hints import reason_of
from qstash_dev.protocol.step import WEBHOOK, Step
from qstash_dev.state.message import Message
from qstash_dev.state.run import CallbackState, Invocation, Run, RunMessageKind, RunState, Waiter
from qstash_dev.state.tenant import Tenant


def waits(run: Run, moment: Moment) -> list[RunWait]:
    """Everything that lets the run continue when it happens, soonest first; nothing for a run that has ended."""
    if not run.alive:
        return []
    found = [_message(run, message, moment) for message in run.pending.values()]
    found += [_waiter(waiter) for waiter in run.waiters]
    found += [_invocation(invocation) for invocation in run.invocations if invocation.run.alive]
    return sorted(found, key=lambda one: moment.now_ms if isinstance(one.due_at, UnsetType) else one.due_at)


def _message(run: Run, message: Message, moment: Moment) -> RunWait:
    return RunWait(
        kind=_kind(message),
        text=brief(message, moment),
        message_id=message.id,
        url=message.url,
        due_at=message.due_ms if message.timer else UNSET,
        **_named(_step(run, message)),
    )


def _kind(message: Message) -> WaitKind:
    run_message = message.run_message
    if run_message is not None and run_message.kind is RunMessageKind.CALL:
        return "call"
    if message.in_flight:
        return "delivery"
    if sleeping(message):
        return "delay" if run_message is not None and run_message.kind is RunMessageKind.INIT else "sleep"
    return "retry" if message.timer else "turn"


def _step(run: Run, message: Message) -> Step | None:
    """The step that sleeps, calls or has been planned. Other messages have none: the SDK names their step when they
    are delivered."""
    run_message = message.run_message
    if run_message is None:
        return None
    delivers = run.entries[run_message.entry].step if 0 <= run_message.entry < len(run.entries) else None
    if sleeping(message) or (delivers is not None and delivers.is_plan):
        return delivers or run_message.step
    return run_message.step if run_message.kind is RunMessageKind.CALL else None


def _waiter(waiter: Waiter) -> RunWait:
    run, by_webhook = waiter.run, waiter.step.type == WEBHOOK
    return RunWait(
        kind="webhook" if by_webhook else "event",
        text=f"event {waiter.event_id}",
        event_id=waiter.event_id,
        waiters=len(run.tenant.runs.waiters.get(waiter.event_id, ())),
        due_at=waiter.deadline_ms,
        hook=f"v2/workflows/hooks/{run.tenant.user.id}/{run.id}/{waiter.event_id}" if by_webhook else UNSET,
        **_named(waiter.step),
    )


def _invocation(invocation: Invocation) -> RunWait:
    child = invocation.run
    text = f"run {child.id}"
    return RunWait("invoke", text, workflow_run_id=child.id, url=child.url, **_named(invocation.step))


def _named(step: Step | None) -> dict[str, Any]:
    return {} if step is None else {"step_name": step.name, "step_id": step.number}


MAX_COUNT = 200
MAX_WAITS = 3
_STATES = [state.value for state in RunState]


async def runs(request: DevRequest) -> web.Response:
    """``GET /_dev/runs``: the workflow runs of one user that the query chooses, newest first.

    ``search`` finds text in ids, URLs, labels, events and errors.
    """
    query, tenant = request.query(), request.tenant()
    search = checked_search(request.http.query.get("search", "")).lower()
    page, cursor = paged(_chosen(tenant, query, search), count_of(query, MAX_COUNT, 50))
    moment = request.services.travel.calls.moment()
    return reply(RunList([summary(run, moment) for run in page], len(tenant.runs), cursor or UNSET))


def summary(run: Run, moment: Moment) -> RunSummary:
    """A run as a row of a list."""
    waiting = waits(run, moment)
    # A sleep is in the log since it began.
    asleep = {one.step_id for one in waiting if one.kind == "sleep"}
    return RunSummary(
        workflow_run_id=run.id,
        created_at=run.created_ms,
        url=run.url,
        state=run.state,
        steps=sum(1 for number, target in run.done if target is None and number and number not in asleep),
        completed_at=run.completed_ms or UNSET,
        labels=list(run.settings.labels) or UNSET,
        flow_control_key=run.settings.flow_control.key if run.settings.flow_control else UNSET,
        invoked_by=run.invoker.run_id if run.invoker else UNSET,
        error=run.failure.result.error or UNSET if run.failure else UNSET,
        failure_reason=reason_of(run.failure.result) or UNSET if run.failure else UNSET,
        failure_function_state=failure_function_state(run),
        waits=waiting[:MAX_WAITS] or UNSET,
        older=run.tenant.runs.get(run.id) is not run or UNSET,
        more_waits=max(0, len(waiting) - MAX_WAITS) or UNSET,
    )


def failure_function_state(run: Run) -> Maybe[CallbackState]:
    """The state of the failure function of a run that has failed, if it has one."""
    failure = run.failure
    return failure.state or UNSET if failure is not None and failure.has_function else UNSET


def _chosen(tenant: Tenant, query: Query, search: str) -> Iterator[Run]:
    matches, states = run_filter(query), query.states(_STATES)
    for run in tenant.runs.newest_first(cursor_of(query)):
        if (not states or run.state.value in states) and matches(run, run.created_ms) and search in _text(run):
            yield run


def _text(run: Run) -> str:
    events = [waiter.event_id for waiter in run.waiters]
    error = [run.failure.result.error] if run.failure else []
    invoker = [run.invoker.run_id] if run.invoker else []
    return "\n".join((run.id, run.url, *run.settings.labels, *invoker, *events, *error)).lower()
