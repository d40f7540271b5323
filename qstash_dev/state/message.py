"""A message and its states (https://upstash.com/docs/qstash/howto/debug-logs)."""

from __future__ import annotations

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
    """The states in the event log. The SDKs spell CANCELED with one L, the page with two."""

    CREATED = "CREATED"
    ACTIVE = "ACTIVE"
    RETRY = "RETRY"
    ERROR = "ERROR"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    CANCEL_REQUESTED = "CANCEL_REQUESTED"
    CANCELED = "CANCELED"


FINAL = frozenset({State.DELIVERED, State.FAILED, State.CANCELED})

# The states that may follow. ERROR is only logged: after a failed attempt, a message is in RETRY or FAILED.
_MOVES = {
    State.CREATED: {State.ACTIVE, State.CANCEL_REQUESTED},
    State.ACTIVE: {State.DELIVERED, State.RETRY, State.FAILED, State.CANCEL_REQUESTED},
    State.RETRY: {State.ACTIVE, State.CANCEL_REQUESTED},
    State.CANCEL_REQUESTED: {State.CANCELED, State.DELIVERED},
    State.DELIVERED: set[State](),
    State.FAILED: set[State](),
    State.CANCELED: set[State](),
}


class Message:
    """A message to one URL."""

    __slots__ = (
        "created_ms", "due_ms", "endpoint_name", "id", "in_flight", "not_before_ms", "place", "publication",
        "retried", "run_message", "slot", "state", "tenant", "timer", "url", "wait_list", "warnings", "weight",
    )  # fmt: skip

    def __init__(
        self,
        id: str,
        tenant: Tenant,
        publication: Publication,
        url: str,
        created_ms: int,
        not_before_ms: int,
        endpoint_name: str | None = None,
    ) -> None:
        self.id = id
        self.tenant = tenant
        self.publication = publication
        self.weight = publication.weight  #: computed once, because every entry of the log counts it
        self.url = url
        self.created_ms = created_ms
        self.not_before_ms = not_before_ms  #: when its first attempt is due
        self.endpoint_name = endpoint_name  #: in the URL group
        self.place: Place | None = None  #: in its queue, waiting or taken
        self.wait_list: WaitList | None = None  #: that of its queue, of its flow control key or of ready messages
        self.slot: FlowControl | None = None  #: the flow control key whose parallelism it uses now
        self.state: State = State.CREATED
        self.retried = 0  #: number of retries so far
        self.due_ms = 0  #: when its next attempt is due
        self.timer = 0  #: ticket of the timer for ``due_ms``, or 0
        self.in_flight = False  #: whether its request is sent and not answered yet
        self.run_message: RunMessage | None = None  #: its part in a workflow run
        self.warnings: Warnings = ()  #: ``Tenant.warn`` adds to them

    def move_to(self, state: State) -> None:
        """Change the state. Raises AssertionError: the new state may not follow this one."""
        if state not in _MOVES[self.state]:
            raise AssertionError(f"{self.id}: {self.state} may not become {state}")
        self.state = state

    @property
    def delivered_body(self) -> bytes:
        body = self.publication.body
        return body if self.run_message is None else self.run_message.body(body)

    @property
    def ended(self) -> bool:
        """Whether its state is final."""
        return self.state in FINAL

    @property
    def topic_name(self) -> str | None:
        """The URL group it was published to, if any."""
        destination = self.publication.destination
        return None if ":" in destination else destination

    @property
    def queue_name(self) -> str | None:
        return self.publication.options.queue_name

    @property
    def schedule_id(self) -> str | None:
        """The schedule that created it, if any."""
        return self.publication.schedule_id

    @property
    def caller_ip(self) -> str:
        """The IP address of its publisher."""
        return self.publication.caller_ip

    @property
    def labels(self) -> tuple[str, ...]:
        return self.publication.options.labels

    @property
    def flow_control_key(self) -> str | None:
        flow_control = self.publication.options.flow_control
        return flow_control.key if flow_control else None
