"""``GET /_dev/events``: a live stream that resumes, reports gaps, and limits what a slow reader costs."""

from __future__ import annotations

import asyncio
import time
from io import BytesIO

import aiohttp
import pytest

from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config, Retention
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import exchange, request
from tests.conftest import NOON_MS, Client, within
from tests.destination import Destination
from tests.dev.conftest import Dev
from tests.dev.sse import Event, Stream, streaming

pytestmark = pytest.mark.own_server


def states(events: list[Event]) -> list[str]:
    return [event.data["state"] for event in events]


async def delivered(dev: Dev, client: Client, count: int = 1) -> list[str]:
    """Messages that have come to their end: three events each."""
    ids = [await client.publish(dev.inbox()) for _ in range(count)]
    await dev.post("idle")
    return ids


async def test_events_come_as_they_happen(dev: Dev, client: Client, server: Server) -> None:
    async with streaming(server.port) as stream:
        [id] = await delivered(dev, client)
        events = await stream.events(3)
    assert (stream.headers["content-type"], stream.headers["cache-control"]) == ("text/event-stream", "no-store")
    assert states(events) == ["CREATED", "ACTIVE", "DELIVERED"]
    assert [(event.name, event.id) for event in events] == [("message", "1"), ("message", "2"), ("message", "3")]
    assert {event.data["messageId"] for event in events} == {id}


async def test_an_event_is_that_of_the_rest_api(dev: Dev, client: Client, server: Server) -> None:
    async with streaming(server.port) as stream:
        await delivered(dev, client)
        streamed = [event.data for event in await stream.events(3)]
    assert streamed == (await client.get("/v2/events?order=earliestFirst"))["events"]


async def test_a_stream_begins_with_what_happens_next(dev: Dev, client: Client, server: Server) -> None:
    await delivered(dev, client, 2)
    async with streaming(server.port) as stream:
        await delivered(dev, client)
        assert [event.id for event in await stream.events(3)] == ["7", "8", "9"]


@pytest.mark.parametrize(
    ("query", "lines"),
    [("", ["Last-Event-ID: 4"]), ("?lastEventId=4", []), ("?lastEventId=1", ["Last-Event-ID: 4"])],
    ids=["header", "query", "both"],
)
async def test_a_stream_resumes_behind_the_last_event(
    dev: Dev, client: Client, server: Server, query: str, lines: list[str]
) -> None:
    await delivered(dev, client, 2)
    async with streaming(server.port, query, *lines) as stream:
        assert [event.id for event in await stream.events(2)] == ["5", "6"]
        await delivered(dev, client)
        assert [event.id for event in await stream.events(1)] == ["7"]


async def test_the_whole_log_is_behind_event_0(dev: Dev, client: Client, server: Server) -> None:
    await delivered(dev, client, 200)
    async with streaming(server.port, "?lastEventId=0") as stream:
        assert [event.id for event in await stream.events(600)] == [str(number + 1) for number in range(600)]


async def test_what_the_log_has_dropped_is_told_as_a_gap() -> None:
    server = Server(Config(port=0, retention=Retention(events=4)), clock=FrozenClock(NOON_MS))
    await server.start()
    async with aiohttp.ClientSession() as session:
        client = Client(session, server.url, USERS[0].token)
        await delivered(Dev(client), client, 3)
        async with streaming(server.port, "?lastEventId=1") as stream:
            gap, *rest = await stream.events(5)
    await server.stop()
    assert gap == Event("gap", "5", {"missed": 4})
    assert [event.id for event in rest] == ["6", "7", "8", "9"]


async def test_what_a_reset_has_dropped_is_told_at_once(dev: Dev, client: Client, server: Server) -> None:
    await delivered(dev, client, 2)
    await dev.post("reset")
    async with streaming(server.port, "?lastEventId=2") as stream:
        assert await stream.next() == Event("gap", "6", {"missed": 4})
        await delivered(dev, client)
        assert [event.id for event in await stream.events(1)] == ["7"]


async def test_a_stream_survives_a_reset(dev: Dev, client: Client, server: Server) -> None:
    async with streaming(server.port) as stream:
        await delivered(dev, client)
        assert len(await stream.events(3)) == 3
        await dev.post("reset")
        await delivered(dev, client)
        assert [event.id for event in await stream.events(3)] == ["4", "5", "6"]


async def test_an_id_of_an_earlier_server_begins_with_all_there_is(dev: Dev, client: Client, server: Server) -> None:
    await delivered(dev, client)
    async with streaming(server.port, "?lastEventId=1000") as stream:
        assert [event.id for event in await stream.events(3)] == ["1", "2", "3"]


