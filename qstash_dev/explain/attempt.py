"""Why a delivery attempt has failed, what to look at, and what comes next.

https://upstash.com/docs/qstash/features/retry, https://upstash.com/docs/qstash/features/dlq
"""

from __future__ import annotations

from typing import NamedTuple

from qstash_dev.protocol.duration import shown_duration
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.hints import hint, reason_of
from qstash_dev.protocol.quoted import quoted
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import Message, State


class Following(NamedTuple):
    """What comes next after a failed attempt."""

    text: str = ""  #: such as ``next try in 12 s``; empty while that is open
    next_ms: int | None = None  #: when it is tried again, unix milliseconds
    dead_letter_id: str = ""  #: the dead letter that was made of it


class FailedAttempt(NamedTuple):
    """A failed attempt, explained."""

    reason: FailureReason
    sentence: str  #: what happened, such as ``HTTP 500: TypeError: x is not a function``
    hint: str  #: what to look at, or empty
    then: str = ""  #: what comes next, such as ``next try in 12 s``; empty while that is open
    next_ms: int | None = None  #: when it is tried again, unix milliseconds
    dead_letter_id: str = ""  #: the dead letter that was made of it


def explained(entry: LogEntry, now_ms: int) -> FailedAttempt | None:
    """The failed attempt that an entry of the log ends; ``None`` if it ends none.

    What comes next is open in a subscriber that is called with the entry itself: the entry that says so follows.
    """
    message, result = entry.message, entry.result
    if result is None or result.succeeded:
        return None
    log = message.tenant.log.of_messages((message.id,))
    return why(result, next((one for one in log if one.seq > entry.seq), None), now_ms)


def why(result: DeliveryResult, followed: LogEntry | None, now_ms: int) -> FailedAttempt:
    """A failed attempt. ``followed`` is the entry of the log that says what comes next, if there is one
    already: the retry, or that the message has failed or was cancelled."""
    reason = reason_of(result) or FailureReason.HTTP_STATUS
    return FailedAttempt(reason, error(result), look_at(result), *following(followed, now_ms))


def following(followed: LogEntry | None, now_ms: int) -> Following:
    """What comes next, as the entry of the log tells that followed the failed attempt."""
    if followed is None:
        return Following()
    if (at_ms := followed.next_delivery_ms) is not None:
        wait_ms = at_ms - now_ms
        text = f"next try in {shown_duration(wait_ms)}" if wait_ms else "next try at once"
        return Following(text if wait_ms >= 0 else "tried again", at_ms)
    if followed.state is not State.FAILED:
        return Following("cancelled")
    letter = followed.message.tenant.dead_letters.of_message(followed.message.id)
    if letter is None:
        return Following("given up")
    return Following(f"given up: dead letter {letter.id}", None, letter.id)


def error(result: DeliveryResult) -> str:
    """What went wrong: the status with the error that the answer names, or why there was no answer."""
    if not isinstance(result, Responded) or result.fault is not None:
        return result.error
    text = quoted(result.body)
    return f"HTTP {result.status}: {text}" if text else f"HTTP {result.status}"


def look_at(result: DeliveryResult) -> str:
    """What to look at, beside :func:`error`, which has what the answer says; empty if there is nothing to add."""
    return hint(result, quoting=False) or ""


def said(result: DeliveryResult) -> str:
    """What the application says of its failure; like :func:`error` if it says nothing."""
    return (isinstance(result, Responded) and result.fault is None and quoted(result.body)) or error(result)


def short_error(result: DeliveryResult) -> str:
    """The same in a few words, such as ``connection refused``."""
    if isinstance(result, Responded) and result.reason in (None, FailureReason.HTTP_STATUS):
        return error(result)
    words = (reason_of(result) or FailureReason.HTTP_STATUS).replace("-", " ")
    return words.replace("http", "HTTP").replace("tls", "TLS")


def tries(message: Message, number: int) -> str:
    """``try 3 of 4``."""
    return f"try {number} of {message.publication.options.retries + 1}"
