"""The cost of messages that fail until no retry is left, while others wait."""

from __future__ import annotations

from functools import partial

from tests.bench.life.growth import Work, growth
from tests.bench.life.world import FAILING, HOUR_MS, Cpu, World, publication
from tests.bench.table import Row

MESSAGES = 200
RETRIES = 5


def rows(rounds: int = 3, small: int = 1_000, large: int = 20_000, messages: int = MESSAGES) -> list[Row]:
    """One row: a message with all its attempts."""
    what = f"message that fails {RETRIES + 1} times, with so many waiting"
    return [growth(what, partial(_prepare, messages), (small, large), rounds)]


async def _prepare(messages: int, world: World, waiting: int) -> Work:
    world.others_wait(waiting)
    failing = publication(FAILING, Retries=str(RETRIES), Retry_Delay="60000")

    async def work() -> float:
        with Cpu() as cpu:
            world.publish(failing, messages)
            await world.travel(HOUR_MS)
        return cpu.us / messages

    return work
