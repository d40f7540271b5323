"""What an attempt comes to that a fault strikes."""

from __future__ import annotations

import asyncio

from qstash_dev.delivery.request import OutgoingRequest
from qstash_dev.protocol.result import DeliveryResult, Responded, Unreachable
from qstash_dev.state.fault import Fault

_TEXTS = {
    "reset": "the connection was reset",
    "timeout": "no answer within {timeout_s:g} s",
    "refused": "connection refused",
}


async def suffer(fault: Fault, request: OutgoingRequest) -> DeliveryResult | None:
    """The result that the fault brings about; ``None`` lets the real destination answer.

    A timeout comes at once: real seconds would only make a test wait for what it knows already.
    """
    if fault.latency_ms:
        await asyncio.sleep(fault.latency_ms / 1_000)
    if fault.status is not None:
        return Responded(fault.status, (), b"", fault.latency_ms)
    if fault.error is not None:
        text = _TEXTS[fault.error].format(timeout_s=request.timeout_s)
        return Unreachable(f"{text} (injected by {fault.id})", fault.latency_ms)
    return None
