"""A fault that a test has added."""

from __future__ import annotations

from qstash_dev.dev import faults as state
from qstash_dev.testing.bridge import Bridge


class Fault:
    """Makes delivery attempts fail whose URL matches ``match``, until it is removed or spent."""

    def __init__(self, bridge: Bridge, fault: state.Fault) -> None:
        self._bridge = bridge
        self._fault = fault
        self.id = fault.id
        self.match = fault.match

    @property
    def struck(self) -> int:
        """How many attempts it was applied to."""
        return self._bridge.read(lambda: self._fault.struck)

    def remove(self) -> None:
        """Remove the fault."""
        self._bridge.read(lambda: self._bridge.server.faults.all.pop(self.id, None))

    def __repr__(self) -> str:
        return f"<Fault {self.id} of {self.match} struck {self.struck} times>"
