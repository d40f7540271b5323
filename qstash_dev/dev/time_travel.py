"""Time travel: moving the clock forward without waiting, and the timer that does what is due while the clock runs.

A time travel is a series of steps, one to each time at which something is due. At each step the server delivers what
is due, and all that follows from it (retries and callbacks that are due by then), before it takes the next step.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import NamedTuple

from qstash_dev.broker.broker import Broker
from qstash_dev.clock import Clock
from qstash_dev.config import WAIT_S, Limits
from qstash_dev.delivery.dispatcher import Dispatcher
from qstash_dev.dev import pending
from qstash_dev.dev.calls import Calls
from qstash_dev.dev.journey import NEVER_MS, Journey, TravelEvent, Watch
from qstash_dev.dev.pending import Pending
from qstash_dev.dev.travel_errors import NotIdle, StepLimit, not_idle
from qstash_dev.slices import AT_ONCE, others_turn

MAX_STEPS = 100_000
MAX_STEPS_OF_ALL = 1_000
TIMEOUT_S = WAIT_S
# Timers of the event loop stand still while a machine sleeps, so the real time is read again now and then.
_MAX_TIMER_S = 10.0
_STEPS_PER_PASS = 50
_ANOTHER = "another time travel had not ended"


class Progress(NamedTuple):
    """The result of a time travel."""

    now_ms: int  #: the server's time at the end, in unix milliseconds
    steps: int = 0  #: how many times it stopped at which something was due
    attempts: int = 0  #: how many delivery attempts were started
    failed: int = 0  #: how many delivery attempts have failed
    aborted: int = 0  #: how many calls were aborted
    stopped: bool = False  #: whether it was stopped on its way


class _Bounds(NamedTuple):
    """What a time travel may take."""

    max_steps: int
    timeout_s: float
    abort_after_s: float | None


class TimeTravel:
    """Moves the clock of one server, from within its event loop."""

    def __init__(self, clock: Clock, broker: Broker, dispatcher: Dispatcher, limits: Limits | None = None) -> None:
        self._clock = clock
        self._broker = broker
        self._dispatcher = dispatcher
        self._patience_s = next(iter((limits or Limits()).still_waiting_s), math.inf)
        self.calls = Calls(dispatcher, clock, broker.admission)
        self.journey: Journey | None = None  #: the one that goes on
        self.subscribers: list[Callable[[TravelEvent, Journey], None]] = []
        self._tick: asyncio.TimerHandle | None = None
        self._one_at_a_time = asyncio.Lock()
        self._running = self._stopped = self._working = False
        self._holds = 0
        self._released = asyncio.Event()
        self._released.set()

    def start(self) -> None:
        """Start to do what is due while the clock runs."""
        self._running = True
        self._broker.timers.on_earlier = self.arm
        self._broker.deferred_work.on_work = self._work_soon
        self.arm()

    def stop(self) -> None:
        """Do nothing more that is due; a time travel ends with ``NotIdle``."""
        self._running, self._stopped = False, True
        self._disarm()

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """A context in which nothing that is due is done and no delivery starts; time travel waits."""
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
        """Stop the clock."""
        self._clock.pause()
        self.arm()

    def run(self, scale: float) -> None:
        """Start the clock from the time that it shows, ``scale`` times as fast as real time."""
        self._clock.run(scale)
        self.arm()

    async def to_real(
        self, *, max_steps: int = MAX_STEPS, timeout_s: float = TIMEOUT_S, abort_after_s: float | None = None
    ) -> Progress:
        """Travel to real time if the clock is behind it, then, unless it is stopped, let it run as fast as real time.
        A clock that is ahead stays ahead. Raises what :meth:`to` raises."""
        bounds = _Bounds(max_steps, timeout_s, abort_after_s)
        progress = await self._go(lambda: self._clock.now_ms() + self._clock.behind_ms(), bounds)
        if not progress.stopped:
            self._clock.catch_up()
            self.arm()
        return progress

    async def idle(self, timeout_s: float = TIMEOUT_S) -> Progress:
        """Wait until nothing is in flight and nothing is due.

        Raises NotIdle: this takes longer than ``timeout_s`` seconds of real time.
        """
        started, failed = self._dispatcher.started, self._broker.outcomes.failed
        try:
            async with asyncio.timeout(timeout_s):
                await self._rest()
        except TimeoutError:
            raise self._still_busy(timeout_s) from None
        started, failed = self._dispatcher.started - started, self._broker.outcomes.failed - failed
        return Progress(self._clock.now_ms(), 0, started, failed)

    def pending(self) -> Iterator[Pending]:
        """The messages and runs that have not ended, as :func:`pending.soonest` orders them."""
        return pending.soonest(self._broker, self.calls.moment())

    async def to(
        self,
        at_ms: int,
        *,
        max_steps: int = MAX_STEPS,
        timeout_s: float = TIMEOUT_S,
        abort_after_s: float | None = None,
    ) -> Progress:
        """Travel to a unix time in milliseconds. With a time that has passed, the clock does not move.

        Calls that have taken ``abort_after_s`` seconds of real time are aborted. Another task may stop it with
        :meth:`stop_travel`.

        Raises:
            NotIdle: a delivery had not ended after ``timeout_s`` seconds of real time, another time travel had not,
                or the server stops.
            StepLimit: there was more to do after ``max_steps`` steps or ``timeout_s`` seconds.
        """
        return await self._go(lambda: at_ms, _Bounds(max_steps, timeout_s, abort_after_s))

    async def by(
        self,
        ms: int,
        *,
        max_steps: int = MAX_STEPS,
        timeout_s: float = TIMEOUT_S,
        abort_after_s: float | None = None,
    ) -> Progress:
        """Travel forward by ``ms`` milliseconds; otherwise like :meth:`to`."""
        return await self._go(lambda: self._clock.now_ms() + ms, _Bounds(max_steps, timeout_s, abort_after_s))

    async def next(self, *, timeout_s: float = TIMEOUT_S, abort_after_s: float | None = None) -> Progress:
        """Travel to the next time at which something is due, if there is one; otherwise like :meth:`to`."""
        bounds = _Bounds(MAX_STEPS, timeout_s, abort_after_s)
        return await self._go(lambda: self._broker.timers.next_due_ms() or self._clock.now_ms(), bounds)

    async def run_all(
        self,
        until_ms: int | None = None,
        *,
        max_steps: int = MAX_STEPS_OF_ALL,
        timeout_s: float = TIMEOUT_S,
        abort_after_s: float | None = None,
    ) -> Progress:
        """Travel until only recurring schedules are due later, or to ``until_ms``; otherwise like :meth:`to`.

        The clock then shows the time of the last step.
        """
        last_ms = until_ms if until_ms is not None else NEVER_MS
        bounds = _Bounds(max_steps, timeout_s, abort_after_s)
        return await self._go(lambda: last_ms, bounds, lambda: self._broker.timers.one_time_count > 0)

    def stop_travel(self) -> Journey | None:
        """End the time travel that goes on at the stop that it has reached; calls in flight go on. Returns it, or
        ``None`` if there is none."""
        if self.journey is not None:
            self.journey.stop()
        return self.journey

    @asynccontextmanager
    async def alone(self, timeout_s: float = TIMEOUT_S) -> AsyncIterator[None]:
        """A context in which no time travel runs.

        Raises NotIdle: one had not ended after ``timeout_s`` seconds of real time.
        """
        try:
            async with asyncio.timeout(timeout_s):
                await self._one_at_a_time.acquire()
        except TimeoutError:
            raise self._still_busy(timeout_s, _ANOTHER) from None
        try:
            yield
        finally:
            self._one_at_a_time.release()

    def arm(self) -> None:
        """Set the timer of the event loop to the next time at which something is due, if the clock runs."""
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
        self, destination: Callable[[], int], bounds: _Bounds, wanted: Callable[[], bool] = lambda: True
    ) -> Progress:
        journey: Journey | None = None
        try:
            # One timeout for all steps: setting one takes about as long as a short step.
            async with asyncio.timeout(bounds.timeout_s) as limit, self._one_at_a_time:
                journey = Journey(self._clock, self._broker, self._dispatcher, limit, bounds.max_steps)
                with self._under_way(journey, bounds.abort_after_s):
                    await self._travel(destination, wanted, journey)
        except TimeoutError:
            if journey is None or not journey.stopped:
                raise self._too_late(journey, bounds.timeout_s) from None
        return Progress(
            journey.now_ms, journey.steps, journey.attempts, journey.failed, journey.aborted, journey.stopped
        )

    @contextmanager
    def _under_way(self, journey: Journey, abort_after_s: float | None) -> Iterator[None]:
        self.journey = journey
        self._tell(TravelEvent.BEGAN, journey)
        watch = Watch(journey, self.calls, self._patience_s, abort_after_s, self._tell)
        try:
            yield
        finally:
            watch.end()
            self.journey = None
            self._tell(TravelEvent.ENDED, journey)

    def _tell(self, event: TravelEvent, journey: Journey) -> None:
        for subscriber in self.subscribers:
            subscriber(event, journey)

    async def _travel(self, destination: Callable[[], int], wanted: Callable[[], bool], journey: Journey) -> None:
        journey.head_for(destination())
        await self._rest()
        timers = self._broker.timers
        await self._skim()
        # What was delivered first may have changed it.
        journey.head_for(last_ms := destination())
        while (due_ms := timers.next_due_ms()) is not None and due_ms <= last_ms and wanted():
            journey.begin_stop(timers.next_item())
            await self._stop_at(due_ms, journey)
            await self._skim()
            if journey.steps % _STEPS_PER_PASS == 0:
                # Steps that deliver nothing never wait, so other tasks get their turn here.
                await others_turn()
        if last_ms < NEVER_MS and wanted():
            journey.begin_stop(None)
            await self._stop_at(last_ms, journey)
        for tenant in self._broker.tenants.all():
            while self._broker.expiry.expire(tenant, self._clock.now_ms(), AT_ONCE):
                await others_turn()
        journey.arrived = True

    async def _skim(self) -> None:
        """Let the next due time be known at once, however many timers before it are cancelled."""
        while self._broker.timers.skim(AT_ONCE):
            await others_turn()

    async def _stop_at(self, at_ms: int, journey: Journey) -> None:
        self._clock.move_to(at_ms)
        self._tell(TravelEvent.STOP, journey)
        await self._rest()

    async def _rest(self) -> None:
        """Do what is due, and wait until that and all that follows from it has ended."""
        await self._released.wait()
        while self._run_due() and not self._stopped:
            await others_turn()
        while not (self._stopped or (self._dispatcher.is_idle and not self._broker.deferred_work)):
            await (others_turn() if self._broker.deferred_work else self._dispatcher.idle())
            await self._released.wait()
        if self._stopped:
            raise NotIdle("the server is stopping")

    def _too_late(self, journey: Journey | None, timeout_s: float) -> NotIdle | StepLimit:
        if journey is None:
            return self._still_busy(timeout_s, _ANOTHER)
        # After a long time travel, the last step is not what took the time.
        if journey.elapsed_s - journey.held_s < timeout_s / 2:
            return self._still_busy(timeout_s)
        return journey.trail.limit(f"{timeout_s:g} s", "time")

    def _still_busy(self, timeout_s: float, who: str = "still busy") -> NotIdle:
        return not_idle(f"{who} after {timeout_s:g} s", self.calls, self._broker.tenants.all())

    def _disarm(self) -> None:
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None

    def _run_due(self) -> bool:
        """Do a part of what is due; returns whether there is more."""
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
