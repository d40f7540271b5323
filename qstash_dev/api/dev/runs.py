"""``GET /_dev/runs``: one user's workflow runs as the console lists them, newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl

from aiohttp import web

from qstash_dev.api.dev.messages import checked_search
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.dev.run_waits import waits
from qstash_dev.api.request import reply
from qstash_dev.api.v2.serializers import Json
from qstash_dev.api.v2.workflows.filters import paged, run_filter
from qstash_dev.protocol import errors
from qstash_dev.protocol.filters import Query, count_of, cursor_of, parse_query
from qstash_dev.protocol.hints import reason_fields
from qstash_dev.state.run import Run, RunState
from qstash_dev.state.tenant import Tenant

MAX_COUNT = 200
MAX_WAITS = 3
_STATES = [state.value for state in RunState]


async def runs(request: DevRequest) -> web.Response:
    """``GET /_dev/runs?user=``: ``search`` finds text in ids, URLs and errors; ``state`` and ``label`` choose."""
    raw = request.http.rel_url.raw_query_string
    query = parse_query(parse_qsl(raw, keep_blank_values=True, errors="replace"))
    tenant = request.tenant()
    search = checked_search(request.http.query.get("search", "")).lower()
    page, cursor = paged(_chosen(tenant, query, search), count_of(query, MAX_COUNT, 50))
    now_ms = request.now_ms
    payload = {"runs": [summary(run, now_ms) for run in page], "total": len(tenant.runs)}
    return reply(payload | ({"cursor": cursor} if cursor else {}))


def summary(run: Run, now_ms: int) -> Json:
    """What a list shows; unset fields are left out."""
    waiting = waits(run, now_ms)
    # A sleep is submitted when it begins.
    asleep = {one.get("stepId") for one in waiting if one["kind"] == "sleep"}
    fields: Json = {
        "workflowRunId": run.id,
        "createdAt": run.created_ms,
        "url": run.url,
        "state": run.state.value,
        "steps": sum(1 for number, target in run.done if target is None and number and number not in asleep),
    }
    failure = run.failure
    for name, value in (
        ("completedAt", run.completed_ms),
        ("labels", list(run.settings.labels)),
        ("flowControlKey", run.settings.flow_control.key if run.settings.flow_control else None),
        ("invokedBy", run.invoker.run_id if run.invoker else None),
        ("error", failure.result.error if failure else None),
        ("failureFunctionState", failure.state.value if failure and failure.state and failure.has_function else None),
        ("waits", waiting[:MAX_WAITS]),
        ("older", run.tenant.runs.get(run.id) is not run),
        ("moreWaits", len(waiting) - MAX_WAITS if len(waiting) > MAX_WAITS else 0),
    ):
        if value:
            fields[name] = value
    return fields | (reason_fields(failure.result) if failure else {})


def _chosen(tenant: Tenant, query: Query, search: str) -> Iterator[Run]:
    matches, states = run_filter(query), _wanted_states(query)
    for run in tenant.runs.newest_first(cursor_of(query)):
        if (not states or run.state.value in states) and matches(run, run.created_ms) and search in _text(run):
            yield run


def _wanted_states(query: Query) -> set[str]:
    states = {name.upper() for name in query.all("state")}
    if wrong := states.difference(_STATES):
        raise errors.INVALID_PARAMETER(_STATES, name="state", value=min(wrong)[:100])
    return states


def _text(run: Run) -> str:
    events = [waiter.event_id for waiter in run.waiters]
    error = [run.failure.result.error] if run.failure else []
    invoker = [run.invoker.run_id] if run.invoker else []
    return "\n".join((run.id, run.url, *run.settings.labels, *invoker, *events, *error)).lower()
