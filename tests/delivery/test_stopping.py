"""Stopping with attempts in flight takes limited time, and the server is idle only when every attempt has ended."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config
from qstash_dev.dev.travel_errors import NotIdle
from qstash_dev.server import Server, Undelivered
from qstash_dev.state.message import State
from qstash_dev.state.tenant import USERS
from tests.api.support import read_reply, request
from tests.conftest import Client
from tests.delivery.conftest import order
from tests.delivery.rogue import Behaviour, Rogue, answers_every_request, is_silent, never_reads, says_for_ever
from tests.destination import Answer, Destination

ENDLESS = says_for_ever(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0" * 7 + b"1;x=y\r\na\r\n")


@asynccontextmanager
async def talking_to(server: Server) -> AsyncIterator[Client]:
    """A started server and its client; the test stops the server itself."""
    await server.start()
    async with aiohttp.ClientSession(skip_auto_headers=["Content-Type"]) as session:
        yield Client(session, server.url, USERS[0].token)


def states(server: Server) -> list[State]:
    """Of all messages, also after the server has stopped to answer."""
    return [message.state for message in server.broker.tenants.all()[0].messages.values()]


async def begin_to_stop(server: Server, monkeypatch: pytest.MonkeyPatch) -> asyncio.Task[Undelivered]:
    """Stop the server, and come back when it waits for its attempts in flight."""
    drain, draining = server.dispatcher.drain, asyncio.Event()

    async def announced(grace_s: float) -> None:
        draining.set()
        await drain(grace_s)

    monkeypatch.setattr(server.dispatcher, "drain", announced)
    stopping = asyncio.create_task(server.stop())
    async with asyncio.timeout(5):
        await draining.wait()
    return stopping


@pytest.fixture
def abrupt(clock: FrozenClock) -> Server:
    return Server(Config(port=0, shutdown_grace_s=0), clock=clock)


@pytest.fixture
def patient(clock: FrozenClock) -> Server:
    return Server(Config(port=0, shutdown_grace_s=60), clock=clock)


async def test_stop_without_grace_cuts_off_what_is_in_flight(abrupt: Server, destination: Destination) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    async with talking_to(abrupt) as client:
        for _ in range(3):
            await client.publish(destination.url)
        await destination.received(3)
        async with asyncio.timeout(10):
            assert await abrupt.stop() == Undelivered(waiting=3, interrupted=3)
    hold.set()


@pytest.mark.parametrize(
    "behaviour",
    [
        pytest.param(is_silent, id="silent"),
        pytest.param(never_reads, id="does not read"),
        pytest.param(ENDLESS, id="endless body"),
        pytest.param(says_for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="endless interim answers"),
    ],
)
async def test_stop_is_bounded_whatever_a_destination_does(abrupt: Server, behaviour: Behaviour) -> None:
    async with Rogue(behaviour) as rogue, talking_to(abrupt) as client:
        await client.publish(rogue.url, bytes(1_000_000))
        await rogue.connected()
        async with asyncio.timeout(10):
            assert await abrupt.stop() == Undelivered(waiting=1, interrupted=1)


async def test_stop_is_bounded_in_the_middle_of_a_tls_handshake(abrupt: Server) -> None:
    async with Rogue(is_silent) as rogue, talking_to(abrupt) as client:
        await client.publish(f"https://{rogue.where}")
        await rogue.connected()
        async with asyncio.timeout(10):
            assert await abrupt.stop() == Undelivered(waiting=1, interrupted=1)


async def test_stop_closes_kept_alive_connections(abrupt: Server) -> None:
    async with Rogue(answers_every_request) as rogue, talking_to(abrupt) as client:
        await client.publish(rogue.url)
        await abrupt.idle()
        assert await abrupt.stop() == Undelivered(waiting=0, interrupted=0)
        await rogue.connections_finished(1)


async def test_stop_lets_attempts_in_flight_finish(patient: Server, destination: Destination) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    async with talking_to(patient) as client:
        await client.publish(destination.url)
        await destination.received(1)
        stopping = asyncio.create_task(patient.stop())
        hold.set()
        async with asyncio.timeout(10):
            assert await stopping == Undelivered(waiting=0, interrupted=0)
    assert states(patient) == [State.DELIVERED]


async def test_stopping_server_accepts_nothing_more_on_kept_alive_connections(
    patient: Server, destination: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    async with talking_to(patient) as client:
        await client.publish(destination.url)
        await destination.received(1)
        reader, writer = await asyncio.open_connection("127.0.0.1", patient.port)
        writer.write(request().replace(b"Connection: close\r\n", b""))
        assert (await read_reply(reader)).status == 200
        stopping = await begin_to_stop(patient, monkeypatch)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        hold.set()
        async with asyncio.timeout(10):
            assert await stopping == Undelivered(waiting=0, interrupted=0)
        writer.close()


async def test_stopping_server_starts_nothing_new(
    patient: Server, destination: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    async with talking_to(patient) as client:
        await order(client, "/v2/queues", {"queueName": "line", "parallelism": 1})
        for _ in range(2):
            await client.call("POST", f"/v2/enqueue/line/{destination.url}")
        await destination.received(1)
        stopping = await begin_to_stop(patient, monkeypatch)
        hold.set()
        async with asyncio.timeout(10):
            assert await stopping == Undelivered(waiting=1, interrupted=0)
    assert len(destination.requests) == 1


async def test_failed_attempt_of_a_stopping_server_is_left_waiting(
    patient: Server, destination: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(status=500, hold=hold))
    async with talking_to(patient) as client:
        await client.publish(destination.url, Upstash_Retry_Delay="0")
        await destination.received(1)
        stopping = await begin_to_stop(patient, monkeypatch)
        hold.set()
        async with asyncio.timeout(10):
            assert await stopping == Undelivered(waiting=1, interrupted=0)
    assert (len(destination.requests), states(patient)) == (1, [State.RETRY])


async def test_idle_waits_for_attempts_and_what_they_cause(
    server: Server, client: Client, destination: Destination
) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold), path="/hook")
    await client.publish(f"{destination.url}/hook", Upstash_Callback=f"{destination.url}/done")
    await destination.received(1)
    idle = asyncio.create_task(server.idle())
    await client.get("/v2/keys")
    assert not idle.done()
    hold.set()
    await idle
    assert destination.paths() == ["/hook", "/done"]
    assert server.dispatcher.in_flight == 0


async def test_idle_names_what_it_still_waits_for(server: Server, client: Client, destination: Destination) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    id = await client.publish(destination.url)
    await destination.received(1)
    with pytest.raises(NotIdle, match=f"(?s)still busy after 0.01 s.*{id}.*has not answered for"):
        await server.idle(timeout_s=0.01)
    hold.set()
    await server.idle()
    assert await client.states(id) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_idle_does_not_wait_for_what_is_not_due(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500)
    await client.publish(destination.url, Upstash_Delay="1s")
    await client.publish(destination.url)
    await server.idle()
    assert len(destination.requests) == 1


async def test_routes_that_servers_share_keep_none_of_them() -> None:
    """One that has answered is remembered by aiohttp for a while, in a cache of its own."""
    server = Server(Config(port=0))
    await server.start()
    await server.stop()
    remembered = weakref.ref(server.broker)
    del server
    gc.collect()
    assert remembered() is None
