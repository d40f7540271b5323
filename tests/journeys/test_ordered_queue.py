"""The order of a queue with failing messages, slow callbacks and manual changes."""

from __future__ import annotations

import asyncio

from qstash_dev.server import Server
from tests.api.support import done
from tests.conftest import Client
from tests.destination import Answer, Destination

MINUTE_MS = 60_000


async def enqueue(client: Client, url: str, queue: str = "q", **headers: str) -> str:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    status, answer = await client.call("POST", f"/v2/enqueue/{queue}/{url}", headers=named)
    assert status == 201
    return str(answer["messageId"])


async def test_the_next_message_waits_for_the_last_callback_of_a_failing_head(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, path="/1").answers(503, 200, path="/failed").answers(503, 200, path="/callback")
    url = destination.url
    reports = {
        "Upstash_Retries": "1",
        "Upstash_Retry_Delay": "60000",
        "Upstash_Callback": f"{url}/callback",
        "Upstash_Callback_Retry_Delay": "600000",
        "Upstash_Failure_Callback": f"{url}/failed",
        "Upstash_Failure_Callback_Retry_Delay": "1200000",
    }
    head = await enqueue(client, f"{url}/1", **reports)
    after = [await enqueue(client, f"{url}/{number}") for number in (2, 3)]
    await server.idle()
    assert destination.paths() == ["/1", "/callback"]
    await server.advance(MINUTE_MS)
    # The head has failed for good, but what it has to tell has not arrived yet.
    assert (await client.states(head))[-1] == "FAILED"
    assert destination.paths() == ["/1", "/callback", "/1", "/callback", "/failed"]
    assert (await client.get("/v2/queues/q"))["lag"] == 3
    await server.advance(19 * MINUTE_MS)
    assert destination.paths()[5:] == ["/callback"]
    assert [await client.states(id) for id in after] == [["CREATED"]] * 2
    await server.advance(MINUTE_MS)
    assert destination.paths()[6:] == ["/failed", "/2", "/3"]
    assert (await client.get("/v2/queues/q"))["lag"] == 0
    assert len((await client.get("/v2/dlq?queueName=q"))["messages"]) == 1


async def test_a_head_that_nobody_can_deliver_is_cancelled_and_the_queue_goes_on(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, path="/stuck")
    head = await enqueue(client, f"{destination.url}/stuck", Upstash_Retry_Delay="86400000")
    for number in (2, 3):
        await enqueue(client, f"{destination.url}/{number}")
    await server.advance(MINUTE_MS)
    assert destination.paths() == ["/stuck"]
    assert await client.call("DELETE", f"/v2/messages/{head}") == (200, {"cancelled": 1})
    await server.idle()
    assert destination.paths() == ["/stuck", "/2", "/3"]


async def test_a_cancelled_call_holds_its_place_until_it_has_ended(
    server: Server, client: Client, destination: Destination
) -> None:
    held = asyncio.Event()
    destination.answers(Answer(status=500, hold=held), path="/slow")
    head = await enqueue(client, f"{destination.url}/slow", Upstash_Callback=f"{destination.url}/callback")
    await enqueue(client, f"{destination.url}/next")
    await destination.received(1)
    await client.call("DELETE", f"/v2/messages/{head}")
    assert await client.states(head) == ["CREATED", "ACTIVE", "CANCEL_REQUESTED"]
    assert len(destination.requests) == 1
    held.set()
    await server.idle()
    assert await client.states(head) == ["CREATED", "ACTIVE", "CANCEL_REQUESTED", "ERROR", "CANCELED"]
    assert destination.paths() == ["/slow", "/next"]


async def test_two_at_a_time_with_a_flow_control_key_in_front_of_them(
    server: Server, client: Client, destination: Destination
) -> None:
    await done(client, "POST", "/v2/queues", json={"queueName": "q", "parallelism": 2})
    flow = {"Upstash_Flow_Control_Key": "key", "Upstash_Flow_Control_Value": "rate=1,period=60s"}
    for number in range(4):
        await enqueue(client, f"{destination.url}/{number}", **flow)
    await server.idle()
    found = await client.get("/v2/flowControl/key")
    # One was called and its place given on; the next two have come to the front and wait for their key.
    assert (destination.paths(), found["waitListSize"], (await client.get("/v2/queues/q"))["lag"]) == (["/0"], 2, 3)
    await server.advance(3 * MINUTE_MS)
    assert destination.paths() == ["/0", "/1", "/2", "/3"]


async def test_a_pause_in_the_middle_lets_the_head_finish_and_nobody_else_begin(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, 200, path="/1")
    await enqueue(client, f"{destination.url}/1", Upstash_Retry_Delay="60000")
    await enqueue(client, f"{destination.url}/2")
    await server.idle()
    await done(client, "POST", "/v2/queues/q/pause")
    await server.advance(10 * MINUTE_MS)
    assert destination.paths() == ["/1", "/1"]
    await done(client, "POST", "/v2/queues/q/resume")
    await server.idle()
    assert destination.paths() == ["/1", "/1", "/2"]


async def test_a_deleted_queue_takes_its_messages_along_and_a_new_one_starts_empty(
    server: Server, client: Client, destination: Destination
) -> None:
    held = asyncio.Event()
    destination.answers(Answer(hold=held), path="/flying")
    flying = await enqueue(client, f"{destination.url}/flying", Upstash_Callback=f"{destination.url}/callback")
    waiting = await enqueue(client, f"{destination.url}/waiting")
    await destination.received(1)
    await done(client, "DELETE", "/v2/queues/q")
    fresh = await enqueue(client, f"{destination.url}/fresh")
    await destination.received(2)
    held.set()
    await server.idle()
    assert (await client.states(flying))[-1] == (await client.states(fresh))[-1] == "DELIVERED"
    assert (await client.states(waiting))[-1] == "CANCELED"
    assert destination.paths() == ["/flying", "/fresh", "/callback"]
    assert [queue["lag"] for queue in await client.get("/v2/queues")] == [0]
