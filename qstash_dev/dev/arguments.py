"""Fields of requests below ``/_dev/``: numbers, durations and times."""

from __future__ import annotations

from typing import Any

from qstash_dev.clock import LAST_MS
from qstash_dev.config import Limits
from qstash_dev.dev.instants import instant_ms, iso
from qstash_dev.protocol import errors
from qstash_dev.protocol.duration import duration_ms

MAX_TIMEOUT_S = 600.0
MOST_STEPS = 1_000_000


def timeout_of(fields: dict[str, Any], limits: Limits) -> float:
    """The field ``timeout`` in seconds of real time, by default ``limits.wait_s``; errors as in :func:`number_of`."""
    return number_of(fields, "timeout", limits.wait_s, MAX_TIMEOUT_S)


def number_of(fields: dict[str, Any], name: str, default: float, most: float) -> float:
    """A number above 0 and at most ``most``.

    Raises Rejection: 400 for anything else.
    """
    value = fields.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= most:
        raise errors.INVALID_FIELD(field=name, reason=f"use a number above 0, at most {most:g}")
    return float(value)


def max_steps_of(fields: dict[str, Any], default: int) -> int:
    """The field ``maxSteps``, the limit of steps of a time travel; raises what :func:`whole_of` raises."""
    return whole_of(fields, "maxSteps", default, 1, MOST_STEPS)


def whole_of(fields: dict[str, Any], name: str, default: int, least: int, most: int) -> int:
    """A whole number from ``least`` to ``most``.

    Raises Rejection: 400 for anything else.
    """
    value = fields.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise errors.INVALID_FIELD(field=name, reason=f"use a whole number from {least} to {most}")
    return value


def duration_ms_of(fields: dict[str, Any], name: str) -> int:
    """A duration in milliseconds, from a number of seconds or a text such as ``4d``.

    Raises Rejection: 400 for anything else.
    """
    try:
        return duration_ms(fields.get(name))
    except ValueError as error:
        raise errors.INVALID_FIELD(field=name, reason=str(error)) from None


def instant_ms_of(fields: dict[str, Any], name: str, least_ms: int = 0) -> int:
    """A time in unix milliseconds, from such a number or an ISO 8601 text, which is in UTC unless it has an offset.

    Raises Rejection: 400 for anything else, for a time before ``least_ms`` and one after the year 9000.
    """
    at_ms = fields.get(name)
    try:
        if not isinstance(at_ms, int) or isinstance(at_ms, bool) or at_ms < 0:
            at_ms = instant_ms(at_ms)
    except ValueError:
        reason = "use unix milliseconds, or a time such as '2026-03-08T06:59:00Z'"
        raise errors.INVALID_FIELD(field=name, reason=reason) from None
    if at_ms < least_ms:
        raise errors.INVALID_FIELD(field=name, reason=f"time only goes forward, and it is {iso(least_ms)} already")
    if at_ms > LAST_MS:
        raise errors.INVALID_FIELD(field=name, reason=f"time ends at {iso(LAST_MS)}")
    return at_ms
