"""``GET /_dev/clock/due``: what is due next."""

from __future__ import annotations

from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import NOWHERE
from tests.api.workflow import SDK, Workflow
from tests.conftest import NOON_MS, Client
from tests.dev.conftest import Dev
from tests.travel.conftest import HOUR_MS, schedule


async def test_nothing_is_due(dev: Dev) -> None:
    assert await dev.get("clock/due") == {"now": NOON_MS, "due": [], "count": 0}


async def test_what_is_due_comes_in_the_order_in_which_it_will(dev: Dev, client: Client) -> None:
    later = await client.publish(NOWHERE, Upstash_Delay="3h")
    hourly = await schedule(client, f"{NOWHERE}/cron", "0 * * * *")
    client.token = USERS[1].token
    soon = await client.publish(NOWHERE, Upstash_Delay="30m")
    cancelled = await client.publish(NOWHERE, Upstash_Delay="1m")
    await client.call("DELETE", f"/v2/messages/{cancelled}")
    answer = await dev.get("clock/due")
    assert answer["count"] == 3
    assert answer["due"] == [
        {
            "due": NOON_MS + HOUR_MS // 2,
            "dueTime": "2026-01-01T12:30:00.000Z",
            "kind": "message",
            "user": "testUser1",
            "messageId": soon,
            "url": NOWHERE,
        },
        {
            "due": NOON_MS + HOUR_MS,
            "dueTime": "2026-01-01T13:00:00.000Z",
            "kind": "schedule",
            "user": "defaultUser",
            "scheduleId": hourly,
            "url": f"{NOWHERE}/cron",
        },
        {
            "due": NOON_MS + 3 * HOUR_MS,
            "dueTime": "2026-01-01T15:00:00.000Z",
            "kind": "message",
            "user": "defaultUser",
            "messageId": later,
            "url": NOWHERE,
        },
    ]
    assert [one["messageId"] for one in (await dev.get("clock/due?count=1"))["due"]] == [soon]


async def test_travelling_to_the_next_event_comes_to_the_first_of_them(dev: Dev, client: Client) -> None:
    await client.publish(NOWHERE, Upstash_Delay="2h", Upstash_Retries="1", Upstash_Retry_Delay="60000")
    [first] = (await dev.get("clock/due"))["due"]
    assert (await dev.post("clock/next"))["now"] == first["due"]
    [second] = (await dev.get("clock/due"))["due"]
    assert (second["kind"], second["due"]) == ("retry", first["due"] + 60_000)


async def test_the_next_period_of_a_flow_control_key_is_due(dev: Dev, client: Client, server: Server) -> None:
    limits = {"Upstash_Flow_Control_Key": "key", "Upstash_Flow_Control_Value": "rate=1,period=1h"}
    client.token = USERS[2].token
    for _ in range(2):
        await client.publish(dev.inbox(), **limits)
    await server.idle()
    [one] = (await dev.get("clock/due"))["due"]
    assert (one["kind"], one["user"], one["flowControlKey"]) == ("flowControl", "testUser2", "key")
    assert one["due"] == NOON_MS + HOUR_MS


async def test_a_run_that_waits_for_an_event_is_due_when_it_waits_no_longer(dev: Dev, client: Client) -> None:
    sdk = Workflow(client, dev.inbox())
    await dev.put("inboxes/a/script", script=[{"headers": dict(SDK)}])
    await sdk.trigger()
    await dev.post("idle")
    await sdk.wait("wfr_1", 1, "order", "20s")
    await dev.post("idle")
    [one] = (await dev.get("clock/due"))["due"]
    assert (one["kind"], one["workflowRunId"], one["eventId"]) == ("event", "wfr_1", "order")
    assert one["due"] == NOON_MS + 20_000


async def test_a_number_of_entries_is_a_number(dev: Dev) -> None:
    status, error = await dev.error("GET", "clock/due?count=many")
    assert (status, "count" in error) == (400, True)
