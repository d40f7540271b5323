"""The values of ``Upstash-*`` options (https://upstash.com/docs/qstash/api-reference/messages/publish-a-message).

Each function parses one value. Raises ValueError: the value is invalid; says what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import NAME, url_fault, wire_url
from qstash_dev.protocol.duration import parse_duration_ms, refuse_bare
from qstash_dev.protocol.expression import parse_expression
from qstash_dev.protocol.redaction import parse_redaction
from qstash_dev.protocol.weight import MAX_TEXT_BYTES

Read = TypeVar("Read")
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
MAX_FLOW_PERIOD_S = 7 * 86_400

_SECONDS = re.compile(r"\d+(\.\d*)?", re.ASCII)
_RESOURCE = re.compile(r"[A-Za-z0-9._-]+", re.ASCII)


class Refused(ValueError):
    """A value that hosted QStash is known to refuse; ``error`` begins with its text."""

    def __init__(self, error: errors.ErrorText, **values: object) -> None:
        super().__init__(error.template)
        self.error, self.values = error, values


class NotListed(ValueError):
    """A value that is none of the few that are ``expected``."""

    def __init__(self, *expected: str) -> None:
        super().__init__(errors.one_of(expected))
        self.expected = expected


class InPart(ValueError):
    """An ``error`` in the ``part`` of a value that has this name."""

    def __init__(self, part: str, error: ValueError) -> None:
        super().__init__(str(error))
        self.part, self.error = part, error


def boolean(value: str) -> bool:
    """``true`` or ``false``, in any case: the Python SDK sends ``True``."""
    lowered = value.strip().lower()
    if lowered not in ("true", "false", "1", "0", ""):
        raise NotListed("true", "false")
    return lowered in ("true", "1")


def method(value: str) -> str:
    """An HTTP method, in upper case."""
    upper = value.strip().upper()
    if upper not in METHODS:
        raise NotListed(*METHODS)
    return upper


def retries(value: str) -> int:
    """The number of attempts after the first."""
    text = value.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ValueError("use a whole number of 0 or more")
    return int(text)


def timeout_ms(value: str) -> int:
    """The longest duration of an attempt."""
    milliseconds = parse_duration_ms(value)
    if milliseconds <= 0:
        raise ValueError("use a duration above zero such as '30s'")
    return milliseconds


def delay_ms(value: str) -> int:
    """The delay of a message. Hosted QStash refuses one without a unit."""
    refuse_bare(value)
    return parse_duration_ms(value)


def sleep_ms(value: str) -> int:
    """The delay of a message of a workflow run, with long units (https://upstash.com/docs/workflow/steps/sleep)."""
    refuse_bare(value)
    return parse_duration_ms(value, long_units=True)


def not_before_ms(value: str) -> int:
    """A unix time, given in seconds."""
    seconds = float(value) if _SECONDS.fullmatch(value.strip()) else -1.0
    if not 0 <= seconds < 1e12:
        raise ValueError("use a unix time in seconds such as 1767225600")
    return round(seconds * 1_000)


def expression(value: str) -> str:
    """A retry delay, checked but not evaluated."""
    parse_expression(value)
    return value


def labels(value: str) -> tuple[str, ...]:
    """Labels separated by commas, without repetitions."""
    found = tuple(dict.fromkeys(label for part in value.split(",") if (label := part.strip())))
    if not all(map(_RESOURCE.fullmatch, found)):
        raise ValueError("use letters, digits, '-', '_' and '.' in each label, and commas between them")
    return _bounded(found, value)


def deduplication_id(value: str) -> str:
    """A deduplication id: any text without a colon."""
    if ":" in value:
        raise Refused(errors.DEDUPLICATION_ID_COLON)
    return _bounded(value, value)


def flow_control_key(value: str) -> str:
    if not _RESOURCE.fullmatch(value):
        raise Refused(errors.FLOW_CONTROL_KEY)
    return _bounded(value, value)


def name(value: str) -> str:
    """The name of a queue."""
    if not NAME.fullmatch(value):
        raise ValueError("use letters, digits, '-', '_' and '.'")
    return value


def callback_url(value: str) -> str:
    if fault := url_fault(value):
        raise ValueError(fault)
    return wire_url(value)


def flow_control_limits(value: str) -> dict[str, int]:
    """The limits that are given of ``parallelism``, ``rate`` and ``period_s``.

    https://upstash.com/docs/qstash/features/flowcontrol
    """
    limits: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in value.split(","))):
        key, _, amount = (piece.strip() for piece in part.partition("="))
        if key not in ("parallelism", "rate", "period"):
            raise Refused(
                errors.FLOW_CONTROL_VALUE, reason=f"'{part[:50]}' is not parallelism=N, rate=N or period=DURATION"
            )
        try:
            if key == "period":
                limits["period_s"] = _flow_period_s(amount)
            else:
                limits[key] = _positive(key, amount)
        except ValueError as error:
            raise InPart(key, error) from None
    if "parallelism" not in limits and "rate" not in limits:
        raise Refused(errors.FLOW_CONTROL_VALUE, reason="give at least one of parallelism=N and rate=N")
    return limits


