"""What a client asked for: the frozen value shared by message, schedule, event log and dead letter queue."""

from __future__ import annotations

from typing import NamedTuple

from qstash_dev.protocol.warning import Warnings, delay_in_queue

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


class DeliveryOptions(NamedTuple):
    """Everything that the ``Upstash-*`` headers of one publish say; equal header sets share one value.

    ``headers`` are those the destination receives. ``not_before_ms`` is unix time and beats ``delay_ms``.
    ``retries`` is the number of attempts after the first. ``warnings`` are about its callbacks as well.
    """

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
    warnings: Warnings = ()

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
