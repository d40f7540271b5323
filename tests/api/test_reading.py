"""Reading of requests: the forms in which they may arrive, how many bytes are kept, and for how long."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import StreamReader
from aiohttp.base_protocol import BaseProtocol

from qstash_dev.api.http.framing import Framing
from qstash_dev.api.http.head import MAX_HEAD_BYTES, check_begun
from qstash_dev.api.http.limits import Incoming, Reading
from qstash_dev.api.v2.head_cache import HeadCache
from qstash_dev.clock import Clock, FrozenClock
from qstash_dev.config import Config
from qstash_dev.protocol import errors
from qstash_dev.server import Server
from tests.api.support import NOWHERE, TOKEN, Reply, exchange, read_reply, request
from tests.conftest import NOON_MS, Client
from tests.destination import Destination

SOON_S = 0.01
HEAD = (
    f"POST /v2/publish/{NOWHERE} HTTP/1.1\r\nHost: localhost\r\n"
    f"Authorization: Bearer {TOKEN}\r\nUpstash-Delay: 1h\r\n"
)


@asynccontextmanager
async def listening(config: Config) -> AsyncIterator[Server]:
    server = Server(config, clock=FrozenClock(NOON_MS))
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def passed() -> None:
    """Let the loop do what it has to do now."""
    one_pass = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_soon(one_pass.set_result, None)
    await one_pass


async def kept(server: Server, size: int) -> None:
    """Until so much of unfinished requests is kept."""
    async with asyncio.timeout(10):
        while server.incoming.bytes < size:
            await passed()


@pytest.mark.parametrize(
    "begun",
    [HEAD[:9], HEAD, f"GET /v2/keys HTTP/1.1\r\n\r\n{HEAD}", HEAD + "Content-Length: 0\r\n\r\n" + HEAD],
    ids=["line", "head", "after an error", "after a request"],
)
async def test_a_head_that_does_not_come_to_its_end_is_given_up(gate: bool, begun: str) -> None:
    async with listening(Config(port=0, gate=gate, head_timeout_s=SOON_S, shutdown_grace_s=0)) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(begun.encode())
        async with asyncio.timeout(10):
            replies = (await reader.read()).decode()
        assert ("408" in replies) == ("GET" not in begun)
        if "408" in replies:
            assert json.loads(replies.rpartition("\r\n\r\n")[2]) == {
                "error": "the head of the request did not come within 0.01 s"
            }
        writer.close()
        await writer.wait_closed()
        assert (server.incoming.bytes, len(server.incoming.deadlines)) == (0, 0)


@pytest.mark.parametrize("line", ["Content-Length: 9", "Transfer-Encoding: chunked"])
@pytest.mark.parametrize("body", ["", "5\r\nhe"])
async def test_a_body_that_stalls_is_given_up(gate: bool, line: str, body: str) -> None:
    async with listening(Config(port=0, gate=gate, body_timeout_s=SOON_S, shutdown_grace_s=0)) as server:
        answer = await exchange(server.port, f"{HEAD}{line}\r\n\r\n{body}".encode())
        assert (answer.status, answer.error) == (
            408,
            "the body of the request stalled: send at least 2 bytes within 0.01 s",
        )
        assert server.incoming.bytes == 0
        assert (await exchange(server.port, request())).status == 200


async def test_a_slow_but_steady_upload_may_go_on() -> None:
    incoming = Incoming(Config(body_timeout_s=10), Clock())
    protocol = BaseProtocol(asyncio.get_running_loop())
    protocol.transport = asyncio.Transport()
    content = StreamReader(protocol, 65_536)
    with Reading(incoming, content) as reading:
        whole = asyncio.ensure_future(reading.whole(1_000_000))
        for _ in range(20):
            content.feed_data(b"x" * 2_400)
            for _ in range(5):
                await passed()
            reading.look()
            assert content.exception() is None
        reading.look()
        with pytest.raises(errors.Rejection) as refused:
            await whole
    assert refused.value.status == 408
    assert (incoming.bytes, len(incoming.deadlines)) == (0, 0)


async def test_all_bodies_that_are_being_read_have_one_limit(gate: bool) -> None:
    config = Config(port=0, gate=gate, max_incoming_bytes=1_000_000, shutdown_grace_s=0)
    head, part = f"{HEAD}Content-Length: 500000\r\n\r\n".encode(), b"x" * 450_000
    async with listening(config) as server:
        first, second = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(2)]
        for number, (_, writer) in enumerate((first, second), 1):
            writer.write(head + part)
            await kept(server, number * len(part))
        answer = await exchange(server.port, head + part)
        assert (answer.status, answer.error) == (
            503,
            "the server is reading 1000000 bytes of other requests already: send this one again in a moment",
        )
        # Those that have begun are not disturbed, and what they held is free when they end.
        for reader, writer in (first, second):
            writer.write(b"x" * 50_000)
            assert (await read_reply(reader)).status == 201
            writer.close()
        assert server.incoming.bytes == 0
        assert (await exchange(server.port, head + b"x" * 500_000)).status == 201


async def test_heads_that_are_not_whole_count_as_well(gate: bool) -> None:
    async with listening(Config(port=0, gate=gate, max_incoming_bytes=10_000, shutdown_grace_s=0)) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(HEAD.encode() + b"X: " + b"x" * 7_000)
        await kept(server, 7_000)
        answer = await exchange(server.port, HEAD.encode() + b"X: " + b"x" * 7_000)
        assert (answer.status, "send this one again" in answer.error) == (503, True)
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(
    "sent", [b"X", b"X: " + b"x" * 60_000, b"X: y\r\n" * 300, (b"X: " + b"x" * 60_000 + b"\r\n") * 5]
)
async def test_a_head_in_single_bytes_costs_no_more_than_its_bytes(sent: bytes) -> None:
    looked_at = 0

    def counted(begun: bytes, before: bytes = b"") -> None:
        nonlocal looked_at
        looked_at += len(begun)
        check_begun(begun, before)

    framing, data = Framing(counted), b"GET / HTTP/1.1\r\nHost: a\r\n" + sent
    for byte in data[:20_000]:
        framing.add(bytes([byte]))
        assert framing.next() == b""
    assert looked_at <= len(data) + 64 * 64


async def test_an_endless_head_is_refused_when_it_is_too_large() -> None:
    framing = Framing()
    framing.add(b"GET / HTTP/1.1\r\n" + b"X: yyy\r\n" * (MAX_HEAD_BYTES // 8 - 4))
    assert framing.next() == b""
    framing.add(b"X: yyy\r\n" * 10)
    with pytest.raises(errors.Rejection, match="262144 bytes"):
        framing.next()


def test_a_url_without_a_path_means_the_root() -> None:
    framing = Framing()
    framing.add(b"OPTIONS http://a:1?x HTTP/1.1\r\nhost: b\r\nX: y\r\n\r\n")
    assert framing.next() == b"OPTIONS /?x HTTP/1.1\r\nHost: a:1\r\nX: y\r\n\r\n"


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("Content-Length: 5", "hello"),
        ("Transfer-Encoding: chunked", "2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n"),
    ],
)
async def test_a_client_that_sends_no_more_gets_its_answer(
    server: Server, destination: Destination, gate: bool, line: str, body: str
) -> None:
    sent = f"{HEAD.replace('1h', '0s').replace(NOWHERE, destination.url)}{line}\r\n\r\n{body}".encode()
    keys = f"GET /v2/keys HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()
    for asked, statuses in ((sent, [201]), (keys, [200]), (sent + keys + sent, [201, 200, 201])):
        replies = await ended(server, asked)
        assert [reply.status for reply in replies] == statuses
    await server.idle()
    assert [sent.body for sent in destination.requests] == [b"hello"] * 3


@pytest.mark.parametrize("part", [1, 40, -7, -2])
async def test_a_client_that_ends_in_the_middle_of_a_request_is_told(server: Server, gate: bool, part: int) -> None:
    [reply] = await ended(server, f"{HEAD}Content-Length: 5\r\n\r\nhello".encode()[:part])
    assert (reply.status, "the connection ended in the middle of its" in reply.error) == (400, True)


async def ended(server: Server, sent: bytes) -> list[Reply]:
    """All answers to a client that shuts its side down."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(sent)
    writer.write_eof()
    replies = []
    async with asyncio.timeout(10):
        while not reader.at_eof():
            try:
                replies.append(await read_reply(reader))
            except asyncio.IncompleteReadError:
                break
    writer.close()
    await writer.wait_closed()
    return replies


