"""Kept-alive connections: used again, dropped without loss, and never with the answer to another message."""

from __future__ import annotations

import asyncio
from base64 import b64decode

import pytest

from qstash_dev.server import Server
from tests.conftest import Client
from tests.delivery.conftest import events, failure
from tests.delivery.rogue import OK, Connection, Rogue, answers_every_request, says, says_and_stays

NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\npoison"


async def answers_once_then_closes(connection: Connection) -> None:
    await connection.request()
    await connection.send(OK)
    await connection.close()


async def answers_once_then_resets(connection: Connection) -> None:
    await connection.request()
    await connection.send(OK)
    await connection.released()
    connection.reset()


async def delivered_body(client: Client, message_id: str) -> bytes:
    assert await client.states(message_id) == ["CREATED", "ACTIVE", "DELIVERED"]
    [delivered] = await events(client, message_id, "DELIVERED")
    return b64decode(delivered["responseBody"])


async def test_connection_is_used_again(server: Server, client: Client) -> None:
    async with Rogue(answers_every_request) as rogue:
        for _ in range(3):
            await client.publish(rogue.url)
            await server.idle()
        assert (rogue.connections, len(rogue.requests)) == (1, 3)


async def test_failed_answers_keep_the_connection_too(server: Server, client: Client) -> None:
    async with Rogue(says(NOT_FOUND, OK)) as rogue:
        await client.publish(rogue.url, Upstash_Retry_Delay="10")
        await server.advance(10)
        assert (rogue.connections, len(rogue.requests)) == (1, 2)


async def test_message_after_an_idle_connection_was_closed_is_delivered_once_at_the_first_try(
    server: Server, client: Client
) -> None:
    async with Rogue(answers_once_then_closes, answers_every_request) as rogue:
        await client.publish(rogue.url, b"first")
        await server.idle()
        await rogue.connections_finished(1)
        id = await client.publish(rogue.url, b"second")
        await server.advance(60_000)
        assert await delivered_body(client, id) == b"ok"
        assert [request.body for request in rogue.requests] == [b"first", b"second"]
        assert rogue.requests[1].values(b"Upstash-Retried") == [b"0"]


async def test_message_after_an_idle_connection_was_reset_is_delivered_once_at_the_first_try(
    server: Server, client: Client
) -> None:
    async with Rogue(answers_once_then_resets, answers_every_request) as rogue:
        await client.publish(rogue.url, b"first")
        await server.idle()
        rogue.release()
        await rogue.connections_finished(1)
        id = await client.publish(rogue.url, b"second")
        await server.advance(60_000)
        assert await delivered_body(client, id) == b"ok"
        assert [request.body for request in rogue.requests] == [b"first", b"second"]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_connection_closed_in_the_face_of_a_message_loses_nothing(
    server: Server, client: Client, method: str
) -> None:
    async def closes_on_the_second(connection: Connection) -> None:
        await connection.request()
        await connection.send(OK)
        await connection.head()
        await connection.close()

    async with Rogue(closes_on_the_second, answers_every_request) as rogue:
        await client.publish(rogue.url)
        await server.idle()
        id = await client.publish(rogue.url, b"second", Upstash_Method=method, Upstash_Retry_Delay="10")
        await server.advance(10)
        assert (await client.states(id))[-1] == "DELIVERED"
        assert [request.body for request in rogue.requests] == [b"", b"second"]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", id="close"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nconnection: Close\r\n\r\nok", id="close in odd case"),
        pytest.param(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", id="HTTP 1.0"),
    ],
)
async def test_connection_is_not_used_again_when_the_answer_says_so(
    server: Server, client: Client, answer: bytes
) -> None:
    async with Rogue(says_and_stays(answer), answers_every_request) as rogue:
        for _ in range(2):
            assert await delivered_body(client, await published(server, client, rogue)) == b"ok"
        assert rogue.connections == 2


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param(NOT_FOUND, id="a second answer"),
        pytest.param(b"garbage", id="garbage"),
        pytest.param(b"\r\nHTTP/1.1 404 ", id="half an answer"),
    ],
)
async def test_bytes_after_an_answer_reach_no_message(server: Server, client: Client, extra: bytes) -> None:
    async with Rogue(says_and_stays(OK + extra), answers_every_request) as rogue:
        for _ in range(2):
            assert await delivered_body(client, await published(server, client, rogue)) == b"ok"
        assert rogue.connections == 2


async def test_bytes_sent_to_an_idle_connection_reach_no_message(server: Server, client: Client) -> None:
    async def speaks_unasked(connection: Connection) -> None:
        await connection.request()
        await connection.send(OK)
        await connection.released()
        await connection.send(NOT_FOUND)
        spoken.set()
        await connection.ended()

    spoken = asyncio.Event()
    async with Rogue(speaks_unasked, answers_every_request) as rogue:
        assert await delivered_body(client, await published(server, client, rogue)) == b"ok"
        rogue.release()
        async with asyncio.timeout(5):
            await spoken.wait()
        assert await delivered_body(client, await published(server, client, rogue)) == b"ok"


async def test_connection_of_a_broken_answer_is_not_used_again(server: Server, client: Client) -> None:
    chunk = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    async with Rogue(says_and_stays(chunk), answers_every_request) as rogue:
        await failure(server, client, rogue.url)
        assert await delivered_body(client, await published(server, client, rogue)) == b"ok"
        assert rogue.connections == 2


async def test_connection_of_a_timed_out_attempt_is_not_used_again(server: Server, client: Client) -> None:
    async def answers_late(connection: Connection) -> None:
        await connection.request()
        await connection.released()
        await connection.send(NOT_FOUND)
        await connection.ended()

    async with Rogue(answers_late, answers_every_request) as rogue:
        await failure(server, client, rogue.url, Upstash_Timeout="50ms")
        rogue.release()
        assert await delivered_body(client, await published(server, client, rogue)) == b"ok"


async def test_many_messages_at_once_each_get_their_own_answer(server: Server, client: Client) -> None:
    async def echoes(connection: Connection) -> None:
        while True:
            request = await connection.request()
            length = str(len(request.body)).encode()
            await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: " + length + b"\r\n\r\n" + request.body)

    async with Rogue(echoes) as rogue:
        ids = {await client.publish(rogue.url, f"message {number}"): number for number in range(30)}
        await server.idle()
        for id, number in ids.items():
            assert await delivered_body(client, id) == f"message {number}".encode()


async def test_cookies_are_not_remembered(server: Server, client: Client) -> None:
    cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie: session=1; Path=/\r\nContent-Length: 2\r\n\r\nok"
    async with Rogue(says(cookie, cookie)) as rogue:
        for _ in range(2):
            await published(server, client, rogue)
        assert [request.values(b"Cookie") for request in rogue.requests] == [[], []]


async def published(server: Server, client: Client, rogue: Rogue) -> str:
    """Publish one message and wait for what becomes of it."""
    id = await client.publish(rogue.url)
    await server.idle()
    return id