@pytest.mark.parametrize("id", ["x", "-1", "1.5", "%C2%B2", "1" * 19, "%00"])
async def test_an_id_that_is_none_is_refused(dev: Dev, id: str) -> None:
    async with dev.client.session.get(f"{dev.url}/_dev/events?lastEventId={id}") as response:
        assert response.status == 400
        assert "use the id of an event of this stream" in (await response.json())["error"]


async def test_each_user_has_a_stream(dev: Dev, client: Client, server: Server) -> None:
    async with streaming(server.port, "?user=testUser1") as stream, streaming(server.port) as other:
        for user in (USERS[0], USERS[1]):
            client.token = user.token
            await delivered(dev, client)
        [first] = await stream.events(1)
        [own] = await other.events(1)
    client.token = USERS[1].token
    assert first.data["messageId"] == (await client.get("/v2/events"))["events"][0]["messageId"]
    assert own.data["messageId"] != first.data["messageId"]


async def test_a_stream_of_nobody_is_not_found(server: Server) -> None:
    reply = await exchange(server.port, request("/_dev/events?user=nobody"))
    assert (reply.status, reply.error.startswith("user nobody not found")) == (404, True)


async def test_many_readers_get_every_event(dev: Dev, client: Client, server: Server) -> None:
    async def read() -> list[Event]:
        async with streaming(server.port) as stream:
            opened.append(stream)
            return await stream.events(60)

    opened = list[Stream]()
    readers = [asyncio.create_task(read()) for _ in range(50)]
    while len(opened) < 50:
        await dev.get("clock")
    await delivered(dev, client, 20)
    expected = [str(number + 1) for number in range(60)]
    assert all([event.id for event in events] == expected for events in await asyncio.gather(*readers))


async def test_a_reader_that_leaves_leaves_nothing_behind(dev: Dev, client: Client, server: Server) -> None:
    log = server.broker.tenants.all()[0].log
    async with streaming(server.port), streaming(server.port):
        assert len(log.subscribers) == 1
    # That a reader is gone shows when it is written to.
    while log.subscribers:
        await delivered(dev, client)


async def test_a_slow_reader_misses_events_instead_of_filling_the_memory(server: Server, client: Client) -> None:
    small = Server(Config(port=0, retention=Retention(events=30)), clock=FrozenClock(NOON_MS))
    await small.start()
    body = b"x" * 400_000
    async with aiohttp.ClientSession() as session:
        client, total = Client(session, small.url, USERS[0].token), 0
        async with streaming(small.port) as stream:
            for _ in range(60):
                await client.publish(Dev(client).inbox(), BytesIO(body))  # type: ignore[arg-type]
                await small.idle()
            assert sum(transport.get_write_buffer_size() for transport in transports(small)) < 3 * len(body)
            missed = 0
            while total + missed < 180:
                event = await stream.next()
                assert event is not None
                missed += event.data.get("missed", 0)
                total += event.name == "message"
    await small.stop()
    assert total + missed == 180
    assert 30 <= total < 180


def transports(server: Server) -> list[asyncio.Transport]:
    """Every connection of the server's clients."""
    assert server.runner is not None
    assert server.runner.server is not None
    return [one.transport for one in server.runner.server.connections if isinstance(one.transport, asyncio.Transport)]


@within(keep_alive_s=0.01)
async def test_a_quiet_stream_says_that_it_is_alive(server: Server) -> None:
    async with streaming(server.port) as stream:
        reading = asyncio.create_task(stream.next())
        async with asyncio.timeout(50):
            while len(stream.comments) < 4:
                await asyncio.wait([reading], timeout=0.01)
        reading.cancel()
    assert stream.comments[:3] == [": connected", ": still here", ": still here"]


@pytest.mark.parametrize("reads", [True, False], ids=["reading", "not reading"])
async def test_a_server_that_stops_ends_its_streams_at_once(destination: Destination, reads: bool) -> None:
    server = Server(Config(port=0, shutdown_grace_s=5), clock=FrozenClock(NOON_MS))
    await server.start()
    async with streaming(server.port) as stream, aiohttp.ClientSession() as session:
        client = Client(session, server.url, USERS[0].token)
        for _ in range(1 if reads else 40):
            await client.publish(destination.url, BytesIO(b"x" * 500_000))  # type: ignore[arg-type]
        await server.idle()
        if reads:
            await stream.events(3)
        started = time.perf_counter()
        await server.stop()
        assert time.perf_counter() - started < 0.9
        if reads:
            assert await stream.next() is None
        assert server.broker.tenants.all()[0].log.subscribers == []
