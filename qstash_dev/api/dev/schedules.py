"""Schedules as people look at them: when they fire next."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from aiohttp import web
from msgspec import to_builtins

from qstash_dev.api.dev.body_excerpts import TRIM_BODY, cut_body
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.request import reply
from qstash_dev.api.v2 import serializers
from qstash_dev.api.v2.serializers import Json
from qstash_dev.clock import LAST_MS
from qstash_dev.protocol.redaction import shown_body
from qstash_dev.state.schedule import Schedule

NEXT_RUNS = 5


async def list_all(request: DevRequest) -> web.Response:
    """``GET /_dev/schedules?user=``: in the order they were made, without their bodies."""
    return reply([_summary(schedule) for schedule in request.tenant().schedules.values()])


async def get(request: DevRequest) -> web.Response:
    """``GET /_dev/schedules/{id}?user=``: with the beginning of its body, and its next runs in its own zone."""
    found = request.schedule()
    publication = found.publication
    body = cut_body(shown_body(publication.body, publication.options.redaction), TRIM_BODY)
    return reply({**_summary(found), **body, "nextRuns": _next_runs(found, request.control.clock.now_ms())})


def _summary(schedule: Schedule) -> Json:
    fields: Json = to_builtins(serializers.schedule(schedule))
    for name in ("body", "bodyBase64"):
        fields.pop(name, None)
    zone = schedule.cron.zone
    if warnings := schedule.publication.options.warnings:
        fields["warnings"] = [warning.shown() for warning in warnings]
    return fields | {"bodySize": len(schedule.publication.body), "timeZone": zone.key if zone else "UTC"}


def _next_runs(schedule: Schedule, now_ms: int) -> list[Json]:
    """Also of a paused schedule: they are those it would have."""
    runs: list[Json] = []
    # What is armed may be off the grid that an interval would have from now on.
    at_ms: int | None = max(schedule.next_ms, now_ms) if schedule.timer else None
    while at_ms is not None and at_ms <= LAST_MS and len(runs) < NEXT_RUNS:
        runs.append({"time": at_ms, "inZone": _in_zone(at_ms, schedule.cron.zone or UTC)})
        at_ms = schedule.cron.next_fire_ms(at_ms)
    return runs


def _in_zone(at_ms: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).astimezone(zone).isoformat(timespec="seconds")
