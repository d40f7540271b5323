"""Schedules (https://upstash.com/docs/qstash/features/schedules)."""

from __future__ import annotations

from msgspec import Meta, field

from qstash_dev.api.shapes.dev_parts import BodyText, Truncated, Warning
from qstash_dev.api.shapes.dev_verdicts import Verdict
from qstash_dev.api.shapes.fields import (
    UNSET,
    Annotated,
    Headers,
    Maybe,
    Name,
    OpenShape,
    Positive,
    Shape,
    TimeMs,
    Whole,
    doc,
)
from qstash_dev.api.shapes.messages import Options


class Schedule(Options, kw_only=True):
    """A schedule, and what its messages are made of."""

    schedule_id: Annotated[Name, doc("Id of the schedule.")]
    cron: Annotated[str, doc("Its cron expression.")]
    destination: Annotated[str, doc("Where its messages go: a URL or a URL group.")]
    created_at: Annotated[TimeMs, doc("When it was made, unix milliseconds.")]
    is_paused: Annotated[bool, doc("Whether it makes no messages.")]
    retries: Annotated[Whole, doc("Delivery attempts after the first, at most.")]
    body: Maybe[Annotated[str, doc("The body, if it is UTF-8.")]] = UNSET
    body_base64: Maybe[Annotated[bytes, doc("The body, if it is not UTF-8.")]] = UNSET
    callback_header: Maybe[Annotated[Headers, doc("Headers of the callback.")]] = UNSET
    failure_callback_header: Maybe[Annotated[Headers, doc("Headers of the failure callback.")]] = UNSET
    next_schedule_time: Annotated[TimeMs, doc("When it fires next, unix milliseconds.")]
    queue_name: Maybe[Annotated[Name, doc("The queue that its messages go through.")]] = UNSET
    caller_ip: Maybe[Annotated[str, doc("Address of its creator.")]] = field(default=UNSET, name="callerIP")
    caller_ip_too: Maybe[Annotated[str, doc("As callerIP.")]] = field(default=UNSET, name="callerIp")
    delay: Maybe[Annotated[Positive, doc("Seconds that its messages wait.")]] = UNSET
    last_schedule_time: Maybe[Annotated[TimeMs, doc("When it fired last, unix milliseconds.")]] = UNSET
    last_schedule_states: Maybe[
        Annotated[
            dict[str, Annotated[str, Meta(extra_json_schema={"enum": ["IN_PROGRESS", "SUCCESS", "FAIL"]})]],
            doc("The state of each message of the last trigger, by message id."),
        ]
    ] = UNSET
    error: Maybe[Annotated[str, doc("Why the last trigger made no message.")]] = UNSET


class ScheduleCreated(Shape):
    """The schedule that was made or overwritten."""

    schedule_id: Annotated[Name, doc("Id of the schedule.")]


class ScheduleHeaders(OpenShape):
    """When a schedule fires, and what it is called."""

    cron: Annotated[
        str,
        Meta(
            description="Cron expression; `CRON_TZ=Zone` in front of it sets the time zone.",
            extra_json_schema={"examples": ["*/5 * * * *", "CRON_TZ=Europe/Berlin 0 9 * * mon-fri"]},
        ),
    ] = field(name="Upstash-Cron")
    schedule_id: Maybe[Annotated[Name, doc("Id of the schedule; one of the same id is overwritten.")]] = field(
        default=UNSET, name="Upstash-Schedule-Id"
    )


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
    verdict: Annotated[Verdict, doc("When it fires, and how its last fire went.")]
    next_runs: Annotated[list[NextScheduleTime], doc("Its next runs, of a paused one those that it would have.")]
