"""The limit on connections: idle ones are closed for new ones, others are waited for, and one warning is logged."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import cast

import pytest

from qstash_dev.accepting import Acceptor
from qstash_dev.api.http.connections import Clients
from qstash_dev.cli.process import spare_files
from qstash_dev.config import Config
from qstash_dev.server import Server
from tests.api.support import TOKEN, Reply, read_reply

KEYS = f"GET /v2/keys HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
HALF = b"GET /v2/keys HTTP/1.1\r\n"
LIMIT = 4


class Caller:
    """One connection, kept open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, sent: bytes = KEYS) -> Reply:
        self.writer.write(sent)
        async with asyncio.timeout(10):
            return await read_reply(self.reader)

    async def leave(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


@pytest.fixture(params=[True, False], ids=["gate", "aiohttp"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    server = Server(Config(port=0, gate=request.param, max_connections=LIMIT, shutdown_grace_s=0))
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def callers(server: Server) -> AsyncIterator[list[Caller]]:
    """So many that nobody else may connect; each has been answered once."""
    async with AsyncExitStack() as stack:
        callers = []
        for _ in range(LIMIT):
            caller = Caller(*await asyncio.open_connection("127.0.0.1", server.port))
            stack.push_async_callback(caller.leave)
            assert (await caller.ask()).status == 200
            callers.append(caller)
        yield callers


async def one_more(server: Server) -> Caller:
    return Caller(*await asyncio.open_connection("127.0.0.1", server.port))


async def test_an_idle_connection_makes_room_for_a_new_one(
    server: Server, callers: list[Caller], caplog: pytest.LogCaptureFixture
) -> None:
    caller = await one_more(server)
    assert (await caller.ask()).status == 200
    async with asyncio.timeout(5):
        assert await callers[0].reader.read() == b""
    for other in (*callers[1:], caller):
        assert (await other.ask()).status == 200
    assert not caplog.records
    await caller.leave()


async def test_nobody_in_the_middle_of_a_request_is_closed(
    server: Server, callers: list[Caller], caplog: pytest.LogCaptureFixture
) -> None:
    for caller in callers:
        caller.writer.write(HALF)
    async with asyncio.timeout(5):
        while len(server.incoming.deadlines) < LIMIT:
            await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(None, str), 5)
    news = [await one_more(server) for _ in range(3)]
    asked = [asyncio.ensure_future(new.ask()) for new in news]
    async with asyncio.timeout(5):
        while not caplog.records:
            await asyncio.get_running_loop().run_in_executor(None, str)
    assert not any(future.done() for future in asked)
    for caller in callers:
        assert (await caller.ask(KEYS.removeprefix(HALF))).status == 200
    # Now they are idle, and the new ones get their turn.
    assert [(await future).status for future in asked] == [200] * 3
    [record] = caplog.records
    assert record.getMessage() == (
        f"warning: {LIMIT} connections are open, which is the limit; new connections wait until others are closed"
    )
    for new in news:
        await new.leave()


async def test_descriptors_that_are_used_up_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    tries = 0

    class Exhausted:
        """A listener of a process that may open nothing more, three times over."""

        def __init__(self, real: socket.socket) -> None:
            self.real = real
            self.fileno = real.fileno
            self.close = real.close

        def accept(self) -> tuple[socket.socket, object]:
            nonlocal tries
            tries += 1
            if tries <= 2:
                raise OSError(errno.EMFILE, "Too many open files")
            return self.real.accept()

    connected = asyncio.Event()

    class Protocol(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            transport.close()
            connected.set()

    with caplog.at_level(logging.WARNING), socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        acceptor = Acceptor(Protocol, Clients(), 10)
        await acceptor.listen([cast(socket.socket, Exhausted(listener))])
        _, writer = await asyncio.open_connection(*listener.getsockname())
        async with asyncio.timeout(10):
            await connected.wait()
        writer.close()
        await acceptor.stop()
    assert tries >= 3
    [record] = caplog.records
    assert "Too many open files" in record.getMessage()
    assert record.exc_info is None


def test_deliveries_keep_descriptors_for_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    for limit, wanted, spared in ((16_384, 1_512, 14_872), (1_024, 1_512, 512), (4_096, 1_512, 2_584)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, limit=limit: (limit, limit))
        assert spare_files(wanted) == spared
