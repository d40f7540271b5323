"""Flow control under load: limits are exact, and a key that waits does not delay other messages."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from io import BytesIO

import pytest
from aiohttp import web

from qstash_dev.broker.broker import Broker
from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config, Retention
from qstash_dev.server import Server
from tests.api.support import NOWHERE
from tests.broker.world import World
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination

MINUTE_MS = 60_000


class Crowd(Destination):
    """Knows how many requests were there at once."""

    def __init__(self) -> None:
        super().__init__()
        self.present = 0
        self.most = 0

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.present += 1
        self.most = max(self.most, self.present)
        try:
            return await super().handle(request)
        finally:
            self.present -= 1


@pytest.fixture
async def crowd() -> AsyncIterator[Crowd]:
    crowd = Crowd()
    await crowd.start()
    yield crowd
    await crowd.stop()


async def flood(client: Client, url: str, count: int, value: str, **more: str) -> None:
    headers = {"Upstash-Flow-Control-Key": "key", "Upstash-Flow-Control-Value": value}
    headers |= {name.replace("_", "-"): text for name, text in more.items()}
    status, _ = await client.call("POST", "/v2/batch", json=[{"destination": url, "headers": headers}] * count)
    assert status == 201


async def starts(client: Client) -> dict[int, int]:
    """How many calls started at which minute."""
    events = (await client.get("/v2/events?state=ACTIVE"))["events"]
    return dict(Counter((event["time"] - NOON_MS) // MINUTE_MS for event in events))


async def test_never_more_calls_at_once_than_the_parallelism(server: Server, client: Client, crowd: Crowd) -> None:
    held = asyncio.Event()
    crowd.answers(*[Answer(hold=held)] * 7, 500, 200, 503, Answer(body=b"x" * 10_000), 200)
    await flood(client, crowd.url, 150, "parallelism=7", Upstash_Retry_Delay="0")
    await crowd.received(7)
    found = await client.get("/v2/flowControl/key")
    assert (found["parallelismCount"], found["waitListSize"]) == (7, 143)
    held.set()
    await server.advance(1)
    assert (crowd.most, len(crowd.requests)) == (7, 152)


async def test_never_more_calls_in_a_period_than_the_rate(
    server: Server, client: Client, destination: Destination
) -> None:
    await flood(client, destination.url, 35, "rate=10,period=1m")
    await server.advance(10 * MINUTE_MS)
    assert await starts(client) == {0: 10, 1: 10, 2: 10, 3: 5}


async def test_retries_are_calls_too(server: Server, client: Client, destination: Destination) -> None:
    destination.answers(*[500] * 5, 200)
    await flood(client, destination.url, 5, "rate=2,period=1m", Upstash_Retry_Delay="1")
    await server.advance(10 * MINUTE_MS)
    assert await starts(client) == {minute: 2 for minute in range(5)}


async def test_with_both_limits_each_must_admit(server: Server, client: Client, destination: Destination) -> None:
    # The example of the docs: ten in the first minute, ten in the next, and then the line stands still.
    held = asyncio.Event()
    destination.answers(Answer(hold=held))
    await flood(client, destination.url, 30, "rate=10,parallelism=20,period=1m")
    await destination.received(10)
    counts = []
    for _ in range(4):
        found = await client.get("/v2/flowControl/key")
        counts.append((found["parallelismCount"], found["waitListSize"]))
        server.clock.move_to(server.clock.now_ms() + MINUTE_MS)
        server.broker.timers.run_due(server.clock.now_ms())
    assert counts == [(10, 20), (20, 10), (20, 10), (20, 10)]
    held.set()
    await server.idle()
    assert len(destination.requests) == 30


async def test_keys_do_not_wait_for_each_other(server: Server, client: Client, destination: Destination) -> None:
    await flood(client, destination.url, 3, "rate=1,period=7d")
    headers = {"Upstash_Flow_Control_Key": "other", "Upstash_Flow_Control_Value": "rate=1,period=7d"}
    other = await client.publish(destination.url, **headers)
    plain = await client.publish(destination.url)
    await server.idle()
    for id in (other, plain):
        assert (await client.states(id))[-1] == "DELIVERED"


async def test_ten_thousand_waiting_messages_are_counted_and_nobody_waits_for_them(
    server: Server, client: Client, destination: Destination
) -> None:
    headers = {"Upstash-Flow-Control-Key": "key", "Upstash-Flow-Control-Value": "rate=1,period=7d"}
    batch = json.dumps([{"destination": NOWHERE, "headers": headers}] * 10_000).encode()
    # Past the client that holds every receipt against the OpenAPI document.
    bearer = {"Authorization": f"Bearer {client.token}"}
    async with client.session.post(f"{client.url}/v2/batch", data=BytesIO(batch), headers=bearer) as response:
        assert response.status == 201
    assert (await client.get("/v2/flowControl/key"))["waitListSize"] == 9_999
    id = await client.publish(destination.url)
    await server.idle()
    assert (await client.states(id))[-1] == "DELIVERED"


def test_a_long_wait_costs_other_keys_nothing() -> None:
    broker = Broker(Config(retention=Retention(events=100_000)))
    world = World(broker, broker.tenants.all()[0], FrozenClock(NOON_MS))

    def work() -> None:
        message = world.publish(Flow_Control_Key="other", Flow_Control_Value="parallelism=1,rate=9,period=1m")
        world.finish(message)

    work()
    before = _calls(work)
    for _ in range(20_000):
        world.publish(Flow_Control_Key="busy", Flow_Control_Value="rate=1,period=7d")
    assert len(world.tenant.flow_control("busy").waiting) == 19_999
    # How often a cache compares its keys is up to their hashes.
    assert abs(_calls(work) - before) < 10


def _calls(work: Callable[[], None]) -> int:
    """How many functions are called, which unlike a time does not depend on the machine."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count
