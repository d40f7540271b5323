"""A publisher with a few connections, each of which sends its next message after the last answer."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tests.bench.load.connection import Connection
from tests.bench.load.errors import Unreliable
from tests.bench.load.ledger import DEADLINE_S, Ledger
from tests.bench.load.server import Server
from tests.bench.load.waiting import until
from tests.bench.load.wire import body

CONNECTIONS = 16
HeadCache = Callable[[int], bytes]
_CREATED = 201


class Publisher:
    """What is offered while all connections are busy waits for one."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._idle: deque[Connection] = deque()
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._unanswered = 0
        self._all_answered: asyncio.Future[None] | None = None

    async def flat_out(self, numbers: range, head: bytes | HeadCache) -> None:
        """Publish as fast as the answers come, and return with the last of them."""
        for number in numbers:
            self._offer(number, head if isinstance(head, bytes) else head(number))
        await self._answers()

    async def paced(self, numbers: range, head: bytes, per_s: float) -> None:
        """Publish so many a second, whatever the answers do, and return with the last of them."""
        started_s = asyncio.get_running_loop().time()
        for place, number in enumerate(numbers):
            await until(started_s + place / per_s)
            self._offer(number, head)
        await self._answers()

    def _offer(self, number: int, head: bytes) -> None:
        self._unanswered += 1
        self._waiting.append((number, head))
        if self._idle:
            self._send_next(self._idle.popleft())

    def _send_next(self, connection: Connection) -> None:
        connection.number, head = self._waiting.popleft()
        self._ledger.sent_s[connection.number] = time.monotonic()
        connection.send(head, body(connection.number))

    def _answered(self, connection: Connection, status: int, _: bytes) -> None:
        self._unanswered -= 1
        self._ledger.refused += status != _CREATED
        if not status:
            self._fail("the server closed a connection with a request on it")
        elif self._waiting:
            self._send_next(connection)
        else:
            self._idle.append(connection)
            if not self._unanswered and self._all_answered is not None and not self._all_answered.done():
                self._all_answered.set_result(None)

    def _fail(self, reason: str) -> None:
        if self._all_answered is not None and not self._all_answered.done():
            self._all_answered.set_exception(Unreliable(reason))

    async def _answers(self) -> None:
        if self._unanswered:
            self._all_answered = asyncio.get_running_loop().create_future()
            try:
                await asyncio.wait_for(self._all_answered, DEADLINE_S)
            except TimeoutError:
                raise Unreliable(f"{self._unanswered} publishes were not answered in {DEADLINE_S} s") from None

    @classmethod
    @asynccontextmanager
    async def to(cls, server: Server, ledger: Ledger, connections: int = CONNECTIONS) -> AsyncIterator[Publisher]:
        """Connect, and hang up at the end."""
        publisher = cls(ledger)
        opened = [await Connection.to(server, publisher._answered) for _ in range(connections)]
        publisher._idle.extend(opened)
        try:
            yield publisher
        finally:
            for connection in opened:
                connection.transport.abort()
