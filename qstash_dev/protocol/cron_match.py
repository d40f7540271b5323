"""Which minutes the five fields of a cron expression match, without daylight saving time: croniter knows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from threading import get_ident
from typing import Any

_MINUTE = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def next_match(fields: str, after: datetime) -> datetime | None:
    """The first matching minute after ``after``, ``None`` if there is none for years; both are in UTC."""
    minute = next_minute(fields, (after - _EPOCH) // _MINUTE)
    return None if minute is None else _EPOCH + minute * _MINUTE


def next_minute(fields: str, after: int) -> int | None:
    """The same in whole minutes since 1970.

    ``fields`` are five lists of numbers such as ``0,30``, or ``*``.
    """
    from croniter import CroniterBadDateError

    try:
        return int(_croniter(fields, get_ident()).get_next(start_time=after * 60.0)) // 60
    except CroniterBadDateError:
        return None


@lru_cache(maxsize=1_024)
def _croniter(fields: str, _thread: int) -> Any:
    # Reading the fields takes several times as long as the search. It keeps a position, so no two threads share it.
    from croniter import croniter

    return croniter(fields, 0.0, ret_type=float)
