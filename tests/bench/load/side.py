"""One of the servers that are compared, with its publisher, its destination and its records."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from tests.bench.load.errors import Unreliable
from tests.bench.load.ledger import Ledger
from tests.bench.load.publisher import CONNECTIONS, Publisher
from tests.bench.load.server import Server, Start
from tests.bench.load.sink import sink
from tests.bench.load.wire import publish_head


@dataclass(frozen=True)
class Window:
    """What so many messages took: the server's CPU time and the wall's, for each, in microseconds."""

    cpu_us: float
    wall_us: float


@dataclass(frozen=True)
class Side:
    """Everything about one server. ``head`` is that of a plain publish to its destination."""

    server: Server
    ledger: Ledger
    publisher: Publisher
    url: str
    head: bytes

    async def deliver(self, count: int) -> Window:
        """Publish so many and wait until they have arrived."""
        cpu_s, started_s = self.server.cpu_s(), asyncio.get_running_loop().time()
        await self.publisher.flat_out(self.ledger.take(count), self.head)
        await self.ledger.all_arrived()
        wall_s = self.ledger.last_arrival_s - started_s
        return Window((self.server.cpu_s() - cpu_s) / count * 1e6, wall_s / count * 1e6)

    async def accept(self, count: int) -> Window:
        """Publish so many that are due in an hour."""
        head = publish_head(self.server, self.url, delay="1h")
        cpu_s, started_s = self.server.cpu_s(), asyncio.get_running_loop().time()
        await self.publisher.flat_out(self.ledger.take(count), head)
        wall_s = asyncio.get_running_loop().time() - started_s
        return Window((self.server.cpu_s() - cpu_s) / count * 1e6, wall_s / count * 1e6)

    def nothing_arrived(self, but: int = 0) -> None:
        """See that all were accepted and that none came before its time, ``but`` for so many whose time it was.

        Raises:
            Unreliable: anything else arrived, or was refused.
        """
        early = self.ledger.attempts - but
        if early or self.ledger.strays or self.ledger.refused:
            raise Unreliable(f"{self.ledger.refused} refused, {early} delivered an hour early")


@asynccontextmanager
async def side(start: Start, size: int, connections: int = CONNECTIONS) -> AsyncIterator[Side]:
    """Start a server and everything around it, for ``size`` messages at most."""
    async with AsyncExitStack() as stack:
        ledger = Ledger(size)
        server = await stack.enter_async_context(start())
        url = await stack.enter_async_context(sink(ledger))
        publisher = await stack.enter_async_context(Publisher.to(server, ledger, connections))
        yield Side(server, ledger, publisher, url, publish_head(server, url))
