"""Work that would keep everybody waiting if it were done in one go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Errand = Callable[[Any, int], None]
"""Called with the item and ``now_ms``; it may put itself off again."""


class DeferredWork:
    """What was put off: a piece at a time is done by whoever has the loop, others having their turn in between."""

    def __init__(self) -> None:
        self._waiting: dict[Any, Errand] = {}
        self.on_work: Callable[[], None] = _nobody

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, item: Any, errand: Errand) -> None:
        """Put something off; there is one errand for an item at a time."""
        self._waiting[item] = errand
        self.on_work()

    def run(self, now_ms: int) -> None:
        """Do the next piece."""
        if self._waiting:
            item = next(iter(self._waiting))
            self._waiting.pop(item)(item, now_ms)

    def drop(self, item: Any) -> None:
        """Forget about an item."""
        self._waiting.pop(item, None)


def _nobody() -> None:
    """Nobody has the loop yet: errands wait."""
