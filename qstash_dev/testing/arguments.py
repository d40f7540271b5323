"""Arguments of the test kit: durations, times, bodies and time limits."""

from __future__ import annotations

import json as json_module
from datetime import datetime, timedelta
from typing import Any, Final

from qstash_dev.dev.instants import instant_ms
from qstash_dev.protocol import duration
from qstash_dev.testing.errors import QStashDevError

Duration = str | timedelta | float
Moment = str | datetime
UNSET: Final[Any] = object()


def duration_ms(by: Duration) -> int:
    """A duration in milliseconds, from a number of seconds, a ``timedelta`` or a text such as ``4d``.

    Raises QStashDevError: it is none of these, negative, or longer than 100 years.
    """
    try:
        return duration.duration_ms(by)
    except ValueError as error:
        raise QStashDevError(f"{by!r}: {error}") from None


def moment_ms(when: Moment) -> int:
    """A time in unix milliseconds, from a ``datetime`` or an ISO 8601 text, in UTC unless it has an offset.

    Raises QStashDevError: it is neither.
    """
    try:
        return instant_ms(when)
    except ValueError as error:
        raise QStashDevError(f"{when!r} {error}") from None


def body_bytes(body: bytes | str | None, json: Any) -> bytes | None:
    """The body as bytes, from ``body`` or from ``json``; ``None`` if neither is given.

    Raises QStashDevError: both are given, or ``json`` has a value that JSON has not.
    """
    if json is UNSET:
        return body.encode() if isinstance(body, str) else body
    if body is not None:
        raise QStashDevError("give either json or body, not both")
    try:
        return json_module.dumps(json, separators=(",", ":")).encode()
    except (TypeError, ValueError) as error:
        raise QStashDevError(f"json={json!r:.100} cannot be written as JSON: {error}") from None


def above_zero(name: str, value: float, advice: str) -> float:
    """The value of an argument.

    Raises QStashDevError: it is not a number above 0; the text has the ``name`` of the argument.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise QStashDevError(f"{name}={value!r}: use {advice}")
    return float(value)


def patience_s(abort_after: float | None) -> float | None:
    """After how many seconds calls are aborted, ``None`` for never; raises what :func:`above_zero` raises."""
    return None if abort_after is None else above_zero("abort_after", abort_after, "seconds above zero")
