"""Two travels at once run one after the other, and calls in between do not disturb them."""

from __future__ import annotations

import asyncio

import pytest

from qstash_dev.dev.travel_errors import NotIdle
from qstash_dev.server import Server
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination
from tests.travel.conftest import DAY_MS, HOUR_MS, schedule, times


async def test_two_journeys_at_once_add_up(server: Server, client: Client, destination: Destination) -> None:
    await schedule(client, destination.url, "0 * * * *")
    first, second = await asyncio.gather(server.travel.by(2 * HOUR_MS), server.travel.by(3 * HOUR_MS))
    assert (first.now_ms, second.now_ms) == (NOON_MS + 2 * HOUR_MS, NOON_MS + 5 * HOUR_MS)
    assert (first.attempts, second.attempts) == (2, 3)
    assert await times(client) == [NOON_MS + (number + 1) * HOUR_MS for number in range(5)]


async def test_two_journeys_to_one_time_arrive_together(server: Server) -> None:
    ends = await asyncio.gather(*(server.travel.to(NOON_MS + DAY_MS) for _ in range(3)))
    assert {end.now_ms for end in ends} == {NOON_MS + DAY_MS}


async def test_two_who_ask_for_what_is_next_get_one_each(
    server: Server, client: Client, destination: Destination
) -> None:
    for hours in (1, 2):
        await client.publish(destination.url, Upstash_Delay=f"{hours}h")
    ends = await asyncio.gather(server.travel.next(), server.travel.next())
    assert [end.now_ms for end in ends] == [NOON_MS + HOUR_MS, NOON_MS + 2 * HOUR_MS]


async def test_a_journey_does_not_wait_longer_than_it_may_for_another(
    server: Server, client: Client, destination: Destination
) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    await client.publish(destination.url)
    first = asyncio.create_task(server.travel.by(HOUR_MS, timeout_s=60))
    await destination.received(1)
    with pytest.raises(NotIdle, match=r"another time travel had not ended after 0\.05 s"):
        await server.travel.by(HOUR_MS, timeout_s=0.05)
    hold.set()
    assert (await first).now_ms == NOON_MS + HOUR_MS


async def test_a_destination_may_not_travel_while_it_is_waited_for_but_all_goes_on(
    server: Server, client: Client, destination: Destination
) -> None:
    answered = asyncio.Event()
    destination.answers(Answer(hold=answered))
    await client.publish(destination.url, Upstash_Delay="1h")
    journey = asyncio.create_task(server.travel.by(DAY_MS, timeout_s=60))
    await destination.received(1)
    status, error = await client.call("POST", "/_dev/clock/advance", json={"by": "1h", "timeout": 0.05})
    answered.set()
    assert (status, error["error"].splitlines()[0]) == (409, "another time travel had not ended after 0.05 s:")
    assert [call["url"] for call in error["inFlight"]] == [destination.url]
    assert (await journey).now_ms == NOON_MS + DAY_MS


async def test_a_journey_that_is_given_up_makes_way_for_the_next(
    server: Server, client: Client, destination: Destination
) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold), 200)
    await client.publish(destination.url)
    given_up = asyncio.create_task(server.travel.by(HOUR_MS, timeout_s=60))
    await destination.received(1)
    given_up.cancel()
    hold.set()
    assert (await server.travel.by(HOUR_MS)).now_ms == NOON_MS + HOUR_MS
    assert given_up.cancelled()


async def test_what_is_published_during_a_journey_takes_part_in_it(
    server: Server, client: Client, destination: Destination
) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold), path="/first")
    await client.publish(f"{destination.url}/first", Upstash_Delay="1h")
    journey = asyncio.create_task(server.travel.by(DAY_MS))
    await destination.received(1)
    await client.publish(f"{destination.url}/second", Upstash_Delay="1h")
    hold.set()
    await journey
    assert await times(client) == [NOON_MS + HOUR_MS, NOON_MS + 2 * HOUR_MS]


async def test_idle_waits_while_others_travel(server: Server, client: Client, destination: Destination) -> None:
    await schedule(client, destination.url, "0 * * * *")
    journey = asyncio.create_task(server.travel.by(DAY_MS))
    idle = asyncio.create_task(server.travel.idle())
    assert (await journey).attempts == 24
    assert (await idle).now_ms <= NOON_MS + DAY_MS


async def test_a_reset_during_a_journey_lets_it_arrive_with_nothing_left(
    server: Server, client: Client, destination: Destination
) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    await schedule(client, destination.url, "0 * * * *")
    journey = asyncio.create_task(server.travel.by(DAY_MS))
    await destination.received(1)
    await server.reset.all()
    assert (await journey).now_ms == NOON_MS + DAY_MS
    assert (len(destination.requests), await client.get("/v2/schedules")) == (1, [])
    hold.set()
