"""A destination with little cost of its own: it records what arrives and answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.bench.load.ledger import Ledger
from tests.bench.load.wire import number_in, whole

_ANSWERS = {
    200: b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok",
    500: b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nno\r\n",
}
_BACKLOG = 4_096


class Sink(asyncio.Protocol):
    """One connection from a server."""

    def __init__(self, ledger: Ledger, answer: bytes, after_s: float, connections: set[Sink]) -> None:
        self._ledger = ledger
        self._answer = answer
        self._after_s = after_s
        self._connections = connections
        self._came = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._connections.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self._connections.discard(self)

    def data_received(self, data: bytes) -> None:
        came, start = self._came + data if self._came else data, 0
        while start < len(came) and (found := whole(came, start)) is not None:
            begin, start = found
            self._ledger.arrive(number_in(came[begin:start]), time.monotonic())
            if self._after_s:
                asyncio.get_running_loop().call_later(self._after_s, self._reply)
            else:
                self.transport.write(self._answer)
        self._came = came[start:]

    def _reply(self) -> None:
        if not self.transport.is_closing():
            self.transport.write(self._answer)


@asynccontextmanager
async def sink(ledger: Ledger, status: int = 200, after_s: float = 0) -> AsyncIterator[str]:
    """Listen, and give the URL. Each answer has this status and leaves after so many seconds."""
    connections: set[Sink] = set()
    listener = await asyncio.get_running_loop().create_server(
        lambda: Sink(ledger, _ANSWERS[status], after_s, connections), "127.0.0.1", 0, backlog=_BACKLOG
    )
    try:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/hook"
    finally:
        listener.close()
        for connection in connections:
            connection.transport.abort()
