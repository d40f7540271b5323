"""Faults and mappings, as delivery asks for them before each attempt."""

from __future__ import annotations

from qstash_dev.dev.faults import Fault, Faults
from qstash_dev.dev.mappings import Mappings


class AttemptHooks:
    """Faults apply to the URL as it was published, mappings decide where it goes."""

    def __init__(self, faults: Faults, mappings: Mappings) -> None:
        self._faults = faults
        self.target_url = mappings.target_url

    def injected_failure(self, url: str) -> Fault | None:
        """The fault that takes the place of an attempt to this URL, if any does."""
        return self._faults.strike(url) if self._faults.all else None
