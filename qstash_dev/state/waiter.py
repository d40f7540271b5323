"""A run that waits for an event or for a call of its webhook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qstash_dev.protocol.step import Step

if TYPE_CHECKING:
    from qstash_dev.state.run import Run

Pairs = tuple[tuple[str, str], ...]


@dataclass(slots=True, eq=False)
class Waiter:
    """``headers`` are those of the resuming step, ``timeout_headers`` those of the one that a timeout makes.

    ``timeout`` is the duration as the SDK wrote it; ``timer`` the ticket of its deadline; ``weight`` the bytes that
    it keeps.
    """

    event_id: str
    run: Run
    step: Step
    url: str
    headers: Pairs
    timeout: str
    timeout_url: str
    timeout_headers: Pairs
    deadline_ms: int
    created_ms: int
    weight: int
    timer: int = 0
