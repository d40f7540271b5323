"""The timers of all users: what is due later, in one heap."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

# How many timers each cancellation sweeps.
_SWEPT = 4
Action = Callable[[Any, int], None]
"""Called with the item and ``now_ms`` when a timer fires."""


_Timer = tuple[int, int, Action, Any]


class Timers:
    """Due times are unix milliseconds. Timers with the same time fire in the order in which they were set.

    A cancelled timer stays in the heap until it is due or half of the timers are cancelled. Then the heap is swept,
    some timers at a time: those that are not cancelled move from the old heap to a new one.
    """

    def __init__(self) -> None:
        self._heap: list[_Timer] = []
        self._old: list[_Timer] = []
        self._cancelled: set[int] = set()
        self._recurring: set[int] = set()
        self._tickets = 0
        self.on_earlier: Callable[[], None] = lambda: None  #: called when a timer is set that is the earliest

    def __len__(self) -> int:
        return len(self._heap) + len(self._old) - len(self._cancelled)

    @property
    def one_time_count(self) -> int:
        """The number of timers without those of schedules, which never end."""
        return len(self) - len(self._recurring)

    @property
    def changes(self) -> tuple[int, int]:
        """A value that differs after a timer was set, was cancelled or has fired."""
        return self._tickets, len(self)

    def at(self, due_ms: int, action: Action, item: Any, *, recurring: bool = False) -> int:
        """Call ``action(item, now_ms)`` at ``due_ms``; returns a ticket for :meth:`cancel`, which is never 0.

        ``recurring`` marks a timer that its action sets again.
        """
        self._tickets += 1
        if recurring:
            self._recurring.add(self._tickets)
        heapq.heappush(self._heap, (due_ms, self._tickets, action, item))
        if self._heap[0][1] == self._tickets and (not self._old or self._earliest()[0][1] == self._tickets):
            self.on_earlier()
        return self._tickets

    def cancel(self, ticket: int) -> None:
        """Cancel a timer that has not fired. Ticket 0 is no timer."""
        if ticket == 0:
            return
        self._cancelled.add(ticket)
        self._recurring.discard(ticket)
        self.sweep(_SWEPT)

    def sweep(self, most: int) -> bool:
        """Sweep at most ``most`` timers, if half of them are cancelled; returns whether there is more to sweep."""
        if not self._old:
            if len(self._cancelled) * 2 <= len(self._heap):
                return False
            self._heap, self._old = [], self._heap
        for _ in range(min(most, len(self._old))):
            # A heap without its last item is still a heap.
            timer = self._old.pop()
            if timer[1] in self._cancelled:
                self._cancelled.discard(timer[1])
            else:
                heapq.heappush(self._heap, timer)
        return bool(self._old or len(self._cancelled) * 2 > len(self._heap))

    def wake_ms(self) -> int | None:
        """A unix time before which no timer is due; ``None`` without timers.

        It may be that of a cancelled timer. :meth:`next_due_ms` skips all of these, which may take long.
        """
        self.skim(_SWEPT)
        heap = self._top()
        return heap[0][0] if heap else None

    def skim(self, most: int) -> bool:
        """Drop up to ``most`` cancelled timers that stand before the earliest one; whether there may be more."""
        for _ in range(most):
            heap = self._top()
            if not heap or heap[0][1] not in self._cancelled:
                return False
            self._cancelled.discard(heapq.heappop(heap)[1])
        return True

    def next_due_ms(self) -> int | None:
        """The unix time of the earliest timer; ``None`` without timers."""
        heap = self._earliest() if self._cancelled or self._old else self._heap
        return heap[0][0] if heap else None

    def next_item(self) -> Any:
        """The item of the earliest timer; ``None`` without timers."""
        heap = self._earliest()
        return heap[0][3] if heap else None

    def soonest(self, count: int) -> list[tuple[int, Any]]:
        """The earliest ``count`` timers as due time and item, in the order in which they will fire.

        The time it takes does not depend on the number of other timers.
        """
        return list(islice(self.in_order(), count))

    def in_order(self) -> Iterator[tuple[int, Any]]:
        """All timers as due time and item, in the order in which they will fire. No timer may change meanwhile."""
        wanted = (
            timer for timer in heapq.merge(_walk(self._heap), _walk(self._old)) if timer[1] not in self._cancelled
        )
        return ((due_ms, item) for due_ms, _, _, item in wanted)

    def run_due(self, now_ms: int, most: int | None = None) -> int:
        """Fire the timers that are due, in order; returns how many. At most ``most`` are removed from the heap, with
        the cancelled ones."""
        fired = removed = 0
        while removed != most and (heap := self._top()) and heap[0][0] <= now_ms:
            _, ticket, action, item = heapq.heappop(heap)
            removed += 1
            if ticket in self._cancelled:
                self._cancelled.discard(ticket)
                continue
            self._recurring.discard(ticket)
            action(item, now_ms)
            fired += 1
        return fired

    def _top(self) -> list[_Timer]:
        """The heap with the earliest timer, which may be cancelled; an empty one without timers."""
        heap, old = self._heap, self._old
        return old if old and (not heap or old[0] < heap[0]) else heap

    def _earliest(self) -> list[_Timer]:
        """The heap with the earliest timer that is not cancelled; an empty one without timers."""
        self.skim(len(self._heap) + len(self._old))
        return self._top()


def _walk(heap: list[_Timer]) -> Iterator[_Timer]:
    """The timers of a heap in order. Only the next timers and their children in the heap are compared."""
    nearest = [(*heap[0][:2], 0)] if heap else []
    while nearest:
        _, _, index = heapq.heappop(nearest)
        yield heap[index]
        for below in (2 * index + 1, 2 * index + 2):
            if below < len(heap):
                heapq.heappush(nearest, (*heap[below][:2], below))
