"""The hook of delivery for faults and mappings, called before each delivery attempt."""

from __future__ import annotations

from qstash_dev.dev.faults import Fault, Faults
from qstash_dev.dev.mappings import Mappings


class AttemptHooks:
    """Faults match the published URL, also where a mapping changes it."""

    def __init__(self, faults: Faults, mappings: Mappings) -> None:
        self._faults = faults
        self.target_url = mappings.target_url

    def injected_failure(self, url: str) -> Fault | None:
        """The fault that applies to an attempt to this URL, if there is one."""
        return self._faults.strike(url) if self._faults.all else None
