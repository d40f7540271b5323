"""All rules use the one clock; signatures and timeouts use real time."""

from __future__ import annotations

import asyncio
import json
import time
from base64 import urlsafe_b64decode

import pytest
from qstash import Receiver

from qstash_dev.clock import Clock, FrozenClock
from qstash_dev.config import FREE, PAYG, PRO, Config, Quota
from qstash_dev.server import Server
from qstash_dev.state.deduplication import WINDOW_MS
from qstash_dev.state.tenant import USERS
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination
from tests.travel.conftest import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Serve, times


async def test_duplicates_are_known_for_ten_minutes_of_the_clock(
    server: Server, client: Client, destination: Destination
) -> None:
    first = await client.publish(destination.url, Upstash_Deduplication_Id="order-1")
    await server.travel.by(WINDOW_MS - 1)
    path, headers = f"/v2/publish/{destination.url}", {"Upstash-Deduplication-Id": "order-1"}
    status, receipt = await client.call("POST", path, headers=headers)
    assert (status, receipt["messageId"], receipt["deduplicated"]) == (202, first, True)
    await server.travel.by(1)
    assert await client.publish(destination.url, Upstash_Deduplication_Id="order-1") != first


async def test_rate_periods_are_those_of_the_clock(server: Server, client: Client, destination: Destination) -> None:
    limits = {"Upstash_Flow_Control_Key": "key", "Upstash_Flow_Control_Value": "rate=2,period=1h"}
    for _ in range(5):
        await client.publish(destination.url, **limits)
    await server.travel.idle()
    assert len(destination.requests) == 2
    await server.travel.by(DAY_MS)
    assert await times(client) == [NOON_MS + hours * HOUR_MS for hours in (0, 0, 1, 1, 2)]


@pytest.mark.parametrize(("quota", "days"), [(FREE, 3), (PAYG, 7), (PRO, 14)], ids=["free", "payg", "pro"])
async def test_events_are_kept_as_long_as_the_plan_says(
    serve: Serve, destination: Destination, quota: Quota, days: int
) -> None:
    server, client = await serve(FrozenClock(NOON_MS), Config(port=0, shutdown_grace_s=0, quota=quota))
    await client.publish(destination.url)
    await server.travel.by(days * DAY_MS)
    assert len((await client.get("/v2/events"))["events"]) == 3
    await server.travel.by(1)
    log = server.broker.tenants.all()[0].log
    assert log.first_seq > log.last_seq
    assert (await client.get("/v2/events"))["events"] == []


@pytest.mark.parametrize(("quota", "days"), [(FREE, 3), (PAYG, 7), (PRO, 30)], ids=["free", "payg", "pro"])
async def test_dead_letters_are_kept_as_long_as_the_plan_says(
    serve: Serve, destination: Destination, quota: Quota, days: int
) -> None:
    server, client = await serve(FrozenClock(NOON_MS), Config(port=0, shutdown_grace_s=0, quota=quota))
    destination.answers(500)
    for delay in ("0s", "1h"):
        await client.publish(destination.url, Upstash_Retries="0", Upstash_Delay=delay)
    await server.travel.to(NOON_MS + days * DAY_MS)
    assert len((await client.get("/v2/dlq"))["messages"]) == 2
    await server.travel.by(1)
    assert len((await client.get("/v2/dlq"))["messages"]) == 1
    await server.travel.by(HOUR_MS)
    assert (await client.get("/v2/dlq"))["messages"] == []


async def test_what_is_too_old_is_forgotten_without_a_journey_as_well(serve: Serve, destination: Destination) -> None:
    clock = FrozenClock(NOON_MS)
    server, client = await serve(clock)
    await client.publish(destination.url)
    await server.travel.idle()
    clock.move_to(NOON_MS + 8 * DAY_MS)
    assert (await client.get("/v2/events"))["events"] == []


@pytest.mark.parametrize("start_ms", [0, NOON_MS, NOON_MS + 36_500 * DAY_MS])
async def test_the_official_receiver_accepts_signatures_of_any_virtual_time(
    serve: Serve, destination: Destination, start_ms: int
) -> None:
    server, client = await serve(FrozenClock(start_ms))
    await client.publish(f"{destination.url}/a", b"body", Upstash_Delay="1d")
    await server.travel.by(DAY_MS)
    [request] = destination.requests
    token = request.headers["Upstash-Signature"]
    receiver = Receiver(USERS[0].current_signing_key, USERS[0].next_signing_key)
    receiver.verify(signature=token, body=request.body.decode(), url=f"{destination.url}/a")
    claims = json.loads(urlsafe_b64decode(token.split(".")[1] + "=="))
    assert abs(claims["iat"] - time.time()) < 60
    assert await times(client) == [start_ms + DAY_MS]


