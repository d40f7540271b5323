"""A queue: ordered delivery of messages (https://upstash.com/docs/qstash/features/queues)."""

from __future__ import annotations

from qstash_dev.state.message import Message
from qstash_dev.state.wait_list import WaitList


class Place:
    """The place of a message in a queue. Its callbacks share it, because the next message waits for them too."""

    __slots__ = ("holders", "queue", "taken")

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.holders = 1  #: number of messages that share it
        self.taken = False  #: whether it is one of the ``parallelism`` places of messages that are delivered now


class Queue:
    """A queue delivers ``parallelism`` messages at the same time; the others wait."""

    def __init__(self, name: str, created_ms: int, updated_ms: int, parallelism: int = 1) -> None:
        self.name = name
        self.created_ms = created_ms
        self.updated_ms = updated_ms
        self.parallelism = parallelism
        self.paused = False
        self.paused_ms = 0  #: when it was paused last
        self.taken: dict[Place, Message] = {}  #: the taken places, each with its first message
        self.waiting = WaitList()

    @property
    def in_use(self) -> int:
        """The number of taken places."""
        return len(self.taken)

    @property
    def lag(self) -> int:
        """The number of messages that are due and have not ended."""
        return self.in_use + len(self.waiting)

    def next(self) -> Message | None:
        """Take a place for the next message and return it; ``None`` if it is paused, full or empty."""
        if self.paused or self.in_use >= self.parallelism or (message := self.waiting.pop()) is None:
            return None
        assert message.place is not None
        message.place.taken = True
        self.taken[message.place] = message
        return message

    def leave(self, place: Place) -> None:
        """A message of this place has ended. The last one frees the place."""
        place.holders -= 1
        if place.holders == 0 and place.taken:
            place.taken = False
            del self.taken[place]
