"""A client that sends one request after the other over one connection and records the time of each answer."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.bench.load.connection import Connection
from tests.bench.load.errors import Unreliable
from tests.bench.load.ledger import DEADLINE_S
from tests.bench.load.server import Server
from tests.bench.load.wire import head


class Asker:
    """One keep-alive connection."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._reply: asyncio.Future[tuple[int, bytes]] | None = None
        self._asked_s = 0.0
        self.last_ms = 0.0

    async def ask(self, method: str, path: str, body: bytes = b"") -> Any:
        """The JSON of a successful answer.

        Raises:
            Unreliable: any other answer, or none.
        """
        return json.loads(await self.ask_unread(method, path, body))

    async def ask_unread(self, method: str, path: str, body: bytes = b"") -> bytes:
        """The same as it came: whoever reads it meanwhile lets the server go to sleep between two requests.

        Raises:
            Unreliable: any other answer, or none.
        """
        request = head(self._server, method, path, len(body))
        self._reply = asyncio.get_running_loop().create_future()
        self._asked_s = time.monotonic()
        self._connection.send(request, body)
        status, answer = await asyncio.wait_for(self._reply, DEADLINE_S)
        if not 200 <= status < 300:
            raise Unreliable(f"{method} {path} was answered with {status}: {answer.decode(errors='replace')}")
        return answer

    def _answered(self, _: Connection, status: int, body: bytes) -> None:
        assert self._reply is not None
        self.last_ms = (time.monotonic() - self._asked_s) * 1_000
        self._reply.set_result((status, body))

    @classmethod
    @asynccontextmanager
    async def of(cls, server: Server) -> AsyncIterator[Asker]:
        """Connect, and hang up at the end."""
        asker = cls(server)
        asker._connection = await Connection.to(server, asker._answered)
        try:
            yield asker
        finally:
            asker._connection.transport.abort()
