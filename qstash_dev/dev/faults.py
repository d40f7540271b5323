"""Faults: failures that delivery attempts are made to have."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, get_args

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
KINDS: tuple[FaultKind, ...] = get_args(FaultKind)
MAX_FAULTS = 1_000


@dataclass(slots=True, eq=False)
class Fault:
    """Strikes attempts to URLs that ``match`` fits (``*`` stands for anything), ``times`` of them or all.

    ``status`` answers for the destination, ``error`` keeps the answer away; with neither, the real answer
    only comes ``latency_ms`` later. ``probability`` spares the others by a sequence that ``seed`` determines.
    """

    id: str
    match: str
    status: int | None = None
    error: FaultKind | None = None
    latency_ms: int = 0
    times: int | None = 1
    probability: float = 1.0
    seed: int = 0
    struck: int = 0
    _seen: int = 0

    @property
    def spent(self) -> bool:
        """Whether it will strike no more."""
        return self.times is not None and self.struck >= self.times

    def strikes(self, url: str) -> bool:
        """Whether it strikes this attempt, which then counts."""
        if self.spent or not fits(self.match, url):
            return False
        self._seen += 1
        if _fraction(self.seed, self._seen) >= self.probability:
            return False
        self.struck += 1
        return True

    async def apply(self, request: OutgoingRequest, send: Send) -> DeliveryResult:
        """The result of an attempt that it strikes; ``send`` asks the destination, if its answer is not kept away.

        A timeout comes at once: real seconds would only make a test wait for what it knows already. A latency takes
        real time, and one longer than the attempt may take is a timeout as well.
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
    """All faults, the first that strikes wins."""

    def __init__(self) -> None:
        self.all: dict[str, Fault] = {}
        self._made = self._struck = 0

    @property
    def changes(self) -> tuple[int, int, int]:
        """Another value whenever a fault was added, removed, or has struck."""
        return self._made, len(self.all), self._struck

    def add(self, match: str, **how: Any) -> Fault:
        """Set one up; ``how`` holds the other fields of :class:`Fault`. Where there are too many, a spent one goes.

        Raises:
            ValueError: there are too many already.
        """
        if len(self.all) >= MAX_FAULTS:
            self._make_room()
        self._made += 1
        fault = Fault(f"fault_{self._made}", url_in_filter(match), **how)
        self.all[fault.id] = fault
        return fault

    def strike(self, url: str) -> Fault | None:
        """The fault that strikes an attempt to this URL, if any."""
        fault = next((fault for fault in self.all.values() if fault.strikes(url)), None)
        self._struck += fault is not None
        return fault

    def _make_room(self) -> None:
        spent = next((fault.id for fault in self.all.values() if fault.spent), None)
        if spent is None:
            raise ValueError(f"there are {MAX_FAULTS} faults already: remove some first")
        del self.all[spent]


def fits(pattern: str, url: str) -> bool:
    """Whether the URL is the pattern, in which ``*`` stands for anything; ``https://myapp.com/*`` also fits
    ``https://myapp.com``, as it does in mappings.

    Takes time in proportion to the length of the URL, whatever the pattern: a regular expression might not.
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
    """The number's own place from 0 to 1, evenly spread and the same in every run."""
    digest = blake2b(f"{seed}:{number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64
