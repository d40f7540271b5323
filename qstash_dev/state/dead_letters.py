"""The dead letter queue of one user: messages that were given up, with the answer that sealed it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qstash_dev.config import Retention
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.state.message import Message


@dataclass(slots=True, eq=False)
class DeadLetter:
    """``id`` is ``<unix ms>-<n>``, where ``n`` also is its position for paging. ``weight`` are the
    bytes that it keeps; ``seen`` tells that somebody has asked for it: a test that never looked at a message that
    died has missed something."""

    id: str
    seq: int
    failed_ms: int
    message: Message
    result: DeliveryResult
    weight: int = 0
    seen: bool = False

    @property
    def response_status(self) -> int:
        """The last status, or 0 when there was no answer."""
        return self.result.status if isinstance(self.result, Responded) else 0


class DeadLetterQueue:
    """Dead letters by id, oldest first."""

    def __init__(self, retention: Retention) -> None:
        self._retention = retention
        self._letters: dict[str, DeadLetter] = {}
        self._seq = 0
        self._bytes = 0

    def add(self, message: Message, result: DeliveryResult, now_ms: int) -> DeadLetter:
        """Put a failed message in."""
        letter = DeadLetter(f"{now_ms}-{self._seq}", self._seq, now_ms, message, result, _weight(message, result))
        self._seq += 1
        self._letters[letter.id] = letter
        self._bytes += letter.weight
        while len(self._letters) > self._retention.dead_letters or (
            self._bytes > self._retention.max_bytes and len(self._letters) > 1
        ):
            self.take(next(iter(self._letters)))
        return letter

    def __len__(self) -> int:
        return len(self._letters)

    def get(self, id: str) -> DeadLetter | None:
        """One letter, if it is there."""
        return self._letters.get(id)

    def take(self, id: str) -> DeadLetter | None:
        """Remove one letter and return it, if it is there."""
        letter = self._letters.pop(id, None)
        if letter is not None:
            self._bytes -= letter.weight
            part = letter.message.part
            if part is not None and part.run.forgotten:
                part.run.let_go()
        return letter

    def walk(self, *, latest_first: bool, after: int | None = None) -> Iterator[DeadLetter]:
        """All letters in order, beyond the one at position ``after``."""
        letters = reversed(self._letters.values()) if latest_first else iter(self._letters.values())
        for letter in letters:
            if after is None or (letter.seq < after if latest_first else letter.seq > after):
                yield letter


def _weight(message: Message, result: DeliveryResult) -> int:
    """Bytes of the bodies that a letter keeps alive; a message of a workflow run keeps the whole run."""
    response = len(result.body) if isinstance(result, Responded) else 0
    return len(message.publication.body) + response + (0 if message.part is None else message.part.run.weight)
