"""A queue: first in, first out, with so many places at the front (QStash docs, features/queues)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qstash_dev.state.message import Message


@dataclass(slots=True, eq=False)
class Place:
    """A claim on a queue. The callbacks of a message share its place, so the next message waits for them too.

    ``holders`` counts the messages that share it. A place is ``in_line``, later ``taken`` at the front;
    that of a delayed message is neither yet.
    """

    queue: Queue
    holders: int = 1
    in_line: bool = False
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
    waiting: deque[Message] = field(default_factory=deque)
    _gone_from_line: int = 0

    @property
    def lag(self) -> int:
        """Messages not yet finished: in line or at the front."""
        return self.in_use + len(self.waiting) - self._gone_from_line

    def line_up(self, message: Message) -> None:
        """Put the message at the end of the line."""
        assert message.place is not None
        message.place.in_line = True
        self.waiting.append(message)

    def next(self) -> Message | None:
        """The next message that may come to the front, which now holds a place there."""
        while self.waiting and not self.paused and self.in_use < self.parallelism:
            message = self.waiting.popleft()
            if message.place is None or not message.place.in_line:
                self._gone_from_line -= 1
                continue
            message.place.in_line = False
            message.place.taken = True
            self.in_use += 1
            return message
        return None

    def leave(self, place: Place) -> None:
        """One holder of the place is done; the last one gives the place back."""
        place.holders -= 1
        if place.holders:
            return
        if place.taken:
            self.in_use -= 1
        elif place.in_line:
            # Left in the line until it comes to the front: taking it out of the middle would cost a search.
            self._gone_from_line += 1
        place.taken = place.in_line = False
