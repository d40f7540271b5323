"""Statistics of the steps of a time travel, for the error of one that does not end."""

from __future__ import annotations

from collections import Counter
from typing import Any

from qstash_dev.dev.travel_errors import StepLimit
from qstash_dev.state.message import Message
from qstash_dev.state.run import Waiter


class TravelTrail:
    """Counts steps by their cause. Messages to one URL are one cause: an application that publishes in a loop creates
    a new message each time."""

    def __init__(self, max_steps: int) -> None:
        self.max_steps = max_steps
        self.steps = 0
        self._causes: Counter[tuple[str, str]] = Counter()
        self._latest: dict[tuple[str, str], str] = {}

    def add(self, item: Any) -> None:
        """Count a step to the time of this item of a timer.

        Raises StepLimit: it is one too many.
        """
        if self.steps >= self.max_steps:
            raise self.limit(f"{self.max_steps} steps", "steps")
        cause = _cause(item)
        self.steps += 1
        self._causes[cause] += 1
        if isinstance(item, Message):
            self._latest[cause] = item.id

    def limit(self, after: str, more: str) -> StepLimit:
        """The error of a travel that had not ended ``after`` its limit, with the most frequent cause of its steps."""
        return StepLimit(
            f"the time travel had not ended after {after}{self._top()}: allow more {more}, or travel less far"
        )

    def _top(self) -> str:
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
