"""The cost of a backlog: a publish with many or few messages waiting, the memory of each, and an idle server."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from statistics import median

from tests.bench.load.cores import drive
from tests.bench.load.server import Server, ours
from tests.bench.load.side import Window, side
from tests.bench.load.turns import by_turns, with_warming_up
from tests.bench.load.waiting import within
from tests.bench.table import Row

PENDING = 100_000
FEW = 1_000
TURNS = 40
WINDOW = 250
IDLE_S = 5.0
# They fill the event log: a server that forgets nothing yet has less to do.
PAST = 4_000


@dataclass(frozen=True)
class Taken:
    """``many`` and ``few`` are the windows with so many pending."""

    many: list[Window]
    few: list[Window]
    pending_bytes: float
    idle_ms_per_s: float


def rows(
    pending: int = PENDING,
    few: int = FEW,
    turns: int = TURNS,
    window: int = WINDOW,
    idle_s: float = IDLE_S,
    past: int = PAST,
) -> list[Row]:
    """Three rows: CPU microseconds of a publish, bytes of a pending message, CPU milliseconds of an idle second."""
    taken = drive(_measure(pending, few, turns, window, idle_s, past))
    costs = [median(one.cpu_us for one in windows) for windows in (taken.many, taken.few)]
    return [
        Row(f"publish with {pending:,} pending / with {few:,}", "µs", *costs, at_most=1.10, moonshot=1.05),
        Row("memory of a pending message, 256 B body", "B", taken.pending_bytes, at_most=1_200, moonshot=900),
        Row(f"idle with {pending:,} pending", "ms/s", taken.idle_ms_per_s, at_most=0.5, moonshot=0.1),
    ]


async def _measure(pending: int, few: int, turns: int, window: int, idle_s: float, past: int) -> Taken:
    more = with_warming_up(turns) * window + past
    async with side(ours, pending + more) as big, side(ours, few + more) as small:
        for one in (small, big):
            await one.deliver(past)
            await one.accept(few)
        before_bytes = big.server.rss_bytes()
        await big.accept(pending - few)
        pending_bytes = (big.server.rss_bytes() - before_bytes) / (pending - few)
        many, less = await by_turns([partial(big.accept, window), partial(small.accept, window)], turns)
        idle_ms_per_s = await _idle_ms_per_s(big.server, idle_s)
        for one in (big, small):
            one.nothing_arrived(but=past)
        return Taken(many, less, pending_bytes, idle_ms_per_s)


async def _idle_ms_per_s(server: Server, idle_s: float) -> float:
    # What the last publishes left to do is not idling.
    await within(idle_s / 10)
    cpu_s = server.cpu_s()
    await within(idle_s)
    return (server.cpu_s() - cpu_s) * 1_000 / idle_s
