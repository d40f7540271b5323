"""The growth of costs: the same work measured in turns with little and with much state."""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Awaitable, Callable

from qstash_dev.config import Retention
from tests.bench.life.world import World, world
from tests.bench.table import Row

PIECES = 5
# So little of it that all of it is there before anything is measured: whoever has no past yet forgets nothing.
PAST = Retention(events=3_000, finished_messages=1_000, dead_letters=1_000, runs=100)
MOST = 1.2
Work = Callable[[], Awaitable[float]]
"""Does its work once, and returns what one message of it cost in microseconds of CPU time."""
Prepare = Callable[[World, int], Awaitable[Work]]
"""Makes a world of a size, and returns the work that is done in it."""


def growth(
    what: str,
    prepare: Prepare,
    sizes: tuple[int, int],
    rounds: int,
    *,
    pieces: int = PIECES,
    retention: Retention = PAST,
    repeated: bool = False,
    at_most: float | None = MOST,
) -> Row:
    """The median cost at the larger size, against that at the smaller one.

    ``repeated`` is for work on as many messages as the world is large: the smaller work is done so often that it
    comes to as many, for garbage is collected by the number of messages.
    """
    costs: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for size, taken in zip(sizes, costs, strict=True):
            times = sizes[1] // size if repeated else 1
            taken.extend(asyncio.run(_costs_us(prepare, size, pieces, times, retention)))
    small, large = (statistics.median(taken) for taken in costs)
    return Row(f"{what}, {sizes[1]:,} / {sizes[0]:,}", "cpu-us", large, small, at_most=at_most)


async def _costs_us(prepare: Prepare, size: int, pieces: int, times: int, retention: Retention) -> list[float]:
    async with world(retention) as prepared:
        await prepared.has_a_past(PAST.finished_messages)
        work = await prepare(prepared, size)
        if pieces > 1:
            await work()
        return [statistics.mean([await work() for _ in range(times)]) for _ in range(pieces)]
