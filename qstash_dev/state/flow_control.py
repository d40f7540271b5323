"""A flow control key: how many calls at once, and how many per period (QStash docs, features/flowcontrol)."""

from __future__ import annotations

from dataclasses import dataclass, field

from qstash_dev.protocol.publication import FlowControlOptions
from qstash_dev.state.wait_list import WaitList


@dataclass(slots=True, eq=False)
class FlowControl:
    """Counts the calls of one key. Zero means no limit.

    The rate period is a fixed window that starts with the first call in it. A pinned limit ignores what
    messages bring along. ``timer`` is the ticket of the next period, due at ``timer_ms``, or 0. ``members`` are
    the messages that have the key and have not ended, those still to come included.
    """

    key: str
    parallelism: int = 0
    rate: int = 0
    period_s: int = 1
    paused: bool = False
    pinned_parallelism: bool = False
    pinned_rate: bool = False
    in_flight: int = 0
    rate_count: int = 0
    period_start_ms: int = 0
    timer: int = 0
    timer_ms: int = 0
    members: int = 0
    waiting: WaitList = field(default_factory=WaitList)

    @property
    def idle(self) -> bool:
        """Whether forgetting the key would change nothing for anyone."""
        return not (self.paused or self.pinned_parallelism or self.pinned_rate or self.members)

    def configure(self, options: FlowControlOptions) -> None:
        """Take over the limits of the latest message."""
        if not self.pinned_parallelism:
            self.parallelism = options.parallelism or 0
        if not self.pinned_rate:
            self.rate = options.rate or 0
            self.period_s = options.period_s

    def may_call_at(self, now_ms: int) -> int | None:
        """When the next call may start as far as the rate goes: now, or at the next period.

        ``None`` means that it waits for a slot or for the key to be resumed.
        """
        if self.paused or (self.parallelism and self.in_flight >= self.parallelism):
            return None
        if self.rate and self.calls_in_period(now_ms) >= self.rate:
            return self.period_start_ms + self.period_s * 1_000
        return now_ms

    def enter(self, now_ms: int) -> None:
        """A call starts."""
        if now_ms >= self.period_start_ms + self.period_s * 1_000:
            self.reset_rate(now_ms)
        self.rate_count += 1
        self.in_flight += 1

    def leave(self) -> None:
        """A call ended."""
        self.in_flight -= 1

    def calls_in_period(self, now_ms: int) -> int:
        """Calls started in the period that is running."""
        return self.rate_count if now_ms < self.period_start_ms + self.period_s * 1_000 else 0

    def reset_rate(self, now_ms: int) -> None:
        """A new period begins."""
        self.rate_count = 0
        self.period_start_ms = now_ms

    def pin(self, parallelism: int | None, rate: int | None, period_s: int | None, now_ms: int) -> None:
        """Hold these limits whatever messages say. A new period begins, whichever limit it is (OpenAPI)."""
        if parallelism is not None:
            self.parallelism, self.pinned_parallelism = parallelism, True
        if rate is not None:
            self.rate, self.pinned_rate = rate, True
            self.period_s = period_s or self.period_s
        self.reset_rate(now_ms)
