"""``POST /_dev/idle``: it returns when nothing is in flight or due, with what is pending."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from qstash_dev.dev.time_travel import Progress
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination
from tests.dev.conftest import Dev
from tests.travel.conftest import schedule


async def test_an_idle_server_has_nothing_pending(dev: Dev) -> None:
    assert await dev.post("idle") == {
        "now": NOON_MS,
        "time": "2026-01-01T12:00:00.000Z",
        "steps": 0,
        "attempts": 0,
        "failed": 0,
        "pending": [],
        "count": 0,
    }


async def test_idle_waits_for_deliveries_and_what_they_cause(
    dev: Dev, client: Client, destination: Destination
) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold), path="/hook")
    await client.publish(f"{destination.url}/hook", Upstash_Callback=f"{destination.url}/callback")
    await destination.received(1)
    idle = asyncio.create_task(dev.post("idle"))
    hold.set()
    await idle
    assert destination.paths() == ["/hook", "/callback"]


async def test_idle_counts_what_failed_meanwhile(server: Server, client: Client, destination: Destination) -> None:
    destination.answers(500)
    async with server.travel.held():
        idle = asyncio.create_task(server.travel.idle())
        await client.publish(destination.url)
    assert await idle == Progress(NOON_MS, attempts=1, failed=1)


async def test_what_waits_for_its_time_is_listed_soonest_first(
    dev: Dev, client: Client, destination: Destination
) -> None:
    destination.answers(500)
    later = await client.publish(destination.url, Upstash_Delay="1h")
    retried = await client.publish(destination.url)
    await schedule(client, destination.url, "* * * * *")
    idle = await dev.post("idle")
    assert idle["count"] == 2
    assert idle["pending"] == [
        {
            "messageId": retried,
            "user": "defaultUser",
            "url": destination.url,
            "state": "RETRY",
            "waitsFor": "try 1 of 4 failed, HTTP 500: ok; next in 12 s",
            "due": NOON_MS + 12_000,
            "dueTime": "2026-01-01T12:00:12.000Z",
        },
        {
            "messageId": later,
            "user": "defaultUser",
            "url": destination.url,
            "state": "CREATED",
            "waitsFor": "delayed: due in 1 h, at 13:00 UTC",
            "due": NOON_MS + 3_600_000,
            "dueTime": "2026-01-01T13:00:00.000Z",
        },
    ]


async def test_what_no_time_will_bring_has_no_due_time(dev: Dev, client: Client, destination: Destination) -> None:
    async with client.session.post(
        f"{client.url}/v2/queues",
        json={"queueName": "held", "paused": True, "parallelism": 1},
        headers={"Authorization": f"Bearer {client.token}"},
    ) as answer:
        assert answer.status == 200
    await client.call("POST", f"/v2/enqueue/held/{destination.url}")
    [pending] = (await dev.post("idle"))["pending"]
    paused = "1st in queue held, which is paused since 12:00 UTC: resume it"
    assert (pending["waitsFor"], "due" in pending) == (paused, False)


async def test_messages_of_all_users_are_listed(dev: Dev, client: Client, destination: Destination) -> None:
    client.token = USERS[2].token
    await client.publish(destination.url, Upstash_Delay="1h")
    assert [one["user"] for one in (await dev.post("idle"))["pending"]] == ["testUser2"]


async def test_a_long_list_is_cut_but_counted(dev: Dev, client: Client) -> None:
    batch = [{"destination": "http://127.0.0.1:1", "headers": {"Upstash-Delay": "1h"}}] * 120
    assert (await client.call("POST", "/v2/batch", json=batch))[0] == 201
    idle = await dev.post("idle")
    assert (len(idle["pending"]), idle["count"]) == (100, 120)


async def test_who_does_not_come_to_rest_in_time_is_named(dev: Dev, client: Client, destination: Destination) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    id = await client.publish(destination.url)
    status, answer = await dev.call("POST", "idle", {"timeout": 0.02})
    hold.set()
    assert (status, [call["messageId"] for call in answer["inFlight"]]) == (409, [id])
    start = f"still busy after 0.02 s:\n  {id} to {destination.url}: the destination has not answered for "
    assert answer["error"].startswith(start)
    await dev.post("idle")


@pytest.mark.parametrize("seconds", [0, -1, 601, "5", None, True, float("nan"), float("inf")])
async def test_a_timeout_that_is_none_is_refused(dev: Dev, seconds: Any) -> None:
    assert await dev.error("POST", "idle", {"timeout": seconds}) == (
        400,
        "invalid field timeout: use a number above 0, at most 600",
    )
