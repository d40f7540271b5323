"""Workflow runs: reading, ending and cancelling them (QStash docs, API workflow/cancel)."""

from __future__ import annotations

from itertools import islice

from aiohttp import web

from qstash_dev.api.bulk import bulk_query
from qstash_dev.api.call import Call, read_body, reply
from qstash_dev.api.workflows.filters import CANCEL_PARAMETERS, run_filter
from qstash_dev.protocol import errors
from qstash_dev.protocol.filters import Query, count_of
from qstash_dev.protocol.workflow import CREATED_AT, created_at
from qstash_dev.state.run import Run

MAX_CANCELLED = 10_000
_DEFAULT_CANCELLED = 100


async def steps(call: Call) -> web.Response:
    """``GET /v2/workflows/runs/{id}``: the whole log of a run that goes on, for an SDK that was sent nothing."""
    run = call.tenant.runs.live(call.path("id"), _created_ms(call))
    if run is None:
        raise errors.RUN_NOT_FOUND(id=call.path("id")[:200])
    return web.Response(body=run.log_until(len(run.entries) - 1), content_type="application/json")


async def end(call: Call) -> web.Response:
    """``DELETE /v2/workflows/runs/{id}``: the SDK finishes it with ``?cancel=false``, anybody cancels it."""
    run = call.tenant.runs.get(call.path("id"), _created_ms(call))
    if call.query().one("cancel") == "false":
        response = await read_body(call.request, call.config.quota.max_message_bytes)
        if run is not None and run.alive:
            text = response.decode("utf-8", "replace") if response else None
            call.broker.endings.finish(run, text, call.now_ms)
        return reply({})
    if run is None or not call.broker.cancellation.cancel_runs([run], call.now_ms):
        raise errors.RUN_NOT_FOUND(id=call.path("id")[:200])
    return reply({"cancelled": 1})


async def cancel_many(call: Call) -> web.Response:
    """``DELETE /v2/workflows/runs``: by ids or filters; without any, everything that goes on.

    Older SDKs send a JSON body instead of a query.
    """
    query, ids = await bulk_query(call, CANCEL_PARAMETERS, "workflowRunIds")
    if ids is not None:
        found = (call.tenant.runs.live(id) for id in dict.fromkeys(ids))
        chosen = [run for run in found if run is not None]
    else:
        chosen = _matching(call, query, query.one("workflowUrlExactMatch") == "true")
    return reply({"cancelled": call.broker.cancellation.cancel_runs(chosen, call.now_ms)})


def _matching(call: Call, query: Query, exact: bool) -> list[Run]:
    matches = run_filter(query, url_is_prefix=not exact)
    found = (run for run in call.tenant.runs.newest_first() if run.alive and matches(run, run.created_ms))
    return list(islice(found, count_of(query, MAX_CANCELLED, _DEFAULT_CANCELLED)))


def _created_ms(call: Call) -> int | None:
    return created_at(call.request.headers.get(CREATED_AT, ""))
