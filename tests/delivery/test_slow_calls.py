"""Calls that are not answered for long are told of."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from qstash_dev.clock import FrozenClock
from qstash_dev.protocol.mapping import Mapping
from qstash_dev.protocol.notice import NoticeKind
from qstash_dev.server import Server
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import State
from qstash_dev.state.tenant import Told
from tests.conftest import NOON_MS, PATIENCE_S, Client, within
from tests.destination import Answer, Destination

pytestmark = [pytest.mark.own_server, within(still_waiting_s=(0.01, 100.0, 400.0))]


class SteppedClock(FrozenClock):
    """A clock whose real seconds a test can move forward."""

    ahead_s = 0.0

    def monotonic_s(self) -> float:
        return super().monotonic_s() + self.ahead_s


@pytest.fixture(scope="module")
def the_clock() -> SteppedClock:
    return SteppedClock(NOON_MS)


@pytest.fixture(autouse=True)
def in_step(the_clock: SteppedClock) -> None:
    the_clock.ahead_s = 0.0


class Watch:
    """Waits for notices."""

    def __init__(self, server: Server) -> None:
        self.told: list[Told] = []
        self._news = asyncio.Event()
        server.broker.tenants.all()[0].notice_subscribers.append(self._tell)

    def _tell(self, told: Told) -> None:
        self.told.append(told)
        self._news.set()

    async def count(self, least: int) -> list[Told]:
        async with asyncio.timeout(PATIENCE_S):
            while len(self.told) < least:
                self._news.clear()
                await self._news.wait()
        return self.told


@pytest.fixture
def released(destination: Destination) -> Iterator[asyncio.Event]:
    """The destination answers when this is set."""
    released = asyncio.Event()
    destination.answers(Answer(hold=released))
    yield released
    released.set()


async def test_it_is_told_of_so_often_as_the_limits_say(
    server: Server, client: Client, destination: Destination, released: asyncio.Event, the_clock: SteppedClock
) -> None:
    watch = Watch(server)
    id = await client.publish(destination.url, Upstash_Timeout="15m")
    [first] = await watch.count(1)
    assert (first.message_id, first.method, first.url) == (id, "POST", destination.url)
    assert first.notice.kind is NoticeKind.STILL_WAITING
    assert first.notice.text.startswith("no answer for ")
    assert first.notice.text.endswith(" ms (Upstash-Timeout 15 m)")
    the_clock.ahead_s = 100
    _, second = await watch.count(2)
    assert second.notice.text == "no answer for 1 m 40 s (Upstash-Timeout 15 m)"
    the_clock.ahead_s = 400
    assert (await watch.count(3))[2].notice.text == "no answer for 6 m 40 s (Upstash-Timeout 15 m)"
    released.set()
    await server.idle()
    detail = await client.get(f"/_dev/messages/{id}")
    kinds = [step["notice"]["kind"] if "notice" in step else step["state"] for step in detail["timeline"]]
    assert kinds == ["CREATED", "ACTIVE", *["still-waiting"] * 3, "DELIVERED"]


async def test_calls_that_are_answered_are_not_told_of(
    server: Server, client: Client, destination: Destination, released: asyncio.Event
) -> None:
    destination.answers(200, path="/fast")
    watch = Watch(server)
    answered = await client.publish(f"{destination.url}/fast")
    await server.idle()
    hangs = await client.publish(destination.url)
    assert [told.message_id for told in await watch.count(1)] == [hangs] != [answered]
    released.set()
    await server.idle()


async def test_it_is_told_once_however_late_the_server_looks(
    server: Server, client: Client, destination: Destination, released: asyncio.Event, the_clock: SteppedClock
) -> None:
    def pass_time(entry: LogEntry) -> None:
        if entry.state is State.ACTIVE:
            the_clock.ahead_s += 400

    server.broker.tenants.all()[0].log.subscribers.append(pass_time)
    watch = Watch(server)
    ids = [await client.publish(destination.url) for _ in range(2)]
    told = await watch.count(2)
    assert [one.message_id for one in told[:2]] == ids
    assert told[1].notice.text.startswith("no answer for 6 m 40 s (Upstash-Timeout 2 h unless")
    released.set()
    await server.idle()
    assert len(told) == 2


async def test_more_than_one_pass_can_tell_of_are_all_told_of(
    server: Server, client: Client, destination: Destination, released: asyncio.Event
) -> None:
    watch = Watch(server)
    items = [{"destination": f"{destination.url}/{number}"} for number in range(200)]
    await client.call("POST", "/v2/batch", json=items)
    told = await watch.count(200)
    assert sorted(one.url for one in told) == sorted(item["destination"] for item in items)
    released.set()
    await server.idle()


async def test_a_mapped_destination_is_named(
    server: Server, client: Client, destination: Destination, released: asyncio.Event
) -> None:
    server.mappings.add(Mapping("https://example.com/*", destination.url))
    watch = Watch(server)
    await client.publish("https://example.com/hook")
    first, *_ = await watch.count(1)
    assert f" ms ({destination.url}/hook, Upstash-Timeout 2 h" in first.notice.text
    released.set()
    await server.idle()


async def test_a_fault_is_named(server: Server, client: Client, destination: Destination) -> None:
    server.faults.add("*", latency_ms=60_000)
    watch = Watch(server)
    await client.publish(destination.url)
    first, *_ = await watch.count(1)
    assert first.notice.text.endswith(" ms (fault fault_1 was injected)")
