"""The workflow runs of one user. Ended runs are limited in number and bytes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from qstash_dev.config import Retention
from qstash_dev.protocol.step_refusal import StepRefusal
from qstash_dev.state.run import MAX_NOTES, Note, NoteKind, Run, RunLogEntry, Waiter
from qstash_dev.state.unheard_events import UnheardEvents

EVENT_BYTES = 512
"""The memory that an event takes up beside its data."""
_MAX_NOTE_LENGTH = 1_000


class Runs:
    """Runs by id. An id may be used again when its run has ended, so a run is identified by id and creation time."""

    def __init__(self, retention: Retention) -> None:
        self._retention = retention
        self.subscribers: list[Callable[[Run, Note], None]] = []  #: called with every note
        self.unheard = UnheardEvents(retention)
        self._seq = 0
        self._reset()

    def clear(self) -> list[dict[Any, Any] | deque[Run]]:
        """Remove all runs, but not the subscribers. Returns the old collections."""
        discarded: list[dict[Any, Any] | deque[Run]] = [self._latest, self._all, self._ended, self.waiters]
        self.unheard.clear()
        self._reset()
        return discarded

    def _reset(self) -> None:
        self._latest: dict[str, Run] = {}
        self._all: dict[tuple[str, int], Run] = {}
        self._ended: deque[Run] = deque()
        self._ended_weight = 0
        self.live_weight = 0  #: bytes that the runs keep that have not ended
        self.waiters: dict[str, dict[Waiter, None]] = {}  #: by event id
        self.waiting = 0  #: number of waiters

    def __len__(self) -> int:
        return len(self._all)

    def add(self, run: Run) -> None:
        # The API tells runs with the same id apart by their creation time.
        while (run.id, run.created_ms) in self._all:
            run.created_ms += 1
        self._seq += 1
        run.seq = self._seq
        self._latest[run.id] = self._all[run.id, run.created_ms] = run
        self.weigh(run, run.own_weight)

    def append(self, run: Run, entry: RunLogEntry) -> int:
        """Append an entry to the log of a run; returns its position."""
        run.append(entry)
        self.weigh(run, entry.weight)
        return len(run.entries) - 1

    def weigh(self, run: Run, change: int) -> None:
        """Add ``change`` to the bytes that a run keeps."""
        run.weight += change
        if run.alive:
            self.live_weight += change
        elif not run.forgotten:
            self._ended_weight += change

    def clear_log(self, run: Run) -> None:
        """Remove all entries of the log of a run."""
        self.weigh(run, -sum(entry.weight for entry in run.entries))
        run.clear_log()

    def get(self, id: str, created_ms: int | None = None) -> Run | None:
        """The latest run with this id, or the one that was created at this time."""
        return self._latest.get(id) if created_ms is None else self._all.get((id, created_ms))

    def live(self, id: str, created_ms: int | None = None) -> Run | None:
        """The run with this id, if it has not ended."""
        run = self.get(id, created_ms)
        return run if run is not None and run.alive else None

    def ended(self, run: Run) -> None:
        """Keep an ended run, and remove the oldest ones beyond the retention."""
        self.live_weight -= run.weight
        self._ended_weight += run.weight
        self._ended.append(run)
        limit = self._retention
        while len(self._ended) > limit.runs or (self._ended_weight > limit.max_bytes and len(self._ended) > 1):
            self._forget(self._ended.popleft())

    def add_waiter(self, waiter: Waiter) -> None:
        """Add a waiter to its run and under its event id."""
        waiter.run.waiters.append(waiter)
        self.waiters.setdefault(waiter.event_id, {})[waiter] = None
        self.waiting += 1
        self.weigh(waiter.run, waiter.weight)

    def remove_waiter(self, waiter: Waiter) -> None:
        waiter.run.waiters.remove(waiter)
        waiting = self.waiters[waiter.event_id]
        del waiting[waiter]
        self.waiting -= 1
        if not waiting:
            del self.waiters[waiter.event_id]
        self.weigh(waiter.run, -waiter.weight)

    def store_event(self, run: Run, event_id: str, data: str) -> None:
        """Keep the data of an event until the run waits for it."""
        run.events.setdefault(event_id, deque()).append(data)
        self.weigh(run, len(data) + EVENT_BYTES)

    def take_event(self, run: Run, event_id: str) -> str | None:
        """Remove and return the oldest data that is kept for this event, if there is any."""
        stored = run.events.get(event_id)
        if stored is None:
            return None
        data = stored.popleft()
        if not stored:
            del run.events[event_id]
        self.weigh(run, -len(data) - EVENT_BYTES)
        return data

    def clear_events(self, run: Run) -> None:
        """Remove the events of a run that has ended."""
        self.weigh(run, -sum(len(data) + EVENT_BYTES for stored in run.events.values() for data in stored))
        run.events.clear()

    def newest_first(self, before: int | None = None) -> Iterator[Run]:
        """All runs, or those with a lower ``seq`` than this."""
        return (run for run in reversed(self._all.values()) if before is None or run.seq < before)

    def refuse(self, run: Run, refused: StepRefusal | None, during: set[str]) -> None:
        """Keep what was refused of a run during these deliveries, in place of what was refused before."""
        before, run.refused, run.refused_during = run.refused, refused, during
        self.weigh(run, (refused.weight if refused else 0) - (before.weight if before else 0))

    def send_note(self, run: Run, text: str, now_ms: int, kind: NoteKind) -> None:
        """Call the subscribers with a note that is not kept."""
        for subscriber in self.subscribers:
            subscriber(run, Note(now_ms, text, kind))

    def note(self, run: Run, text: str, now_ms: int, kind: NoteKind = NoteKind.WARNING) -> None:
        """Add a note to a run; the oldest beyond ``MAX_NOTES`` is removed."""
        if len(text) > _MAX_NOTE_LENGTH:
            text = text[:_MAX_NOTE_LENGTH] + "…"
        removed_bytes = len(run.notes[0].text) if len(run.notes) == MAX_NOTES else 0
        run.notes.append(Note(now_ms, text, kind))
        self.weigh(run, len(text) - removed_bytes)
        self.send_note(run, text, now_ms, kind)

    def _forget(self, run: Run) -> None:
        self._ended_weight -= run.weight
        del self._all[run.id, run.created_ms]
        if self._latest.get(run.id) is run:
            del self._latest[run.id]
        run.forgotten = True
        # A failed run can be resumed while it is in the dead letter queue, so its log is kept.
        letter = run.failure.letter if run.failure is not None else None
        if letter is None or run.tenant.dead_letters.get(letter.id) is not letter:
            run.release()
