"""Inboxes over HTTP: the requests that they record."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from io import BytesIO
from typing import Any

import pytest
from yarl import URL

from qstash_dev.dev.inboxes import MAX_INBOXES
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import exchange
from tests.api.support import request as raw_request
from tests.conftest import NOON_MS, Client
from tests.dev.conftest import Dev

pytestmark = pytest.mark.own_server


async def caught(dev: Dev, name: str = "a") -> list[dict[str, Any]]:
    """What an inbox has caught once nothing is under way any more."""
    await dev.post("idle")
    requests: list[dict[str, Any]] = (await dev.get(f"inboxes/{name}"))["requests"]
    return requests


async def test_an_inbox_keeps_what_is_delivered_to_it(dev: Dev, client: Client) -> None:
    id = await client.publish(dev.inbox(), b'{"n":1}', Content_Type="application/json", Upstash_Method="PUT")
    [request] = await caught(dev)
    assert (request["at"], request["time"]) == (NOON_MS, "2026-01-01T12:00:00.000Z")
    assert (request["method"], request["target"], request["body"]) == ("PUT", "", '{"n":1}')
    assert request["headers"]["Content-Type"] == ["application/json"]
    assert request["headers"]["Upstash-Message-Id"] == [id]
    assert (request["signatureError"], request["claims"]["sub"]) == (None, dev.inbox())
    summary = {"name": "a", "received": 1, "forgotten": 0, "script": 1, "latest": NOON_MS}
    assert await dev.get("inboxes") == [summary]


@pytest.mark.parametrize("below", ["", "/", "/b/c", "/b//c/", "/%2F%20x?a=%2F&b", "?a=1", "/?a", "/b?c=/d"])
async def test_everything_below_an_inbox_belongs_to_it(dev: Dev, client: Client, below: str) -> None:
    await client.publish(dev.inbox() + below)
    [request] = await caught(dev)
    assert (request["target"], request["signatureError"]) == (below, None)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])
async def test_an_inbox_takes_any_method(dev: Dev, client: Client, method: str) -> None:
    async with client.session.request(method, dev.inbox()) as response:
        assert (response.status, await response.read()) == (200, b"")
    assert [request["method"] for request in await caught(dev)] == [method]


async def test_bytes_that_are_no_text_are_shown_as_base64(dev: Dev, client: Client) -> None:
    await client.publish(dev.inbox(), b"\xff\x00")
    [request] = await caught(dev)
    assert (request["bodyBase64"], "body" in request) == (b64encode(b"\xff\x00").decode(), False)


async def test_an_empty_body_is_not_there(dev: Dev, client: Client) -> None:
    await client.publish(dev.inbox())
    [request] = await caught(dev)
    assert {"body", "bodyBase64"}.isdisjoint(request)


async def test_a_header_that_came_twice_has_two_values(dev: Dev, server: Server) -> None:
    await exchange(server.port, raw_request("/_dev/inbox/a", "POST", "x-a: 1", "X-A: 2"))
    [request] = await caught(dev)
    assert request["headers"]["X-A"] == ["1", "2"]


async def test_a_callback_is_larger_than_the_message_it_reports_and_still_fits(dev: Dev, client: Client) -> None:
    body = BytesIO(b"x" * 9_000_000)
    await client.publish(dev.inbox("a"), body, Upstash_Callback=dev.inbox("b"))  # type: ignore[arg-type]
    [report] = await caught(dev, "b")
    assert len(report["body"]) > 12_000_000


async def test_the_signatures_of_every_user_are_verified(dev: Dev, client: Client) -> None:
    for user in USERS:
        client.token = user.token
        await client.publish(dev.inbox())
    assert [request["signatureError"] for request in await caught(dev)] == [None] * 4


async def test_a_request_of_somebody_else_has_no_valid_signature(dev: Dev, client: Client) -> None:
    for headers in ({}, {"Upstash-Signature": "a.b.c"}):
        async with client.session.post(dev.inbox(), headers=headers):
            pass
    first, second = await caught(dev)
    assert first["signatureError"] == "there is no Upstash-Signature header"
    assert "Invalid header padding" in second["signatureError"]
    assert first["claims"] == second["claims"] == {}


async def test_a_signature_does_not_fit_another_body_or_place(dev: Dev, client: Client) -> None:
    await client.publish(dev.inbox(), b"right")
    [request] = await caught(dev)
    headers = {name: request["headers"][name][0] for name in ("Upstash-Signature", "Upstash-Message-Id")}
    signed = {"Upstash-Signature": headers["Upstash-Signature"]}
    for target, data, sent in (
        (dev.inbox(), b"wrong", headers),
        (dev.inbox("b"), b"right", signed),
        (dev.inbox(), b"right", signed),
    ):
        async with client.session.post(target, data=data, headers=sent):
            pass
    [_, body, again] = [request["signatureError"] for request in await caught(dev)]
    [elsewhere] = [request["signatureError"] for request in await caught(dev, "b")]
    assert body == "the body is not the one that was signed"
    assert elsewhere == f"it is for {dev.inbox()}, not for {dev.inbox('b')}"
    assert again is None


async def test_rotated_keys_are_the_keys_that_count(dev: Dev, client: Client) -> None:
    for _ in range(3):
        await client.call("POST", "/v2/keys/rotate")
        await client.publish(dev.inbox())
        await dev.post("idle")
    assert [request["signatureError"] for request in await caught(dev)] == [None] * 3


async def test_a_mapped_delivery_is_verified_for_what_was_published(dev: Dev, client: Client) -> None:
    await dev.post("mappings", pattern="https://myapp.com/*", target=dev.inbox())
    await client.publish("https://myapp.com/hook?a=1")
    [request] = await caught(dev)
    assert (request["target"], request["signatureError"]) == ("/hook?a=1", None)
    assert request["claims"]["sub"] == "https://myapp.com/hook?a=1"


async def test_waiting_returns_as_soon_as_there_are_enough(dev: Dev, client: Client) -> None:
    waiting = asyncio.create_task(dev.post("inboxes/a/wait", count=2))
    for body in (b"1", b"2"):
        await client.publish(dev.inbox(), body)
    inbox = await waiting
    assert (inbox["received"], sorted(request["body"] for request in inbox["requests"])) == (2, ["1", "2"])
    assert (await dev.post("inboxes/a/wait"))["received"] == 2


async def test_several_may_wait_at_one_inbox(dev: Dev, client: Client, server: Server) -> None:
    waiting = [asyncio.create_task(dev.post("inboxes/a/wait", count=count)) for count in (1, 2, 3)]
    for _ in range(3):
        await client.publish(dev.inbox())
    assert [(await one)["received"] >= count for count, one in enumerate(waiting, 1)] == [True] * 3
    assert server.inboxes.named("a").subscribers == []


async def test_waiting_in_vain_says_how_many_there_were(dev: Dev, client: Client) -> None:
    await client.publish(dev.inbox())
    await dev.post("idle")
    assert await dev.error("POST", "inboxes/a/wait", {"count": 3, "timeout": 0.02}) == (
        409,
        "inbox a received 1 of 3 requests within 0.02 s",
    )


async def test_a_cleared_inbox_has_forgotten_requests_and_script(dev: Dev, client: Client) -> None:
    await dev.put("inboxes/a/script", script=[500, 503])
    async with client.session.post(dev.inbox()) as response:
        assert response.status == 500
    assert await dev.delete("inboxes/a") == {"name": "a", "received": 0, "forgotten": 0, "script": 1}
    async with client.session.post(dev.inbox()) as response:
        assert response.status == 200


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_an_inbox_that_nobody_has_used_is_not_found(dev: Dev, method: str) -> None:
    text = "inbox none not found: nothing was sent to it and no script was set"
    assert await dev.error(method, "inboxes/none") == (404, text)


@pytest.mark.parametrize("name", ["a%20b", "a%2Fb", "%C3%BC", "a:b", "x" * 257, "%00"])
async def test_an_inbox_has_a_name_like_a_queue(dev: Dev, client: Client, name: str) -> None:
    async with client.session.post(URL(f"{dev.url}/_dev/inbox/{name}", encoded=True)) as response:
        assert response.status == 400
        assert "use 1 to 256 letters, digits, '-', '_' and '.'" in (await response.json())["error"]
    assert await dev.get("inboxes") == []


async def test_there_may_not_be_too_many_inboxes(dev: Dev, server: Server) -> None:
    for number in range(MAX_INBOXES):
        server.inboxes.named(str(number))
    status, error = await dev.error("PUT", "inboxes/one-more/script", {"script": [200]})
    assert (status, "there are 1000 inboxes already" in error) == (400, True)


@pytest.mark.parametrize("count", [0, -1, 10_001, 1.5, "1", None, True])
async def test_a_number_of_requests_is_a_whole_number(dev: Dev, count: Any) -> None:
    assert await dev.error("POST", "inboxes/a/wait", {"count": count}) == (
        400,
        "invalid field count: use a whole number from 1 to 10000",
    )


@pytest.mark.parametrize(
    "answer",
    [
        200,
        204,
        {"status": 200, "body": "<script>alert(1)</script>", "headers": {"Content-Type": "text/html"}},
        {"headers": {"Content-Security-Policy": "default-src *", "X-Content-Type-Options": "sniff"}},
    ],
)
async def test_no_answer_is_a_page_of_this_server(dev: Dev, client: Client, answer: Any) -> None:
    await client.call("PUT", "/_dev/inboxes/a/script", json={"script": [answer]})
    async with client.session.get(dev.inbox()) as response:
        assert response.headers.getall("Content-Security-Policy")[-1] == "sandbox"
        assert response.headers.getall("X-Content-Type-Options") == ["nosniff"]
