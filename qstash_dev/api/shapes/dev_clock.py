"""The clock, time travel, and what is due next (``/_dev/clock``, ``/_dev/idle``)."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from msgspec import Meta, field

from qstash_dev.api.shapes.dev_parts import CallInFlight, Iso
from qstash_dev.api.shapes.fields import UNSET, Annotated, Maybe, Shape, TimeMs, Whole, doc

_DURATION = "Seconds, or a duration such as '4d'."
_INSTANT = "Unix time in milliseconds, or ISO 8601."
MaxSteps = Annotated[int, Meta(ge=1, le=1_000_000, description="Most stops on the way.")]
Timeout = Annotated[float, Meta(gt=0, le=600, description="Seconds until the call fails, 5 by default.")]
AbortAfter = Annotated[float, Meta(gt=0, le=600, description="Seconds after which calls in flight are aborted.")]


class Duration(int):
    """Milliseconds, sent as seconds or as a text such as ``4d``."""

    sent_as: ClassVar[Any] = Annotated[float, Meta(ge=0)] | str


class Instant(int):
    """Unix milliseconds, sent as such or as ISO 8601."""

    sent_as: ClassVar[Any] = TimeMs | str


class Travel(Shape, kw_only=True):
    """A time travel that goes on."""

    from_: Annotated[TimeMs, doc("Where it began, unix milliseconds.")] = field(name="from")
    to: Maybe[Annotated[TimeMs, doc("Where it goes, unless it ends when nothing is left to do.")]] = UNSET
    now: Annotated[TimeMs, doc("How far it has come, unix milliseconds.")]
    stops: Annotated[Whole, doc("Stops so far.")]
    deliveries: Annotated[Whole, doc("Delivery attempts started so far.")]
    failed: Annotated[Whole, doc("Delivery attempts that have failed so far.")]
    elapsed_ms: Annotated[Whole, doc("Milliseconds of real time since it began.")]
    waits_for: Maybe[Annotated[CallInFlight, doc("The call that has been in flight for longest.")]] = UNSET


class Clock(Shape):
    """The server's clock."""

    now: Annotated[TimeMs, doc("Its time, unix milliseconds.")]
    time: Annotated[Iso, doc("Its time, ISO 8601.")]
    mode: Annotated[Literal["real", "travelled", "scaled", "paused"], doc("How it relates to real time.")]
    paused: Annotated[bool, doc("It stands still.")]
    scale: Annotated[float, Meta(ge=0, description="How many times as fast as real time it runs.")]
    offset: Annotated[int, doc("Milliseconds that it is ahead of real time.")]
    travel: Maybe[Annotated[Travel, doc("The time travel that goes on.")]] = UNSET


class ClockRun(Shape):
    """How the clock is to run on."""

    scale: Maybe[Annotated[float, Meta(gt=0, le=1_000_000, description="Times real time, 1 by default.")]] = UNSET


class Patience(Shape):
    """How long a call may take."""

    timeout: Maybe[Timeout] = UNSET


class Next(Patience):
    """How long the way to what is due next may take."""

    abort_after: Maybe[AbortAfter] = UNSET


class Limits(Next):
    """Limits of the way to real time."""

    max_steps: Maybe[MaxSteps] = UNSET


class Advance(Limits):
    """How far to travel: either ``by`` or ``to``."""

    by: Maybe[Annotated[Duration, doc(_DURATION)]] = UNSET
    to: Maybe[Annotated[Instant, doc(_INSTANT)]] = UNSET


class RunAll(Limits):
    """Limits of the way to the end of all that is not recurring."""

    until: Maybe[Annotated[Instant, doc(_INSTANT)]] = UNSET


class Progress(Shape, kw_only=True):
    """What a journey through time did."""

    now: Annotated[TimeMs, doc("The clock's time at the end, unix milliseconds.")]
    time: Annotated[Iso, doc("The clock's time at the end, ISO 8601.")]
    steps: Annotated[Whole, doc("Stops on the way.")]
    attempts: Annotated[Whole, doc("Delivery attempts started.")]
    failed: Annotated[Whole, doc("Delivery attempts that have failed.")]
    aborted: Maybe[Annotated[Whole, doc("Calls that were aborted, if any were.")]] = UNSET
    stopped: Maybe[Annotated[bool, doc("It was stopped on its way.")]] = UNSET


class PendingItem(Shape, kw_only=True):
    """A message that has not ended, or a workflow run that waits for an event."""

    message_id: Maybe[Annotated[str, doc("Id of the message.")]] = UNSET
    workflow_run_id: Maybe[Annotated[str, doc("Id of the run.")]] = UNSET
    user: Annotated[str, doc("Id of the user whose it is.")]
    url: Annotated[str, doc("The destination, or the URL of the workflow.")]
    state: Annotated[str, doc("State of the message or the run.")]
    waits_for: Annotated[str, doc("What it waits for, in words.")]
    due: Maybe[Annotated[TimeMs, doc("When time alone takes it on, unix milliseconds.")]] = UNSET
    due_time: Maybe[Annotated[Iso, doc("When time alone takes it on, ISO 8601.")]] = UNSET


class Idle(Progress, kw_only=True):
    """What waits for a later time when nothing else is left to do."""

    pending: Annotated[list[PendingItem], doc("The first of all that waits, soonest first.")]
    count: Annotated[Whole, doc("How much waits, listed or not.")]


DueKind = Literal["message", "retry", "schedule", "event", "flowControl"]


class DueItem(Shape):
    """One due time, and the item that is due then."""

    due: Annotated[TimeMs, doc("When, unix milliseconds.")]
    due_time: Annotated[Iso, doc("When, ISO 8601.")]
    kind: Annotated[DueKind, doc("An attempt, a retry, a schedule, the end of a wait, or a flow control period.")]
    user: Annotated[str, doc("Id of the user whose it is.")]
    message_id: Maybe[Annotated[str, doc("Id of the message.")]] = UNSET
    schedule_id: Maybe[Annotated[str, doc("Id of the schedule.")]] = UNSET
    url: Maybe[Annotated[str, doc("The destination, or the name of a URL group.")]] = UNSET
    workflow_run_id: Maybe[Annotated[str, doc("Id of the run that waits.")]] = UNSET
    event_id: Maybe[Annotated[str, doc("Id of the event that it waits for.")]] = UNSET
    flow_control_key: Maybe[Annotated[str, doc("The flow control key.")]] = UNSET


class Due(Shape):
    """The next due times, if nothing else happens."""

    now: Annotated[TimeMs, doc("The clock's time, unix milliseconds.")]
    due: Annotated[list[DueItem], doc("The soonest first.")]
    count: Annotated[Whole, doc("How much is due, listed or not.")]
