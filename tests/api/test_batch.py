"""Batch: many messages in one call, answered in order, accepted or refused as a whole."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qstash_dev.server import Server
from tests.api.support import HOUR_MS, NOWHERE, error, make_group
from tests.conftest import NOON_MS, Client
from tests.destination import Destination

URL = "https://example.com/x"
HELD = {"upstash-delay": "1h"}


async def batch(client: Client, *items: Any) -> tuple[int, Any]:
    return await client.call("POST", "/v2/batch", json=items)


async def test_answers_have_the_order_and_the_shape_of_their_items(client: Client) -> None:
    await make_group(client, "group", "https://a.example", "https://b.example")
    status, answer = await batch(
        client,
        {"destination": URL, "headers": HELD},
        {"destination": "group", "headers": HELD},
        {"destination": URL, "headers": HELD, "queue": "q"},
        {"destination": "group", "headers": HELD, "queue": "q"},
    )
    assert status == 201
    assert [type(entry) for entry in answer] == [dict, list, dict, list]
    assert answer[0] == {"messageId": answer[0]["messageId"], "url": URL}
    assert [entry["url"] for entry in answer[1]] == ["https://a.example", "https://b.example"]
    assert "queueName" not in await client.get(f"/v2/messages/{answer[0]['messageId']}")
    assert (await client.get(f"/v2/messages/{answer[2]['messageId']}"))["queueName"] == "q"
    assert (await client.get(f"/v2/messages/{answer[3][1]['messageId']}"))["queueName"] == "q"


async def test_an_item_has_its_own_headers_and_nothing_of_the_batchs(client: Client) -> None:
    item = {
        "destination": URL,
        "headers": {"UPSTASH-delay": "1h", "upstash-RETRIES": "1", "upstash-forward-content-type": "text/css"},
        "body": "grüße",
    }
    status, [answer] = await client.call(
        "POST", "/v2/batch", json=[item], headers={"Upstash-Label": "outer", "Upstash-Forward-X": "outer"}
    )
    assert status == 201
    assert await client.get(f"/v2/messages/{answer['messageId']}") == {
        "messageId": answer["messageId"],
        "url": URL,
        "method": "POST",
        "maxRetries": 1,
        "notBefore": NOON_MS + HOUR_MS,
        "createdAt": NOON_MS,
        "callerIP": "127.0.0.1",
        "header": {"Content-Type": ["text/css"]},
        "body": "grüße",
    }


@pytest.mark.parametrize(
    "absent",
    [{}, {"headers": None, "body": None, "queue": None}, {"headers": {}, "body": "", "queue": ""}],
    ids=["javascript", "python", "go"],
)
async def test_every_sdks_way_of_leaving_a_field_out_is_understood(
    server: Server, client: Client, destination: Destination, absent: dict[str, Any]
) -> None:
    _, [answer] = await batch(client, {"destination": destination.url} | absent)
    await server.idle()
    message = await client.get(f"/v2/messages/{answer['messageId']}")
    assert not {"body", "header", "queueName"} & message.keys()
    assert destination.requests[0].body == b""
    assert "Content-Type" not in destination.requests[0].headers


async def test_an_empty_batch_is_an_empty_answer(client: Client) -> None:
    assert await batch(client) == (201, [])


@pytest.mark.parametrize(
    "destination", ["https:/example.com/x", "https://example.com/a?b=%2F&c=d#e", "http://web:8000"]
)
async def test_a_destination_is_kept_as_it_is_written(client: Client, destination: str) -> None:
    _, [answer] = await batch(client, {"destination": destination, "headers": HELD})
    assert answer["url"] == destination.replace("https:/example", "https://example")


async def test_duplicates_are_marked_one_by_one(client: Client) -> None:
    once = {"destination": URL, "headers": HELD | {"Upstash-Deduplication-Id": "once"}}
    status, [first, second, third] = await batch(client, once, once, {"destination": URL, "headers": HELD})
    assert status == 201
    assert second == first | {"deduplicated": True}
    assert "deduplicated" not in third
    assert (await batch(client, once, once))[0] == 202


@pytest.mark.parametrize(
    ("item", "status", "named"),
    [
        ({}, 400, "a non-empty destination must be provided"),
        ({"destination": None}, 400, "a non-empty destination must be provided"),
        ({"destination": ""}, 400, "a non-empty destination must be provided"),
        ({"destination": 1}, 400, "destination"),
        ({"destination": "example.com/x"}, 400, "invalid destination url"),
        ({"destination": "no-such-group"}, 404, "topic no-such-group not found"),
        ({"destination": URL, "queue": "a b"}, 400, "queue"),
        ({"destination": URL, "queue": 1}, 400, "queue"),
        ({"destination": URL, "headers": ["a"]}, 400, "headers"),
        ({"destination": URL, "headers": {"Upstash-Retries": 3}}, 400, "Upstash-Retries"),
        ({"destination": URL, "headers": {"Upstash-Retries": None}}, 400, "Upstash-Retries"),
        ({"destination": URL, "headers": {"Upstash-Retries": "x"}}, 400, "Upstash-Retries"),
        ({"destination": URL, "headers": {"Upstash-Forward-A b": "x"}}, 400, "Upstash-Forward-A b"),
        ({"destination": URL, "headers": {"Upstash-Forward-A": "x\r\nB: y"}}, 400, "Upstash-Forward-A"),
        ({"destination": URL, "headers": {"Upstash-Retries": "6"}}, 412, "quota maxRetries exceeded"),
        (None, 400, "item 1"),
        ("https://example.com", 400, "item 1"),
        ([], 400, "item 1"),
    ],
)
async def test_one_bad_item_rejects_the_whole_batch(client: Client, item: Any, status: int, named: str) -> None:
    good = {"destination": NOWHERE, "queue": "q"}
    answered, text = await error(client, "POST", "/v2/batch", json=[good, item, good])
    assert (answered, named in text) == (status, True), text
    assert await client.get("/v2/events") == {"events": []}
    assert await client.get("/v2/queues") == []


async def test_the_bad_item_of_many_is_numbered(client: Client) -> None:
    good = {"destination": NOWHERE}
    bad = {"destination": NOWHERE, "headers": {"Upstash-Delay": "soon"}}
    _, text = await error(client, "POST", "/v2/batch", json=[good, good, bad])
    assert "item 2" in text
    assert "Upstash-Delay" in text


async def test_a_delay_beyond_the_quota_is_reported_as_by_qstash(client: Client) -> None:
    far = {"destination": NOWHERE, "headers": {"Upstash-Delay": "366d"}}
    _, text = await error(client, "POST", "/v2/batch", json=[{"destination": NOWHERE}, far])
    assert "quota maxDelay exceeded, current limit: 31536000" in text


@pytest.mark.parametrize("body", [b"", b"null", b"{}", b'"x"', b"1", b"[", b"\xff", json.dumps({"a": []}).encode()])
async def test_anything_but_an_array_is_refused(client: Client, body: bytes) -> None:
    status, text = await error(client, "POST", "/v2/batch", data=body)
    assert (status, text.startswith("invalid request body")) == (400, True)


async def test_too_many_items_are_refused(client: Client) -> None:
    status, text = await error(client, "POST", "/v2/batch", json=[{}] * 10_001)
    assert (status, "10000" in text) == (400, True)
