"""A schedule: a publication that is repeated (https://upstash.com/docs/qstash/features/schedules)."""

from __future__ import annotations

from qstash_dev.protocol.cron import Cron
from qstash_dev.protocol.publication import Publication
from qstash_dev.state.message import Message, State

SCHEDULE_OVERHEAD_BYTES = 2_048


class Schedule:
    """A schedule of one user."""

    __slots__ = (
        "created_ms", "cron", "error", "error_todo", "id", "last_messages", "last_ms", "next_ms", "paused",
        "paused_ms", "publication", "timer",
    )  # fmt: skip

    def __init__(
        self, id: str, cron: Cron, publication: Publication, created_ms: int, next_ms: int, paused: bool = False
    ) -> None:
        self.id = id
        self.cron = cron
        self.publication = publication  #: what is published each time
        self.created_ms = created_ms
        self.next_ms = next_ms  #: when it fires next
        self.paused = paused
        self.paused_ms = 0  #: when it was paused last
        self.last_ms: int | None = None  #: when it fired last
        self.error: str | None = None  #: why the last publish was refused
        self.error_todo = ""  #: what would be right
        self.timer = 0  #: ticket of the timer for ``next_ms``, or 0
        self.last_messages: list[Message] = []  #: of the last publish

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
