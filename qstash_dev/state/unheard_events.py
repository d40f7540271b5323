"""Events that reached no workflow run, for one user (https://upstash.com/docs/workflow/features/notify).

They are lost, as in hosted Upstash Workflow. A run that begins to wait for one shortly afterwards waits in vain, so
the latest are remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from sys import getsizeof
from typing import NamedTuple

from qstash_dev.config import Retention

_OVERHEAD_BYTES = 128


class UnheardEvent(NamedTuple):
    """One event that reached no run."""

    user_id: str
    event_id: str
    time_ms: int
    awaited: tuple[str, ...]  #: ids of some events that runs were waiting for


class UnheardEvents:
    """When each event reached no run for the last time, limited in number and bytes: the oldest are dropped."""

    def __init__(self, retention: Retention) -> None:
        self._most, self._most_bytes = retention.unheard_events, retention.unheard_event_bytes
        self._within_ms = int(retention.unheard_event_s * 1_000)
        self._times: OrderedDict[str, int] = OrderedDict()
        self.bytes = 0
        self.subscribers: list[Callable[[UnheardEvent], None]] = []

    def __len__(self) -> int:
        return len(self._times)

    def add(self, event: UnheardEvent) -> None:
        """Remember an event, and call subscribers."""
        self.heard(event.event_id)
        self._times[event.event_id] = event.time_ms
        self.bytes += _weight(event.event_id)
        while len(self._times) > self._most or self.bytes > self._most_bytes:
            self.bytes -= _weight(self._times.popitem(last=False)[0])
        for subscriber in self.subscribers:
            subscriber(event)

    def heard(self, event_id: str) -> None:
        """Forget an event, because it has reached a run since."""
        if self._times.pop(event_id, None) is not None:
            self.bytes -= _weight(event_id)

    def sent_ms(self, event_id: str, now_ms: int) -> int | None:
        """When an event has reached no run for the last time, if that was shortly before."""
        time_ms = self._times.get(event_id)
        return None if time_ms is None or now_ms - time_ms > self._within_ms else time_ms

    def clear(self) -> None:
        """Forget all events, but not the subscribers."""
        self._times.clear()
        self.bytes = 0


def _weight(event_id: str) -> int:
    return getsizeof(event_id) + _OVERHEAD_BYTES
