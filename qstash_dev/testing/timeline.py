"""The timeline of a server in the report of a failed test: its last events, and why things are as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qstash_dev.protocol.wording import printable
from qstash_dev.testing.errors import QStashDevError
from qstash_dev.testing.views import Event, Refusal

if TYPE_CHECKING:
    from qstash_dev.testing.server import QStashDev


def timeline(dev: QStashDev, count: int) -> str:
    """The last ``count`` events and refused calls, oldest first, and the verdicts on what has not ended or failed, as
    text."""
    try:
        happened = [*dev.events(), *dev.refusals]
        pending, now, verdicts = dev.pending(), dev.now, dev.verdicts()
    except QStashDevError as error:
        return str(error)
    happened.sort(key=lambda one: one.time)
    lines = [f"{len(happened) - count} earlier events are left out"] if len(happened) > count else []
    told: set[str] = set()
    lines.extend(_line(one, told) for one in happened[max(0, len(happened) - count) :])
    return "\n".join([*(lines or ["nothing was published"]), f"{now:%Y-%m-%d %H:%M:%S} {pending}", *verdicts])


def _line(event: Event | Refusal, told: set[str]) -> str:
    """An event as text. Its hint is there unless it was ``told``."""
    if isinstance(event, Refusal):
        return f"{event.time:%Y-%m-%d %H:%M:%S} REFUSED   {printable(str(event))}"
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
    if event.hint is not None and event.hint not in told:
        told.add(event.hint)
        parts.append(f"({event.hint})")
    return " ".join(parts)
