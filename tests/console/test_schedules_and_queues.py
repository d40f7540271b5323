"""``GET /_dev/schedules`` with the next runs, and ``GET /_dev/queues`` with their messages."""

from __future__ import annotations

from qstash_dev.clock import LAST_MS, FrozenClock
from qstash_dev.server import Server
from tests.api.support import HOUR_MS, NOWHERE, done
from tests.conftest import NOON_MS, Client
from tests.console.conftest import Reader
from tests.destination import Destination

DAY_MS = 86_400_000


async def schedule(client: Client, cron: str, body: bytes = b"", id: str = "mine", **more: str) -> None:
    headers = {"Upstash-Cron": cron, "Upstash-Schedule-Id": id} | {k.replace("_", "-"): v for k, v in more.items()}
    await client.call("POST", f"/v2/schedules/{NOWHERE}", data=body, headers=headers)


async def test_the_next_runs_are_told_in_the_zone_of_the_schedule(
    client: Client, reader: Reader, clock: FrozenClock
) -> None:
    clock.move_to(NOON_MS + 86 * DAY_MS)
    await schedule(client, "CRON_TZ=Europe/Berlin 30 9 * * *")
    found = await reader.get("schedules/mine")
    assert found["timeZone"] == "Europe/Berlin"
    # Clocks go forward on the 29th.
    assert [run["inZone"] for run in found["nextRuns"]] == [
        "2026-03-29T09:30:00+02:00",
        "2026-03-30T09:30:00+02:00",
        "2026-03-31T09:30:00+02:00",
        "2026-04-01T09:30:00+02:00",
        "2026-04-02T09:30:00+02:00",
    ]
    assert found["nextRuns"][0]["time"] == found["nextScheduleTime"] == NOON_MS + 87 * DAY_MS - 4.5 * HOUR_MS


async def test_without_a_zone_they_are_told_in_utc(client: Client, reader: Reader) -> None:
    await schedule(client, "0 0 1 * *")
    found = await reader.get("schedules/mine")
    assert found["timeZone"] == "UTC"
    assert found["nextRuns"][1]["inZone"] == "2026-03-01T00:00:00+00:00"


async def test_the_first_of_them_is_the_one_that_is_armed(
    client: Client, reader: Reader, server: Server, clock: FrozenClock
) -> None:
    await schedule(client, "@every 1h")
    await server.advance(20 * 60_000)
    found = await reader.get("schedules/mine")
    assert [run["time"] - NOON_MS for run in found["nextRuns"][:2]] == [HOUR_MS, 2 * HOUR_MS]


async def test_there_are_no_runs_beyond_the_end_of_time(client: Client, reader: Reader, clock: FrozenClock) -> None:
    clock.move_to(LAST_MS - 1_000 * HOUR_MS)
    await schedule(client, "@every 600h")
    assert [run["time"] for run in (await reader.get("schedules/mine"))["nextRuns"]] == [LAST_MS - 400 * HOUR_MS]


async def test_a_long_body_is_cut_and_lists_have_none(client: Client, reader: Reader) -> None:
    await schedule(client, "* * * * *", b"x" * 70_000, "long")
    await schedule(client, "* * * * *", b"short", "short")
    await schedule(client, "* * * * *", b"\xff", "bytes")
    listed = await reader.get("schedules")
    assert [(one["scheduleId"], one["bodySize"], "body" in one) for one in listed] == [
        ("long", 70_000, False),
        ("short", 5, False),
        ("bytes", 1, False),
    ]
    long = await reader.get("schedules/long")
    assert (len(long["body"]), long["truncated"]) == (65_536, True)
    assert (await reader.get("schedules/short"))["body"] == "short"
    assert (await reader.get("schedules/bytes"))["bodyBase64"] == "/w=="


async def test_what_is_redacted_is_not_shown(client: Client, reader: Reader) -> None:
    await schedule(client, "* * * * *", b"secret", Upstash_Redact_Fields="body")
    assert "secret" not in str(await reader.get("schedules/mine"))


async def test_schedules_and_queues_are_those_of_one_user(client: Client, reader: Reader) -> None:
    await schedule(client, "* * * * *")
    await done(client, "POST", "/v2/queues", json={"queueName": "q"})
    assert await reader.get("schedules?user=testUser1") == []
    assert await reader.get("queues?user=testUser1") == []
    status, answer = await reader.call("GET", "schedules/mine?user=testUser1")
    assert (status, "mine" in answer["error"]) == (404, True)
    assert (await reader.call("GET", "queues?user=nobody"))[0] == 404


async def test_a_queue_tells_what_waits_and_what_is_at_its_front(
    client: Client, reader: Reader, server: Server, destination: Destination
) -> None:
    destination.answers(500)
    for _ in range(3):
        await client.call(
            "POST",
            f"/v2/enqueue/q/{destination.url}",
            headers={"Upstash-Retries": "1", "Upstash-Retry-Delay": "60000"},
        )
    await server.idle()
    [queue] = await reader.get("queues")
    # The first one waits for its retry, and keeps its place.
    assert (queue["inUse"], queue["waiting"], queue["lag"], queue["parallelism"]) == (1, 2, 3, 1)
