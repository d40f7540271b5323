"""Deadlines: each expires once and in time, and none stays after its removal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from qstash_dev.clock import Clock
from qstash_dev.deadlines import Deadlines

SOON_S = 0.002
NEVER_S = 3_600.0


class Expiries:
    """Who expired, in order."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.clock = Clock()
        self.deadlines = Deadlines(self.clock)
        self._all = asyncio.Event()

    def enter(
        self, name: str, timeout_s: float, also: Callable[[], None] | None = None, *, later_s: float = 0
    ) -> Callable[[], None]:
        def expired() -> None:
            self.names.append(name)
            if also is not None:
                also()
            if not len(self.deadlines):
                self._all.set()

        self.deadlines.enter(timeout_s, self.clock.monotonic_s() + later_s, expired)
        return expired

    async def all(self) -> list[str]:
        await asyncio.wait_for(self._all.wait(), 10)
        return self.names


async def test_those_with_the_same_timeout_expire_in_the_order_they_came() -> None:
    expiries = Expiries()
    for name in "abc":
        expiries.enter(name, SOON_S)
    assert await expiries.all() == ["a", "b", "c"]


async def test_a_shorter_timeout_does_not_wait_for_a_longer_one() -> None:
    expiries = Expiries()
    expiries.enter("late", SOON_S * 20)
    expiries.enter("early", SOON_S)
    assert await expiries.all() == ["early", "late"]


async def test_nobody_expires_early() -> None:
    expiries = Expiries()
    started_s = expiries.clock.monotonic_s()
    expiries.enter("first", SOON_S)
    expiries.enter("second", SOON_S, later_s=SOON_S * 3)
    assert await expiries.all() == ["first", "second"]
    assert expiries.clock.monotonic_s() >= started_s + SOON_S * 4


async def test_whoever_left_does_not_expire() -> None:
    expiries = Expiries()
    gone = expiries.enter("gone", SOON_S)
    expiries.enter("stayed", SOON_S)
    expiries.deadlines.leave(SOON_S, gone)
    expiries.deadlines.leave(SOON_S, gone)
    assert await expiries.all() == ["stayed"]


async def test_one_that_expires_may_make_all_others_leave() -> None:
    expiries = Expiries()
    others: list[Callable[[], None]] = []

    def all_leave() -> None:
        for other in others:
            expiries.deadlines.leave(SOON_S, other)

    expiries.enter("first", SOON_S, all_leave)
    others += [expiries.enter("other", SOON_S), expiries.enter("other", SOON_S)]
    assert await expiries.all() == ["first"]


async def test_nothing_stays_of_timeouts_that_nobody_uses_any_more() -> None:
    expiries = Expiries()
    for millisecond in range(1_000):
        timeout_s = NEVER_S + millisecond / 1_000
        expiries.deadlines.leave(timeout_s, expiries.enter("gone", timeout_s))
    assert (len(expiries.deadlines), expiries.deadlines.timers) == (0, {})


async def test_a_line_that_stays_serves_the_next_one_and_goes_when_its_time_is_up() -> None:
    expiries = Expiries()
    expiries.deadlines = Deadlines(expiries.clock, are_few=True)
    expiries.deadlines.leave(SOON_S, expiries.enter("gone", SOON_S))
    [timer] = expiries.deadlines.timers.values()
    expiries.enter("next", SOON_S)
    assert list(expiries.deadlines.timers.values()) == [timer]
    assert await expiries.all() == ["next"]
    again = Expiries()
    again.deadlines = Deadlines(again.clock, are_few=True)
    again.deadlines.leave(SOON_S, again.enter("gone", SOON_S))
    again.enter("later", SOON_S * 20)
    assert await again.all() == ["later"]
    assert SOON_S not in again.deadlines.timers
