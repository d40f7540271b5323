"""Hostile input: broken HTTP, very large and strange requests, and clients that disconnect."""

from __future__ import annotations

import asyncio
import json

import pytest
from msgspec.structs import replace

from qstash_dev.api.http.head import MAX_SLASHES
from qstash_dev.config import PAYG, Config
from qstash_dev.server import Server
from tests.api.support import NOWHERE, TOKEN, error, exchange, read_reply, request, serving
from tests.conftest import Client
from tests.destination import Destination

PUBLISH = f"/v2/publish/{NOWHERE}"


async def still_serves(server: Server) -> bool:
    return (await exchange(server.port, request())).status == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"\r\n\r\nnonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /v2/keys HTTP/9.9\r\nHost: localhost\r\n\r\n",
        b"GET /v2/keys FTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /v2/\x00keys HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /v2/keys HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n",
        b"GET /v2/keys HTTP/1.1\r\nHost: localhost\r\nna me: x\r\n\r\n",
        b"GET /v2/keys HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
        b"POST /v2/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        b"POST /v2/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST /v2/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /v2/batch HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 60 + b"\r\n\r\n",
    ],
)
async def test_broken_http_is_answered_in_json_and_closed(server: Server, sent: bytes) -> None:
    answer = await exchange(server.port, sent, to_the_end=True)
    assert answer.status == 400
    assert answer.error.startswith("not a valid HTTP request")
    assert await still_serves(server)


@pytest.mark.parametrize(
    "sent",
    [
        request("/v2/keys?" + "x" * 100_000),
        request("/v2/keys", "GET", "X: " + "x" * 100_000),
        request("/v2/keys", "GET", "X" * 100_000 + ": x"),
        request("/v2/keys", "GET", *(f"X-{number}: x" for number in range(1_000))),
    ],
    ids=["target", "value", "name", "lines"],
)
async def test_a_head_beyond_all_limits_is_refused_with_the_limits(server: Server, sent: bytes) -> None:
    answer = await exchange(server.port, sent)
    assert 400 <= answer.status < 500
    assert "65536 bytes" in answer.error
    assert "256 headers" in answer.error
    assert await still_serves(server)


async def test_a_head_within_the_limits_is_served(server: Server) -> None:
    lines = [f"X-{number}: x" for number in range(200)]
    assert (await exchange(server.port, request("/v2/keys", "GET", *lines))).status == 200
    assert (await exchange(server.port, request("/v2/keys", "GET", "X: " + "x" * 60_000))).status == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_the_slashes_of_a_path_are_limited(server: Server, method: str) -> None:
    """They decide how long the search for the route takes."""
    fits = "/" * (MAX_SLASHES - PUBLISH.count("/"))
    reply = await exchange(server.port, request(f"{PUBLISH}{fits}?{'/' * 1_000}", method))
    assert reply.status == (201 if method == "POST" else 405)
    reply = await exchange(server.port, request(f"{PUBLISH}{fits}/", method), to_the_end=True)
    assert (reply.status, b"500 slashes" in reply.body) == (400, True)


async def test_a_body_over_the_quota_is_refused_before_it_is_sent(server: Server) -> None:
    answer = await exchange(server.port, request(PUBLISH, "POST", f"Content-Length: {10 * 1024 * 1024 + 1}"))
    assert (answer.status, answer.error) == (412, "quota maxMessageSize exceeded, current limit: 10485760")
    assert await still_serves(server)


async def test_a_chunked_body_over_the_quota_is_refused_while_it_is_sent() -> None:
    async with serving(Config(port=0, quota=replace(PAYG, max_message_bytes=1_000), shutdown_grace_s=0)) as client:
        port = int(client.url.rpartition(":")[2])
        chunks = b"190\r\n" + b"x" * 0x190 + b"\r\n"
        answer = await exchange(port, request(PUBLISH, "POST", "Transfer-Encoding: chunked") + chunks * 3)
        assert (answer.status, answer.error) == (412, "quota maxMessageSize exceeded, current limit: 1000")
        assert await client.get("/v2/events") == {"events": []}


@pytest.mark.parametrize("path", ["/v2/queues", "/v2/topics/g/endpoints", "/v2/batch"])
async def test_a_control_body_without_measure_is_too_large(server: Server, path: str) -> None:
    answer = await exchange(server.port, request(path, "POST", "Content-Length: 1000000000"))
    assert answer.status == 413
    assert "larger than" in answer.error


async def test_a_chunked_body_arrives_whole(server: Server, client: Client, destination: Destination) -> None:
    head = request(f"/v2/publish/{destination.url}", "POST", "Transfer-Encoding: chunked")
    answer = await exchange(server.port, head + b"5;extension=1\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: x\r\n\r\n")
    await server.idle()
    assert answer.status == 201
    assert destination.requests[0].body == b"hello world"
    assert "Transfer-Encoding" not in destination.requests[0].headers


async def test_a_broken_chunk_is_the_clients_fault(server: Server, client: Client) -> None:
    head = request(PUBLISH, "POST", "Transfer-Encoding: chunked")
    answer = await exchange(server.port, head + b"5\r\nhello\r\nzz\r\n")
    assert answer.status == 400
    assert answer.error
    assert await client.get("/v2/events") == {"events": []}


