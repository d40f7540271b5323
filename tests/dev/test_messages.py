"""Actions on messages and schedules without waiting: deliver now, replay, trigger."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from io import BytesIO
from typing import Any

import pytest

from qstash_dev.config import PAYG
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination
from tests.dev.conftest import Dev
from tests.travel.conftest import schedule, times


async def test_a_delayed_message_is_delivered_now(dev: Dev, client: Client, destination: Destination) -> None:
    id = await client.publish(destination.url, Upstash_Delay="10d")
    assert await dev.post(f"messages/{id}/deliver") == {"messageId": id}
    idle = await dev.post("idle")
    assert (idle["now"], idle["count"]) == (NOON_MS, 0)
    assert await client.states(id) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_a_retry_is_made_now(dev: Dev, client: Client, destination: Destination) -> None:
    destination.answers(500, 200)
    id = await client.publish(destination.url)
    await dev.post("idle")
    await dev.post(f"messages/{id}/deliver")
    await dev.post("idle")
    assert [request.headers["Upstash-Retried"] for request in destination.requests] == ["0", "1"]
    assert await times(client) == [NOON_MS, NOON_MS]


async def test_a_message_of_any_user_is_found(dev: Dev, client: Client, destination: Destination) -> None:
    client.token = USERS[3].token
    id = await client.publish(destination.url, Upstash_Delay="1h")
    await dev.post(f"messages/{id}/deliver")
    await destination.received(1)


@pytest.mark.parametrize("verb", ["deliver", "replay", "cancel", None])
async def test_a_message_of_another_user_than_the_one_named_is_not_found(
    dev: Dev, client: Client, verb: str | None
) -> None:
    client.token = USERS[3].token
    id = await client.publish("http://127.0.0.1:1", Upstash_Delay="1h")
    method, path = ("POST", f"/_dev/messages/{id}/{verb}") if verb else ("GET", f"/_dev/messages/{id}")
    assert await client.call(method, f"{path}?user=testUser1") == (
        404,
        {"error": f"message {id} not found", "field": "id"},
    )
    assert (await client.call(method, f"{path}?user=nobody"))[0] == 404
    assert (await client.call(method, f"{path}?user={USERS[3].id}"))[0] in (200, 201)


async def test_a_queue_still_holds_back_what_is_hurried(dev: Dev, client: Client, destination: Destination) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold), path="/1")
    ids = []
    for number, delay in ((1, "0s"), (2, "1h")):
        headers = {"Upstash-Queue-Name": "queue", "Upstash-Delay": delay}
        path = f"/v2/publish/{destination.url}/{number}"
        ids.append((await client.call("POST", path, headers=headers))[1]["messageId"])
    await destination.received(1)
    await dev.post(f"messages/{ids[1]}/deliver")
    status, error = await dev.error("POST", f"messages/{ids[1]}/deliver")
    blocked = f"2nd in queue queue, behind {ids[0]} (in flight for "
    assert (status, blocked in error) == (409, True)
    assert destination.paths() == ["/1"]
    hold.set()
    await destination.received(2)


async def test_what_does_not_wait_for_its_time_cannot_be_hurried(
    dev: Dev, client: Client, destination: Destination
) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    id = await client.publish(destination.url)
    await destination.received(1)
    in_flight = await dev.error("POST", f"messages/{id}/deliver")
    hold.set()
    await dev.post("idle")
    delivered = await dev.error("POST", f"messages/{id}/deliver")
    start = f"message {id} does not wait for its time: "
    assert (in_flight[0], in_flight[1].startswith(f"{start}try 1 of 4 is in flight for ")) == (409, True)
    assert (delivered[0], delivered[1].startswith(f"{start}delivered by try 1 of 4")) == (409, True)


async def test_a_replay_is_a_new_message_of_the_same_content(
    dev: Dev, client: Client, destination: Destination
) -> None:
    headers = {"Content_Type": "text/plain", "Upstash_Forward_X_A": "1", "Upstash_Delay": "1h", "Upstash_Label": "l"}
    id = await client.publish(destination.url, b"body", Upstash_Deduplication_Id="once", **headers)
    await dev.post("clock/run-all")
    replayed = (await dev.post(f"messages/{id}/replay"))["messageId"]
    # Neither the delay nor the deduplication of the first publish is repeated.
    await dev.post("idle")
    assert replayed != id
    first, second = destination.requests
    assert (first.body, first.headers["X-A"]) == (second.body, second.headers["X-A"]) == (b"body", "1")
    assert second.headers["Upstash-Message-Id"] == replayed
    assert (await client.get(f"/v2/events?messageId={replayed}"))["events"][0]["labels"] == ["l"]


@pytest.mark.parametrize("state", ["waiting", "failed", "cancelled"])
async def test_whatever_became_of_a_message_it_can_be_replayed(
    dev: Dev, client: Client, destination: Destination, state: str
) -> None:
    destination.answers(500, 200)
    delay = "0s" if state == "failed" else "1h"
    id = await client.publish(destination.url, b"body", Upstash_Retries="0", Upstash_Delay=delay)
    await dev.post("idle")
    if state == "cancelled":
        await client.call("DELETE", f"/v2/messages/{id}")
    destination.answers(200)
    replayed = (await dev.post(f"messages/{id}/replay"))["messageId"]
    await dev.post("idle")
    assert await client.states(replayed) == ["CREATED", "ACTIVE", "DELIVERED"]
    assert destination.requests[-1].body == b"body"


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({"body": "grüße"}, "grüße".encode()),
        ({"body": ""}, b""),
        ({"bodyBase64": b64encode(b"\xff\x00").decode()}, b"\xff\x00"),
        ({"body": None, "bodyBase64": None, "headers": None}, b"body"),
    ],
)
async def test_a_replay_may_have_another_body(
    dev: Dev, client: Client, destination: Destination, fields: dict[str, Any], body: bytes
) -> None:
    id = await client.publish(destination.url, b"body")
    await dev.post("idle")
    await dev.post(f"messages/{id}/replay", **fields)
    await dev.post("idle")
    assert destination.requests[-1].body == body


async def test_a_replay_may_have_other_settings(dev: Dev, client: Client, destination: Destination) -> None:
    id = await client.publish(destination.url, b"body", Upstash_Forward_X_A="1", Upstash_Forward_X_B="1")
    await dev.post("idle")
    headers = {"Upstash-Method": "PUT", "Upstash-Forward-X-A": "2", "Upstash-Delay": "1h"}
    await dev.post(f"messages/{id}/replay", headers=headers)
    assert (await dev.post("clock/run-all"))["now"] == NOON_MS + 3_600_000
    request = destination.requests[-1]
    assert (request.method, request.headers["X-A"], request.body) == ("PUT", "2", b"body")


async def test_a_replay_goes_to_its_endpoint_of_a_group(
    dev: Dev, server: Server, client: Client, destination: Destination
) -> None:
    group = {"endpoints": [{"name": name, "url": f"{destination.url}/{name}"} for name in ("a", "b")]}
    headers = {"Authorization": f"Bearer {client.token}"}
    async with client.session.post(f"{client.url}/v2/topics/g/endpoints", json=group, headers=headers) as answer:
        assert answer.status == 200
    _, receipts = await client.call("POST", "/v2/publish/g")
    await dev.post("idle")
    await dev.post(f"messages/{receipts[1]['messageId']}/replay")
    await dev.post("idle")
    assert sorted(destination.paths()) == ["/a", "/b", "/b"]


@pytest.mark.parametrize(
    ("fields", "status", "reason"),
    [
        ({"body": 7}, 400, "invalid field body: use a string"),
        ({"body": "\ud800"}, 400, "invalid field body: it is not valid UTF-8; use bodyBase64"),
        ({"bodyBase64": []}, 400, "invalid field bodyBase64: use base64"),
        ({"bodyBase64": "%%%"}, 400, "invalid field bodyBase64: use base64"),
        ({"body": "a", "bodyBase64": "YQ=="}, 400, "invalid field bodyBase64: give either body or bodyBase64"),
        ({"headers": []}, 400, "invalid field headers: use an object of strings"),
        ({"headers": {"X": 1}}, 400, "invalid field headers: the value of X must be a string"),
        ({"headers": {"Upstash-Retries": "many"}}, 400, "invalid Upstash-Retries"),
        ({"headers": {"Upstash-Retries": "6"}}, 412, "quota maxRetries exceeded"),
        ({"headers": {"Upstash-Delay": "-1s"}}, 400, "invalid Upstash-Delay"),
        ({"json": {}}, 400, "invalid field json: use body, bodyBase64, headers"),
    ],
)
async def test_a_replay_that_cannot_be_is_refused(
    dev: Dev, client: Client, destination: Destination, fields: dict[str, Any], status: int, reason: str
) -> None:
    id = await client.publish(destination.url)
    await dev.post("idle")
    answer = await dev.error("POST", f"messages/{id}/replay", fields)
    assert (answer[0], answer[1][: len(reason)]) == (status, reason)
    await dev.post("idle")
    assert len(destination.requests) == 1


@pytest.mark.parametrize("verb", ["deliver", "replay"])
async def test_an_unknown_message_is_not_found(dev: Dev, verb: str) -> None:
    assert await dev.error("POST", f"messages/msg_none/{verb}", {}) == (404, "message msg_none not found")


async def test_a_schedule_fires_now_and_keeps_its_time(dev: Dev, client: Client, destination: Destination) -> None:
    id = await schedule(client, destination.url, "0 * * * *")
    answer = await dev.post(f"schedules/{id}/trigger")
    await dev.post("idle")
    [request] = destination.requests
    assert answer == {"messageIds": [request.headers["Upstash-Message-Id"]]}
    assert request.headers["Upstash-Schedule-Id"] == id
    shown = await client.get(f"/v2/schedules/{id}")
    assert (shown["lastScheduleTime"], shown["nextScheduleTime"]) == (NOON_MS, NOON_MS + 3_600_000)
    assert (await dev.post("clock/advance", by="1h"))["attempts"] == 1


async def test_a_paused_schedule_fires_when_it_is_told_to(dev: Dev, client: Client, destination: Destination) -> None:
    id = await schedule(client, destination.url, "0 * * * *")
    headers = {"Authorization": f"Bearer {client.token}"}
    async with client.session.post(f"{client.url}/v2/schedules/{id}/pause", headers=headers) as answer:
        assert answer.status == 200
    await dev.post(f"schedules/{id}/trigger")
    await dev.post("clock/advance", by="5h")
    assert len(destination.requests) == 1
    assert (await client.get(f"/v2/schedules/{id}"))["isPaused"] is True


async def test_a_schedule_of_another_user_is_named_with_its_user(
    dev: Dev, client: Client, destination: Destination
) -> None:
    client.token = USERS[1].token
    id = await schedule(client, destination.url, "0 * * * *")
    assert await dev.error("POST", f"schedules/{id}/trigger") == (404, f"schedule {id} not found")
    assert (await dev.error("POST", f"schedules/{id}/trigger?user=nobody"))[0] == 404
    assert len((await dev.post(f"schedules/{id}/trigger?user=testUser1"))["messageIds"]) == 1
    await destination.received(1)


async def test_a_schedule_that_cannot_fire_says_why(dev: Dev, client: Client, destination: Destination) -> None:
    headers = {"Authorization": f"Bearer {client.token}"}
    group = {"endpoints": [{"url": destination.url}]}
    async with client.session.post(f"{client.url}/v2/topics/g/endpoints", json=group, headers=headers) as answer:
        assert answer.status == 200
    id = await schedule(client, "g", "0 * * * *")
    async with client.session.delete(f"{client.url}/v2/topics/g", headers=headers) as answer:
        assert answer.status == 200
    assert await dev.error("POST", f"schedules/{id}/trigger") == (
        409,
        f"schedule {id} did not fire: topic g not found",
    )


@pytest.mark.parametrize("data", [b"{", b"[]", b"null and void", b"\xff"])
async def test_a_body_that_is_no_json_object_is_refused(dev: Dev, data: bytes) -> None:
    async with dev.client.session.post(f"{dev.url}/_dev/messages/msg_none/replay", data=data) as response:
        assert (response.status, (await response.json())["field"]) == (400, "body")


async def test_a_large_message_can_be_replayed_with_a_large_body_but_not_a_larger_one(
    dev: Dev, client: Client
) -> None:
    id = await client.publish(dev.inbox())
    for size, status in ((PAYG.max_message_bytes, 201), (PAYG.max_message_bytes + 1, 412), (22_100_000, 413)):
        fields = BytesIO(json.dumps({"body": "x" * size}).encode())
        async with client.session.post(f"{dev.url}/_dev/messages/{id}/replay", data=fields) as response:
            assert response.status == status
    await dev.post("idle")
    _, replayed = (await dev.get("inboxes/a"))["requests"]
    assert len(replayed["body"]) == PAYG.max_message_bytes
