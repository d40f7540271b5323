"""A line of waiting messages that any of them may leave at no cost."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qstash_dev.state.message import Message

# How many messages each one that leaves early looks at.
_SWEPT = 4


class WaitList:
    """First in, first out. A message stands in one line at a time and knows which (``message.line``).

    Whoever leaves early stays in the deque for a while, for taking it out of the middle would cost a search; ``len``
    counts only those still waiting. Each one that leaves sweeps a few of those who stand there: the front of the line
    has been swept, the rest comes to be, and when all has been swept it begins anew. So those who are gone never take
    up much, and nobody searches for long.
    """

    __slots__ = ("_front", "_rest", "_waiting")

    def __init__(self) -> None:
        self._front: deque[Message] = deque()
        self._rest: deque[Message] | None = None
        self._waiting = 0

    def __len__(self) -> int:
        return self._waiting

    def __iter__(self) -> Iterator[Message]:
        return (message for message in chain(self._front, self._rest or ()) if message.wait_list is self)

    def join(self, message: Message) -> None:
        """Stand at the end."""
        message.wait_list = self
        self._waiting += 1
        (self._front if self._rest is None else self._rest).append(message)

    def leave(self, message: Message) -> None:
        """Leave before being called."""
        assert message.wait_list is self
        message.wait_list = None
        self._waiting -= 1
        self._sweep()

    def call(self) -> Message | None:
        """Take the first one out."""
        while self._front or self._rest:
            if not self._front:
                self._begin_anew()
            message = self._front.popleft()
            if message.wait_list is self:
                message.wait_list = None
                self._waiting -= 1
                return message
        return None

    def _sweep(self) -> None:
        if self._rest is None:
            self._front, self._rest = deque(), self._front
        for _ in range(_SWEPT):
            if not self._rest:
                break
            message = self._rest.popleft()
            if message.wait_list is self:
                self._front.append(message)
        if not self._rest:
            self._rest = None

    def _begin_anew(self) -> None:
        assert self._rest is not None
        self._front, self._rest = self._rest, None
