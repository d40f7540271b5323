"""Hooks of delivery attempts: mappings and injected failures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from qstash_dev.delivery.request import OutgoingRequest
from qstash_dev.protocol.result import DeliveryResult

Send = Callable[[OutgoingRequest], Awaitable[DeliveryResult]]
"""Sends the request to the destination."""


class InjectedFailure(Protocol):
    """A failure that replaces or delays one attempt."""

    id: str

    async def apply(self, request: OutgoingRequest, send: Send) -> DeliveryResult:
        """The result of the attempt. It may call ``send``."""
        ...


class AttemptHooks(Protocol):
    """Called before each attempt."""

    def injected_failure(self, url: str) -> InjectedFailure | None:
        """The failure for an attempt to this URL, if there is one."""
        ...

    def target_url(self, url: str) -> str:
        """The URL to call for this URL."""
        ...


class NoHooks:
    """No failures and no mappings."""

    def injected_failure(self, url: str) -> None:
        """No failure."""

    def target_url(self, url: str) -> str:
        """The same URL."""
        return url
