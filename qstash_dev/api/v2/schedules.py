"""Schedules (https://upstash.com/docs/qstash/features/schedules)."""

from __future__ import annotations

from aiohttp import web

from qstash_dev import ids
from qstash_dev.api.request import ApiRequest, checked_name, reply, reply_list
from qstash_dev.api.shapes.schedules import ScheduleCreated
from qstash_dev.api.v2 import serializers
from qstash_dev.api.v2.publication import publication_from
from qstash_dev.protocol import errors
from qstash_dev.protocol.cron import Cron, UnknownZone, parse_cron
from qstash_dev.protocol.publication import Publication
from qstash_dev.state.schedule import Schedule


async def create(request: ApiRequest) -> web.Response:
    """``POST /v2/schedules/{destination}``: a known ``Upstash-Schedule-Id`` is overwritten entirely."""
    publication, fields = await publication_from(request, request.http.raw_path.split("/", 3)[3])
    cron = fields.get("cron")
    if cron is None:
        raise errors.MISSING_CRON()
    return put(request, publication, cron, fields.get("schedule-id"))


def put(request: ApiRequest, publication: Publication, cron: str, id: str | None) -> web.Response:
    """Create or overwrite a schedule and answer with its id."""
    id = ids.schedule_id() if id is None else checked_name(id, "Upstash-Schedule-Id")
    schedule = request.broker.schedules.put(request.tenant, id, _cron(cron), publication, request.now_ms)
    return reply(ScheduleCreated(schedule.id), 201)


async def list_all(request: ApiRequest) -> web.Response:
    """``GET /v2/schedules``."""
    return await reply_list(request.tenant.schedules.values(), serializers.schedule)


async def get(request: ApiRequest) -> web.Response:
    """``GET /v2/schedules/{id}``."""
    return reply(serializers.schedule(_named(request)))


async def delete(request: ApiRequest) -> web.Response:
    """``DELETE /v2/schedules/{id}``."""
    request.broker.schedules.delete(request.tenant, _named(request))
    return web.Response()


async def pause(request: ApiRequest) -> web.Response:
    """``PATCH`` (all SDKs) or ``POST`` (the docs) ``/v2/schedules/{id}/pause``."""
    request.broker.schedules.pause(_named(request), True, request.now_ms)
    return web.Response()


async def resume(request: ApiRequest) -> web.Response:
    """``PATCH`` or ``POST /v2/schedules/{id}/resume``: missed triggers are not caught up."""
    request.broker.schedules.pause(_named(request), False, request.now_ms)
    return web.Response()


def _named(request: ApiRequest) -> Schedule:
    schedule = request.tenant.schedules.get(request.path("id"))
    if schedule is None:
        raise errors.SCHEDULE_NOT_FOUND(id=request.path("id")[:200])
    return schedule


def _cron(text: str) -> Cron:
    try:
        return parse_cron(text)
    except ValueError as error:
        part = f".{error.part}" if isinstance(error, UnknownZone) else ""
        raise errors.INVALID_CRON(reason=error).about(f"Upstash-Cron{part}") from None
