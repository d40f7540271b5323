"""Method, headers and body of a delivery, byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import pytest
from multidict import CIMultiDict

from qstash_dev.server import Server
from tests.conftest import Client
from tests.delivery.rogue import RawRequest, Rogue, answers_every_request, says
from tests.destination import Destination

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


async def delivered(
    server: Server, client: Client, headers: Sequence[tuple[str, str]] = (), body: bytes = b"x"
) -> RawRequest:
    """The one request that a publish with these headers makes."""
    async with Rogue(answers_every_request) as rogue:
        all_headers = CIMultiDict([("Authorization", f"Bearer {client.token}"), *headers])
        url = f"{client.url}/v2/publish/{rogue.url}/hook"
        async with client.session.post(url, headers=all_headers, data=BytesIO(body)) as answer:
            assert answer.status == 201, await answer.text()
        await server.idle()
        [request] = rogue.requests
        return request


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("body", [b"", b"payload"])
async def test_every_method_carries_its_body(server: Server, client: Client, method: str, body: bytes) -> None:
    request = await delivered(server, client, [("Upstash-Method", method)], body)
    assert (request.method.decode(), request.body) == (method, body)
    assert request.values(b"Transfer-Encoding") == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
async def test_empty_body_has_a_length_of_zero(server: Server, client: Client, method: str) -> None:
    request = await delivered(server, client, [("Upstash-Method", method)], b"")
    assert request.values(b"Content-Length") == [b"0"]


async def test_method_in_small_letters_is_sent_in_capitals(server: Server, client: Client) -> None:
    assert (await delivered(server, client, [("Upstash-Method", "patch")])).method == b"PATCH"


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "CONNECT", "PURGE", "GET /x", "POST\t"])
async def test_other_method_is_refused_and_nothing_is_sent(server: Server, client: Client, method: str) -> None:
    async with Rogue(answers_every_request) as rogue:
        message = {"destination": rogue.url, "headers": {"Upstash-Method": method}}
        status, answer = await client.call("POST", "/v2/batch", json=[message])
        await server.idle()
        expected = (201, 1) if method.strip() == "POST" else (400, 0)
        assert (status, rogue.connections) == expected, answer


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(bytes(range(256)), id="every byte"),
        pytest.param(b"\xff\xfe\x00not text", id="not UTF-8"),
        pytest.param(b"\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n", id="looks like HTTP"),
        pytest.param(" ü€😀\n".encode(), id="UTF-8 with white space"),
        pytest.param(bytes(range(256)) * 4_096, id="1 MiB"),
        pytest.param(bytes(range(256)) * 32_768, id="8 MiB"),
    ],
)
async def test_body_arrives_byte_for_byte(server: Server, client: Client, body: bytes) -> None:
    request = await delivered(server, client, body=body)
    assert request.body == body
    assert request.values(b"Content-Length") == [str(len(body)).encode()]


async def test_retry_sends_the_same_request_but_for_its_number_and_signature(server: Server, client: Client) -> None:
    failed = b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
    async with Rogue(says(failed, failed, failed)) as rogue:
        await client.publish(rogue.url, b"\x00\xff", Upstash_Retry_Delay="10", Upstash_Retries="2")
        await server.advance(100)
        own = (b"Upstash-Signature:", b"Upstash-Retried:")
        rest = [[line for line in request.lines if not line.startswith(own)] for request in rogue.requests]
        assert rest[0] == rest[1] == rest[2]
        assert [request.body for request in rogue.requests] == [b"\x00\xff"] * 3


async def test_content_type_is_the_publishers(server: Server, client: Client) -> None:
    request = await delivered(server, client, [("Content-Type", "text/x-odd; charset=Latin-1")])
    assert request.values(b"Content-Type") == [b"text/x-odd; charset=Latin-1"]


async def test_hidden_headers_leave_the_signature_only(server: Server, client: Client) -> None:
    hidden = [("Upstash-Hide-Headers", "true"), ("Upstash-Forward-Upstash-Mine", "1"), ("Upstash-Forward-Mine", "2")]
    request = await delivered(server, client, hidden)
    assert sorted(line.split(b":")[0].decode() for line in request.lines) == [
        "Content-Length",
        "Host",
        "Mine",
        "Upstash-Signature",
        "User-Agent",
    ]


async def test_headers_are_not_hidden_unless_asked_for(server: Server, client: Client) -> None:
    request = await delivered(server, client, [("Upstash-Hide-Headers", "false")])
    assert request.values(b"Upstash-Retried") == [b"0"]


async def test_callbacks_name_the_caller_of_their_message(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, path="/hook")
    headers = {"Upstash-Callback": f"{destination.url}/done", "Upstash-Failure-Callback": f"{destination.url}/failed"}
    await client.call("POST", f"/v2/publish/{destination.url}/hook", headers=headers | {"Upstash-Retries": "0"})
    await server.idle()
    assert [(request.target, request.headers["Upstash-Caller-Ip"]) for request in destination.requests] == [
        (path, "127.0.0.1") for path in ("/hook", "/done", "/failed")
    ]


async def test_no_header_is_invented(server: Server, client: Client) -> None:
    request = await delivered(server, client)
    assert sorted(line.split(b":")[0].decode() for line in request.lines) == [
        "Content-Length",
        "Host",
        "Upstash-Caller-Ip",
        "Upstash-Message-Id",
        "Upstash-Region",
        "Upstash-Retried",
        "Upstash-Signature",
        "User-Agent",
    ]


@pytest.mark.parametrize("name", ["x-odd-NAME", "X-ODD-NAME", "X-Odd-Name"])
async def test_name_of_a_header_is_sent_in_gos_form(server: Server, client: Client, name: str) -> None:
    request = await delivered(server, client, [(f"Upstash-Forward-{name}", "v")])
    assert b"X-Odd-Name: v" in request.lines


@pytest.mark.parametrize(
    ("values", "sent"),
    [
        (["one", "two", "one"], [b"one", b"two", b"one"]),
        (["one, two"], [b"one, two"]),
        (["a  b\tc"], [b"a  b\tc"]),
        (["ü€😀"], ["ü€😀".encode()]),
        (['"quoted; \\" text"'], [b'"quoted; \\" text"']),
        ([""], [b""]),
        (["v" * 30_000], [b"v" * 30_000]),
    ],
    ids=["repeated", "list", "inner white space", "UTF-8", "quotes", "empty", "long"],
)
async def test_value_of_a_header_arrives_byte_for_byte(
    server: Server, client: Client, values: list[str], sent: list[bytes]
) -> None:
    request = await delivered(server, client, [("Upstash-Forward-X-Odd", value) for value in values])
    assert request.values(b"X-Odd") == sent


@pytest.mark.parametrize(
    "name",
    ["Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Upgrade", "TE", "Trailer", "Expect"],
)
async def test_header_of_the_connection_is_not_forwarded(server: Server, client: Client, name: str) -> None:
    request = await delivered(server, client, [(f"Upstash-Forward-{name}", "forged")])
    assert b"forged" not in request.head
    assert (request.target, request.body) == (b"/hook", b"x")


@pytest.mark.parametrize("name", ["Upstash-Message-Id", "Upstash-Retried", "Upstash-Signature", "Upstash-Caller-Ip"])
async def test_own_header_cannot_be_forged(server: Server, client: Client, name: str) -> None:
    request = await delivered(server, client, [(f"Upstash-Forward-{name}", "forged")])
    assert len(request.values(name.encode())) == 1
    assert b"forged" not in request.head


@pytest.mark.parametrize(
    "name", ["User-Agent", "Accept", "Accept-Encoding", "Cookie", "Authorization", "Date", "Range"]
)
async def test_ordinary_header_is_forwarded_once(server: Server, client: Client, name: str) -> None:
    request = await delivered(server, client, [(f"Upstash-Forward-{name}", "mine")])
    assert request.values(name.encode()) == [b"mine"]


async def test_forwarded_content_type_replaces_that_of_the_request(server: Server, client: Client) -> None:
    headers = [("Content-Type", "text/plain"), ("Upstash-Forward-Content-Type", "text/html")]
    assert (await delivered(server, client, headers)).values(b"Content-Type") == [b"text/html"]


@pytest.mark.parametrize("value", ["a\r\nInjected: 1", "a\nInjected: 1", "a\rb", "a\x00b"])
async def test_header_cannot_be_smuggled_into_a_value(server: Server, client: Client, value: str) -> None:
    async with Rogue(answers_every_request) as rogue:
        message = {"destination": rogue.url, "headers": {"Upstash-Forward-X": value}}
        status, answer = await client.call("POST", "/v2/batch", json=[message])
        await server.idle()
        assert (status, rogue.connections) == (400, 0)
        assert "X" in answer["error"]
