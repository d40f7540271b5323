"""The log of workflow runs (QStash docs, API workflow/logs)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from aiohttp import web

from qstash_dev.api.request import ApiRequest, reply
from qstash_dev.api.v2.logs import trim_body
from qstash_dev.api.v2.workflows.filters import paged, run_filter
from qstash_dev.broker.workflows.log_rows import STEP_STATES, error_text, trimmed
from qstash_dev.broker.workflows.log_view import run_event, run_view, step_states
from qstash_dev.protocol import errors
from qstash_dev.protocol.callback import header_map
from qstash_dev.protocol.filters import Query, count_of, cursor_of
from qstash_dev.protocol.redaction import shown_headers
from qstash_dev.protocol.result import Responded
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
    views = [run_view(run) if trim is None else trimmed(run_view(run), trim) for run in page]
    return reply({"runs": views} | ({"cursor": cursor} if cursor else {}))


async def events(request: ApiRequest) -> web.Response:
    """``GET /v2/workflows/events``: runs if they are asked for with ``groupBy``, single events otherwise."""
    query = request.query()
    if (field := query.one("groupBy")) == "workflowRunId":
        return await logs(request)
    if field is not None:
        raise errors.INVALID_PARAMETER(("workflowRunId",), name="groupBy", value=field[:100])
    count, trim = count_of(query, MAX_EVENTS), trim_body(query)
    found = list(islice(_entries(request, query), count + 1))
    page = [_event(entry) if trim is None else trimmed(_event(entry), trim) for entry in found[:count]]
    last = found[count - 1] if len(found) > count else None
    return reply({"events": page} | ({"cursor": f"{last.time_ms}-{last.seq}"} if last else {}))


def _chosen(request: ApiRequest, query: Query) -> Iterable[Run]:
    runs = request.tenant.runs.newest_first(cursor_of(query))
    named = frozenset(query.all("workflowRuns"))
    if named:
        # Instances make every other filter void (OpenAPI).
        return (run for run in runs if run.id in named or f"{run.id}@{run.created_ms}" in named)
    matches, in_state = run_filter(query), _state_filter(query)
    return (run for run in runs if matches(run, run.created_ms) and in_state(run))


def _state_filter(query: Query) -> Callable[[Run], bool]:
    wanted = set(_states(query))
    of_steps = wanted.difference(RUN_STATES)
    return lambda run: not wanted or run.state.value in wanted or bool(of_steps and of_steps & step_states(run))


def _states(query: Query) -> list[str]:
    names = [name.upper() for name in query.all("state")]
    for name in names:
        if name not in STATES:
            raise errors.INVALID_PARAMETER(STATES, name="state", value=name[:100])
    return names


def _entries(request: ApiRequest, query: Query) -> Iterator[LogEntry]:
    matches, states = run_filter(query), _states(query)
    for entry in request.tenant.log.walk(latest_first=True, after=cursor_of(query)):
        run = entry.run
        if entry.warning is not None or (entry.run_state is not None and "messageId" in query.values):
            continue
        if run is not None and matches(run, entry.time_ms) and (not states or _state(entry) in states):
            yield entry


def _state(entry: LogEntry) -> str:
    return entry.run_state or STEP_STATES[entry.state]


def _event(entry: LogEntry) -> dict[str, Any]:
    run, run_message, options = entry.run, entry.message.run_message, entry.message.publication.options
    assert run is not None
    assert run_message is not None
    fields: dict[str, Any] = {
        "time": entry.time_ms,
        "state": _state(entry),
        **run.shown(),
        "workflowUrl": run.url,
        "headers": header_map(shown_headers(options.headers, options.redaction)),
        "callerIp": run.caller_ip,
    }
    if run.settings.labels:
        fields |= {"label": run.settings.labels[0], "labels": list(run.settings.labels)}
    return fields | (_of_step(entry, run_message) if entry.run_state is None else run_event(run, entry.run_state))


def _of_step(entry: LogEntry, run_message: RunMessage) -> dict[str, Any]:
    step = run_message.step
    fields: dict[str, Any] = {
        "messageId": entry.message.id,
        "stepInfo": {
            "stepName": step.name if step else run_message.kind.value,
            "stepType": step.type if step else "",
        },
    }
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
