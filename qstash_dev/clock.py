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

LAST_MS = 221_845_392_000_000
"""9000-01-01T00:00:00Z, where time ends: dates cannot hold what is due long after."""

MAX_SCALE = 1_000_000.0
"""Times real time: a day passes in less than a tenth of a second."""

# Less than this is what a journey to real time takes, not a journey away from it.
_NEAR_MS = 1_000


class Clock:
    """Milliseconds for every rule of the server, seconds of the wall for signatures.

    The milliseconds run, ``scale`` times as fast as real time, or stand still while ``paused``, up to
    :data:`LAST_MS`. They never go back, even if the clock of the machine is set back; only :meth:`start_over`
    takes them anywhere. ``start_ms`` is unix time, now unless given, which in a test that freezes time is the
    frozen now. ``steady`` makes them follow no change of the system's time: time-machine changes it for a whole
    process, and only laptops that sleep need it.
    """

    def __init__(
        self, start_ms: int | None = None, *, paused: bool = False, scale: float = 1.0, steady: bool = False
    ) -> None:
        self.paused = paused
        self.scale = scale
        self._real = _steady_ms if steady else self.real_ms
        self._real_ms = self._read_ms = self._real()
        self._at_ms = self._said_ms = min(self.wall_ms() if start_ms is None else start_ms, LAST_MS)

    @property
    def mode(self) -> str:
        """``real``, ``travelled`` (real time and an offset), ``scaled`` or ``paused``."""
        if self.paused:
            return "paused"
        if self.scale != 1:
            return "scaled"
        return "real" if abs(self.offset_ms()) < _NEAR_MS else "travelled"

    @staticmethod
    def real_ms() -> int:
        """Real time in unix milliseconds; frozen tests do not stop it."""
        return int(_REAL.time_ns()) // 1_000_000

    @staticmethod
    def wall_ms() -> int:
        """Unix milliseconds as the test sees them that freezes time, else real time."""
        return int(time.time() * 1_000)

    def now_ms(self) -> int:
        """Unix time in whole milliseconds, rounded down so that nothing is ever early."""
        if self.paused:
            return self._at_ms
        real_ms = self._real()
        if real_ms < self._read_ms:
            # The clock of the machine was set back: go on from the last reading.
            self._at_ms += int((self._read_ms - self._real_ms) * self.scale)
            self._real_ms = real_ms
        self._read_ms = real_ms
        at_ms = self._at_ms + int((real_ms - self._real_ms) * self.scale)
        if at_ms != self._said_ms:
            # Messages keep what they are told: those of the same millisecond share one number.
            self._said_ms = min(at_ms, LAST_MS)
        return self._said_ms

    def move_to(self, at_ms: int) -> None:
        """Travel forward to a unix time in milliseconds; a time already passed changes nothing."""
        self._at_ms = max(self.now_ms(), min(at_ms, LAST_MS))
        self._real_ms = self._read_ms = self._real()

    def pause(self) -> None:
        """Stand still from now on."""
        self._at_ms = self.now_ms()
        self.paused = True

    def run(self, scale: float = 1.0) -> None:
        """Run on from where the clock is, ``scale`` times as fast as real time."""
        self.move_to(self.now_ms())
        self.paused = False
        self.scale = scale

    def catch_up(self) -> None:
        """Run on as fast as real time, and from there if the clock is behind it."""
        self.run()
        self.move_to(self.real_ms())

    def start_over(self, at_ms: int | None = None) -> None:
        """Run as real time does, or stand still at this unix time in milliseconds, be it in the past.

        For whoever has forgotten everything that came before.
        """
        self._real_ms = self._read_ms = self._real()
        self._at_ms = self.real_ms() if at_ms is None else min(at_ms, LAST_MS)
        self.paused, self.scale = at_ms is not None, 1.0

    def offset_ms(self) -> int:
        """How far ahead of real time the clock is."""
        return self.now_ms() - self.real_ms()

    def behind_ms(self) -> int:
        """How far behind real time the clock is, 0 if it is ahead."""
        return max(0, -self.offset_ms())

    def seconds_until(self, at_ms: int) -> float:
        """How long to sleep until this time comes, unless the clock is paused."""
        return max(0, at_ms - self.now_ms()) / 1_000 / self.scale

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


def _steady_ms() -> int:
    return int(_REAL.monotonic_ns()) // 1_000_000


class FrozenClock(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self, at_ms: int) -> None:
        super().__init__(at_ms, paused=True)
