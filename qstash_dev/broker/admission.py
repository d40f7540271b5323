"""The gates between a message that is due and its delivery: its queue, then the line of what is ready."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from qstash_dev.state.attempt import DeliveryAttempt
from qstash_dev.state.message import Message, State
from qstash_dev.state.queue import Queue


class Admission:
    """Decides which message may be called next. ``on_ready`` is set by whoever makes the calls."""

    def __init__(self) -> None:
        self._ready: deque[Message] = deque()
        self.on_ready: Callable[[], None] = _nobody

    def __len__(self) -> int:
        return len(self._ready)

    def enter(self, message: Message, now_ms: int) -> None:
        """The message is due: it goes on if its queue lets it, else it waits in that queue."""
        message.timer = 0
        place = message.place
        if place is None or place.taken:
            self._make_ready(message)
            return
        place.queue.line_up(message)
        self.drain(place.queue)

    def drain(self, queue: Queue) -> None:
        """Let through whatever the queue admits now."""
        while (message := queue.next()) is not None:
            self._make_ready(message)

    def start_next(self, now_ms: int) -> DeliveryAttempt | None:
        """Start the attempt of the next ready message, or tell that there is none."""
        while self._ready:
            message = self._ready.popleft()
            if message.ended:
                continue
            message.move_to(State.ACTIVE)
            message.in_flight = True
            message.tenant.log.add(State.ACTIVE, message, now_ms)
            return DeliveryAttempt(message, message.retried)
        return None

    def call_ended(self, message: Message) -> None:
        """The answer came, or none will."""
        message.in_flight = False

    def life_ended(self, message: Message) -> None:
        """Nothing will happen to the message any more: its place goes to the next one in its queue."""
        message.tenant.finished(message)
        if message.place is not None:
            queue = message.place.queue
            queue.leave(message.place)
            self.drain(queue)

    def _make_ready(self, message: Message) -> None:
        self._ready.append(message)
        self.on_ready()


def _nobody() -> None:
    """Nobody delivers yet: ready messages wait."""
