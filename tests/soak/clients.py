"""Clients that do to a server what they should not: connect and say nothing, ask and never read, vanish."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.bench.load.waiting import within
from tests.soak.destinations import cut_off

_HOLD_S = 20.0
_SMALL_BUFFER = 4_096
_DRIP_S = 0.5


@dataclass(frozen=True)
class Server:
    """Where it listens, and a token of a user that it serves."""

    port: int
    token: str
    destination: str

    def head(self, method: str, target: str, *lines: str) -> bytes:
        """The head of a request."""
        given = (f"Host: 127.0.0.1:{self.port}", f"Authorization: Bearer {self.token}", *lines)
        return "\r\n".join([f"{method} {target} HTTP/1.1", *given, "", ""]).encode()

    def publish(self, length: int) -> bytes:
        """The head of a publish that is tried once: when the enemies are gone, nothing waits for them."""
        lines = ("Upstash-Retries: 0", f"Content-Length: {length}")
        return self.head("POST", f"/v2/publish/{self.destination}", *lines)


Attack = Callable[[Server, asyncio.StreamWriter], Awaitable[None]]


async def _says_nothing(_: Server, __: asyncio.StreamWriter) -> None:
    await within(_HOLD_S)


async def _half_a_head(server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(server.publish(5)[:-6])
    await within(_HOLD_S)


async def _half_a_body(server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(server.publish(200_000) + b"x" * 20_000)
    await within(_HOLD_S)


async def _half_a_chunk(server: Server, writer: asyncio.StreamWriter) -> None:
    head = server.head("POST", f"/v2/publish/{server.destination}", "Transfer-Encoding: chunked")
    writer.write(head + b"10000\r\n" + b"x" * 20_000)
    await within(_HOLD_S)


async def _drips_a_head(server: Server, writer: asyncio.StreamWriter) -> None:
    for byte in server.publish(5)[: int(_HOLD_S / _DRIP_S)]:
        writer.write(bytes([byte]))
        await within(_DRIP_S)


async def _endless_head(server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(server.publish(5)[:-2])
    for _ in range(200):
        writer.write(b"X-Header: again and again and again\r\n" * 20)
        await writer.drain()
    await within(_HOLD_S)


async def _spaces(server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(server.publish(0)[:-2] + b"X:" + b" " * 8_000 + b"\x01\r\n\r\n")
    await within(_HOLD_S)


async def _odd_length(server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(server.head("POST", f"/v2/publish/{server.destination}", "Content-Length: ٣") + b"abc")
    await within(1.0)


async def _garbage(_: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(bytes(range(256)) * 40)
    await within(1.0)


async def _publishes_and_vanishes(server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(server.publish(5) + b"hello")
    await within(0.001)
    cut_off(writer)


async def _vanishes_amid_a_body(server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(server.publish(100_000) + b"x" * 50_000)
    await within(0.01)
    cut_off(writer)


async def _reads_no_page(server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(server.head("GET", "/v2/logs?count=1000&trimBody=200"))
    await within(_HOLD_S)


async def _reads_no_answers(server: Server, writer: asyncio.StreamWriter) -> None:
    for _ in range(20):
        writer.write(server.head("GET", "/openapi.json"))
    await within(_HOLD_S)


async def _reads_no_events(server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(server.head("GET", "/_dev/events?user=defaultUser"))
    await within(_HOLD_S)


async def _reads_no_feed(server: Server, writer: asyncio.StreamWriter) -> None:
    writer.write(server.head("GET", "/_dev/feed?user=defaultUser"))
    await within(_HOLD_S)


# How many of each there are at any time.
ATTACKS: dict[Attack, int] = {
    _says_nothing: 30,
    _half_a_head: 20,
    _half_a_body: 10,
    _half_a_chunk: 5,
    _drips_a_head: 10,
    _endless_head: 2,
    _spaces: 1,
    _odd_length: 1,
    _garbage: 2,
    _publishes_and_vanishes: 2,
    _vanishes_amid_a_body: 2,
    _reads_no_page: 3,
    _reads_no_answers: 3,
    _reads_no_events: 5,
    _reads_no_feed: 5,
}
_PAUSE_S = 0.5


async def attack(server: Server, without: tuple[str, ...] = ()) -> None:
    """Attack in every way until cancelled; ``without`` names ways to leave out."""
    async with asyncio.TaskGroup() as group:
        for way, count in ATTACKS.items():
            if way.__name__.strip("_") not in without:
                for number in range(count):
                    group.create_task(_again_and_again(server, way, _PAUSE_S * number / count))


async def _again_and_again(server: Server, way: Attack, first_s: float) -> None:
    await within(first_s)
    while True:
        with contextlib.suppress(OSError):
            async with _connected(server.port) as writer:
                await way(server, writer)
        await within(_PAUSE_S)


@asynccontextmanager
async def _connected(port: int) -> AsyncIterator[asyncio.StreamWriter]:
    """A connection that is not read from, with room for little in the system."""
    loop = asyncio.get_running_loop()
    raw = socket.socket()
    raw.setblocking(False)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
    try:
        await loop.sock_connect(raw, ("127.0.0.1", port))
    except BaseException:
        raw.close()
        raise
    _, writer = await asyncio.open_connection(sock=raw, limit=1)
    try:
        yield writer
    finally:
        writer.transport.abort()
