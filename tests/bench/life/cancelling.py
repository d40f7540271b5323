"""The cost of cancelling by a filter: all messages, and a few among many."""

from __future__ import annotations

from tests.bench.life.growth import Work, growth
from tests.bench.life.world import Cpu, World, publication
from tests.bench.table import Row

FEW = 1_000


def rows(rounds: int = 3, small: int = 1_000, large: int = 50_000, few: int = FEW) -> list[Row]:
    """Two rows: a message that is cancelled. A filter looks at every message, so few among many are dearer: there is
    no goal for them."""

    async def among_others(world: World, waiting: int) -> Work:
        world.others_wait(waiting)
        return _work(world, few)

    async def alone(world: World, waiting: int) -> Work:
        return _work(world, waiting)

    return [
        growth(
            "message cancelled by its label, so many at once", alone, (small, large), rounds, pieces=1, repeated=True
        ),
        growth(
            f"message cancelled by its label, {few:,} among so many",
            among_others,
            (small, large),
            rounds,
            pieces=3,
            at_most=None,
        ),
    ]


def _work(world: World, count: int) -> Work:
    labelled = publication(Label="mine", Delay="3600s")

    async def work() -> float:
        world.publish(labelled, count)
        with Cpu() as cpu:
            answer = await world.api.json("DELETE", "/v2/messages?label=mine")
        assert answer == {"cancelled": count}
        return cpu.us / count

    return work
