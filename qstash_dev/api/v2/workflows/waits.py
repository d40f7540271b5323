"""Events that workflow runs wait for (https://upstash.com/docs/workflow/basics/client/notify)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from qstash_dev.api.request import SERVICES, ApiRequest, checked_name, read_body, read_json, reply, reply_list
from qstash_dev.api.shapes import workflow_runs
from qstash_dev.api.shapes.fields import UNSET
from qstash_dev.api.shapes.workflow_runs import Hooked, Notified, Waits
from qstash_dev.api.v2.publication import incoming_headers, without_tokens
from qstash_dev.api.v2.publish import step_error
from qstash_dev.api.v2.serializers import run_name
from qstash_dev.broker.workflows.events import ResumedRun
from qstash_dev.protocol import errors
from qstash_dev.protocol.callback import base64_text, header_map
from qstash_dev.protocol.headers import canonical_name
from qstash_dev.protocol.workflow import workflow_headers
from qstash_dev.slices import in_slices
from qstash_dev.state.run import Pairs, Waiter

# Runs that are resumed in one pass of the loop.
_AT_ONCE = 50


async def wait(request: ApiRequest) -> web.Response:
    """``POST /v2/wait/{eventId}``: a run waits for an event."""
    pairs = incoming_headers(request)
    try:
        event_id = checked_name(request.path("event"), "event id", "event")
        http = await read_json(request.http)
    except errors.Rejection as rejection:
        headers = workflow_headers(pairs)
        raise rejection if headers is None else step_error(request, headers, rejection) from None
    request.broker.waits.wait(request.tenant, event_id, http, pairs, request.now_ms)
    return reply(Waits(), 201)


async def notify(request: ApiRequest) -> web.Response:
    """``POST /v2/notify/{eventId}``: wakes every run that waits for it."""
    data = await read_body(request.http, request.config.quota.max_message_bytes)
    event_id = checked_name(request.path("event"), "event id", "event")
    waits, woken = request.broker.waits, []
    waiting, out = waits.waiting(request.tenant, event_id, data, request.now_ms)
    async for portion in in_slices(waiting, _AT_ONCE):
        woken += [_shown(one) for one in waits.resume(portion, out, request.now_ms)]
    return reply(woken, 201)


async def notify_run(request: ApiRequest) -> web.Response:
    """``POST /v2/notify/{workflowRunId}/{eventId}``: one run only, which may wait for it later."""
    data = await read_body(request.http, request.config.quota.max_message_bytes)
    event_id = checked_name(request.path("event"), "event id", "event")
    run = request.tenant.runs.live(request.path("id"))
    if run is None:
        raise errors.RUN_NOT_FOUND(id=request.path("id")[:200])
    woken = request.broker.waits.notify_run(run, event_id, data, request.now_ms)
    return reply(run_name(run) if woken is None else _shown(woken), 201)


async def waiters(request: ApiRequest) -> web.Response:
    """``GET /v2/waiters/{eventId}``."""
    event_id = checked_name(request.path("event"), "event id", "event")
    return await reply_list(request.tenant.runs.waiters.get(event_id, ()), _waiter)


async def hook(request: web.Request) -> web.StreamResponse:
    """Any method on ``/v2/workflows/hooks/{user}/{workflowRunId}/{eventId}``: it needs no token,
    only the address.

    Nothing is made for a run that does not go on, and what a run keeps is bounded.
    """
    services = request.config_dict[SERVICES]
    id, event_id = request.match_info["id"], checked_name(request.match_info["event"], "event id", "event")
    tenants = [one for one in services.broker.tenants.all() if one.user.id == request.match_info["user"]]
    run = tenants[0].runs.live(id) if tenants else None
    if run is None:
        raise errors.NO_RUN_FOR_HOOK(id=id[:200])
    body = await read_body(request, services.config.quota.max_message_bytes)
    now_ms = services.clock.now_ms()
    woken = services.broker.waits.call_webhook(run, event_id, _hook_call(request, body), now_ms)
    return reply(Hooked(run.id, run.created_ms, UNSET if woken is None else woken.message.id))


def _hook_call(request: web.Request, body: bytes) -> dict[str, Any]:
    given = without_tokens(request.config_dict[SERVICES].broker.tenants, list(request.headers.items()))
    headers = tuple((canonical_name(name), value) for name, value in given if name.lower() != "host")
    call: dict[str, Any] = {
        "method": request.method,
        "header": header_map(headers),
        "proto": request.scheme,
        "host": request.headers.get("Host", ""),
        "url": request.raw_path,
    }
    return call | ({"body": base64_text(body)} if body else {})


def _shown(woken: ResumedRun) -> Notified:
    run = woken.waiter.run
    return Notified(_waiter(woken.waiter), woken.message.id, "", run.id, run.created_ms)


def _waiter(waiter: Waiter) -> workflow_runs.Waiter:
    return workflow_runs.Waiter(
        url=waiter.url,
        headers=_headers(waiter.headers),
        deadline=waiter.deadline_ms // 1_000,
        timeout_url=waiter.timeout_url,
        timeout_headers=_headers(waiter.timeout_headers),
    )


def _headers(pairs: Pairs) -> dict[str, list[str]]:
    return header_map(tuple((canonical_name(name), value) for name, value in pairs))
