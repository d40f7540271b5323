"""Calls in flight that have not been answered for long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import NamedTuple

from qstash_dev.clock import Clock
from qstash_dev.config import Config
from qstash_dev.protocol.duration import shown_duration
from qstash_dev.protocol.notice import Notice, NoticeKind
from qstash_dev.state.attempt import DeliveryAttempt

# The most notices in one pass of the event loop.
_MAX_AT_ONCE = 64


class StartedCall(NamedTuple):
    """An attempt in flight."""

    attempt: DeliveryAttempt
    began_s: float  #: when it began, as :meth:`Clock.monotonic_s`
    began_ms: int  #: when it began by the server's clock, unix milliseconds


class SlowCalls:
    """Adds a notice to messages whose call has taken ``Limits.still_waiting_s`` of real time.

    One timer looks at the oldest calls: a call that is answered soon has no part in it.
    """

    def __init__(self, clock: Clock, config: Config, calls: Callable[[], Iterator[StartedCall]]) -> None:
        """``calls`` are those in flight, in the order in which they began."""
        self._clock = clock
        self._waits_s = config.limits.still_waiting_s
        self._max_timeout_s = config.quota.max_timeout_s
        self._calls = calls
        self._told: dict[DeliveryAttempt, int] = {}
        self._timer: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """Look at the calls when one that begins now has become slow, or before."""
        if self._timer is None and self._waits_s:
            self._timer = asyncio.get_running_loop().call_later(self._waits_s[0], self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        now_s, next_s = self._clock.monotonic_s(), float("inf")
        told: dict[DeliveryAttempt, int] = {}
        slow: list[StartedCall] = []
        for call in self._calls():
            before = times = self._told.get(call.attempt, 0)
            if len(slow) < _MAX_AT_ONCE:
                times = sum(now_s - call.began_s >= wait_s for wait_s in self._waits_s)
            if times > before:
                slow.append(call)
            if times < len(self._waits_s):
                next_s = min(next_s, call.began_s + self._waits_s[times])
            if not times:
                break
            told[call.attempt] = times
            # Soon, so that what is known of a call is forgotten when it has ended.
            next_s = min(next_s, now_s + self._waits_s[0])
        self._told, self._timer = told, None
        if next_s < float("inf"):
            self._timer = asyncio.get_running_loop().call_later(max(0.0, next_s - now_s), self._look)
        for call in slow:
            self._tell(call.attempt, now_s - call.began_s)

    def _tell(self, attempt: DeliveryAttempt, waited_s: float) -> None:
        message = attempt.message
        text = f"no answer for {shown_duration(round(waited_s * 1_000))} ({self._limit(attempt)})"
        message.tenant.note(message, Notice(NoticeKind.STILL_WAITING, text), self._clock.now_ms())

    def _limit(self, attempt: DeliveryAttempt) -> str:
        if attempt.fault is not None:
            return f"fault {attempt.fault} was injected"
        given_ms, most_ms = attempt.message.publication.options.timeout_ms, self._max_timeout_s * 1_000
        limit = f"Upstash-Timeout {shown_duration(min(given_ms or most_ms, most_ms))}"
        limit += "" if given_ms else " unless a shorter one is set"
        return limit if attempt.sent_to in ("", attempt.message.url) else f"{attempt.sent_to[:200]}, {limit}"
