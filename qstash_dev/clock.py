"""The one clock. No other file reads time."""

from __future__ import annotations

import time


class Clock:
    """Milliseconds for every rule of the server, seconds of the wall for signatures.

    The milliseconds are real time plus an offset that travel makes larger; they keep running.
    """

    def __init__(self) -> None:
        self._offset_ms = 0

    def now_ms(self) -> int:
        """Unix time in whole milliseconds, rounded down so that nothing is ever early."""
        return time.time_ns() // 1_000_000 + self._offset_ms

    def move_to(self, at_ms: int) -> None:
        """Travel forward to a unix time in milliseconds; a time already passed changes nothing."""
        self._offset_ms += max(0, at_ms - self.now_ms())

    def seconds_until(self, at_ms: int) -> float | None:
        """How long to sleep until this time comes; ``None`` if waiting will never bring it."""
        return max(0.0, (at_ms - self.now_ms()) / 1_000)

    def wall_s(self) -> int:
        """Unix time in whole seconds, for ``iat`` and ``exp``: receivers compare them with their own clock."""
        return int(time.time())

    def monotonic_s(self) -> float:
        """Seconds from an arbitrary start, for measuring how long something took."""
        return time.monotonic()


class FrozenClock(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self, at_ms: int) -> None:
        super().__init__()
        self._now_ms = at_ms

    def now_ms(self) -> int:
        """The time it was last moved to."""
        return self._now_ms

    def move_to(self, at_ms: int) -> None:
        """Travel forward to a unix time in milliseconds; a time already passed changes nothing."""
        self._now_ms = max(self._now_ms, at_ms)

    def seconds_until(self, at_ms: int) -> float | None:
        """Zero for a time that has come; ``None`` for all others."""
        return 0.0 if at_ms <= self._now_ms else None
