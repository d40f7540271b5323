"""A list of waiting messages, first in, first out, that a message can leave in constant time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import chain, islice

from qstash_dev.state.message import Message

# How many messages are swept when one leaves.
_SWEPT = 4


class WaitList:
    """A message waits in one list at a time, its ``wait_list``.

    A message that leaves before its turn stays in the deque until it is swept out, because a search for it would take
    linear time. Each message that leaves sweeps a few others: ``_front`` has been swept and ``_rest`` has not. When
    ``_rest`` is empty, the next sweep begins at the front again.
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

    def ahead_of(self, message: Message, most: int) -> int | None:
        """How many messages wait before this one; ``None`` if it is not found among the first ``most``."""
        count = 0
        for one in islice(chain(self._front, self._rest or ()), most):
            if one is message:
                return count
            count += one.wait_list is self
        return None

    def join(self, message: Message) -> None:
        """Add a message at the end."""
        message.wait_list = self
        self._waiting += 1
        (self._front if self._rest is None else self._rest).append(message)

    def leave(self, message: Message) -> None:
        """Remove a message before its turn."""
        assert message.wait_list is self
        message.wait_list = None
        self._waiting -= 1
        self._sweep()

    def pop(self) -> Message | None:
        """Remove and return the first message, if there is one."""
        while self._front or self._rest:
            if not self._front:
                assert self._rest is not None
                self._front, self._rest = self._rest, None
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