def _flow_period_s(amount: str) -> int:
    period_ms = parse_duration_ms(amount)
    if not 1_000 <= period_ms <= MAX_FLOW_PERIOD_S * 1_000:
        raise ValueError("use a period from 1s to 7d")
    return period_ms // 1_000


def _positive(key: str, amount: str) -> int:
    if not (amount.isascii() and amount.isdigit() and len(amount) <= 9 and int(amount) > 0):
        raise Refused(errors.FLOW_CONTROL_VALUE, reason=f"{key} must be a whole number above zero")
    return int(amount)


def _bounded(read: Read, value: str) -> Read:
    if len(value) > MAX_TEXT_BYTES or len(value.encode("utf-8", "surrogateescape")) > MAX_TEXT_BYTES:
        raise ValueError(f"use at most {MAX_TEXT_BYTES} bytes")
    return read


class Option(NamedTuple):
    """An option of a publish. ``field`` is the field of :class:`DeliveryOptions` that it sets, ``read`` parses its
    value, ``text`` is its description in the OpenAPI document."""

    field: str
    read: Callable[[str], object]
    text: str


OPTIONS = {
    "method": Option("method", method, "HTTP method of the delivery attempts, POST by default."),
    "timeout": Option("timeout_ms", timeout_ms, "How long one delivery attempt may take."),
    "retries": Option("retries", retries, "Delivery attempts after the first, 3 by default."),
    "retry-delay": Option(
        "retry_delay", expression, "Milliseconds until the next attempt, as an expression over `retried`."
    ),
    "delay": Option("delay_ms", delay_ms, "How long to wait before the first attempt; not for enqueue."),
    "not-before": Option(
        "not_before_ms",
        not_before_ms,
        "Unix time in seconds before which nothing is attempted; beats Delay; not for enqueue.",
    ),
    "label": Option("labels", labels, "Labels of letters, digits, `-`, `_` and `.`, with commas between them."),
    "redact-fields": Option(
        "redaction", parse_redaction, "What logs and lists do not show: body, header, header[Name]."
    ),
    "deduplication-id": Option(
        "deduplication_id",
        deduplication_id,
        "Later messages with this id are accepted and not delivered; without `:`.",
    ),
    "content-based-deduplication": Option(
        "content_based_deduplication", boolean, "Derive the deduplication id from the message."
    ),
    "queue-name": Option("queue_name", name, "Deliver through this queue."),
    "hide-headers": Option("hide_headers", boolean, "Send the destination no Upstash-* header but the signature."),
}
"""The options that one header sets, by the name after ``Upstash-``
(https://upstash.com/docs/qstash/howto/publishing)."""
