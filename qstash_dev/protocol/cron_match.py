"""Which minutes the five fields of a cron expression match, on a clock without daylight saving time."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

# Between two leap days there are eight years at most; who does not fire within them never does.
_MAX_DAYS = 3_000
_DAY = timedelta(days=1)
_ALL = {"minutes": range(60), "hours": range(24), "days": range(1, 32), "months": range(1, 13), "weekdays": range(7)}


@dataclass(frozen=True, slots=True)
class _Fields:
    """Numbers in ascending order. Weekdays count from Sunday. ``either`` tells that a day need only be one of
    ``days`` or one of ``weekdays``, as it is where both are restricted."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool

    def fits(self, day: date) -> bool:
        """Whether it fires on this day."""
        if day.month not in self.months:
            return False
        by_date, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_date or by_weekday if self.either else by_date and by_weekday

    def first_time(self, hour: int, minute: int) -> tuple[int, int] | None:
        """The first time of a day that is not before this one."""
        at = bisect_left(self.hours, hour)
        if at < len(self.hours) and self.hours[at] == hour:
            within = bisect_left(self.minutes, minute)
            if within < len(self.minutes):
                return hour, self.minutes[within]
            at += 1
        return (self.hours[at], self.minutes[0]) if at < len(self.hours) else None


def next_match(fields: str, after: datetime) -> datetime | None:
    """The first matching minute after ``after``, ``None`` if there is none for years.

    ``fields`` are five lists of numbers such as ``0,30``, or ``*``.
    """
    known = _parsed(fields)
    start = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
    day, hour, minute = start.date(), start.hour, start.minute
    for _ in range(_MAX_DAYS):
        if known.fits(day) and (time := known.first_time(hour, minute)) is not None:
            return start.replace(day.year, day.month, day.day, *time)
        day, hour, minute = day + _DAY, 0, 0
    return None


@lru_cache(maxsize=1_024)
def _parsed(fields: str) -> _Fields:
    texts = fields.split()
    minutes, hours, days, months, weekdays = (
        tuple(every) if text == "*" else tuple(map(int, text.split(",")))
        for text, every in zip(texts, _ALL.values(), strict=True)
    )
    either = "*" not in (texts[2], texts[4])
    return _Fields(minutes, hours, frozenset(days), frozenset(months), frozenset(weekdays), either)
