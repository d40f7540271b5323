"""Deadlines of requests and deliveries, with one timer for all that have the same timeout."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from qstash_dev.clock import Clock

# The most requests that expire in one pass of the event loop.
_MAX_AT_ONCE = 16

Expired = Callable[[], None]


class Deadlines:
    """Calls a function when its timeout has passed, unless it was removed with :meth:`leave` before.

    Functions with the same timeout, as nearly all have, expire in the order in which they were added, so one timer
    for the first of them is enough. To set and cancel a timer for each would cost as much as to sign a request.
    """

    def __init__(self, clock: Clock, *, are_few: bool = False) -> None:
        """``are_few``: the timeouts come from the configuration, not from clients, so there are few, and a group that
        is empty may stay for the next function with this timeout."""
        self._clock = clock
        self._are_few = are_few
        self._groups: dict[float, OrderedDict[Expired, float]] = {}
        self.timers: dict[float, asyncio.TimerHandle] = {}

    def __len__(self) -> int:
        return sum(map(len, self._groups.values()))

    def enter(self, timeout_s: float, now_s: float, expired: Expired) -> None:
        """Call ``expired`` when ``timeout_s`` seconds have passed since ``now_s`` (monotonic time)."""
        group = self._groups.get(timeout_s)
        if group is None:
            self._groups[timeout_s] = group = OrderedDict()
            self._start_timer(timeout_s, timeout_s)
        group[expired] = now_s + timeout_s

    def leave(self, timeout_s: float, expired: Expired) -> None:
        """Do not call ``expired``. Does nothing if it has been called already."""
        group = self._groups.get(timeout_s)
        if group is None or group.pop(expired, None) is None or group or self._are_few:
            return
        # Clients choose these timeouts: a group that stayed would never be used again.
        del self._groups[timeout_s]
        self.timers.pop(timeout_s).cancel()

    def _start_timer(self, seconds: float, timeout_s: float) -> None:
        self.timers[timeout_s] = asyncio.get_running_loop().call_later(seconds, self._expire, timeout_s)

    def _expire(self, timeout_s: float) -> None:
        now_s = self._clock.monotonic_s()
        for _ in range(_MAX_AT_ONCE):
            # The function that is called may remove others, and with the last one the group.
            group = self._groups.get(timeout_s)
            if group is None:
                return
            if not group:
                del self._groups[timeout_s], self.timers[timeout_s]
                return
            expired, due_s = next(iter(group.items()))
            if due_s > now_s:
                self._start_timer(due_s - now_s, timeout_s)
                return
            self.leave(timeout_s, expired)
            expired()
        if timeout_s in self._groups:
            self._start_timer(0, timeout_s)
