"""The minutes that the five fields of a cron expression match, in UTC.

croniter does the search (https://upstash.com/docs/qstash/features/schedules: cron expressions are evaluated in UTC).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from threading import get_ident
from typing import Any

_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def next_match(fields: str, after: datetime) -> datetime | None:
    """The first matching minute after ``after``, both in UTC; ``None`` if there is none for years."""
    minute = next_minute(fields, (after - _EPOCH) // _MINUTE)
    return None if minute is None else _EPOCH + minute * _MINUTE


def next_minute(fields: str, after: int) -> int | None:
    """The first matching minute after ``after``, both in minutes since 1970; ``None`` if there is none for years.

    ``fields`` are five lists of numbers such as ``0,30``, or ``*``.
    """
    hour, minute = divmod(after, 60)
    # croniter takes as long as half a delivery: a schedule that fires every minute asks it twice an hour only.
    if fields.startswith("*") or "," in fields.split(maxsplit=1)[0]:
        minutes = _minutes_of(fields, hour)
        position = bisect_right(minutes, minute)
        if position < len(minutes):
            return hour * 60 + minutes[position]
    return _searched(fields, after)


@lru_cache(maxsize=1_024)
def _minutes_of(fields: str, hour: int) -> Sequence[int]:
    """The matching minutes of an hour: all in the first field if the other fields match the hour, otherwise none."""
    first = _searched(fields, hour * 60 - 1)
    if first is None or first // 60 != hour:
        return ()
    listed = fields.split(maxsplit=1)[0]
    return range(60) if listed == "*" else sorted({int(minute) for minute in listed.split(",")})


def _searched(fields: str, after: int) -> int | None:
    from croniter import CroniterBadDateError

    try:
        return int(_croniter(fields, get_ident()).get_next(start_time=after * 60.0)) // 60
    except CroniterBadDateError:
        return None


@lru_cache(maxsize=1_024)
def _croniter(fields: str, _thread: int) -> Any:
    # Cached, because parsing the fields takes longer than the search. A croniter has a position: one for each thread.
    from croniter import croniter

    return croniter(fields, 0.0, ret_type=float)
