"""The cron expression of a schedule and its next fire time (https://upstash.com/docs/qstash/features/schedules).

An expression has five fields with names, ``?``, ranges and steps, and may begin with ``CRON_TZ=Zone`` or ``TZ=Zone``.
``@hourly``, ``@daily`` and so on, and ``@every 1h30m`` are allowed too. Error texts are those of the Go library
that hosted QStash uses. The page does not mention daylight saving time; our rules are:

* When clocks go forward, times that do not exist are skipped, as the Go library does.
* When clocks go back, a schedule with fixed hours fires only at the first of two equal times. If its hour field is
  ``*``, it fires at both.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from qstash_dev.protocol.cron_match import next_match, next_minute
from qstash_dev.protocol.duration import parse_duration_ms

_MAX_LENGTH = 500
_MINUTE_MS = 60_000
_MAX_STEPS = 1_000
_DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
_DAYS = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_FIELDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, _MONTHS),
    (0, 6, _DAYS),
)
_ZONE = re.compile(r"(?:CRON_)?TZ=(\S*)(?:\s(.*))?", re.DOTALL)


class UnknownZone(ValueError):
    """A time zone that is not known, in the ``part`` of the expression that has this name."""

    def __init__(self, part: str, zone: str) -> None:
        super().__init__(f"provided bad location {zone}: unknown time zone {zone}")
        self.part = part


class Cron(NamedTuple):
    """A parsed expression: either five fields or an interval."""

    text: str  #: the expression as the client wrote it, without white space around it
    fields: str  #: five lists of numbers, or ``*``; empty for an interval
    zone: tzinfo | None  #: ``None`` means UTC
    every_ms: int  #: the interval, or 0 for fields

    def next_fire_ms(self, after_ms: int) -> int | None:
        """The first fire time after ``after_ms``, both in unix milliseconds; ``None`` if there is none for years."""
        if self.every_ms:
            return (after_ms // 1_000) * 1_000 + self.every_ms
        if self.zone is None:
            minute = next_minute(self.fields, after_ms // _MINUTE_MS)
            return None if minute is None else minute * _MINUTE_MS
        after = datetime.fromtimestamp(after_ms // 1_000, UTC)
        found = _next_in_zone(self.fields, self.zone, after)
        return None if found is None else int(found.timestamp()) * 1_000


def parse_cron(text: str) -> Cron:
    """Parse it. Raises ValueError: with the text of the Go library, :class:`UnknownZone` for a time zone."""
    text = text.strip()
    if not text:
        raise ValueError("empty spec string")
    if len(text) > _MAX_LENGTH:
        raise ValueError(f"use at most {_MAX_LENGTH} characters")
    zone, rest = None, text
    if match := _ZONE.fullmatch(text):
        zone, rest = _zone(match[1], text), (match[2] or "").strip()
    if rest.startswith("@every "):
        return Cron(text, "", zone, _interval_ms(rest))
    if rest.startswith("@"):
        if rest not in _DESCRIPTORS:
            raise ValueError(f"unrecognized descriptor: {rest}")
        rest = _DESCRIPTORS[rest]
    cron = Cron(text, _checked_fields(rest), zone, 0)
    if cron.next_fire_ms(0) is None:
        raise ValueError(f"it never fires: no such date as in {rest}")
    return cron


def _zone(name: str, text: str) -> tzinfo:
    # Imported when a schedule has a time zone, because few have one and every start would wait for it.
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise UnknownZone(text.partition("=")[0], name) from None


def _interval_ms(text: str) -> int:
    duration = text.removeprefix("@every ").strip()
    try:
        interval_ms = parse_duration_ms(duration)
    except ValueError as error:
        raise ValueError(f"failed to parse duration {text}: {error}") from None
    return max(1_000, interval_ms // 1_000 * 1_000)


def _checked_fields(text: str) -> str:
    parts = text.split()
    if len(parts) != len(_FIELDS):
        raise ValueError(f"expected exactly 5 fields, found {len(parts)}: [{' '.join(parts)}]")
    return " ".join(_field(part, *bounds) for part, bounds in zip(parts, _FIELDS, strict=True))


def _field(text: str, lowest: int, highest: int, names: dict[str, int]) -> str:
    """The field as a list of numbers such as ``0,30``, or ``*``."""
    parts = text.split(",")
    values = {value for part in parts for value in _range(part, lowest, highest, names)}
    if any(part in ("*", "?", "*/1", "?/1") for part in parts):
        return "*"
    return ",".join(map(str, sorted(values)))


def _range(part: str, lowest: int, highest: int, names: dict[str, int]) -> range:
    bounds, *steps = part.split("/")
    first, *more = bounds.split("-")
    if len(steps) > 1:
        raise ValueError(f"too many slashes: {part}")
    if len(more) > 1:
        raise ValueError(f"too many hyphens: {part}")
    if first in ("*", "?"):
        start, end = lowest, highest
    else:
        start = _number(first, names)
        end = _number(more[0], names) if more else (highest if steps else start)
    step = _number(steps[0], {}) if steps else 1
    if start < lowest:
        raise ValueError(f"beginning of range ({start}) below minimum ({lowest}): {part}")
    if end > highest:
        raise ValueError(f"end of range ({end}) above maximum ({highest}): {part}")
    if start > end:
        raise ValueError(f"beginning of range ({start}) beyond end of range ({end}): {part}")
    if step == 0:
        raise ValueError(f"step of range should be a positive number: {part}")
    return range(start, end + 1, step)


def _number(text: str, names: dict[str, int]) -> int:
    if (named := names.get(text.lower())) is not None:
        return named
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ValueError(f"failed to parse int from {text}: use a whole number")
    return int(text)


def _next_in_zone(fields: str, zone: tzinfo, after: datetime) -> datetime | None:
    """The first instant after ``after`` whose wall-clock time in ``zone`` matches; both are in UTC."""
    if fields.split()[1] != "*":
        return _next_match(fields, zone, after, folds=(0,))
    found = _next_match(fields, zone, after, folds=(0, 1))
    soon = after + timedelta(hours=3)
    if _offset(zone, soon) < _offset(zone, after):
        # Clocks go back soon. The first match may be a time that the clock shows for the second time.
        before = _offset_change(zone, after, soon) - timedelta(seconds=1)
        again = _next_match(fields, zone, before, folds=(0, 1), wall=before + _offset(zone, soon))
        return min(filter(None, (found, again)), default=None)
    return found


def _next_match(
    fields: str, zone: tzinfo, after: datetime, folds: tuple[int, ...], wall: datetime | None = None
) -> datetime | None:
    """The first instant after ``after`` whose wall-clock time matches, searched from the wall-clock time ``wall`` on.

    ``folds`` tells which of two equal wall-clock times count, as in PEP 495. Times that do not exist never count.
    """
    wall = wall or after + _offset(zone, after)
    for _ in range(_MAX_STEPS):
        wall = next_match(fields, wall)
        if wall is None:
            return None
        for fold in folds:
            found = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
            if found > after and found + _offset(zone, found) == wall:
                return found
    return None


def _offset(zone: tzinfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _offset_change(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """The first second at which the zone's offset differs from that at ``before``."""
    low, high = int(before.timestamp()), int(after.timestamp())
    offset = _offset(zone, before)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, datetime.fromtimestamp(middle, UTC)) == offset:
            low = middle
        else:
            high = middle
    return datetime.fromtimestamp(high, UTC)
