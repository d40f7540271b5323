"""What a client asked for: the frozen value shared by message, schedule, event log and dead letter queue."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from qstash_dev.protocol.warning import Warnings, delay_in_queue
from qstash_dev.protocol.weight import pairs_weight, texts_weight

OPTIONS_BYTES = 512
"""What the options of a callback take up by themselves."""
FLOW_CONTROL_BYTES = 128
Headers = tuple[tuple[str, str], ...]
"""Header names in Go's canonical form and their values, in the order they were given."""


class FlowControlOptions(NamedTuple):
    """``Upstash-Flow-Control-Key`` and ``-Value``; a limit of ``None`` was not given, ``period_s`` is 1 then."""

    key: str
    parallelism: int | None = None
    rate: int | None = None
    period_s: int = 1


class Redaction(NamedTuple):
    """``Upstash-Redact-Fields``; ``headers`` holds canonical names."""

    body: bool = False
    all_headers: bool = False
    headers: frozenset[str] = frozenset()


class Callback(NamedTuple):
    """Where the outcome is reported, and how that report is itself delivered."""

    url: str
    options: DeliveryOptions


class _Options(NamedTuple):
    method: str = "POST"
    headers: Headers = ()
    timeout_ms: int | None = None
    retries: int = 3
    retry_delay: str | None = None
    delay_ms: int | None = None
    not_before_ms: int | None = None
    labels: tuple[str, ...] = ()
    redaction: Redaction | None = None
    flow_control: FlowControlOptions | None = None
    deduplication_id: str | None = None
    content_based_deduplication: bool = False
    callback: Callback | None = None
    failure_callback: Callback | None = None
    queue_name: str | None = None
    hide_headers: bool = False
    warnings: Warnings = ()


class DeliveryOptions(_Options):
    """Everything that the ``Upstash-*`` headers of one publish say; equal header sets share one value.

    ``headers`` are those the destination receives. ``not_before_ms`` is unix time and beats ``delay_ms``.
    ``retries`` is the number of attempts after the first. ``hide_headers`` keeps QStash's own headers from the
    destination. ``warnings`` are about its callbacks as well.
    """

    @cached_property
    def weight(self) -> int:
        """Bytes of all that is in them, callbacks included; found out once, since many messages share them."""
        total = pairs_weight(self.headers)
        if self.labels or self.deduplication_id or self.retry_delay or self.queue_name:
            total += texts_weight(*self.labels, self.deduplication_id, self.retry_delay, self.queue_name)
        if self.flow_control is not None:
            total += len(self.flow_control.key) + FLOW_CONTROL_BYTES
        if self.redaction is not None:
            total += texts_weight(*self.redaction.headers)
        if self.warnings:
            total += texts_weight(*(warning.text for warning in self.warnings))
        for callback in (self.callback, self.failure_callback):
            total += callback_weight(callback)
        return total

    @property
    def delayed(self) -> bool:
        """Whether it asks for a delay, be it none."""
        return self.delay_ms is not None or self.not_before_ms is not None

    def into_queue(self, name: str) -> DeliveryOptions:
        """The same for a queue: one after the other counts for more than in so much time, so a delay is odd."""
        warnings = (*self.warnings, delay_in_queue(name)) if self.delayed else self.warnings
        return self._replace(queue_name=name, warnings=warnings)

    def due_ms(self, now_ms: int) -> int:
        """When the first attempt is due for a publish at ``now_ms``."""
        if self.not_before_ms is not None:
            return max(self.not_before_ms, now_ms)
        return now_ms + (self.delay_ms or 0)


class Publication(NamedTuple):
    """One accepted publish: ``destination`` is a URL as the client wrote it, or the name of a URL group."""

    destination: str
    body: bytes
    options: DeliveryOptions
    caller_ip: str = ""
    schedule_id: str | None = None

    @property
    def weight(self) -> int:
        """Bytes of all that was published."""
        return len(self.body) + len(self.destination) + self.options.weight


def callback_weight(callback: Callback | None) -> int:
    """Bytes of a callback that is asked for."""
    return 0 if callback is None else len(callback.url) + callback.options.weight + OPTIONS_BYTES
