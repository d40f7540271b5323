"""All workflow runs of one user, those that have ended bounded in number and size."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator

from qstash_dev.config import Retention
from qstash_dev.state.run import Entry, Note, Run
from qstash_dev.state.waiter import Waiter


class Runs:
    """Runs by id. An id may be used again when its run has ended; each use is an instance of its own."""

    def __init__(self, retention: Retention) -> None:
        self._retention = retention
        self._subscribers: list[Callable[[Run, Note], None]] = []
        self.clear()

    def clear(self) -> None:
        """Forget all runs. Whoever watches keeps watching."""
        self._latest: dict[str, Run] = {}
        self._all: dict[tuple[str, int], Run] = {}
        self._ended: deque[Run] = deque()
        self._ended_weight = 0
        self.live_weight = 0
        self.waiters: dict[str, list[Waiter]] = {}

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
        self._latest[run.id] = self._all[run.id, run.created_ms] = run

    def append(self, run: Run, entry: Entry) -> int:
        """Append to the log of a run; returns the position."""
        self.live_weight += entry.weight
        return run.append(entry)

    def forget_entries(self, run: Run) -> None:
        """Let the log of a run begin anew."""
        self.live_weight -= run.weight
        run.entries.clear()
        run.weight = 0

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
            oldest = self._ended.popleft()
            self._ended_weight -= oldest.weight
            del self._all[oldest.id, oldest.created_ms]
            if self._latest.get(oldest.id) is oldest:
                del self._latest[oldest.id]

    def remember_waiter(self, waiter: Waiter) -> None:
        """Make a waiter known under its event."""
        waiter.run.waiters.append(waiter)
        self.waiters.setdefault(waiter.event_id, []).append(waiter)

    def forget_waiter(self, waiter: Waiter) -> None:
        """Take a waiter off the list of its event; its run keeps its own list."""
        waiting = self.waiters.get(waiter.event_id, [])
        if waiter in waiting:
            waiting.remove(waiter)
        if not waiting:
            self.waiters.pop(waiter.event_id, None)

    def newest_first(self) -> Iterator[Run]:
        """All runs that are kept."""
        return reversed(self._all.values())

    def note(self, run: Run, text: str, now_ms: int) -> None:
        """Put something into the log of the run that a person must know."""
        note = Note(now_ms, text)
        run.notes.append(note)
        for subscriber in self._subscribers:
            subscriber(run, note)
