"""The Upstash console's local mode: a page on the internet that may call this server from the browser."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from qstash_dev.api.app import ROUTES
from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config
from qstash_dev.server import Server
from tests.api.support import TOKEN, Reply, exchange, request
from tests.api.test_every_route import concrete
from tests.conftest import NOON_MS

CONSOLE = "https://console.upstash.com"
PATHS = sorted({concrete(path) for _, path, *_ in ROUTES})
WANTED = "authorization, content-type, upstash-delay"
METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


@pytest.fixture
async def both() -> AsyncIterator[Server]:
    """A server with its log port."""
    server = Server(Config(port=0, log_port=0, shutdown_grace_s=0), clock=FrozenClock(NOON_MS))
    await server.start()
    yield server
    await server.stop()


def ports(server: Server) -> tuple[int, int]:
    assert server.log_port is not None
    assert server.log_port != server.port
    return server.port, server.log_port


def preflight(target: str, *lines: str, origin: str = CONSOLE) -> bytes:
    """What a browser asks before it sends a request; it never sends a token along."""
    head = [
        f"OPTIONS {target} HTTP/1.1",
        "Host: 127.0.0.1:8080",
        f"Origin: {origin}",
        "Access-Control-Request-Method: POST",
        "Sec-Fetch-Site: cross-site",
        "Connection: close",
        *lines,
    ]
    return "\r\n".join([*head, "", ""]).encode()


@pytest.mark.parametrize("path", PATHS)
async def test_a_preflight_is_answered_on_every_path_without_a_token(both: Server, path: str) -> None:
    for port in ports(both):
        reply = await exchange(port, preflight(path, f"Access-Control-Request-Headers: {WANTED}"))
        assert (reply.status, reply.body) == (204, b"")
        assert reply.headers["access-control-allow-origin"] == CONSOLE
        assert set(reply.headers["access-control-allow-methods"].split(", ")) == METHODS
        assert reply.headers["access-control-allow-headers"] == WANTED
        assert reply.headers["vary"] == "Origin"
        assert "access-control-allow-private-network" not in reply.headers


async def test_a_private_network_preflight_is_answered(both: Server) -> None:
    for port in ports(both):
        reply = await exchange(port, preflight("/v2/events", "Access-Control-Request-Private-Network: true"))
        assert reply.status == 204
        assert reply.headers["access-control-allow-private-network"] == "true"
        assert reply.headers["access-control-allow-headers"] == "Authorization, Content-Type"


@pytest.mark.parametrize(
    ("method", "target", "lines", "status"),
    [
        ("GET", "/v2/keys", (), 200),
        ("GET", "/v2/messages/none", (), 404),
        ("GET", "/v2/none", (), 404),
        ("PUT", "/v2/keys", (), 405),
        ("POST", "/v2/queues", ("Content-Length: 0",), 400),
        ("POST", "/v2/publish/http://127.0.0.1:1?upstash-delay=1h", ("Content-Length: 1",), 201),
    ],
)
async def test_the_console_may_read_every_answer(
    both: Server, method: str, target: str, lines: tuple[str, ...], status: int
) -> None:
    for port in ports(both):
        sent = request(target, method, f"Origin: {CONSOLE}", "Sec-Fetch-Site: cross-site", *lines)
        reply = await exchange(port, sent + b"x" * ("Content-Length: 1" in lines))
        assert reply.status == status
        assert reply.headers["access-control-allow-origin"] == CONSOLE
        assert reply.headers["access-control-expose-headers"] == "*"
        assert "access-control-allow-credentials" not in reply.headers


async def test_the_console_still_needs_a_token(both: Server) -> None:
    sent = request("/v2/keys", "GET", f"Origin: {CONSOLE}").replace(TOKEN.encode(), b"none")
    for port in ports(both):
        reply = await exchange(port, sent)
        assert (reply.status, reply.headers["access-control-allow-origin"]) == (401, CONSOLE)


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "http://console.upstash.com", "https://console.upstash.com.evil.example", "null"],
)
async def test_nobody_else_gets_a_preflight(both: Server, origin: str) -> None:
    for port in ports(both):
        reply = await exchange(port, preflight("/v2/events", origin=origin))
        assert reply.status == 403
        assert not [name for name in reply.headers if name.startswith("access-control")]


async def test_programs_get_no_cors_headers(both: Server) -> None:
    for port in ports(both):
        reply = await exchange(port, request())
        assert reply.status == 200
        assert not [name for name in reply.headers if name.startswith("access-control")]


async def test_the_log_port_serves_the_same(both: Server) -> None:
    answers: list[Reply] = [await exchange(port, request("/v2/keys")) for port in ports(both)]
    assert answers[0].body == answers[1].body
    foreign = [await exchange(port, request("/v2/keys", host="evil.example")) for port in ports(both)]
    assert [reply.status for reply in foreign] == [403, 403]
