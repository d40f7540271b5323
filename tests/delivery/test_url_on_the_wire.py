"""The URL of a delivery: it arrives byte for byte except for what HTTP cannot carry, and is signed as it arrives."""

from __future__ import annotations

import asyncio
from urllib.parse import quote, unquote, urlsplit

import jwt
import pytest

from qstash_dev.protocol.mapping import parse_mapping
from qstash_dev.server import Server
from tests.conftest import Client
from tests.delivery.conftest import Serve, events, order
from tests.delivery.rogue import RawRequest, Rogue, answers_every_request
from tests.destination import Destination, Received

KEPT = [
    "/",
    "/a%2Fb",
    "/a%2fb",
    "/%7Euser/%41",
    "/%C3%BC%e4",
    "/%00",
    "//a//b//",
    "/a/../b/./c/..",
    "/a;b=c,d/(e)!'*$&@:~-._",
    "/a+b?c=d+e",
    '/{id}/"<>\\^`|',
    "/a?j={%22a%22:1}&x=|^",
    "/?a=1&a=2&&=&b",
    "/?a=%26&b=%3D&c=%20",
    "/?a=b/c?d:e@f!$'()*,;",
    "/?next=http://other.test/x?y=1",
    "/a%",
    "/?a=100%",
    "/" + "a" * 8_000,
]


@pytest.mark.parametrize("target", KEPT, ids=lambda target: target[:40])
async def test_target_is_kept_when_it_is_published_raw(server: Server, client: Client, target: str) -> None:
    async with Rogue(answers_every_request) as rogue:
        id = await client.publish(rogue.url + target)
        await server.idle()
        assert rogue.requests[0].target == target.encode()
        assert (await events(client, id, "DELIVERED"))[0]["url"] == rogue.url + target


@pytest.mark.parametrize("target", KEPT, ids=lambda target: target[:40])
async def test_target_is_kept_in_a_batch(server: Server, client: Client, target: str) -> None:
    assert await target_of(server, client, target) == target


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("", "/"),
        ("?a=1", "/?a=1"),
        ("/a#fragment", "/a"),
        ("/a?b=c#fragment?d", "/a?b=c"),
        ("#fragment", "/"),
        ("/ü", "/%C3%BC"),
        ("/?q=é", "/?q=%C3%A9"),
        ("/日本/😀", "/%E6%97%A5%E6%9C%AC/%F0%9F%98%80"),
        ("/a b?c d", "/a%20b?c%20d"),
        ('/"<> ü', '/"<>%20%C3%BC'),
        ("/\u00a0\u3000", "/%C2%A0%E3%80%80"),
    ],
)
async def test_what_http_cannot_carry_is_escaped(server: Server, client: Client, written: str, sent: str) -> None:
    assert await target_of(server, client, written) == sent


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("/%2F/ü", "/%2F/%C3%BC"),
        ("/%41%2f/ü", "/%41%2f/%C3%BC"),
        ("/a/../ü", "/a/../%C3%BC"),
        ("//ü//", "//%C3%BC//"),
        ("/?a=1+2&b=%2B&c=ü", "/?a=1+2&b=%2B&c=%C3%BC"),
        ("/?a=%26&b=é", "/?a=%26&b=%C3%A9"),
    ],
)
async def test_one_letter_to_escape_changes_nothing_else(
    server: Server, client: Client, written: str, sent: str
) -> None:
    assert await target_of(server, client, written) == sent


@pytest.mark.parametrize("target", ["/?", "/a?", "/a?#fragment"])
async def test_empty_query_keeps_its_question_mark(server: Server, client: Client, target: str) -> None:
    assert await target_of(server, client, target) == target.partition("#")[0]


@pytest.mark.parametrize("fragment", ["", "#frag?ü"])
@pytest.mark.parametrize("userinfo", ["", "us%20er:p%40ss@"])
async def test_subject_is_what_arrives(server: Server, client: Client, userinfo: str, fragment: str) -> None:
    async with Rogue(answers_every_request) as rogue:
        url = f"HTTP://{userinfo}LocalHost:{rogue.port}/{{id}}?x=|^ 1{fragment}"
        await client.call("POST", "/v2/batch", json=[{"destination": url}])
        await server.idle()
        [request] = rogue.requests
        assert subject_of(request) == f"http://localhost:{rogue.port}/{{id}}?x=|^%201"
        assert [b"http://%s%s" % (host, request.target) for host in request.values(b"Host")] == [
            subject_of(request).encode()
        ]


@pytest.mark.parametrize("gate", [True, False])
async def test_both_readers_of_requests_sign_what_arrives(serve: Serve, gate: bool) -> None:
    server, client = await serve(gate=gate)
    async with Rogue(answers_every_request) as rogue:
        for target in ('/{id}?j={"a":1}&x=|^', "/a?upstash-retries=1&b#c", "/a?b&upstash-delay=0s"):
            await plain_publish(client, rogue.url + target)
        await server.idle()
        assert sorted((request.target.decode(), subject_of(request)) for request in rogue.requests) == [
            ("/a?b", f"{rogue.url}/a?b"),
            ("/a?b", f"{rogue.url}/a?b"),
            ('/{id}?j={"a":1}&x=|^', rogue.url + '/{id}?j={"a":1}&x=|^'),
        ]


