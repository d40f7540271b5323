"""What may come between a delivery attempt and its destination."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from qstash_dev.delivery.request import OutgoingRequest
from qstash_dev.protocol.result import DeliveryResult

Send = Callable[[OutgoingRequest], Awaitable[DeliveryResult]]
"""Asks the destination."""


class InjectedFailure(Protocol):
    """Takes the place of one attempt."""

    id: str

    async def apply(self, request: OutgoingRequest, send: Send) -> DeliveryResult:
        """The result of the attempt; ``send`` asks the destination all the same."""
        ...


class AttemptHooks(Protocol):
    """Looked at before each attempt."""

    def injected_failure(self, url: str) -> InjectedFailure | None:
        """What takes the place of an attempt to this URL, if anything does."""
        ...

    def target_url(self, url: str) -> str:
        """Where a request to this URL goes."""
        ...


class NoHooks:
    """Every attempt goes to its destination."""

    def injected_failure(self, url: str) -> None:
        """Nothing."""

    def target_url(self, url: str) -> str:
        """The URL itself."""
        return url
