"""Moves the clock: by sleeping until something is due, or by jumping there at once.

A jump stops at everything that falls due on the way, and goes on when all that it caused has come to rest:
deliveries, callbacks, and retries that are due before the jump ends.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qstash_dev.broker.broker import Broker
from qstash_dev.broker.pending import pending
from qstash_dev.clock import Clock
from qstash_dev.delivery.dispatcher import Dispatcher
from qstash_dev.state.message import Message
from qstash_dev.state.waiter import Waiter

MAX_STEPS = 100_000
TIMEOUT_S = 5.0
_SHOWN = 10
_MAX_TIMER_S = 3_600.0
_NEVER_MS = 1 << 62


class StillBusy(Exception):
    """Something did not come to rest in time; the text lists what, and what it waits for."""


class Runaway(Exception):
    """A journey took more steps than allowed; the text names what kept it going."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a journey did: unix milliseconds at its end, stops on the way, delivery attempts started."""

    now_ms: int
    steps: int = 0
    attempts: int = 0


class Travel:
    """The clock's hands. Everything belongs to one event loop."""

    def __init__(self, clock: Clock, broker: Broker, dispatcher: Dispatcher) -> None:
        self._clock = clock
        self._broker = broker
        self._dispatcher = dispatcher
        self._tick: asyncio.TimerHandle | None = None
        self._one_at_a_time = asyncio.Lock()
        self._running = False

    def start(self) -> None:
        """Begin to tick."""
        self._running = True
        self._broker.timers.on_earlier = self._arm
        self._arm()

    def stop(self) -> None:
        """Tick no more."""
        self._running = False
        self._disarm()

    def pause(self) -> None:
        """Let the clock stand still."""
        self._clock.pause()
        self._arm()

    def run(self, scale: float) -> None:
        """Let the clock run on from where it is."""
        self._clock.run(scale)
        self._arm()

    async def idle(self, timeout_s: float = TIMEOUT_S) -> Progress:
        """Wait until nothing is in flight and nothing is due.

        Raises:
            StillBusy: after ``timeout_s`` seconds of real time.
        """
        before = self._dispatcher.started
        await self._settle(timeout_s)
        return Progress(self._clock.now_ms(), 0, self._dispatcher.started - before)

    async def to(self, at_ms: int, *, max_steps: int = MAX_STEPS, timeout_s: float = TIMEOUT_S) -> Progress:
        """Travel to a unix time in milliseconds.

        Raises:
            StillBusy: a stop on the way did not come to rest within ``timeout_s`` seconds of real time.
            Runaway: the journey was not over after ``max_steps`` stops or ``timeout_s`` seconds.
        """
        return await self._go(at_ms, lambda: True, max_steps, timeout_s)

    async def by(self, ms: int, *, max_steps: int = MAX_STEPS, timeout_s: float = TIMEOUT_S) -> Progress:
        """Travel so many milliseconds forward; raises what :meth:`to` raises."""
        return await self.to(self._clock.now_ms() + ms, max_steps=max_steps, timeout_s=timeout_s)

    async def next(self, *, timeout_s: float = TIMEOUT_S) -> Progress:
        """Travel to whatever is due next, if anything is; raises what :meth:`to` raises."""
        await self._settle(timeout_s)
        due_ms = self._broker.timers.next_due_ms()
        return await self.to(self._clock.now_ms() if due_ms is None else due_ms, timeout_s=timeout_s)

    async def run_all(
        self, until_ms: int | None = None, *, max_steps: int = 1_000, timeout_s: float = TIMEOUT_S
    ) -> Progress:
        """Travel until nothing is left but recurring schedules; raises what :meth:`to` raises.

        The clock stops at the last thing that happened.
        """
        last_ms = until_ms if until_ms is not None else _NEVER_MS
        return await self._go(last_ms, lambda: self._broker.timers.passing > 0, max_steps, timeout_s)

    async def _go(self, last_ms: int, wanted: Callable[[], bool], max_steps: int, timeout_s: float) -> Progress:
        async with self._one_at_a_time:
            before, names = self._dispatcher.started, Counter[str]()
            deadline_s = self._clock.monotonic_s() + timeout_s
            await self._settle(timeout_s)
            for steps in range(max_steps):
                due_ms = self._broker.timers.next_due_ms()
                if due_ms is None or due_ms > last_ms or not wanted():
                    if last_ms < _NEVER_MS and wanted():
                        self._clock.move_to(last_ms)
                        self._run_due()
                    return Progress(self._clock.now_ms(), steps, self._dispatcher.started - before)
                left_s = deadline_s - self._clock.monotonic_s()
                if left_s <= 0:
                    raise _runaway(f"{timeout_s:g} s: allow it more time, or travel less far", names)
                names[_name(self._broker.timers.next_item())] += 1
                self._clock.move_to(due_ms)
                self._run_due()
                await self._settle(left_s)
            raise _runaway(f"{max_steps} steps", names)

    async def _settle(self, timeout_s: float) -> None:
        self._run_due()
        if self._dispatcher.is_idle:
            return
        try:
            async with asyncio.timeout(timeout_s):
                await self._dispatcher.idle()
        except TimeoutError:
            raise StillBusy(self._what_is_busy(timeout_s)) from None

    def _what_is_busy(self, timeout_s: float) -> str:
        tenants, now_ms = self._broker.tenants.all(), self._clock.now_ms()
        busy = [entry for entry in pending(tenants, now_ms) if entry.due_ms is None or entry.due_ms <= now_ms]
        lines = [f"still busy after {timeout_s:g} s:", *(f"  {entry}" for entry in busy[:_SHOWN])]
        if len(busy) > _SHOWN:
            lines.append(f"  and {len(busy) - _SHOWN} more")
        return "\n".join(lines)

    def _arm(self) -> None:
        """Sleep until the earliest timer, in the one place where the server sleeps."""
        self._disarm()
        due_ms = self._broker.timers.next_due_ms()
        wait_s = None if due_ms is None else self._clock.seconds_until(due_ms)
        if self._running and wait_s is not None:
            self._tick = asyncio.get_running_loop().call_later(min(wait_s, _MAX_TIMER_S), self._run_due)

    def _disarm(self) -> None:
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None

    def _run_due(self) -> None:
        self._broker.timers.run_due(self._clock.now_ms())
        self._arm()


def _runaway(limit: str, names: Counter[str]) -> Runaway:
    busiest = "".join(f" ({name} took {times} of {names.total()} steps)" for name, times in names.most_common(1))
    return Runaway(f"still not there after {limit}{busiest}")


def _name(item: Any) -> str:
    if isinstance(item, Message):
        return f"schedule {item.schedule_id}" if item.schedule_id else f"message {item.id}"
    if isinstance(item, Waiter):
        return f"workflow run {item.run.id}, which waits for event {item.event_id}"
    if isinstance(item, tuple):
        return f"schedule {item[1].id}"
    return f"flow control key {item.key}"
