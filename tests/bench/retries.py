"""Five retries over four virtual days: the cost of time travel itself."""

from __future__ import annotations

import asyncio
import statistics
import time

from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config
from qstash_dev.delivery.request import OutgoingRequest
from qstash_dev.delivery.transport import Cancel, Done
from qstash_dev.protocol.headers import parse_options
from qstash_dev.protocol.publication import Publication
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.server import Server
from tests.bench.table import Row

ROUNDS = 200
FOUR_DAYS_MS = 4 * 86_400_000
START_MS = 1_767_268_800_000


class Failing:
    """Every destination answers 500 in no time."""

    _answer = Responded(500, (), b"", 0)

    def start(self, request: OutgoingRequest, done: Done) -> Cancel:
        return asyncio.get_running_loop().call_soon(done, self._answer).cancel

    async def send(self, request: OutgoingRequest) -> DeliveryResult:
        return self._answer

    async def close(self) -> None:
        pass


def rows(rounds: int = ROUNDS) -> list[Row]:
    """One row, in milliseconds."""
    return [
        Row(
            "five retries over four virtual days, without the calls", "ms", asyncio.run(_median_ms(rounds)), at_most=5
        )
    ]


async def _median_ms(rounds: int) -> float:
    server = Server(Config(port=0), clock=FrozenClock(START_MS), transport=Failing())
    await server.start()
    try:
        return statistics.median([await _journey_ms(server) for _ in range(rounds)])
    finally:
        await server.stop()


async def _journey_ms(server: Server) -> float:
    tenant = server.broker.tenants.all()[0]
    publication = Publication("https://myapp.com/hook", b"body", parse_options([("Upstash-Retries", "5")]))
    started = time.perf_counter()
    server.broker.publisher.publish(tenant, publication, server.clock.now_ms())
    progress = await server.travel.by(FOUR_DAYS_MS)
    elapsed_ms = (time.perf_counter() - started) * 1_000
    assert (progress.steps, progress.attempts) == (5, 6), progress
    return elapsed_ms
