"""The clock: read it, let it stand, run or travel, and wait until nothing is going on."""

from __future__ import annotations

from collections.abc import Awaitable

from aiohttp import web

from qstash_dev.api.call import reply
from qstash_dev.api.dev.call import (
    MAX_STEPS,
    DevCall,
    duration_ms_of,
    instant_ms_of,
    iso,
    number_of,
    timeout_of,
    travel_failed,
)
from qstash_dev.broker.pending import Pending
from qstash_dev.protocol import errors
from qstash_dev.travel import Progress, Runaway, StillBusy

MAX_SCALE = 1_000_000.0
_SHOWN = 100


async def get(call: DevCall) -> web.Response:
    """``GET /_dev/clock``."""
    return _clock(call)


async def pause(call: DevCall) -> web.Response:
    """``POST /_dev/clock/pause``."""
    call.control.travel.pause()
    return _clock(call)


async def run(call: DevCall) -> web.Response:
    """``POST /_dev/clock/run``: from where it is, ``scale`` times as fast as real time."""
    fields = await call.fields("scale")
    call.control.travel.run(number_of(fields, "scale", 1.0, MAX_SCALE))
    return _clock(call)


async def advance(call: DevCall) -> web.Response:
    """``POST /_dev/clock/advance``: ``by`` a duration or ``to`` a time."""
    fields = await call.fields("by", "to", "timeout")
    if "by" in fields and "to" in fields:
        raise errors.INVALID_FIELD(field="to", reason="give either by or to")
    travel, timeout_s = call.control.travel, timeout_of(fields)
    if "to" in fields:
        return await _progress(travel.to(instant_ms_of(fields, "to"), timeout_s=timeout_s))
    return await _progress(travel.by(duration_ms_of(fields, "by"), timeout_s=timeout_s))


async def next_due(call: DevCall) -> web.Response:
    """``POST /_dev/clock/next``: to whatever is due next."""
    fields = await call.fields("timeout")
    return await _progress(call.control.travel.next(timeout_s=timeout_of(fields)))


async def run_all(call: DevCall) -> web.Response:
    """``POST /_dev/clock/run-all``: until nothing is left but recurring schedules."""
    fields = await call.fields("until", "maxSteps", "timeout")
    until_ms = instant_ms_of(fields, "until") if "until" in fields else None
    max_steps = int(number_of(fields, "maxSteps", 1_000, MAX_STEPS)) or 1
    return await _progress(call.control.travel.run_all(until_ms, max_steps=max_steps, timeout_s=timeout_of(fields)))


async def idle(call: DevCall) -> web.Response:
    """``POST /_dev/idle``: wait until nothing is in flight and nothing is due; tell what waits for later."""
    fields = await call.fields("timeout")
    try:
        progress = await call.control.travel.idle(timeout_of(fields))
    except StillBusy as error:
        raise travel_failed(error) from None
    waiting = call.control.pending()
    return reply(_shown(progress) | {"pending": [_pending(one) for one in waiting[:_SHOWN]], "count": len(waiting)})


async def _progress(journey: Awaitable[Progress]) -> web.Response:
    try:
        return reply(_shown(await journey))
    except (StillBusy, Runaway) as error:
        raise travel_failed(error) from None


def _shown(progress: Progress) -> dict[str, object]:
    return {
        "now": progress.now_ms,
        "time": iso(progress.now_ms),
        "steps": progress.steps,
        "attempts": progress.attempts,
    }


def _pending(pending: Pending) -> dict[str, object]:
    shown: dict[str, object] = {
        "messageId": pending.message.id,
        "user": pending.message.tenant.user.id,
        "url": pending.message.url,
        "state": pending.message.state.value,
        "waitsFor": pending.waits_for,
    }
    return shown if pending.due_ms is None else shown | {"due": pending.due_ms, "dueTime": iso(pending.due_ms)}


def _clock(call: DevCall) -> web.Response:
    clock = call.control.clock
    now_ms = clock.now_ms()
    return reply(
        {
            "now": now_ms,
            "time": iso(now_ms),
            "paused": clock.paused,
            "scale": clock.scale,
            "offset": clock.offset_ms(),
        }
    )
