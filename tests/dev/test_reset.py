"""``POST /_dev/reset``: of one user or all users, and of the clock."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from qstash_dev.clock import Clock
from qstash_dev.config import Config
from qstash_dev.protocol.mapping import Mapping
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import serving
from tests.conftest import NOON_MS, Client, within
from tests.destination import Answer, Destination
from tests.dev.conftest import Dev
from tests.travel.conftest import DAY_MS, HOUR_MS, schedule

NOTHING: dict[str, Any] = {
    "/v2/events": {"events": []},
    "/v2/dlq": {"messages": []},
    "/v2/queues": [],
    "/v2/topics": [],
    "/v2/schedules": [],
    "/v2/flowControl": [],
}


async def fill(client: Client, destination: Destination) -> str:
    """Something of every kind, and a dead letter; a message that waits."""
    headers = {"Authorization": f"Bearer {client.token}"}
    for path, fields in (
        ("/v2/queues", {"queueName": "queue", "parallelism": 2}),
        ("/v2/topics/group/endpoints", {"endpoints": [{"url": destination.url}]}),
    ):
        async with client.session.post(client.url + path, json=fields, headers=headers) as answer:
            assert answer.status == 200
    await schedule(client, destination.url, "0 * * * *")
    destination.answers(500, 200)
    await client.publish(destination.url, Upstash_Retries="0")
    limits = {"Upstash_Flow_Control_Key": "key", "Upstash_Flow_Control_Value": "parallelism=1"}
    return await client.publish(destination.url, Upstash_Delay="1h", **limits)


async def shown(client: Client) -> dict[str, Any]:
    return {path: await client.get(path) for path in NOTHING}


async def kinds(client: Client) -> list[Any]:
    """The contents of each list, without the name that some of them carry."""
    lists = (await shown(client)).values()
    return [next(iter(content.values())) if isinstance(content, dict) else content for content in lists]


async def test_a_reset_leaves_nothing_of_anybody(
    dev: Dev, server: Server, client: Client, destination: Destination
) -> None:
    for user in (USERS[0], USERS[1]):
        client.token = user.token
        await fill(client, destination)
        await server.travel.idle()
        assert all(await kinds(client))
    await dev.put("inboxes/a/script", script=[500])
    await dev.post("faults", match="*", status=500)
    await dev.post("mappings", pattern="https://a/*", target="http://127.0.0.1:1")
    assert await dev.post("reset") == {"reset": "all"}
    for user in (USERS[0], USERS[1]):
        client.token = user.token
        assert await shown(client) == NOTHING
    assert (await dev.get("inboxes"))[0]["script"] == 1
    assert (await dev.get("faults"), await dev.get("mappings")) == ([], [])
    assert (len(server.broker.timers), (await dev.get("clock"))["now"]) == (0, NOON_MS)


async def test_a_reset_of_one_user_leaves_the_others_inboxes_and_faults(
    dev: Dev, server: Server, client: Client, destination: Destination
) -> None:
    client.token = USERS[1].token
    await fill(client, destination)
    client.token = USERS[0].token
    kept = await client.publish(destination.url, Upstash_Delay="1h")
    await dev.post("faults", match="https://nowhere/*", status=500)
    assert await dev.post("reset", user="testUser1") == {"reset": "testUser1"}
    assert [one["messageId"] for one in (await dev.post("idle"))["pending"]] == [kept]
    assert len(await dev.get("faults")) == 1
    client.token = USERS[1].token
    assert await shown(client) == NOTHING


async def test_a_reset_cuts_deliveries_off_and_nothing_follows_from_them(
    dev: Dev, server: Server, client: Client, destination: Destination
) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(status=500, hold=hold))
    for path in ("/a", "/b", "/c"):
        await client.call("POST", f"/v2/enqueue/queue/{destination.url}{path}")
        await client.publish(destination.url + path, Upstash_Failure_Callback=f"{destination.url}/failed")
    await destination.received(4)
    await dev.post("reset")
    hold.set()
    idle = await dev.post("clock/advance", by="2d")
    assert (idle["attempts"], len(destination.requests)) == (0, 4)
    assert await shown(client) == NOTHING


async def test_after_a_reset_during_deliveries_everything_works_as_before(
    dev: Dev, server: Server, client: Client, destination: Destination
) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold), 200)
    limits = {"Upstash_Flow_Control_Key": "key", "Upstash_Flow_Control_Value": "parallelism=1"}
    await client.publish(destination.url, **limits)
    await destination.received(1)
    await dev.post("reset")
    hold.set()
    for _ in range(2):
        id = await client.publish(
            destination.url, Upstash_Deduplication_Id="a" * (len(destination.requests)), **limits
        )
        await dev.post("idle")
        assert await client.states(id) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_resets_and_publishes_at_once_leave_no_slot_taken(
    dev: Dev, server: Server, client: Client, destination: Destination
) -> None:
    limits = {"Upstash_Flow_Control_Key": "key", "Upstash_Flow_Control_Value": "parallelism=1"}

    async def publish_many() -> None:
        for _ in range(20):
            await client.publish(destination.url, **limits)

    async def reset_many() -> None:
        for _ in range(20):
            await dev.post("reset")

    await asyncio.gather(publish_many(), reset_many(), publish_many(), reset_many())
    await dev.post("idle")
    last = await client.publish(destination.url, **limits)
    idle = await dev.post("idle")
    assert (idle["count"], await client.states(last)) == (0, ["CREATED", "ACTIVE", "DELIVERED"])
    assert server.dispatcher.in_flight == 0


async def test_signing_keys_are_those_of_a_fresh_server_after_a_reset(dev: Dev, client: Client) -> None:
    fresh = await client.get("/v2/keys")
    await client.call("POST", "/v2/keys/rotate")
    assert await client.get("/v2/keys") != fresh
    await dev.post("reset")
    assert await client.get("/v2/keys") == fresh


async def test_the_mappings_of_the_configuration_survive_a_reset() -> None:
    mapping = Mapping("https://myapp.com/*", "http://127.0.0.1:3000")
    shown = {"pattern": mapping.pattern, "target": mapping.target, "host": "target", "sign": "published"}
    async with serving(Config(port=0, mappings=(mapping,))) as client:
        dev = Dev(client)
        await dev.post("mappings", pattern="https://a/*", target="http://127.0.0.1:1")
        assert len(await dev.get("mappings")) == 2
        await dev.post("reset")
        assert await dev.get("mappings") == [shown]


async def test_the_clock_starts_over_at_a_time_in_the_past(
    dev: Dev, client: Client, destination: Destination
) -> None:
    await client.publish(destination.url, Upstash_Delay="1h")
    await dev.post("clock/advance", by="30m")
    await dev.post("reset", clock="2020-02-29T23:59:00Z")
    clock = await dev.get("clock")
    assert (clock["time"], clock["mode"]) == ("2020-02-29T23:59:00.000Z", "paused")
    await schedule(client, destination.url, "0 0 * * *")
    assert (await dev.post("clock/next"))["time"] == "2020-03-01T00:00:00.000Z"
    assert len(destination.requests) == 1


async def test_the_clock_starts_over_as_real_time(dev: Dev, client: Client, destination: Destination) -> None:
    await dev.post("clock/advance", to=Clock().now_ms() + 4 * DAY_MS)
    await dev.post("reset", clock="real")
    clock = await dev.get("clock")
    assert (clock["mode"], clock["scale"]) == ("real", 1.0)
    await client.publish(destination.url, Upstash_Delay="10ms")
    await destination.received(1)


@within(wait_s=0.02)
async def test_the_clock_of_a_running_journey_is_left_alone(
    dev: Dev, server: Server, client: Client, destination: Destination
) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    await client.publish(destination.url, Upstash_Delay="1h")
    journey = asyncio.create_task(server.travel.by(DAY_MS))
    await destination.received(1)
    status, error = await dev.error("POST", "reset", {"clock": "real"})
    assert (status, error.splitlines()[0]) == (409, "another time travel had not ended after 0.02 s:")
    hold.set()
    assert (await journey).now_ms == NOON_MS + DAY_MS


@pytest.mark.parametrize(
    ("fields", "status", "reason"),
    [
        ({"user": "nobody"}, 404, "user nobody not found: use one of defaultUser, testUser1, testUser2, testUser3"),
        ({"user": 7}, 400, "invalid field user: use a string"),
        ({"user": {"a": 1}}, 400, "invalid field user: use a string"),
        ({"users": "testUser1"}, 400, "invalid field users: use user, clock"),
        ({"user": "testUser1", "clock": "real"}, 400, "invalid field clock: it belongs to all users"),
        ({"clock": "yesterday"}, 400, "invalid field clock: use unix milliseconds, or a time such as"),
        ({"clock": -1}, 400, "invalid field clock: use unix milliseconds, or a time such as"),
        ({"clock": True}, 400, "invalid field clock: use unix milliseconds, or a time such as"),
        ({"clock": "9999-01-01"}, 400, "invalid field clock: time ends at 9000-01-01T00:00:00.000Z"),
    ],
)
async def test_a_reset_of_nothing_known_resets_nothing(
    dev: Dev, client: Client, fields: dict[str, Any], status: int, reason: str
) -> None:
    await client.publish("http://127.0.0.1:1", Upstash_Delay="1h")
    answer = await dev.error("POST", "reset", fields)
    assert (answer[0], answer[1][: len(reason)]) == (status, reason)
    assert (await dev.post("idle"))["count"] == 1
    assert (await dev.post("clock/advance", by=HOUR_MS / 1_000))["attempts"] == 1


async def test_the_user_may_be_named_in_the_query(dev: Dev, client: Client) -> None:
    ids = {}
    for user in USERS[:2]:
        client.token = user.token
        ids[user.id] = await client.publish("http://127.0.0.1:1", Upstash_Delay="1h")
    status, answer = await client.call("POST", f"/_dev/reset?user={USERS[1].id}")
    assert (status, answer) == (200, {"reset": USERS[1].id})
    assert (await client.call("GET", f"/_dev/messages/{ids[USERS[0].id]}"))[0] == 200
    assert (await client.call("GET", f"/_dev/messages/{ids[USERS[1].id]}"))[0] == 404
    status, answer = await client.call("POST", f"/_dev/reset?user={USERS[1].id}", json={"user": USERS[0].id})
    assert (status, "name one user" in answer["error"]) == (400, True)
    assert (await client.call("POST", "/_dev/reset?user=nobody"))[0] == 404
