"""Whether a server has stood its ground: the figures of an undisturbed time against those among enemies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

UNDISTURBED, DISTURBED = "undisturbed", "among enemies"
MOST_GROWTH = 1.02
# Less than what one reallocation of a large table moves.
GROWTH_SLACK_MB = 1.0
MOST_SLOWDOWN = 1.20
MOST_LAG_MS = 5.0
FD_SLACK = 20


@dataclass(frozen=True)
class Window:
    """Some seconds: memory at their end, and what ordinary messages took from publish to arrival. ``lag_ms`` is how
    late the driver itself was, at the 99th percentile."""

    phase: str
    rss_mb: float
    fds: int
    p50_ms: float
    p99_ms: float
    lag_ms: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """One question, the answer in figures, and whether it is a good one."""

    what: str
    told: str
    good: bool


def memory(windows: Sequence[Window]) -> Verdict:
    """Among enemies it may grow for a tenth of the time, while what is kept fills up, and no more after that."""
    sizes = [window.rss_mb for window in windows if window.phase == DISTURBED]
    if len(sizes) < 3:
        return Verdict("memory is flat", "too short to tell", False)
    tenth = max(1, len(sizes) // 10)
    settled, last = median(sizes[tenth : 2 * tenth]), median(sizes[-tenth:])
    told = f"{settled:.1f} MB when it had settled, {last:.1f} MB at the end"
    return Verdict("memory is flat", told, last <= max(settled * MOST_GROWTH, settled + GROWTH_SLACK_MB))


def latency(windows: Sequence[Window], slack_ms: float = 0.0) -> Verdict:
    """The 99th percentile of ordinary messages: the median of all windows, because one hiccup of the machine is
    none of the server's."""
    what = "p99 of ordinary messages stays within 20 %"
    calm = [window.p99_ms for window in windows if window.phase == UNDISTURBED]
    rough = [window.p99_ms for window in windows if window.phase == DISTURBED]
    if not calm or not rough:
        return Verdict(what, "too short to tell", False)
    before, after = median(calm), median(rough)
    lag_ms = median(window.lag_ms for window in windows)
    told = f"{before:.2f} ms undisturbed, {after:.2f} ms among enemies ({after / before - 1:+.0%})"
    if lag_ms > MOST_LAG_MS:
        told += f"; the driver itself was {lag_ms:.1f} ms late, so this says little"
    return Verdict(what, told, after <= max(before * MOST_SLOWDOWN, before + slack_ms))


def descriptors(windows: Sequence[Window], at_the_end: int) -> Verdict:
    """When all others are gone, so are their connections."""
    fewest = min((window.fds for window in windows), default=0)
    most = max((window.fds for window in windows), default=0)
    told = f"{fewest} at first, {most} at most, {at_the_end} when the others were gone"
    return Verdict("connections are let go", told, at_the_end <= fewest + FD_SLACK)


def accounts(wrong: Sequence[str], told: str) -> Verdict:
    """Whether every message is accounted for."""
    return Verdict("accepted = delivered + dead + cancelled + waiting", "; ".join([told, *wrong]), not wrong)
