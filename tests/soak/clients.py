"""Clients that do to a server what they should not (connect and say nothing, ask and never read, vanish), and as many
that behave."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

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


# What slow readers ask for without ever reading an answer.
UNREAD: dict[str, tuple[str, int]] = {
    "reads_no_page": ("/v2/logs?count=1000&trimBody=200", 1),
    "reads_no_answers": ("/openapi.json", 20),
    "reads_no_events": ("/_dev/events?user=defaultUser", 1),
    "reads_no_feed": ("/_dev/feed?user=defaultUser", 1),
}


def _reads_nothing(name: str) -> Attack:
    async def attack(server: Server, writer: asyncio.StreamWriter) -> None:
        _ask(server, writer, name)
        await within(_HOLD_S)

    return attack


def _ask(server: Server, writer: asyncio.StreamWriter, name: str) -> None:
    target, times = UNREAD[name]
    writer.write(server.head("GET", target) * times)


# How many clients do each of these at any time.
ATTACKS: dict[str, tuple[Attack, int]] = {
    "says_nothing": (_says_nothing, 30),
    "half_a_head": (_half_a_head, 20),
    "half_a_body": (_half_a_body, 10),
    "half_a_chunk": (_half_a_chunk, 5),
    "drips_a_head": (_drips_a_head, 10),
    "endless_head": (_endless_head, 2),
    "spaces": (_spaces, 1),
    "odd_length": (_odd_length, 1),
    "garbage": (_garbage, 2),
    "publishes_and_vanishes": (_publishes_and_vanishes, 2),
    "vanishes_amid_a_body": (_vanishes_amid_a_body, 2),
    "reads_no_page": (_reads_nothing("reads_no_page"), 3),
    "reads_no_answers": (_reads_nothing("reads_no_answers"), 3),
    "reads_no_events": (_reads_nothing("reads_no_events"), 5),
    "reads_no_feed": (_reads_nothing("reads_no_feed"), 5),
}
_PAUSE_S = 0.5


async def connect(server: Server, without: tuple[str, ...] = (), *, hostile: bool) -> None:
    """Be all these clients until cancelled: hostile ones, or as many that ask for the same and read their answers.
    ``without`` names those to leave out."""
    async with asyncio.TaskGroup() as group:
        for name, (attack, count) in ATTACKS.items():
            if name not in without:
                once = partial(_attack, server, attack) if hostile else partial(_behave, server, name)
                for number in range(count):
                    group.create_task(_again_and_again(once, _PAUSE_S * number / count))


async def _again_and_again(once: Callable[[], Awaitable[None]], first_s: float) -> None:
    await within(first_s)
    while True:
        with contextlib.suppress(OSError):
            await once()
        await within(_PAUSE_S)


async def _attack(server: Server, attack: Attack) -> None:
    async with _connected(server.port, {"limit": 1}, _SMALL_BUFFER) as (_, writer):
        await attack(server, writer)


async def _behave(server: Server, name: str) -> None:
    async with _connected(server.port, {}) as (reader, writer):
        if name in UNREAD:
            _ask(server, writer, name)
        else:
            writer.write(server.publish(5) + b"hello")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_HOLD_S):
                while await reader.read(65_536):
                    pass


@asynccontextmanager
async def _connected(
    port: int, options: dict[str, Any], buffer_bytes: int | None = None
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection; with ``buffer_bytes`` the system keeps hardly more of what is not read."""
    loop = asyncio.get_running_loop()
    raw = socket.socket()
    raw.setblocking(False)
    if buffer_bytes is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
    try:
        await loop.sock_connect(raw, ("127.0.0.1", port))
    except BaseException:
        raw.close()
        raise
    reader, writer = await asyncio.open_connection(sock=raw, **options)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
