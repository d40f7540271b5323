"""Work that is done in portions, because all at once it would block the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Work = Callable[[Any, int], None]
"""Does one portion. It is called with the item and ``now_ms``, and may add the item again."""


class DeferredWork:
    """The items that still have work to do."""

    def __init__(self) -> None:
        self._waiting: dict[Any, Work] = {}
        self.on_work: Callable[[], None] = lambda: None  #: called when work is added

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, item: Any, work: Work) -> None:
        """Add the work of an item, or replace it."""
        self._waiting[item] = work
        self.on_work()

    def run(self, now_ms: int) -> None:
        """Do one portion of the oldest work, if there is any."""
        if self._waiting:
            item = next(iter(self._waiting))
            self._waiting.pop(item)(item, now_ms)

    def drop(self, item: Any) -> None:
        """Remove the work of an item, if it has any."""
        self._waiting.pop(item, None)
