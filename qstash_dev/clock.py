"""The one clock. No other file reads time."""

from __future__ import annotations

import importlib.util
import time
from types import ModuleType


def _untouched() -> ModuleType:
    """A copy of ``time`` that freezegun does not find, even if it froze time before this file was imported: a
    frozen test must not stop the server."""
    spec = importlib.util.find_spec("time")
    assert spec is not None
    assert spec.loader is not None
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    return copy


_REAL = _untouched()


class Clock:
    """Milliseconds for every rule of the server, seconds of the wall for signatures.

    The milliseconds run, ``scale`` times as fast as real time, or stand still while ``paused``. They never go
    back. ``start_ms`` is unix time, now unless given, which in a test that freezes time is the frozen now.
    ``steady`` makes them follow no change of the system's time: time-machine changes it for a whole process, and
    only laptops that sleep need it.
    """

    def __init__(
        self, start_ms: int | None = None, *, paused: bool = False, scale: float = 1.0, steady: bool = False
    ) -> None:
        self.paused = paused
        self.scale = scale
        self._real = _steady_ms if steady else _real_ms
        self._real_ms = self._real()
        self._at_ms = int(time.time() * 1_000) if start_ms is None else start_ms

    def now_ms(self) -> int:
        """Unix time in whole milliseconds, rounded down so that nothing is ever early."""
        if self.paused:
            return self._at_ms
        return self._at_ms + int(max(0, self._real() - self._real_ms) * self.scale)

    def move_to(self, at_ms: int) -> None:
        """Travel forward to a unix time in milliseconds; a time already passed changes nothing."""
        self._at_ms = max(self.now_ms(), at_ms)
        self._real_ms = self._real()

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
    return float(_REAL.monotonic())


def _real_ms() -> int:
    return int(_REAL.time_ns()) // 1_000_000


def _steady_ms() -> int:
    return int(_REAL.monotonic_ns()) // 1_000_000


class FrozenClock(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self, at_ms: int) -> None:
        super().__init__(at_ms, paused=True)
