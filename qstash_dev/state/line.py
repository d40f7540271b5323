"""A line of waiting messages that any of them may leave at no cost."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qstash_dev.state.message import Message


class Line:
    """First in, first out. A message stands in one line at a time and knows which (``message.line``).

    Whoever leaves early stays in the deque until it comes to the front, for taking it out of the middle
    would cost a search; ``len`` counts only those still waiting.
    """

    __slots__ = ("_gone", "_messages")

    def __init__(self) -> None:
        self._messages: deque[Message] = deque()
        self._gone = 0

    def __len__(self) -> int:
        return len(self._messages) - self._gone

    def join(self, message: Message) -> None:
        """Stand at the end."""
        message.line = self
        self._messages.append(message)

    def leave(self, message: Message) -> None:
        """Leave before being called."""
        assert message.line is self
        message.line = None
        self._gone += 1

    def call(self) -> Message | None:
        """Take the first one out."""
        while self._messages:
            message = self._messages.popleft()
            if message.line is self:
                message.line = None
                return message
            self._gone -= 1
        return None
