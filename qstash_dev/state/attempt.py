"""One delivery attempt that has been started and not yet settled."""

from __future__ import annotations

from dataclasses import dataclass

from qstash_dev.state.message import Message


@dataclass(slots=True, eq=False)
class DeliveryAttempt:
    """``message`` is being sent; ``retried`` counts the attempts before this one."""

    message: Message
    retried: int
