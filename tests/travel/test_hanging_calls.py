"""Calls that hold a journey up: named before the messages behind them, told after a while, and aborted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from qstash_dev.config import Config, Limits
from qstash_dev.dev.journey import Journey, TravelEvent
from qstash_dev.dev.travel_errors import NotIdle
from qstash_dev.server import Server
from tests.conftest import NOON_MS, Client, within
from tests.destination import Answer, Destination
from tests.travel.conftest import DAY_MS, HOUR_MS, schedule

PATIENCE_S = 60
AT_ONCE_S = 0.02


@pytest.fixture
async def hanging(destination: Destination) -> AsyncIterator[Destination]:
    """A destination that does not answer below ``/hangs`` before the test has ended."""
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold), path="/hangs")
    yield destination
    hold.set()


async def test_the_call_in_flight_is_named_and_those_behind_it_are_counted(
    server: Server, client: Client, hanging: Destination
) -> None:
    first, *_ = [
        (await client.call("POST", f"/v2/enqueue/stuck/{hanging.url}/hangs"))[1]["messageId"] for _ in range(11)
    ]
    with pytest.raises(NotIdle) as caught:
        await server.travel.by(HOUR_MS, timeout_s=0.05)
    (call,) = caught.value.in_flight
    assert (call.message_id, call.url, call.user, call.method) == (
        first,
        f"{hanging.url}/hangs",
        "defaultUser",
        "POST",
    )
    assert call.running_s > 0
    assert (call.since_ms, caught.value.waiting) == (NOON_MS, 10)
    lines = str(caught.value).splitlines()
    assert lines[1].startswith(f"  {first} to {hanging.url}/hangs: the destination has not answered for ")
    assert lines[2:] == [
        "  10 messages wait for a turn",
        f"  to go on without an answer: POST /_dev/messages/{first}/abort, or abort(id) in a test",
    ]


async def test_a_journey_goes_on_when_its_call_is_aborted(
    server: Server, client: Client, hanging: Destination
) -> None:
    id = await client.publish(f"{hanging.url}/hangs", Upstash_Delay="1h", Upstash_Retries="0")
    journey = asyncio.create_task(server.travel.by(DAY_MS, timeout_s=PATIENCE_S))
    await hanging.received(1)
    assert (await client.call("POST", f"/_dev/messages/{id}/abort"))[0] == 200
    progress = await journey
    assert (progress.now_ms, progress.attempts, progress.failed) == (NOON_MS + DAY_MS, 1, 1)
    assert await client.states(id) == ["CREATED", "ACTIVE", "ERROR", "FAILED"]


async def test_calls_that_take_too_long_are_aborted_on_the_way(
    server: Server, client: Client, hanging: Destination
) -> None:
    id = await client.publish(f"{hanging.url}/hangs", Upstash_Retries="2")
    other = await client.publish(hanging.url, Upstash_Delay="12h")
    progress = await server.travel.by(DAY_MS, timeout_s=PATIENCE_S, abort_after_s=AT_ONCE_S)
    assert (progress.now_ms, progress.aborted, progress.failed) == (NOON_MS + DAY_MS, 3, 3)
    assert await client.states(id) == ["CREATED", *["ACTIVE", "ERROR", "RETRY"] * 2, "ACTIVE", "ERROR", "FAILED"]
    assert (await client.states(other))[-1] == "DELIVERED"


async def test_every_kind_of_journey_can_abort(server: Server, client: Client, hanging: Destination) -> None:
    travel = server.travel
    for go in (
        lambda: travel.to(NOON_MS + HOUR_MS, timeout_s=PATIENCE_S, abort_after_s=AT_ONCE_S),
        lambda: travel.next(timeout_s=PATIENCE_S, abort_after_s=AT_ONCE_S),
        lambda: travel.run_all(timeout_s=PATIENCE_S, abort_after_s=AT_ONCE_S),
        lambda: travel.to_real(timeout_s=PATIENCE_S, abort_after_s=AT_ONCE_S),
    ):
        await client.publish(f"{hanging.url}/hangs", Upstash_Retries="0")
        assert (await go()).aborted == 1


@within(still_waiting_s=(0.01,))
async def test_a_call_that_holds_a_journey_is_told_once(server: Server, client: Client, hanging: Destination) -> None:
    told: list[str] = []
    waits = asyncio.Event()

    def subscriber(event: TravelEvent, journey: Journey) -> None:
        if event is TravelEvent.WAITS and journey.told is not None:
            told.append(journey.told.message_id)
            waits.set()

    server.travel.subscribers.append(subscriber)
    first, second = [await client.publish(f"{hanging.url}/hangs", Upstash_Retries="0") for _ in range(2)]
    journey = asyncio.create_task(server.travel.by(HOUR_MS, timeout_s=PATIENCE_S))
    for id in (first, second):
        await waits.wait()
        waits.clear()
        assert (await client.call("POST", f"/_dev/messages/{id}/abort"))[0] == 200
    await journey
    server.travel.subscribers.remove(subscriber)
    assert told == [first, second]


async def test_a_journey_is_stopped_where_it_is(server: Server, client: Client, hanging: Destination) -> None:
    await schedule(client, hanging.url, "0 * * * *")
    id = await client.publish(f"{hanging.url}/hangs", Upstash_Delay="150m")
    journey = asyncio.create_task(server.travel.by(DAY_MS, timeout_s=PATIENCE_S))
    await hanging.received(3)
    assert server.travel.stop_travel() is not None
    progress = await journey
    assert (progress.stopped, progress.now_ms, progress.steps) == (True, NOON_MS + 150 * 60_000, 3)
    assert server.travel.stop_travel() is None
    assert await client.states(id) == ["CREATED", "ACTIVE"]


async def test_a_journey_that_never_waits_can_be_stopped(server: Server, client: Client) -> None:
    id = await schedule(client, "http://127.0.0.1:1", "* * * * *")
    headers = {"Authorization": f"Bearer {client.token}"}
    async with client.session.post(f"{client.url}/v2/schedules/{id}/pause", headers=headers) as answer:
        assert answer.status == 200

    def subscriber(event: TravelEvent, journey: Journey) -> None:
        if event is TravelEvent.STOP and journey.steps == 10:
            server.travel.stop_travel()

    server.travel.subscribers.append(subscriber)
    progress = await server.travel.by(3_650 * DAY_MS, timeout_s=PATIENCE_S)
    server.travel.subscribers.remove(subscriber)
    assert progress.stopped
    assert 10 <= progress.steps <= 100


async def test_a_stopped_way_to_real_time_does_not_jump_there(
    server: Server, client: Client, hanging: Destination
) -> None:
    await client.publish(f"{hanging.url}/hangs", Upstash_Delay="1h")
    journey = asyncio.create_task(server.travel.to_real(timeout_s=PATIENCE_S))
    await hanging.received(1)
    server.travel.stop_travel()
    assert (await journey).now_ms == NOON_MS + HOUR_MS
    assert server.clock.paused


def test_five_seconds_are_long_unless_told_otherwise() -> None:
    assert (Limits().still_waiting_s[0], Config().limits) == (5.0, Limits())
