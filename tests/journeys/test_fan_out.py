"""A publish to a URL group: messages that succeed or fail independently."""

from __future__ import annotations

import asyncio
from typing import Any

from qstash_dev.server import Server
from tests.api.support import done
from tests.conftest import Client
from tests.destination import Answer, Destination

MINUTE_MS = 60_000
NAMES = ("mail", "slack", "audit")


async def subscribe(client: Client, destination: Destination, *names: str) -> None:
    endpoints = [{"url": f"{destination.url}/{name}", "name": name} for name in names]
    await done(client, "POST", "/v2/topics/purchases/endpoints", json={"endpoints": endpoints})


async def publish(client: Client, **headers: str) -> dict[str, str]:
    """Publish to the group; message ids by endpoint."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    _, answer = await client.call("POST", "/v2/publish/purchases", data=b"tea", headers=named)
    return {receipt["url"].rsplit("/")[-1]: receipt["messageId"] for receipt in answer}


async def test_one_failing_endpoint_holds_up_nobody_and_is_redelivered_alone(
    server: Server, client: Client, destination: Destination
) -> None:
    held = asyncio.Event()
    destination.answers(500, path="/slack").answers(Answer(hold=held), path="/audit")
    await subscribe(client, destination, *NAMES)
    options = {
        "Upstash_Retries": "2",
        "Upstash_Retry_Delay": "60000",
        "Upstash_Callback": f"{destination.url}/callback",
        "Upstash_Failure_Callback": f"{destination.url}/failed",
    }
    ids = await publish(client, **options)
    await destination.received(4)
    assert await client.states(ids["audit"]) == ["CREATED", "ACTIVE"]
    held.set()
    await server.advance(2 * MINUTE_MS)
    final = {name: (await client.states(id))[-1] for name, id in ids.items()}
    assert final == {"mail": "DELIVERED", "slack": "FAILED", "audit": "DELIVERED"}

    reports = [request.json for request in destination.requests if request.target in ("/callback", "/failed")]
    assert len(reports) == 1 + 1 + 3 + 1
    told: dict[str, list[Any]] = {}
    for report in reports:
        assert (report["topicName"], report["sourceMessageId"]) == ("purchases", ids[report["endpointName"]])
        told.setdefault(report["endpointName"], []).append((report["status"], "dlqId" in report))
    assert told == {
        "mail": [(200, False)],
        "audit": [(200, False)],
        "slack": [(500, False), (500, False), (500, False), (500, True)],
    }

    [letter] = (await client.get("/v2/dlq?topicName=purchases"))["messages"]
    assert (letter["endpointName"], letter["messageId"]) == ("slack", ids["slack"])
    destination.answers(200, path="/slack")
    before = len(destination.requests)
    await client.call("POST", f"/v2/dlq/retry?dlqIds={letter['dlqId']}")
    await server.idle()
    assert destination.paths()[before:] == ["/slack", "/callback"]


async def test_an_endpoint_that_joins_late_gets_what_the_others_already_have(
    server: Server, client: Client, destination: Destination
) -> None:
    await subscribe(client, destination, "mail", "slack")
    first = await publish(client, Upstash_Deduplication_Id="purchase-1")
    await server.idle()
    await subscribe(client, destination, "audit")
    again = await publish(client, Upstash_Deduplication_Id="purchase-1")
    await server.idle()
    assert (again["mail"], again["slack"]) == (first["mail"], first["slack"])
    assert sorted(destination.paths()) == ["/audit", "/mail", "/slack"]
    await server.advance(10 * MINUTE_MS)
    await publish(client, Upstash_Deduplication_Id="purchase-1")
    await server.idle()
    assert len(destination.requests) == 6


async def test_an_endpoint_that_leaves_keeps_what_it_was_sent_and_gets_no_more(
    server: Server, client: Client, destination: Destination
) -> None:
    await subscribe(client, destination, *NAMES)
    await publish(client, Upstash_Delay="1m")
    await done(client, "DELETE", "/v2/topics/purchases/endpoints", json={"endpoints": [{"name": "slack"}]})
    await publish(client)
    await server.idle()
    assert sorted(destination.paths()) == ["/audit", "/mail"]
    await server.advance(MINUTE_MS)
    assert sorted(destination.paths()[2:]) == ["/audit", "/mail", "/slack"]


async def test_a_webhook_reaches_every_subscriber_as_it_came(
    server: Server, client: Client, destination: Destination
) -> None:
    await subscribe(client, destination, *NAMES)
    defaults = {"headers": {"Upstash-Header-Forward": ["true"], "Upstash-Retries": "1"}}
    await done(client, "PATCH", "/v2/topics/purchases", json=defaults)
    url = f"{client.url}/v2/publish/purchases?qstash_token={client.token}"
    headers = {"X-Shop-Signature": "abc", "Content-Type": "application/json", "Authorization": "Bearer of-the-shop"}
    async with client.session.post(url, data=b'{"sold":"tea"}', headers=headers) as response:
        assert response.status == 201
    await server.idle()
    for request in destination.requests:
        assert (request.body, request.headers["X-Shop-Signature"]) == (b'{"sold":"tea"}', "abc")
        assert request.headers["Authorization"] == "Bearer of-the-shop"
        assert request.headers["Upstash-Topic-Name"] == "purchases"
        assert client.token not in str(request)
