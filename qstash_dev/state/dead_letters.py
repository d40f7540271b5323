"""The dead letter queue of one user (https://upstash.com/docs/qstash/features/dlq)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Any

from qstash_dev.config import Retention
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.state.message import Message

_MAX_DIGITS = 20
_MAX_GAPS = 4


class DeadLetter:
    """A failed message."""

    __slots__ = ("failed_ms", "id", "message", "result", "seen", "seq", "weight")

    def __init__(self, seq: int, failed_ms: int, message: Message, result: DeliveryResult) -> None:
        self.id = f"{failed_ms}-{seq}"
        self.seq = seq  #: its position, for paging
        self.failed_ms = failed_ms
        self.message = message
        self.result = result  #: of the last attempt
        self.weight = _weight(message, result)  #: bytes that it keeps
        self.seen = False  #: whether it has been read: a test run reports letters that no test has read

    @property
    def response_status(self) -> int:
        """The last status, or 0 if there was no answer."""
        return self.result.status if isinstance(self.result, Responded) else 0


class DeadLetterQueue:
    """Dead letters by position, oldest first."""

    def __init__(self, retention: Retention) -> None:
        self._retention = retention
        # Not a dict: finding its first key takes linear time after many were removed from its front.
        self._letters: OrderedDict[int, DeadLetter] = OrderedDict()
        self._by_message: dict[str, DeadLetter] = {}
        self._seq = 0
        self._bytes = 0

    def add(self, message: Message, result: DeliveryResult, now_ms: int) -> DeadLetter:
        letter = DeadLetter(self._seq, now_ms, message, result)
        self._seq += 1
        self._letters[letter.seq] = self._by_message[message.id] = letter
        self._bytes += letter.weight
        while len(self._letters) > self._retention.dead_letters or (
            self._bytes > self._retention.max_bytes and len(self._letters) > 1
        ):
            self._remove(self._oldest())
        return letter

    def expire(self, before_ms: int, most: int | None = None) -> int:
        """Remove at most ``most`` letters that failed before this unix time; returns how many were removed."""
        removed = 0
        while removed != most and self._letters and (oldest := self._oldest()).failed_ms < before_ms:
            self._remove(oldest)
            removed += 1
        return removed

    def __len__(self) -> int:
        return len(self._letters)

    @property
    def collections(self) -> list[dict[Any, DeadLetter]]:
        """The large collections in it."""
        return [self._letters, self._by_message]

    def get(self, id: str) -> DeadLetter | None:
        """The letter with this id, if there is one."""
        position = id.rpartition("-")[2]
        is_number = position.isascii() and position.isdigit() and len(position) < _MAX_DIGITS
        letter = self._letters.get(int(position)) if is_number else None
        return letter if letter is not None and letter.id == id else None

    def of_message(self, message_id: str) -> DeadLetter | None:
        """The letter of a message, if there is one."""
        return self._by_message.get(message_id)

    def take(self, id: str) -> DeadLetter | None:
        """Remove and return the letter with this id, if there is one."""
        letter = self.get(id)
        if letter is not None:
            self._remove(letter)
        return letter

    def walk(self, *, latest_first: bool, after: int | None = None) -> Iterator[DeadLetter]:
        """All letters in order, or those that follow position ``after``."""
        letters = self._letters
        for position in self._positions(latest_first, after):
            if (letter := letters.get(position)) is not None:
                yield letter

    def _positions(self, latest_first: bool, after: int | None) -> Iterable[int]:
        """The positions that follow ``after``. Some of them may have no letter any more."""
        if not self._letters:
            return ()
        first, last = self._oldest().seq, self._seq - 1
        if last - first >= _MAX_GAPS * len(self._letters):
            positions = reversed(self._letters) if latest_first else iter(self._letters)
            return (one for one in positions if after is None or (one < after if latest_first else one > after))
        if latest_first:
            return range(last if after is None else min(after - 1, last), first - 1, -1)
        return range(first if after is None else max(after + 1, first), last + 1)

    def _oldest(self) -> DeadLetter:
        return next(iter(self._letters.values()))

    def _remove(self, letter: DeadLetter) -> None:
        del self._letters[letter.seq]
        if self._by_message.get(letter.message.id) is letter:
            del self._by_message[letter.message.id]
        self._bytes -= letter.weight
        run_message = letter.message.run_message
        if run_message is not None and run_message.run.forgotten:
            run_message.run.release()


def _weight(message: Message, result: DeliveryResult) -> int:
    """Bytes that a letter keeps. The letter of a workflow run keeps the run."""
    return message.weight + result.weight + (0 if message.run_message is None else message.run_message.run.weight)
