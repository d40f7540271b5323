"""Schedules (QStash docs, API schedules)."""

from __future__ import annotations

from aiohttp import web

from qstash_dev import ids
from qstash_dev.api import wire
from qstash_dev.api.call import Call, checked_name, reply
from qstash_dev.api.publish import publication_from
from qstash_dev.protocol import errors
from qstash_dev.protocol.cron import Cron, parse_cron
from qstash_dev.protocol.publication import Publication
from qstash_dev.state.schedule import Schedule


async def create(call: Call) -> web.Response:
    """``POST /v2/schedules/{destination}``: a known ``Upstash-Schedule-Id`` is overwritten entirely."""
    publication, fields = await publication_from(call, call.request.raw_path.split("/", 3)[3])
    cron = fields.get("cron")
    if cron is None:
        raise errors.MISSING_CRON()
    return put(call, publication, cron, fields.get("schedule-id"))


def put(call: Call, publication: Publication, cron: str, id: str | None) -> web.Response:
    """Create or overwrite a schedule and answer with its id."""
    id = ids.schedule_id() if id is None else checked_name(id, "Upstash-Schedule-Id")
    schedule = call.broker.recurrence.put(call.tenant, id, _cron(cron), publication, call.now_ms)
    return reply({"scheduleId": schedule.id}, 201)


async def list_all(call: Call) -> web.Response:
    """``GET /v2/schedules``."""
    return reply([wire.schedule(schedule) for schedule in call.tenant.schedules.values()])


async def get(call: Call) -> web.Response:
    """``GET /v2/schedules/{id}``."""
    return reply(wire.schedule(_named(call)))


async def delete(call: Call) -> web.Response:
    """``DELETE /v2/schedules/{id}``."""
    call.broker.recurrence.delete(call.tenant, _named(call))
    return web.Response()


async def pause(call: Call) -> web.Response:
    """``PATCH`` (all SDKs) or ``POST`` (the docs) ``/v2/schedules/{id}/pause``."""
    call.broker.recurrence.pause(_named(call), True)
    return web.Response()


async def resume(call: Call) -> web.Response:
    """``PATCH`` or ``POST /v2/schedules/{id}/resume``: missed triggers are not caught up."""
    call.broker.recurrence.pause(_named(call), False)
    return web.Response()


def _named(call: Call) -> Schedule:
    schedule = call.tenant.schedules.get(call.path("id"))
    if schedule is None:
        raise errors.SCHEDULE_NOT_FOUND(id=call.path("id")[:200])
    return schedule


def _cron(text: str) -> Cron:
    try:
        return parse_cron(text)
    except ValueError as error:
        raise errors.INVALID_CRON(reason=error) from None
