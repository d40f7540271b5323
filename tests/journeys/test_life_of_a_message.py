"""The life of a message from its publish to its end, over real sockets with a virtual clock."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest

from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination

HOUR_MS = 3_600_000


async def test_first_attempt_succeeds(server: Server, client: Client, destination: Destination) -> None:
    id = await client.publish(f"{destination.url}/hook?a=1&b=%2F", b'{"n":1}', Content_Type="application/json")
    await server.idle()
    [request] = destination.requests
    assert (request.method, request.target, request.body) == ("POST", "/hook?a=1&b=%2F", b'{"n":1}')
    assert request.headers["Upstash-Message-Id"] == id
    assert request.headers["Upstash-Retried"] == "0"
    assert request.headers["User-Agent"] == "Upstash-QStash"
    assert request.headers["Content-Type"] == "application/json"
    assert await client.states(id) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_only_documented_headers_are_sent(server: Server, client: Client, destination: Destination) -> None:
    await client.publish(destination.url, b"x", Upstash_Forward_My_Header="1", Upstash_Telemetry_Sdk="me")
    await server.idle()
    assert sorted(destination.requests[0].headers) == [
        "Content-Length",
        "Host",
        "My-Header",
        "Upstash-Caller-Ip",
        "Upstash-Message-Id",
        "Upstash-Region",
        "Upstash-Retried",
        "Upstash-Signature",
        "User-Agent",
    ]


async def test_fails_twice_then_succeeds(server: Server, client: Client, destination: Destination) -> None:
    destination.answers(500, 503, 200)
    id = await client.publish(destination.url, Upstash_Retry_Delay="100")
    await server.advance(1_000)
    assert [request.headers["Upstash-Retried"] for request in destination.requests] == ["0", "1", "2"]
    failed = ["ACTIVE", "ERROR", "RETRY"]
    assert await client.states(id) == ["CREATED", *failed, *failed, "ACTIVE", "DELIVERED"]


async def test_default_retries_take_their_documented_time(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500)
    id = await client.publish(destination.url)
    await server.advance(12_000 - 1)
    assert len(destination.requests) == 1
    await server.advance(1)
    assert len(destination.requests) == 2
    await server.advance(148_000 + 1_808_000)
    assert len(destination.requests) == 4
    events = (await client.get(f"/v2/events?messageId={id}&order=earliestFirst"))["events"]
    retries = [event["nextDeliveryTime"] for event in events if event["state"] == "RETRY"]
    assert retries == [NOON_MS + 12_000, NOON_MS + 160_000, NOON_MS + 1_968_000]
    assert events[-1]["state"] == "FAILED"


async def test_exhausted_message_is_retried_from_the_dead_letter_queue(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(Answer(status=404, body=b"404 Not Found"), 200)
    id = await client.publish(destination.url, b"payload", Upstash_Retries="0", Upstash_Label="a,b")
    await server.idle()
    assert await client.states(id) == ["CREATED", "ACTIVE", "ERROR", "FAILED"]
    [letter] = (await client.get("/v2/dlq"))["messages"]
    assert letter["responseStatus"] == 404
    assert letter["responseBody"] == "404 Not Found"
    assert (letter["body"], letter["label"], letter["labels"]) == ("payload", "a", ["a", "b"])
    status, answer = await client.call("POST", f"/v2/dlq/retry/{letter['dlqId']}")
    await server.idle()
    assert status == 201
    assert answer["messageId"] != id
    assert await client.states(answer["messageId"]) == ["CREATED", "ACTIVE", "DELIVERED"]
    assert (await client.get("/v2/dlq")) == {"messages": []}
    assert destination.requests[1].body == b"payload"


async def test_non_retryable_error_gives_up_at_once(server: Server, client: Client, destination: Destination) -> None:
    destination.answers(Answer(status=489, headers={"Upstash-NonRetryable-Error": "true"}))
    id = await client.publish(destination.url)
    await server.advance(HOUR_MS)
    assert await client.states(id) == ["CREATED", "ACTIVE", "ERROR", "FAILED"]


async def test_delayed_message_waits(server: Server, client: Client, destination: Destination) -> None:
    id = await client.publish(destination.url, Upstash_Delay="1h")
    message = await client.get(f"/v2/messages/{id}")
    assert message["notBefore"] == NOON_MS + HOUR_MS
    await server.advance(HOUR_MS - 1)
    assert await client.states(id) == ["CREATED"]
    await server.advance(1)
    assert await client.states(id) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_callback_after_every_attempt_and_failure_callback_at_the_end(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(Answer(status=500, body=b"broken", headers={"x-why": "tired"}), path="/hook")
    id = await client.publish(
        f"{destination.url}/hook",
        b"question",
        Upstash_Retries="1",
        Upstash_Retry_Delay="50",
        Upstash_Callback=f"{destination.url}/callback",
        Upstash_Callback_Forward_Secret="s",
        Upstash_Failure_Callback=f"{destination.url}/failed",
        Upstash_Failure_Callback_Method="PUT",
    )
    await server.advance(1_000)
    assert destination.paths() == ["/hook", "/callback", "/hook", "/callback", "/failed"]
    first, last, failure = (destination.requests[number] for number in (1, 3, 4))
    assert first.headers["Secret"] == "s"
    assert first.headers["Content-Type"] == "application/json"
    report = first.json
    assert base64.b64decode(report["body"]) == b"broken"
    assert base64.b64decode(report["sourceBody"]) == b"question"
    assert report["header"]["X-Why"] == ["tired"]
    assert (report["status"], report["retried"], report["maxRetries"]) == (500, 0, 1)
    assert (report["sourceMessageId"], report["url"]) == (id, f"{destination.url}/hook")
    assert "dlqId" not in report
    assert last.json["retried"] == 1
    [letter] = (await client.get("/v2/dlq"))["messages"]
    assert failure.method == "PUT"
    assert failure.json["dlqId"] == letter["dlqId"]
    callback_id = first.headers["Upstash-Message-Id"]
    assert await client.states(callback_id) == ["CREATED", "ACTIVE", "DELIVERED"]
    assert "queueName" not in await client.get(f"/v2/messages/{callback_id}")


async def test_refused_connection_says_what_to_look_at(server: Server, client: Client) -> None:
    id = await client.publish("http://127.0.0.1:1/hook", Upstash_Retries="0")
    await server.idle()
    events = (await client.get(f"/v2/events?messageId={id}&state=ERROR"))["events"]
    assert [event["error"] for event in events] == ["connection refused by 127.0.0.1:1: is your app running?"]
    [letter] = (await client.get("/v2/dlq"))["messages"]
    assert letter["responseStatus"] == 0


async def test_cancel_while_waiting_and_while_in_flight(
    server: Server, client: Client, destination: Destination
) -> None:
    released = asyncio.Event()
    destination.answers(Answer(status=500, hold=released))
    waiting = await client.publish(destination.url, Upstash_Delay="1h")
    flying = await client.publish(destination.url)
    await destination.received(1)
    assert await client.call("DELETE", f"/v2/messages/{waiting}") == (200, {"cancelled": 1})
    assert await client.call("DELETE", f"/v2/messages/{flying}") == (200, {"cancelled": 1})
    released.set()
    await server.advance(2 * HOUR_MS)
    assert await client.states(waiting) == ["CREATED", "CANCEL_REQUESTED", "CANCELED"]
    assert await client.states(flying) == ["CREATED", "ACTIVE", "CANCEL_REQUESTED", "ERROR", "CANCELED"]
    assert len(destination.requests) == 1
    status, error = await client.call("GET", f"/v2/messages/{waiting}")
    assert (status, error) == (404, {"error": f"message {waiting} not found"})


async def test_queue_waits_for_retries_and_callbacks(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, 200, path="/1")
    headers = {"Upstash-Retry-Delay": "5000", "Upstash-Callback": f"{destination.url}/callback"}
    for number in (1, 2):
        status, _ = await client.call("POST", f"/v2/enqueue/q/{destination.url}/{number}", headers=headers)
        assert status == 201
    await server.idle()
    assert destination.paths() == ["/1", "/callback"]
    await server.advance(5_000)
    assert destination.paths() == ["/1", "/callback", "/1", "/callback", "/2", "/callback"]


async def test_signature_is_what_the_official_receiver_expects(
    server: Server, client: Client, destination: Destination
) -> None:
    from qstash import Receiver

    receiver = Receiver(USERS[0].current_signing_key, USERS[0].next_signing_key)
    url = f"{destination.url}/ünï?x=%7Ea&y=1"
    _, answer = await client.call(
        "POST", "/v2/batch", data=json.dumps([{"destination": url, "body": "grüße"}]).encode()
    )
    await server.idle()
    [request] = destination.requests
    seen = f"{destination.url}/%C3%BCn%C3%AF?x=%7Ea&y=1"
    assert (answer[0]["url"], request.target) == (seen, seen.removeprefix(destination.url))
    receiver.verify(signature=request.headers["Upstash-Signature"], body=request.body.decode(), url=seen)


@pytest.mark.parametrize(
    "written",
    ["{url}/a?b=c", "{url}/a%20b//c?x=%7Ey", "{encoded}", "{collapsed}/a"],
)
async def test_destination_forms(server: Server, client: Client, destination: Destination, written: str) -> None:
    from urllib.parse import quote

    url = destination.url
    target = written.format(
        url=url, encoded=quote(f"{url}/a?b=c&d=e", safe=""), collapsed=url.replace("http://", "http:/")
    )
    await client.publish(target)
    await server.idle()
    expected = {"{encoded}": "/a?b=c&d=e", "{collapsed}/a": "/a"}.get(written, written.replace("{url}", ""))
    assert destination.paths() == [expected]
