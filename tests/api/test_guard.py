"""Kept out: names that are not this server's, and requests that web pages of others make a browser send."""

from __future__ import annotations

import pytest

from qstash_dev.api.app import ROUTES
from qstash_dev.api.dev.routes import DEV_ROUTES
from qstash_dev.config import Config
from qstash_dev.server import Server
from tests.api.support import TOKEN, Reply, exchange, request, serving
from tests.api.test_every_route import concrete
from tests.conftest import Client

PATHS = sorted({(method, concrete(path)) for method, path, *_ in (*ROUTES, *DEV_ROUTES)} | {("GET", "/openapi.json")})
CONSOLE = "https://console.upstash.com"
OWN = ["127.0.0.1", "127.0.0.1:8080", "localhost", "LOCALHOST:1", "app.localhost", "[::1]", "[::1]:80", "127.1.2.3"]
FOREIGN = [
    "evil.example",
    "evil.example:8080",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "notlocalhost",
    "192.168.1.7",
    "10.0.0.1:8080",
    "0.0.0.0",
    "[fe80::1]",
    "169.254.169.254",
    "evil.example@localhost:80:80",
    "[",
    "]",
    "[::1",
    "[::1]x",
    "örk",
    "local host",
]


async def ask(server: Server, *lines: str, host: str = "127.0.0.1", target: str = "/v2/keys") -> Reply:
    return await exchange(server.port, request(target, "GET", *lines, host=host))


@pytest.mark.parametrize("host", OWN)
async def test_loopback_by_any_name_is_served(server: Server, host: str) -> None:
    assert (await ask(server, host=host)).status == 200


@pytest.mark.parametrize("host", FOREIGN)
async def test_a_foreign_host_is_refused_and_named(server: Server, host: str) -> None:
    reply = await ask(server, host=host)
    assert reply.status in (400, 403), reply
    assert reply.error
    if reply.status == 403 and host.isascii():
        assert (host.strip() in reply.error, "--allow-host" in reply.error) == (True, True)


@pytest.mark.parametrize(("method", "path"), PATHS)
async def test_no_route_serves_a_foreign_host_or_a_foreign_page(server: Server, method: str, path: str) -> None:
    for lines, host in (
        ((), "evil.example"),
        (("Origin: https://evil.example",), "127.0.0.1"),
        (("Sec-Fetch-Site: cross-site",), "127.0.0.1"),
    ):
        reply = await exchange(server.port, request(path, method, "Content-Length: 0", *lines, host=host))
        assert reply.status == 403, (method, path, lines, reply)
        assert reply.error
        assert "access-control-allow-origin" not in reply.headers


@pytest.mark.parametrize(
    ("config", "host", "status"),
    [
        (Config(port=0, allow_hosts=("qstash",)), "qstash:8080", 200),
        (Config(port=0, allow_hosts=("QStash",)), "qSTASH", 200),
        (Config(port=0, allow_hosts=("qstash",)), "other", 403),
        (Config(port=0, allow_hosts=("qstash:8080",)), "qstash:9", 200),
        (Config(port=0, allow_hosts=("fe80::1",)), "[fe80::1]:9", 200),
        (Config(port=0, allow_hosts=("*",)), "anything.example", 200),
        (Config(port=0, host="0.0.0.0"), "192.168.1.7:8080", 200),
        (Config(port=0, host="0.0.0.0"), "[fe80::1]", 200),
        (Config(port=0, host="0.0.0.0"), "evil.example", 403),
        (Config(port=0, host="LocalHost"), "localhost", 200),
        (Config(port=0, host="127.0.0.1"), "192.168.1.7", 403),
        (Config(port=0, host="localhost"), "192.168.1.7", 403),
    ],
)
async def test_whoever_listens_elsewhere_says_by_which_names(config: Config, host: str, status: int) -> None:
    server = Server(config)
    await server.start()
    try:
        assert (await ask(server, host=host)).status == status
    finally:
        await server.stop()


@pytest.mark.parametrize(
    ("host", "advice"),
    [
        ("qstash:8080", "--allow-host qstash if"),
        ("evil.example", "--allow-host evil.example if"),
        ("[fe80::1]:80", "--allow-host fe80::1 if"),
        ("$(reboot):80", "--allow-host NAME if"),
    ],
)
async def test_what_to_allow_is_said_as_the_option_wants_it(server: Server, host: str, advice: str) -> None:
    assert advice in (await ask(server, host=host)).error


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("Origin: http://localhost:3000", "--allow-origin http://localhost:3000 if it is yours"),
        ("Origin: null", "only an origin such as http://localhost:3000 can be allowed, with --allow-origin"),
        (
            "Origin: http://$(reboot)",
            "only an origin such as http://localhost:3000 can be allowed, with --allow-origin",
        ),
        ("Sec-Fetch-Site: cross-site", "--allow-origin and the page's origin"),
    ],
)
async def test_a_refused_page_learns_what_allows_it(server: Server, line: str, advice: str) -> None:
    assert advice in (await ask(server, line)).error


PAGE = "http://localhost:3000"


