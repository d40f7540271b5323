"""An outage of an endpoint: retries, dead letters, and delivery of everything in the end."""

from __future__ import annotations

import json
from typing import Any

from qstash import Receiver

from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.conftest import Client
from tests.destination import Answer, Destination, Received

MINUTE_MS = 60_000
RECEIVER = Receiver(USERS[0].current_signing_key, USERS[0].next_signing_key)


def verified(request: Received, destination: Destination) -> Received:
    """The request, which the official receiver accepts."""
    url = destination.url + request.target
    RECEIVER.verify(signature=request.headers["Upstash-Signature"], body=request.body.decode(), url=url)
    return request


async def test_the_application_redelivers_what_its_failure_callback_is_told_of(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(Answer(status=503, body=b"maintenance"), path="/orders")
    order = {"id": 7, "items": ["tea"]}
    id = await client.publish(
        f"{destination.url}/orders?id=7",
        json.dumps(order),
        Content_Type="application/json",
        Upstash_Retries="2",
        Upstash_Retry_Delay="60000 * (1 + retried)",
        Upstash_Label="order,important",
        Upstash_Forward_Tenant="acme",
        Upstash_Failure_Callback=f"{destination.url}/failed",
    )
    await server.advance(3 * MINUTE_MS)
    assert destination.paths() == ["/orders?id=7"] * 3 + ["/failed"]
    for retried, request in enumerate(destination.requests[:3]):
        assert verified(request, destination).headers["Upstash-Retried"] == str(retried)
    attempt = ["ACTIVE", "ERROR", "RETRY"]
    assert await client.states(id) == ["CREATED", *attempt, *attempt, "ACTIVE", "ERROR", "FAILED"]

    report = verified(destination.requests[3], destination).json
    assert (report["sourceMessageId"], report["status"], report["retried"]) == (id, 503, 2)
    [letter] = (await client.get("/v2/dlq?label=important"))["messages"]
    assert report["dlqId"] == letter["dlqId"]

    destination.answers(200, path="/orders")
    path = f"/v2/dlq/retry/{report['dlqId']}"
    status, answer = await client.call("POST", path, headers={"Upstash-Retries": "5"})
    await server.idle()
    assert status == 201
    again = verified(destination.requests[4], destination)
    assert (again.json, again.headers["Tenant"], again.headers["Upstash-Retried"]) == (order, "acme", "0")
    assert await client.states(answer["messageId"]) == ["CREATED", "ACTIVE", "DELIVERED"]
    assert (await client.get("/v2/dlq")) == {"messages": []}
    delivered = (await client.get("/v2/events?label=order&state=DELIVERED"))["events"]
    assert [event["messageId"] for event in delivered] == [answer["messageId"]]


async def test_an_operator_drains_the_dead_letter_queue_page_by_page(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500)
    items: list[dict[str, Any]] = [
        {
            "destination": f"{destination.url}/{number}",
            "headers": {"Upstash-Retries": "0", "Upstash-Label": "mail" if number % 2 else "bill"},
            "body": str(number),
        }
        for number in range(20)
    ]
    await client.call("POST", "/v2/batch", json=items)
    await server.idle()
    assert len((await client.get("/v2/dlq"))["messages"]) == 20

    # A first try while the endpoint is still down changes nothing but the ids.
    status, answer = await client.call("POST", "/v2/dlq/retry?label=bill")
    assert (status, len(answer["responses"])) == (201, 10)
    await server.idle()
    assert len((await client.get("/v2/dlq?label=bill"))["messages"]) == 10

    destination.answers(200)
    before, cursor, calls = len(destination.requests), "", 0
    while calls == 0 or cursor:
        suffix = f"&cursor={cursor}" if cursor else ""
        _, answer = await client.call("POST", f"/v2/dlq/retry?count=7{suffix}")
        cursor, calls = answer["cursor"], calls + 1
        await server.idle()
    assert calls == 3
    assert (await client.get("/v2/dlq")) == {"messages": []}
    redelivered = destination.requests[before:]
    assert sorted(int(request.body) for request in redelivered) == list(range(20))


async def test_a_broken_message_is_given_up_at_once_and_thrown_away(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(Answer(status=489, headers={"Upstash-NonRetryable-Error": "true"}), path="/orders")
    headers = {"Upstash_Retries": "5", "Upstash_Failure_Callback": f"{destination.url}/failed"}
    id = await client.publish(f"{destination.url}/orders", b"{", **headers)
    await server.idle()
    assert await client.states(id) == ["CREATED", "ACTIVE", "ERROR", "FAILED"]
    assert destination.paths() == ["/orders", "/failed"]
    letter_id = destination.requests[1].json["dlqId"]
    assert await client.call("DELETE", f"/v2/dlq/{letter_id}") == (200, {"deleted": 1})
    await server.advance(24 * 60 * MINUTE_MS)
    assert len(destination.requests) == 2


async def test_keys_are_rotated_while_messages_wait(server: Server, client: Client, destination: Destination) -> None:
    await client.publish(f"{destination.url}/", b"x", Upstash_Delay="1m")
    await client.call("POST", "/v2/keys/rotate")
    await server.advance(MINUTE_MS)
    # A receiver that still has the old pair of keys knows the new current key as its next one.
    verified(destination.requests[0], destination)
