"""Live streams: fair turns, events encoded once, and a limit on what waits for slow readers."""

from __future__ import annotations

import asyncio
from io import BytesIO

import aiohttp
import pytest

from qstash_dev.api.dev.live_streams import AT_ONCE, STREAMS, Streams
from qstash_dev.config import Config
from qstash_dev.server import Server
from qstash_dev.state.event_log import EventLog
from qstash_dev.state.message import State
from tests.conftest import Client
from tests.dev.conftest import Dev
from tests.dev.sse import Stream, streaming
from tests.state.support import make_message, make_tenant

MEGABYTE = 1_000_000


def streams_of(server: Server) -> Streams:
    assert server.runner is not None
    return server.runner.app[STREAMS]


async def all_of(stream: Stream) -> None:
    while await stream.next() is not None:
        pass


def log_with(count: int) -> EventLog:
    tenant = make_tenant()
    for _ in range(count):
        tenant.log.add(State.CREATED, make_message(tenant), 0)
    return tenant.log


async def test_an_event_wakes_a_few_at_a_time_in_their_order() -> None:
    streams, log = Streams(MEGABYTE), log_with(0)
    woken: list[int] = []

    async def follow(number: int) -> None:
        assert await streams.news((log,), 60)
        woken.append(number)

    tasks = [asyncio.create_task(follow(number)) for number in range(10 * AT_ONCE)]
    await asyncio.sleep(0)
    assert len(log.subscribers) == 1
    log.add(State.CREATED, make_message(), 0)
    log.add(State.CREATED, make_message(), 0)
    at_each_pass = []
    while len(woken) < len(tasks):
        before = len(woken)
        await asyncio.sleep(0)
        at_each_pass.append(len(woken) - before)
    assert max(at_each_pass) <= AT_ONCE
    assert woken == list(range(10 * AT_ONCE))
    await asyncio.gather(*tasks)
    assert log.subscribers == []


async def test_whoever_leaves_is_not_waited_for() -> None:
    streams, log = Streams(MEGABYTE), log_with(0)
    tasks = [asyncio.create_task(streams.news((log,), 60)) for _ in range(3)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert log.subscribers == []


async def test_an_event_is_encoded_once_for_all() -> None:
    streams, entries = Streams(MEGABYTE), list(log_with(5).walk(latest_first=False))
    first = [streams.event(entry) for entry in entries]
    assert [event.split(b"\n")[0] for event in first] == [b"id: %d" % entry.seq for entry in entries]
    assert all(streams.event(entry) is event for entry, event in zip(entries, first, strict=True))


async def test_a_stream_that_nobody_reads_is_dropped_when_all_hold_too_much() -> None:
    server = Server(Config(port=0, max_stream_bytes=20 * MEGABYTE))
    await server.start()
    async with aiohttp.ClientSession() as session:
        client = Client(session, server.url, server.broker.tenants.all()[0].user.token)
        dev = Dev(client)
        async with streaming(server.port) as unread, streaming(server.port) as read:
            reading = asyncio.create_task(read.events(3))
            await client.publish(dev.inbox(), BytesIO(b"x" * 9 * MEGABYTE))  # type: ignore[arg-type]
            await server.idle()
            assert len(await reading) == 3
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await all_of(unread)
            assert streams_of(server).held_bytes == 0
    await server.stop()
