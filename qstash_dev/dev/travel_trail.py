"""What a journey through time has stopped at, so that its error can name what kept it going."""

from __future__ import annotations

from collections import Counter
from typing import Any

from qstash_dev.state.message import Message
from qstash_dev.state.run import Waiter


class TravelTrail:
    """Counts the stops by what was due at them. Messages to one URL count together: an application that
    publishes again and again makes a new message each time."""

    def __init__(self) -> None:
        self.steps = 0
        self._causes: Counter[tuple[str, str]] = Counter()
        self._latest: dict[tuple[str, str], str] = {}

    def add(self, item: Any) -> None:
        """One more stop, at which this timer's item was due."""
        cause = _cause(item)
        self.steps += 1
        self._causes[cause] += 1
        if isinstance(item, Message):
            self._latest[cause] = item.id

    def __str__(self) -> str:
        """The most frequent cause, in brackets."""
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
