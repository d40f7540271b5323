"""A fault that a test has set up."""

from __future__ import annotations

from qstash_dev.dev import faults as state
from qstash_dev.testing.bridge import Bridge


class Fault:
    """Lets delivery attempts to URLs like ``match`` fail until it is spent or removed."""

    def __init__(self, bridge: Bridge, fault: state.Fault) -> None:
        self._bridge = bridge
        self._fault = fault
        self.id = fault.id
        self.match = fault.match

    @property
    def struck(self) -> int:
        """How many attempts it has struck so far."""
        return self._bridge.read(lambda: self._fault.struck)

    def remove(self) -> None:
        """Let it strike no more."""
        self._bridge.read(lambda: self._bridge.server.faults.all.pop(self.id, None))

    def __repr__(self) -> str:
        return f"<Fault {self.id} of {self.match} struck {self.struck} times>"
