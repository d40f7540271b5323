"""The clock: read it, let it stand, run or travel, and wait until nothing is going on."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from aiohttp import web

from qstash_dev.api.dev.request import DevRequest, travel_failed
from qstash_dev.api.request import reply
from qstash_dev.api.v2.serializers import Json
from qstash_dev.clock import LAST_MS, MAX_SCALE, Clock
from qstash_dev.dev.arguments import duration_ms_of, instant_ms_of, iso, max_steps_of, number_of, timeout_of
from qstash_dev.dev.pending import Pending
from qstash_dev.dev.time_travel import MAX_STEPS, MAX_STEPS_OF_ALL, NotIdle, Progress, StepLimit
from qstash_dev.protocol import errors
from qstash_dev.state.run import Run

_SHOWN = 100


async def get(request: DevRequest) -> web.Response:
    """``GET /_dev/clock``."""
    return _clock(request)


async def pause(request: DevRequest) -> web.Response:
    """``POST /_dev/clock/pause``."""
    await request.fields()
    request.control.travel.pause()
    return _clock(request)


async def run(request: DevRequest) -> web.Response:
    """``POST /_dev/clock/run``: from where it is, ``scale`` times as fast as real time."""
    fields = await request.fields("scale")
    request.control.travel.run(number_of(fields, "scale", 1.0, MAX_SCALE))
    return _clock(request)


async def real(request: DevRequest) -> web.Response:
    """``POST /_dev/clock/real``: as real time does. A clock behind it travels there, one ahead keeps its lead."""
    fields = await request.fields("maxSteps", "timeout")
    max_steps, timeout_s = max_steps_of(fields, MAX_STEPS), timeout_of(fields, request.services.config.limits)
    await _arrived(request.control.travel.to_real(max_steps=max_steps, timeout_s=timeout_s))
    return _clock(request)


async def advance(request: DevRequest) -> web.Response:
    """``POST /_dev/clock/advance``: ``by`` a duration or ``to`` a time."""
    fields = await request.fields("by", "to", "maxSteps", "timeout")
    if ("by" in fields) == ("to" in fields):
        raise errors.INVALID_FIELD(field="by", reason="give either by, a duration such as '4d', or to, a time")
    travel, now_ms = request.control.travel, request.control.clock.now_ms()
    limits: dict[str, Any] = {
        "max_steps": max_steps_of(fields, MAX_STEPS),
        "timeout_s": timeout_of(fields, request.services.config.limits),
    }
    if "to" in fields:
        return await _progress(travel.to(instant_ms_of(fields, "to", now_ms), **limits))
    by_ms = duration_ms_of(fields, "by")
    if now_ms + by_ms > LAST_MS:
        raise errors.INVALID_FIELD(field="by", reason=f"time ends at {iso(LAST_MS)}")
    return await _progress(travel.by(by_ms, **limits))


async def next_due(request: DevRequest) -> web.Response:
    """``POST /_dev/clock/next``: to whatever is due next."""
    fields = await request.fields("timeout")
    return await _progress(request.control.travel.next(timeout_s=timeout_of(fields, request.services.config.limits)))


async def run_all(request: DevRequest) -> web.Response:
    """``POST /_dev/clock/run-all``: until nothing is left but recurring schedules."""
    fields = await request.fields("until", "maxSteps", "timeout")
    until_ms = instant_ms_of(fields, "until", request.control.clock.now_ms()) if "until" in fields else None
    max_steps, timeout_s = max_steps_of(fields, MAX_STEPS_OF_ALL), timeout_of(fields, request.services.config.limits)
    return await _progress(request.control.travel.run_all(until_ms, max_steps=max_steps, timeout_s=timeout_s))


async def idle(request: DevRequest) -> web.Response:
    """``POST /_dev/idle``: wait until nothing is in flight and nothing is due; tell what waits for later."""
    fields = await request.fields("timeout")
    progress = await _arrived(request.control.travel.idle(timeout_of(fields, request.services.config.limits)))
    first, count = request.control.pending_first(_SHOWN)
    return reply(_shown(progress) | {"pending": [_pending(one) for one in first], "count": count})


async def _progress(journey: Awaitable[Progress]) -> web.Response:
    return reply(_shown(await _arrived(journey)))


async def _arrived(journey: Awaitable[Progress]) -> Progress:
    try:
        return await journey
    except (NotIdle, StepLimit) as error:
        raise travel_failed(error) from None


def _shown(progress: Progress) -> dict[str, object]:
    return {
        "now": progress.now_ms,
        "time": iso(progress.now_ms),
        "steps": progress.steps,
        "attempts": progress.attempts,
    }


def _pending(pending: Pending) -> dict[str, object]:
    what = pending.what
    shown: dict[str, object] = {
        "workflowRunId" if isinstance(what, Run) else "messageId": what.id,
        "user": what.tenant.user.id,
        "url": what.url,
        "state": what.state.value,
        "waitsFor": pending.waits_for,
    }
    return shown if pending.due_ms is None else shown | {"due": pending.due_ms, "dueTime": iso(pending.due_ms)}


def told(clock: Clock) -> Json:
    """``{"now", "time", "mode", "paused", "scale", "offset"}``."""
    now_ms = clock.now_ms()
    return {
        "now": now_ms,
        "time": iso(now_ms),
        "mode": clock.mode,
        "paused": clock.paused,
        "scale": clock.scale,
        "offset": clock.offset_ms(),
    }


def _clock(request: DevRequest) -> web.Response:
    return reply(told(request.control.clock))
