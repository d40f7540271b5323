"""Actions on a workflow run (``/_dev/runs/{id}/…``)."""

from __future__ import annotations

from aiohttp import web

from qstash_dev.api.dev.request import DevRequest, flag
from qstash_dev.api.request import reply
from qstash_dev.api.shapes.dev_parts import RunId
from qstash_dev.dev import cancel as dev_cancel
from qstash_dev.protocol import errors
from qstash_dev.state.run import Run


async def cancel(request: DevRequest) -> web.Response:
    """``POST /_dev/runs/{id}/cancel``: cancel a workflow run; with ``abort=true`` its calls in flight are aborted."""
    run, abort = _run(request), flag(request.http.query, "abort")
    bulk, calls = request.services.broker.bulk_cancel, request.services.travel.calls
    if not dev_cancel.cancel_run(bulk, calls, run, request.now_ms, abort=abort):
        raise errors.CANNOT_CANCEL_RUN(id=run.id, state=run.state.value)
    return reply(RunId(run.id))


def _run(request: DevRequest) -> Run:
    id = request.path("id")
    for tenant in request.tenants():
        if (run := tenant.runs.get(id)) is not None:
            return run
    raise errors.RUN_NOT_FOUND(id=id[:200])
