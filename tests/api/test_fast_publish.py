"""The fast path for publishes: the requests that it answers, in any pieces, and those that it hands over."""

from __future__ import annotations

import asyncio
import json
import random
import tracemalloc
from collections.abc import AsyncIterator

import pytest

from qstash_dev.api.http.reader import RequestReader
from qstash_dev.api.v2 import fast_publish as gate_module
from qstash_dev.server import Server
from tests.api.support import TOKEN, Reply, exchange, read_reply, serving
from tests.conftest import Client, within
from tests.destination import Destination

HANDED_OVER = "aiohttp"


class Connection:
    """One connection to a server, kept alive."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, *pieces: bytes) -> Reply:
        """Send pieces, each in a segment of its own, and read one answer."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            # The server gets to read what has come so far.
            for _ in range(5):
                await _pass()
        async with asyncio.timeout(10):
            return await read_reply(self.reader)


async def _pass() -> None:
    """Let the loop do what it has to do now."""
    passed = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(passed.set_result, None)
    await passed


@pytest.fixture
async def connection(server: Server) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    yield Connection(reader, writer)
    writer.close()
    await writer.wait_closed()


def publish(url: str, body: bytes = b"hello", *lines: str, token: str = TOKEN, host: str = "127.0.0.1") -> bytes:
    """A plain publish, as programs send it."""
    head = [
        f"POST /v2/publish/{url} HTTP/1.1",
        f"Host: {host}",
        f"Authorization: Bearer {token}",
        f"Content-Length: {len(body)}",
        *lines,
    ]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


def answered_by(reply: Reply) -> str:
    """Only aiohttp names itself."""
    return HANDED_OVER if "server" in reply.headers else "gate"


async def test_a_plain_publish_passes(server: Server, connection: Connection, destination: Destination) -> None:
    reply = await connection.ask(publish(destination.url, b"body", "Content-Type: text/plain", "Upstash-Label: a"))
    assert (reply.status, answered_by(reply)) == (201, "gate")
    await server.idle()
    [request] = destination.requests
    assert (request.body, request.headers["Content-Type"]) == (b"body", "text/plain")
    assert json.loads(reply.body) == {"messageId": request.headers["Upstash-Message-Id"], "url": destination.url}


@pytest.mark.parametrize("at", [1, 3, 17, 40, 100, -6, -5, -4, -1])
async def test_a_request_may_come_in_two_pieces(
    server: Server, connection: Connection, destination: Destination, at: int
) -> None:
    sent = publish(destination.url)
    reply = await connection.ask(sent[:at], sent[at:])
    assert (reply.status, answered_by(reply)) == (201, "gate")
    await server.idle()
    assert destination.requests[0].body == b"hello"


async def test_several_requests_may_come_in_one_piece(
    server: Server, connection: Connection, destination: Destination
) -> None:
    sent = b"".join(publish(f"{destination.url}/{number}", b"x" * number) for number in range(5))
    replies = [await connection.ask(sent)] + [await read_reply(connection.reader) for _ in range(4)]
    assert [(reply.status, answered_by(reply)) for reply in replies] == [(201, "gate")] * 5
    await server.idle()
    assert sorted(len(request.body) for request in destination.requests) == [0, 1, 2, 3, 4]


async def test_a_duplicate_is_answered_as_everywhere(connection: Connection, destination: Destination) -> None:
    sent = publish(destination.url, b"x", "Upstash-Deduplication-Id: once")
    first, second = await connection.ask(sent), await connection.ask(sent)
    assert (first.status, second.status, answered_by(second)) == (201, 202, "gate")
    assert json.loads(second.body)["deduplicated"] is True


async def test_a_quota_is_answered_as_everywhere(connection: Connection, destination: Destination) -> None:
    reply = await connection.ask(publish(destination.url, b"x", "Upstash-Retries: 6"))
    assert (reply.status, reply.error) == (412, "quota maxRetries exceeded, current limit: 5")


UNUSUAL = {
    "another route": b"GET /v2/keys HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a wrong token": publish("http://127.0.0.1:1", token="wrong"),
    "a foreign host": publish("http://127.0.0.1:1", host="evil.example"),
    "a web page": publish("http://127.0.0.1:1", b"", "Origin: https://evil.example"),
    "a browser": publish("http://127.0.0.1:1", b"", "Sec-Fetch-Site: cross-site"),
    "two lengths": publish("http://127.0.0.1:1", b"", "Content-Length: 5"),
    "a bad option": publish("http://127.0.0.1:1", b"", "Upstash-Retries: many"),
    "a URL group": publish("group"),
    "a schedule": publish("http://127.0.0.1:1", b"", "Upstash-Cron: @daily"),
    "a run": publish("http://127.0.0.1:1", b"", "Upstash-Workflow-RunId: wfr_1", "Upstash-Workflow-Init: true"),
    "the end": publish("http://127.0.0.1:1", b"", "Connection: close"),
    "a fold": publish("http://127.0.0.1:1", b"", "Upstash-Label: a\r\n b"),
    "a space in a name": publish("http://127.0.0.1:1", b"", "Upstash-Label : a"),
    "no length": f"POST /v2/publish/http://a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode(),
    "another version": publish("http://127.0.0.1:1").replace(b"HTTP/1.1", b"HTTP/1.0"),
    "garbage": b"POST /v2/publish/\x00\xff\r\n\r\n",
}


