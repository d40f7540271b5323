"""The addresses that the server listens on, and ports that another program uses."""

from __future__ import annotations

import errno
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from typing import Any

import aiohttp
import pytest

from qstash_dev.config import Config
from qstash_dev.server import Server
from qstash_dev.sockets import AddressInUse, address, bind
from tests.api.support import TOKEN
from tests.conftest import Client
from tests.destination import Destination


def has_ipv6() -> bool:
    try:
        with closing(socket.socket(socket.AF_INET6)) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 to listen on")


@pytest.fixture
def taken() -> Iterator[int]:
    """A port of 127.0.0.1 on which another program listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        yield other.getsockname()[1]


@asynccontextmanager
async def started(config: Config) -> AsyncIterator[Server]:
    server = Server(config)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


async def call(host: str, port: int, method: str = "GET", path: str = "/v2/keys", **options: Any) -> tuple[int, Any]:
    """What the server answers when called at an address."""
    async with aiohttp.ClientSession() as session:
        return await Client(session, f"http://{address(host, port)}", TOKEN).call(method, path, **options)


@pytest.mark.parametrize(
    ("host", "url", "reached_at"),
    [
        pytest.param(None, "http://127.0.0.1", ["127.0.0.1", "::1"], marks=needs_ipv6),
        pytest.param("localhost", "http://127.0.0.1", ["127.0.0.1", "::1"], marks=needs_ipv6),
        ("127.0.0.1", "http://127.0.0.1", ["127.0.0.1"]),
        ("0.0.0.0", "http://127.0.0.1", ["127.0.0.1"]),
        pytest.param("::1", "http://[::1]", ["::1"], marks=needs_ipv6),
        pytest.param("::", "http://127.0.0.1", ["127.0.0.1", "::1"], marks=needs_ipv6),
    ],
)
async def test_host(host: str | None, url: str, reached_at: list[str]) -> None:
    async with started(Config(host=host, port=0, log_port=0)) as server:
        assert server.url == f"{url}:{server.port}"
        for port in (server.port, server.log_port):
            assert port is not None
            for at in reached_at:
                assert (await call(at, port))[0] == 200
            for at in {"127.0.0.1", "::1"} - set(reached_at):
                with pytest.raises(aiohttp.ClientConnectionError):
                    await call(at, port)


async def test_log_port_serves_the_same_users_and_messages(destination: Destination) -> None:
    async with started(Config(port=0, log_port=0)) as server:
        assert server.log_port not in (None, 0, server.port)
        _, message = await call("127.0.0.1", server.port, "POST", f"/v2/publish/{destination.url}")
        await server.idle()
        _, page = await call("127.0.0.1", server.log_port or 0, "GET", "/v2/events")
        assert {event["messageId"] for event in page["events"]} == {message["messageId"]}


def test_taken_port_is_told_apart_from_other_troubles(taken: int) -> None:
    with pytest.raises(AddressInUse, match=rf"address already in use: 127\.0\.0\.1:{taken}$"):
        bind("127.0.0.1", taken)
    with pytest.raises(AddressInUse, match=rf"address already in use: 127\.0\.0\.1:{taken}$"):
        bind(None, taken)


@needs_ipv6
def test_taken_ipv6_port_is_shown_as_in_urls() -> None:
    with closing(socket.create_server(("::1", 0), family=socket.AF_INET6)) as other:
        port = other.getsockname()[1]
        with pytest.raises(AddressInUse, match=rf"address already in use: \[::1\]:{port}$"):
            bind("::1", port)


def test_address_of_another_machine_is_not_a_taken_port() -> None:
    with pytest.raises(OSError, match="assign") as caught:
        bind("192.0.2.1", 0)
    assert caught.value.errno == errno.EADDRNOTAVAIL


@needs_ipv6
async def test_other_program_on_the_second_loopback_address_is_a_warning() -> None:
    with closing(socket.create_server(("::1", 0), family=socket.AF_INET6)) as other:
        port = other.getsockname()[1]
        async with started(Config(port=port)) as server:
            assert (await call("127.0.0.1", port))[0] == 200
    assert server.warnings == [
        f"another program uses [::1]:{port} and may receive requests to localhost:{port}; "
        f"this server listens on 127.0.0.1:{port} only"
    ]


async def test_log_port_that_is_taken_is_a_warning(taken: int) -> None:
    async with started(Config(port=0, log_port=taken)) as server:
        assert (await call("127.0.0.1", server.port))[0] == 200
        assert server.log_port is None
    assert server.warnings == [
        f"there is no log server: listen tcp: bind: address already in use: 127.0.0.1:{taken}; "
        "choose another port with --log-port"
    ]


Fault = Callable[[str, int], Exception | None]


def let_fail(monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    """Let a machine refuse an address where ``fault`` says so. IPv4 stands in for ``::1``, which may be missing."""

    class Machine(socket.socket):
        def __init__(self, family: int = -1, *arguments: Any, **named: Any) -> None:
            super().__init__(socket.AF_INET if family == socket.AF_INET6 else family, *arguments, **named)

        def setsockopt(self, level: int, *option: Any) -> None:
            if level != socket.IPPROTO_IPV6:
                super().setsockopt(level, *option)

        def bind(self, address: Any) -> None:
            if error := fault(*address):
                raise error
            super().bind(address if address[0] == "127.0.0.1" else ("127.0.0.1", 0))

    monkeypatch.setattr(socket, "socket", Machine)


def test_machine_without_ipv6_listens_on_ipv4_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    missing = OSError(errno.EAFNOSUPPORT, "not supported")
    let_fail(monkeypatch, lambda host, _: missing if host == "::1" else None)
    with closing(bind(None, 0)) as binding:
        assert (len(binding.sockets), binding.lost) == (1, None)


def test_port_that_the_system_chooses_is_free_on_both_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = iter([OSError(errno.EADDRINUSE, "in use"), OSError(errno.EADDRINUSE, "in use"), None])
    let_fail(monkeypatch, lambda host, _: next(tries) if host == "::1" else None)
    with closing(bind(None, 0)) as binding:
        assert (len(binding.sockets), binding.lost) == (2, None)


async def test_log_port_that_may_not_be_used_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    denied = PermissionError(errno.EACCES, "Permission denied")
    let_fail(monkeypatch, lambda _, port: denied if port == 80 else None)
    async with started(Config(host="127.0.0.1", port=0, log_port=80)) as server:
        assert server.log_port is None
    assert server.warnings == ["there is no log server: Permission denied; choose another port with --log-port"]
