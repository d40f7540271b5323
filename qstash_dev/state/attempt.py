"""A delivery attempt of a message (https://upstash.com/docs/qstash/features/retry)."""

from __future__ import annotations

from qstash_dev.protocol.publication import Headers
from qstash_dev.protocol.weight import PAIR_BYTES
from qstash_dev.state.message import Message


class DeliveryAttempt:
    """A started attempt. What was sent is kept for the event log."""

    __slots__ = ("fault", "headers", "message", "retried", "sent_to", "subject")

    def __init__(self, message: Message, retried: int) -> None:
        self.message = message
        self.retried = retried  #: number of attempts before this one
        self.headers: Headers = ()
        self.sent_to = ""  #: the URL after mappings; empty if nothing was sent
        self.subject: str | None = None  #: the claim ``sub``, if a mapping applies
        self.fault: str | None = None  #: id of the injected failure

    @property
    def weight(self) -> int:
        """Bytes that it keeps beside its message. Most header values are those of the message; the signature contains
        the URL."""
        of_url = 2 * len(self.message.url) + len(self.sent_to) + len(self.subject or "")
        return PAIR_BYTES * len(self.headers) + of_url
