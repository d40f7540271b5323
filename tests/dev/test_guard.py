"""The Dev API has no token: it refuses web pages and foreign hosts, and answers invalid input with 4xx errors."""

from __future__ import annotations

import pytest

from qstash_dev.api.dev.routes import DEV_ROUTES
from qstash_dev.api.guard import CONSOLE_ORIGIN
from qstash_dev.config import Config, Limits
from qstash_dev.server import Server
from tests.api.support import exchange, request, serving
from tests.api.test_every_route import BODIES, QUERIES, SEGMENTS, answer, assert_civil, concrete
from tests.conftest import Client

INBOX = "/_dev/inbox/a/b"
ALL = sorted({(method, path) for method, path, *_ in DEV_ROUTES} | {("POST", INBOX), ("GET", INBOX)})
# A stream answers with no JSON and never ends by itself.
ENDING = [route for route in ALL if route[1] not in ("/_dev/events", "/_dev/feed")]


@pytest.fixture
def limits() -> Limits:
    """What waits for something, which here is for nothing, does not do so for long."""
    return Limits(wait_s=0.01)


@pytest.mark.parametrize(("method", "path"), ALL)
@pytest.mark.parametrize(
    "line",
    [
        "Origin: https://evil.example",
        "Origin: null",
        f"Origin: {CONSOLE_ORIGIN}",
        "Origin: http://localhost:3000",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",
    ],
)
async def test_no_page_of_another_origin_reaches_it(server: Server, method: str, path: str, line: str) -> None:
    reply = await exchange(server.port, request(concrete(path), method, line))
    assert reply.status == 403
    assert reply.error.startswith("web pages of other origins may not call this server")
    assert "access-control-allow-origin" not in reply.headers
    assert server.inboxes.all == {}


@pytest.mark.parametrize(("method", "path"), ALL)
async def test_no_foreign_host_reaches_it(server: Server, method: str, path: str) -> None:
    reply = await exchange(server.port, request(concrete(path), method, host="evil.example"))
    assert (reply.status, "host 'evil.example' is not served here" in reply.error) == (403, True)


@pytest.mark.parametrize("origin", [CONSOLE_ORIGIN, "https://evil.example"])
async def test_no_preflight_is_granted(server: Server, origin: str) -> None:
    lines = (f"Origin: {origin}", "Access-Control-Request-Method: POST")
    reply = await exchange(server.port, request("/_dev/clock/advance", "OPTIONS", *lines))
    assert reply.status == 403
    assert not [name for name in reply.headers if name.startswith("access-control")]


async def test_a_page_of_the_servers_own_reaches_it(server: Server) -> None:
    lines = (f"Origin: http://127.0.0.1:{server.port}", "Sec-Fetch-Site: same-origin")
    reply = await exchange(server.port, request("/_dev/clock", "GET", *lines, host=f"127.0.0.1:{server.port}"))
    assert reply.status == 200


async def test_a_host_that_was_allowed_reaches_it() -> None:
    async with serving(Config(port=0, shutdown_grace_s=0, allow_hosts=("qstash",))) as client:
        port = int(client.url.rpartition(":")[2])
        assert (await exchange(port, request("/_dev/clock", host="qstash:8080"))).status == 200


async def test_it_is_never_under_v2(client: Client) -> None:
    for method, path in ALL:
        status, _ = await client.call(method, "/v2" + concrete(path))
        assert status in (404, 405)


@pytest.mark.parametrize(("method", "path"), ENDING)
async def test_no_token_is_needed_and_a_wrong_one_does_no_harm(client: Client, method: str, path: str) -> None:
    for token in (None, "nonsense"):
        status, body = await answer(client, method, concrete(path), token)
        assert status not in (401, 403)
        assert_civil(status, body, path)


@pytest.mark.parametrize(("method", "path"), ENDING)
async def test_a_body_of_garbage_is_no_server_error(client: Client, method: str, path: str) -> None:
    for body in BODIES:
        status, answered = await answer(client, method, concrete(path), None, data=body)
        assert_civil(status, answered, body[:100])


@pytest.mark.parametrize(("method", "path"), ENDING)
async def test_a_query_of_garbage_is_no_server_error(client: Client, method: str, path: str) -> None:
    for query in [*QUERIES, "user=", "user=%FF", "user=testUser1&user=nobody"]:
        status, body = await answer(client, method, f"{concrete(path)}?{query}", None)
        assert_civil(status, body, query[:100])


@pytest.mark.parametrize(("method", "path"), [route for route in ENDING if "{" in route[1]])
async def test_a_path_of_garbage_is_no_server_error(client: Client, method: str, path: str) -> None:
    for segment in SEGMENTS:
        status, body = await answer(client, method, concrete(path, segment), None)
        assert_civil(status, body, segment[:100])


@pytest.mark.parametrize("path", sorted({path for _, path, *_ in DEV_ROUTES}))
async def test_a_method_that_a_path_does_not_have_is_405_and_names_those_it_has(client: Client, path: str) -> None:
    for spelling in (concrete(path), concrete(path) + "/"):
        status, payload = await client.call("PATCH", spelling)
        assert status == 405
        for method in {method for method, known, *_ in DEV_ROUTES if known == path}:
            assert method in payload["error"]
            assert method in payload["expected"]
