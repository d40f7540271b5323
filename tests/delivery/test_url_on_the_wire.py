"""A destination's URL reaches it byte for byte, and only what HTTP cannot carry is escaped."""

from __future__ import annotations

import pytest

from qstash_dev.server import Server
from tests.conftest import Client
from tests.delivery.conftest import events
from tests.delivery.rogue import Rogue, answers_every_request

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
        ('/"<>', "/%22%3C%3E"),
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
        assert delivered["url"] == rogue.url + target
        return rogue.requests[0].target.decode("ascii")