async def test_a_target_may_be_a_whole_url(server: Server, destination: Destination, gate: bool) -> None:
    for target in (f"http://127.0.0.1:{server.port}/v2/publish/{destination.url}/a?x=1", "HTTP://localhost/v2/keys"):
        method = "POST" if "publish" in target else "GET"
        answer = await exchange(server.port, request(target, method, "Content-Length: 0", host="ignored.example"))
        assert answer.status in (200, 201)
    await server.idle()
    assert destination.requests[0].target == "/a?x=1"


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://evil.example/v2/keys", 403),
        ("http://user@127.0.0.1/v2/keys", 400),
        ("http:///v2/keys", 400),
        ("ftp://127.0.0.1/v2/keys", 400),
        ("http://127.0.0.1:9/v2/keys?x=http://a", 200),
    ],
)
async def test_a_target_elsewhere_is_not_served(server: Server, gate: bool, target: str, status: int) -> None:
    assert (await exchange(server.port, request(target))).status == status


async def test_a_target_with_raw_characters_is_the_same_as_an_encoded_one(
    server: Server, destination: Destination, gate: bool
) -> None:
    head = (
        f"{HEAD.replace('1h', '0s').replace(NOWHERE, destination.url + '/ü?a=ü')}Content-Length: 0\r\n\r\n".encode()
    )
    assert (await exchange(server.port, head)).status == 201
    await server.idle()
    assert destination.requests[0].target == "/%C3%BC?a=%C3%BC"


