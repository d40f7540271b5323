"""What a test hands in, read: durations, times and bodies."""

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
    """Seconds, a ``timedelta`` or a text such as ``4d``, in milliseconds.

    Raises:
        QStashDevError: it is negative or cannot be read.
    """
    try:
        return duration.duration_ms(by)
    except ValueError as error:
        raise QStashDevError(f"{by!r}: {error}") from None


def moment_ms(when: Moment) -> int:
    """A ``datetime`` or an ISO 8601 text as unix milliseconds; without an offset it is UTC.

    Raises:
        QStashDevError: it cannot be read.
    """
    try:
        return instant_ms(when)
    except ValueError as error:
        raise QStashDevError(f"{when!r} {error}") from None


def body_bytes(body: bytes | str | None, json: Any) -> bytes | None:
    """The body that a test means, from either form; ``None`` if it gives none.

    Raises:
        QStashDevError: both are given, or the JSON cannot be written.
    """
    if json is UNSET:
        return body.encode() if isinstance(body, str) else body
    if body is not None:
        raise QStashDevError("give either json or body, not both")
    try:
        return json_module.dumps(json, separators=(",", ":")).encode()
    except (TypeError, ValueError) as error:
        raise QStashDevError(f"json={json!r:.100} cannot be written as JSON: {error}") from None


def seconds(timeout: float) -> float:
    """A deadline of real time.

    Raises:
        QStashDevError: it is not a number above zero.
    """
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout < float("inf"):
        raise QStashDevError(f"timeout={timeout!r}: use seconds above zero")
    return float(timeout)
