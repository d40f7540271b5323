"""A delivery attempt of a message (https://upstash.com/docs/qstash/features/retry)."""

from __future__ import annotations

from dataclasses import dataclass

from qstash_dev.protocol.publication import Headers
from qstash_dev.protocol.weight import PAIR_BYTES
from qstash_dev.state.message import Message


@dataclass(slots=True, eq=False)
class DeliveryAttempt:
    """A started attempt. What was sent is kept for the event log."""

    message: Message
    retried: int  #: number of attempts before this one
    headers: Headers = ()
    sent_to: str = ""  #: the URL after mappings; empty if nothing was sent
    fault: str | None = None  #: id of the injected failure

    @property
    def weight(self) -> int:
        """Bytes that it keeps beside its message. Most header values are those of the message; the signature contains
        the URL."""
        return PAIR_BYTES * len(self.headers) + 2 * len(self.message.url) + len(self.sent_to)
