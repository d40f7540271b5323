"""The one clock. No other file reads time."""

from __future__ import annotations

import time

# Held in a tuple, where libraries that freeze time in tests do not find and replace them: a frozen test must not
# stop the server.
_REAL = (time.time_ns, time.monotonic)


class Clock:
    """Milliseconds for every rule of the server, seconds of the wall for signatures.

    The milliseconds run, ``scale`` times as fast as real time, or stand still while ``paused``. They never go
    back. ``start_ms`` is unix time, now unless given.
    """

    def __init__(self, start_ms: int | None = None, *, paused: bool = False, scale: float = 1.0) -> None:
        self.paused = paused
        self.scale = scale
        self._real_ms = _real_ms()
        self._at_ms = self._real_ms if start_ms is None else start_ms

    def now_ms(self) -> int:
        """Unix time in whole milliseconds, rounded down so that nothing is ever early."""
        if self.paused:
            return self._at_ms
        return self._at_ms + int(max(0, _real_ms() - self._real_ms) * self.scale)

    def move_to(self, at_ms: int) -> None:
        """Travel forward to a unix time in milliseconds; a time already passed changes nothing."""
        self._at_ms = max(self.now_ms(), at_ms)
        self._real_ms = _real_ms()

    def pause(self) -> None:
        """Stand still from now on."""
        self._at_ms = self.now_ms()
        self.paused = True

    def run(self, scale: float = 1.0) -> None:
        """Run on from where the clock is, ``scale`` times as fast as real time."""
        self.move_to(self.now_ms())
        self.paused = False
        self.scale = scale

    def offset_ms(self) -> int:
        """How far ahead of real time the clock is."""
        return self.now_ms() - _real_ms()

    def seconds_until(self, at_ms: int) -> float | None:
        """How long to sleep until this time comes; ``None`` if waiting will never bring it."""
        ahead_ms = at_ms - self.now_ms()
        if ahead_ms <= 0:
            return 0.0
        return None if self.paused else ahead_ms / 1_000 / self.scale

    def wall_s(self) -> int:
        """Unix time in whole seconds, for ``iat`` and ``exp``: receivers compare them with their own clock.

        A test that freezes time freezes its receiver, so this one reading follows it.
        """
        return int(time.time())

    def monotonic_s(self) -> float:
        """Seconds from an arbitrary start, for measuring how long something took."""
        return monotonic_s()


def monotonic_s() -> float:
    """Seconds from an arbitrary start; frozen tests do not stop it."""
    return _REAL[1]()


def _real_ms() -> int:
    return _REAL[0]() // 1_000_000


class FrozenClock(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self, at_ms: int) -> None:
        super().__init__(at_ms, paused=True)
