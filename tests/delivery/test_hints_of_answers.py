"""Answers that are no success are explained: redirects, refused hosts, and the error that an application tells."""

from __future__ import annotations

import json

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from qstash_dev.protocol.hints import hint
from qstash_dev.protocol.quoted import quoted
from qstash_dev.protocol.result import Responded
from qstash_dev.server import Server
from tests.asgi import served
from tests.conftest import Client
from tests.delivery.explained import Told, told
from tests.destination import Answer, Destination

VITE = """Blocked request. This host ("web.example.com") is not allowed.
To allow this host, add "web.example.com" to `server.allowedHosts` in vite.config.js."""
# As Django 5.2 begins it with DEBUG; its styles are left out.
DJANGO = f"""<!DOCTYPE html>
<html lang="en">
<head>
  <meta http-equiv="content-type" content="text/html; charset=utf-8">
  <title>DisallowedHost
          at /x</title>
  <style>{"a" * 5_000}</style>
</head>
<body>
<header id="summary">
  <h1>DisallowedHost
       at /x</h1>
  <pre class="exception_value">Invalid HTTP_HOST header: &#x27;web:8000&#x27;. You may need to add &#x27;web&#x27;
 to ALLOWED_HOSTS.</pre>"""
NEXT_PAGE = """<!DOCTYPE html><html><head></head><body><script id="__NEXT_DATA__" type="application/json">
{"props":{},"page":"/_error","err":{"name":"Error","source":"server","message":"signature verification failed"}}
</script></body></html>"""


async def of(
    server: Server,
    client: Client,
    destination: Destination,
    status: int,
    body: str = "",
    path: str = "/api/hook",
    **headers: str,
) -> Told:
    destination.answers(Answer(status, body.encode(), headers))
    return await told(server, client, destination.url + path)


@pytest.mark.parametrize(
    ("status", "body", "name"),
    [(403, VITE, "server.allowedHosts (Vite)"), (400, DJANGO, "ALLOWED_HOSTS (Django)")],
)
async def test_an_app_that_does_not_answer_for_its_host_is_told_so(
    server: Server, client: Client, destination: Destination, status: int, body: str, name: str
) -> None:
    found = await of(server, client, destination, status, body)
    assert found.reason == "host-not-allowed"
    assert name in found.hint


async def crash(_: Request) -> Response:
    raise TypeError("x is not a function")


async def refuse(_: Request) -> Response:
    return JSONResponse({"detail": "the order is closed"}, 409)


ROUTES = [Route("/crash", crash, methods=["POST"]), Route("/refuse", refuse, methods=["POST"])]


async def test_the_check_of_starlette_is_recognised(server: Server, client: Client) -> None:
    app = Starlette(routes=ROUTES, middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["my.app"])])
    async with served(app) as url:
        found = await told(server, client, f"{url}/crash")
    assert (found.reason, found.response["status"]) == ("host-not-allowed", 400)
    assert "allowed_hosts (Starlette)" in found.hint


async def test_a_traceback_is_quoted_by_its_last_line(server: Server, client: Client) -> None:
    async with served(Starlette(debug=True, routes=ROUTES)) as url:
        found = await told(server, client, f"{url}/crash")
    assert found.response["body"].startswith("Traceback")
    assert found.hint.startswith("it answered 'TypeError: x is not a function': the app failed")


async def test_an_app_that_hides_its_error_is_not_quoted(server: Server, client: Client) -> None:
    async with served(Starlette(routes=ROUTES)) as url:
        found = await told(server, client, f"{url}/crash")
        assert found.response["body"] == "Internal Server Error"
        assert found.hint.startswith("the app failed, and its answer does not say why")
        refused = await told(server, client, f"{url}/refuse")
        assert refused.hint.startswith("it answered 'the order is closed': ")


@pytest.mark.parametrize(
    "status",
    [400, 401, 403, 404, 405, 413, 415, 418, 422, 301, 302, 304, 307, 308, 489, 500, 501, 502, 503, 504, 520],
)
async def test_every_status_that_is_no_success_has_a_hint(
    server: Server, client: Client, destination: Destination, status: int
) -> None:
    assert (await of(server, client, destination, status)).hint


@pytest.mark.parametrize("status", [500, 502, 503, 599])
async def test_a_server_error_quotes_the_answer(
    server: Server, client: Client, destination: Destination, status: int
) -> None:
    found = await of(server, client, destination, status, "Stripe: card_declined\nat pay.js:3")
    assert found.hint.startswith("it answered 'Stripe: card_declined': ")
    assert found.reason == "http-status"


