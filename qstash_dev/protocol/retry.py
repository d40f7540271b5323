"""The next retry of a message, or that there is none (https://upstash.com/docs/qstash/features/retry)."""

from __future__ import annotations

import math

from qstash_dev.protocol.duration import parse_duration_ms
from qstash_dev.protocol.expression import evaluate_ms
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.publication import DeliveryOptions, Headers
from qstash_dev.protocol.result import DeliveryResult, Responded

DAY_MS = 86_400_000
NON_RETRYABLE_STATUS = 489
_WAIT_HEADERS = ("Retry-After", "X-Ratelimit-Reset", "X-Ratelimit-Reset-Requests", "X-Ratelimit-Reset-Tokens")


def retry_at(result: DeliveryResult, options: DeliveryOptions, retried: int, now_ms: int) -> int | None:
    """The unix time in milliseconds of the retry that follows a failed attempt. ``retried`` is the number of attempts
    before it. ``None`` without a retry: the message has FAILED and goes to the dead letter queue."""
    if retried >= options.retries or _non_retryable(result):
        return None
    return now_ms + _delay_ms(result, options, retried, now_ms)


def default_delay_ms(retry: int) -> int:
    """``min(86400, e^(2.5·n))`` seconds, rounded down, before retry ``n`` = 1, 2, …: 12 s, 2 m 28 s, 30 m 8 s, …"""
    return int(min(86_400.0, math.exp(2.5 * min(retry, 10)))) * 1_000


def requested_wait_ms(headers: Headers, now_ms: int) -> int | None:
    """The wait that ``Retry-After`` or a similar header asks for; ``None`` without a valid one of at most a day.

    The value is seconds, a date or a duration (https://upstash.com/docs/qstash/features/retry).
    """
    by_name = dict(reversed(headers))
    for name in _WAIT_HEADERS:
        if (value := by_name.get(name)) is not None:
            wait_ms = _wait_ms(value, now_ms)
            if wait_ms is not None and wait_ms <= DAY_MS:
                return max(0, wait_ms)
    return None


def _non_retryable(result: DeliveryResult) -> bool:
    if not isinstance(result, Responded):
        return result.reason is FailureReason.NOT_MAPPED
    if result.final or result.status != NON_RETRYABLE_STATUS:
        return result.final
    return any(
        name == "Upstash-Nonretryable-Error" and value.strip().lower() == "true" for name, value in result.headers
    )


def _delay_ms(result: DeliveryResult, options: DeliveryOptions, retried: int, now_ms: int) -> int:
    if isinstance(result, Responded):
        requested = requested_wait_ms(result.headers, now_ms)
        if requested is not None:
            return requested
    if options.retry_delay is not None:
        return int(min(evaluate_ms(options.retry_delay, retried), DAY_MS))
    return default_delay_ms(retried + 1)


def _wait_ms(value: str, now_ms: int) -> int | None:
    try:
        return parse_duration_ms(value)
    except ValueError:
        pass
    # Imported here, because dates are rare and it takes long.
    from email.utils import parsedate_to_datetime

    try:
        return int(parsedate_to_datetime(value).timestamp() * 1_000) - now_ms
    except (ValueError, OverflowError):
        return None
