"""The clock: reading and pausing it, time travel, due times, and waiting until the server is idle (``/_dev/clock``,
``/_dev/idle``)."""

from __future__ import annotations

from collections.abc import Awaitable
from itertools import islice
from typing import Any, TypeVar

from aiohttp import web

from qstash_dev.api.dev.request import DevRequest, TravelFailed, shown_call
from qstash_dev.api.request import filled, reply
from qstash_dev.api.shapes import dev_clock as shapes
from qstash_dev.api.shapes.fields import UNSET, Shape
from qstash_dev.clock import LAST_MS, Clock
from qstash_dev.dev import pending
from qstash_dev.dev.calls import InFlight
from qstash_dev.dev.instants import iso
from qstash_dev.dev.journey import Journey
from qstash_dev.dev.pending import Pending
from qstash_dev.dev.time_travel import MAX_STEPS, MAX_STEPS_OF_ALL, Progress, TimeTravel
from qstash_dev.dev.travel_errors import NotIdle, StepLimit
from qstash_dev.protocol import errors
from qstash_dev.state.flow_control import FlowControl
from qstash_dev.state.message import Message
from qstash_dev.state.run import Run, Waiter
from qstash_dev.state.tenant import Tenant

MAX_COUNT = 100

Shown = TypeVar("Shown", bound=shapes.Progress)


async def get(request: DevRequest) -> web.Response:
    """``GET /_dev/clock``: the clock's time and how it runs."""
    return _clock(request)


async def pause(request: DevRequest) -> web.Response:
    """``POST /_dev/clock/pause``: stop the clock."""
    await request.read(Shape)
    request.services.travel.pause()
    return _clock(request)


async def run(request: DevRequest) -> web.Response:
    """``POST /_dev/clock/run``: let the clock run from where it is, ``scale`` times as fast as real time."""
    request.services.travel.run((await request.read(shapes.ClockRun)).scale or 1.0)
    return _clock(request)


async def real(request: DevRequest) -> web.Response:
    """``POST /_dev/clock/real``: let the clock run as fast as real time.

    A clock that is behind real time travels there first, a clock that is ahead stays ahead.
    """
    given = await request.read(shapes.Limits)
    await _arrived(request.services.travel.to_real(**_limits(request, given, MAX_STEPS)))
    return _clock(request)


async def advance(request: DevRequest) -> web.Response:
    """``POST /_dev/clock/advance``: move the clock ``by`` a duration or ``to`` a time, delivering on the way."""
    given = await request.read(shapes.Advance)
    travel, limits, now_ms = request.services.travel, _limits(request, given, MAX_STEPS), request.now_ms
    if given.by is UNSET and given.to is not UNSET:
        return await _progress(travel.to(_ahead("to", given.to, now_ms), **limits))
    if given.by is UNSET or given.to is not UNSET:
        raise errors.INVALID_FIELD(field="by", reason="give either by, a duration such as '4d', or to, a time")
    if now_ms + given.by > LAST_MS:
        raise errors.INVALID_FIELD(field="by", reason=f"time ends at {iso(LAST_MS)}")
    return await _progress(travel.by(given.by, **limits))


async def next_due(request: DevRequest) -> web.Response:
    """``POST /_dev/clock/next``: move the clock to what is due next."""
    bounds = _bounds(request, await request.read(shapes.Next))
    return await _progress(request.services.travel.next(**bounds))


async def run_all(request: DevRequest) -> web.Response:
    """``POST /_dev/clock/run-all``: move the clock until only recurring schedules are left, or to ``until``."""
    given = await request.read(shapes.RunAll)
    until_ms = None if given.until is UNSET else _ahead("until", given.until, request.now_ms)
    limits = _limits(request, given, MAX_STEPS_OF_ALL)
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
    timeout_s = request.timeout_s(await request.read(shapes.Patience))
    travel, tenants = request.services.travel, request.services.broker.tenants.all()
    progress = await _arrived(travel.idle(timeout_s))
    first = [_pending(one) for one in islice(travel.pending(), MAX_COUNT)]
    return reply(_shown(shapes.Idle, progress, pending=first, count=pending.count(tenants)))


def _bounds(request: DevRequest, given: shapes.Next) -> dict[str, Any]:
    return {"timeout_s": request.timeout_s(given), "abort_after_s": given.abort_after or None}


def _limits(request: DevRequest, given: shapes.Limits, max_steps: int) -> dict[str, Any]:
    return {"max_steps": given.max_steps or max_steps, **_bounds(request, given)}


def _ahead(field: str, at_ms: int, now_ms: int) -> int:
    if at_ms < now_ms:
        raise errors.INVALID_FIELD(field=field, reason=f"time only goes forward, and it is {iso(now_ms)} already")
    return at_ms


async def _progress(journey: Awaitable[Progress]) -> web.Response:
    return reply(_shown(shapes.Progress, await _arrived(journey)))


async def _arrived(journey: Awaitable[Progress]) -> Progress:
    try:
        return await journey
    except (NotIdle, StepLimit) as error:
        raise TravelFailed(error) from None


def _shown(shape: type[Shown], progress: Progress, **more: Any) -> Shown:
    now_ms, aborted, stopped = progress.now_ms, progress.aborted or UNSET, progress.stopped or UNSET
    return filled(shape, progress, now=now_ms, time=iso(now_ms), aborted=aborted, stopped=stopped, **more)


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
    shown = UNSET if journey is None else _travel(journey, travel.calls.oldest())
    return filled(shapes.Clock, clock, now=now_ms, time=iso(now_ms), offset=clock.offset_ms(), travel=shown)


def _clock(request: DevRequest) -> web.Response:
    return reply(shown_clock(request.services.clock, request.services.travel))


async def due(request: DevRequest) -> web.Response:
    """``GET /_dev/clock/due``: what is due, soonest first; ``POST /_dev/clock/next`` stops at the first."""
    wanted = min(request.number("count", MAX_COUNT), MAX_COUNT)
    tenants, timers = request.services.broker.tenants.all(), request.services.broker.timers
    items = [shapes.DueItem(due_ms, iso(due_ms), **_due(item, tenants)) for due_ms, item in timers.soonest(wanted)]
    return reply(shapes.Due(request.now_ms, items, len(timers)))


def _due(item: Any, tenants: list[Tenant]) -> dict[str, Any]:
    """The fields of a :class:`shapes.DueItem` but for its time."""
    if isinstance(item, Message):
        kind = "retry" if item.retried else "message"
        return {"kind": kind, "user": item.tenant.user.id, "message_id": item.id, "url": item.url}
    if isinstance(item, Waiter):
        run = item.run
        return {"kind": "event", "user": run.tenant.user.id, "workflow_run_id": run.id, "event_id": item.event_id}
    if isinstance(item, FlowControl):
        owner = next((tenant.user.id for tenant in tenants if tenant.flow_controls.get(item.key) is item), "")
        return {"kind": "flowControl", "user": owner, "flow_control_key": item.key}
    tenant, schedule = item
    destination = schedule.publication.destination
    return {"kind": "schedule", "user": tenant.user.id, "schedule_id": schedule.id, "url": destination}
