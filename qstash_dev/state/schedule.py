"""A schedule: a publication that repeats (QStash docs, features/schedules)."""

from __future__ import annotations

from dataclasses import dataclass, field

from qstash_dev.protocol.cron import Cron
from qstash_dev.protocol.publication import Publication
from qstash_dev.state.message import Message, State

SCHEDULE_OVERHEAD_BYTES = 2_048


@dataclass(slots=True, eq=False)
class Schedule:
    """``publication`` is the template of each run; ``last_messages`` are those of the latest run."""

    id: str
    cron: Cron
    publication: Publication
    created_ms: int
    next_ms: int
    paused: bool = False
    last_ms: int | None = None
    error: str | None = None
    timer: int = 0
    last_messages: list[Message] = field(default_factory=list)

    @property
    def weight(self) -> int:
        """Bytes that it keeps."""
        return self.publication.weight + SCHEDULE_OVERHEAD_BYTES

    def last_states(self) -> dict[str, str]:
        """What became of the latest run: message id → ``IN_PROGRESS``, ``SUCCESS`` or ``FAIL``."""
        return {message.id: _outcome(message) for message in self.last_messages}


def _outcome(message: Message) -> str:
    if message.state is State.DELIVERED:
        return "SUCCESS"
    return "FAIL" if message.ended else "IN_PROGRESS"
