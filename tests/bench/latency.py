"""The time from a publish to the arrival of its message, at a low rate."""

from __future__ import annotations

from functools import partial
from statistics import median

from tests.bench.load.cores import drive
from tests.bench.load.figures import percentile
from tests.bench.load.server import ours, relay
from tests.bench.load.side import Side, side
from tests.bench.load.turns import by_turns, with_warming_up
from tests.bench.table import Row

TURNS = 5
WINDOW = 100
PER_S = 50


def rows(turns: int = TURNS, window: int = WINDOW, per_s: float = PER_S) -> list[Row]:
    """Two rows, in milliseconds: the median of the messages and the slowest twentieth, each the median of turns."""
    sides = drive(_measure(turns, window, per_s))
    return [
        Row(
            f"publish to arrival at {per_s:g}/s, p{percent}",
            "ms",
            *(median(percentile(latencies, percent) for latencies in taken) for taken in sides),
            at_most=0.85,
            moonshot=0.6,
        )
        for percent in (50, 95)
    ]


async def _measure(turns: int, window: int, per_s: float) -> list[list[list[float]]]:
    size = with_warming_up(turns) * window
    async with side(ours, size) as our, side(relay, size) as their:
        ways = [partial(_latencies_ms, one, window, per_s) for one in (our, their)]
        taken = await by_turns(ways, turns)
        for one in (our, their):
            await one.ledger.settled()
        return taken


async def _latencies_ms(one: Side, window: int, per_s: float) -> list[float]:
    numbers = one.ledger.take(window)
    await one.publisher.paced(numbers, one.head, per_s)
    await one.ledger.all_arrived()
    return one.ledger.latencies_ms(numbers)
