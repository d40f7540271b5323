"""``--retry-when-up``: an application that refused a connection is probed, and what waits for it is due as soon as it
listens."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from qstash_dev.cli.up_lines import UpPrinter
from qstash_dev.config import Limits
from qstash_dev.delivery.probes import listens, loopback_addresses
from qstash_dev.protocol.mapping import Mapping
from qstash_dev.protocol.target import Origin
from qstash_dev.server import Server
from tests.cli.screen import Screen
from tests.conftest import NOON_MS, Client
from tests.delivery.conftest import Serve
from tests.delivery.conftest import serve as serve
from tests.destination import Destination

SOON = Limits(probe_every_s=0.01)


class Port:
    """A port that refuses connections until an application starts there."""

    def __init__(self) -> None:
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            self.number = sock.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.number}"
        self.origin = Origin(False, "127.0.0.1", self.number)

    @asynccontextmanager
    async def app(self) -> AsyncIterator[Destination]:
        destination, listener = Destination(), socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.number))
        await destination.start(listener)
        yield destination
        await destination.stop()


@pytest.fixture
def port() -> Port:
    return Port()


async def refused(server: Server, client: Client, url: str, **headers: str) -> str:
    """Publish what is refused and waits for its retry."""
    id = await client.publish(url, **headers)
    await server.idle()
    assert await client.states(id) == ["CREATED", "ACTIVE", "ERROR", "RETRY"]
    return id


async def end_of_probes() -> None:
    """Wait until nothing is probed any more."""
    probes = [task for task in asyncio.all_tasks() if task.get_name().startswith("probe ")]
    async with asyncio.timeout(30):
        await asyncio.gather(*probes)


async def test_a_retry_is_due_as_soon_as_the_app_listens(serve: Serve, port: Port) -> None:
    server, client = await serve(retry_when_up=True, limits=SOON)
    id = await refused(server, client, f"{port.url}/hook")
    async with port.app() as app:
        await app.received(1)
        await server.idle()
    assert await client.states(id) == ["CREATED", "ACTIVE", "ERROR", *["RETRY"] * 2, "ACTIVE", "DELIVERED"]
    assert server.clock.now_ms() == NOON_MS
    async with client.session.get(f"{server.url}/_dev/messages/{id}") as answer:
        timeline = (await answer.json())["timeline"]
    early = next(event for event in timeline if "why" in event)
    assert early["why"] == f"127.0.0.1:{port.number} listens again, so this retry is due now"
    assert early["nextDelivery"] == NOON_MS


async def test_without_the_option_nothing_is_probed(serve: Serve, port: Port) -> None:
    server, client = await serve(limits=SOON)
    await refused(server, client, port.url)
    assert server.retry_when_up.probed == []


async def test_all_that_waits_for_one_app_shares_one_probe(serve: Serve, port: Port) -> None:
    server, client = await serve(retry_when_up=True, limits=SOON)
    told: list[tuple[Origin, int]] = []
    server.retry_when_up.subscribers.append(lambda origin, retries: told.append((origin, retries)))
    for number in range(20):
        await refused(server, client, f"{port.url}/{number}")
    assert server.retry_when_up.probed == [port.origin]
    async with port.app() as app:
        await app.received(20)
    assert told == [(port.origin, 20)]


async def test_a_mapped_message_waits_for_its_target(serve: Serve, port: Port) -> None:
    mapping = Mapping("https://shop.example/*", f"{port.url}/*")
    server, client = await serve(retry_when_up=True, limits=SOON, mappings=(mapping,))
    await refused(server, client, "https://shop.example/hook")
    assert server.retry_when_up.probed == [port.origin]
    async with port.app() as app:
        await app.received(1)
    assert app.paths() == ["/hook"]


async def test_a_probe_ends_when_nothing_waits(serve: Serve, port: Port) -> None:
    server, client = await serve(retry_when_up=True, limits=SOON)
    cancelled = await refused(server, client, port.url)
    last = await client.publish(port.url, Upstash_Retries="0")
    await server.idle()
    assert (await client.states(last))[-1] == "FAILED"
    assert server.retry_when_up.probed == [port.origin]
    async with client.session.post(f"{server.url}/_dev/messages/{cancelled}/cancel") as answer:
        assert answer.status == 200
    await end_of_probes()


async def test_what_a_reset_removes_is_not_delivered(serve: Serve, port: Port) -> None:
    server, client = await serve(retry_when_up=True, limits=SOON)
    await refused(server, client, f"{port.url}/forgotten")
    await server.reset.all()
    async with port.app() as app:
        await end_of_probes()
        await client.publish(f"{port.url}/new")
        await server.idle()
    assert app.paths() == ["/new"]


async def test_a_retry_at_its_time_is_not_made_twice(serve: Serve, port: Port) -> None:
    server, client = await serve(retry_when_up=True, limits=Limits(probe_every_s=60))
    id = await refused(server, client, port.url)
    async with port.app() as app:
        await server.advance(60_000)
        assert len(app.requests) == 1
    assert (await client.states(id))[-1] == "DELIVERED"


async def test_only_so_many_apps_are_probed(serve: Serve) -> None:
    server, client = await serve(retry_when_up=True, limits=Limits(probe_every_s=60))
    ports = [Port().url for _ in range(110)]
    for url in ports:
        await client.publish(url)
    await server.idle()
    assert len(server.retry_when_up.probed) == 100


async def test_whether_something_listens(port: Port) -> None:
    assert not await listens(port.origin, 1)
    async with port.app():
        assert await listens(port.origin, 1)
        assert await listens(port.origin._replace(host="localhost"), 1)


@pytest.mark.parametrize(
    ("host", "count"),
    [
        ("localhost", 2),
        ("app.LOCALHOST.", 2),
        ("127.1.2.3", 1),
        ("::1", 1),
        ("0.0.0.0", 1),
        ("example.com", 0),
        ("10.0.0.1", 0),
        ("localhost.example", 0),
        ("2001:db8::1", 0),
    ],
)
def test_what_is_on_this_machine(host: str, count: int) -> None:
    assert len(loopback_addresses(host)) == count


@pytest.mark.parametrize(
    ("retries", "line"),
    [(1, "UP 127.0.0.1:3000 listens again: 1 retry is due now"),
     (1_200, "UP 127.0.0.1:3000 listens again: 1,200 retries are due now")],
)  # fmt: skip
def test_the_terminal_tells_it(retries: int, line: str) -> None:
    screen = Screen()
    UpPrinter(screen.lines, as_json=False, colour=False)(Origin(False, "127.0.0.1", 3_000), retries)
    assert screen.shown() == [line]
