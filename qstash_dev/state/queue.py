"""A queue: ordered delivery of messages (https://upstash.com/docs/qstash/features/queues)."""

from __future__ import annotations

from dataclasses import dataclass, field

from qstash_dev.state.message import Message
from qstash_dev.state.wait_list import WaitList


@dataclass(slots=True, eq=False)
class Place:
    """The place of a message in a queue. Its callbacks share it, because the next message waits for them too."""

    queue: Queue
    holders: int = 1  #: number of messages that share it
    taken: bool = False  #: whether it is one of the ``parallelism`` places of messages that are delivered now


@dataclass(slots=True, eq=False)
class Queue:
    """A queue delivers ``parallelism`` messages at the same time; the others wait."""

    name: str
    created_ms: int
    updated_ms: int
    parallelism: int = 1
    paused: bool = False
    paused_ms: int = 0  #: when it was paused last
    taken: dict[Place, Message] = field(default_factory=dict)  #: the taken places, each with its first message
    waiting: WaitList = field(default_factory=WaitList)

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
