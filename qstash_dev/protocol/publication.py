"""A publication: what a client publishes, shared by messages, schedules, event log and dead letter queue.

https://upstash.com/docs/qstash/api-reference/messages/publish-a-message
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from qstash_dev.protocol.warning import Warnings, delay_in_queue
from qstash_dev.protocol.weight import pairs_weight, texts_weight

OPTIONS_BYTES = 512
"""The memory that the options of a callback take up beside their texts."""
FLOW_CONTROL_BYTES = 128
Headers = tuple[tuple[str, str], ...]
"""Header names in Go's canonical form and values, in the order of the request."""


class FlowControlOptions(NamedTuple):
    """``Upstash-Flow-Control-Key`` and ``-Value``; ``None`` is no limit."""

    key: str
    parallelism: int | None = None  #: calls at the same time
    rate: int | None = None  #: calls per period
    period_s: int = 1


class Redaction(NamedTuple):
    """``Upstash-Redact-Fields``: the parts of a message that lists and logs hide."""

    body: bool = False
    all_headers: bool = False
    headers: frozenset[str] = frozenset()  #: names in lower case


class _Options(NamedTuple):
    method: str = "POST"
    headers: Headers = ()  #: what the destination receives, without QStash's own headers
    timeout_ms: int | None = None
    retries: int = 3  #: attempts after the first
    retry_delay: str | None = None  #: an expression, see :mod:`qstash_dev.protocol.expression`
    delay_ms: int | None = None
    not_before_ms: int | None = None  #: unix time; replaces ``delay_ms``
    labels: tuple[str, ...] = ()
    redaction: Redaction | None = None
    flow_control: FlowControlOptions | None = None
    deduplication_id: str | None = None
    content_based_deduplication: bool = False
    callback: Callback | None = None
    failure_callback: Callback | None = None
    queue_name: str | None = None
    hide_headers: bool = False  #: leave out QStash's own headers, except the signature
    warnings: Warnings = ()  #: about its callbacks too
    dropped: Headers = ()  #: headers that are not forwarded, each with the reason; those of callbacks too


class DeliveryOptions(_Options):
    """The ``Upstash-*`` headers of one publish. Messages with the same headers share one value."""

    @cached_property
    def weight(self) -> int:
        """Bytes that the options keep, callbacks included; computed once, because many messages share them."""
        total = pairs_weight(self.headers)
        if self.labels or self.deduplication_id or self.retry_delay or self.queue_name:
            total += texts_weight(*self.labels, self.deduplication_id, self.retry_delay, self.queue_name)
        if self.flow_control is not None:
            total += len(self.flow_control.key) + FLOW_CONTROL_BYTES
        if self.redaction is not None:
            total += texts_weight(*self.redaction.headers)
        if self.warnings:
            total += texts_weight(*(warning.text for warning in self.warnings))
        if self.dropped:
            total += pairs_weight(self.dropped)
        for callback in (self.callback, self.failure_callback):
            total += callback_weight(callback)
        return total

    @property
    def delayed(self) -> bool:
        """Whether it has a delay, which may be 0."""
        return self.delay_ms is not None or self.not_before_ms is not None

    def into_queue(self, name: str) -> DeliveryOptions:
        """The same options for a message in a queue, with a warning if it has a delay."""
        warnings = (*self.warnings, delay_in_queue(name)) if self.delayed else self.warnings
        return self._replace(queue_name=name, warnings=warnings)

    def due_ms(self, now_ms: int) -> int:
        """The unix time of the first attempt for a publish at ``now_ms``."""
        if self.not_before_ms is not None:
            return max(self.not_before_ms, now_ms)
        return now_ms + (self.delay_ms or 0)


class Callback(NamedTuple):
    """``Upstash-Callback`` or ``Upstash-Failure-Callback``, and the options of the message that is sent there."""

    url: str
    options: DeliveryOptions


class Publication(NamedTuple):
    """One accepted publish."""

    destination: str  #: a URL, or the name of a URL group
    body: bytes
    options: DeliveryOptions
    caller_ip: str = ""  #: of the publisher
    schedule_id: str | None = None

    @property
    def weight(self) -> int:
        """Bytes that the publication keeps."""
        return len(self.body) + len(self.destination) + self.options.weight


def callback_weight(callback: Callback | None) -> int:
    """Bytes that a callback keeps in the options of a message."""
    return 0 if callback is None else len(callback.url) + callback.options.weight + OPTIONS_BYTES