@pytest.mark.parametrize("lines", [("Content-Length: 100",), ("Transfer-Encoding: chunked",)])
async def test_a_client_that_goes_away_in_mid_body_publishes_nothing(
    server: Server, client: Client, lines: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    body = b"half" if "Content-Length" in lines[0] else b"4\r\nhalf\r\n"
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request(PUBLISH, "POST", *lines) + body)
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert await still_serves(server)
    assert await client.get("/v2/events") == {"events": []}
    assert [record.getMessage() for record in caplog.records] == []


async def test_expect_100_continue_is_answered_before_the_body_is_sent(
    server: Server, destination: Destination
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        async with asyncio.timeout(5):
            target = f"/v2/publish/{destination.url}"
            writer.write(request(target, "POST", "Content-Length: 5", "Expect: 100-continue"))
            interim = await reader.readuntil(b"\r\n\r\n")
            assert interim.startswith(b"HTTP/1.1 100 ")
            writer.write(b"hello")
            answer = await read_reply(reader)
    finally:
        writer.close()
        await writer.wait_closed()
    await server.idle()
    assert answer.status == 201
    assert destination.requests[0].body == b"hello"
    assert "Expect" not in destination.requests[0].headers


async def test_an_expectation_nobody_knows_is_refused_in_json(server: Server) -> None:
    answer = await exchange(server.port, request(PUBLISH, "POST", "Content-Length: 0", "Expect: a-miracle"))
    assert answer.status == 417
    assert answer.error


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/v2"),
        ("GET", "/v2/"),
        ("GET", "/v2/unknown"),
        ("GET", "//v2/keys"),
        ("GET", "/v2//keys"),
        ("GET", "/V2/keys"),
        ("GET", "/v2/keys%00"),
        ("GET", "/v2/../v2/unknown"),
        ("GET", "/v2/%6Beys/x/y/z"),
        ("POST", "/favicon.ico"),
        ("GET", "http://127.0.0.1/unknown"),
    ],
)
async def test_a_path_nobody_knows_is_404_in_json(server: Server, method: str, target: str) -> None:
    answer = await exchange(server.port, request(target, method))
    assert answer.status == 404
    assert answer.error.startswith(f"no such route: {method}")


async def test_a_long_path_is_not_repeated_in_full(server: Server) -> None:
    assert len((await exchange(server.port, request("/" + "x" * 10_000))).error) < 500


async def test_head_has_no_body(server: Server) -> None:
    answer = await exchange(server.port, request("/v2/keys", "HEAD"))
    assert (answer.status, answer.body) == (200, b"")
    answer = await exchange(server.port, request("/v2/keys/rotate", "HEAD"))
    assert (answer.status, answer.body, answer.headers["allow"]) == (405, b"", "POST")


@pytest.mark.parametrize("method", ["FROBNICATE", "get", "M" * 1_000])
async def test_a_method_nobody_knows_is_refused_in_json(server: Server, method: str) -> None:
    answer = await exchange(server.port, request("/v2/keys", method))
    assert answer.status in (400, 405)
    assert len(answer.error) < 1_000


async def test_nul_bytes_in_names_are_just_unknown_names(client: Client) -> None:
    assert (await error(client, "GET", "/v2/messages/a%00b"))[0] == 404
    assert (await error(client, "GET", "/v2/queues/a%00b"))[0] == 400
    assert (await error(client, "GET", "/v2/topics/a%00b"))[0] == 400
    assert (await error(client, "GET", "/v2/flowControl/a%00b"))[0] == 404


@pytest.mark.parametrize("body", [b"[" * 100_000, b'[{"destination":' * 50_000, b"[[[[[[[[[[[[", b"[\xff]", b"[1e5"])
async def test_json_that_cannot_be_read_is_refused(client: Client, body: bytes) -> None:
    status, text = await error(client, "POST", "/v2/batch", data=body)
    assert (status, text.startswith("invalid request body")) == (400, True)


async def test_a_label_that_is_not_utf_8_does_not_spoil_the_log(server: Server, client: Client) -> None:
    head = request(PUBLISH, "POST", "Content-Length: 0", "Upstash-Label: caf\xe9", "Upstash-Delay: 1h")
    assert (await exchange(server.port, head)).status < 500
    await client.publish(NOWHERE, Upstash_Delay="1h", Upstash_Label="fine")
    events = (await client.get("/v2/events"))["events"]
    assert "fine" in {event.get("label") for event in events}


@pytest.mark.parametrize(
    ("query", "header"), [("", "Upstash-Forward-X: caf\xe9"), ("?upstash-forward-x=caf%E9", "A: b")]
)
async def test_a_forwarded_header_that_is_not_utf_8_arrives_byte_for_byte(
    server: Server, destination: Destination, query: str, header: str
) -> None:
    target = f"/v2/publish/{destination.url}{query}"
    assert (await exchange(server.port, request(target, "POST", "Content-Length: 0", header))).status == 201
    await server.idle()
    assert destination.requests[0].headers["X"].encode("utf-8", "surrogateescape") == b"caf\xe9"


async def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    first = f"GET /v2/queues HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        async with asyncio.timeout(5):
            writer.write(first + request("/v2/keys"))
            answers = [(await read_reply(reader)).body for _ in range(2)]
    finally:
        writer.close()
        await writer.wait_closed()
    assert answers[0] == b"[]"
    assert json.loads(answers[1])["current"].startswith("sig_")
