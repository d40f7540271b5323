"""The one heap of things that are due later."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any

Action = Callable[[Any, int], None]
"""Called with the item and ``now_ms`` when its time has come."""


class Timers:
    """Due times in unix milliseconds. Equal times fire in the order they were set.

    A cancelled timer stays in the heap until its time comes or half of the heap is cancelled.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Action, Any]] = []
        self._cancelled: set[int] = set()
        self._recurring: set[int] = set()
        self._tickets = 0
        self.on_earlier: Callable[[], None] = _nobody

    def __len__(self) -> int:
        return len(self._heap) - len(self._cancelled)

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
        if self._heap[0][1] == self._tickets:
            self.on_earlier()
        return self._tickets

    def cancel(self, ticket: int) -> None:
        """Take back a timer that has not fired yet; ticket 0 stands for none."""
        if ticket == 0:
            return
        self._cancelled.add(ticket)
        self._recurring.discard(ticket)
        if len(self._cancelled) * 2 > len(self._heap):
            self._heap = [timer for timer in self._heap if timer[1] not in self._cancelled]
            heapq.heapify(self._heap)
            self._cancelled.clear()

    def next_due_ms(self) -> int | None:
        """When the earliest timer is due."""
        while self._heap and self._heap[0][1] in self._cancelled:
            self._cancelled.discard(heapq.heappop(self._heap)[1])
        return self._heap[0][0] if self._heap else None

    def next_item(self) -> Any:
        """What the earliest timer is about, ``None`` if there is none."""
        return self._heap[0][3] if self.next_due_ms() is not None else None

    def soonest(self, count: int) -> list[tuple[int, Any]]:
        """The earliest ``count`` timers, as due time and item, in the order in which they will fire.

        Walks down the heap from its top, so that it takes no longer where there are many.
        """
        found: list[tuple[int, Any]] = []
        nearest = [(*self._heap[0][:2], 0)] if self._heap else []
        while nearest and len(found) < count:
            due_ms, ticket, index = heapq.heappop(nearest)
            if ticket not in self._cancelled:
                found.append((due_ms, self._heap[index][3]))
            for below in (2 * index + 1, 2 * index + 2):
                if below < len(self._heap):
                    heapq.heappush(nearest, (*self._heap[below][:2], below))
        return found

    def run_due(self, now_ms: int) -> int:
        """Fire everything that is due, in order, and return how many timers that were."""
        fired = 0
        while (due_ms := self.next_due_ms()) is not None and due_ms <= now_ms:
            _, ticket, action, item = heapq.heappop(self._heap)
            self._recurring.discard(ticket)
            action(item, now_ms)
            fired += 1
        return fired


def _nobody() -> None:
    """Nobody waits for earlier timers."""
