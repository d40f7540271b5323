"""A body of a megabyte from socket to socket: what it costs, and how many copies of it there are at once.

The client and the destination are in this process and copy nothing: one sends from a view of what it made once, the
other receives into a buffer that it never looks at.
"""

from __future__ import annotations

import asyncio
import gc
import socket
import statistics
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config
from qstash_dev.server import Server
from tests.bench.life.world import START_MS, Cpu
from tests.bench.table import Row

SMALL = 256
LARGE = 1_000_000
MOST_COPIES = 2.2
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class Sink(asyncio.BufferedProtocol):
    """Answers 200 to requests with a body of this size."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._buffer = bytearray(262_144)
        self._missing = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, count: int) -> None:
        if not self._missing:
            # A head comes in one piece.
            self._missing = self._buffer.index(b"\r\n\r\n", 0, count) + 4 + self._size
        self._missing -= count
        if not self._missing:
            self._transport.write(_ANSWER)


def rows(rounds: int = 15, messages: int = 20, large: int = LARGE) -> list[Row]:
    """Two rows: what a large body costs beside a small one, and how much memory it takes on its way."""
    small_us, large_us, copies = asyncio.run(_figures(rounds, messages, large))
    what = f"body of {large:,} bytes"
    return [
        Row(f"{what} / {SMALL} bytes, published and delivered", "cpu-us", large_us, small_us),
        Row(f"copies of a {what} at once, with the one that is kept", "", copies, at_most=MOST_COPIES),
    ]


async def _figures(rounds: int, messages: int, large: int) -> tuple[float, float, float]:
    async with _sender(SMALL) as send_small, _sender(large) as send_large:
        taken = [[await _cost_us(send, messages) for send in (send_small, send_large)] for _ in range(rounds)]
        small_us, large_us = (statistics.median(column) for column in zip(*taken, strict=True))
        return small_us, large_us, await _peak(send_large) / large


@asynccontextmanager
async def _sender(size: int) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Publishes one body of this size, and waits until it is delivered."""
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: Sink(size), "127.0.0.1", 0)
    server = Server(Config(port=0, shutdown_grace_s=0), clock=FrozenClock(START_MS))
    await server.start()
    tenant = server.broker.tenants.all()[0]
    head = (
        f"POST /v2/publish/http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/ HTTP/1.1\r\n"
        f"Host: 127.0.0.1\r\nAuthorization: Bearer {tenant.user.token}\r\nContent-Length: {size}\r\n\r\n"
    )
    request = memoryview(head.encode() + b"x" * size)
    client = socket.create_connection(("127.0.0.1", server.port))
    client.setblocking(False)

    async def send() -> None:
        tenant.clear()
        await loop.sock_sendall(client, request)
        assert b" 201 " in await loop.sock_recv(client, 65_536)
        await server.dispatcher.idle()

    try:
        await send()
        yield send
    finally:
        client.close()
        await server.stop()
        listener.close()


async def _cost_us(send: Callable[[], Awaitable[None]], messages: int) -> float:
    with Cpu() as cpu:
        for _ in range(messages):
            await send()
    return cpu.us / messages


async def _peak(send: Callable[[], Awaitable[None]]) -> int:
    """The most memory that was taken at once."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        await send()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
