"""What an attempt comes to that a fault strikes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from qstash_dev.delivery.request import OutgoingRequest
from qstash_dev.protocol.result import DeliveryResult, Responded, Unreachable
from qstash_dev.state.fault import Fault

Send = Callable[[OutgoingRequest], Awaitable[DeliveryResult]]

_TEXTS = {
    "reset": "the connection was reset",
    "timeout": "no answer within {timeout_s:g} s",
    "refused": "connection refused",
}


async def suffer(fault: Fault, request: OutgoingRequest, send: Send) -> DeliveryResult:
    """What the attempt comes to; ``send`` asks the real destination, unless the fault keeps its answer away.

    A timeout comes at once: real seconds would only make a test wait for what it knows already. A latency takes
    real time, and one longer than the attempt may take is a timeout as well.
    """
    late_ms = min(fault.latency_ms, round(request.timeout_s * 1_000))
    if late_ms:
        await asyncio.sleep(late_ms / 1_000)
    left_s = request.timeout_s - late_ms / 1_000
    if fault.error == "timeout" or left_s <= 0:
        return _unreachable("timeout", fault, request, late_ms)
    if fault.status is not None:
        return Responded(fault.status, (), b"", late_ms)
    if fault.error is not None:
        return _unreachable(fault.error, fault, request, late_ms)
    result = await send(request._replace(timeout_s=left_s))
    return result._replace(duration_ms=late_ms + result.duration_ms)


def _unreachable(error: str, fault: Fault, request: OutgoingRequest, duration_ms: int) -> Unreachable:
    text = _TEXTS[error].format(timeout_s=request.timeout_s)
    return Unreachable(f"{text} (injected by {fault.id})", duration_ms)
