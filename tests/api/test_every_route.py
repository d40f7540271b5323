"""Every route: 401 without a token, and a 4xx error in JSON for any invalid request."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from yarl import URL

from qstash_dev.api.app import ROUTES
from tests.api.support import NOWHERE, TOKEN
from tests.conftest import Client
from tests.openapi.contract import check_answer

ALL = sorted({(method, path) for method, path, *_ in ROUTES})
FIELD = re.compile(r"\{(\w+)(?::[^{}]*)?\}")
KNOWN = {"_": "s", "destination": NOWHERE}

BODIES = [
    b"",
    b" ",
    b"{",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b'"text"',
    b"1e999",
    b"NaN",
    b"1" * 5_000,
    b"\xff\xfe\x00",
    b"\x00",
    b"[" * 50_000,
    b'{"a":' * 50_000,
    b'[null, 1, [], {"destination": 1}]',
    b'[{"destination": "http://127.0.0.1:1", "headers": [1]}]',
    b'[{"destination": "http://127.0.0.1:1", "headers": {"Upstash-Label": {"a": 1}}}]',
    b'[{"destination": "http://127.0.0.1:1", "body": "\\ud800", "headers": {"\\ud800": "\\udfff"}}]',
    b'{"endpoints": [{"url": 1, "name": []}], "headers": [], "queueName": {}, "messageIds": "x", "dlqIds": [1]}',
    b'{"endpoints": [{"url": "\\ud800", "name": "\\ud800"}], "headers": {"a": 1}, "queueName": "\\ud800"}',
    b'{"endpoints": {}, "headers": 1, "queueName": null, "messageIds": {"a": 1}, "dlqIds": null}',
    b'{"queueName": "q", "parallelism": "many", "paused": "perhaps"}',
    b'{"queueName": "q", "parallelism": -1, "paused": 3}',
    b'{"queueName": "q", "parallelism": 1e400}',
]
QUERIES = [
    "%00=%00",
    "%ff=%fe&%=%&=&&&",
    "count=-1",
    "count=%EF%BC%91",
    "count=99999999999999999999999&cursor=0-99999999999999999999",
    "cursor=%00",
    "cursor=-",
    "cursor=1-%C2%B2",
    "fromDate=%FF&toDate=now",
    "order=sideways&state=%FF&trimBody=x",
    "parallelism=-1&rate=x&period=%00",
    "parallelism=99999999999999999999&rate=true&period=1.5",
    "messageIds=%00&dlqIds=%FF&messageId=%F0%9F%92%A9",
    "&".join(f"label={number}" for number in range(2_000)),
    "upstash-retries=%FF&upstash-method=%00&upstash-flow-control-key=%FF",
    "upstash-cron=%FF&upstash-schedule-id=%00",
]
SEGMENTS = ["%00", "%FF%FE", "..", "%2E%2E%2F", "%2F", "%", "%zz", "x" * 3_000, "%F0%9F%92%A9", "a%20b", "a;b", "?"]


def concrete(path: str, segment: str = "x") -> str:
    """The path with something in the place of its fields."""
    return FIELD.sub(lambda field: KNOWN.get(field[1], segment), path)


async def answer(client: Client, method: str, target: str, token: str | None, **options: Any) -> tuple[int, bytes]:
    headers = options.pop("headers", {}) | ({"Authorization": f"Bearer {token}"} if token else {})
    url = URL(client.url + target, encoded=True)
    async with client.session.request(method, url, headers=headers, allow_redirects=False, **options) as response:
        body = await response.read()
        assert not body or response.content_type == "application/json", body
        check_answer(method, target, response.status, json.loads(body) if body else None)
        return response.status, body


# Words of Python, which nobody has to know who calls this server.
PYTHON = re.compile(
    r"\b(None|True|False|NoneType|codec|recursion|RecursionError|set_int_max|dict|KeyError)\b|[\[{]'|<class"
)


# Hosted QStash has the first only, so the others are below /_dev/.
ERROR_FIELDS = {"error", "field", "reason", "expected"}


def assert_civil(status: int, body: bytes, what: object) -> None:
    """Success, empty or JSON, or a client's error with its text."""
    assert status < 500, (what, body)
    assert not 300 <= status < 400, (what, body)
    if body:
        payload = json.loads(body)
        assert status < 400 or ({"error"} <= payload.keys() <= ERROR_FIELDS and payload["error"]), (what, body)
        assert status < 400 or not PYTHON.search(payload["error"]), (what, body)
    else:
        assert status == 200, what


