"""Which minutes the five fields of a cron expression match, on a clock without daylight saving time."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

# Between two leap days there are eight years at most; who does not fire within them never does.
_MAX_DAYS = 3_000
_MINUTE = timedelta(minutes=1)
_MINUTES_A_DAY = 24 * 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
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
    every_day: bool

    def fits(self, day: date) -> bool:
        """Whether it fires on this day."""
        if day.month not in self.months:
            return False
        by_date, by_weekday = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return by_date or by_weekday if self.either else by_date and by_weekday

    def first_minute(self, minute: int) -> int | None:
        """The first minute of a day that is not before this one."""
        hour, minute = divmod(minute, 60)
        if hour in self.hours:
            within = bisect_left(self.minutes, minute)
            if within < len(self.minutes):
                return hour * 60 + self.minutes[within]
            hour += 1
        at = bisect_left(self.hours, hour)
        return self.hours[at] * 60 + self.minutes[0] if at < len(self.hours) else None


def next_match(fields: str, after: datetime) -> datetime | None:
    """The first matching minute after ``after``, ``None`` if there is none for years; both are in UTC."""
    minute = next_minute(fields, (after - _EPOCH) // _MINUTE)
    return None if minute is None else _EPOCH + minute * _MINUTE


def next_minute(fields: str, after: int) -> int | None:
    """The same in whole minutes since 1970.

    ``fields`` are five lists of numbers such as ``0,30``, or ``*``.
    """
    known = _parsed(fields)
    day, minute = divmod(after + 1, _MINUTES_A_DAY)
    for number in range(day, day + _MAX_DAYS):
        if known.every_day or known.fits(date.fromordinal(_EPOCH_DAY + number)):
            found = known.first_minute(minute)
            if found is not None:
                return number * _MINUTES_A_DAY + found
        minute = 0
    return None


@lru_cache(maxsize=1_024)
def _parsed(fields: str) -> _Fields:
    texts = fields.split()
    minutes, hours, days, months, weekdays = (
        tuple(every) if text == "*" else tuple(map(int, text.split(",")))
        for text, every in zip(texts, _ALL.values(), strict=True)
    )
    either = "*" not in (texts[2], texts[4])
    every_day = texts[2:] == ["*", "*", "*"]
    return _Fields(minutes, hours, frozenset(days), frozenset(months), frozenset(weekdays), either, every_day)
