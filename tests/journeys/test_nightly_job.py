"""Schedules that publish to queues and URL groups, and the results of their runs."""

from __future__ import annotations

import asyncio

from qstash_dev.server import Server
from tests.api.support import HOUR_MS, done, make_group
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination

MINUTE_MS = 60_000


async def schedule(client: Client, destination: str, cron: str, **headers: str) -> None:
    named = {"Upstash-Cron": cron, "Upstash-Schedule-Id": "job"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    status, _ = await client.call("POST", f"/v2/schedules/{destination}", headers=named)
    assert status == 201


async def outcome(client: Client) -> list[str]:
    """What became of the latest run."""
    return list((await client.get("/v2/schedules/job"))["lastScheduleStates"].values())


async def test_runs_that_take_too_long_stand_in_line_instead_of_overlapping(
    server: Server, client: Client, destination: Destination
) -> None:
    held = asyncio.Event()
    destination.answers(Answer(hold=held), 200)
    await schedule(client, destination.url, "* * * * *", Upstash_Queue_Name="jobs", Upstash_Label="nightly")
    for _ in range(3):
        # The first run never comes to rest, so the clock cannot travel by itself.
        server.clock.move_to(server.clock.now_ms() + MINUTE_MS)
        server.broker.timers.run_due(server.clock.now_ms())
    await destination.received(1)
    assert (await client.get("/v2/queues/jobs"))["lag"] == 3
    assert await outcome(client) == ["IN_PROGRESS"]
    await done(client, "PATCH", "/v2/schedules/job/pause")
    held.set()
    await server.idle()
    assert len(destination.requests) == 3
    assert await outcome(client) == ["SUCCESS"]
    created = (await client.get("/v2/events?scheduleId=job&state=CREATED&order=earliestFirst"))["events"]
    delivered = (await client.get("/v2/events?label=nightly&state=DELIVERED&order=earliestFirst"))["events"]
    assert [event["time"] - NOON_MS for event in created] == [MINUTE_MS, 2 * MINUTE_MS, 3 * MINUTE_MS]
    assert [event["messageId"] for event in delivered] == [event["messageId"] for event in created]


async def test_a_run_that_keeps_failing_shows_in_the_schedule_and_in_the_dead_letter_queue(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, path="/job")
    options = {
        "Upstash_Retries": "2",
        "Upstash_Retry_Delay": "60000",
        "Upstash_Failure_Callback": f"{destination.url}/alarm",
    }
    await schedule(client, f"{destination.url}/job", "0 * * * *", **options)
    await server.advance(HOUR_MS)
    assert await outcome(client) == ["IN_PROGRESS"]
    await server.advance(2 * MINUTE_MS)
    assert await outcome(client) == ["FAIL"]
    alarm = destination.requests[-1]
    assert (alarm.target, alarm.json["scheduleId"], alarm.json["retried"]) == ("/alarm", "job", 2)
    [letter] = (await client.get("/v2/dlq?scheduleId=job"))["messages"]
    assert alarm.json["dlqId"] == letter["dlqId"]

    # The retried run still belongs to its schedule, but the outcome shown is that of the run itself.
    destination.answers(200, path="/job")
    _, answer = await client.call("POST", f"/v2/dlq/retry/{letter['dlqId']}")
    await server.idle()
    assert (await client.get(f"/v2/messages/{answer['messageId']}"))["scheduleId"] == "job"
    assert destination.requests[-1].headers["Upstash-Schedule-Id"] == "job"
    await server.advance(HOUR_MS)
    assert await outcome(client) == ["SUCCESS"]


async def test_a_year_of_a_monthly_report_to_a_group(
    server: Server, client: Client, destination: Destination
) -> None:
    await make_group(client, "report", f"{destination.url}/a", f"{destination.url}/b")
    await schedule(client, "report", "CRON_TZ=America/New_York 0 9 1 * *")
    hours = set()
    for _ in range(73):
        # The log forgets after a week.
        await server.advance(5 * 24 * HOUR_MS)
        events = (await client.get("/v2/events?scheduleId=job&state=CREATED&topicName=report"))["events"]
        hours |= {event["time"] % (24 * HOUR_MS) // HOUR_MS for event in events}
    assert len(destination.requests) == 24
    # Nine in the morning is 13 or 14 o'clock UTC, depending on the season.
    assert hours == {13, 14}


async def test_an_application_that_recreates_its_schedule_at_every_start_runs_it_once(
    server: Server, client: Client, destination: Destination
) -> None:
    for _ in range(3):
        await schedule(client, destination.url, "*/10 * * * *")
        await server.advance(MINUTE_MS)
    await server.advance(9 * MINUTE_MS)
    assert len(destination.requests) == 1
    assert len(await client.get("/v2/schedules")) == 1
    await done(client, "DELETE", "/v2/schedules/job")
    await server.advance(HOUR_MS)
    assert len(destination.requests) == 1
