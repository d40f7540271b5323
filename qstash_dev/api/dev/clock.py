"""The clock: reading and pausing it, time travel, and waiting until the server is idle (``/_dev/clock``,
``/_dev/idle``)."""

from __future__ import annotations

from collections.abc import Awaitable
from itertools import islice
from typing import Any

from aiohttp import web

from qstash_dev.api.dev.request import DevRequest, TravelFailed, shown_call
from qstash_dev.api.request import reply
from qstash_dev.api.shapes import dev_clock as shapes
from qstash_dev.api.shapes.fields import UNSET
from qstash_dev.clock import LAST_MS, MAX_SCALE, Clock
from qstash_dev.dev import pending
from qstash_dev.dev.arguments import MAX_TIMEOUT_S, duration_ms_of, instant_ms_of, max_steps_of, number_of, timeout_of
from qstash_dev.dev.calls import InFlight
from qstash_dev.dev.instants import iso
from qstash_dev.dev.journey import Journey
from qstash_dev.dev.pending import Pending
from qstash_dev.dev.time_travel import MAX_STEPS, MAX_STEPS_OF_ALL, Progress, TimeTravel
from qstash_dev.dev.travel_errors import NotIdle, StepLimit
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
    fields = await request.fields("maxSteps", "timeout", "abortAfter")
    bounds = _bounds(request, fields)
    await _arrived(request.services.travel.to_real(max_steps=max_steps_of(fields, MAX_STEPS), **bounds))
    return _clock(request)


async def advance(request: DevRequest) -> web.Response:
    """``POST /_dev/clock/advance``: move the clock ``by`` a duration or ``to`` a time, delivering on the way."""
    fields = await request.fields("by", "to", "maxSteps", "timeout", "abortAfter")
    if ("by" in fields) == ("to" in fields):
        raise errors.INVALID_FIELD(field="by", reason="give either by, a duration such as '4d', or to, a time")
    travel, now_ms = request.services.travel, request.now_ms
    limits = {"max_steps": max_steps_of(fields, MAX_STEPS), **_bounds(request, fields)}
    if "to" in fields:
        return await _progress(travel.to(instant_ms_of(fields, "to", now_ms), **limits))
    by_ms = duration_ms_of(fields, "by")
    if now_ms + by_ms > LAST_MS:
        raise errors.INVALID_FIELD(field="by", reason=f"time ends at {iso(LAST_MS)}")
    return await _progress(travel.by(by_ms, **limits))


async def next_due(request: DevRequest) -> web.Response:
    """``POST /_dev/clock/next``: move the clock to what is due next."""
    fields = await request.fields("timeout", "abortAfter")
    return await _progress(request.services.travel.next(**_bounds(request, fields)))


async def run_all(request: DevRequest) -> web.Response:
    """``POST /_dev/clock/run-all``: move the clock until only recurring schedules are left, or to ``until``."""
    fields = await request.fields("until", "maxSteps", "timeout", "abortAfter")
    until_ms = instant_ms_of(fields, "until", request.now_ms) if "until" in fields else None
    limits = {"max_steps": max_steps_of(fields, MAX_STEPS_OF_ALL), **_bounds(request, fields)}
    return await _progress(request.services.travel.run_all(until_ms, **limits))


async def stop(request: DevRequest) -> web.Response:
    """``DELETE /_dev/clock/travel``: stop the time travel that goes on, at the stop that it has reached.

    The request that travels is answered with ``stopped``. Calls in flight go on.
    """
    journey = request.services.travel.stop_travel()
    if journey is None:
        raise errors.NO_TRAVEL()
    return reply(_travel(journey, None))


async def idle(request: DevRequest) -> web.Response:
    """``POST /_dev/idle``: wait until nothing is in flight and nothing is due; the answer lists what is due later."""
    fields = await request.fields("timeout")
    travel, tenants = request.services.travel, request.services.broker.tenants.all()
    progress = await _arrived(travel.idle(timeout_of(fields, request.services.config.limits)))
    first = [_pending(one) for one in islice(travel.pending(), _SHOWN)]
    return reply(shapes.Idle(**_shown(progress), pending=first, count=pending.count(tenants)))


async def _progress(journey: Awaitable[Progress]) -> web.Response:
    return reply(shapes.Progress(**_shown(await _arrived(journey))))


async def _arrived(journey: Awaitable[Progress]) -> Progress:
    try:
        return await journey
    except (NotIdle, StepLimit) as error:
        raise TravelFailed(error) from None


def _bounds(request: DevRequest, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields ``timeout`` and ``abortAfter``."""
    limits, abort_after_s = request.services.config.limits, None
    if "abortAfter" in fields:
        abort_after_s = number_of(fields, "abortAfter", 0, MAX_TIMEOUT_S)
    return {"timeout_s": timeout_of(fields, limits), "abort_after_s": abort_after_s}


def _shown(progress: Progress) -> dict[str, Any]:
    return {
        "now": progress.now_ms,
        "time": iso(progress.now_ms),
        "steps": progress.steps,
        "attempts": progress.attempts,
        "failed": progress.failed,
        "aborted": progress.aborted or UNSET,
        "stopped": progress.stopped or UNSET,
    }


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


def _travel(journey: Journey, waits_for: InFlight | None) -> shapes.Travel:
    return shapes.Travel(
        from_=journey.from_ms,
        to=UNSET if journey.to_ms is None else journey.to_ms,
        now=journey.now_ms,
        stops=journey.steps,
        deliveries=journey.attempts,
        failed=journey.failed,
        elapsed_ms=round(journey.elapsed_s * 1_000),
        waits_for=UNSET if waits_for is None else shown_call(waits_for),
    )


def shown_clock(clock: Clock, travel: TimeTravel) -> shapes.Clock:
    """The clock's time and how it runs, and the time travel that goes on."""
    now_ms, journey = clock.now_ms(), travel.journey
    return shapes.Clock(
        now=now_ms,
        time=iso(now_ms),
        mode=clock.mode,
        paused=clock.paused,
        scale=clock.scale,
        offset=clock.offset_ms(),
        travel=UNSET if journey is None else _travel(journey, travel.calls.oldest()),
    )


def _clock(request: DevRequest) -> web.Response:
    return reply(shown_clock(request.services.clock, request.services.travel))
