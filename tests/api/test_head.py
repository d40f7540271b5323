"""``HEAD`` wherever ``GET`` is: the same status and the same headers, and no body."""

from __future__ import annotations

import pytest

from qstash_dev.api.app import ROUTES
from qstash_dev.api.dev.routes import DEV_ROUTES
from qstash_dev.server import Server
from tests.api.estate import furnish
from tests.api.support import Reply, exchange, request
from tests.api.test_every_route import concrete
from tests.conftest import Client
from tests.destination import Destination

STREAMS = ["/_dev/events", "/_dev/feed"]
READS = sorted({path for method, path, *_ in ROUTES if method == "GET"})
DEV_READS = sorted({concrete(path) for method, path, *_ in DEV_ROUTES if method == "GET"} - set(STREAMS))
OPEN = ["/", "/health", "/openapi.json"]
HTML = "Accept: text/html"


async def both(server: Server, target: str, *lines: str) -> tuple[Reply, Reply]:
    got = await exchange(server.port, request(target, "GET", *lines))
    asked = await exchange(server.port, request(target, "HEAD", *lines), to_the_end=True)
    for reply in (got, asked):
        reply.headers.pop("date", None)
    return got, asked


@pytest.mark.parametrize("path", READS)
async def test_whatever_a_user_may_read(server: Server, client: Client, destination: Destination, path: str) -> None:
    owned = await furnish(server, client, destination)
    for target in (owned.target(path), concrete(path)):
        got, asked = await both(server, target)
        assert (asked.status, asked.headers, asked.body) == (got.status, got.headers, b"")


@pytest.mark.parametrize("path", [*DEV_READS, *OPEN])
async def test_whatever_anybody_may_read(server: Server, path: str) -> None:
    for lines in ((), (HTML,), ("Origin: https://evil.example",)):
        got, asked = await both(server, path, *lines)
        assert (asked.status, asked.headers, asked.body) == (got.status, got.headers, b"")


@pytest.mark.parametrize("path", STREAMS)
async def test_a_stream_tells_its_headers_and_ends(server: Server, path: str) -> None:
    reply = await exchange(server.port, request(path, "HEAD"), to_the_end=True)
    assert (reply.status, reply.headers["content-type"], reply.body) == (200, "text/event-stream", b"")
    # Whoever asked has left nothing behind.
    assert all(tenant.log.subscribers == [] for tenant in server.broker.tenants.all())


async def test_without_a_token_it_is_refused_as_well(server: Server) -> None:
    sent = request("/v2/keys", "HEAD").replace(b"Authorization", b"X-Other")
    assert (await exchange(server.port, sent)).status == 401


async def test_what_cannot_be_got_cannot_be_asked_about(server: Server) -> None:
    assert (await exchange(server.port, request("/v2/batch", "HEAD"))).status == 405


async def test_an_inbox_takes_it_for_a_delivery(server: Server, client: Client) -> None:
    assert (await exchange(server.port, request("/_dev/inbox/shop", "HEAD"))).status == 200
    assert [one["method"] for one in (await client.get("/_dev/inboxes/shop"))["requests"]] == ["HEAD"]
