"""Schedules in action: when they fire, and what each run publishes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import aiohttp
import pytest

from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config
from qstash_dev.server import Server
from tests.api.support import HOUR_MS, NOWHERE, TOKEN, done, make_group
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination

MINUTE_MS = 60_000


async def schedule(client: Client, destination: str, body: bytes = b"", cron: str = "* * * * *", **more: str) -> None:
    """Create the schedule ``mine``; underscores in names stand for dashes."""
    headers = {"Upstash-Cron": cron, "Upstash-Schedule-Id": "mine"}
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    answer = await client.call("POST", f"/v2/schedules/{destination}", data=body, headers=headers)
    assert answer == (201, {"scheduleId": "mine"})


async def mine(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = await client.get("/v2/schedules/mine")
    return found


async def runs(client: Client) -> list[int]:
    """When each run published its message, in milliseconds after noon."""
    page = await client.get("/v2/events?scheduleId=mine&state=CREATED&order=earliestFirst")
    return [event["time"] - NOON_MS for event in page["events"]]


async def test_it_fires_exactly_on_the_minute(server: Server, client: Client, destination: Destination) -> None:
    await server.advance(12_345)
    await schedule(client, destination.url)
    await server.advance(MINUTE_MS - 12_345 - 1)
    assert destination.requests == []
    await server.advance(1)
    assert len(destination.requests) == 1
    await server.advance(3 * MINUTE_MS - 1)
    assert await runs(client) == [MINUTE_MS, 2 * MINUTE_MS, 3 * MINUTE_MS]


async def test_each_run_delivers_what_was_scheduled(server: Server, client: Client, destination: Destination) -> None:
    headers = {"Upstash_Method": "PUT", "Upstash_Forward_A": "1", "Content_Type": "text/plain"}
    await schedule(client, f"{destination.url}/x?a=%2F", b"body", **headers)
    await server.advance(2 * MINUTE_MS)
    for request in destination.requests:
        assert (request.method, request.target, request.body) == ("PUT", "/x?a=%2F", b"body")
        assert (request.headers["A"], request.headers["Content-Type"]) == ("1", "text/plain")
        assert request.headers["Upstash-Schedule-Id"] == "mine"
        assert request.headers["Upstash-Caller-Ip"] == "127.0.0.1"
    assert len({request.headers["Upstash-Message-Id"] for request in destination.requests}) == 2


async def test_a_run_is_an_ordinary_message(server: Server, client: Client, destination: Destination) -> None:
    await schedule(client, destination.url, b"body", Upstash_Retries="1", Upstash_Label="a")
    await server.advance(MINUTE_MS)
    [id] = (await mine(client))["lastScheduleStates"]
    assert await client.get(f"/v2/messages/{id}") == {
        "messageId": id,
        "url": destination.url,
        "method": "POST",
        "scheduleId": "mine",
        "body": "body",
        "maxRetries": 1,
        "label": "a",
        "labels": ["a"],
        "notBefore": NOON_MS + MINUTE_MS,
        "createdAt": NOON_MS + MINUTE_MS,
        "callerIP": "127.0.0.1",
    }


async def test_it_tells_its_last_and_its_next_time(server: Server, client: Client, destination: Destination) -> None:
    await schedule(client, destination.url, cron="*/5 * * * *")
    assert "lastScheduleTime" not in await mine(client)
    assert "lastScheduleStates" not in await mine(client)
    await server.advance(11 * MINUTE_MS)
    found = await mine(client)
    assert found["lastScheduleTime"] == NOON_MS + 10 * MINUTE_MS
    assert found["nextScheduleTime"] == NOON_MS + 15 * MINUTE_MS


async def test_the_states_of_the_last_run_follow_its_messages(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, path="/bad")
    await make_group(client, "group", f"{destination.url}/good", f"{destination.url}/bad")
    await schedule(client, "group", cron="@hourly", Upstash_Retries="1", Upstash_Retry_Delay="1000")
    await server.advance(HOUR_MS)
    states = (await mine(client))["lastScheduleStates"]
    assert sorted(states.values()) == ["IN_PROGRESS", "SUCCESS"]
    await server.advance(1_000)
    after = (await mine(client))["lastScheduleStates"]
    assert list(after) == list(states)
    assert sorted(after.values()) == ["FAIL", "SUCCESS"]
    await server.advance(HOUR_MS)
    assert not set(after) & set((await mine(client))["lastScheduleStates"])


async def test_a_cancelled_run_counts_as_failed(server: Server, client: Client) -> None:
    await schedule(client, NOWHERE, Upstash_Delay="1h")
    await server.advance(MINUTE_MS)
    await client.call("DELETE", "/v2/messages?scheduleId=mine")
    assert list((await mine(client))["lastScheduleStates"].values()) == ["FAIL"]


async def test_while_paused_it_does_not_fire_and_nothing_is_caught_up(
    server: Server, client: Client, destination: Destination
) -> None:
    await schedule(client, destination.url)
    await server.advance(MINUTE_MS)
    await done(client, "PATCH", "/v2/schedules/mine/pause")
    await server.advance(3 * MINUTE_MS + 30_000)
    assert len(destination.requests) == 1
    assert (await mine(client))["lastScheduleTime"] == NOON_MS + MINUTE_MS
    await done(client, "PATCH", "/v2/schedules/mine/resume")
    await server.idle()
    assert len(destination.requests) == 1
    await server.advance(MINUTE_MS)
    assert await runs(client) == [MINUTE_MS, 5 * MINUTE_MS]


async def test_deleting_it_leaves_the_messages_it_has_made(
    server: Server, client: Client, destination: Destination
) -> None:
    await schedule(client, destination.url, Upstash_Delay="1h")
    await server.advance(MINUTE_MS)
    await done(client, "DELETE", "/v2/schedules/mine")
    await server.advance(HOUR_MS)
    assert len(destination.requests) == 1
    assert await runs(client) == [MINUTE_MS]


async def test_after_an_overwrite_only_the_new_one_fires(
    server: Server, client: Client, destination: Destination
) -> None:
    await schedule(client, f"{destination.url}/old")
    await schedule(client, f"{destination.url}/new", cron="*/2 * * * *")
    await server.advance(4 * MINUTE_MS)
    assert destination.paths() == ["/new", "/new"]


async def test_a_delay_counts_from_each_trigger(server: Server, client: Client, destination: Destination) -> None:
    await schedule(client, destination.url, cron="@hourly", Upstash_Delay="90s")
    await server.advance(HOUR_MS)
    [id] = (await mine(client))["lastScheduleStates"]
    message = await client.get(f"/v2/messages/{id}")
    assert message["notBefore"] == message["createdAt"] + 90_000 == NOON_MS + HOUR_MS + 90_000
    assert destination.requests == []
    await server.advance(90_000)
    assert len(destination.requests) == 1


async def test_runs_are_not_duplicates_of_each_other(
    server: Server, client: Client, destination: Destination
) -> None:
    for name, value in (("Deduplication_Id", "once"), ("Content_Based_Deduplication", "true")):
        await schedule(client, destination.url, **{f"Upstash_{name}": value})
        await server.advance(2 * MINUTE_MS)
    assert len(destination.requests) == 4


async def test_runs_into_a_queue_keep_its_order_and_its_settings(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, 200)
    await done(client, "POST", "/v2/queues", json={"queueName": "q", "parallelism": 2, "paused": True})
    await schedule(client, destination.url, Upstash_Queue_Name="q")
    await server.advance(3 * MINUTE_MS)
    queue = await client.get("/v2/queues/q")
    assert (queue["parallelism"], queue["paused"], queue["lag"]) == (2, True, 3)
    assert destination.requests == []
    await done(client, "POST", "/v2/queues/q/resume")
    await server.idle()
    assert len(destination.requests) == 3


async def test_a_run_goes_to_the_endpoints_that_the_group_has_then(
    server: Server, client: Client, destination: Destination
) -> None:
    await make_group(client, "group", f"{destination.url}/a")
    await schedule(client, "group")
    await make_group(client, "group", f"{destination.url}/b")
    await server.advance(MINUTE_MS)
    assert sorted(destination.paths()) == ["/a", "/b"]
    assert {request.headers["Upstash-Topic-Name"] for request in destination.requests} == {"group"}


async def test_a_run_that_cannot_publish_says_why_and_the_next_one_tries_again(
    server: Server, client: Client, destination: Destination
) -> None:
    await make_group(client, "group", destination.url)
    await schedule(client, "group")
    await done(client, "DELETE", "/v2/topics/group")
    await server.advance(MINUTE_MS)
    found = await mine(client)
    assert (found["error"], found["lastScheduleTime"]) == ("topic group not found", NOON_MS + MINUTE_MS)
    assert "lastScheduleStates" not in found
    await make_group(client, "group", destination.url)
    await server.advance(MINUTE_MS)
    assert "error" not in await mine(client)
    assert len(destination.requests) == 1


async def test_each_run_calls_back(server: Server, client: Client, destination: Destination) -> None:
    destination.answers(Answer(body=b"ok"), path="/x")
    headers = {"Upstash_Callback": f"{destination.url}/callback", "Upstash_Callback_Forward_A": "1"}
    await schedule(client, f"{destination.url}/x", **headers)
    await server.advance(2 * MINUTE_MS)
    assert destination.paths() == ["/x", "/callback"] * 2
    report = destination.requests[1].json
    assert (report["scheduleId"], report["status"]) == ("mine", 200)
    assert report["createdAt"] == NOON_MS + MINUTE_MS
    assert destination.requests[1].headers["A"] == "1"


async def test_runs_obey_their_flow_control_key(server: Server, client: Client, destination: Destination) -> None:
    flow = {"Upstash_Flow_Control_Key": "key", "Upstash_Flow_Control_Value": "rate=1,period=1h"}
    await schedule(client, destination.url, **flow)
    await server.advance(3 * MINUTE_MS)
    assert len(destination.requests) == 1
    assert (await client.get("/v2/flowControl/key"))["waitListSize"] == 2


async def test_runs_are_redacted_as_the_schedule_is(server: Server, client: Client, destination: Destination) -> None:
    headers = {"Upstash_Redact_Fields": "body,header[secret]", "Upstash_Forward_Secret": "shh"}
    await schedule(client, destination.url, b"private", **headers)
    await server.advance(MINUTE_MS)
    shown = await mine(client)
    [id] = shown["lastScheduleStates"]
    message = await client.get(f"/v2/messages/{id}")
    assert shown["body"] == message["body"]
    assert shown["header"] == message["header"]
    assert "private" not in str(await client.get("/v2/schedules"))
    assert "shh" not in str(await client.get("/v2/schedules"))
    assert (destination.requests[0].body, destination.requests[0].headers["Secret"]) == (b"private", "shh")


@pytest.mark.parametrize(
    ("start", "cron", "fired"),
    [
        # Clocks go from 02:00 to 03:00: what never was is skipped.
        ("2026-03-29T00:00:00+01:00", "30 2 * * *", ["03-30 02:30"]),
        ("2026-03-29T00:00:00+01:00", "30 1,3 * * *", ["03-29 01:30", "03-29 03:30", "03-30 01:30", "03-30 03:30"]),
        ("2026-03-29T00:30:00+01:00", "0 * * * *", ["03-29 01:00", "03-29 03:00", "03-29 04:00", "03-29 05:00"]),
        # Clocks go from 03:00 to 02:00: fixed hours come once, every hour is still every hour.
        ("2026-10-25T00:00:00+02:00", "30 2 * * *", ["10-25 02:30", "10-26 02:30"]),
        ("2026-10-25T00:30:00+02:00", "0 * * * *", ["10-25 01:00", "10-25 02:00", "10-25 02:00", "10-25 03:00"]),
    ],
)
async def test_when_clocks_change(destination: Destination, start: str, cron: str, fired: list[str]) -> None:
    begin = datetime.fromisoformat(start)
    zone = "Europe/Berlin"
    server = Server(Config(port=0, shutdown_grace_s=0), clock=FrozenClock(int(begin.timestamp()) * 1_000))
    await server.start()
    try:
        async with aiohttp.ClientSession() as session:
            client = Client(session, server.url, TOKEN)
            await schedule(client, destination.url, cron=f"CRON_TZ={zone} {cron}")
            hours = 48 if "*" not in cron.split()[1] else 4
            await server.advance(hours * HOUR_MS)
            page = await client.get("/v2/events?state=CREATED&order=earliestFirst")
    finally:
        await server.stop()
    from zoneinfo import ZoneInfo

    local = [datetime.fromtimestamp(event["time"] / 1_000, ZoneInfo(zone)) for event in page["events"]]
    assert [f"{time:%m-%d %H:%M}" for time in local] == fired
