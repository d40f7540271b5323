"""Points in time as people write and read them, ISO 8601 and ``datetime``, from and to unix milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime

_LAST_DATE_MS = 253_402_300_799_000


def instant_ms(value: object) -> int:
    """Unix milliseconds of an ISO 8601 text or a ``datetime``; without an offset it is in UTC.

    Raises:
        ValueError: for anything else.
    """
    try:
        moment = (
            value if isinstance(value, datetime) else datetime.fromisoformat(value if isinstance(value, str) else "")
        )
        return round((moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).timestamp() * 1_000)
    except (ValueError, OverflowError):
        raise ValueError("is not a time such as '2026-03-08T06:59:00Z'") from None


def date_time(at_ms: int) -> datetime:
    """A unix time in milliseconds as a ``datetime`` in UTC, or the last one that there is."""
    return datetime.fromtimestamp(min(at_ms, _LAST_DATE_MS) / 1_000, UTC)


def iso(at_ms: int) -> str:
    """A unix time in milliseconds as in ``2026-03-08T06:59:00.000Z``."""
    return date_time(at_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")
