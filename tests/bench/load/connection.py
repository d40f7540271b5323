"""A keep-alive connection to a server, with one request in flight at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.bench.load.server import Server
from tests.bench.load.wire import whole


class Connection(asyncio.Protocol):
    """``answered`` is called with the connection, the status and the body; the status is 0 if the server hung up."""

    def __init__(self, answered: Callable[[Connection, int, bytes], None]) -> None:
        self._answered = answered
        self._came = b""
        self._waits = False
        self.number = -1

    @classmethod
    async def to(cls, server: Server, answered: Callable[[Connection, int, bytes], None]) -> Connection:
        """Connect."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: cls(answered), "127.0.0.1", server.port)
        return connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._later = asyncio.get_running_loop().call_soon

    def send(self, head: bytes, body: bytes = b"") -> None:
        """Head and body go in two segments, as those of httpx, requests and fetch do."""
        self._waits = True
        self.transport.write(head)
        if body:
            self._later(self.transport.write, body)

    def data_received(self, data: bytes) -> None:
        came = self._came + data if self._came else data
        found = whole(came)
        if found is None:
            self._came = came
            return
        self._came, self._waits = b"", False
        self._answered(self, int(came[9:12]), came[found[0] : found[1]])

    def connection_lost(self, error: Exception | None) -> None:
        if self._waits:
            self._waits = False
            self._answered(self, 0, b"")
