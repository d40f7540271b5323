"""Destinations that break HTTP: raw sockets controlled by a script."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class RawRequest:
    """One request, byte for byte."""

    head: bytes
    body: bytes

    @property
    def method(self) -> bytes:
        return self.head.split(b" ", 1)[0]

    @property
    def target(self) -> bytes:
        return self.head.split(b" ", 2)[1]

    @property
    def lines(self) -> list[bytes]:
        """The header lines as they stood on the wire."""
        return self.head.split(b"\r\n")[1:-2]

    def values(self, name: bytes) -> list[bytes]:
        """The values of every line of that name, in order."""
        pairs = [line.split(b":", 1) for line in self.lines]
        return [value.strip(b" ") for found, value in pairs if found.lower() == name.lower()]


class Connection:
    """One accepted connection, for a behaviour to play with."""

    def __init__(self, rogue: Rogue, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._rogue = rogue
        self._reader = reader
        self._writer = writer

    async def head(self) -> bytes:
        """Read a request up to its body, which stays unread."""
        return await self._reader.readuntil(b"\r\n\r\n")

    async def request(self) -> RawRequest:
        """Read and remember one request."""
        request = RawRequest(await self.head(), b"")
        [length] = request.values(b"Content-Length") or [b"0"]
        request.body = await self._reader.readexactly(int(length))
        self._rogue.requests.append(request)
        return request

    async def send(self, data: bytes) -> None:
        """Write, and wait as long as the other side does not read."""
        self._writer.write(data)
        await self._writer.drain()

    async def send_for_ever(self, data: bytes) -> None:
        """Write the same again and again until the other side closes the connection."""
        while not self._writer.is_closing():
            await self.send(data)

    async def ended(self) -> None:
        """Wait, mute, until the other side closes the connection."""
        await self._reader.read()

    async def idle(self) -> None:
        """Neither read nor write for as long as the test lasts."""
        await asyncio.Event().wait()

    async def released(self) -> None:
        """Wait until the test says so."""
        await self._rogue.gate.wait()

    async def close(self) -> None:
        """Say goodbye properly."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    def reset(self) -> None:
        """Drop the connection with a RST, which needs the socket to linger for zero seconds."""
        raw = self._writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


Behaviour = Callable[[Connection], Awaitable[None]]


class Rogue:
    """A listening socket; the first connection meets the first behaviour, and the last one all further ones."""

    def __init__(self, *script: Behaviour, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[RawRequest] = []
        self.connections = 0
        self.finished = 0
        self.gate = asyncio.Event()
        self._connected = asyncio.Event()
        self.port = 0
        self._script = script
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._one_finished = asyncio.Condition()

    @property
    def where(self) -> str:
        """How error texts name it."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.where}"

    def release(self) -> None:
        """Let every behaviour go on that waits for the test."""
        self.gate.set()

    async def connected(self) -> None:
        """Wait until somebody has connected."""
        async with asyncio.timeout(5):
            await self._connected.wait()

    async def connections_finished(self, count: int) -> None:
        """Wait until so many connections have come to their end."""
        async with asyncio.timeout(5), self._one_finished:
            await self._one_finished.wait_for(lambda: self.finished >= count)

    async def __aenter__(self) -> Rogue:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        tasks = list(self._open)
        for task, writer in list(self._open.items()):
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open[task] = writer
        behave = self._script[min(self.connections, len(self._script) - 1)]
        self.connections += 1
        self._connected.set()
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await behave(Connection(self, reader, writer))
        finally:
            del self._open[task]
            writer.close()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()
            self.finished += 1
            async with self._one_finished:
                self._one_finished.notify_all()


async def answers_every_request(connection: Connection) -> None:
    """What a good destination does."""
    while True:
        await connection.request()
        await connection.send(OK)


async def is_silent(connection: Connection) -> None:
    """Accept, and never say a word."""
    await connection.ended()


def says(*answers: bytes) -> Behaviour:
    """Read a request for each of the answers, then close."""

    async def behave(connection: Connection) -> None:
        for answer in answers:
            await connection.request()
            await connection.send(answer)

    return behave


def says_and_stays(answer: bytes) -> Behaviour:
    """Read a request, say this much, and wait for the other side to give up."""

    async def behave(connection: Connection) -> None:
        await connection.request()
        await connection.send(answer)
        await connection.ended()

    return behave


def says_for_ever(start: bytes, again: bytes) -> Behaviour:
    """Read a request and never stop talking."""

    async def behave(connection: Connection) -> None:
        await connection.request()
        await connection.send(start)
        await connection.send_for_ever(again)

    return behave


def greets_with(banner: bytes) -> Behaviour:
    """Speak first, as mail and SSH servers do."""

    async def behave(connection: Connection) -> None:
        await connection.send(banner)
        await connection.ended()

    return behave


async def never_reads(connection: Connection) -> None:
    """Accept, and let the request pile up."""
    await connection.idle()


async def resets(connection: Connection) -> None:
    """Read a request and drop the connection."""
    await connection.request()
    connection.reset()
