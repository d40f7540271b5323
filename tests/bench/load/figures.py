"""Statistics of measurements."""

from __future__ import annotations

from collections.abc import Sequence


def percentile(values: Sequence[float], percent: float) -> float:
    """The value below which so many percent of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def early(lateness_ms: Sequence[float]) -> int:
    """How many came before their time, beyond the millisecond to which a server's clock tells the time."""
    return sum(late < -1 for late in lateness_ms)
