"""A short and a long dead letter queue: read page by page, and retried page by page."""

from __future__ import annotations

from msgspec.structs import replace

from tests.bench.life.growth import PAST, Work, growth
from tests.bench.life.world import FAILING, Cpu, World, all_fine, publication
from tests.bench.table import Row

_ALL = replace(PAST, dead_letters=1_000_000)


def rows(rounds: int = 2, small: int = 1_000, large: int = 50_000) -> list[Row]:
    """Two rows: a letter."""
    sizes = (small, large)
    return [
        growth("dead letter listed, of so many", _prepare_list, sizes, rounds, pieces=2, retention=_ALL),
        growth("dead letter retried in bulk, of so many", _prepare_retry, sizes, rounds, pieces=1, retention=_ALL),
    ]


async def _prepare_list(world: World, letters: int) -> Work:
    await _die(world, letters)

    async def work() -> float:
        with Cpu() as cpu:
            seen, cursor = 0, ""
            while True:
                page = await world.api.json("GET", "/v2/dlq?count=100" + cursor)
                seen += len(page["messages"])
                if "cursor" not in page:
                    break
                cursor = f"&cursor={page['cursor']}"
        assert seen == letters, seen
        return cpu.us / letters

    return work


async def _prepare_retry(world: World, letters: int) -> Work:
    await _die(world, letters)
    world.transport.answers = all_fine
    await world.api.json("POST", "/v2/dlq/retry?count=1")
    letters -= 1

    async def work() -> float:
        retried = 0
        with Cpu() as cpu:
            while retried < letters:
                page = await world.api.json("POST", "/v2/dlq/retry?count=100")
                retried += len(page["responses"])
                await world.rest()
        assert len(world.tenant.dead_letters) == 0
        return cpu.us / letters

    return work


async def _die(world: World, count: int) -> None:
    world.publish(publication(FAILING, Retries="0"), count)
    await world.rest()
    assert len(world.tenant.dead_letters) == count
