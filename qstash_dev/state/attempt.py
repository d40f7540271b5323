"""One delivery attempt: started, and later settled."""

from __future__ import annotations

from dataclasses import dataclass

from qstash_dev.protocol.publication import Headers
from qstash_dev.protocol.weight import PAIR_BYTES
from qstash_dev.state.message import Message


@dataclass(slots=True, eq=False)
class DeliveryAttempt:
    """``message`` is being sent; ``retried`` counts the attempts before this one.

    What was sent is kept for whoever looks at the attempt later: its ``headers``, and the URL it was sent to, which
    a mapping may have changed (empty if it never left), with the id of the ``fault`` that struck it.
    """

    message: Message
    retried: int
    headers: Headers = ()
    sent_to: str = ""
    fault: str | None = None

    @property
    def weight(self) -> int:
        """Bytes that it adds to those of its message: the values of most headers are the message's own, and the
        signature holds the URL once more."""
        return PAIR_BYTES * len(self.headers) + 2 * len(self.message.url) + len(self.sent_to)
