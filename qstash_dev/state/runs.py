"""All workflow runs of one user, those that have ended bounded in number and size."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from qstash_dev.config import Retention
from qstash_dev.state.run import MAX_NOTES, Note, Run, RunLogEntry
from qstash_dev.state.waiter import Waiter

EVENT_BYTES = 512
"""What an event takes up beside its data."""
_MAX_NOTE_LENGTH = 1_000


class Runs:
    """Runs by id. An id may be used again when its run has ended; each use is an instance of its own.

    ``live_weight`` are the bytes that the runs which go on keep; ``waiting`` counts all that ``waiters`` holds.
    """

    def __init__(self, retention: Retention) -> None:
        self._retention = retention
        self._subscribers: list[Callable[[Run, Note], None]] = []
        self._seq = 0
        self._begin()

    def clear(self) -> list[dict[Any, Any] | deque[Run]]:
        """Forget all runs. Whoever watches keeps watching. What held the runs is returned."""
        remains: list[dict[Any, Any] | deque[Run]] = [self._latest, self._all, self._ended, self.waiters]
        self._begin()
        return remains

    def _begin(self) -> None:
        self._latest: dict[str, Run] = {}
        self._all: dict[tuple[str, int], Run] = {}
        self._ended: deque[Run] = deque()
        self._ended_weight = 0
        self.live_weight = 0
        self.waiters: dict[str, dict[Waiter, None]] = {}
        self.waiting = 0

    @property
    def subscribers(self) -> list[Callable[[Run, Note], None]]:
        """Told of every note."""
        return self._subscribers

    def __len__(self) -> int:
        return len(self._all)

    def add(self, run: Run) -> None:
        """Take a new run in."""
        # Two instances of one id in the same millisecond would be one to the API.
        while (run.id, run.created_ms) in self._all:
            run.created_ms += 1
        self._seq += 1
        run.seq = self._seq
        self._latest[run.id] = self._all[run.id, run.created_ms] = run
        self.weigh(run, run.own_weight)

    def append(self, run: Run, entry: RunLogEntry) -> int:
        """Append to the log of a run; returns the position."""
        run.append(entry)
        self.weigh(run, entry.weight)
        return len(run.entries) - 1

    def weigh(self, run: Run, change: int) -> None:
        """A run keeps so many bytes more, or less."""
        run.weight += change
        if run.alive:
            self.live_weight += change
        elif not run.forgotten:
            self._ended_weight += change

    def forget_entries(self, run: Run) -> None:
        """Let the log of a run begin anew."""
        self.weigh(run, -sum(entry.weight for entry in run.entries))
        run.clear_log()

    def get(self, id: str, created_ms: int | None = None) -> Run | None:
        """The latest instance, or the one created then."""
        return self._latest.get(id) if created_ms is None else self._all.get((id, created_ms))

    def live(self, id: str, created_ms: int | None = None) -> Run | None:
        """The instance that still goes on."""
        run = self.get(id, created_ms)
        return run if run is not None and run.alive else None

    def ended(self, run: Run) -> None:
        """Keep an ended run readable for a while: the oldest beyond the retention are forgotten."""
        self.live_weight -= run.weight
        self._ended_weight += run.weight
        self._ended.append(run)
        limit = self._retention
        while len(self._ended) > limit.runs or (self._ended_weight > limit.max_bytes and len(self._ended) > 1):
            self._forget(self._ended.popleft())

    def remember_waiter(self, waiter: Waiter) -> None:
        """Make a waiter known to its run and under its event."""
        waiter.run.waiters.append(waiter)
        self.waiters.setdefault(waiter.event_id, {})[waiter] = None
        self.waiting += 1
        self.weigh(waiter.run, waiter.weight)

    def forget_waiter(self, waiter: Waiter) -> None:
        """Nobody waits here any more."""
        waiter.run.waiters.remove(waiter)
        waiting = self.waiters[waiter.event_id]
        del waiting[waiter]
        self.waiting -= 1
        if not waiting:
            del self.waiters[waiter.event_id]
        self.weigh(waiter.run, -waiter.weight)

    def store_event(self, run: Run, event_id: str, data: str) -> None:
        """Keep something for the moment when the run waits for it."""
        run.events.setdefault(event_id, deque()).append(data)
        self.weigh(run, len(data) + EVENT_BYTES)

    def take_event(self, run: Run, event_id: str) -> str | None:
        """The first of what was kept for this event, if anything was."""
        stored = run.events.get(event_id)
        if stored is None:
            return None
        data = stored.popleft()
        if not stored:
            del run.events[event_id]
        self.weigh(run, -len(data) - EVENT_BYTES)
        return data

    def forget_events(self, run: Run) -> None:
        """The run will not wait for anything any more."""
        self.weigh(run, -sum(len(data) + EVENT_BYTES for stored in run.events.values() for data in stored))
        run.events.clear()

    def newest_first(self, before: int | None = None) -> Iterator[Run]:
        """All runs that are kept, or those older than the one with this ``seq``."""
        return (run for run in reversed(self._all.values()) if before is None or run.seq < before)

    def tell(self, run: Run, text: str, now_ms: int) -> None:
        """Tell whoever watches; nothing is kept."""
        for subscriber in self._subscribers:
            subscriber(run, Note(now_ms, text))

    def note(self, run: Run, text: str, now_ms: int) -> None:
        """Put something into the log of the run that a person must know."""
        if len(text) > _MAX_NOTE_LENGTH:
            text = text[:_MAX_NOTE_LENGTH] + "…"
        given_up = len(run.notes[0].text) if len(run.notes) == MAX_NOTES else 0
        run.notes.append(Note(now_ms, text))
        self.weigh(run, len(text) - given_up)
        self.tell(run, text, now_ms)

    def _forget(self, run: Run) -> None:
        self._ended_weight -= run.weight
        del self._all[run.id, run.created_ms]
        if self._latest.get(run.id) is run:
            del self._latest[run.id]
        run.forgotten = True
        # Whoever resumes a failed run needs its log for as long as it is in the dead letter queue.
        letter = run.failure.letter if run.failure is not None else None
        if letter is None or run.tenant.dead_letters.get(letter.id) is not letter:
            run.release()
