"""Batches of a hundred and of a thousand, through the HTTP API."""

from __future__ import annotations

import json

from tests.bench.life.growth import Work, growth
from tests.bench.life.world import FINE, Cpu, World
from tests.bench.table import Row

ITEMS = 2_000


def rows(rounds: int = 3, small: int = 100, large: int = 1_000, items: int = ITEMS) -> list[Row]:
    """One row: an item, accepted and delivered."""

    async def prepare(world: World, size: int) -> Work:
        body = json.dumps([{"destination": FINE, "body": "x" * 256, "headers": {"X-Number": "1"}}] * size).encode()
        times = max(1, items // size)

        async def work() -> float:
            with Cpu() as cpu:
                for _ in range(times):
                    await world.api.call("POST", "/v2/batch", body, Content_Type="application/json")
                    await world.rest()
            return cpu.us / (times * size)

        return work

    return [growth("item of a batch of so many", prepare, (small, large), rounds)]
