"""A virtual day of a schedule that fires every minute, beside the same deliveries without time travel.

The destination is in the same process and costs little, so CPU time is measured, which does not depend on other load
on the machine. The two are measured in turns, in parts of the day.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable

from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config
from qstash_dev.protocol.cron import parse_cron
from qstash_dev.protocol.headers import parse_options
from qstash_dev.protocol.publication import Publication
from qstash_dev.server import Server
from tests.bench.table import Row

START_MS = 1_767_225_600_000
MINUTE_MS = 60_000
PIECES = 5
DELIVERIES = 288
ROUNDS = 8
AT_ONCE = 64
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Responder(asyncio.Protocol):
    """Answers 200 to every request, which is taken to come in one piece."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._transport.write(_ANSWER)


class Bench:
    """One server, and three ways to have it make and deliver so many messages."""

    def __init__(self, server: Server, url: str) -> None:
        self._server = server
        self._tenant = server.broker.tenants.all()[0]
        self._publication = Publication(url, b"x" * 100, parse_options([]))

    async def journey(self, count: int) -> None:
        schedules, now_ms = self._server.broker.schedules, self._server.clock.now_ms()
        schedule = schedules.put(self._tenant, "minutely", parse_cron("* * * * *"), self._publication, now_ms)
        progress = await self._server.travel.by(count * MINUTE_MS, timeout_s=60)
        assert (progress.steps, progress.attempts) == (count, count), progress
        schedules.delete(self._tenant, schedule)

    async def one_by_one(self, count: int) -> None:
        for _ in range(count):
            self._publish()
            await self._server.dispatcher.idle()

    async def many_at_once(self, count: int) -> None:
        for _ in range(count):
            self._publish()
        await self._server.dispatcher.idle()

    def _publish(self) -> None:
        """As the API does, and as a schedule does."""
        publisher, now_ms = self._server.broker.publisher, self._server.clock.now_ms()
        publisher.check(self._tenant, [self._publication], now_ms)
        publisher.publish(self._tenant, self._publication, now_ms)


def rows(rounds: int = ROUNDS, deliveries: int = DELIVERIES, pieces: int = PIECES) -> list[Row]:
    """Two rows, in deliveries per CPU-second."""
    journey, one_by_one, many_at_once = asyncio.run(_rates(rounds * pieces, deliveries))
    what = "virtual day of a minutely schedule"
    return [
        Row(f"{what} / plain deliveries", "/cpu-s", journey, one_by_one, at_least=0.7),
        Row(f"{what} / {AT_ONCE} deliveries at a time", "/cpu-s", journey, many_at_once),
    ]


async def _rates(rounds: int, deliveries: int) -> list[float]:
    listener = await asyncio.get_running_loop().create_server(Responder, "127.0.0.1", 0, backlog=AT_ONCE)
    server = Server(Config(port=0, max_in_flight=AT_ONCE), clock=FrozenClock(START_MS))
    await server.start()
    try:
        bench = Bench(server, f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/")
        ways = (bench.journey, bench.one_by_one, bench.many_at_once)
        for way in ways:
            await way(deliveries)
        taken = [[await _cpu_s(way, deliveries) for way in ways] for _ in range(rounds)]
        return [deliveries / statistics.median(column) for column in zip(*taken, strict=True)]
    finally:
        await server.stop()
        listener.close()


async def _cpu_s(way: Callable[[int], Awaitable[None]], deliveries: int) -> float:
    started_s = time.process_time()
    await way(deliveries)
    return time.process_time() - started_s
