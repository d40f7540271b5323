"""The clock: reading and pausing it, time travel, and waiting until the server is idle (``/_dev/clock``,
``/_dev/idle``)."""

from __future__ import annotations

from collections.abc import Awaitable
from itertools import islice
from typing import Any

from aiohttp import web

from qstash_dev.api.dev.request import DevRequest, travel_failed
from qstash_dev.api.request import reply
from qstash_dev.api.shapes import dev_clock as shapes
from qstash_dev.api.shapes.fields import UNSET
from qstash_dev.clock import LAST_MS, MAX_SCALE, Clock
from qstash_dev.dev import pending
from qstash_dev.dev.arguments import duration_ms_of, instant_ms_of, max_steps_of, number_of, timeout_of
from qstash_dev.dev.instants import iso
from qstash_dev.dev.pending import Pending
from qstash_dev.dev.time_travel import MAX_STEPS, MAX_STEPS_OF_ALL, NotIdle, Progress
from qstash_dev.dev.travel_trail import StepLimit
from qstash_dev.protocol import errors
from qstash_dev.state.run import Run

_SHOWN = 100


async def get(request: DevRequest) -> web.Response:
    """``GET /_dev/clock``: the clock's time and how it runs."""
    return _clock(request)


async def pause(request: DevRequest) -> web.Response:
    """``POST /_dev/clock/pause``: stop the clock."""
    await request.fields()
    request.services.travel.pause()
    return _clock(request)


async def run(request: DevRequest) -> web.Response:
    """``POST /_dev/clock/run``: let the clock run from where it is, ``scale`` times as fast as real time."""
    fields = await request.fields("scale")
    request.services.travel.run(number_of(fields, "scale", 1.0, MAX_SCALE))
    return _clock(request)


async def real(request: DevRequest) -> web.Response:
    """``POST /_dev/clock/real``: let the clock run as fast as real time.

    A clock that is behind real time travels there first, a clock that is ahead stays ahead.
    """
    fields = await request.fields("maxSteps", "timeout")
    max_steps, timeout_s = max_steps_of(fields, MAX_STEPS), timeout_of(fields, request.services.config.limits)
    await _arrived(request.services.travel.to_real(max_steps=max_steps, timeout_s=timeout_s))
    return _clock(request)


async def advance(request: DevRequest) -> web.Response:
    """``POST /_dev/clock/advance``: move the clock ``by`` a duration or ``to`` a time, delivering on the way."""
    fields = await request.fields("by", "to", "maxSteps", "timeout")
    if ("by" in fields) == ("to" in fields):
        raise errors.INVALID_FIELD(field="by", reason="give either by, a duration such as '4d', or to, a time")
    travel, now_ms = request.services.travel, request.now_ms
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
    """``POST /_dev/clock/next``: move the clock to what is due next."""
    fields = await request.fields("timeout")
    return await _progress(request.services.travel.next(timeout_s=timeout_of(fields, request.services.config.limits)))


async def run_all(request: DevRequest) -> web.Response:
    """``POST /_dev/clock/run-all``: move the clock until only recurring schedules are left, or to ``until``."""
    fields = await request.fields("until", "maxSteps", "timeout")
    until_ms = instant_ms_of(fields, "until", request.now_ms) if "until" in fields else None
    max_steps, timeout_s = max_steps_of(fields, MAX_STEPS_OF_ALL), timeout_of(fields, request.services.config.limits)
    return await _progress(request.services.travel.run_all(until_ms, max_steps=max_steps, timeout_s=timeout_s))


async def idle(request: DevRequest) -> web.Response:
    """``POST /_dev/idle``: wait until nothing is in flight and nothing is due; the answer lists what is due later."""
    fields = await request.fields("timeout")
    travel, tenants = request.services.travel, request.services.broker.tenants.all()
    progress = await _arrived(travel.idle(timeout_of(fields, request.services.config.limits)))
    first = [_pending(one) for one in islice(travel.pending(), _SHOWN)]
    return reply(shapes.Idle(*_shown(progress), pending=first, count=pending.count(tenants)))


async def _progress(journey: Awaitable[Progress]) -> web.Response:
    return reply(shapes.Progress(*_shown(await _arrived(journey))))


async def _arrived(journey: Awaitable[Progress]) -> Progress:
    try:
        return await journey
    except (NotIdle, StepLimit) as error:
        raise travel_failed(error) from None


def _shown(progress: Progress) -> tuple[int, str, int, int]:
    return progress.now_ms, iso(progress.now_ms), progress.steps, progress.attempts


def _pending(one: Pending) -> shapes.PendingItem:
    what, due_ms = one.what, one.due_ms
    return shapes.PendingItem(
        message_id=UNSET if isinstance(what, Run) else what.id,
        workflow_run_id=what.id if isinstance(what, Run) else UNSET,
        user=what.tenant.user.id,
        url=what.url,
        state=what.state.value,
        waits_for=one.waits_for,
        due=UNSET if due_ms is None else due_ms,
        due_time=UNSET if due_ms is None else iso(due_ms),
    )


def shown_clock(clock: Clock) -> shapes.Clock:
    """The clock's time and how it runs."""
    now_ms = clock.now_ms()
    return shapes.Clock(
        now=now_ms,
        time=iso(now_ms),
        mode=clock.mode,
        paused=clock.paused,
        scale=clock.scale,
        offset=clock.offset_ms(),
    )


def _clock(request: DevRequest) -> web.Response:
    return reply(shown_clock(request.services.clock))
