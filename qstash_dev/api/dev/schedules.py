"""Schedules with their next runs, and firing one now (``/_dev/schedules``).

https://upstash.com/docs/qstash/features/schedules
"""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web
from msgspec.structs import asdict

from qstash_dev.api.dev.messages import shown_warnings
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.dev.verdicts import verdict_on
from qstash_dev.api.request import reply, reply_list
from qstash_dev.api.shapes.dev_parts import MadeMessages
from qstash_dev.api.shapes.fields import UNSET
from qstash_dev.api.shapes.schedules import NextScheduleTime, ScheduleDetail, ScheduleSummary
from qstash_dev.api.v2 import serializers
from qstash_dev.api.v2.serializers import TRIM_BODY, cut_body
from qstash_dev.clock import LAST_MS
from qstash_dev.protocol.redaction import shown_body
from qstash_dev.state.schedule import Schedule

NEXT_RUNS = 5


async def list_all(request: DevRequest) -> web.Response:
    """``GET /_dev/schedules``: the schedules of one user, the oldest first, without their bodies."""
    return await reply_list(request.tenant().schedules.values(), _summary)


async def get(request: DevRequest) -> web.Response:
    """``GET /_dev/schedules/{id}``: a schedule with the beginning of its body and its next runs, in its time zone."""
    found = request.schedule()
    publication = found.publication
    body = cut_body(shown_body(publication.body, publication.options.redaction), TRIM_BODY)
    next_runs = _next_runs(found, request.now_ms)
    verdict = verdict_on(found, request.services.travel.calls.moment())
    return reply(ScheduleDetail(**asdict(_summary(found)) | body, verdict=verdict, next_runs=next_runs))


async def trigger(request: DevRequest) -> web.Response:
    """``POST /_dev/schedules/{id}/trigger``: fire a schedule of ``?user=`` now, even if it is paused."""
    schedules = request.services.broker.schedules
    messages = schedules.trigger(request.tenant(), request.schedule(), request.now_ms)
    return reply(MadeMessages([message.id for message in messages]), 201)


def _summary(schedule: Schedule) -> ScheduleSummary:
    fields = asdict(serializers.schedule(schedule)) | {"body": UNSET, "body_base64": UNSET}
    zone = schedule.cron.zone
    return ScheduleSummary(
        **fields,
        warnings=shown_warnings(schedule.publication.options.warnings) or UNSET,
        body_size=len(schedule.publication.body),
        time_zone=str(zone) if zone else "UTC",
    )


def _next_runs(schedule: Schedule, now_ms: int) -> list[NextScheduleTime]:
    """The next times at which the schedule fires, or would fire if it were not paused."""
    runs: list[NextScheduleTime] = []
    # The next time of an interval counts from when the schedule was made, not from now.
    at_ms: int | None = max(schedule.next_ms, now_ms) if schedule.timer else None
    while at_ms is not None and at_ms <= LAST_MS and len(runs) < NEXT_RUNS:
        moment = datetime.fromtimestamp(at_ms / 1_000, schedule.cron.zone or UTC)
        runs.append(NextScheduleTime(at_ms, moment.isoformat(timespec="seconds")))
        at_ms = schedule.cron.next_fire_ms(at_ms)
    return runs
