"""Callbacks as messages: they are signed, retried, given up, and may have callbacks themselves."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from qstash import Receiver

from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination, Received

MINUTE_MS = 60_000
RECEIVER = Receiver(USERS[0].current_signing_key, USERS[0].next_signing_key)


def reports(destination: Destination, path: str) -> list[Any]:
    return [request.json for request in destination.requests if request.target == path]


def verify(destination: Destination, request: Received) -> None:
    url = destination.url + request.target
    RECEIVER.verify(signature=request.headers["Upstash-Signature"], body=request.body.decode(), url=url)


async def test_each_link_reports_on_the_one_before(server: Server, client: Client, destination: Destination) -> None:
    for path, body in (("/work", b"done"), ("/first", b"noted"), ("/second", b"noted too")):
        destination.answers(Answer(body=body), path=path)
    url = destination.url
    id = await client.publish(
        f"{url}/work",
        b"question",
        Upstash_Callback=f"{url}/first",
        Upstash_Callback_Forward_Secret="1",
        Upstash_Callback_Callback=f"{url}/second",
        Upstash_Callback_Callback_Method="PUT",
        Upstash_Callback_Callback_Callback=f"{url}/third",
        Upstash_Callback_Callback_Callback_Forward_Secret="3",
    )
    await server.idle()
    assert destination.paths() == ["/work", "/first", "/second", "/third"]
    for request in destination.requests[1:]:
        verify(destination, request)
    work, first, second, third = destination.requests
    assert [first.method, second.method, third.method] == ["POST", "PUT", "POST"]
    assert [request.headers.get("Secret") for request in (work, first, second, third)] == [None, "1", None, "3"]
    bodies = [b64decode(request.json["body"]) for request in (first, second, third)]
    assert bodies == [b"done", b"noted", b"noted too"]
    sources = [request.json["sourceMessageId"] for request in (first, second, third)]
    ids = [request.headers["Upstash-Message-Id"] for request in (work, first, second)]
    assert sources == ids
    assert ids[0] == id
    assert b64decode(second.json["sourceBody"]) == first.body
    for link in ids:
        assert await client.states(link) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_a_callback_that_cannot_be_delivered_is_a_dead_letter_with_a_failure_callback(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, path="/callback")
    url = destination.url
    id = await client.publish(
        f"{url}/work",
        Upstash_Retries="0",
        Upstash_Callback=f"{url}/callback",
        Upstash_Callback_Retries="2",
        Upstash_Callback_Retry_Delay="60000",
        Upstash_Callback_Failure_Callback=f"{url}/lost",
    )
    await server.advance(2 * MINUTE_MS)
    assert (await client.states(id))[-1] == "DELIVERED"
    assert destination.paths() == ["/work", "/callback", "/callback", "/callback", "/lost"]
    [letter] = (await client.get("/v2/dlq"))["messages"]
    [lost] = reports(destination, "/lost")
    assert (lost["dlqId"], lost["url"], lost["status"]) == (letter["dlqId"], f"{url}/callback", 500)

    destination.answers(200, path="/callback")
    await client.call("POST", f"/v2/dlq/retry/{letter['dlqId']}")
    await server.idle()
    assert reports(destination, "/callback")[-1]["sourceMessageId"] == id
    assert (await client.get("/v2/dlq")) == {"messages": []}


async def test_retries_are_inherited_unless_the_callback_has_its_own(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, path="/inherits").answers(500, path="/own")
    for path, own in (("/inherits", {}), ("/own", {"Upstash_Callback_Retries": "3"})):
        await client.publish(
            f"{destination.url}/work",
            Upstash_Retries="1",
            Upstash_Callback=destination.url + path,
            Upstash_Callback_Retry_Delay="1000",
            **own,
        )
    await server.advance(MINUTE_MS)
    assert (len(reports(destination, "/inherits")), len(reports(destination, "/own"))) == (2, 4)


async def test_every_attempt_is_reported_and_a_delayed_report_tells_of_its_own_attempt(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, 502, 200, path="/work")
    await client.publish(
        f"{destination.url}/work",
        Upstash_Retry_Delay="1000",
        Upstash_Callback=f"{destination.url}/callback",
        Upstash_Callback_Delay="1m",
    )
    await server.advance(2_000)
    assert destination.paths() == ["/work"] * 3
    await server.advance(MINUTE_MS)
    told = [(report["status"], report["retried"]) for report in reports(destination, "/callback")]
    assert told == [(500, 0), (502, 1), (200, 2)]
    assert {report["createdAt"] for report in reports(destination, "/callback")} == {NOON_MS}


async def test_a_cancelled_message_calls_nobody_back(
    server: Server, client: Client, destination: Destination
) -> None:
    callbacks = {
        "Upstash_Callback": f"{destination.url}/callback",
        "Upstash_Failure_Callback": f"{destination.url}/failed",
    }
    destination.answers(500, path="/work")
    for headers in ({"Upstash_Delay": "1m"}, {"Upstash_Retry_Delay": "600000"}):
        await client.publish(f"{destination.url}/work", **callbacks, **headers)
    await server.idle()
    assert destination.paths() == ["/work", "/callback"]
    await client.call("DELETE", "/v2/messages")
    await server.advance(20 * MINUTE_MS)
    assert destination.paths() == ["/work", "/callback"]


async def test_callbacks_obey_their_own_queue_and_their_own_key(
    server: Server, client: Client, destination: Destination
) -> None:
    for number in range(3):
        await client.publish(
            f"{destination.url}/work/{number}",
            Upstash_Callback=f"{destination.url}/callback",
            Upstash_Callback_Queue_Name="reports",
            Upstash_Callback_Flow_Control_Key="reports",
            Upstash_Callback_Flow_Control_Value="rate=1,period=60s",
        )
    await server.idle()
    assert len(reports(destination, "/callback")) == 1
    assert (await client.get("/v2/flowControl/reports"))["waitListSize"] == 1
    assert (await client.get("/v2/queues/reports"))["lag"] == 2
    await server.advance(2 * MINUTE_MS)
    assert len(reports(destination, "/callback")) == 3
