"""A server in this process whose destinations cost nothing, so that the CPU time of a piece of work is ours alone."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from msgspec.structs import replace

from qstash_dev.cli.process import tune_gc
from qstash_dev.clock import FrozenClock
from qstash_dev.config import PAYG, Config, Retention
from qstash_dev.delivery.request import OutgoingRequest
from qstash_dev.delivery.transport import Cancel, Done
from qstash_dev.protocol.headers import parse_options
from qstash_dev.protocol.publication import Publication
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.server import Server
from tests.bench.life.api import Api

START_MS = 1_767_268_800_000
HOUR_MS = 3_600_000
FINE = "http://fine.example/hook"
FAILING = "http://failing.example/hook"
_BODY = b"x" * 256
_OK = Responded(200, (), b"ok", 0)
_ERROR = Responded(500, (), b"no", 0)
_LONG_S = 300 * 86_400

Answers = Callable[[OutgoingRequest], DeliveryResult]


def by_host(request: OutgoingRequest) -> DeliveryResult:
    """500 from :data:`FAILING`, 200 from everybody else."""
    return _ERROR if request.url == FAILING else _OK


def all_fine(request: OutgoingRequest) -> DeliveryResult:
    """200 from everybody."""
    return _OK


class Instant:
    """Every destination answers in the next pass of the loop."""

    def __init__(self, answers: Answers = by_host) -> None:
        self.answers = answers

    def start(self, request: OutgoingRequest, done: Done) -> Cancel:
        return asyncio.get_running_loop().call_soon(lambda: done(self.answers(request))).cancel

    async def send(self, request: OutgoingRequest) -> DeliveryResult:
        return self.answers(request)

    async def close(self) -> None:
        pass


class Cpu:
    """Microseconds of CPU time, of this process, that the work inside took."""

    us = 0.0

    def __enter__(self) -> Cpu:
        self._started_s = time.process_time()
        return self

    def __exit__(self, *error: object) -> None:
        self.us = (time.process_time() - self._started_s) * 1_000_000


class World:
    """One server, the user who works with it, and the ways in."""

    def __init__(self, server: Server, transport: Instant, api: Api) -> None:
        self.server = server
        self.transport = transport
        self.api = api
        self.broker = server.broker
        self.tenant = server.broker.tenants.all()[0]

    @property
    def now_ms(self) -> int:
        return self.server.clock.now_ms()

    def publish(self, publication: Publication, times: int = 1) -> None:
        """As the API does, and as a schedule does."""
        now_ms = self.now_ms
        for _ in range(times):
            self.broker.publisher.check(self.tenant, (publication,), now_ms)
            self.broker.publisher.publish(self.tenant, publication, now_ms)

    async def rest(self) -> None:
        """Until nothing is in flight and nothing is ready."""
        await self.server.dispatcher.idle()

    async def travel(self, ms: int) -> None:
        """Let so much time pass, and everything happen that is due on the way."""
        await self.server.travel.by(ms, timeout_s=600)

    async def has_a_past(self, count: int) -> None:
        """So many messages were delivered before."""
        self.publish(publication(), count)
        await self.rest()

    def others_wait(self, count: int) -> None:
        """A backlog: so many messages that are due in the far future."""
        self.publish(publication(Delay=f"{_LONG_S}s"), count)


def publication(url: str = FINE, body: bytes = _BODY, **headers: str) -> Publication:
    """``Retry_Delay="5"`` stands for ``Upstash-Retry-Delay``."""
    pairs = [(f"Upstash-{name.replace('_', '-')}", value) for name, value in headers.items()]
    return Publication(url, body, parse_options(pairs))


@asynccontextmanager
async def world(retention: Retention | None = None) -> AsyncIterator[World]:
    """A world of its own, in which the garbage collector works as in the server's own process."""
    transport = Instant()
    quota = replace(PAYG, max_queue_parallelism=100)
    config = Config(port=0, quota=quota, retention=retention or Retention(), shutdown_grace_s=0)
    with _as_in_a_server():
        server = Server(config, clock=FrozenClock(START_MS), transport=transport)
        await server.start()
        api = Api(server.url, server.broker.tenants.all()[0].user.token)
        try:
            yield World(server, transport, api)
        finally:
            await api.close()
            await server.stop()


@contextmanager
def _as_in_a_server() -> Iterator[None]:
    threshold = gc.get_threshold()
    tune_gc()
    try:
        yield
    finally:
        gc.set_threshold(*threshold)
        gc.unfreeze()
