"""Lines of output for time travel: one summary for each journey, rules between its days, and what holds it up.

A journey may make thousands of attempts in a second, so only the first of them have lines.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import click
from msgspec import Struct

from qstash_dev.cli.event_lines import json_object
from qstash_dev.cli.line_limiter import LineLimiter
from qstash_dev.dev.calls import InFlight
from qstash_dev.dev.journey import Journey, TravelEvent
from qstash_dev.protocol.duration import shown_duration
from qstash_dev.protocol.notice import NoticeKind
from qstash_dev.protocol.wording import printable
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.tenant import Told

_DAY_S = 86_400
_NEVER_MS = 1 << 62


class JourneyLimits(Struct, frozen=True):
    """How much is printed of one journey."""

    #: Lines for attempts that succeed, and as many again for those that fail.
    attempts: int = 20
    #: Rules between days.
    rules: int = 40


class TravelPrinter:
    """A subscriber of time travel that prints journeys, and which filters what else is printed meanwhile."""

    def __init__(
        self, lines: LineLimiter, *, as_json: bool, colour: bool, limits: JourneyLimits | None = None
    ) -> None:
        self._lines = lines
        self._as_json = as_json
        self._colour = colour
        self._limits = limits or JourneyLimits()
        self._journey: Journey | None = None
        self._printed = [0, 0]
        self._left_out = 0
        self._days = _Days(self._limits.rules)

    def __call__(self, event: TravelEvent, journey: Journey) -> None:
        """Print what there is to say of this event."""
        if event is TravelEvent.BEGAN:
            self._journey, self._printed, self._left_out = journey, [0, 0], 0
            self._days = _Days(self._limits.rules)
        elif event is TravelEvent.STOP:
            if self._as_json or (day := self._days.passed(journey)) is None:
                return
            if self._lines.admits(("day",)):
                self._print(_rule(day, journey))
        elif event is TravelEvent.WAITS and journey.told is not None:
            self._print(_waits_json(journey, journey.told) if self._as_json else _waits_line(journey, journey.told))
        elif event is TravelEvent.ENDED:
            self._journey = None
            if journey.steps or journey.now_ms > journey.from_ms or not journey.arrived:
                self._print(_journey_json(journey) if self._as_json else self._summary(journey))

    def filtered(self, printer: Callable[[LogEntry], None]) -> Callable[[LogEntry], None]:
        """The printer of events, which during a journey gets only the first attempts."""
        return lambda entry: printer(entry) if self._journey is None or self._has_room(entry) else None

    def notices(self, printer: Callable[[Told], None]) -> Callable[[Told], None]:
        """The printer of notices, which gets none of what a journey waits for: the journey itself tells of it."""
        return lambda told: (
            printer(told) if self._journey is None or told.notice.kind is not NoticeKind.STILL_WAITING else None
        )

    def _has_room(self, entry: LogEntry) -> bool:
        if entry.result is None:
            return True
        failed = not entry.result.succeeded
        if self._printed[failed] < self._limits.attempts:
            self._printed[failed] += 1
            return True
        self._left_out += 1
        return False

    def _summary(self, journey: Journey) -> str:
        left_out = f" ({self._left_out:,} lines left out)" if self._left_out else ""
        return summary(journey) + left_out

    def _print(self, line: str) -> None:
        if self._colour and not self._as_json:
            line = click.style(line, fg="cyan")
        self._lines.write_line(line)


class _Days:
    """The days that a journey passes, by local time. There are at most ``most`` of them: of a longer journey, only
    every second, third or later day counts."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._apart = 1
        self._count = 0
        self._next_ms = -1

    def passed(self, journey: Journey) -> str | None:
        """The date, if it is another one than at the stop before and has a rule."""
        now_ms = journey.now_ms
        if now_ms < self._next_ms:
            return None
        if self._next_ms < 0:
            days = 0 if journey.to_ms is None else (journey.to_ms - journey.from_ms) // (_DAY_S * 1_000)
            self._apart = max(1, -(-days // self._most))
            self._next_ms = _midnight_ms(journey.from_ms, self._apart)
            if now_ms < self._next_ms:
                return None
        self._count += 1
        if self._count % self._most == 0:
            # A journey may have no end, or one that is not known.
            self._apart *= 10
        self._next_ms = _midnight_ms(now_ms, self._apart)
        return _date(now_ms)


def summary(journey: Journey) -> str:
    """What a journey did, in one line."""
    gone, failed = journey.now_ms - journey.from_ms, f", {journey.failed:,} failed" if journey.failed else ""
    way = shown_duration(gone)
    if not journey.arrived:
        goal = "" if journey.to_ms is None else f" of {shown_duration(journey.to_ms - journey.from_ms)}"
        way += f"{goal}, then {'stopped' if journey.stopped else 'gave up'},"
    counts = f"{_count(journey.steps, 'stop')}, {_count(journey.attempts, 'delivery', 'deliveries')}"
    return f"travelled {way} in {journey.elapsed_s:.1f} s: {counts}{failed}"


def _rule(day: str, journey: Journey) -> str:
    return f"──── {day} ──── {_count(journey.attempts, 'delivery', 'deliveries')} so far ────"


def _waits_line(journey: Journey, call: InFlight) -> str:
    goal = "the end of what is due" if journey.to_ms is None else (_date(journey.to_ms, "%Y-%m-%d %H:%M:%S"))
    return (
        f"travelling to {goal}: waits for {call.method} {printable(call.url)} ({call.message_id}), "
        f"{call.running_s:.0f} s so far: abort it with POST /_dev/messages/{call.message_id}/abort"
    )


def _waits_json(journey: Journey, call: InFlight) -> str:
    return json_object(
        event="travelWaits",
        time=journey.now_ms,
        user=call.user,
        messageId=call.message_id,
        method=call.method,
        url=call.url,
        runningMs=round(call.running_s * 1_000),
    )


def _journey_json(journey: Journey) -> str:
    fields = {"from": journey.from_ms, "to": journey.to_ms, "stops": journey.steps, "deliveries": journey.attempts}
    return json_object(
        event="travel",
        time=journey.now_ms,
        **fields,
        failed=journey.failed,
        durationMs=round(journey.elapsed_s * 1_000),
        arrived=journey.arrived,
        stopped=journey.stopped,
    )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _date(time_ms: int, form: str = "%Y-%m-%d") -> str:
    return _local(time_ms).strftime(form)


def _local(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms // 1_000).astimezone()


def _midnight_ms(time_ms: int, days: int) -> int:
    """The local midnight ``days`` days later."""
    try:
        day = _local(time_ms).replace(tzinfo=None, hour=0, minute=0, second=0) + timedelta(days=days)
        return int(day.timestamp()) * 1_000
    except (OverflowError, ValueError, OSError):
        return _NEVER_MS
