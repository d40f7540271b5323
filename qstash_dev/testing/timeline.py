"""The timeline of a server in the report of a failed test: its last events, and why things are as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qstash_dev.testing.errors import QStashDevError
from qstash_dev.testing.views import Event

if TYPE_CHECKING:
    from qstash_dev.testing.server import QStashDev


def timeline(dev: QStashDev, count: int) -> str:
    """The last ``count`` events, oldest first, and the verdicts on what has not ended or has failed, as text."""
    try:
        events, pending, now, verdicts = dev.events(), dev.pending(), dev.now, dev.verdicts()
    except QStashDevError as error:
        return str(error)
    lines = [f"{len(events) - count} earlier events are left out"] if len(events) > count else []
    told: set[str] = set()
    lines.extend(_line(event, told) for event in events[max(0, len(events) - count) :])
    return "\n".join([*(lines or ["nothing was published"]), f"{now:%Y-%m-%d %H:%M:%S} {pending}", *verdicts])


def _line(event: Event, told: set[str]) -> str:
    """An event as text. Its hint is there unless it was ``told``."""
    parts = [f"{event.time:%Y-%m-%d %H:%M:%S}", f"{event.state:<9}", event.message_id, event.url]
    if event.warning is not None:
        parts.append(event.warning)
    if event.state == "ACTIVE":
        parts.append(f"try {event.retried + 1}")
    if event.error is not None:
        parts.append(event.error)
    elif event.status is not None:
        parts.append(f"HTTP status {event.status}")
    if event.next_delivery is not None:
        parts.append(f"due {event.next_delivery:%Y-%m-%d %H:%M:%S}")
    if event.hint is not None and event.hint not in told:
        told.add(event.hint)
        parts.append(f"({event.hint})")
    return " ".join(parts)
