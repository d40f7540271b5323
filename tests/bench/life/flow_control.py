"""A hundred flow control keys, each with a rate and a parallelism, and few or many messages behind them."""

from __future__ import annotations

from tests.bench.life.growth import Work, growth
from tests.bench.life.world import HOUR_MS, Cpu, World, publication
from tests.bench.table import Row

KEYS = 100
_LIMITS = "rate=25, period=10s, parallelism=5"


def rows(rounds: int = 3, small: int = 50, large: int = 500) -> list[Row]:
    """One row: a message from its publish to the end of its key."""
    what = f"message behind one of {KEYS} flow control keys, so many each"
    return [growth(what, _prepare, (small, large), rounds, pieces=1, repeated=True)]


async def _prepare(world: World, length: int) -> Work:
    keyed = [publication(Flow_Control_Key=f"key-{number}", Flow_Control_Value=_LIMITS) for number in range(KEYS)]

    async def work() -> float:
        with Cpu() as cpu:
            for _ in range(length):
                for one in keyed:
                    world.publish(one)
            await world.travel(HOUR_MS)
        return cpu.us / (KEYS * length)

    return work
