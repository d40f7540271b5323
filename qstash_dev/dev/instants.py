"""Conversion of times: ISO 8601 texts and ``datetime`` to unix milliseconds and back."""

from __future__ import annotations

from datetime import UTC, datetime

_LAST_DATE_MS = 253_402_300_799_000


def instant_ms(value: object) -> int:
    """The unix milliseconds of an ISO 8601 text or a ``datetime``, which are in UTC unless they have an offset.

    Raises ValueError: it is neither.
    """
    try:
        moment = (
            value if isinstance(value, datetime) else datetime.fromisoformat(value if isinstance(value, str) else "")
        )
        return round((moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).timestamp() * 1_000)
    except (ValueError, OverflowError):
        raise ValueError("is not a time such as '2026-03-08T06:59:00Z'") from None


def date_time(at_ms: int) -> datetime:
    """A unix time in milliseconds as a ``datetime`` in UTC; the end of the year 9999 for later times."""
    return datetime.fromtimestamp(min(at_ms, _LAST_DATE_MS) / 1_000, UTC)


def iso(at_ms: int) -> str:
    """A unix time in milliseconds as a text such as ``2026-03-08T06:59:00.000Z``."""
    return date_time(at_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