async def test_a_destination_has_its_timeout_in_real_time(
    server: Server, client: Client, destination: Destination
) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold), 200)
    id = await client.publish(destination.url, Upstash_Delay="1h", Upstash_Timeout="100ms")
    started = time.perf_counter()
    await server.travel.by(DAY_MS)
    assert time.perf_counter() - started >= 0.1
    hold.set()
    page = await client.get(f"/v2/events?messageId={id}&state=ERROR")
    [event] = page["events"]
    assert "within 0.1 s" in event["error"]
    # The clock stood still meanwhile.
    assert event["time"] == NOON_MS + HOUR_MS


async def test_a_fast_clock_delivers_what_is_due_in_an_hour_at_once(serve: Serve, destination: Destination) -> None:
    server, client = await serve(Clock(NOON_MS, scale=1_000_000))
    destination.answers(500, 200)
    await client.publish(destination.url, Upstash_Delay="1h", Upstash_Retry_Delay="3600000")
    await destination.received(2)
    await server.travel.idle()
    first, second = await times(client)
    assert first >= NOON_MS + HOUR_MS
    assert second >= first + HOUR_MS


def test_the_server_takes_the_scale_of_its_configuration() -> None:
    server = Server(Config(port=0, time_scale=3_600))
    assert (server.clock.mode, server.clock.scale) == ("scaled", 3_600)


async def test_schedules_follow_a_fast_clock_minute_by_minute(serve: Serve, destination: Destination) -> None:
    # One minute passes in 20 ms.
    server, client = await serve(Clock(NOON_MS, scale=3_000))
    headers = {"Upstash-Cron": "* * * * *"}
    assert (await client.call("POST", f"/v2/schedules/{destination.url}", headers=headers))[0] == 201
    await destination.received(4)
    server.travel.pause()
    await server.travel.idle()
    minutes = [at_ms // MINUTE_MS for at_ms in await times(client, "CREATED")]
    assert minutes == sorted(set(minutes))
    assert len(minutes) == len(destination.requests) >= 4


async def test_a_paused_clock_lets_nothing_happen_and_a_running_one_lets_it(
    serve: Serve, destination: Destination
) -> None:
    server, client = await serve(Clock())
    server.travel.pause()
    at_ms = server.clock.now_ms()
    await client.publish(destination.url, Upstash_Delay="20ms")
    # More than the message waits for passes on the wall.
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold), path="/slow")
    await client.publish(f"{destination.url}/slow", Upstash_Timeout="50ms", Upstash_Retries="0")
    await server.travel.idle()
    hold.set()
    assert (destination.paths(), server.clock.now_ms()) == (["/slow"], at_ms)
    server.travel.run(1.0)
    await destination.received(2)
    assert server.clock.now_ms() >= at_ms + 20


async def test_a_running_clock_can_be_moved_ahead_and_ticks_on(serve: Serve, destination: Destination) -> None:
    server, client = await serve(Clock())
    await client.publish(destination.url, Upstash_Delay="1h")
    await client.publish(f"{destination.url}/soon", Upstash_Delay="1h50ms")
    await server.travel.by(HOUR_MS)
    assert destination.paths() == ["/"]
    await destination.received(2)
    assert server.clock.mode == "travelled"


async def test_a_paused_clock_that_becomes_real_delivers_what_it_missed_in_order(
    serve: Serve, destination: Destination
) -> None:
    now_ms = Clock().now_ms()
    server, client = await serve(Clock(now_ms - 3 * HOUR_MS, paused=True))
    for hours in (2, 1, 4):
        await client.publish(f"{destination.url}/{hours}", Upstash_Delay=f"{hours}h")
    await server.travel.to_real()
    assert destination.paths() == ["/1", "/2"]
    first, second = await times(client)
    assert (first, second) == (now_ms - 2 * HOUR_MS, now_ms - HOUR_MS)
    assert server.clock.mode == "real"
    assert abs(server.clock.offset_ms()) < SECOND_MS


async def test_a_clock_that_is_ahead_keeps_its_lead_when_it_becomes_real(server: Server) -> None:
    await server.travel.to(Clock().now_ms() + DAY_MS)
    before_ms = server.clock.now_ms()
    await server.travel.to_real()
    assert server.clock.now_ms() >= before_ms
    assert server.clock.mode == "travelled"
