"""Host names of destinations: looked up without delay for other messages, or not at all."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

from qstash_dev.delivery.dialling import connect, connect_to
from qstash_dev.delivery.resolver import Resolver
from qstash_dev.server import Server
from tests.conftest import Client
from tests.delivery.conftest import Serve, failure, settle
from tests.destination import Destination


class NameServer:
    """Stands for the system's resolver: knows ``*.known``, and never answers for ``*.hung`` before it is released."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self._released = threading.Event()

    def release(self) -> None:
        self._released.set()

    def getaddrinfo(self, host: str, *args: Any, **options: Any) -> list[Any]:
        self.asked[host] += 1
        if host.endswith(".hung"):
            self._released.wait()
        if not host.endswith((".known", ".hung")):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0)),
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0)),
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 0, 0, 0)),
        ]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    names = NameServer()
    monkeypatch.setattr(socket, "getaddrinfo", names.getaddrinfo)
    yield names
    names.release()


@asynccontextmanager
async def listening_on(address: str) -> Any:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    listener.bind((address, 0))
    async with await asyncio.start_server(serve, sock=listener):
        yield listener.getsockname()[1]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost.", "app.localhost", "a.b.LocalHost."])
async def test_localhost_is_both_loopbacks_and_is_not_looked_up(
    server: Server, client: Client, names: NameServer, host: str, address: str
) -> None:
    async with listening_on(address) as port:
        id = await client.publish(f"http://{host}:{port}/")
        await server.idle()
    assert await client.states(id) == ["CREATED", "ACTIVE", "DELIVERED"]
    assert not names.asked


async def test_nobody_on_either_loopback_is_a_refusal(server: Server, client: Client, names: NameServer) -> None:
    async with listening_on("127.0.0.1") as port:
        pass
    error = await failure(server, client, f"http://localhost:{port}/")
    assert error["error"] == f"connection refused by localhost:{port}: is your app running?"


@pytest.mark.parametrize(("address", "url"), [("127.0.0.1", "http://127.0.0.1:{}"), ("::1", "http://[::1]:{}/")])
async def test_addresses_are_not_looked_up(
    server: Server, client: Client, names: NameServer, address: str, url: str
) -> None:
    async with listening_on(address) as port:
        id = await client.publish(url.format(port))
        await server.idle()
    assert (await client.states(id))[-1] == "DELIVERED"
    assert not names.asked


async def test_name_with_several_addresses_is_called_at_whichever_answers(
    server: Server, client: Client, names: NameServer
) -> None:
    async with listening_on("::1") as port:
        id = await client.publish(f"http://app.known:{port}/")
        await server.idle()
    assert (await client.states(id))[-1] == "DELIVERED"


async def test_unknown_name_is_named_as_such(server: Server, client: Client, names: NameServer) -> None:
    error = await failure(server, client, "http://app.unknown/")
    assert error["error"].startswith("cannot resolve the host of app.unknown:80")


async def test_names_that_hang_hold_up_nothing_else(
    server: Server, client: Client, destination: Destination, names: NameServer
) -> None:
    for number in range(60):
        await client.publish(f"http://name-{number}.hung/")
    for host in ("localhost", "app.known", "127.0.0.1"):
        await client.publish(f"http://{host}:{urlsplit(destination.url).port}")
    await destination.received(3)
    assert server.dispatcher.in_flight >= 60


async def test_stop_does_not_wait_for_look_ups(serve: Serve, names: NameServer) -> None:
    server, client = await serve()
    for number in range(60):
        await client.publish(f"http://name-{number}.hung/")
    while len(names.asked) < 60:
        await client.get("/v2/keys")
    async with asyncio.timeout(5):
        await server.dispatcher.stop()
        # What asyncio.run waits for after that.
        await asyncio.get_running_loop().shutdown_default_executor()
    assert server.dispatcher.in_flight == 0


async def test_all_who_wait_for_a_name_share_one_look_up(names: NameServer) -> None:
    resolver = Resolver()
    impatient, *patient = [asyncio.ensure_future(resolver.addresses("app.hung")) for _ in range(100)]
    await settle()
    impatient.cancel()
    names.release()
    assert await asyncio.gather(*patient) == [["127.0.0.1", "::1"]] * 99
    assert names.asked == {"app.hung": 1}
    assert await resolver.addresses("app.hung") == ["127.0.0.1", "::1"]
    assert names.asked == {"app.hung": 2}


async def test_all_who_wait_for_a_name_learn_that_there_is_none(names: NameServer) -> None:
    resolver = Resolver()
    waiting = [resolver.addresses("app.unknown") for _ in range(3)]
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(one) for one in found] == [socket.gaierror] * 3


async def test_look_ups_beyond_the_most_wait_for_one_to_end(names: NameServer) -> None:
    resolver = Resolver(max_lookups=2)
    hung = [asyncio.ensure_future(resolver.addresses(f"{number}.hung")) for number in range(2)]
    third = asyncio.ensure_future(resolver.addresses("app.known"))
    await settle()
    assert names.asked.keys() <= {"0.hung", "1.hung"}
    names.release()
    assert await third == ["127.0.0.1", "::1"]
    await asyncio.gather(*hung)


async def test_system_without_threads_fails_the_look_up_or_lets_it_wait(
    names: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolver, start, full = Resolver(), threading.Thread.start, True

    def started(thread: threading.Thread) -> None:
        if full and thread.name.startswith("lookup"):
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", started)
    with pytest.raises(OSError, match="can't start new thread"):
        await resolver.addresses("app.known")
    full = False
    first = asyncio.ensure_future(resolver.addresses("first.hung"))
    await settle()
    full = True
    second = asyncio.ensure_future(resolver.addresses("second.known"))
    await settle()
    assert not second.done()
    full = False
    names.release()
    assert await asyncio.gather(first, second) == [["127.0.0.1", "::1"]] * 2


async def test_address_that_is_silent_does_not_keep_the_next_one_waiting() -> None:
    silent = asyncio.Event()
    given_up: list[str] = []

    async def dialled(address: str, port: int) -> socket.socket:
        if address == "192.0.2.1":
            try:
                await silent.wait()
            finally:
                given_up.append(address)
        return await connect_to(address, port)

    async with listening_on("127.0.0.1") as port:
        with await connect(["192.0.2.1", "127.0.0.1"], port, 0.001, dialled) as sock:
            assert sock.getpeername() == ("127.0.0.1", port)
    await settle()
    assert given_up == ["192.0.2.1"]
