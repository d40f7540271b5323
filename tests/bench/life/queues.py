"""The cost of ten queues, short and long."""

from __future__ import annotations

from tests.bench.life.growth import Work, growth
from tests.bench.life.world import Cpu, World, publication
from tests.bench.table import Row

QUEUES = 10


def rows(rounds: int = 3, small: int = 100, large: int = 1_000) -> list[Row]:
    """One row: a message from its publish to the end of its queue."""
    what = f"message in one of {QUEUES} queues, so long each"
    return [growth(what, _prepare, (small, large), rounds, pieces=2, repeated=True)]


async def _prepare(world: World, length: int) -> Work:
    queued = [publication(Queue_Name=f"queue-{number}") for number in range(QUEUES)]

    async def work() -> float:
        with Cpu() as cpu:
            for _ in range(length):
                for one in queued:
                    world.publish(one)
            await world.rest()
        return cpu.us / (QUEUES * length)

    return work
