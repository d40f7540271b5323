"""The cost of deduplication with few or many ids, and when all of them expire at once."""

from __future__ import annotations

from functools import partial
from itertools import count

from qstash_dev.state.deduplication import first_message
from tests.bench.life.growth import Work, growth
from tests.bench.life.world import FINE, HOUR_MS, Cpu, World, publication
from tests.bench.table import Row

MESSAGES = 500
# Memory that has not been touched for long is slow to reach, beside the fifth of a microsecond that all else takes.
COLD = 3


def rows(rounds: int = 3, small: int = 1_000, large: int = 100_000, messages: int = MESSAGES) -> list[Row]:
    """Two rows: a message with an id of its own, and an id that is remembered and forgotten."""
    return [
        growth("message with a deduplication id, so many known", partial(_prepare, messages), (small, large), rounds),
        growth(
            "deduplication id that is forgotten, so many at once",
            _prepare_ends,
            (small, large),
            rounds,
            pieces=1,
            repeated=True,
            at_most=COLD,
        ),
    ]


async def _prepare(messages: int, world: World, known: int) -> Work:
    _remember(world, known)
    numbers = count()

    async def work() -> float:
        given = [publication(FINE, Deduplication_Id=f"new-{next(numbers)}") for _ in range(messages)]
        with Cpu() as cpu:
            for message in given:
                world.publish(message)
            await world.rest()
        return cpu.us / messages

    return work


async def _prepare_ends(world: World, known: int) -> Work:
    async def work() -> float:
        _remember(world, known)
        await world.travel(HOUR_MS)
        with Cpu() as cpu:
            assert world.tenant.deduplication.known("another", world.now_ms) is None
        assert len(world.tenant.deduplication) == 0
        return cpu.us / known

    return work


def _remember(world: World, count: int) -> None:
    for number in range(count):
        first = first_message(f"msg_{number}", "http://127.0.0.1:1/hook", b"{}", world.now_ms)
        world.tenant.deduplication.remember(f"id::old-{number}", first)
