"""The log of workflow runs (https://upstash.com/docs/workflow/basics/client/logs)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from aiohttp import web

from qstash_dev.api.request import ApiRequest, reply
from qstash_dev.api.shapes.fields import UNSET
from qstash_dev.api.shapes.workflow_logs import Runs, StepInfo, WorkflowEvent, WorkflowEvents
from qstash_dev.api.v2.logs import trim_body
from qstash_dev.api.v2.workflows.filters import paged, run_filter
from qstash_dev.broker.workflows.log_rows import STEP_STATES, error_text, trimmed
from qstash_dev.broker.workflows.log_view import put_response, put_run_state, run_view, step_states
from qstash_dev.protocol.callback import header_map
from qstash_dev.protocol.filters import Query, count_of, cursor_of
from qstash_dev.protocol.redaction import shown_headers
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.run import Run, RunMessage, RunState

MAX_RUNS = 10
MAX_EVENTS = 1_000
RUN_STATES = [state.value for state in RunState]
STATES = [*RUN_STATES, *sorted(set(STEP_STATES.values()))]


async def logs(request: ApiRequest) -> web.Response:
    """``GET /v2/workflows/logs``: runs, newest first."""
    query = request.query()
    page, cursor = paged(_chosen(request, query), count_of(query, MAX_RUNS))
    trim = trim_body(query)
    return reply(Runs([trimmed(run_view(run), trim) for run in page], cursor or UNSET))


async def events(request: ApiRequest) -> web.Response:
    """``GET /v2/workflows/events``: runs if they are asked for with ``groupBy``, single events otherwise."""
    query = request.query()
    if query.choice("groupBy", ("workflowRunId",)):
        return await logs(request)
    count, trim = count_of(query, MAX_EVENTS), trim_body(query)
    found = list(islice(_entries(request, query), count + 1))
    page = [trimmed(_event(entry), trim) for entry in found[:count]]
    last = found[count - 1] if len(found) > count else None
    return reply(WorkflowEvents(page, f"{last.time_ms}-{last.seq}" if last else UNSET))


def _chosen(request: ApiRequest, query: Query) -> Iterable[Run]:
    runs = request.tenant.runs.newest_first(cursor_of(query))
    named = frozenset(query.all("workflowRuns"))
    if named:
        # Instances make every other filter void (OpenAPI).
        return (run for run in runs if run.id in named or f"{run.id}@{run.created_ms}" in named)
    matches, in_state = run_filter(query), _state_filter(query)
    return (run for run in runs if matches(run, run.created_ms) and in_state(run))


def _state_filter(query: Query) -> Callable[[Run], bool]:
    wanted = query.states(STATES)
    of_steps = wanted.difference(RUN_STATES)
    return lambda run: not wanted or run.state.value in wanted or bool(of_steps and of_steps & step_states(run))


def _entries(request: ApiRequest, query: Query) -> Iterator[LogEntry]:
    matches, states = run_filter(query), query.states(STATES)
    for entry in request.tenant.log.walk(latest_first=True, after=cursor_of(query)):
        run = entry.run
        if not entry.is_event and (entry.run_state is None or "messageId" in query.values):
            continue
        if run is not None and matches(run, entry.time_ms) and (not states or _state(entry) in states):
            yield entry


def _state(entry: LogEntry) -> str:
    return entry.run_state or STEP_STATES[entry.state]


def _event(entry: LogEntry) -> WorkflowEvent:
    run, run_message, options = entry.run, entry.message.run_message, entry.message.publication.options
    assert run is not None
    assert run_message is not None
    event = WorkflowEvent(
        time=entry.time_ms,
        state=_state(entry),
        workflow_run_id=run.id,
        workflow_created_at=run.created_ms,
        workflow_url=run.url,
        headers=header_map(shown_headers(options.headers, options.redaction)),
        caller_ip=run.caller_ip,
    )
    if run.settings.labels:
        event.label, event.labels = run.settings.labels[0], list(run.settings.labels)
    if entry.run_state is None:
        _put_step(event, entry, run_message)
    else:
        put_run_state(event, run, entry.run_state)
    return event


def _put_step(event: WorkflowEvent, entry: LogEntry, run_message: RunMessage) -> None:
    step, result = run_message.step, entry.result
    event.message_id = entry.message.id
    event.step_info = StepInfo(step.name if step else run_message.kind.value, step.type if step else "")
    if entry.next_delivery_ms is not None:
        event.next_delivery_time = entry.next_delivery_ms
    put_response(event, result)
    if result is not None and not result.succeeded:
        event.error = error_text(result)
