"""Schedules during time travel over days and years: each fires at its minutes."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from qstash_dev.clock import FrozenClock
from qstash_dev.config import PRO, Config, Retention
from qstash_dev.server import Server
from tests.conftest import NOON_MS, Client
from tests.destination import Destination
from tests.travel.conftest import DAY_MS, HOUR_MS, MINUTE_MS, Serve, schedule, times

NEW_YORK = ZoneInfo("America/New_York")


def moment_ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1_000)


async def test_a_day_of_every_minute_is_1440_deliveries(
    server: Server, client: Client, destination: Destination
) -> None:
    await schedule(client, destination.url, "* * * * *")
    progress = await server.travel.by(DAY_MS, timeout_s=30)
    assert (progress.steps, progress.attempts, len(destination.requests)) == (1_440, 1_440, 1_440)
    tenant = server.broker.tenants.all()[0]
    active = [entry.time_ms for entry in tenant.log.walk(latest_first=False) if entry.state == "ACTIVE"]
    assert active == [NOON_MS + (number + 1) * MINUTE_MS for number in range(1_440)]


async def test_a_year_of_every_day_is_365_deliveries_at_the_same_hour_of_the_wall(
    serve: Serve, destination: Destination
) -> None:
    server, client = await serve(FrozenClock(NOON_MS))
    await schedule(client, destination.url, "CRON_TZ=America/New_York 30 8 * * *")
    starts: list[int] = []
    tenant = server.broker.tenants.all()[0]
    tenant.log.subscribers.append(lambda entry: starts.append(entry.time_ms) if entry.state == "CREATED" else None)
    progress = await server.travel.by(365 * DAY_MS, timeout_s=30)
    assert (progress.steps, len(destination.requests)) == (365, 365)
    local = [datetime.fromtimestamp(at_ms / 1_000, NEW_YORK) for at_ms in starts]
    assert {(at.hour, at.minute) for at in local} == {(8, 30)}
    assert [(after.date() - before.date()).days for before, after in pairwise(local)] == [1] * 364
    # Daylight saving time moves it in UTC.
    assert {at.astimezone(UTC).hour for at in local} == {12, 13}


@pytest.mark.parametrize(
    ("start", "cron", "expected"),
    [
        ("2026-03-08T06:59:00+00:00", "30 2 * * *", ["2026-03-09T02:30:00-04:00", "2026-03-10T02:30:00-04:00"]),
        ("2026-11-01T04:00:00+00:00", "30 1 * * *", ["2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"]),
    ],
    ids=["clocks jump forward", "clocks go back"],
)
async def test_a_journey_through_a_change_of_clocks(
    serve: Serve, destination: Destination, start: str, cron: str, expected: list[str]
) -> None:
    server, client = await serve(FrozenClock(moment_ms(start)))
    await schedule(client, destination.url, f"CRON_TZ=America/New_York {cron}")
    await server.travel.by(2 * DAY_MS)
    assert await times(client) == [moment_ms(text) for text in expected]


async def test_a_paused_schedule_is_travelled_past(server: Server, client: Client, destination: Destination) -> None:
    id = await schedule(client, destination.url, "0 * * * *")
    headers = {"Authorization": f"Bearer {client.token}"}
    for verb, deliveries in (("pause", 0), ("resume", 3)):
        url = f"{client.url}/v2/schedules/{id}/{verb}"
        async with client.session.post(url, headers=headers) as answer:
            assert answer.status == 200
        await server.travel.by(3 * HOUR_MS)
        assert len(destination.requests) == deliveries


async def test_schedules_and_retries_keep_their_order(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, 200, path="/retried")
    await schedule(client, f"{destination.url}/hourly", "0 * * * *")
    await client.publish(f"{destination.url}/retried", Upstash_Retry_Delay=str(90 * MINUTE_MS))
    await server.travel.by(2 * HOUR_MS)
    assert destination.paths() == ["/retried", "/hourly", "/retried", "/hourly"]


async def test_a_long_journey_keeps_no_more_than_the_retention(serve: Serve, destination: Destination) -> None:
    config = Config(port=0, shutdown_grace_s=0, retention=Retention(events=50, finished_messages=20), quota=PRO)
    server, client = await serve(FrozenClock(NOON_MS), config)
    await schedule(client, destination.url, "0 * * * *")
    await server.travel.by(7 * DAY_MS)
    tenant = server.broker.tenants.all()[0]
    assert len(destination.requests) == 7 * 24
    assert (len(list(tenant.log.walk(latest_first=False))), len(tenant.messages), len(server.broker.timers)) == (
        50,
        20,
        1,
    )
