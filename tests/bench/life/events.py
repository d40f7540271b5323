"""The cost of workflow runs that wait for one event, few or many, and continue at once or by timeout."""

from __future__ import annotations

from itertools import count

from qstash_dev.delivery.request import OutgoingRequest
from qstash_dev.protocol.result import DeliveryResult
from tests.bench.life import sdk
from tests.bench.life.growth import Work, growth
from tests.bench.life.world import HOUR_MS, Cpu, World
from tests.bench.table import Row
from tests.broker.flow import ACCEPTED

EIGHT_DAYS_MS = 8 * 24 * HOUR_MS


def rows(rounds: int = 2, small: int = 1_500, large: int = 6_000) -> list[Row]:
    """Two rows: a run. Even the few are more than the header sets that the parser remembers, one of which each run
    has."""
    sizes = (small, large)
    return [
        growth(
            "run resumed by an event that so many wait for", _prepare_event, sizes, rounds, pieces=2, repeated=True
        ),
        growth(
            "run whose wait is over, of so many that wait", _prepare_timeout, sizes, rounds, pieces=2, repeated=True
        ),
    ]


async def _prepare_event(world: World, runs: int) -> Work:
    ids = _accepting(world)

    async def work() -> float:
        await _wait(world, [f"wfr_{next(ids)}" for _ in range(runs)])
        with Cpu() as cpu:
            woken = world.broker.waits.resume(
                *world.broker.waits.waiting(world.tenant, "event", b"data", world.now_ms), world.now_ms
            )
            await world.rest()
        assert len(woken) == runs
        _end(world)
        return cpu.us / runs

    return work


async def _prepare_timeout(world: World, runs: int) -> Work:
    ids = _accepting(world)

    async def work() -> float:
        await _wait(world, [f"wfr_{next(ids)}" for _ in range(runs)])
        with Cpu() as cpu:
            await world.travel(EIGHT_DAYS_MS)
        assert not world.tenant.runs.waiters
        _end(world)
        return cpu.us / runs

    return work


def _accepting(world: World) -> count[int]:
    def accepted(request: OutgoingRequest) -> DeliveryResult:
        return ACCEPTED

    world.transport.answers = accepted
    return count()


def _end(world: World) -> None:
    for run in list(world.tenant.runs.newest_first()):
        if run.alive:
            world.broker.finisher.finish(run, None, world.now_ms)


async def _wait(world: World, run_ids: list[str]) -> None:
    for run_id in run_ids:
        sdk.start(world, run_id)
        sdk.wait(world, run_id, 1, "event")
    await world.rest()
