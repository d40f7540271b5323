"""The dead letter queue of one user: messages that were given up, with the answer that sealed it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from qstash_dev.config import Retention
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.state.message import Message

_MAX_DIGITS = 20
_MAX_GAPS = 4


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
    """Dead letters by position, oldest first."""

    def __init__(self, retention: Retention) -> None:
        self._retention = retention
        # A plain dict would look at all that has left its front before it finds the first that is still there.
        self._letters: OrderedDict[int, DeadLetter] = OrderedDict()
        self._seq = 0
        self._bytes = 0

    def add(self, message: Message, result: DeliveryResult, now_ms: int) -> DeadLetter:
        """Put a failed message in."""
        letter = DeadLetter(f"{now_ms}-{self._seq}", self._seq, now_ms, message, result, _weight(message, result))
        self._seq += 1
        self._letters[letter.seq] = letter
        self._bytes += letter.weight
        while len(self._letters) > self._retention.dead_letters or (
            self._bytes > self._retention.max_bytes and len(self._letters) > 1
        ):
            self._remove(self._oldest())
        return letter

    def expire(self, before_ms: int, most: int | None = None) -> int:
        """Drop the letters that failed before this unix time in milliseconds, or so many of them; how many were."""
        gone = 0
        while gone != most and self._letters and (oldest := self._oldest()).failed_ms < before_ms:
            self._remove(oldest)
            gone += 1
        return gone

    def __len__(self) -> int:
        return len(self._letters)

    @property
    def remains(self) -> list[dict[int, DeadLetter]]:
        """What holds all of it."""
        return [self._letters]

    def get(self, id: str) -> DeadLetter | None:
        """One letter, if it is there."""
        position = id.rpartition("-")[2]
        is_number = position.isascii() and position.isdigit() and len(position) < _MAX_DIGITS
        letter = self._letters.get(int(position)) if is_number else None
        return letter if letter is not None and letter.id == id else None

    def take(self, id: str) -> DeadLetter | None:
        """Remove one letter and return it, if it is there."""
        letter = self.get(id)
        if letter is not None:
            self._remove(letter)
        return letter

    def walk(self, *, latest_first: bool, after: int | None = None) -> Iterator[DeadLetter]:
        """All letters in order, beyond the one at position ``after``."""
        letters = self._letters
        for position in self._positions(latest_first, after):
            if (letter := letters.get(position)) is not None:
                yield letter

    def _positions(self, latest_first: bool, after: int | None) -> Iterable[int]:
        """Where letters may be: whoever comes back for the next page does not look at all pages before it."""
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
        self._bytes -= letter.weight
        run_message = letter.message.run_message
        if run_message is not None and run_message.run.forgotten:
            run_message.run.release()


def _weight(message: Message, result: DeliveryResult) -> int:
    """Bytes that a letter keeps alive; a message of a workflow run keeps the whole run."""
    return (
        message.publication.weight
        + result.weight
        + (0 if message.run_message is None else message.run_message.run.weight)
    )
