"""Memory of connections: a read takes only what has arrived, and a closed connection leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import socket
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import aiohttp
import pytest
from aiohttp import base_protocol

import qstash_dev
from qstash_dev.config import Config, Limits
from qstash_dev.server import Server
from tests.api.support import NOWHERE, TOKEN
from tests.conftest import Client
from tests.delivery.conftest import settle
from tests.delivery.rogue import OK, Rogue, answers_every_request, is_silent, resets, says, says_for_ever
from tests.soak.destinations import cut_off

OURS = (str(Path(qstash_dev.__file__).parent), base_protocol.__file__)
PUBLISH = f"POST /v2/publish/http://127.0.0.1:1/ HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n"
LATER = PUBLISH + "Upstash-Delay: 1h\r\n"


def get(path: str) -> str:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"


GIVEN_UP = {"half a head", "half a body", "half a chunk", "an endless head", "a control character", "garbage"}
REQUESTS = {
    "nothing": "",
    "half a head": LATER,
    "half a body": LATER + "Content-Length: 200000\r\n\r\n" + "x" * 20_000,
    "half a chunk": LATER + "Transfer-Encoding: chunked\r\n\r\n10000\r\n" + "x" * 20_000,
    "an endless head": LATER + "X-Header: again and again and again\r\n" * 10_000,
    "a control character": LATER + "X:" + " " * 8_000 + "\x01\r\n\r\n",
    "an odd length": LATER + "Content-Length: +3\r\n\r\nabc",
    "garbage": "\x01\x02\x03\n" * 1_000,
    "another method": get("/v2/publish/x").replace("GET", "PUT"),
    "no JSON": get("/v2/batch").replace("GET", "POST").replace("\r\n\r\n", "\r\nContent-Length: 1\r\n\r\n{"),
    "no such route": get("/v2/nothing"),
    "a publish": LATER + "Content-Length: 5\r\n\r\nhello",
    "the keys": get("/v2/keys"),
    "many answers": get("/openapi.json") * 60,
    "events": get("/_dev/events?user=defaultUser"),
    "the feed": get("/_dev/feed?user=defaultUser"),
}

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BEHAVIOURS = [
    is_silent,
    resets,
    says(b""),  # to the probe that follows a closed connection
    says(b""),
    says(b"nonsense\r\n\r\n"),
    says(HEAD + b"Content-Length: 10\r\n\r\nhalf"),
    says(OK * 3),
    says_for_ever(HEAD, b"X: again\r\n" * 500),
    says_for_ever(CHUNKED + b"0\r\n", b"X: again\r\n" * 500),
    says_for_ever(HEAD + b"\r\n", bytes(100_000)),
    answers_every_request,
]


@pytest.fixture(params=[True, False], ids=["gate", "aiohttp"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    """Its deadlines soon pass, and its streams soon see that nobody follows them."""
    config = Config(
        port=0,
        gate=request.param,
        head_timeout_s=0.05,
        body_timeout_s=0.05,
        shutdown_grace_s=0,
        limits=Limits(keep_alive_s=0.05),
    )
    server = Server(config)
    await server.start()
    yield server
    await server.stop()


@contextmanager
def uncollected() -> Iterator[list[object]]:
    """What only the garbage collector could free of all that is made inside."""
    gc.collect()
    gc.disable()
    found: list[object] = []
    try:
        yield found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found += gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def ours(objects: list[object], end: str, ports: set[int]) -> Counter[str]:
    """Objects and frames of the server, and transports that have one of these ports at this end."""
    return Counter(
        type(one).__qualname__
        for one in objects
        if getattr(type(one), "__module__", "").startswith("qstash_dev.")
        or (isinstance(one, FrameType) and one.f_code.co_filename.startswith(OURS))
        or (isinstance(one, asyncio.Transport) and (one.get_extra_info(end) or "  ")[1] in ports)
    )


async def call(server: Server, request: str, leave: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request.encode())
    await settle()
    if "/openapi.json" in request:
        # Until the server waits for room to write.
        await reader.readexactly(1)
        for _ in range(50):
            await settle()
    if leave == "ends":
        writer.write_eof()
    if leave != "vanishes":
        with suppress(ConnectionError):
            while await reader.read(65_536):
                pass
    cut_off(writer)


@pytest.mark.parametrize("leave", ["vanishes", "ends", "waits"])
async def test_nothing_of_a_closed_connection_is_left_to_the_garbage_collector(server: Server, leave: str) -> None:
    requests = [request for name, request in REQUESTS.items() if leave != "waits" or name in GIVEN_UP]
    others = asyncio.all_tasks()
    with uncollected() as left:
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            for request in requests:
                group.create_task(call(server, request, leave))
        async with asyncio.timeout(20):
            while len(server.clients) or asyncio.all_tasks() - others:
                await settle()
    assert ours(left, "sockname", {server.port}) == {}


async def test_nothing_of_a_delivery_is_left_to_the_garbage_collector(server: Server) -> None:
    with uncollected() as left:
        async with Rogue(*BEHAVIOURS) as rogue, aiohttp.ClientSession() as session:
            client = Client(session, server.url, TOKEN)
            for url in [rogue.url] * len(BEHAVIOURS) + [NOWHERE]:
                await client.publish(url, b"x", Upstash_Retries="0", Upstash_Timeout="1s")
                await server.idle()
            assert rogue.connections == len(BEHAVIOURS)
            # The connection that is kept for the next message ends with the transport.
            await server.dispatcher.stop()
            await rogue.connections_finished(len(BEHAVIOURS))
    assert ours(left, "peername", {rogue.port}) == {}


@pytest.mark.parametrize("first", ["a publish", "the keys"])
async def test_a_read_takes_no_more_memory_than_has_arrived(server: Server, first: str) -> None:
    """Whichever reader has the connection since its first request."""
    loop = asyncio.get_running_loop()
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.setblocking(False)
        await loop.sock_sendall(client, REQUESTS[first].encode())
        assert (await loop.sock_recv(client, 65_536)).startswith(b"HTTP/1.1 20")
        tracemalloc.start()
        try:
            await loop.sock_sendall(client, b"POST /v2/publish")
            await settle()
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert server.incoming.bytes == 16
    assert peak < 65_536
