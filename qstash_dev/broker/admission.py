"""The gates between a message that is due and its delivery: its queue, its flow control key, then the ready line.

A message that must wait stands in the line of the gate it waits for, so a blocked gate costs others nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from qstash_dev.broker.deferred_work import DeferredWork
from qstash_dev.broker.timers import Timers
from qstash_dev.state.attempt import DeliveryAttempt
from qstash_dev.state.fair_queue import FairQueue
from qstash_dev.state.flow_control import FlowControl
from qstash_dev.state.message import Message, State
from qstash_dev.state.queue import Queue

_AT_ONCE = 500


class Admission:
    """Decides which message may be called next. ``on_ready`` is set by whoever makes the calls. While it is
    ``held``, no call begins."""

    def __init__(self, timers: Timers, deferred_work: DeferredWork, max_in_flight: int) -> None:
        self._timers = timers
        self._errands = deferred_work
        # One for all timers: each access would make a bound method, 64 bytes for each message that waits.
        self._enter = self.enter
        self._ready = FairQueue(max_in_flight)
        self.on_ready: Callable[[], None] = _nobody
        self.held = False

    def __len__(self) -> int:
        return len(self._ready)

    @property
    def ready(self) -> bool:
        """Whether a message waits for nothing but its call."""
        return self._ready.waiting

    def ready_messages(self) -> Iterator[Message]:
        """The messages that wait for nothing but their call."""
        return iter(self._ready)

    def enter(self, message: Message, now_ms: int) -> None:
        """The message is due: its queue lets it through or it waits there."""
        if message.timer:
            message.timer = 0
            message.tenant.later -= 1
        place = message.place
        if place is None or place.taken:
            self._enter_flow_control(message, now_ms)
            return
        place.queue.waiting.join(message)
        self.drain_queue(place.queue, now_ms)

    def wait_until(self, message: Message, due_ms: int) -> None:
        """The message is due then."""
        message.due_ms = due_ms
        message.timer = self._timers.at(due_ms, self._enter, message)
        message.tenant.later += 1

    def hasten(self, message: Message, now_ms: int) -> bool:
        """Let the message be due now; False if it is not waiting for its time."""
        if message.timer == 0:
            return False
        self._timers.cancel(message.timer)
        message.due_ms = now_ms
        self.enter(message, now_ms)
        return True

    def drain_queue(self, queue: Queue, now_ms: int) -> None:
        """Let through whatever the queue admits now."""
        while (message := queue.next()) is not None:
            self._enter_flow_control(message, now_ms)

    def drain_flow_control(self, flow_control: FlowControl, now_ms: int) -> None:
        """Let through whatever the key admits now, some messages at a time, and wake up at the next period for the
        rest."""
        for _ in range(_AT_ONCE):
            if not flow_control.waiting:
                return
            at_ms = flow_control.may_call_at(now_ms)
            if at_ms is None:
                return
            if at_ms > now_ms:
                self._wake_at(flow_control, at_ms)
                return
            message = flow_control.waiting.call()
            assert message is not None
            flow_control.enter(now_ms)
            message.slot = flow_control
            self._make_ready(message)
        if flow_control.waiting:
            self._errands.add(flow_control, self.drain_flow_control)

    def start_next(self, now_ms: int) -> DeliveryAttempt | None:
        """Start the attempt of the next ready message, or tell that there is none."""
        message = None if self.held else self._ready.call()
        if message is None:
            return None
        message.move_to(State.ACTIVE)
        message.in_flight = True
        message.tenant.in_flight += 1
        message.tenant.log.add(State.ACTIVE, message, now_ms)
        return DeliveryAttempt(message, message.retried)

    def call_ended(self, message: Message, now_ms: int) -> None:
        """The answer came, or none will: the slot of the flow control key goes to the next message."""
        self.cut_off(message)
        flow_control = message.slot
        if flow_control is not None:
            message.slot = None
            flow_control.leave()
            self.drain_flow_control(flow_control, now_ms)

    def cut_off(self, message: Message) -> None:
        """The message is on the wire no more."""
        if message.in_flight:
            message.in_flight = False
            message.tenant.in_flight -= 1
            self._ready.landed(message)

    def withdraw(self, message: Message) -> None:
        """Take a message that is not in flight out of wherever it waits; it still holds what it holds."""
        if message.timer:
            self._timers.cancel(message.timer)
            message.timer = 0
            message.tenant.later -= 1
        if message.wait_list is not None:
            message.wait_list.leave(message)

    def life_ended(self, message: Message, now_ms: int) -> None:
        """Nothing will happen to the message any more: its place goes to the next one in its queue."""
        message.tenant.finished(message)
        if message.place is not None:
            queue = message.place.queue
            queue.leave(message.place)
            self.drain_queue(queue, now_ms)

    def _enter_flow_control(self, message: Message, now_ms: int) -> None:
        key = message.flow_control_key
        if key is None:
            self._make_ready(message)
            return
        flow_control = message.tenant.flow_control(key)
        flow_control.waiting.join(message)
        self.drain_flow_control(flow_control, now_ms)

    def _wake_at(self, flow_control: FlowControl, at_ms: int) -> None:
        """Look again at the next period, which new limits may have brought forward or put off."""
        if flow_control.timer and flow_control.timer_ms == at_ms:
            return
        self._timers.cancel(flow_control.timer)
        flow_control.timer = self._timers.at(at_ms, self._next_period, flow_control)
        flow_control.timer_ms = at_ms

    def _next_period(self, flow_control: FlowControl, now_ms: int) -> None:
        flow_control.timer = 0
        self.drain_flow_control(flow_control, now_ms)

    def _make_ready(self, message: Message) -> None:
        self._ready.join(message)
        self.on_ready()


def _nobody() -> None:
    """Nobody delivers yet: ready messages wait."""
