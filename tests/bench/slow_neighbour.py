"""The delay of messages to one destination while many wait for a slow one."""

from __future__ import annotations

from statistics import median

from tests.bench.load.cores import drive
from tests.bench.load.figures import percentile
from tests.bench.load.server import ours
from tests.bench.load.side import Side, side
from tests.bench.load.sink import sink
from tests.bench.load.wire import publish_head
from tests.bench.table import Row

SLOW = 500
OTHERS = 100
ROUNDS = 3
TAKES_S = 1.0


def rows(slow: int = SLOW, others: int = OTHERS, rounds: int = ROUNDS, takes_s: float = TAKES_S) -> list[Row]:
    """One row, in milliseconds from publish to arrival: the median of rounds."""
    taken = drive(_measure(slow, others, rounds, takes_s))
    what = f"p99 of another origin's behind {slow} to one that takes {takes_s:g} s"
    return [Row(what, "ms", median(percentile(one, 99) for one in taken), at_most=20, moonshot=10)]


async def _measure(slow: int, others: int, rounds: int, takes_s: float) -> list[list[float]]:
    async with side(ours, (slow + others) * rounds + others) as our, sink(our.ledger, after_s=takes_s) as slow_url:
        await our.deliver(others)
        taken = [await _latencies_ms(our, slow_url, slow, others, takes_s) for _ in range(rounds)]
        await our.ledger.settled()
        return taken


async def _latencies_ms(our: Side, slow_url: str, slow: int, others: int, takes_s: float) -> list[float]:
    """Those of the others, which are published for as long as the slow ones take."""
    await our.publisher.flat_out(our.ledger.take(slow), publish_head(our.server, slow_url))
    numbers = our.ledger.take(others)
    await our.publisher.paced(numbers, our.head, others / takes_s)
    await our.ledger.all_arrived()
    return our.ledger.latencies_ms(numbers)