@pytest.mark.parametrize("sent", UNUSUAL.values(), ids=UNUSUAL)
async def test_whatever_is_unusual_is_left_to_aiohttp(server: Server, connection: Connection, sent: bytes) -> None:
    reply = await connection.ask(sent)
    assert answered_by(reply) == HANDED_OVER
    assert await _without_gate(sent) == reply.status


async def _without_gate(sent: bytes) -> int:
    from qstash_dev.config import Config

    async with serving(Config(port=0, shutdown_grace_s=0, gate=False)) as client:
        return (await exchange(int(client.url.rpartition(":")[2]), sent)).status


async def test_a_connection_goes_on_with_aiohttp(
    server: Server, connection: Connection, destination: Destination
) -> None:
    keys = f"GET /v2/keys HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
    replies = [await connection.ask(sent) for sent in (publish(destination.url), keys, publish(destination.url))]
    assert [reply.status for reply in replies] == [201, 200, 201]
    assert [answered_by(reply) for reply in replies] == ["gate", HANDED_OVER, HANDED_OVER]


async def test_what_came_with_a_plain_publish_is_handed_over_whole(
    server: Server, connection: Connection, destination: Destination
) -> None:
    keys = f"GET /v2/keys HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
    first = await connection.ask(publish(destination.url) + keys)
    second = await read_reply(connection.reader)
    assert (first.status, answered_by(first)) == (201, "gate")
    assert (second.status, answered_by(second)) == (200, HANDED_OVER)


async def test_a_large_body_comes_in_as_many_pieces_as_it_likes_and_others_may_follow(
    server: Server, connection: Connection, destination: Destination
) -> None:
    body = random.Random(1).randbytes(1_000_000)
    sent = publish(f"{destination.url}/large", body) + publish(f"{destination.url}/small", b"small")
    first = await connection.ask(sent[:1_000], sent[1_000:150_000], sent[150_000:])
    second = await read_reply(connection.reader)
    assert [(reply.status, answered_by(reply)) for reply in (first, second)] == [(201, "gate")] * 2
    await server.idle()
    assert {request.target: request.body for request in destination.requests} == {"/large": body, "/small": b"small"}


async def test_a_body_beyond_the_quota_is_left_to_aiohttp_before_it_has_come(
    server: Server, connection: Connection, destination: Destination
) -> None:
    length = server.config.quota.max_message_bytes + 1
    head = publish(destination.url).replace(b"Content-Length: 5", b"Content-Length: %d" % length)
    reply = await connection.ask(head)
    assert (reply.status, answered_by(reply)) == (412, HANDED_OVER)
    assert "maxMessageSize" in reply.error


async def test_a_large_body_is_copied_once_on_its_way_in(server: Server) -> None:
    assert server.heads is not None
    gate = gate_module.FastPublish(server.heads, _nobody, server.incoming, server.clients)
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    gate.connection_made(writer.transport)
    sent = publish("http://127.0.0.1:1", bytes(8_000_000), "Upstash-Delay: 1h")
    pieces = [sent[at : at + 65_536] for at in range(0, len(sent), 65_536)]
    tracemalloc.start()
    try:
        for piece in pieces:
            gate.data_received(piece)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        writer.close()
        await writer.wait_closed()
    [message] = server.broker.tenants.all()[0].messages.values()
    assert len(message.publication.body) == 8_000_000
    assert peak < 1.1 * len(sent)


async def test_an_endless_head_is_left_to_aiohttp(connection: Connection) -> None:
    endless = b"POST /v2/publish/http://a HTTP/1.1\r\n" + b"X: " + b"x" * 100_000
    reply = await connection.ask(endless)
    assert (400 <= reply.status < 500, answered_by(reply)) == (True, HANDED_OVER)


@within(known_head_bytes=256_000)
async def test_few_heads_are_remembered(server: Server, connection: Connection, destination: Destination) -> None:
    assert server.heads is not None
    for number in range(150):
        assert (await connection.ask(publish(f"{destination.url}/{number}"))).status == 201
    assert 10 < len(server.heads) < 130


async def test_a_client_that_reads_nothing_is_not_answered_for_ever(
    server: Server, client: Client, destination: Destination
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1_024)
    one = publish(destination.url, b"", "Upstash-Delay: 1h")
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    writer.write(one * 100_000)
    await client.get("/v2/keys")
    writer.close()
    # The others are served meanwhile, and what nobody reads is not kept.
    assert await client.get("/v2/keys")


@pytest.mark.own_server
async def test_a_client_that_hangs_up_leaves_nothing_behind(server: Server, destination: Destination) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(publish(destination.url)[:50])
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    async with asyncio.timeout(5):
        while len(server.clients):
            await _pass()


def _nobody() -> RequestReader:
    raise AssertionError("nothing is handed over")
