"""Hooks of delivery attempts: mappings and injected failures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from qstash_dev.delivery.request import OutgoingRequest
from qstash_dev.protocol.mapping import Route
from qstash_dev.protocol.result import DeliveryResult

Send = Callable[[OutgoingRequest], Awaitable[DeliveryResult]]
"""Sends the request to the destination."""


class InjectedFailure(Protocol):
    """A failure that replaces or delays one attempt."""

    id: str

    async def apply(self, request: OutgoingRequest, send: Send) -> DeliveryResult:
        """The result of the attempt. It may call ``send``."""


FailureFor = Callable[[str], InjectedFailure | None]
"""Called before each attempt with its URL; returns the failure for it, if there is one."""
RouteFor = Callable[[str], Route | None]
"""The route of the mapping that applies to a published URL; ``None`` without one."""
