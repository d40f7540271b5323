"""The cost of a callback for a delivery and for a failure."""

from __future__ import annotations

from functools import partial

from qstash_dev.protocol.publication import Publication
from tests.bench.life.growth import Work, growth
from tests.bench.life.world import FAILING, FINE, Cpu, World, publication
from tests.bench.table import Row

MESSAGES = 500


def rows(rounds: int = 3, small: int = 1_000, large: int = 20_000, messages: int = MESSAGES) -> list[Row]:
    """Two rows: a message with the message that reports on it."""
    delivered = publication(Callback=FINE + "/report")
    failed = publication(FAILING, Failure_Callback=FINE + "/report", Retries="0")
    return [
        growth(f"{what}, with so many waiting", partial(_prepare, one, messages), (small, large), rounds)
        for what, one in (("message and its callback", delivered), ("message and its failure callback", failed))
    ]


async def _prepare(message: Publication, messages: int, world: World, waiting: int) -> Work:
    world.others_wait(waiting)

    async def work() -> float:
        with Cpu() as cpu:
            world.publish(message, messages)
            await world.rest()
        return cpu.us / messages

    return work
