"""The calls to destinations that are in flight, and the end of one by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice, takewhile
from typing import NamedTuple

from qstash_dev.broker.admission import Admission
from qstash_dev.clock import Clock
from qstash_dev.delivery.dispatcher import Dispatcher
from qstash_dev.delivery.slow_calls import StartedCall
from qstash_dev.dev.instants import iso
from qstash_dev.explain.moment import Moment
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.result import Unreachable
from qstash_dev.state.message import Message


class InFlight(NamedTuple):
    """A call that has not been answered yet."""

    message_id: str
    user: str  #: id of the user whose message it is
    method: str
    url: str  #: the destination as it was published
    running_s: float  #: seconds of real time since it began
    since_ms: int  #: when it began by the server's clock, unix milliseconds

    @property
    def call(self) -> tuple[str, int]:
        """A value that differs between two calls."""
        return self.message_id, self.since_ms

    def __str__(self) -> str:
        waited = f"has not answered for {self.running_s:.3g} s, since {iso(self.since_ms)}"
        return f"{self.message_id} to {self.url}: the destination {waited}"


class Calls:
    """The calls in flight of all users of one server."""

    def __init__(self, dispatcher: Dispatcher, clock: Clock, admission: Admission) -> None:
        self._dispatcher = dispatcher
        self._clock = clock
        self._admission = admission

    def __len__(self) -> int:
        return self._dispatcher.in_flight

    def first(self, count: int) -> tuple[InFlight, ...]:
        """The calls that have been in flight for longest, at most ``count``."""
        now_s = self._clock.monotonic_s()
        return tuple(_shown(call, now_s) for call in islice(self._dispatcher.calls(), count))

    def oldest(self) -> InFlight | None:
        """The call that has been in flight for longest; ``None`` if there is none."""
        return next(iter(self.first(1)), None)

    def moment(self) -> Moment:
        """What verdicts depend on now besides their subject."""
        return Moment(self._clock.now_ms(), self._admission, stopped=self._clock.paused, calls=self._running)

    def _running(self) -> Iterator[tuple[Message, float]]:
        now_s = self._clock.monotonic_s()
        return ((call.attempt.message, now_s - call.began_s) for call in self._dispatcher.calls())

    def abort(self, messages: Collection[Message]) -> int:
        """End the calls of these messages as failed attempts (``FailureReason.ABORTED``), which retries follow as
        after any other failure. Returns how many were in flight."""
        return self._abort(call for call in self._dispatcher.calls() if call.attempt.message in messages)

    def abort_older(self, least_s: float) -> int:
        """Do so with the calls that have taken ``least_s`` seconds of real time or more; returns how many."""
        began_s = self._clock.monotonic_s() - least_s
        return self._abort(takewhile(lambda call: call.began_s <= began_s, self._dispatcher.calls()))

    def _abort(self, calls: Iterator[StartedCall]) -> int:
        now_s, chosen = self._clock.monotonic_s(), list(calls)
        for attempt, began_s, _ in chosen:
            text = f"the call was aborted after {now_s - began_s:.3g} s without an answer"
            duration_ms = round((now_s - began_s) * 1_000)
            self._dispatcher.end(attempt, Unreachable(text, duration_ms, FailureReason.ABORTED))
        return len(chosen)


def _shown(call: StartedCall, now_s: float) -> InFlight:
    message = call.attempt.message
    method = message.publication.options.method
    return InFlight(message.id, message.tenant.user.id, method, message.url, now_s - call.began_s, call.began_ms)
