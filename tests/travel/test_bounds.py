"""Limits on time travel: its error names what kept it going or what it waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from qstash_dev.dev.travel_errors import NotIdle, StepLimit
from qstash_dev.server import Server
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination
from tests.travel.conftest import DAY_MS, HOUR_MS, MINUTE_MS, schedule

SHORT_S = 0.05
ENDLESS = "* * * * *"


class Republishing(Destination):
    """An application that publishes to itself again whenever it is called."""

    def __init__(self, client: Client, delay: str) -> None:
        super().__init__()
        self._client = client
        self._delay = delay

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        await self._client.publish(self.url, Upstash_Delay=self._delay)
        return await super().handle(request)


@asynccontextmanager
async def republishing(client: Client, delay: str) -> AsyncIterator[Republishing]:
    destination = Republishing(client, delay)
    await destination.start()
    try:
        yield destination
    finally:
        await destination.stop()


async def test_a_schedule_that_runs_away_is_named(server: Server, client: Client, destination: Destination) -> None:
    id = await schedule(client, destination.url, ENDLESS)
    await client.publish(destination.url, Upstash_Delay="1d")
    with pytest.raises(StepLimit) as caught:
        await server.travel.run_all(max_steps=20)
    assert str(caught.value) == (
        f"the time travel had not ended after 20 steps (schedule {id} took 20 of 20 steps): allow more steps, "
        "or travel less far"
    )
    assert server.clock.now_ms() == NOON_MS + 20 * MINUTE_MS


async def test_a_schedule_whose_runs_outlive_its_period_is_named(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500)
    id = await schedule(client, destination.url, ENDLESS, Upstash_Retry_Delay="90000", Upstash_Retries="1")
    await server.travel.by(MINUTE_MS)
    # From now on there always is a retry left to wait for.
    with pytest.raises(StepLimit, match=f"schedule {id} took 30 of 30 steps"):
        await server.travel.run_all(max_steps=30)


async def test_an_application_that_publishes_again_and_again_is_named_by_its_url(
    server: Server, client: Client
) -> None:
    async with republishing(client, "10s") as destination:
        first = await client.publish(destination.url, Upstash_Delay="1s")
        with pytest.raises(StepLimit) as caught:
            await server.travel.run_all(max_steps=12)
    latest = list(server.broker.tenants.all()[0].messages)[-2]
    assert latest != first
    assert f"(messages to {destination.url} took 12 of 12 steps, the latest {latest})" in str(caught.value)


async def test_a_flow_control_key_that_holds_a_journey_up_is_named(
    server: Server, client: Client, destination: Destination
) -> None:
    for _ in range(5):
        await client.publish(
            destination.url, Upstash_Flow_Control_Key="slow", Upstash_Flow_Control_Value="rate=1,period=1d"
        )
    with pytest.raises(StepLimit, match="flow control key slow took 3 of 3 steps"):
        await server.travel.run_all(max_steps=3)


async def test_as_many_steps_as_allowed_are_allowed(server: Server, client: Client, destination: Destination) -> None:
    for seconds in (1, 2, 3):
        await client.publish(destination.url, Upstash_Delay=f"{seconds}s")
    assert (await server.travel.by(HOUR_MS, max_steps=3)).steps == 3


async def test_a_journey_that_was_cut_short_can_go_on(
    server: Server, client: Client, destination: Destination
) -> None:
    await schedule(client, destination.url, ENDLESS)
    for number in range(1, 4):
        with pytest.raises(StepLimit):
            await server.travel.by(DAY_MS, max_steps=10)
        assert server.clock.now_ms() == NOON_MS + 10 * number * MINUTE_MS
    assert (await server.travel.by(10 * MINUTE_MS)).steps == 10
    assert len(destination.requests) == 40


async def test_a_journey_too_long_for_its_time_says_so(
    server: Server, client: Client, destination: Destination
) -> None:
    id = await schedule(client, destination.url, ENDLESS)
    with pytest.raises(StepLimit) as caught:
        # Long enough for a single stop, also on a busy machine.
        await server.travel.by(3_650 * DAY_MS, timeout_s=0.5)
    assert "the time travel had not ended after 0.5 s" in str(caught.value)
    assert f"schedule {id} took" in str(caught.value)
    assert "allow more time, or travel less far" in str(caught.value)


async def test_a_journey_that_delivers_nothing_lets_the_server_answer_meanwhile(
    server: Server, client: Client
) -> None:
    id = await schedule(client, "http://127.0.0.1:1", ENDLESS)
    headers = {"Authorization": f"Bearer {client.token}"}
    async with client.session.post(f"{client.url}/v2/schedules/{id}/pause", headers=headers) as answer:
        assert answer.status == 200
    journey = asyncio.create_task(server.travel.by(5 * DAY_MS, timeout_s=60))
    answers = 0
    while not journey.done():
        await client.get("/v2/keys")
        answers += 1
    assert answers > 10
    assert (await journey).steps == 5 * 24 * 60


async def test_a_destination_that_hangs_ends_the_journey_and_is_named(
    server: Server, client: Client, destination: Destination
) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    id = await client.publish(destination.url, Upstash_Delay="1h")
    later = await client.publish(destination.url, Upstash_Delay="2h")
    with pytest.raises(NotIdle) as caught:
        await server.travel.by(DAY_MS, timeout_s=SHORT_S)
    hold.set()
    first, second, last = str(caught.value).splitlines()
    assert first == "still busy after 0.05 s:"
    assert second.startswith(f"  {id} to {destination.url}: the destination has not answered for 0.0")
    assert second.endswith(" s, since 2026-01-01T13:00:00.000Z")
    assert last == f"  to go on without an answer: POST /_dev/messages/{id}/abort, or abort(id) in a test"
    assert server.clock.now_ms() == NOON_MS + HOUR_MS
    await server.travel.by(DAY_MS)
    assert await client.states(later) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_many_hanging_deliveries_are_told_in_a_few_lines(
    server: Server, client: Client, destination: Destination
) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    for _ in range(13):
        await client.publish(destination.url)
    with pytest.raises(NotIdle) as caught:
        await server.travel.idle(SHORT_S)
    hold.set()
    lines = str(caught.value).splitlines()
    assert (len(lines), lines[-2]) == (13, "  and 3 more")
    assert len(caught.value.in_flight) == 13


async def test_an_application_that_never_rests_is_no_reason_to_wait_for_ever(server: Server, client: Client) -> None:
    async with republishing(client, "0s") as destination:
        await client.publish(destination.url)
        with pytest.raises(NotIdle, match=r"still busy after 0\.05 s"):
            await server.travel.idle(SHORT_S)
        await server.reset.all()


async def test_next_and_idle_have_deadlines_as_well(server: Server, client: Client, destination: Destination) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    await client.publish(destination.url)
    for journey in (server.travel.next(timeout_s=SHORT_S), server.travel.to_real(timeout_s=SHORT_S)):
        with pytest.raises(NotIdle):
            await journey
    hold.set()


async def test_a_stopping_server_ends_its_journeys(server: Server, client: Client, destination: Destination) -> None:
    await schedule(client, destination.url, ENDLESS)
    journey = asyncio.create_task(server.travel.by(365 * DAY_MS, timeout_s=60))
    await destination.received(5)
    server.travel.stop()
    async with asyncio.timeout(5):
        with pytest.raises(NotIdle, match="the server is stopping"):
            await journey
