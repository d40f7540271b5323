"""``/_dev/clock``: reading, pausing, running and advancing the clock."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from qstash_dev.clock import LAST_MS, Clock
from qstash_dev.server import Server
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination
from tests.dev.conftest import Dev
from tests.travel.conftest import DAY_MS, HOUR_MS, MINUTE_MS, schedule

NOON = "2026-01-01T12:00:00.000Z"


async def test_the_clock_tells_its_time_and_how_it_runs(dev: Dev) -> None:
    clock = await dev.get("clock")
    offset_ms = clock.pop("offset")
    assert clock == {"now": NOON_MS, "time": NOON, "mode": "paused", "paused": True, "scale": 1.0}
    assert offset_ms == pytest.approx(NOON_MS - Clock().now_ms(), abs=60_000)


@pytest.mark.parametrize(
    ("by", "ms"), [("4d", 4 * DAY_MS), ("1h30m", 90 * MINUTE_MS), (90, 90_000), (0.29, 290), (0, 0), ("0s", 0)]
)
async def test_advance_goes_by_a_duration(dev: Dev, by: str | float, ms: int) -> None:
    progress = await dev.post("clock/advance", by=by)
    assert (progress["now"], progress["steps"], progress["attempts"]) == (NOON_MS + ms, 0, 0)
    assert (await dev.get("clock"))["now"] == NOON_MS + ms


@pytest.mark.parametrize(
    "to",
    [
        "2026-01-02T12:00:00Z",
        "2026-01-02T12:00:00",
        "2026-01-02T07:00:00-05:00",
        "2026-01-02 12:00",
        NOON_MS + DAY_MS,
    ],
)
async def test_advance_goes_to_a_time(dev: Dev, to: str | int) -> None:
    assert (await dev.post("clock/advance", to=to))["time"] == "2026-01-02T12:00:00.000Z"


async def test_advance_delivers_on_the_way(dev: Dev, client: Client, destination: Destination) -> None:
    destination.answers(500)
    await client.publish(destination.url, Upstash_Retries="5")
    progress = await dev.post("clock/advance", by="4d")
    assert (progress["steps"], progress["attempts"]) == (5, 5)
    assert len(destination.requests) == 6


async def test_next_goes_to_what_is_due_next(dev: Dev, client: Client, destination: Destination) -> None:
    await client.publish(destination.url, Upstash_Delay="90s")
    assert (await dev.post("clock/next"))["now"] == NOON_MS + 90_000
    assert (await dev.post("clock/next")) == {
        "now": NOON_MS + 90_000,
        "time": "2026-01-01T12:01:30.000Z",
        "steps": 0,
        "attempts": 0,
        "failed": 0,
    }


async def test_run_all_goes_until_nothing_is_left_but_schedules(
    dev: Dev, client: Client, destination: Destination
) -> None:
    await schedule(client, destination.url, "0 * * * *")
    await client.publish(destination.url, Upstash_Delay="90m")
    assert (await dev.post("clock/run-all", until="2026-01-01T12:30:00Z"))["attempts"] == 0
    progress = await dev.post("clock/run-all")
    assert (progress["now"], progress["attempts"]) == (NOON_MS + 90 * MINUTE_MS, 2)


async def test_a_runaway_is_answered_with_what_ran_away(dev: Dev, client: Client, destination: Destination) -> None:
    id = await schedule(client, destination.url, "* * * * *")
    await client.publish(destination.url, Upstash_Delay="1d")
    for path, fields in (("run-all", {"maxSteps": 5}), ("advance", {"by": "1d", "maxSteps": 5})):
        status, error = await dev.error("POST", f"clock/{path}", fields)
        assert status == 409
        assert f"the time travel had not ended after 5 steps (schedule {id} took 5 of 5 steps)" in error


async def test_a_destination_that_hangs_is_answered_with_its_message(
    dev: Dev, client: Client, destination: Destination
) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    id = await client.publish(destination.url, Upstash_Delay="1h")
    refused = [
        await dev.call("POST", f"clock/{path}", {**fields, "timeout": 0.02})
        for path, fields in (("advance", {"by": "4d"}), ("next", {}), ("run-all", {}), ("real", {}))
    ]
    hold.set()
    for status, answer in refused:
        (call,) = answer["inFlight"]
        assert (status, answer["waiting"], call.pop("runningMs") >= 0) == (409, 0, True)
        assert call == {
            "messageId": id,
            "user": "defaultUser",
            "method": "POST",
            "url": destination.url,
            "since": NOON_MS + HOUR_MS,
            "sinceTime": "2026-01-01T13:00:00.000Z",
        }
        assert answer["error"].startswith(f"still busy after 0.02 s:\n  {id} to {destination.url}: the destination")
    assert (await dev.get("clock"))["now"] == NOON_MS + HOUR_MS


async def test_the_clock_runs_and_is_paused_again(dev: Dev, client: Client, destination: Destination) -> None:
    clock = await dev.post("clock/run", scale=1_000_000)
    assert (clock["mode"], clock["paused"], clock["scale"]) == ("scaled", False, 1_000_000)
    await client.publish(destination.url, Upstash_Delay="1h")
    await destination.received(1)
    clock = await dev.post("clock/pause")
    assert clock["mode"] == "paused"
    assert clock["now"] >= NOON_MS + HOUR_MS
    assert (await dev.get("clock"))["now"] == clock["now"]


async def test_the_clock_runs_as_fast_as_real_time_unless_told_otherwise(dev: Dev, server: Server) -> None:
    clock = await dev.post("clock/run")
    assert (clock["mode"], clock["scale"]) == ("travelled", 1.0)
    assert not server.clock.paused


async def test_a_clock_behind_becomes_real_again(dev: Dev, client: Client, destination: Destination) -> None:
    await client.publish(destination.url, Upstash_Delay="1h")
    clock = await dev.post("clock/real", maxSteps=10)
    assert (clock["mode"], len(destination.requests)) == ("real", 1)
    assert abs(clock["offset"]) < 1_000


async def test_a_clock_ahead_runs_on_with_its_lead(dev: Dev) -> None:
    ahead_ms = Clock().now_ms() + 4 * DAY_MS
    await dev.post("clock/advance", to=ahead_ms)
    clock = await dev.post("clock/real")
    assert (clock["mode"], clock["paused"]) == ("travelled", False)
    assert clock["now"] >= ahead_ms


async def test_becoming_real_again_may_be_too_far(dev: Dev, client: Client, destination: Destination) -> None:
    id = await schedule(client, destination.url, "* * * * *")
    status, error = await dev.error("POST", "clock/real", {"maxSteps": 3})
    assert (status, f"schedule {id}" in error) == (409, True)
    assert (await dev.get("clock"))["mode"] == "paused"


NEGATIVE = "use a duration that is not negative: time only goes forward"


@pytest.mark.parametrize(
    ("path", "fields", "reason"),
    [
        ("advance", {}, "invalid field by: give either by, a duration such as '4d', or to, a time"),
        ("advance", {"by": 1, "to": NOON_MS}, "invalid field by: give either by"),
        ("advance", {"by": -1}, f"invalid field by: {NEGATIVE}"),
        ("advance", {"by": "-1h"}, "invalid field by: use a duration such as"),
        ("advance", {"by": "tomorrow"}, "invalid field by: use a duration such as"),
        ("advance", {"by": None}, "invalid field by: use seconds, or a duration such as"),
        ("advance", {"by": True}, "invalid field by: use seconds, or a duration such as"),
        ("advance", {"by": ["1h"]}, "invalid field by: use seconds, or a duration such as"),
        ("advance", {"by": float("nan")}, f"invalid field by: {NEGATIVE}"),
        ("advance", {"by": float("inf")}, "invalid field by: use a duration of at most 100 years"),
        ("advance", {"by": 10**400}, "invalid field by: use a duration of at most 100 years"),
        ("advance", {"by": "36501d"}, "invalid field by: use a duration of at most 100 years"),
        ("advance", {"to": NOON_MS - 1}, f"invalid field to: time only goes forward, and it is {NOON} already"),
        ("advance", {"to": "2025-01-01"}, f"invalid field to: time only goes forward, and it is {NOON} already"),
        ("advance", {"to": -1}, "invalid field to: use unix milliseconds, or a time such as"),
        ("advance", {"to": 1.5}, "invalid field to: use unix milliseconds, or a time such as"),
        ("advance", {"to": float("nan")}, "invalid field to: use unix milliseconds, or a time such as"),
        ("advance", {"to": "noon"}, "invalid field to: use unix milliseconds, or a time such as"),
        ("advance", {"to": "0001-01-01T00:00:00+14:00"}, "invalid field to: time only goes forward"),
        ("advance", {"to": None}, "invalid field to: use unix milliseconds, or a time such as"),
        ("advance", {"to": 10**400}, "invalid field to: time ends at 9000-01-01T00:00:00.000Z"),
        ("advance", {"to": "9999-12-31"}, "invalid field to: time ends at 9000-01-01T00:00:00.000Z"),
        ("advance", {"by": 1, "maxSteps": 0}, "invalid field maxSteps: use a whole number from 1 to 1000000"),
        ("advance", {"by": 1, "maxSteps": 1.5}, "invalid field maxSteps: use a whole number from 1 to 1000000"),
        ("advance", {"by": 1, "timeout": 0}, "invalid field timeout: use a number above 0, at most 600"),
        ("advance", {"by": 1, "timeout": float("nan")}, "invalid field timeout: use a number above 0, at most 600"),
        ("advance", {"by": 1, "timeout": 601}, "invalid field timeout: use a number above 0, at most 600"),
        ("advance", {"by": 1, "timeout": "5s"}, "invalid field timeout: use a number above 0, at most 600"),
        ("advance", {"seconds": 1}, "invalid field seconds: use timeout, abortAfter, maxSteps, by, to"),
        ("next", {"by": 1}, "invalid field by: use timeout"),
        ("pause", {"by": 1}, "invalid field by: send no body, for there is nothing to choose"),
        ("run", {"scale": 0}, "invalid field scale: use a number above 0, at most 1e+06"),
        ("run", {"scale": -2}, "invalid field scale: use a number above 0, at most 1e+06"),
        ("run", {"scale": float("inf")}, "invalid field scale: use a number above 0, at most 1e+06"),
        ("run", {"scale": float("nan")}, "invalid field scale: use a number above 0, at most 1e+06"),
        ("run", {"scale": False}, "invalid field scale: use a number above 0, at most 1e+06"),
        ("run-all", {"until": "2025-01-01"}, "invalid field until: time only goes forward"),
        ("run-all", {"maxSteps": -1}, "invalid field maxSteps: use a whole number from 1 to 1000000"),
        ("real", {"timeout": -1}, "invalid field timeout: use a number above 0, at most 600"),
        ("advance", [1], "invalid request body: send a JSON object"),
        ("advance", "1h", "invalid request body: send a JSON object"),
    ],
)
async def test_what_cannot_be_is_refused_by_name_and_moves_nothing(
    dev: Dev, path: str, fields: Any, reason: str
) -> None:
    status, error = await dev.error("POST", f"clock/{path}", fields)
    assert (status, error[: len(reason)]) == (400, reason)
    clock = await dev.get("clock")
    assert (clock["now"], clock["mode"]) == (NOON_MS, "paused")


async def test_time_ends_in_the_year_9000(dev: Dev) -> None:
    assert (await dev.post("clock/advance", to=LAST_MS))["time"] == "9000-01-01T00:00:00.000Z"
    status, error = await dev.error("POST", "clock/advance", {"by": 1})
    assert (status, error) == (400, "invalid field by: time ends at 9000-01-01T00:00:00.000Z")
    await dev.post("clock/run", scale=1_000_000)
    assert (await dev.get("clock"))["now"] == LAST_MS
