"""Workflow runs: reading, ending and cancelling them (https://upstash.com/docs/workflow/basics/client/cancel)."""

from __future__ import annotations

from itertools import islice

from aiohttp import web

from qstash_dev.api.request import ApiRequest, read_body, reply
from qstash_dev.api.shapes.messages import Cancelled
from qstash_dev.api.shapes.queries import RunsToEnd
from qstash_dev.api.shapes.workflow_runs import Ended
from qstash_dev.api.v2.bulk import bulk_query
from qstash_dev.api.v2.workflows.filters import run_filter
from qstash_dev.protocol import errors
from qstash_dev.protocol.filters import Query, count_of
from qstash_dev.protocol.workflow import CREATED_AT, created_at
from qstash_dev.slices import in_slices
from qstash_dev.state.run import Run

MAX_CANCELLED = 10_000
_DEFAULT_CANCELLED = 100
_AT_ONCE = 100


async def steps(request: ApiRequest) -> web.Response:
    """``GET /v2/workflows/runs/{id}``: the whole log of a run that goes on, for an SDK that was sent nothing."""
    run = request.tenant.runs.live(request.path("id"), _created_ms(request))
    if run is None:
        raise errors.RUN_NOT_FOUND(id=request.path("id")[:200])
    return web.Response(body=run.log_until(len(run.entries) - 1), content_type="application/json")


async def end(request: ApiRequest) -> web.Response:
    """``DELETE /v2/workflows/runs/{id}``: an SDK finishes its run with ``?cancel=false``, and without
    that the run is cancelled."""
    run = request.tenant.runs.get(request.path("id"), _created_ms(request))
    if request.query().one("cancel") == "false":
        response = await read_body(request.http, request.config.quota.max_message_bytes)
        if run is not None and run.alive:
            request.broker.runs.check_weight(request.tenant, len(response))
            text = response.decode("utf-8", "replace") if response else None
            request.broker.finisher.finish(run, text, request.now_ms)
        return reply(Ended())
    if run is None or not request.broker.bulk_cancel.cancel_runs([run], request.now_ms):
        raise errors.RUN_NOT_FOUND(id=request.path("id")[:200])
    return reply(Ended(1))


async def cancel_many(request: ApiRequest) -> web.Response:
    """``DELETE /v2/workflows/runs``: by ids or filters; without any, everything that goes on.

    Older SDKs send a JSON body instead of a query.
    """
    query, ids = await bulk_query(request, RunsToEnd, "workflowRunIds")
    if ids is not None:
        found = (request.tenant.runs.live(id) for id in dict.fromkeys(ids))
        chosen = [run for run in found if run is not None]
    else:
        chosen = await _matching(request, query, query.one("workflowUrlExactMatch") == "true")
    # Parents are older than their children, and must not be told of the end of those first.
    cancelled = 0
    async for portion in in_slices(sorted(chosen, key=lambda run: run.seq), _AT_ONCE):
        cancelled += request.broker.bulk_cancel.cancel_runs(portion, request.clock.now_ms())
    return reply(Cancelled(cancelled))


async def _matching(request: ApiRequest, query: Query, exact: bool) -> list[Run]:
    matches, most = run_filter(query, url_is_prefix=not exact), count_of(query, MAX_CANCELLED, _DEFAULT_CANCELLED)
    found: list[Run] = []
    async for portion in in_slices(list(request.tenant.runs.newest_first())):
        found += islice((run for run in portion if run.alive and matches(run, run.created_ms)), most - len(found))
    return found


def _created_ms(request: ApiRequest) -> int | None:
    return created_at(request.http.headers.get(CREATED_AT, ""))
