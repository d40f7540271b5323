"""The gates that a due message passes before its delivery: its queue, its flow control key, then the ready messages.

https://upstash.com/docs/qstash/features/queues, https://upstash.com/docs/qstash/features/flowcontrol: beyond a limit,
messages wait in a list. Each gate has a list of its own, so a blocked gate costs other messages no time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from qstash_dev.broker.deferred_work import DeferredWork
from qstash_dev.broker.timers import Timers
from qstash_dev.protocol.notice import Notice, NoticeKind
from qstash_dev.state.attempt import DeliveryAttempt
from qstash_dev.state.fair_queue import FairQueue, Room
from qstash_dev.state.flow_control import FlowControl
from qstash_dev.state.message import Message, State
from qstash_dev.state.queue import Queue

_MAX_AT_ONCE = 500


class Admission:
    """Decides which message is delivered next."""

    def __init__(self, timers: Timers, deferred_work: DeferredWork, max_in_flight: int) -> None:
        self._timers = timers
        self._deferred_work = deferred_work
        # One bound method for all timers: each access to ``self.enter`` would make one of 64 bytes.
        self._enter = self.enter
        self._ready = FairQueue(max_in_flight)
        self.on_ready: Callable[[], None] = lambda: None  #: called when a message has passed all gates
        self.held = False  #: while it is true, no delivery starts

    @property
    def ready(self) -> bool:
        """Whether a message has passed all gates and waits for its delivery."""
        return self._ready.waiting

    def ready_messages(self) -> Iterator[Message]:
        """The messages that have passed all gates and wait for their delivery."""
        return iter(self._ready)

    def room(self, message: Message) -> Room:
        """The room for the origin of a message that has passed all gates and waits for its delivery."""
        return self._ready.room(message)

    def enter(self, message: Message, now_ms: int) -> None:
        """Send a message that is due to its first gate."""
        if message.timer:
            message.timer = 0
            message.tenant.later -= 1
        place = message.place
        if place is None or place.taken:
            self._enter_flow_control(message, now_ms)
            return
        place.queue.waiting.join(message)
        self.drain_queue(place.queue, now_ms)
        if place.queue.paused:
            _tell_paused(place.queue, f"queue {place.queue.name}", message, now_ms)

    def wait_until(self, message: Message, due_ms: int) -> None:
        """Send the message to its first gate at this unix time."""
        message.due_ms = due_ms
        message.timer = self._timers.at(due_ms, self._enter, message)
        message.tenant.later += 1

    def deliver_now(self, message: Message, now_ms: int) -> bool:
        """End the delay of a message; returns False if it has none."""
        if message.timer == 0:
            return False
        self._timers.cancel(message.timer)
        message.due_ms = now_ms
        self.enter(message, now_ms)
        return True

    def drain_queue(self, queue: Queue, now_ms: int) -> None:
        """Let messages through the queue, as many as it admits now."""
        while (message := queue.next()) is not None:
            self._enter_flow_control(message, now_ms)

    def drain_flow_control(self, flow_control: FlowControl, now_ms: int) -> None:
        """Let messages through the key, as many as it admits now but only some at once, and set a timer for its next
        period."""
        for _ in range(_MAX_AT_ONCE):
            if not flow_control.waiting:
                return
            at_ms = flow_control.may_call_at(now_ms)
            if at_ms is None:
                return
            if at_ms > now_ms:
                self._wake_at(flow_control, at_ms)
                return
            message = flow_control.waiting.pop()
            assert message is not None
            flow_control.enter(now_ms)
            message.slot = flow_control
            self._make_ready(message)
        if flow_control.waiting:
            self._deferred_work.add(flow_control, self.drain_flow_control)

    def start_next(self, now_ms: int) -> DeliveryAttempt | None:
        """Start the attempt of the next ready message; ``None`` if there is none or no room."""
        message = None if self.held else self._ready.pop()
        if message is None:
            return None
        message.move_to(State.ACTIVE)
        message.in_flight = True
        message.tenant.in_flight += 1
        message.tenant.log.add(State.ACTIVE, message, now_ms)
        return DeliveryAttempt(message, message.retried)

    def call_ended(self, message: Message, now_ms: int) -> None:
        """Give the flow control slot of a message whose call has ended to the next message."""
        self.no_longer_in_flight(message)
        flow_control = message.slot
        if flow_control is not None:
            message.slot = None
            flow_control.leave()
            self.drain_flow_control(flow_control, now_ms)

    def no_longer_in_flight(self, message: Message) -> None:
        """Count the message as not in flight, if it was."""
        if message.in_flight:
            message.in_flight = False
            message.tenant.in_flight -= 1
            self._ready.call_ended(message)

    def withdraw(self, message: Message) -> None:
        """Cancel the timer of a message that is not in flight and remove it from its wait list. It keeps its place in
        the queue and its flow control slot."""
        if message.timer:
            self._timers.cancel(message.timer)
            message.timer = 0
            message.tenant.later -= 1
        if message.wait_list is not None:
            message.wait_list.leave(message)

    def message_ended(self, message: Message, now_ms: int) -> None:
        """Give the place of a message that has ended to the next one in its queue."""
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
        if flow_control.paused:
            _tell_paused(flow_control, f"flow control key {key}", message, now_ms)

    def _wake_at(self, flow_control: FlowControl, at_ms: int) -> None:
        """Set the timer for the next period. Its time may change with the limits."""
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


def _tell_paused(gate: Queue | FlowControl, name: str, message: Message, now_ms: int) -> None:
    """Tell of the first message that waits at a gate that is paused; nothing is said of what comes behind it."""
    if len(gate.waiting) == 1:
        message.tenant.note(message, Notice(NoticeKind.PAUSED, f"waits, because {name} is paused"), now_ms)
