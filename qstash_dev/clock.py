"""The clock of the server. No other module reads time."""

from __future__ import annotations

import importlib.util
import time
from types import ModuleType
from typing import Literal

ClockMode = Literal["real", "travelled", "scaled", "paused"]


def _private_time_module() -> ModuleType:
    """A copy of the module ``time`` that freezegun does not patch, not even if it froze time before this module was
    imported. So a test that freezes time does not stop the server."""
    spec = importlib.util.find_spec("time")
    assert spec is not None
    assert spec.loader is not None
    copy = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(copy)
    return copy


_REAL = _private_time_module()

LAST_MS = 221_845_392_000_000
"""9000-01-01T00:00:00Z, the last time that the clock shows. Python's dates end in the year 9999, and later times,
such as those of delayed messages, must fit into them."""

MAX_SCALE = 1_000_000.0
"""The largest ``scale``: a day passes in less than a tenth of a second."""

# A smaller offset is not time travel: it is the duration of the call that has set the clock to real time.
_NEAR_MS = 1_000


class Clock:
    """The time that all rules of the server use (:meth:`now_ms`), and real time for signatures (:meth:`wall_s`).

    The time of the server runs ``scale`` times as fast as real time, or stands still while ``paused``, until
    :data:`LAST_MS`. It never goes back, even if the clock of the machine is set back; only :meth:`start_over` sets it
    to any time. It begins at ``start_ms`` (unix time in milliseconds), by default the present, which in a test that
    freezes time is the frozen time.

    ``steady`` makes it independent of changes of the system time, which time-machine changes for a whole process.
    Without it the clock also counts the time that a laptop sleeps.
    """

    def __init__(
        self, start_ms: int | None = None, *, paused: bool = False, scale: float = 1.0, steady: bool = False
    ) -> None:
        self.paused = paused
        self.scale = scale
        self._real = _steady_ms if steady else self.real_ms
        self._real_ms = self._read_ms = self._real()
        self._at_ms = self._last_ms = min(self.wall_ms() if start_ms is None else start_ms, LAST_MS)

    @property
    def mode(self) -> ClockMode:
        """``real``, ``travelled`` (real time plus an offset of a second or more), ``scaled`` or ``paused``."""
        if self.paused:
            return "paused"
        if self.scale != 1:
            return "scaled"
        return "real" if abs(self.offset_ms()) < _NEAR_MS else "travelled"

    @staticmethod
    def real_ms() -> int:
        """Real time in unix milliseconds, also while a test freezes time."""
        return int(_REAL.time_ns()) // 1_000_000

    @staticmethod
    def wall_ms() -> int:
        """The time of a test that freezes time, otherwise real time, in unix milliseconds."""
        return int(time.time() * 1_000)

    def now_ms(self) -> int:
        """The time of the server as unix time in whole milliseconds, rounded down so that nothing is early."""
        if self.paused:
            return self._at_ms
        real_ms = self._real()
        if real_ms < self._read_ms:
            # The clock of the machine was set back: continue from the last reading.
            self._at_ms += int((self._read_ms - self._real_ms) * self.scale)
            self._real_ms = real_ms
        self._read_ms = real_ms
        at_ms = self._at_ms + int((real_ms - self._real_ms) * self.scale)
        if at_ms != self._last_ms:
            # Messages keep this integer: those of the same millisecond share one object.
            self._last_ms = min(at_ms, LAST_MS)
        return self._last_ms

    def move_to(self, at_ms: int) -> None:
        """Move forward to a unix time in milliseconds. A time in the past changes nothing."""
        self._at_ms = max(self.now_ms(), min(at_ms, LAST_MS))
        self._real_ms = self._read_ms = self._real()

    def pause(self) -> None:
        """Stop the clock at the present time."""
        self._at_ms = self.now_ms()
        self.paused = True

    def run(self, scale: float = 1.0) -> None:
        """Run from the present time of the clock, ``scale`` times as fast as real time."""
        self.move_to(self.now_ms())
        self.paused = False
        self.scale = scale

    def catch_up(self) -> None:
        """Run as fast as real time. A clock that is behind real time is set to it; one that is ahead stays ahead."""
        self.run()
        self.move_to(self.real_ms())

    def start_over(self, at_ms: int | None = None) -> None:
        """Set the clock to real time and run, or to ``at_ms`` (unix time in milliseconds) and stop there.

        The time may go back, so this is only for a server whose state is empty.
        """
        self._real_ms = self._read_ms = self._real()
        self._at_ms = self.real_ms() if at_ms is None else min(at_ms, LAST_MS)
        self.paused, self.scale = at_ms is not None, 1.0

    def offset_ms(self) -> int:
        """By how many milliseconds the clock is ahead of real time, negative if it is behind."""
        return self.now_ms() - self.real_ms()

    def behind_ms(self) -> int:
        """By how many milliseconds the clock is behind real time, 0 if it is ahead."""
        return max(0, -self.offset_ms())

    def seconds_until(self, at_ms: int) -> float:
        """Seconds of real time until this time, for a clock that is not paused."""
        return max(0, at_ms - self.now_ms()) / 1_000 / self.scale

    def wall_s(self) -> int:
        """Real time as unix time in whole seconds, for the claims ``iat`` and ``exp`` of signatures: receivers
        compare them with their own clock. A test that freezes time freezes its receiver, so freezegun freezes this as
        well."""
        return int(time.time())

    def monotonic_s(self) -> float:
        """Real seconds from an arbitrary start, for measuring durations."""
        return monotonic_s()


def monotonic_s() -> float:
    """Real seconds from an arbitrary start. A test that freezes time does not stop them."""
    return float(_REAL.monotonic())


def _steady_ms() -> int:
    return int(_REAL.monotonic_ns()) // 1_000_000


class FrozenClock(Clock):
    """A clock that stands still until it is moved."""

    def __init__(self, at_ms: int) -> None:
        super().__init__(at_ms, paused=True)
