"""The timeline of a server in the report of a failed test: its last events, and what has not ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qstash_dev.protocol.failure_reason import TEST_STATUS_HINTS
from qstash_dev.testing.errors import QStashDevError
from qstash_dev.testing.views import Event

if TYPE_CHECKING:
    from qstash_dev.testing.server import QStashDev


def timeline(dev: QStashDev, count: int) -> str:
    """The last ``count`` events, oldest first, and what has not ended, as text."""
    try:
        events, pending, now = dev.events(), dev.pending(), dev.now
    except QStashDevError as error:
        return str(error)
    lines = [f"{len(events) - count} earlier events are left out"] if len(events) > count else []
    lines.extend(_line(event) for event in events[max(0, len(events) - count) :])
    return "\n".join([*(lines or ["nothing was published"]), f"{now:%Y-%m-%d %H:%M:%S} {pending}"])


def _line(event: Event) -> str:
    parts = [f"{event.time:%Y-%m-%d %H:%M:%S}", f"{event.state:<9}", event.message_id, event.url]
    if event.warning is not None:
        parts.append(event.warning)
    if event.notice is not None:
        parts.append(event.notice)
    if event.state == "ACTIVE":
        parts.append(f"try {event.retried + 1}")
    if event.error is not None:
        parts.append(event.error)
    elif event.status is not None:
        parts.append(f"HTTP status {event.status}")
    if event.next_delivery is not None:
        parts.append(f"due {event.next_delivery:%Y-%m-%d %H:%M:%S}")
    if event.status in TEST_STATUS_HINTS:
        parts.append(f"({TEST_STATUS_HINTS[event.status]})")
    return " ".join(parts)
