"""How long requests may take, watched over by few timers."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from qstash_dev.clock import Clock

Expired = Callable[[], None]


class Deadlines:
    """Calls whoever has not left before its time is up.

    Those that may take equally long, as nearly all requests may, expire in the order in which they came: one timer
    for the first of them does. Setting and cancelling one for each costs as much as signing the request.
    """

    def __init__(self, clock: Clock, *, are_few: bool = False) -> None:
        """``are_few`` tells that no client chooses the timeouts: a line stays for whoever comes next."""
        self._clock = clock
        self._are_few = are_few
        self._lines: dict[float, OrderedDict[Expired, float]] = {}
        self.timers: dict[float, asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        return sum(map(len, self._lines.values()))

    def enter(self, timeout_s: float, now_s: float, expired: Expired) -> None:
        """Call ``expired`` when so many seconds have passed since ``now_s``, which is monotonic."""
        line = self._lines.get(timeout_s)
        if line is None:
            self._lines[timeout_s] = line = OrderedDict()
            self._look_in(timeout_s, timeout_s)
        line[expired] = now_s + timeout_s

    def leave(self, timeout_s: float, expired: Expired) -> None:
        """Do not call it any more. Does nothing for one that has been called."""
        line = self._lines.get(timeout_s)
        if line is None or line.pop(expired, None) is None or line or self._are_few:
            return
        # Clients choose timeouts: nothing stays of those that nobody uses any more.
        del self._lines[timeout_s]
        self.timers.pop(timeout_s).cancel()

    def _look_in(self, seconds: float, timeout_s: float) -> None:
        self.timers[timeout_s] = asyncio.get_running_loop().call_later(seconds, self._look, timeout_s)

    def _look(self, timeout_s: float) -> None:
        now_s = self._clock.monotonic_s()
        # What one of them does may make others leave, and the last one takes the line with it.
        while (line := self._lines.get(timeout_s)) is not None:
            if not line:
                del self._lines[timeout_s], self.timers[timeout_s]
                return
            expired, due_s = next(iter(line.items()))
            if due_s > now_s:
                self._look_in(due_s - now_s, timeout_s)
                return
            self.leave(timeout_s, expired)
            expired()
