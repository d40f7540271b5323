"""Answers that are HTTP, but not everyday HTTP: interim ones, odd statuses, no body, too much body, redirects."""

from __future__ import annotations

import gzip
from base64 import b64decode

import pytest
from msgspec.structs import replace

from qstash_dev.config import PAYG
from qstash_dev.delivery.request import OutgoingRequest
from qstash_dev.delivery.transport import Transport
from qstash_dev.protocol.result import Responded
from qstash_dev.server import Server
from tests.conftest import Client
from tests.delivery.conftest import Serve, events, failure
from tests.delivery.rogue import OK, Behaviour, Connection, Rogue, answers_every_request, says, says_and_stays
from tests.delivery.rogue import says_for_ever as endless
from tests.destination import Answer, Destination

HEAD = b"HTTP/1.1 200 OK\r\n"
UNTIL_CLOSED = b"up to the end"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("behaviour", "body"),
    [
        pytest.param(says_and_stays(b"HTTP/1.1 100 Continue\r\n\r\n" + OK), b"ok", id="100 before"),
        pytest.param(says_and_stays(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK), b"ok", id="103 before"),
        pytest.param(says_and_stays(b"HTTP/1.1 102 Processing\r\n\r\n" * 3 + OK), b"ok", id="102 thrice before"),
        pytest.param(says(b"HTTP/1.0 200 OK\r\n\r\nup to the end"), b"up to the end", id="HTTP 1.0"),
        pytest.param(says(HEAD + b"\r\nup to the end"), b"up to the end", id="neither length nor chunks"),
        pytest.param(
            says(HEAD + b"Transfer-Encoding: identity\r\n\r\nup to the end"), b"up to the end", id="identity"
        ),
        pytest.param(
            says(HEAD + b"Transfer-Encoding: chunked, gzip\r\n\r\nup to the end"),
            UNTIL_CLOSED,
            id="chunked not last",
        ),
        pytest.param(
            says_and_stays(HEAD + b"Transfer-Encoding: gzip, CHUNKED\r\n\r\n2\r\nok\r\n0\r\n\r\n"),
            b"ok",
            id="chunked last",
        ),
        pytest.param(
            says_and_stays(CHUNKED + b"1\r\na\r\n" * 60_000 + b"0\r\n\r\n"), b"a" * 60_000, id="byte by byte"
        ),
        pytest.param(
            says_and_stays(HEAD + b"a: b\r\n" * 255 + b"Content-Length: 2\r\n\r\nok"), b"ok", id="256 headers"
        ),
        pytest.param(
            says_and_stays(HEAD + b"a: " + b"b" * 60_000 + b"\r\nContent-Length: 2\r\n\r\nok"), b"ok", id="60 KB"
        ),
        pytest.param(says_and_stays(HEAD + b"CONTENT-length:2\r\n\r\nok"), b"ok", id="odd case, no space"),
        pytest.param(says_and_stays(b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok"), b"ok", id="no reason"),
        pytest.param(says_and_stays(b"HTTP/1.1 299 Odd\r\nContent-Length: 2\r\n\r\nok"), b"ok", id="299"),
        pytest.param(says_and_stays(CHUNKED + b"1\r\no\r\n1\r\nk\r\n0\r\n\r\n"), b"ok", id="chunks"),
        pytest.param(
            says_and_stays(CHUNKED + b"2;a=b\r\nok\r\n0\r\nX: y\r\n\r\n"), b"ok", id="extension and trailer"
        ),
        pytest.param(
            says_and_stays(CHUNKED + b"000A\r\n0123456789\r\n0\r\n\r\n"), b"0123456789", id="hexadecimal size"
        ),
        pytest.param(says_and_stays(CHUNKED + b"0\r\n\r\n"), b"", id="no chunks"),
        pytest.param(says_and_stays(HEAD + b"Content-Length: 0\r\n\r\n"), b"", id="empty"),
        pytest.param(says_and_stays(b"HTTP/1.1 204 No Content\r\n\r\n"), b"", id="204"),
        pytest.param(
            says_and_stays(b"HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n"), b"", id="204 with length"
        ),
    ],
)
async def test_odd_but_proper_answer_is_a_success(
    server: Server, client: Client, behaviour: Behaviour, body: bytes
) -> None:
    async with Rogue(behaviour) as rogue:
        id = await client.publish(rogue.url, b"x")
        await server.idle()
        assert await client.states(id) == ["CREATED", "ACTIVE", "DELIVERED"]
        [delivered] = await events(client, id, "DELIVERED")
        assert b64decode(delivered.get("responseBody", "")) == body
        assert not {"Link", "X"} & delivered["responseHeaders"].keys()
        assert len(rogue.requests) == 1


async def test_header_that_is_given_piecemeal_is_put_together(server: Server, client: Client) -> None:
    async def stutters(connection: Connection) -> None:
        await connection.request()
        for byte in OK:
            await connection.send(bytes([byte]))
            # A round trip through the server, so that the byte has been read on its own.
            await client.get("/v2/keys")

    async with Rogue(stutters) as rogue:
        id = await client.publish(rogue.url)
        await rogue.connections_finished(1)
        await server.idle()
        assert (await events(client, id, "DELIVERED"))[0]["responseBody"] == "b2s="


@pytest.mark.parametrize(
    ("status_line", "status"),
    [
        (b"999 Odd", 999),
        (b"600 Beyond", 600),
        (b"304 Not Modified", 304),
        (b"101 Switching Protocols", 101),
        (b"418 I'm a teapot", 418),
    ],
)
async def test_odd_status_is_a_failed_attempt(
    server: Server, client: Client, status_line: bytes, status: int
) -> None:
    async with Rogue(says_and_stays(b"HTTP/1.1 " + status_line + b"\r\nContent-Length: 0\r\n\r\n")) as rogue:
        error = await failure(server, client, rogue.url)
        assert (error["error"], error["responseStatus"]) == (f"HTTP status {status}", status)


async def test_status_below_100_is_a_failed_attempt(server: Server, client: Client) -> None:
    async with Rogue(says_and_stays(b"HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n")) as rogue:
        error = await failure(server, client, rogue.url)
        assert error["error"].startswith((f"{rogue.where} did not answer in HTTP", "HTTP status 99"))


async def test_304_has_no_body_whatever_its_length_says(server: Server, client: Client) -> None:
    async with Rogue(says_and_stays(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n")) as rogue:
        error = await failure(server, client, rogue.url)
        assert error["error"] == "HTTP status 304"
        assert "responseBody" not in error


async def test_answer_to_head_has_no_body_whatever_its_length_says(transport: Transport) -> None:
    async with Rogue(says_and_stays(HEAD + b"Content-Length: 5\r\n\r\n")) as rogue:
        result = await transport.send(OutgoingRequest("HEAD", rogue.url, (), b"", 5))
        assert isinstance(result, Responded)
        assert (result.status, result.body) == (200, b"")


@pytest.mark.parametrize("size", [0, 1_000_000, 9_000_000])
async def test_answer_before_the_body_was_read_counts(server: Server, client: Client, size: int) -> None:
    async def refuses_early(connection: Connection) -> None:
        await connection.head()
        await connection.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\nConnection: close\r\n\r\nlarge")
        await connection.idle()

    async with Rogue(refuses_early) as rogue:
        error = await failure(server, client, rogue.url, bytes(size))
        assert (error["error"], b64decode(error["responseBody"])) == ("HTTP status 413", b"large")


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(endless(HEAD + b"\r\n", b"a" * 10_000), id="until closed"),
        pytest.param(endless(HEAD + b"Content-Length: 99999999999\r\n\r\n", b"a" * 10_000), id="huge length"),
        pytest.param(endless(CHUNKED, b"2710\r\n" + b"a" * 10_000 + b"\r\n"), id="endless chunks"),
        pytest.param(endless(CHUNKED, b"1\r\na\r\n" * 5_000), id="endless tiny chunks"),
    ],
)
async def test_endless_body_is_cut_at_the_message_size_and_fails(serve: Serve, behaviour: Behaviour) -> None:
    server, client = await serve(quota=replace(PAYG, max_message_bytes=50_000))
    async with Rogue(behaviour) as rogue:
        error = await failure(server, client, rogue.url)
        await rogue.connections_finished(1)
        assert error["error"] == "HTTP status 200, but its body is larger than 50000 bytes"
        assert error["responseStatus"] == 200
        assert b64decode(error["responseBody"]) == b"a" * 50_000


async def test_body_of_exactly_the_message_size_is_a_success(serve: Serve, destination: Destination) -> None:
    server, client = await serve(quota=replace(PAYG, max_message_bytes=50_000))
    destination.answers(Answer(body=b"a" * 50_000))
    id = await client.publish(destination.url)
    await server.idle()
    assert len(b64decode((await events(client, id, "DELIVERED"))[0]["responseBody"])) == 50_000


async def test_compressed_body_is_not_unpacked(serve: Serve, destination: Destination) -> None:
    server, client = await serve(quota=replace(PAYG, max_message_bytes=50_000))
    packed = gzip.compress(bytes(1_000_000))
    destination.answers(Answer(body=packed, headers={"Content-Encoding": "gzip"}))
    id = await client.publish(destination.url)
    await server.idle()
    [delivered] = await events(client, id, "DELIVERED")
    assert b64decode(delivered["responseBody"]) == packed
    assert delivered["responseHeaders"]["Content-Encoding"] == ["gzip"]


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
async def test_redirect_is_a_failed_attempt_and_is_not_followed(
    server: Server, client: Client, destination: Destination, status: int
) -> None:
    destination.answers(Answer(status=status, headers={"Location": f"{destination.url}/new"}), path="/old")
    id = await client.publish(f"{destination.url}/old", Upstash_Retries="1", Upstash_Retry_Delay="100")
    await server.advance(1_000)
    assert destination.paths() == ["/old", "/old"]
    failed = await events(client, id, "ERROR")
    assert [event["error"] for event in failed] == [f"HTTP status {status}"] * 2
    assert failed[0]["responseHeaders"]["Location"] == [f"{destination.url}/new"]


async def test_attempt_after_an_endless_answer_can_succeed(serve: Serve) -> None:
    server, client = await serve(quota=replace(PAYG, max_message_bytes=50_000))
    async with Rogue(endless(HEAD + b"\r\n", b"a" * 10_000), answers_every_request) as rogue:
        id = await client.publish(rogue.url, Upstash_Retry_Delay="10")
        await server.advance(10)
        assert (await client.states(id))[-2:] == ["ACTIVE", "DELIVERED"]