@pytest.mark.parametrize("target", ["/v2/keys", "/v2/none", "/_dev/clock", "/openapi.json", "/health", "/"])
async def test_an_allowed_origin_may_use_and_read_everything(target: str) -> None:
    async with serving(Config(port=0, shutdown_grace_s=0, allow_origins=(f"{PAGE}/",))) as client:
        port = int(client.url.rpartition(":")[2])
        reply = await exchange(port, request(target, "GET", f"Origin: {PAGE}", "Sec-Fetch-Site: cross-site"))
        assert reply.status == (404 if target == "/v2/none" else 200)
        assert reply.headers["access-control-allow-origin"] == PAGE
        assert reply.headers["vary"] == "Origin"
        asked = await exchange(
            port, request(target, "OPTIONS", f"Origin: {PAGE}", "Access-Control-Request-Method: PUT")
        )
        assert (asked.status, asked.headers["access-control-allow-origin"]) == (204, PAGE)
        assert "PUT" in asked.headers["access-control-allow-methods"]
        for other in ("http://localhost:3001", "https://localhost:3000", f"{PAGE}.evil.example"):
            for method in ("GET", "OPTIONS"):
                reply = await exchange(port, request(target, method, f"Origin: {other}"))
                assert (reply.status, "access-control-allow-origin" in reply.headers) == (403, False)
        foreign = request(target, "OPTIONS", f"Origin: {PAGE}", host="evil.example")
        assert (await exchange(port, foreign)).status == 403


async def test_an_allowed_origin_may_read_a_stream_as_it_comes() -> None:
    async with serving(Config(port=0, shutdown_grace_s=0, allow_origins=(PAGE,))) as client:
        stream = await client.session.get(client.url + "/_dev/events", headers={"Origin": PAGE})
        assert stream.headers["Access-Control-Allow-Origin"] == PAGE
        assert await stream.content.readline() == b": connected\n"
        stream.close()


@pytest.mark.parametrize("wrong", [{"allow_origins": ("*",)}, {"allow_hosts": ("http://qstash",)}])
def test_what_cannot_be_allowed_is_refused_before_anything_starts(wrong: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(ValueError, match=r"use one such as|such as http://localhost:3000"):
        Config(**wrong)  # type: ignore[arg-type]


async def test_an_allowed_origin_still_needs_a_token() -> None:
    async with serving(Config(port=0, shutdown_grace_s=0, allow_origins=(PAGE,))) as client:
        client.token = "none"
        assert (await client.call("GET", "/v2/keys", headers={"Origin": PAGE}))[0] == 401


@pytest.mark.parametrize(
    "lines",
    [
        ("Sec-Fetch-Site: none",),
        ("Sec-Fetch-Site: same-origin",),
        ("Origin: http://127.0.0.1:{port}",),
        ("Origin: http://127.0.0.1:{port}", "Sec-Fetch-Site: same-origin"),
        (f"Origin: {CONSOLE}", "Sec-Fetch-Site: cross-site"),
        ("User-Agent: curl/8.0", "Referer: https://evil.example/"),
    ],
)
async def test_programs_and_pages_of_this_server_are_served(server: Server, lines: tuple[str, ...]) -> None:
    filled = [line.format(port=server.port) for line in lines]
    assert (await ask(server, *filled, host=f"127.0.0.1:{server.port}")).status == 200


@pytest.mark.parametrize(
    "lines",
    [
        ("Origin: https://evil.example",),
        ("Origin: null",),
        ("Origin: http://127.0.0.1:1",),
        ("Origin: http://localhost:{port}",),
        ("Origin:",),
        ("Origin: http://[",),
        ("Origin: //127.0.0.1:{port}/x",),
        ("Origin: http://console.upstash.com",),
        ("Origin: https://console.upstash.com.evil.example",),
        ("Origin: https://console.upstash.com:8443",),
        ("Origin: https://evil.example", "Sec-Fetch-Site: same-origin"),
        ("Sec-Fetch-Site: cross-site",),
        ("Sec-Fetch-Site: same-site",),
        ("Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"),
    ],
)
async def test_pages_of_anybody_else_are_refused(server: Server, lines: tuple[str, ...]) -> None:
    filled = [line.format(port=server.port) for line in lines]
    reply = await ask(server, *filled, host=f"127.0.0.1:{server.port}")
    assert (reply.status, "web pages" in reply.error) == (403, True)


async def test_a_token_in_the_query_helps_no_page(server: Server, client: Client) -> None:
    target = f"/v2/publish/http://127.0.0.1:1/x?qstash_token={TOKEN}"
    sent = request(target, "POST", "Origin: https://evil.example", "Content-Type: text/plain", "Content-Length: 0")
    assert (await exchange(server.port, sent)).status == 403
    assert await client.get("/v2/events") == {"events": []}


async def test_the_console_reaches_the_api_and_nothing_else(server: Server) -> None:
    for target, status in (("/v2/keys", 200), ("/_dev/clock", 403), ("/openapi.json", 403), ("/v2x", 403)):
        assert (await ask(server, f"Origin: {CONSOLE}", target=target)).status == status, target
