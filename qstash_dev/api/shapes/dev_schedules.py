"""Schedules with their next runs (``/_dev/schedules``)."""

from __future__ import annotations

from typing import Literal

from msgspec import field

from qstash_dev.api.shapes.dev_parts import BodyBase64, BodyText, Truncated, Warning
from qstash_dev.api.shapes.fields import UNSET, Annotated, Headers, Maybe, Method, Positive, Shape, TimeMs, Whole, doc


class ScheduleSummary(Shape, kw_only=True):
    """A schedule as GET /v2/schedules/{id} has it, without its body."""

    schedule_id: Annotated[str, doc("Id of the schedule.")]
    cron: Annotated[str, doc("Its cron expression.")]
    destination: Annotated[str, doc("A URL, or the name of a URL group.")]
    created_at: Annotated[TimeMs, doc("When it was created, unix milliseconds.")]
    method: Annotated[Method, doc("HTTP method of the attempts.")]
    is_paused: Annotated[bool, doc("It publishes nothing.")]
    retries: Annotated[Whole, doc("Retries of each message at most.")]
    header: Maybe[Annotated[Headers, doc("Headers that the destination receives.")]] = UNSET
    timeout: Maybe[Annotated[Positive, doc("Milliseconds that an attempt may take.")]] = UNSET
    retry_delay_expression: Maybe[Annotated[str, doc("Expression for the delay before each retry.")]] = UNSET
    label: Maybe[Annotated[str, doc("Its first label.")]] = UNSET
    labels: Maybe[Annotated[list[str], doc("Its labels.")]] = UNSET
    flow_control_key: Maybe[Annotated[str, doc("Its flow control key.")]] = UNSET
    parallelism: Maybe[Annotated[Positive, doc("Parallelism of the flow control key.")]] = UNSET
    rate: Maybe[Annotated[Positive, doc("Rate of the flow control key.")]] = UNSET
    period: Maybe[Annotated[Positive, doc("Period of the rate, seconds.")]] = UNSET
    callback: Maybe[Annotated[str, doc("URL that is told of each delivery attempt.")]] = UNSET
    callback_header: Maybe[Annotated[Headers, doc("Headers of the callback.")]] = UNSET
    failure_callback: Maybe[Annotated[str, doc("URL that is told when all attempts have failed.")]] = UNSET
    failure_callback_header: Maybe[Annotated[Headers, doc("Headers of the failure callback.")]] = UNSET
    next_schedule_time: Annotated[TimeMs, doc("When it publishes next, unix milliseconds.")]
    queue_name: Maybe[Annotated[str, doc("Its queue.")]] = UNSET
    caller_ip: Maybe[Annotated[str, doc("Address of who created it.")]] = field(default=UNSET, name="callerIP")
    caller_ip_again: Maybe[Annotated[str, doc("The same.")]] = field(default=UNSET, name="callerIp")
    delay: Maybe[Annotated[Positive, doc("Delay of each message, seconds.")]] = UNSET
    last_schedule_time: Maybe[Annotated[TimeMs, doc("When it published last, unix milliseconds.")]] = UNSET
    last_schedule_states: Maybe[
        Annotated[
            dict[str, Literal["IN_PROGRESS", "SUCCESS", "FAIL"]],
            doc("The state of each message that was published last, by message id."),
        ]
    ] = UNSET
    error: Maybe[Annotated[str, doc("Why nothing was published the last time.")]] = UNSET
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
    body_base64: Maybe[BodyBase64] = UNSET
    truncated: Maybe[Truncated] = UNSET
    next_runs: Annotated[list[NextScheduleTime], doc("Its next runs, of a paused one those that it would have.")]