async def plain_publish(client: Client, destination: str) -> None:
    """Publish with a request target that no library has put its hands on."""
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(client.url).port)
    writer.write(
        f"POST /v2/publish/{destination} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {client.token}\r\n"
        "Content-Length: 0\r\n\r\n".encode()
    )
    assert (await reader.readline()).split()[1] == b"201"
    writer.close()
    await writer.wait_closed()


async def test_callbacks_endpoints_and_mapped_urls_are_escaped_once(serve: Serve, destination: Destination) -> None:
    server, client = await serve(mappings=(parse_mapping(f"http://app.test/ü/*={destination.url}/mapped ü"),))
    endpoints = [{"url": "http://app.test/ü/end point"}]
    await order(client, "/v2/topics/group/endpoints", {"endpoints": endpoints})
    headers = {"Upstash-Callback": f"{destination.url}/call back#x"}
    status, _ = await client.call("POST", "/v2/batch", json=[{"destination": "group", "headers": headers}])
    assert status == 201
    await server.idle()
    assert {request.target: subject(request) for request in destination.requests} == {
        "/mapped%20%C3%BC/end%20point": "http://app.test/%C3%BC/end%20point",
        "/call%20back": f"{destination.url}/call%20back",
    }
    found = await client.get("/v2/events?state=DELIVERED&url=" + quote("http://app.test/ü/end point"))
    assert [event["url"] for event in found["events"]] == ["http://app.test/%C3%BC/end%20point"]


def subject(request: Received) -> str:
    return str(jwt.decode(request.headers["Upstash-Signature"], options={"verify_signature": False})["sub"])


async def test_host_in_another_script_is_written_in_ascii(serve: Serve, destination: Destination) -> None:
    server, client = await serve(mappings=(parse_mapping(f"http://xn--bcher-kva.test/*={destination.url}"),))
    status, [answer] = await client.call("POST", "/v2/batch", json=[{"destination": "http://Bücher.test/a"}])
    assert (status, answer["url"]) == (201, "http://xn--bcher-kva.test/a")
    await server.idle()
    assert [subject(request) for request in destination.requests] == [answer["url"]]


async def test_host_names_the_port(server: Server, client: Client) -> None:
    async with Rogue(answers_every_request) as rogue:
        await client.publish(rogue.url)
        await client.publish(f"http://localhost:{rogue.port}/")
        await server.idle()
        hosts = [request.values(b"Host") for request in rogue.requests]
        assert sorted(hosts) == sorted([[rogue.where.encode()], [f"localhost:{rogue.port}".encode()]])


async def test_scheme_and_host_may_be_in_capitals(server: Server, client: Client) -> None:
    async with Rogue(answers_every_request) as rogue:
        id = await client.publish(f"HTTP://LOCALHOST:{rogue.port}/Path")
        await server.idle()
        assert [request.target for request in rogue.requests] == [b"/Path"]
        assert (await events(client, id, "DELIVERED"))[0]["url"] == f"HTTP://LOCALHOST:{rogue.port}/Path"


async def test_user_and_password_become_basic_authorization(server: Server, client: Client) -> None:
    async with Rogue(answers_every_request) as rogue:
        await client.publish(f"http://user:p%40ss@{rogue.where}/a")
        await server.idle()
        [request] = rogue.requests
        assert (request.target, request.values(b"Host")) == (b"/a", [rogue.where.encode()])
        assert request.values(b"Authorization") == [b"Basic dXNlcjpwQHNz"]


async def test_forwarded_authorization_beats_that_of_the_url(server: Server, client: Client) -> None:
    async with Rogue(answers_every_request) as rogue:
        await client.publish(f"http://user:pass@{rogue.where}", Upstash_Forward_Authorization="Bearer mine")
        await server.idle()
        assert [request.values(b"Authorization") for request in rogue.requests] == [[b"Bearer mine"]]


async def target_of(server: Server, client: Client, target: str) -> str:
    """What arrives when the destination is a new one with this after its port."""
    async with Rogue(answers_every_request) as rogue:
        status, answer = await client.call("POST", "/v2/batch", json=[{"destination": rogue.url + target}])
        assert status == 201, answer
        await server.idle()
        [delivered] = await events(client, answer[0]["messageId"], "DELIVERED")
        assert delivered["url"] == answer[0]["url"]
        assert unquote(delivered["url"]) == unquote(rogue.url + target)
        [request] = rogue.requests
        sent = request.target.decode("ascii")
        assert subject_of(request) == rogue.url + sent
        # Only a URL without a path shows less than what goes out and is signed.
        assert delivered["url"].partition("#")[0] in (rogue.url + sent, rogue.url + sent[1:])
        return sent


def subject_of(request: RawRequest) -> str:
    [token] = request.values(b"Upstash-Signature")
    return str(jwt.decode(token, options={"verify_signature": False})["sub"])
