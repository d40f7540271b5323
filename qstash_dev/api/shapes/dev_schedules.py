"""Schedules with their next runs (``/_dev/schedules``)."""

from __future__ import annotations

from qstash_dev.api.shapes.dev_parts import BodyText, Truncated, Warning
from qstash_dev.api.shapes.fields import UNSET, Annotated, Maybe, Shape, TimeMs, Whole, doc
from qstash_dev.api.shapes.schedules import Schedule


class ScheduleSummary(Schedule, kw_only=True):
    """A schedule as GET /v2/schedules/{id} has it, in lists without its body."""

    warnings: Maybe[Annotated[list[Warning], doc("What hosted QStash may not take.")]] = UNSET
    body_size: Annotated[Whole, doc("Bytes of the body.")]
    time_zone: Annotated[str, doc("The time zone that its cron expression is read in.")]


class NextScheduleTime(Shape):
    """When a schedule publishes."""

    time: Annotated[TimeMs, doc("Unix milliseconds.")]
    in_zone: Annotated[str, doc("The same in the time zone of the schedule, ISO 8601.")]


class ScheduleDetail(ScheduleSummary, kw_only=True):
    """A schedule as GET /v2/schedules/{id} has it, its body cut, with its next runs."""

    body: BodyText
    truncated: Maybe[Truncated] = UNSET
    next_runs: Annotated[list[NextScheduleTime], doc("Its next runs, of a paused one those that it would have.")]
