"""The event log: the fields of each event, and the events of each message."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import Any

import pytest

from qstash_dev.config import Config, Retention
from qstash_dev.server import Server
from tests.api.support import HOUR_MS, NOWHERE, done, make_group, serving
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination

CALLBACK = "https://oz.example/?foo=bar"


async def history(client: Client, message_id: str) -> list[dict[str, Any]]:
    """The events of a message, oldest first."""
    page = await client.get(f"/v2/events?messageId={message_id}&order=earliestFirst")
    events: list[dict[str, Any]] = page["events"]
    return events


def base64(text: str) -> str:
    return b64encode(text.encode()).decode()


async def test_an_event_of_a_plain_message_leaves_out_what_is_unset(client: Client) -> None:
    id = await client.publish(NOWHERE, Upstash_Delay="1h")
    assert await history(client, id) == [
        {
            "time": NOON_MS,
            "messageId": id,
            "state": "CREATED",
            "url": NOWHERE,
            "method": "POST",
            "maxRetries": 3,
            "retried": 0,
            "callerIP": "127.0.0.1",
            "callerIp": "127.0.0.1",
            "nextDeliveryTime": NOON_MS + HOUR_MS,
        }
    ]


async def test_an_event_shows_every_option_of_its_message(client: Client) -> None:
    endpoints = {"endpoints": [{"url": "https://a.example/x", "name": "First endpoint"}]}
    await done(client, "POST", "/v2/topics/group/endpoints", json=endpoints)
    headers = {
        "Content-Type": "text/plain",
        "Upstash-Method": "PUT",
        "Upstash-Delay": "1h",
        "Upstash-Timeout": "90s",
        "Upstash-Retries": "5",
        "Upstash-Retry-Delay": "1000 * retried",
        "Upstash-Forward-A": "1",
        "Upstash-Label": "one,two",
        "Upstash-Flow-Control-Key": "key",
        "Upstash-Flow-Control-Value": "parallelism=2,rate=3,period=4s",
        "Upstash-Callback": CALLBACK,
        "Upstash-Callback-Forward-B": "2",
        "Upstash-Failure-Callback": CALLBACK,
        "Upstash-Failure-Callback-Forward-C": "3",
    }
    headers["Upstash-Queue-Name"] = "queue"
    _, [answer] = await client.call("POST", "/v2/publish/group", data=b"text", headers=headers)
    assert await history(client, answer["messageId"]) == [
        {
            "time": NOON_MS,
            "messageId": answer["messageId"],
            "state": "CREATED",
            "url": "https://a.example/x",
            "method": "PUT",
            "header": {"Content-Type": ["text/plain"], "A": ["1"]},
            "body": base64("text"),
            "timeout": 90_000,
            "maxRetries": 5,
            "retried": 0,
            "retryDelayExpression": "1000 * retried",
            "retryDelayExpr": "1000 * retried",
            "topicName": "group",
            "endpointName": "First endpoint",
            "queueName": "queue",
            "label": "one",
            "labels": ["one", "two"],
            "flowControlKey": "key",
            "parallelism": 2,
            "rate": 3,
            "period": 4,
            "callback": CALLBACK,
            "callbackHeaders": {"B": ["2"]},
            "failureCallback": CALLBACK,
            "failureCallbackHeaders": {"C": ["3"]},
            "callerIP": "127.0.0.1",
            "callerIp": "127.0.0.1",
            "nextDeliveryTime": NOON_MS + HOUR_MS,
        }
    ]


async def test_a_failed_attempt_tells_its_answer_and_the_time_of_the_next(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(Answer(status=503, body=b"busy", headers={"x-why": "tired"}), Answer(body=b"done"))
    id = await client.publish(destination.url, Upstash_Retry_Delay="5000")
    await server.advance(5_000)
    created, first, error, retry, second, delivered = await history(client, id)
    assert [created["state"], first["state"], second["state"]] == ["CREATED", "ACTIVE", "ACTIVE"]
    assert (error["state"], error["responseStatus"], error["error"]) == ("ERROR", 503, "HTTP status 503")
    assert error["responseBody"] == base64("busy")
    assert error["responseHeaders"] == error["responseHeader"]
    assert error["responseHeaders"]["X-Why"] == ["tired"]
    assert (retry["state"], retry["nextDeliveryTime"]) == ("RETRY", NOON_MS + 5_000)
    assert (delivered["state"], delivered["responseStatus"]) == ("DELIVERED", 200)
    assert delivered["responseBody"] == base64("done")
    assert [event["retried"] for event in (first, error, retry, second, delivered)] == [0, 0, 0, 1, 1]
    assert [event["time"] - NOON_MS for event in (error, retry, second, delivered)] == [0, 0, 5_000, 5_000]
    for event in (created, first, retry, second, delivered):
        assert "error" not in event
    for event in (created, first, retry, second):
        assert not {"responseStatus", "responseBody", "responseHeaders", "responseHeader"} & event.keys()


async def test_a_message_that_failed_says_why_in_its_last_event(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(418)
    answered = await client.publish(destination.url, Upstash_Retries="0")
    refused = await client.publish(NOWHERE, Upstash_Retries="0")
    await server.idle()
    for id, reason in ((answered, "HTTP status 418"), (refused, "connection refused by 127.0.0.1:1")):
        *_, error, failed = await history(client, id)
        assert (error["state"], failed["state"]) == ("ERROR", "FAILED")
        assert error["error"] == failed["error"]
        assert failed["error"].startswith(reason)
        assert "responseStatus" not in failed
    assert "responseStatus" not in (await history(client, refused))[-2]


async def test_an_attempt_on_the_wire_is_active_and_not_more(
    server: Server, client: Client, destination: Destination
) -> None:
    held = asyncio.Event()
    destination.answers(Answer(hold=held))
    id = await client.publish(destination.url)
    await destination.received(1)
    assert await client.states(id) == ["CREATED", "ACTIVE"]
    held.set()
    await server.idle()
    assert await client.states(id) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_a_message_in_a_queue_is_created_at_once_and_active_in_its_turn(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, 200)
    headers = {"Upstash-Retry-Delay": "1000"}
    ids = []
    for _ in range(2):
        _, answer = await client.call("POST", f"/v2/enqueue/q/{destination.url}", headers=headers)
        ids.append(answer["messageId"])
    await server.idle()
    assert await client.states(ids[1]) == ["CREATED"]
    await server.advance(1_000)
    assert await client.states(ids[1]) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_messages_of_a_url_group_leave_events_of_their_own(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, path="/bad")
    await make_group(client, "group", f"{destination.url}/good", f"{destination.url}/bad")
    _, answer = await client.call("POST", "/v2/publish/group", headers={"Upstash-Retries": "0"})
    await server.idle()
    good, bad = (item["messageId"] for item in answer)
    assert await client.states(good) == ["CREATED", "ACTIVE", "DELIVERED"]
    assert await client.states(bad) == ["CREATED", "ACTIVE", "ERROR", "FAILED"]


async def test_a_scheduled_message_names_its_schedule(
    server: Server, client: Client, destination: Destination
) -> None:
    headers = {"Upstash-Cron": "* * * * *", "Upstash-Schedule-Id": "every-minute"}
    await client.call("POST", f"/v2/schedules/{destination.url}", headers=headers)
    assert await client.get("/v2/events") == {"events": []}
    await server.advance(60_000)
    events = (await client.get("/v2/events?order=earliestFirst"))["events"]
    assert [event["state"] for event in events] == ["CREATED", "ACTIVE", "DELIVERED"]
    assert {event["scheduleId"] for event in events} == {"every-minute"}
    assert {event["time"] for event in events} == {NOON_MS + 60_000}


async def test_both_routes_hold_the_same_page(server: Server, client: Client, destination: Destination) -> None:
    await client.publish(destination.url, b"x")
    await server.idle()
    page = await client.get("/v2/events?count=2")
    assert await client.get("/v2/logs?count=2") == {"logs": page["events"], **page}


@pytest.mark.parametrize(("trim", "body", "response"), [("0", "", ""), ("3", "que", "ans"), ("99", None, None)])
async def test_bodies_may_be_trimmed(
    server: Server, client: Client, destination: Destination, trim: str, body: str | None, response: str | None
) -> None:
    destination.answers(Answer(body=b"answer"))
    await client.publish(destination.url, b"question")
    await server.idle()
    delivered = (await client.get(f"/v2/events?trimBody={trim}"))["events"][0]
    assert delivered["body"] == base64("question" if body is None else body)
    assert delivered["responseBody"] == base64("answer" if response is None else response)


async def test_bodies_may_be_left_out(server: Server, client: Client, destination: Destination) -> None:
    await client.publish(destination.url, b"question")
    await server.idle()
    for event in (await client.get("/v2/events?trimBody=-1"))["events"]:
        assert not {"body", "responseBody"} & event.keys()


async def test_only_the_latest_events_are_kept() -> None:
    async with serving(Config(port=0, retention=Retention(events=5))) as client:
        ids = [await client.publish(NOWHERE, Upstash_Delay="1h") for _ in range(7)]
        events = (await client.get("/v2/events"))["events"]
        assert [event["messageId"] for event in events] == ids[:1:-1]
        assert await client.states(ids[0]) == []
        assert (await client.get(f"/v2/messages/{ids[0]}"))["messageId"] == ids[0]


async def test_bodies_count_towards_what_is_kept() -> None:
    async with serving(Config(port=0, retention=Retention(max_bytes=2_500))) as client:
        ids = [await client.publish(NOWHERE, b"x" * 1_000, Upstash_Delay="1h") for _ in range(4)]
        events = (await client.get("/v2/events"))["events"]
        assert [event["messageId"] for event in events] == ids[:1:-1]
