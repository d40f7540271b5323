"""Statistics of the steps of a time travel, for the error of one that does not end."""

from __future__ import annotations

from collections import Counter
from typing import Any

from qstash_dev.state.message import Message
from qstash_dev.state.run import Waiter


class TravelTrail:
    """Counts steps by their cause. Messages to one URL are one cause: an application that publishes in a loop creates
    a new message each time."""

    def __init__(self) -> None:
        self.steps = 0
        self._causes: Counter[tuple[str, str]] = Counter()
        self._latest: dict[tuple[str, str], str] = {}

    def add(self, item: Any) -> None:
        """Count a step to the time of this item of a timer."""
        cause = _cause(item)
        self.steps += 1
        self._causes[cause] += 1
        if isinstance(item, Message):
            self._latest[cause] = item.id

    def __str__(self) -> str:
        """The most frequent cause as a text in brackets, empty without steps."""
        for cause, times in self._causes.most_common(1):
            latest = f", the latest {self._latest[cause]}" if cause in self._latest else ""
            return f" ({' '.join(cause)} took {times} of {self.steps} steps{latest})"
        return ""


def _cause(item: Any) -> tuple[str, str]:
    if isinstance(item, Message):
        return ("schedule", item.schedule_id) if item.schedule_id else ("messages to", item.url)
    if isinstance(item, Waiter):
        return f"workflow run {item.run.id}, which waits for event", item.event_id
    if isinstance(item, tuple):
        return "schedule", item[1].id
    return "flow control key", item.key
