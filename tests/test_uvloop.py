"""The most important tests under uvloop, which an application that embeds a server may use."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Coroutine
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import TOKEN, exchange, read_reply, request
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination

uvloop = pytest.importorskip("uvloop")

Story = Callable[[Server, Client, Destination], Coroutine[Any, Any, None]]
LARGE = random.Random(1).randbytes(300_000)


async def publish_and_deliver(server: Server, client: Client, destination: Destination) -> None:
    for number in range(20):
        await client.publish(f"{destination.url}/{number}", b"body", Upstash_Label="a")
    await server.idle()
    assert sorted(int(path[1:]) for path in destination.paths()) == list(range(20))
    assert {request.body for request in destination.requests} == {b"body"}


async def retry(server: Server, client: Client, destination: Destination) -> None:
    destination.answers(500, 503, 200)
    message_id = await client.publish(destination.url, b"body")
    await server.idle()
    await server.advance(86_400_000)
    assert len(destination.requests) == 3
    assert (await client.states(message_id))[-1] == "DELIVERED"


async def callbacks(server: Server, client: Client, destination: Destination) -> None:
    destination.answers(Answer(body=b"done"), path="/a")
    await client.publish(f"{destination.url}/a", b"body", Upstash_Callback=f"{destination.url}/callback")
    await server.idle()
    assert destination.requests[1].target == "/callback"
    assert json.loads(destination.requests[1].body)["status"] == 200


async def large_bodies(server: Server, client: Client, destination: Destination) -> None:
    destination.answers(Answer(body=LARGE))
    headers = {"Upstash-Callback": f"{destination.url}/callback"}
    status, _ = await client.call("POST", f"/v2/publish/{destination.url}", data=BytesIO(LARGE), headers=headers)
    assert status == 201
    await server.idle()
    assert destination.requests[0].body == LARGE
    assert len(destination.requests) == 2


async def batch(server: Server, client: Client, destination: Destination) -> None:
    items = [{"destination": f"{destination.url}/{number}", "body": "x" * 1_000} for number in range(300)]
    status, answers = await client.call("POST", "/v2/batch", json=items)
    assert (status, len(answers)) == (201, 300)
    await server.idle()
    assert len(destination.requests) == 300


async def refused_connection(server: Server, client: Client, destination: Destination) -> None:
    await client.publish("http://127.0.0.1:1", b"", Upstash_Retries="0")
    await server.idle()
    [letter] = (await client.get("/v2/dlq"))["messages"]
    assert letter["responseStatus"] == 0


async def broken_requests(server: Server, client: Client, destination: Destination) -> None:
    for sent in (b"\x16\x03\x01", b"GET / HTTP/1.1\n\n", b"GET /\r\n\r\n", request("/v2/keys", "GET", "a b: c")):
        assert (await exchange(server.port, sent, to_the_end=True)).status == 400


async def half_closed(server: Server, client: Client, destination: Destination) -> None:
    keys = f"GET /v2/keys HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(keys * 100)
    writer.write_eof()
    assert [(await read_reply(reader)).status for _ in range(100)] == [200] * 100
    assert await reader.read() == b""
    writer.close()
    await writer.wait_closed()


async def stop_while_delivering(server: Server, client: Client, destination: Destination) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    await client.publish(destination.url, b"body")
    await destination.received(1)
    undelivered = await server.stop()
    assert (undelivered.waiting, undelivered.interrupted) == (1, 1)
    hold.set()


STORIES: list[Story] = [
    publish_and_deliver,
    retry,
    callbacks,
    large_bodies,
    batch,
    refused_connection,
    broken_requests,
    half_closed,
    stop_while_delivering,
]


@pytest.mark.parametrize("gate", [True, False], ids=["gate", "aiohttp"])
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_a_server_under_uvloop(story: Story, gate: bool, caplog: pytest.LogCaptureFixture) -> None:
    uvloop.run(_told(story, gate))
    assert not caplog.records


async def _told(story: Story, gate: bool) -> None:
    server = Server(Config(port=0, shutdown_grace_s=0, gate=gate), clock=FrozenClock(NOON_MS))
    destination = Destination()
    await server.start()
    await destination.start()
    async with aiohttp.ClientSession(skip_auto_headers=["Content-Type", "User-Agent", "Accept"]) as session:
        try:
            await story(server, Client(session, server.url, USERS[0].token), destination)
        finally:
            if story is not stop_while_delivering:
                await server.stop()
            await destination.stop()
