"""Faults: failures that delivery attempts are made to have."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from typing import Any

KINDS = ("reset", "timeout", "refused")
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
    error: str | None = None
    latency_ms: int = 0
    times: int | None = 1
    probability: float = 1.0
    seed: int = 0
    struck: int = 0
    _seen: int = 0
    _pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        self._pattern = re.compile(".*".join(map(re.escape, self.match.split("*"))), re.DOTALL)

    @property
    def spent(self) -> bool:
        """Whether it will strike no more."""
        return self.times is not None and self.struck >= self.times

    def strikes(self, url: str) -> bool:
        """Whether it strikes this attempt, which then counts."""
        if self.spent or not self._pattern.fullmatch(url):
            return False
        self._seen += 1
        if zlib.crc32(f"{self.seed}:{self._seen}".encode()) / 0xFFFFFFFF > self.probability:
            return False
        self.struck += 1
        return True


class Faults:
    """All faults, the first that strikes wins."""

    def __init__(self) -> None:
        self.all: dict[str, Fault] = {}
        self._made = 0

    def add(self, match: str, **how: Any) -> Fault:
        """Set one up; ``how`` holds the other fields of :class:`Fault`.

        Raises:
            ValueError: there are too many already.
        """
        if len(self.all) >= MAX_FAULTS:
            raise ValueError(f"there are {MAX_FAULTS} faults already: remove some first")
        self._made += 1
        fault = Fault(f"fault_{self._made}", match, **how)
        self.all[fault.id] = fault
        return fault

    def strike(self, url: str) -> Fault | None:
        """The fault that strikes an attempt to this URL, if any."""
        return next((fault for fault in self.all.values() if fault.strikes(url)), None)
