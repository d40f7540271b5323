"""What one delivery attempt came to."""

from __future__ import annotations

from typing import NamedTuple

from qstash_dev.protocol.publication import Headers
from qstash_dev.protocol.weight import pairs_weight


class Responded(NamedTuple):
    """The destination answered; header names are in Go's canonical form. ``fault`` tells why an answer with a
    good status still is a failed attempt, such as a body over the limit; ``final`` that no retry can help."""

    status: int
    headers: Headers
    body: bytes
    duration_ms: int
    fault: str | None = None
    final: bool = False

    @property
    def succeeded(self) -> bool:
        """Success is any 2xx (QStash docs, features/retry)."""
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
    """No answer: ``error`` says why in words a person understands."""

    error: str
    duration_ms: int

    @property
    def succeeded(self) -> bool:
        """Never."""
        return False

    @property
    def weight(self) -> int:
        """Bytes of the reason."""
        return len(self.error)


DeliveryResult = Responded | Unreachable