async def test_a_redacted_message_hides_itself_and_not_the_answer(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(Answer(500, b"out of stock"))
    found = await told(server, client, destination.url, b"secret", Upstash_Redact_Fields="body")
    assert found.response["body"] == "out of stock"
    assert "out of stock" in found.hint


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("", ""),
        (" \n\t\n", ""),
        ("Internal Server Error", ""),
        ('{"error":"TypeError","message":"x is not a function","stack":"a\\nb"}', "TypeError: x is not a function"),
        ('{"error":"Not now","message":"later"}', "later"),
        ('{"error":{"message":"inner","type":"t"}}', "inner"),
        ('{"title":"Out of stock","detail":"No more of 7"}', "No more of 7"),
        ('{"code":7}', ""),
        ('{"message":7}', ""),
        ('{"broken', '{"broken'),
        ("<html><title>TypeError: a &lt; b // Werkzeug Debugger</title>", "TypeError: a < b // Werkzeug Debugger"),
        ("<!DOCTYPE html><title>Error</title><body><pre>Error: no<br> &nbsp; at x.js</pre>", "Error: no"),
        ("<html><title>500 Internal Server Error</title>", ""),
        ("<title>never ends", ""),
        (NEXT_PAGE, "signature verification failed"),
        ("a\x1b[2Jb\u202ec", "a [2Jb c"),
        ("x" * 300, "x" * 199 + "…"),
    ],
)
def test_one_line_of_an_answer_is_quoted(body: str, line: str) -> None:
    assert quoted(body.encode()) == line


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"error":' * 50_000, b"<pre>" * 50_000, b"<title>" + b"&" * 100_000, b"\xff" * 100_000]
)
def test_hostile_answers_are_quoted_within_bounds(body: bytes) -> None:
    assert len(quoted(body)) <= 200
    assert len(hint(Responded(500, (), body, 1, url="http://a/b")) or "") < 1_000


async def test_a_page_of_next_has_its_error_in_its_data(
    server: Server, client: Client, destination: Destination
) -> None:
    assert (
        await of(server, client, destination, 500, NEXT_PAGE.replace("<head>", "<head>" + " " * 5_000))
    ).reason == "wrong-keys"


@pytest.mark.parametrize(
    ("path", "location", "text"),
    [
        (
            "/api/hook/",
            "/api/hook",
            "only the slash at the end differs: publish to the final address, {url}/api/hook",
        ),
        (
            "/api/hook",
            "{url}/api/hook/",
            "only the slash at the end differs: publish to the final address, {url}/api/hook/",
        ),
        (
            "/api/hook",
            "/login?next=%2Fapi%2Fhook",
            "a login or a middleware of the app sent the caller to /login: let requests to /api/hook",
        ),
        ("/api/hook", "/api/auth/signin", "a login or a middleware of the app sent the caller to /api/auth/signin"),
        ("/api/hook", "/en/sign-in", "a login or a middleware of the app sent the caller to /en/sign-in"),
        (
            "/api/hook",
            "/other",
            "publish to the final address, {url}/other, or, if a middleware of the app sends callers there",
        ),
        ("/api/hook", "https://{where}/api/hook", "the app wants https: publish to https://{where}/api/hook"),
        ("/api/hook", "https://new.example.com/x", "publish to the final address, https://new.example.com/x"),
        ("/api/hook", "//[", "redirects are not followed"),
    ],
)
async def test_a_redirect_says_what_to_do_about_it(
    server: Server, client: Client, destination: Destination, path: str, location: str, text: str
) -> None:
    names = {"url": destination.url, "where": destination.url.removeprefix("http://")}
    found = await of(server, client, destination, 307, path=path, Location=location.format_map(names))
    assert found.reason == "redirect"
    assert text.format_map(names) in found.hint


def test_a_long_location_is_cut() -> None:
    for location in ("/" + "a" * 100_000, "http://" + "a" * 100_000, "//" + "[" * 9_000, "\x00" * 9_000):
        text = hint(Responded(302, (("Location", location),), b"", 1, url="http://a/" + "b" * 5_000)) or ""
        assert 0 < len(text) < 1_000


async def test_the_hint_of_json_that_is_no_object_is_the_line_itself(
    server: Server, client: Client, destination: Destination
) -> None:
    found = await of(server, client, destination, 500, json.dumps(["out of", "stock"]))
    assert 'it answered \'["out of", "stock"]\'' in found.hint
