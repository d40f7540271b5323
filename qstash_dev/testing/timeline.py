"""The last events of a server, for the report of a failed test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qstash_dev.testing.errors import QStashDevError
from qstash_dev.testing.views import Event

if TYPE_CHECKING:
    from qstash_dev.testing.dev import QStashDev


def timeline(dev: QStashDev, count: int) -> str:
    """At most ``count`` events, oldest first, and what is still pending."""
    try:
        events, pending = dev.events(), dev.pending()
    except QStashDevError as error:
        return str(error)
    lines = [f"{len(events) - count} earlier events are left out"] if len(events) > count else []
    lines.extend(_line(event) for event in events[-count:] if count)
    return "\n".join([*(lines or ["nothing was published"]), f"now {dev.now:%Y-%m-%d %H:%M:%S} UTC, {pending}"])


def _line(event: Event) -> str:
    parts = [f"{event.time:%Y-%m-%d %H:%M:%S}", f"{event.state:<9}", event.message_id, event.url]
    if event.status is not None:
        parts.append(f"answered {event.status}")
    if event.error is not None:
        parts.append(f"({event.error})")
    if event.next_delivery is not None:
        parts.append(f"next {event.next_delivery:%Y-%m-%d %H:%M:%S}")
    return " ".join(parts)