@pytest.mark.parametrize(
    "lines", ["Content-Type: a\r\nContent-Type: b\r\n", "".join(f"X-{n}: x\r\n" for n in range(260))]
)
async def test_what_is_told_twice_or_too_often_is_refused(server: Server, gate: bool, lines: str) -> None:
    answer = await exchange(server.port, f"{HEAD}Content-Length: 0\r\n{lines}\r\n".encode(), to_the_end=True)
    assert answer.status == 400
    assert answer.error.startswith("not a valid HTTP request")


async def test_hundreds_of_requests_at_once_are_answered_in_order(server: Server, gate: bool) -> None:
    count = 300
    one = [f"{HEAD}Upstash-Deduplication-Id: {n}\r\nContent-Length: 3\r\n\r\nabc" for n in range(count)]
    replies = await ended(server, "".join(one).encode())
    assert [reply.status for reply in replies] == [201] * count
    messages = [message.id for message in server.broker.tenants.all()[0].messages.values()]
    assert [json.loads(reply.body)["messageId"] for reply in replies] == messages


async def test_an_accident_is_answered_and_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, server: Server, gate: bool
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a fault\nof ours")

    sent = f"{HEAD}Content-Length: 0\r\n\r\n".encode()
    with monkeypatch.context() as patched:
        patched.setattr(HeadCache if gate else Framing, "plan" if gate else "next", broken)
        answer = await exchange(server.port, sent, to_the_end=True)
    assert (answer.status, "a fault" in answer.error) == (500, True)
    [record] = caplog.records
    assert record.exc_info is None
    assert "\n" not in record.getMessage()
    assert "test_reading.py" in record.getMessage()
    assert (await exchange(server.port, sent)).status == 201


@pytest.mark.parametrize(
    "body", ["zz\r\n", "5\r\nhelloX", "5\r\nhello\r\n0\r\n" + "A: b\r\n" * 12_000, "1" * 5_000, "-1\r\n"]
)
async def test_chunks_that_are_none_are_refused(server: Server, client: Client, gate: bool, body: str) -> None:
    answer = await exchange(server.port, f"{HEAD}Transfer-Encoding: chunked\r\n\r\n{body}".encode())
    assert (answer.status, answer.error.startswith("not a valid HTTP request")) == (400, True)
    assert await client.get("/v2/events") == {"events": []}


async def test_many_small_chunks_become_few(server: Server, destination: Destination, gate: bool) -> None:
    head = HEAD.replace("1h", "0s").replace(NOWHERE, destination.url)
    body = "1\r\nx\r\n" * 100_000
    answer = await exchange(server.port, f"{head}Transfer-Encoding: chunked\r\n\r\n{body}0\r\n\r\n".encode())
    assert answer.status == 201
    await server.idle()
    assert destination.requests[0].body == b"x" * 100_000
