"""The one heap of things that are due later."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

# How many timers each cancellation looks at, so that those that are cancelled leave without anybody waiting for it.
_SWEPT = 4
Action = Callable[[Any, int], None]
"""Called with the item and ``now_ms`` when its time has come."""


_Timer = tuple[int, int, Action, Any]


class Timers:
    """Due times in unix milliseconds. Equal times fire in the order they were set.

    A cancelled timer stays in the heap until its time comes or half of the heap is cancelled. From then on the heap
    is swept, some timers at a time: those that are still wanted go from the old heap into another.
    """

    def __init__(self) -> None:
        self._heap: list[_Timer] = []
        self._old: list[_Timer] = []
        self._cancelled: set[int] = set()
        self._recurring: set[int] = set()
        self._tickets = 0
        self.on_earlier: Callable[[], None] = _nobody

    def __len__(self) -> int:
        return len(self._heap) + len(self._old) - len(self._cancelled)

    @property
    def passing(self) -> int:
        """How many timers there are that come to an end by themselves, unlike those of schedules."""
        return len(self) - len(self._recurring)

    @property
    def changes(self) -> tuple[int, int]:
        """Another value whenever a timer was set, taken back, or has fired."""
        return self._tickets, len(self)

    def at(self, due_ms: int, action: Action, item: Any, *, recurring: bool = False) -> int:
        """Call ``action(item, now_ms)`` at ``due_ms``; the ticket returned is never 0.

        ``recurring`` marks a timer that is set anew each time it fires.
        """
        self._tickets += 1
        if recurring:
            self._recurring.add(self._tickets)
        heapq.heappush(self._heap, (due_ms, self._tickets, action, item))
        if self._heap[0][1] == self._tickets and (not self._old or self._earliest()[0][1] == self._tickets):
            self.on_earlier()
        return self._tickets

    def cancel(self, ticket: int) -> None:
        """Take back a timer that has not fired yet; ticket 0 stands for none."""
        if ticket == 0:
            return
        self._cancelled.add(ticket)
        self._recurring.discard(ticket)
        self.sweep(_SWEPT)

    def sweep(self, most: int) -> bool:
        """Look at so many timers whether they are still wanted, if there are many that are not; whether there are."""
        if not self._old:
            if len(self._cancelled) * 2 <= len(self._heap):
                return False
            self._heap, self._old = [], self._heap
        for _ in range(min(most, len(self._old))):
            # Without its last leaf a heap still is one.
            timer = self._old.pop()
            if timer[1] in self._cancelled:
                self._cancelled.discard(timer[1])
            else:
                heapq.heappush(self._heap, timer)
        return bool(self._old or len(self._cancelled) * 2 > len(self._heap))

    def wake_ms(self) -> int | None:
        """When to look again: the earliest timer is not due before. Takes no longer where many have been cancelled,
        unlike :meth:`next_due_ms`."""
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
        """When the earliest timer is due."""
        heap = self._earliest() if self._cancelled or self._old else self._heap
        return heap[0][0] if heap else None

    def next_item(self) -> Any:
        """What the earliest timer is about, ``None`` if there is none."""
        heap = self._earliest()
        return heap[0][3] if heap else None

    def soonest(self, count: int) -> list[tuple[int, Any]]:
        """The earliest ``count`` timers, as due time and item, in the order in which they will fire.

        Walks down the heap from its top, so that it takes no longer where there are many.
        """
        return list(islice(self.in_order(), count))

    def in_order(self) -> Iterator[tuple[int, Any]]:
        """All timers as due time and item, in the order in which they will fire; nothing may change meanwhile."""
        wanted = (
            timer for timer in heapq.merge(_walk(self._heap), _walk(self._old)) if timer[1] not in self._cancelled
        )
        return ((due_ms, item) for due_ms, _, _, item in wanted)

    def run_due(self, now_ms: int, most: int | None = None) -> int:
        """Fire what is due, in order, and return how many timers that were. No more than ``most`` are looked at,
        those that have been cancelled included."""
        fired = looked_at = 0
        while looked_at != most and (heap := self._top()) and heap[0][0] <= now_ms:
            _, ticket, action, item = heapq.heappop(heap)
            looked_at += 1
            if ticket in self._cancelled:
                self._cancelled.discard(ticket)
                continue
            self._recurring.discard(ticket)
            action(item, now_ms)
            fired += 1
        return fired

    def _top(self) -> list[_Timer]:
        """The heap with the earliest timer at its top, be it cancelled; an empty one if there is none."""
        heap, old = self._heap, self._old
        return old if old and (not heap or old[0] < heap[0]) else heap

    def _earliest(self) -> list[_Timer]:
        """The heap with the earliest timer at its top; an empty one if there is none."""
        self.skim(len(self._heap) + len(self._old))
        return self._top()


def _walk(heap: list[_Timer]) -> Iterator[_Timer]:
    """The timers of a heap in order, without looking at more than those that are asked for and their neighbours."""
    nearest = [(*heap[0][:2], 0)] if heap else []
    while nearest:
        _, _, index = heapq.heappop(nearest)
        yield heap[index]
        for below in (2 * index + 1, 2 * index + 2):
            if below < len(heap):
                heapq.heappush(nearest, (*heap[below][:2], below))


def _nobody() -> None:
    """Nobody waits for earlier timers."""
