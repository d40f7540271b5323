"""What a developer or a test hands in, read: numbers, durations and times."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from qstash_dev.clock import LAST_MS
from qstash_dev.config import Limits
from qstash_dev.protocol import errors
from qstash_dev.protocol.duration import duration_ms

MAX_TIMEOUT_S = 600.0


MOST_STEPS = 1_000_000


_LAST_DATE_MS = 253_402_300_799_000


def timeout_of(fields: dict[str, Any], limits: Limits) -> float:
    """``timeout`` in seconds of real time, ``limits.wait_s`` if it is not given.

    Raises:
        Rejection: 400.
    """
    return number_of(fields, "timeout", limits.wait_s, MAX_TIMEOUT_S)


def number_of(fields: dict[str, Any], name: str, default: float, most: float) -> float:
    """A number above zero.

    Raises:
        Rejection: 400 naming the field.
    """
    value = fields.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most:
        raise errors.INVALID_FIELD(field=name, reason=f"use a number above 0, at most {most:g}")
    return float(value)


def max_steps_of(fields: dict[str, Any], default: int) -> int:
    """``maxSteps``: how many stops a journey may make.

    Raises:
        Rejection: 400.
    """
    return whole_of(fields, "maxSteps", default, 1, MOST_STEPS)


def whole_of(fields: dict[str, Any], name: str, default: int, least: int, most: int) -> int:
    """A whole number.

    Raises:
        Rejection: 400 naming the field.
    """
    value = fields.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise errors.INVALID_FIELD(field=name, reason=f"use a whole number from {least} to {most}")
    return value


def duration_ms_of(fields: dict[str, Any], name: str) -> int:
    """Seconds as a number, or a duration such as ``4d``, in milliseconds.

    Raises:
        Rejection: 400 naming the field.
    """
    try:
        return duration_ms(fields.get(name))
    except ValueError as error:
        raise errors.INVALID_FIELD(field=name, reason=str(error)) from None


def instant_ms_of(fields: dict[str, Any], name: str, least_ms: int = 0) -> int:
    """A time, as unix milliseconds or in ISO 8601; without an offset it is UTC.

    Raises:
        Rejection: 400 naming the field, also for a time before ``least_ms``.
    """
    at_ms = _instant_ms(fields.get(name))
    if at_ms is None:
        reason = "use unix milliseconds, or a time such as '2026-03-08T06:59:00Z'"
        raise errors.INVALID_FIELD(field=name, reason=reason)
    if at_ms < least_ms:
        raise errors.INVALID_FIELD(field=name, reason=f"time only goes forward, and it is {iso(least_ms)} already")
    if at_ms > LAST_MS:
        raise errors.INVALID_FIELD(field=name, reason=f"time ends at {iso(LAST_MS)}")
    return at_ms


def _instant_ms(value: Any) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value if value >= 0 else None
    try:
        moment = datetime.fromisoformat(value if isinstance(value, str) else "")
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return round(moment.timestamp() * 1_000)
    except (ValueError, OverflowError):
        return None


def iso(at_ms: int) -> str:
    """A time for people; the last that dates can hold if it is beyond."""
    return (
        datetime.fromtimestamp(min(at_ms, _LAST_DATE_MS) / 1_000, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )
