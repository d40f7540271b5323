"""The event log of one user (https://upstash.com/docs/qstash/howto/debug-logs)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any, NamedTuple

from qstash_dev.config import Retention
from qstash_dev.protocol.notice import MAX_NOTICES, Notice
from qstash_dev.protocol.result import DeliveryResult
from qstash_dev.protocol.warning import Warning
from qstash_dev.state.attempt import DeliveryAttempt
from qstash_dev.state.message import Message, State
from qstash_dev.state.run import Run


class RunChange(NamedTuple):
    """The beginning or end of a workflow run, logged with the first message of the run."""

    run: Run
    state: str  #: the new one


About = str | Warning | Notice | RunChange
"""The reason of an event, a warning or notice about a message, or the new state of a run."""

_ABOUT_BYTES = 200


class LogEntry:
    """One event. It copies the values that may change on the message later."""

    __slots__ = (
        "about", "attempt", "message", "next_delivery_ms", "result", "retried", "seq", "state", "time_ms", "weight",
    )  # fmt: skip

    def __init__(
        self,
        seq: int,
        time_ms: int,
        state: State,
        message: Message,
        weight: int,
        next_delivery_ms: int | None = None,
        result: DeliveryResult | None = None,
        attempt: DeliveryAttempt | None = None,
        about: About | None = None,
    ) -> None:
        self.seq = seq  #: counts the entries of the log
        self.time_ms = time_ms
        self.state = state
        self.message = message
        self.retried = message.retried
        self.next_delivery_ms = next_delivery_ms
        self.result = result  #: of the attempt that the event ends
        self.attempt = attempt  #: the attempt that the event ends
        self.about = about  #: what the entry is about, if it ends no attempt
        self.weight = weight  #: bytes that the entry keeps

    @property
    def is_event(self) -> bool:
        """Whether it is an event of a message, as in the log of hosted QStash."""
        return self.about is None or isinstance(self.about, str)

    @property
    def error(self) -> str | None:
        """The reason, if the event ends no attempt."""
        return self.about if isinstance(self.about, str) else None

    @property
    def warning(self) -> Warning | None:
        """The warning, if the entry is one. Hosted QStash has no warnings, so only ``/_dev`` shows them."""
        return self.about if isinstance(self.about, Warning) else None

    @property
    def notice(self) -> Notice | None:
        """The notice, if the entry is one. Only ``/_dev`` shows them, as with warnings."""
        return self.about if isinstance(self.about, Notice) else None

    @property
    def run_state(self) -> str | None:
        """The new state of the workflow run, if the entry is about its beginning or end."""
        return self.about.state if isinstance(self.about, RunChange) else None

    @property
    def run(self) -> Run | None:
        """The workflow run of the entry, if it has one."""
        if isinstance(self.about, RunChange):
            return self.about.run
        return None if self.message.run_message is None else self.message.run_message.run


class EventLog:
    """The entries of one user, limited in number and bytes: the oldest are dropped."""

    def __init__(self, retention: Retention) -> None:
        self._most_entries, self._most_bytes = retention.events, retention.max_bytes
        self._entries: deque[LogEntry] = deque()
        # Tuples, because lists would take three times as much memory for the few entries of a message.
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
        attempt: DeliveryAttempt | None = None,
        about: About | None = None,
    ) -> None:
        """Add the new state of a message, a warning or notice ``about`` it or the new state of its run; call
        subscribers."""
        self._seq += 1
        weight = message.weight
        if result is not None:
            weight += result.weight
        if attempt is not None:
            weight += attempt.weight
        if about is not None and isinstance(about, Warning | Notice):
            # The events of the message count its body: many duplicates of a large one must not evict other messages.
            weight = _ABOUT_BYTES + len(about.text)
        entry = LogEntry(self._seq, now_ms, state, message, weight, next_delivery_ms, result, attempt, about)
        self._entries.append(entry)
        self._by_message[message.id] = (*self._by_message.get(message.id, ()), entry)
        self._bytes += entry.weight
        while len(self._entries) > self._most_entries or self._bytes > self._most_bytes:
            self._drop_oldest()
        for subscriber in self.subscribers:
            subscriber(entry)

    def add_notice(self, message: Message, notice: Notice, now_ms: int) -> None:
        """Add a notice. Beyond :data:`MAX_NOTICES` of a kind, the last one of the message counts it instead."""
        entries = self._by_message.get(message.id, ())
        kept = [one for entry in entries if (one := entry.notice) is not None and one.kind is notice.kind]
        if len(kept) < MAX_NOTICES:
            self.add(message.state, message, now_ms, about=notice)
        else:
            kept[-1].more += 1

    def expire(self, before_ms: int, most: int | None = None) -> int:
        """Remove at most ``most`` entries from before this unix time; returns how many were removed."""
        removed = 0
        while removed != most and self._entries and self._entries[0].time_ms < before_ms:
            self._drop_oldest()
            removed += 1
        return removed

    def clear(self) -> list[dict[Any, Any] | deque[Any]]:
        """Remove all entries; their numbers are not used again. Returns the old collections."""
        discarded: list[dict[Any, Any] | deque[Any]] = [self._entries, self._by_message]
        self._entries, self._by_message = deque(), {}
        self._bytes = 0
        self.clears += 1
        return discarded

    @property
    def last_seq(self) -> int:
        """``seq`` of the latest entry, also if it was removed."""
        return self._seq

    @property
    def first_seq(self) -> int:
        """``seq`` of the oldest entry, or of the next one if there is none."""
        return self._entries[0].seq if self._entries else self._seq + 1

    def of_messages(self, message_ids: tuple[str, ...]) -> list[LogEntry]:
        """The events of these messages, oldest first."""
        return [entry for entry in self.with_warnings(message_ids) if entry.is_event]

    def with_warnings(self, message_ids: tuple[str, ...]) -> list[LogEntry]:
        """The events of these messages, and the warnings and notices about them, oldest first."""
        found = chain.from_iterable(self._by_message.get(id, ()) for id in dict.fromkeys(message_ids))
        return sorted((entry for entry in found if entry.run_state is None), key=lambda entry: entry.seq)

    def last_result(self, message_id: str) -> DeliveryResult | None:
        """The result of the latest attempt that the log still has, if there is one."""
        entries = self._by_message.get(message_id, ())
        return next((entry.result for entry in reversed(entries) if entry.result is not None), None)

    def walk(self, *, latest_first: bool, after: int | None = None) -> Iterator[LogEntry]:
        """All entries in order, with warnings, notices and states of runs, or those that follow number ``after``."""
        entries = self._entries
        if after is None or not entries:
            return reversed(entries) if latest_first else iter(entries)
        if latest_first:
            skipped = entries[-1].seq - after + 1
            return islice(reversed(entries), min(max(0, skipped), len(entries)), None)
        # By position, because reading the end of a deque is fast: clients that follow the log do it often.
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
