"""The dead letter queue: its entries, what each shows, and deleting them."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.config import Config, Retention
from qstash_dev.server import Server
from tests.api.support import NOWHERE, done, error, give_up, make_group, serving
from tests.conftest import NOON_MS, Client, within
from tests.destination import Answer, Destination


async def letters(client: Client, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(f"/v2/dlq{query}"))["messages"]
    return found


async def test_it_is_empty_at_first(client: Client) -> None:
    assert await client.get("/v2/dlq") == {"messages": []}


async def test_an_entry_is_the_message_and_the_answer_that_sealed_it(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, Answer(status=404, body=b"404 Not Found", headers={"x-why": "gone"}))
    id = await client.publish(
        f"{destination.url}/x?a=b",
        b"payload",
        Upstash_Method="PUT",
        Upstash_Retries="1",
        Upstash_Retry_Delay="1000",
        Upstash_Timeout="9s",
        Upstash_Label="one,two",
        Upstash_Forward_A="1",
        Upstash_Flow_Control_Key="key",
        Upstash_Flow_Control_Value="parallelism=2,rate=3,period=4s",
        Upstash_Callback=NOWHERE,
        Upstash_Callback_Retries="0",
        Upstash_Callback_Delay="1h",
        Upstash_Callback_Forward_B="2",
        Upstash_Failure_Callback=f"{NOWHERE}/failed",
        Upstash_Failure_Callback_Delay="1h",
        Upstash_Failure_Callback_Forward_C="3",
    )
    await server.advance(1_000)
    [letter] = await letters(client)
    answered = letter.pop("responseHeader")
    assert answered["X-Why"] == ["gone"]
    assert letter == {
        "dlqId": f"{NOON_MS + 1_000}-0",
        "messageId": id,
        "url": f"{destination.url}/x?a=b",
        "method": "PUT",
        "header": {"A": ["1"]},
        "body": "payload",
        "maxRetries": 1,
        "retryDelayExpression": "1000",
        "timeout": 9_000,
        "notBefore": NOON_MS,
        "createdAt": NOON_MS,
        "label": "one",
        "labels": ["one", "two"],
        "flowControlKey": "key",
        "parallelism": 2,
        "rate": 3,
        "period": 4,
        "callback": NOWHERE,
        "callbackHeader": {"B": ["2"]},
        "failureCallback": f"{NOWHERE}/failed",
        "failureCallbackHeader": {"C": ["3"]},
        "callerIP": "127.0.0.1",
        "responseStatus": 404,
        "responseBody": "404 Not Found",
    }
    assert await client.get(f"/v2/dlq/{letter['dlqId']}") == letter | {"responseHeader": answered}


async def test_an_entry_names_the_group_the_endpoint_the_queue_and_the_schedule(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500)
    endpoints = {"endpoints": [{"url": destination.url, "name": "First endpoint"}]}
    await done(client, "POST", "/v2/topics/group/endpoints", json=endpoints)
    headers = {
        "Upstash-Cron": "* * * * *",
        "Upstash-Schedule-Id": "schedule",
        "Upstash-Queue-Name": "queue",
        "Upstash-Retries": "0",
    }
    await client.call("POST", "/v2/schedules/group", headers=headers)
    await server.advance(60_000)
    [letter] = await letters(client)
    names = {name: letter[name] for name in ("topicName", "endpointName", "queueName", "scheduleId")}
    assert names == {
        "topicName": "group",
        "endpointName": "First endpoint",
        "queueName": "queue",
        "scheduleId": "schedule",
    }


async def test_bytes_that_are_no_text_are_shown_in_base64(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(Answer(status=500, body=b"\xff\x00"))
    await client.publish(destination.url, b"\x00\xff", Upstash_Retries="0")
    await server.idle()
    [letter] = await letters(client)
    assert (letter["bodyBase64"], letter["responseBodyBase64"]) == ("AP8=", "/wA=")
    assert not {"body", "responseBody"} & letter.keys()


async def test_without_an_answer_the_status_is_zero_and_the_reason_is_given(server: Server, client: Client) -> None:
    await client.publish(NOWHERE, Upstash_Retries="0")
    await server.idle()
    [letter] = await letters(client)
    assert letter["responseStatus"] == 0
    assert letter["error"] == "connection refused by 127.0.0.1:1: is your app running?"
    assert not {"responseHeader", "responseBody", "body"} & letter.keys()


async def test_what_is_delivered_or_cancelled_never_gets_there(
    server: Server, client: Client, destination: Destination
) -> None:
    await client.publish(destination.url)
    cancelled = await client.publish(NOWHERE, Upstash_Retry_Delay="60000")
    await server.idle()
    await client.call("DELETE", f"/v2/messages/{cancelled}")
    await server.advance(60_000)
    assert await letters(client) == []


async def test_a_callback_that_fails_gets_there_too(server: Server, client: Client, destination: Destination) -> None:
    await client.publish(destination.url, Upstash_Callback=NOWHERE, Upstash_Callback_Retries="0")
    await server.idle()
    [letter] = await letters(client)
    assert letter["url"] == NOWHERE
    assert letter["header"] == {"Content-Type": ["application/json"]}


async def test_each_endpoint_of_a_group_fails_by_itself(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, path="/b").answers(500, path="/c")
    await make_group(client, "group", *(f"{destination.url}/{name}" for name in "abc"))
    await client.call("POST", "/v2/publish/group", headers={"Upstash-Retries": "0"})
    await server.idle()
    assert sorted(letter["url"][-1] for letter in await letters(client)) == ["b", "c"]


async def test_an_unknown_entry_is_not_found(client: Client) -> None:
    for method, path in (("GET", "/v2/dlq/1-1"), ("DELETE", "/v2/dlq/1-1"), ("POST", "/v2/dlq/retry/1-1")):
        assert await error(client, method, path) == (404, "dlq message 1-1 not found")


async def test_an_entry_can_be_deleted_once(server: Server, client: Client, destination: Destination) -> None:
    first, second = await give_up(server, client, destination, "/a", "/b")
    assert await client.call("DELETE", f"/v2/dlq/{first['dlqId']}") == (200, {"deleted": 1})
    assert (await error(client, "DELETE", f"/v2/dlq/{first['dlqId']}"))[0] == 404
    assert await letters(client) == [second]
    assert (await client.get(f"/v2/messages/{first['messageId']}"))["messageId"] == first["messageId"]


async def test_a_page_holds_a_hundred_entries(server: Server, client: Client) -> None:
    item = {"destination": NOWHERE, "headers": {"Upstash-Retries": "0"}}
    await client.call("POST", "/v2/batch", json=[item] * 101)
    await server.idle()
    for query in ("", "?count=1000"):
        page = await client.get(f"/v2/dlq{query}")
        assert len(page["messages"]) == 100
        rest = await client.get(f"/v2/dlq?cursor={page['cursor']}")
        assert (len(rest["messages"]), "cursor" in rest) == (1, False)


@pytest.mark.parametrize("order", ["earliestFirst", "latestFirst"])
async def test_pages_hold_everything_once_and_end_without_a_cursor(
    server: Server, client: Client, destination: Destination, order: str
) -> None:
    every = await give_up(server, client, destination, *(f"/{number}" for number in range(5)))
    expected = [letter["dlqId"] for letter in every]
    if order == "latestFirst":
        expected.reverse()
    for size in (1, 2, 4, 5, 6):
        found, cursor, pages = [], "", 0
        while pages == 0 or cursor:
            page = await client.get(f"/v2/dlq?order={order}&count={size}{cursor}")
            found += [letter["dlqId"] for letter in page["messages"]]
            cursor = f"&cursor={page['cursor']}" if "cursor" in page else ""
            pages += 1
        assert (found, pages) == (expected, -(-5 // size))


@within(page_bytes=50_000)
async def test_a_page_of_large_bodies_holds_fewer_entries_but_one_call_deletes_them_all(
    server: Server, client: Client, destination: Destination
) -> None:
    for _ in range(3):
        await client.publish(destination.answers(500).url, b"x" * 20_000, Upstash_Retries="0")
        await server.idle()
    page = await client.get("/v2/dlq")
    rest = await client.get(f"/v2/dlq?cursor={page['cursor']}")
    assert (len(page["messages"]), len(rest["messages"]), "cursor" in rest) == (2, 1, False)
    assert await client.call("DELETE", "/v2/dlq") == (200, {"deleted": 3})


async def test_the_oldest_come_first_unless_asked_otherwise(
    server: Server, client: Client, destination: Destination
) -> None:
    every = await give_up(server, client, destination, "/a", "/b")
    assert await letters(client, "?order=earliestFirst") == every
    assert await letters(client, "?order=latestFirst") == every[::-1]


async def test_a_cursor_survives_the_deletion_of_its_entry(
    server: Server, client: Client, destination: Destination
) -> None:
    every = await give_up(server, client, destination, "/a", "/b", "/c")
    page = await client.get("/v2/dlq?count=2")
    await client.call("DELETE", f"/v2/dlq/{every[1]['dlqId']}")
    assert await letters(client, f"?cursor={page['cursor']}") == every[2:]


async def test_only_the_latest_entries_are_kept(destination: Destination) -> None:
    destination.answers(500)
    async with serving(Config(port=0, retention=Retention(dead_letters=2))) as client:
        # The queue calls the last one when all others are settled.
        for name in "abcd":
            await client.call("POST", f"/v2/enqueue/q/{destination.url}/{name}", headers={"Upstash-Retries": "0"})
        await destination.received(4)
        assert len(await letters(client)) == 2
