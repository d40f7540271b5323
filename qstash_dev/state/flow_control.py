"""A flow control key and its limits (https://upstash.com/docs/qstash/features/flowcontrol)."""

from __future__ import annotations

from qstash_dev.protocol.publication import FlowControlOptions
from qstash_dev.state.wait_list import WaitList


class FlowControl:
    """The calls of one key. A limit of 0 is no limit. A period starts with the first call after the last period."""

    __slots__ = (
        "in_flight", "key", "members", "parallelism", "paused", "paused_ms", "period_s", "period_start_ms",
        "pinned_parallelism", "pinned_rate", "rate", "rate_count", "timer", "timer_ms", "waiting",
    )  # fmt: skip

    def __init__(self, key: str) -> None:
        self.key = key
        self.parallelism = 0  #: most calls at the same time
        self.rate = 0  #: most calls in one period
        self.period_s = 1
        self.paused = False
        self.paused_ms = 0  #: when it was paused last
        self.pinned_parallelism = False  #: the limits of messages are ignored
        self.pinned_rate = False
        self.in_flight = 0
        self.rate_count = 0  #: calls in the period that starts at ``period_start_ms``
        self.period_start_ms = 0
        self.timer = 0  #: ticket of the timer for the next period, or 0
        self.timer_ms = 0  #: when that timer is due
        self.members = 0  #: messages with this key that have not ended
        self.waiting = WaitList()

    @property
    def idle(self) -> bool:
        """Whether the key may be removed without any effect on messages."""
        return not (self.paused or self.pinned_parallelism or self.pinned_rate or self.members)

    def configure(self, options: FlowControlOptions) -> None:
        """Set the limits that are not pinned to those of a message."""
        if not self.pinned_parallelism:
            self.parallelism = options.parallelism or 0
        if not self.pinned_rate:
            self.rate = options.rate or 0
            self.period_s = options.period_s

    def may_call_at(self, now_ms: int) -> int | None:
        """The unix time at which the next call may start: now or at the next period.

        ``None`` while the key is paused or at its parallelism.
        """
        if self.paused or (self.parallelism and self.in_flight >= self.parallelism):
            return None
        if self.rate and self.calls_in_period(now_ms) >= self.rate:
            return self.period_start_ms + self.period_s * 1_000
        return now_ms

    def enter(self, now_ms: int) -> None:
        """Count a call that starts."""
        if now_ms >= self.period_start_ms + self.period_s * 1_000:
            self.reset_rate(now_ms)
        self.rate_count += 1
        self.in_flight += 1

    def leave(self) -> None:
        """Count a call that has ended."""
        self.in_flight -= 1

    def calls_in_period(self, now_ms: int) -> int:
        """The number of calls in the current period."""
        return self.rate_count if now_ms < self.period_start_ms + self.period_s * 1_000 else 0

    def reset_rate(self, now_ms: int) -> None:
        self.rate_count = 0
        self.period_start_ms = now_ms

    def pin(self, parallelism: int | None, rate: int | None, period_s: int | None, now_ms: int) -> None:
        """Set these limits, ignore those of messages from now on, and start a new period."""
        if parallelism is not None:
            self.parallelism, self.pinned_parallelism = parallelism, True
        if rate is not None:
            self.rate, self.pinned_rate = rate, True
            self.period_s = period_s or self.period_s
        self.reset_rate(now_ms)
