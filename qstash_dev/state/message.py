"""One message, the states it may be in, and the table of its legal moves."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from qstash_dev.protocol.publication import Publication
from qstash_dev.protocol.warning import Warnings

if TYPE_CHECKING:
    from qstash_dev.state.flow_control import FlowControl
    from qstash_dev.state.queue import Place
    from qstash_dev.state.run import RunMessage
    from qstash_dev.state.tenant import Tenant
    from qstash_dev.state.wait_list import WaitList


class State(StrEnum):
    """States as the event log names them (QStash docs, howto/debug-logs). CANCELED has one L: the SDKs' spelling."""

    CREATED = "CREATED"
    ACTIVE = "ACTIVE"
    RETRY = "RETRY"
    ERROR = "ERROR"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    CANCEL_REQUESTED = "CANCEL_REQUESTED"
    CANCELED = "CANCELED"


FINAL = frozenset({State.DELIVERED, State.FAILED, State.CANCELED})

# ERROR is only logged: a message that failed an attempt is in RETRY or FAILED at once.
_MOVES = {
    State.CREATED: {State.ACTIVE, State.CANCEL_REQUESTED},
    State.ACTIVE: {State.DELIVERED, State.RETRY, State.FAILED, State.CANCEL_REQUESTED},
    State.RETRY: {State.ACTIVE, State.CANCEL_REQUESTED},
    State.CANCEL_REQUESTED: {State.CANCELED, State.DELIVERED},
    State.DELIVERED: set[State](),
    State.FAILED: set[State](),
    State.CANCELED: set[State](),
}


@dataclass(slots=True, eq=False)
class Message:
    """A message on its way to one URL.

    ``due_ms`` is when its next attempt is due, ``timer`` the ticket of that wake-up or 0; ``place`` is the
    place in a queue that it holds or waits for; ``wait_list`` is the one it stands in, that of a queue,
    of a flow control key or of what is ready; ``slot`` is the flow control key whose parallelism it uses.
    ``in_flight`` tells that a request is on the wire right now; ``run_message`` is what ties it to a workflow run.
    ``warnings`` grow by ``Tenant.warn`` only.
    """

    id: str
    tenant: Tenant
    publication: Publication
    url: str
    created_ms: int
    not_before_ms: int
    endpoint_name: str | None = None
    place: Place | None = None
    wait_list: WaitList | None = None
    slot: FlowControl | None = None
    state: State = State.CREATED
    retried: int = 0
    due_ms: int = 0
    timer: int = 0
    in_flight: bool = False
    run_message: RunMessage | None = None
    warnings: Warnings = ()

    def move_to(self, state: State) -> None:
        """Change the state, along the table of legal moves only."""
        if state not in _MOVES[self.state]:
            raise AssertionError(f"{self.id}: {self.state} may not become {state}")
        self.state = state

    @property
    def delivered_body(self) -> bytes:
        """What its destination is sent."""
        body = self.publication.body
        return body if self.run_message is None else self.run_message.body(body)

    @property
    def ended(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.state in FINAL

    @property
    def topic_name(self) -> str | None:
        """The URL group it was published to, if any."""
        destination = self.publication.destination
        return None if ":" in destination else destination

    @property
    def queue_name(self) -> str | None:
        """The queue it was put into, if any."""
        return self.publication.options.queue_name

    @property
    def schedule_id(self) -> str | None:
        """The schedule that created it, if any."""
        return self.publication.schedule_id

    @property
    def caller_ip(self) -> str:
        """The address of whoever published it."""
        return self.publication.caller_ip

    @property
    def labels(self) -> tuple[str, ...]:
        """All its labels."""
        return self.publication.options.labels

    @property
    def flow_control_key(self) -> str | None:
        """Its flow control key, if any."""
        flow_control = self.publication.options.flow_control
        return flow_control.key if flow_control else None
