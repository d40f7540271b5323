"""Faults: failures and latency that the server adds to delivery attempts."""

from __future__ import annotations

import asyncio
from hashlib import blake2b
from typing import Any

from msgspec import Struct

from qstash_dev.api.shapes.dev_faults import FaultKind
from qstash_dev.delivery.hooks import Send
from qstash_dev.delivery.request import OutgoingRequest
from qstash_dev.protocol.destination import url_in_filter
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.result import DeliveryResult, Responded, Unreachable

_TEXTS = {
    "reset": "the connection was reset",
    "timeout": "no answer within {timeout_s:g} s",
    "refused": "connection refused",
}
MAX_FAULTS = 1_000


class Fault(Struct, eq=False):
    """One fault. Without ``status`` and ``error`` it only delays the answer of the destination."""

    id: str
    match: str  #: the URLs it applies to; ``*`` matches any characters
    status: int | None = None  #: the HTTP status of the attempt, which is not sent to the destination
    error: FaultKind | None = None  #: the attempt ends without an answer
    latency_ms: int = 0  #: added to the duration of the attempt, in real time
    times: int | None = 1  #: how many attempts it applies to, ``None`` for all
    probability: float = 1.0  #: the part of matching attempts that it applies to, above 0 and at most 1
    seed: int = 0  #: the same seed chooses the same attempts again
    struck: int = 0  #: how many attempts it was applied to
    _seen: int = 0

    @property
    def spent(self) -> bool:
        """Whether it was applied ``times`` times."""
        return self.times is not None and self.struck >= self.times

    def strikes(self, url: str) -> bool:
        """Whether it applies to this attempt; if it does, the attempt is counted."""
        if self.spent or not fits(self.match, url):
            return False
        self._seen += 1
        if _fraction(self.seed, self._seen) >= self.probability:
            return False
        self.struck += 1
        return True

    async def apply(self, request: OutgoingRequest, send: Send) -> DeliveryResult:
        """The result of an attempt with this fault. ``send`` sends the request to the destination.

        A timeout ends the attempt at once, so that tests do not wait for it. A latency takes real time; one that is
        longer than the timeout of the attempt is a timeout too.
        """
        late_ms = min(self.latency_ms, round(request.timeout_s * 1_000))
        if late_ms:
            await asyncio.sleep(late_ms / 1_000)
        left_s = request.timeout_s - late_ms / 1_000
        if self.error == "timeout" or left_s <= 0:
            return self._unreachable("timeout", request, late_ms)
        if self.status is not None:
            answer = Responded(self.status, (), b"", late_ms)
            return answer if answer.succeeded else answer._replace(reason=FailureReason.INJECTED_FAULT)
        if self.error is not None:
            return self._unreachable(self.error, request, late_ms)
        result = await send(request._replace(timeout_s=left_s))
        return result._replace(duration_ms=late_ms + result.duration_ms)

    def _unreachable(self, error: str, request: OutgoingRequest, duration_ms: int) -> Unreachable:
        text = _TEXTS[error].format(timeout_s=request.timeout_s)
        text = f"{text} (injected by {self.id})"
        timeout_s = request.timeout_s if error == "timeout" else None
        return Unreachable(text, duration_ms, FailureReason.INJECTED_FAULT, timeout_s=timeout_s)


class Faults:
    """All faults by id. The first that applies to an attempt is used."""

    def __init__(self) -> None:
        self.all: dict[str, Fault] = {}
        self._made = self._struck = 0

    @property
    def changes(self) -> tuple[int, int, int]:
        """A value that changes when a fault is added, removed or applied."""
        return self._made, len(self.all), self._struck

    def add(self, match: str, **how: Any) -> Fault:
        """Add a fault; ``how`` has the other fields of :class:`Fault`. At the limit it replaces a spent one.

        Raises ValueError: there are ``MAX_FAULTS`` faults, and none is spent.
        """
        if len(self.all) >= MAX_FAULTS:
            spent = next((fault.id for fault in self.all.values() if fault.spent), None)
            if spent is None:
                raise ValueError(f"there are {MAX_FAULTS} faults already: remove some first")
            del self.all[spent]
        self._made += 1
        fault = Fault(f"fault_{self._made}", url_in_filter(match), **how)
        self.all[fault.id] = fault
        return fault

    def strike(self, url: str) -> Fault | None:
        """The fault that applies to an attempt to this URL, if there is one; it counts the attempt.

        It goes by the published URL, also where a mapping changes it.
        """
        if not self.all:
            return None
        fault = next((fault for fault in self.all.values() if fault.strikes(url)), None)
        self._struck += fault is not None
        return fault


def fits(pattern: str, url: str) -> bool:
    """Whether the URL matches the pattern, in which ``*`` matches any characters.

    ``https://myapp.com/*`` also matches ``https://myapp.com``, as in mappings.

    It takes linear time for every pattern, which a regular expression does not.
    """
    first, *middle = pattern.split("*")
    if not middle:
        return url == pattern
    last = middle.pop()
    if not (middle or last) and url == first.removesuffix("/"):
        return True
    end = len(url) - len(last)
    if not url.startswith(first) or not url.endswith(last) or end < len(first):
        return False
    at = len(first)
    for part in middle:
        at = url.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _fraction(seed: int, number: int) -> float:
    """A number from 0 to 1 that looks random and is the same in every run."""
    digest = blake2b(f"{seed}:{number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
