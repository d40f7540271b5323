"""A time travel while it goes on: how far it has come, what it waits for, and the timer that looks after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import Enum
from typing import Any

from qstash_dev.broker.broker import Broker
from qstash_dev.clock import Clock
from qstash_dev.delivery.dispatcher import Dispatcher
from qstash_dev.dev.calls import Calls, InFlight
from qstash_dev.dev.travel_trail import TravelTrail

NEVER_MS = 1 << 62
"""The destination of a journey that ends before it comes there."""

# The least time between two looks at what a journey waits for.
_LEAST_S = 0.01


class TravelEvent(Enum):
    """What subscribers of time travel are told."""

    BEGAN = "began"
    STOP = "stop"  #: the clock shows another time, and nothing of it has been delivered yet
    WAITS = "waits"  #: a call has held the journey for long; it is in ``told``
    ENDED = "ended"


class Journey:
    """One time travel. It counts from when it begins, not from when it waits for another one."""

    def __init__(
        self, clock: Clock, broker: Broker, dispatcher: Dispatcher, limit: asyncio.Timeout, max_steps: int
    ) -> None:
        self._clock = clock
        self._broker = broker
        self._dispatcher = dispatcher
        self._limit = limit
        self._started_before = dispatcher.started
        self._failed_before = broker.outcomes.failed
        self.from_ms = self.now_ms
        self.to_ms: int | None = None  #: where it goes, ``None`` if it ends when nothing is left to do
        self.began_s = self.stop_began_s = clock.monotonic_s()
        self.trail = TravelTrail(max_steps)
        self.aborted = 0  #: how many calls it has aborted
        self.told: InFlight | None = None  #: the latest call of which subscribers were told that it is waited for
        self.stopped = False  #: :meth:`stop` was called
        self.arrived = False

    @property
    def now_ms(self) -> int:
        """The server's time, in unix milliseconds."""
        return self._clock.now_ms()

    @property
    def steps(self) -> int:
        """How many times it stopped at which something was due."""
        return self.trail.steps

    @property
    def attempts(self) -> int:
        """How many delivery attempts were started."""
        return self._dispatcher.started - self._started_before

    @property
    def failed(self) -> int:
        """How many delivery attempts have failed."""
        return self._broker.outcomes.failed - self._failed_before

    @property
    def elapsed_s(self) -> float:
        """Seconds of real time since it began."""
        return self._clock.monotonic_s() - self.began_s

    @property
    def held_s(self) -> float:
        """Seconds of real time since its latest stop."""
        return self._clock.monotonic_s() - self.stop_began_s

    def head_for(self, at_ms: int) -> None:
        """Set where it goes."""
        self.to_ms = at_ms if at_ms < NEVER_MS else None

    def begin_stop(self, item: Any) -> None:
        """Count a stop at the time of this item of a timer; ``None`` for the end of the journey.

        Raises StepLimit: it is one too many.
        """
        if item is not None:
            self.trail.add(item)
        self.stop_began_s = self._clock.monotonic_s()

    def stop(self) -> None:
        """End it where it is."""
        if not (self.stopped or self._limit.expired()):
            self.stopped = True
            self._limit.reschedule(asyncio.get_running_loop().time())


class Watch:
    """Looks after one journey while it waits: tells of a call that has held it for ``patience_s`` seconds of real
    time, each once, and aborts those that have taken ``abort_after_s`` seconds."""

    def __init__(
        self,
        journey: Journey,
        calls: Calls,
        patience_s: float,
        abort_after_s: float | None,
        tell: Callable[[TravelEvent, Journey], None],
    ) -> None:
        self._journey = journey
        self._calls = calls
        self._patience_s = patience_s
        self._abort_after_s = abort_after_s
        self._tell = tell
        self._wait(0)

    def end(self) -> None:
        """Look no more. If the journey has given up, tell what it has waited for, however short that was."""
        self._timer.cancel()
        if not (self._journey.arrived or self._journey.stopped):
            self._tell_of(self._calls.oldest())

    def _wait(self, seconds: float) -> None:
        self._timer = asyncio.get_running_loop().call_later(max(_LEAST_S, seconds), self._look)

    def _look(self) -> None:
        journey, abort_after_s = self._journey, self._abort_after_s
        if abort_after_s is not None:
            journey.aborted += self._calls.abort_older(abort_after_s)
        oldest = self._calls.oldest()
        running_s = 0.0 if oldest is None else oldest.running_s
        left_s = self._patience_s - min(running_s, journey.held_s)
        if oldest is not None and left_s <= 0:
            left_s = self._patience_s
            self._tell_of(oldest)
        self._wait(left_s if abort_after_s is None else min(left_s, abort_after_s - running_s))

    def _tell_of(self, call: InFlight | None) -> None:
        journey = self._journey
        if call is not None and (journey.told is None or journey.told.call != call.call):
            journey.told = call
            self._tell(TravelEvent.WAITS, journey)
