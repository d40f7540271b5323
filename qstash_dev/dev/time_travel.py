"""Moves the clock: by sleeping until something is due, or by jumping there at once.

A jump stops at everything that falls due on the way, and goes on when all that it caused has come to rest:
deliveries, callbacks, and retries that are due before the jump ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import islice, takewhile
from typing import Any, NamedTuple

from qstash_dev.broker.broker import Broker
from qstash_dev.clock import Clock, monotonic_s
from qstash_dev.config import WAIT_S
from qstash_dev.delivery.dispatcher import Dispatcher
from qstash_dev.dev import pending
from qstash_dev.dev.travel_trail import TravelTrail
from qstash_dev.slices import AT_ONCE, others_turn

MAX_STEPS = 100_000
MAX_STEPS_OF_ALL = 1_000
TIMEOUT_S = WAIT_S
_SHOWN = 10
# A machine that sleeps stops the loop's timers, but not the clock on its wall: look at that now and then.
_MAX_TIMER_S = 10.0
_NEVER_MS = 1 << 62
_STEPS_PER_PASS = 50


class NotIdle(Exception):
    """Something did not come to rest in time; the text lists what, and what it waits for."""


class StepLimit(Exception):
    """A journey took more steps than allowed; the text names what kept it going."""


class Progress(NamedTuple):
    """What a journey did: unix milliseconds at its end, stops on the way, delivery attempts started."""

    now_ms: int
    steps: int = 0
    attempts: int = 0


class TimeTravel:
    """The clock's hands. Everything belongs to one event loop."""

    def __init__(self, clock: Clock, broker: Broker, dispatcher: Dispatcher) -> None:
        self._clock = clock
        self._broker = broker
        self._dispatcher = dispatcher
        self._tick: asyncio.TimerHandle | None = None
        self._one_at_a_time = asyncio.Lock()
        self._running = self._stopped = self._working = False
        self._holds = 0
        self._released = asyncio.Event()
        self._released.set()

    def start(self) -> None:
        """Begin to tick."""
        self._running = True
        self._broker.timers.on_earlier = self.arm
        self._broker.deferred_work.on_work = self._work_soon
        self.arm()

    def stop(self) -> None:
        """Tick no more; journeys end where they are."""
        self._running, self._stopped = False, True
        self._disarm()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """Let nothing fire or begin meanwhile; journeys wait."""
        self._holds += 1
        self._released.clear()
        self._broker.admission.held = True
        self._disarm()
        try:
            yield
        finally:
            self._holds -= 1
            if not self._holds:
                self._release()

    def pause(self) -> None:
        """Let the clock stand still."""
        self._clock.pause()
        self.arm()

    def run(self, scale: float) -> None:
        """Let the clock run on from where it is."""
        self._clock.run(scale)
        self.arm()

    async def to_real(self, *, max_steps: int = MAX_STEPS, timeout_s: float = TIMEOUT_S) -> Progress:
        """Let the clock run as real time does; if it is behind, travel there first. One that is ahead keeps its
        lead, for it never goes back. Raises what :meth:`to` raises."""
        progress = await self._go(lambda: self._clock.now_ms() + self._clock.behind_ms(), max_steps, timeout_s)
        self._clock.catch_up()
        self.arm()
        return progress

    async def idle(self, timeout_s: float = TIMEOUT_S) -> Progress:
        """Wait until nothing is in flight and nothing is due.

        Raises:
            StillBusy: after ``timeout_s`` seconds of real time.
        """
        before = self._dispatcher.started
        try:
            async with asyncio.timeout(timeout_s):
                await self._rest()
        except TimeoutError:
            raise self._still_busy(timeout_s) from None
        return Progress(self._clock.now_ms(), 0, self._dispatcher.started - before)

    async def to(self, at_ms: int, *, max_steps: int = MAX_STEPS, timeout_s: float = TIMEOUT_S) -> Progress:
        """Travel to a unix time in milliseconds; one already passed is where the clock is.

        Raises:
            StillBusy: a stop on the way did not come to rest within ``timeout_s`` seconds of real time, another
                journey did not end within them, or the server stops.
            Runaway: the journey was not over after ``max_steps`` stops or ``timeout_s`` seconds.
        """
        return await self._go(lambda: at_ms, max_steps, timeout_s)

    async def by(self, ms: int, *, max_steps: int = MAX_STEPS, timeout_s: float = TIMEOUT_S) -> Progress:
        """Travel so many milliseconds forward; raises what :meth:`to` raises."""
        return await self._go(lambda: self._clock.now_ms() + ms, max_steps, timeout_s)

    async def next(self, *, timeout_s: float = TIMEOUT_S) -> Progress:
        """Travel to whatever is due next, if anything is; raises what :meth:`to` raises."""
        return await self._go(lambda: self._broker.timers.next_due_ms() or self._clock.now_ms(), MAX_STEPS, timeout_s)

    async def run_all(
        self, until_ms: int | None = None, *, max_steps: int = MAX_STEPS_OF_ALL, timeout_s: float = TIMEOUT_S
    ) -> Progress:
        """Travel until nothing is left but recurring schedules; raises what :meth:`to` raises.

        The clock stops at the last thing that happened.
        """
        last_ms = until_ms if until_ms is not None else _NEVER_MS
        return await self._go(lambda: last_ms, max_steps, timeout_s, lambda: self._broker.timers.passing > 0)

    @asynccontextmanager
    async def alone(self, timeout_s: float = TIMEOUT_S) -> AsyncIterator[None]:
        """Keep others from moving the clock.

        Raises:
            StillBusy: another journey did not end in time.
        """
        try:
            async with asyncio.timeout(timeout_s):
                await self._one_at_a_time.acquire()
        except TimeoutError:
            raise _another_journey(timeout_s) from None
        try:
            yield
        finally:
            self._one_at_a_time.release()

    def arm(self) -> None:
        """Sleep until the earliest timer, in the one place where the server sleeps."""
        self._disarm()
        if (
            self._clock.paused
            or self._holds
            or not self._running
            or (due_ms := self._broker.timers.wake_ms()) is None
        ):
            return
        wait_s = min(self._clock.seconds_until(due_ms), _MAX_TIMER_S)
        self._tick = asyncio.get_running_loop().call_later(wait_s, self._run_due)

    async def _go(
        self,
        destination: Callable[[], int],
        max_steps: int,
        timeout_s: float,
        wanted: Callable[[], bool] = lambda: True,
    ) -> Progress:
        log = _Log(max_steps, timeout_s)
        try:
            # One timeout for all, because to set one costs about as much as a short stop.
            async with asyncio.timeout(timeout_s), self._one_at_a_time:
                log.began_s = log.stop_began_s = monotonic_s()
                return await self._travel(destination, wanted, log)
        except TimeoutError:
            raise self._too_late(log) from None

    async def _travel(self, destination: Callable[[], int], wanted: Callable[[], bool], log: _Log) -> Progress:
        before = self._dispatcher.started
        await self._rest()
        last_ms, timers = destination(), self._broker.timers
        while (due_ms := timers.next_due_ms()) is not None and due_ms <= last_ms and wanted():
            log.add(timers.next_item())
            await self._stop_at(due_ms)
            if log.trail.steps % _STEPS_PER_PASS == 0:
                # Stops that deliver nothing do not wait for anything.
                await others_turn()
        if last_ms < _NEVER_MS and wanted():
            await self._stop_at(last_ms)
        for tenant in self._broker.tenants.all():
            while self._broker.expiry.expire(tenant, self._clock.now_ms(), AT_ONCE):
                await others_turn()
        return Progress(self._clock.now_ms(), log.trail.steps, self._dispatcher.started - before)

    async def _stop_at(self, at_ms: int) -> None:
        self._clock.move_to(at_ms)
        await self._rest()

    async def _rest(self) -> None:
        """Do what is due, and wait until it and all that it causes is done."""
        await self._released.wait()
        while self._run_due() and not self._stopped:
            await others_turn()
        while not (self._stopped or (self._dispatcher.is_idle and not self._broker.deferred_work)):
            await (others_turn() if self._broker.deferred_work else self._dispatcher.idle())
            await self._released.wait()
        if self._stopped:
            raise NotIdle("the server is stopping")

    def _too_late(self, log: _Log) -> NotIdle | StepLimit:
        if log.began_s is None:
            return _another_journey(log.timeout_s)
        # Whoever has been waited for only since the end of a long journey is not what took the time.
        if log.stop_began_s - log.began_s < log.timeout_s / 2:
            return self._still_busy(log.timeout_s)
        return _runaway(f"{log.timeout_s:g} s{log.trail}: allow it more time")

    def _still_busy(self, timeout_s: float) -> NotIdle:
        now_ms = self._clock.now_ms()
        found = pending.soonest(self._broker, self._dispatcher.flying(), now_ms)
        busy = takewhile(lambda entry: entry.due_ms is None or entry.due_ms <= now_ms, found)
        lines = [f"still busy after {timeout_s:g} s:", *(f"  {entry}" for entry in islice(busy, _SHOWN))]
        more = pending.busy_count(self._broker.tenants.all()) - _SHOWN
        if more > 0:
            lines.append(f"  and {more} more")
        return NotIdle("\n".join(lines))

    def _disarm(self) -> None:
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None

    def _run_due(self) -> bool:
        """Do some of what is due; whether there is more."""
        if self._holds:
            return False
        timers, now_ms = self._broker.timers, self._clock.now_ms()
        timers.run_due(now_ms, AT_ONCE)
        self.arm()
        due_ms = timers.wake_ms()
        return due_ms is not None and due_ms <= now_ms

    def _release(self) -> None:
        self._broker.admission.held = False
        self._released.set()
        self.arm()
        if self._broker.deferred_work:
            self._work_soon()
        if self._broker.admission.ready:
            self._broker.admission.on_ready()

    def _work_soon(self) -> None:
        if not self._working:
            self._working = True
            asyncio.get_running_loop().call_soon(self._work)

    def _work(self) -> None:
        self._working = False
        if not (self._stopped or self._holds):
            self._broker.deferred_work.run(self._clock.now_ms())
            if self._broker.deferred_work:
                self._work_soon()


class _Log:
    """How far a journey has come, and since when it has been at its latest stop."""

    def __init__(self, max_steps: int, timeout_s: float) -> None:
        self.max_steps = max_steps
        self.timeout_s = timeout_s
        self.trail = TravelTrail()
        self.began_s: float | None = None
        self.stop_began_s = 0.0

    def add(self, item: Any) -> None:
        """One more stop, at which this timer's item is due."""
        if self.trail.steps >= self.max_steps:
            raise _runaway(f"{self.max_steps} steps{self.trail}: allow it more steps")
        self.trail.add(item)
        self.stop_began_s = monotonic_s()


def _another_journey(timeout_s: float) -> NotIdle:
    return NotIdle(f"another journey was still under way after {timeout_s:g} s")


def _runaway(limit: str) -> StepLimit:
    return StepLimit(f"still not there after {limit}, or travel less far")
