"""A schedule: a publication that is repeated (https://upstash.com/docs/qstash/features/schedules)."""

from __future__ import annotations

from dataclasses import dataclass, field

from qstash_dev.protocol.cron import Cron
from qstash_dev.protocol.publication import Publication
from qstash_dev.state.message import Message, State

SCHEDULE_OVERHEAD_BYTES = 2_048


@dataclass(slots=True, eq=False)
class Schedule:
    id: str
    cron: Cron
    publication: Publication  #: what is published each time
    created_ms: int
    next_ms: int  #: when it fires next
    paused: bool = False
    paused_ms: int = 0  #: when it was paused last
    last_ms: int | None = None  #: when it fired last
    error: str | None = None  #: why the last publish was refused
    timer: int = 0  #: ticket of the timer for ``next_ms``, or 0
    last_messages: list[Message] = field(default_factory=list)  #: of the last publish

    @property
    def weight(self) -> int:
        """Bytes that the schedule keeps."""
        return self.publication.weight + SCHEDULE_OVERHEAD_BYTES

    def last_states(self) -> dict[str, str]:
        """The messages of the last publish: message id → ``IN_PROGRESS``, ``SUCCESS`` or ``FAIL``.

        https://upstash.com/docs/qstash/api-reference/schedules/list-schedules
        """
        return {message.id: _outcome(message) for message in self.last_messages}


def _outcome(message: Message) -> str:
    if message.state is State.DELIVERED:
        return "SUCCESS"
    return "FAIL" if message.ended else "IN_PROGRESS"
