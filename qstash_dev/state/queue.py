"""A queue: first in, first out, with so many places at the front (QStash docs, features/queues)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from qstash_dev.state.wait_list import WaitList

if TYPE_CHECKING:
    from qstash_dev.state.message import Message


@dataclass(slots=True, eq=False)
class Place:
    """A claim on a queue. The callbacks of a message share its place, so the next message waits for them too.

    ``holders`` counts the messages that share it; ``taken`` tells that it is one at the front.
    """

    queue: Queue
    holders: int = 1
    taken: bool = False


@dataclass(slots=True, eq=False)
class Queue:
    """``in_use`` of ``parallelism`` places are taken; the rest of the messages wait in line."""

    name: str
    created_ms: int
    updated_ms: int
    parallelism: int = 1
    paused: bool = False
    in_use: int = 0
    waiting: WaitList = field(default_factory=WaitList)

    @property
    def lag(self) -> int:
        """Messages due and not yet finished: in line or at the front."""
        return self.in_use + len(self.waiting)

    def next(self) -> Message | None:
        """The next message that may come to the front, which now holds a place there."""
        if self.paused or self.in_use >= self.parallelism or (message := self.waiting.call()) is None:
            return None
        assert message.place is not None
        message.place.taken = True
        self.in_use += 1
        return message

    def leave(self, place: Place) -> None:
        """One holder of the place is done; the last one gives the place back."""
        place.holders -= 1
        if place.holders == 0 and place.taken:
            place.taken = False
            self.in_use -= 1
