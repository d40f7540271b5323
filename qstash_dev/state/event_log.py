"""The bounded log of everything that happened to one user's messages."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from qstash_dev.config import Retention
from qstash_dev.protocol.result import DeliveryResult
from qstash_dev.protocol.warning import Warning
from qstash_dev.state.attempt import DeliveryAttempt
from qstash_dev.state.message import Message, State

if TYPE_CHECKING:
    from qstash_dev.state.run import Run


@dataclass(slots=True, eq=False)
class LogEntry:
    """One event. What may change later on the message is copied here; the rest is read from the message.

    ``result`` is that of the ``attempt`` that the event ends, ``error`` the reason of an event that ends none;
    ``weight`` are the bytes that the entry keeps alive.
    """

    seq: int
    time_ms: int
    state: State
    message: Message
    retried: int
    next_delivery_ms: int | None
    result: DeliveryResult | None
    error: str | None = None
    attempt: DeliveryAttempt | None = None
    weight: int = 0

    @property
    def is_event(self) -> bool:
        """Whether it is an event of a message as hosted QStash knows them."""
        return self.warning is None and self.run_state is None

    @property
    def warning(self) -> Warning | None:
        """What is odd about the message, if that is what the entry tells."""
        return None

    @property
    def run_state(self) -> str | None:
        """What the workflow run of the message came to, if that is what the entry tells."""
        return None

    @property
    def run(self) -> Run | None:
        """The workflow run that the entry is about, if it is about one."""
        return None if self.message.run_message is None else self.message.run_message.run


@dataclass(slots=True, eq=False)
class RunEntry(LogEntry):
    """The beginning or the end of a workflow run, told of its first message, which a resumed run shares."""

    of_run: tuple[Run, str] | None = None

    @property
    def run_state(self) -> str | None:
        """What the run came to."""
        return None if self.of_run is None else self.of_run[1]

    @property
    def run(self) -> Run | None:
        """The run itself."""
        return None if self.of_run is None else self.of_run[0]


@dataclass(slots=True, eq=False)
class WarningEntry(LogEntry):
    """A warning between the events: hosted QStash has no such thing, so only ``/_dev`` and people get to see it."""

    about: Warning | None = None

    @property
    def warning(self) -> Warning | None:
        """What is odd about the message."""
        return self.about


class EventLog:
    """Entries of one user, oldest dropped first; indexed by message, since that is what people ask for."""

    def __init__(self, retention: Retention) -> None:
        self._most_entries, self._most_bytes = retention.events, retention.max_bytes
        self._entries: deque[LogEntry] = deque()
        # Tuples: a message has few entries, and a list with room for more would be three times as large as one.
        self._by_message: dict[str, tuple[LogEntry, ...]] = {}
        self._seq = 0
        self._bytes = 0
        self.clears = 0
        self.subscribers: list[Callable[[LogEntry], None]] = []

    def add(
        self,
        state: State,
        message: Message,
        now_ms: int,
        *,
        next_delivery_ms: int | None = None,
        result: DeliveryResult | None = None,
        error: str | None = None,
        attempt: DeliveryAttempt | None = None,
        about: Warning | None = None,
        of_run: tuple[Run, str] | None = None,
    ) -> None:
        """Record that ``message`` came to ``state``, and tell whoever watches; or rather a warning ``about`` it, or
        what its run came to."""
        self._seq += 1
        retried = message.retried
        weight = message.publication.weight
        if result is not None:
            weight += result.weight
        if attempt is not None:
            weight += attempt.weight
        if about is None and of_run is None:
            entry = LogEntry(
                self._seq, now_ms, state, message, retried, next_delivery_ms, result, error, attempt, weight
            )
        elif of_run is not None:
            entry = RunEntry(self._seq, now_ms, state, message, retried, None, None, weight=weight, of_run=of_run)
        else:
            assert about is not None
            weight += len(about.text)
            entry = WarningEntry(self._seq, now_ms, state, message, retried, None, None, weight=weight, about=about)
        self._entries.append(entry)
        self._by_message[message.id] = (*self._by_message.get(message.id, ()), entry)
        self._bytes += entry.weight
        while len(self._entries) > self._most_entries or self._bytes > self._most_bytes:
            self._drop_oldest()
        for subscriber in self.subscribers:
            subscriber(entry)

    def expire(self, before_ms: int, most: int | None = None) -> int:
        """Forget what happened before this unix time in milliseconds, or so much of it; how much was forgotten."""
        gone = 0
        while gone != most and self._entries and self._entries[0].time_ms < before_ms:
            self._drop_oldest()
            gone += 1
        return gone

    def clear(self) -> list[dict[Any, Any] | deque[Any]]:
        """Forget all entries; their numbers are not used again. What held them is returned."""
        remains: list[dict[Any, Any] | deque[Any]] = [self._entries, self._by_message]
        self._entries, self._by_message = deque(), {}
        self._bytes = 0
        self.clears += 1
        return remains

    @property
    def last_seq(self) -> int:
        """The number of the latest entry ever made."""
        return self._seq

    @property
    def first_seq(self) -> int:
        """The number of the oldest entry that is kept, or of the next one if there is none."""
        return self._entries[0].seq if self._entries else self._seq + 1

    def __len__(self) -> int:
        return len(self._entries)

    def of_messages(self, message_ids: tuple[str, ...]) -> list[LogEntry]:
        """The events of these messages, oldest first."""
        return [entry for entry in self.story_of(message_ids) if entry.is_event]

    def story_of(self, message_ids: tuple[str, ...]) -> list[LogEntry]:
        """Their events and warnings, oldest first."""
        found = chain.from_iterable(self._by_message.get(id, ()) for id in dict.fromkeys(message_ids))
        return sorted((entry for entry in found if entry.run_state is None), key=lambda entry: entry.seq)

    def last_result(self, message_id: str) -> DeliveryResult | None:
        """What the latest attempt came to, if there was one and it is not forgotten."""
        entries = self._by_message.get(message_id, ())
        return next((entry.result for entry in reversed(entries) if entry.result is not None), None)

    def walk(self, *, latest_first: bool, after: int | None = None) -> Iterator[LogEntry]:
        """All entries in order, warnings and runs among them, beyond the one numbered ``after``."""
        entries = self._entries
        if after is None or not entries:
            return reversed(entries) if latest_first else iter(entries)
        if latest_first:
            skipped = entries[-1].seq - after + 1
            return islice(reversed(entries), min(max(0, skipped), len(entries)), None)
        # By position: whoever follows the log asks for its end again and again, and the end of a deque is near.
        start = max(0, after - entries[0].seq + 1)
        return (entries[position] for position in range(start, len(entries)))

    def _drop_oldest(self) -> None:
        entry = self._entries.popleft()
        self._bytes -= entry.weight
        id = entry.message.id
        of_message = self._by_message[id]
        if len(of_message) > 1:
            self._by_message[id] = of_message[1:]
        else:
            del self._by_message[id]
