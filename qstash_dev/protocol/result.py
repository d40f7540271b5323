"""Results of delivery attempts.

An attempt succeeds with any status from 200 to 299: https://upstash.com/docs/qstash/features/retry.
"""

from __future__ import annotations

from typing import NamedTuple

from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.publication import Headers
from qstash_dev.protocol.step_refusal import StepRefusal
from qstash_dev.protocol.target import Origin
from qstash_dev.protocol.weight import pairs_weight


class Accepted(NamedTuple):
    """Whose messages the path of a failed one has accepted before, as far as the event logs tell."""

    user: str  #: of the failed message
    own: bool  #: whether it accepted any of this user
    others: tuple[str, ...]  #: other users of which it accepted some


class Responded(NamedTuple):
    """An answer of the destination.

    Names of ``headers`` are in Go's canonical form. ``fault`` says in words why it is a failure where the status does
    not, as with a body over the limit or the error of a workflow; ``final`` tells that no retry can help; ``reason``
    is that of a failure of which more is known than its status. Of a failure ``url`` is what was called, ``accepted``
    is known if the signature may be the cause, and ``refused`` is what this server refused of a workflow run.
    """

    status: int
    headers: Headers
    body: bytes
    duration_ms: int
    fault: str | None = None
    final: bool = False
    reason: FailureReason | None = None
    url: str = ""
    accepted: Accepted | None = None
    refused: StepRefusal | None = None

    @property
    def partial(self) -> bool:
        """Whether the end of the answer never came: a failure, whatever its status."""
        return self.reason in (FailureReason.BODY_TIMEOUT, FailureReason.ANSWER_BROKEN_OFF)

    @property
    def succeeded(self) -> bool:
        """Whether the message counts as delivered."""
        return 200 <= self.status < 300 and self.fault is None

    @property
    def error(self) -> str:
        """The text of the ERROR event."""
        return self.fault or f"HTTP status {self.status}"

    @property
    def weight(self) -> int:
        """Bytes of the answer."""
        return len(self.body) + pairs_weight(self.headers)


class Unreachable(NamedTuple):
    """An attempt without an answer.

    ``error`` says in words what ``reason`` says to programs. What the words are about is here as well, where they are
    about it: the ``origin`` that was called, how long an answer was waited for, and how large it may be.
    """

    error: str
    duration_ms: int
    reason: FailureReason
    origin: Origin | None = None
    timeout_s: float | None = None
    limit_bytes: int | None = None

    @property
    def succeeded(self) -> bool:
        return False

    @property
    def weight(self) -> int:
        """Bytes of what is kept."""
        return len(self.error) + (0 if self.origin is None else len(self.origin.host))


DeliveryResult = Responded | Unreachable
