"""The cost of one publish to a URL group of a hundred endpoints."""

from __future__ import annotations

from qstash_dev.state.url_group import Endpoint, UrlGroup
from tests.bench.life.growth import Work, growth
from tests.bench.life.world import Cpu, World, publication
from tests.bench.table import Row

ENDPOINTS = 100
PUBLISHES = 5


def rows(rounds: int = 5, small: int = 1_000, large: int = 20_000) -> list[Row]:
    """One row: a delivery to one endpoint."""
    what = f"delivery to one of {ENDPOINTS} endpoints of a group, with so many waiting"
    return [growth(what, _prepare, (small, large), rounds)]


async def _prepare(world: World, waiting: int) -> Work:
    endpoints = [Endpoint(f"http://endpoint-{number}.example/hook") for number in range(ENDPOINTS)]
    world.tenant.url_groups["group"] = UrlGroup("group", world.now_ms, world.now_ms, endpoints)
    world.others_wait(waiting)
    to_group = publication("group")

    async def work() -> float:
        with Cpu() as cpu:
            world.publish(to_group, PUBLISHES)
            await world.rest()
        return cpu.us / (PUBLISHES * ENDPOINTS)

    return work
