"""A broker whose things are asked for their verdicts."""

from __future__ import annotations

from tests.broker.conftest import flow, world

__all__ = ["flow", "world"]