@pytest.mark.parametrize(("method", "path"), ALL)
@pytest.mark.parametrize("token", [None, "nonsense"])
async def test_no_valid_token_no_entry(client: Client, method: str, path: str, token: str | None) -> None:
    status, body = await answer(client, method, concrete(path), token)
    assert status == 401
    payload = json.loads(body)
    assert list(payload) == ["error"]
    assert payload["error"].startswith("unable to authenticate: invalid token: ")
    assert "nonsense" not in payload["error"]


@pytest.mark.parametrize(("method", "path"), ALL)
async def test_a_body_of_garbage_is_no_server_error(client: Client, method: str, path: str) -> None:
    for body in BODIES:
        for headers in ({}, {"Content-Type": "application/json"}):
            status, answered = await answer(client, method, concrete(path), TOKEN, data=body, headers=headers)
            assert_civil(status, answered, body[:100])


@pytest.mark.parametrize(("method", "path"), ALL)
async def test_a_query_of_garbage_is_no_server_error(client: Client, method: str, path: str) -> None:
    for query in QUERIES:
        status, body = await answer(client, method, f"{concrete(path)}?{query}", TOKEN)
        assert_civil(status, body, query[:100])


@pytest.mark.parametrize(("method", "path"), [route for route in ALL if "{" in route[1]])
async def test_a_path_of_garbage_is_no_server_error(client: Client, method: str, path: str) -> None:
    for segment in SEGMENTS:
        for target in (concrete(path, segment), FIELD.sub(segment, path)):
            status, body = await answer(client, method, target, TOKEN)
            assert_civil(status, body, target[:100])


NAMES = ("Method", "Cron", "Callback", "Label", "Flow-Control-Key", "Deduplication-Id", "Redact-Fields")


@pytest.mark.parametrize(("method", "path"), ALL)
async def test_headers_of_garbage_are_no_server_error(client: Client, method: str, path: str) -> None:
    for value in ("", "\x80\xff", "ü", "💩", "%00", ",,,;=", "x" * 5_000):
        options = [f"Upstash-{name}" for name in NAMES]
        # Where no options are read, one request with all of them tells as much.
        for names in [[name] for name in options] if "destination" in path else [options]:
            headers = dict.fromkeys(names, value)
            status, body = await answer(client, method, concrete(path), TOKEN, headers=headers)
            assert_civil(status, body, headers)


@pytest.mark.parametrize("path", sorted({path for _, path in ALL}))
async def test_a_method_that_a_path_does_not_have_is_405_and_names_those_it_has(client: Client, path: str) -> None:
    target = concrete(path)
    for method in ("PUT", "OPTIONS", "TRACE", "PROPFIND"):
        status, body = await answer(client, method, target, TOKEN)
        assert (status, list(json.loads(body))) == (405, ["error"])
    allowed = {method for method, known in ALL if concrete(known) == target}
    url = URL(client.url + target, encoded=True)
    async with client.session.put(url, headers={"Authorization": f"Bearer {TOKEN}"}) as response:
        assert allowed <= set(response.headers["Allow"].split(", "))


@pytest.mark.parametrize(("method", "path"), [route for route in ALL if "destination" not in route[1]])
async def test_a_slash_at_the_end_leads_to_the_same_route(client: Client, method: str, path: str) -> None:
    plain = await answer(client, method, concrete(path), None)
    assert await answer(client, method, concrete(path) + "/", None) == plain
    if method == "GET":
        plain = await answer(client, method, concrete(path), TOKEN)
        assert await answer(client, method, concrete(path) + "/", TOKEN) == plain
