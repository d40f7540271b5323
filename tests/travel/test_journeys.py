"""Time travel stops at everything that is due, and continues when all of its effects have ended."""

from __future__ import annotations

import pytest

from qstash_dev.server import Server
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination
from tests.travel.conftest import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, schedule, times


async def test_deliveries_happen_in_order_each_at_its_own_time(
    server: Server, client: Client, destination: Destination
) -> None:
    for hours in (3, 1, 2):
        await client.publish(f"{destination.url}/{hours}", Upstash_Delay=f"{hours}h")
    progress = await server.travel.by(4 * HOUR_MS)
    assert destination.paths() == ["/1", "/2", "/3"]
    assert await times(client) == [NOON_MS + hours * HOUR_MS for hours in (1, 2, 3)]
    assert (progress.now_ms, progress.steps, progress.attempts) == (NOON_MS + 4 * HOUR_MS, 3, 3)


async def test_retries_born_on_the_way_are_delivered_on_the_way(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500)
    await client.publish(destination.url, Upstash_Retries="5", Upstash_Retry_Delay="(1 + retried) * 3600000 * 6")
    progress = await server.travel.by(4 * DAY_MS)
    hours = [0, 6, 18, 36, 60, 84]  # no retry waits for more than a day
    assert await times(client) == [NOON_MS + hour * HOUR_MS for hour in hours]
    assert (progress.steps, progress.attempts) == (5, 5)
    assert len(await times(client, "FAILED")) == 1


async def test_a_retry_due_after_the_journey_waits(server: Server, client: Client, destination: Destination) -> None:
    destination.answers(500)
    await client.publish(destination.url, Upstash_Retry_Delay="3600000")
    await server.travel.by(HOUR_MS - 1)
    assert len(destination.requests) == 1
    await server.travel.by(1)
    assert len(destination.requests) == 2


async def test_a_destination_decides_when_it_is_called_again(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(Answer(status=429, headers={"Retry-After": "7200"}), 200)
    await client.publish(destination.url)
    await server.travel.by(DAY_MS)
    assert await times(client) == [NOON_MS, NOON_MS + 2 * HOUR_MS]


async def test_callbacks_are_delivered_at_the_time_of_what_they_report(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, 200, path="/hook")
    await client.publish(
        f"{destination.url}/hook", Upstash_Retry_Delay="60000", Upstash_Callback=f"{destination.url}/callback"
    )
    await server.travel.by(HOUR_MS)
    assert destination.paths() == ["/hook", "/callback", "/hook", "/callback"]
    assert await times(client) == [NOON_MS, NOON_MS, NOON_MS + MINUTE_MS, NOON_MS + MINUTE_MS]


async def test_what_is_due_at_one_time_is_one_stop(server: Server, client: Client, destination: Destination) -> None:
    for number in range(5):
        await client.publish(f"{destination.url}/{number}", Upstash_Delay="1h")
    progress = await server.travel.by(HOUR_MS)
    assert (progress.steps, progress.attempts) == (1, 5)


async def test_a_journey_to_a_time_ends_there(server: Server) -> None:
    assert (await server.travel.to(NOON_MS + DAY_MS)).now_ms == server.clock.now_ms() == NOON_MS + DAY_MS


async def test_a_journey_to_the_past_goes_nowhere(server: Server, client: Client, destination: Destination) -> None:
    await client.publish(destination.url, Upstash_Delay="1s")
    progress = await server.travel.to(NOON_MS - DAY_MS)
    assert (progress.now_ms, progress.steps, len(destination.requests)) == (NOON_MS, 0, 0)


async def test_a_journey_begins_with_what_is_under_way_already(
    server: Server, client: Client, destination: Destination
) -> None:
    await client.publish(destination.url)
    assert (await server.travel.by(0)).now_ms == NOON_MS
    assert len(destination.requests) == 1


async def test_next_goes_to_what_is_due_next_and_no_further(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500)
    await client.publish(destination.url, Upstash_Retries="2", Upstash_Retry_Delay="60000")
    await client.publish(destination.url, Upstash_Delay="30s", Upstash_Retries="0")
    reached = [(await server.travel.next()).now_ms - NOON_MS for _ in range(4)]
    assert reached == [30 * SECOND_MS, MINUTE_MS, 2 * MINUTE_MS, 2 * MINUTE_MS]
    assert len(destination.requests) == 4


async def test_run_all_stops_at_the_last_thing_that_happens(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, 500, 200)
    await client.publish(destination.url, Upstash_Delay="1d", Upstash_Retry_Delay="1000")
    progress = await server.travel.run_all()
    assert (progress.now_ms, progress.attempts) == (NOON_MS + DAY_MS + 2 * SECOND_MS, 3)
    assert (await server.travel.run_all()).steps == 0


async def test_run_all_leaves_schedules_but_takes_along_what_they_do_meanwhile(
    server: Server, client: Client, destination: Destination
) -> None:
    await schedule(client, f"{destination.url}/hourly", "0 * * * *")
    await client.publish(f"{destination.url}/late", Upstash_Delay="150m")
    progress = await server.travel.run_all()
    assert progress.now_ms == NOON_MS + 150 * MINUTE_MS
    assert destination.paths() == ["/hourly", "/hourly", "/late"]


async def test_run_all_sees_what_a_schedule_leaves_behind(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, 200)
    await schedule(client, destination.url, "0 13 * * *", Upstash_Retry_Delay="5000")
    await server.travel.to(NOON_MS + HOUR_MS)
    assert (await server.travel.run_all()).now_ms == NOON_MS + HOUR_MS + 5 * SECOND_MS
    assert len(destination.requests) == 2


@pytest.mark.parametrize(("hours", "delivered", "ends_after"), [(1, 0, 1), (2, 1, 2), (9, 2, 3)])
async def test_run_all_goes_no_further_than_it_may(
    server: Server, client: Client, destination: Destination, hours: int, delivered: int, ends_after: int
) -> None:
    for delay in (2, 3):
        await client.publish(destination.url, Upstash_Delay=f"{delay}h")
    progress = await server.travel.run_all(NOON_MS + hours * HOUR_MS)
    assert (progress.now_ms, progress.attempts) == (NOON_MS + ends_after * HOUR_MS, delivered)


async def test_a_queue_moves_on_while_its_head_is_retried(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, 200, path="/1")
    for number in (1, 2):
        path = f"/v2/enqueue/queue/{destination.url}/{number}"
        assert (await client.call("POST", path, headers={"Upstash-Retry-Delay": "3600000"}))[0] == 201
    await server.travel.by(HOUR_MS)
    assert destination.paths() == ["/1", "/1", "/2"]
    assert await times(client) == [NOON_MS, NOON_MS + HOUR_MS, NOON_MS + HOUR_MS]


async def test_messages_that_a_destination_publishes_are_part_of_the_journey(
    server: Server, client: Client, destination: Destination
) -> None:
    follow_up = f"{server.url}/v2/publish/{destination.url}/second?qstash_token={client.token}&upstash-delay=1h"
    await client.publish(f"{destination.url}/first", Upstash_Delay="1h", Upstash_Callback=follow_up)
    await server.travel.by(2 * HOUR_MS)
    assert destination.paths() == ["/first", "/second"]
    assert await times(client) == [NOON_MS + HOUR_MS, NOON_MS + HOUR_MS, NOON_MS + 2 * HOUR_MS]
