"""Publish: every ``Upstash-*`` header and query parameter, as the message shows it."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

import pytest

from qstash_dev.server import Server
from tests.api.support import HOUR_MS, NOWHERE, TOKEN, make_group
from tests.conftest import NOON_MS, Client
from tests.destination import Destination

DAY_MS = 24 * HOUR_MS
URL = "https://example.com/x"
CALLBACK = "https://oz.example/?foo=bar"
FLOW = "Upstash-Flow-Control-Value"
HELD = {"Upstash-Delay": "1h"}

# Headers → what they add to the message or change in it.
OPTIONS: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({}, {}),
    *(({"Upstash-Method": name}, {"method": name}) for name in ("GET", "POST", "PUT", "PATCH", "DELETE")),
    ({"Upstash-Method": "put"}, {"method": "PUT"}),
    ({"Upstash-Timeout": "90s"}, {"timeout": 90_000}),
    ({"Upstash-Timeout": "0.5s"}, {"timeout": 500}),
    ({"Upstash-Timeout": "1h30m3s"}, {"timeout": 5_403_000}),
    ({"Upstash-Timeout": "30"}, {"timeout": 30_000}),
    ({"Upstash-Retries": "0"}, {"maxRetries": 0}),
    ({"Upstash-Retries": "5"}, {"maxRetries": 5}),
    ({"Upstash-Retry-Delay": "1000"}, {"retryDelayExpression": "1000"}),
    (
        {"Upstash-Retry-Delay": "max(1000,  pow(2, retried) * 100)"},
        {"retryDelayExpression": "max(1000,  pow(2, retried) * 100)"},
    ),
    ({"Upstash-Delay": "50s"}, {"notBefore": NOON_MS + 50_000}),
    ({"Upstash-Delay": "3m"}, {"notBefore": NOON_MS + 180_000}),
    ({"Upstash-Delay": "10h"}, {"notBefore": NOON_MS + 10 * HOUR_MS}),
    ({"Upstash-Delay": "1d10h30m"}, {"notBefore": NOON_MS + DAY_MS + 10 * HOUR_MS + 1_800_000}),
    ({"Upstash-Delay": "0"}, {"notBefore": NOON_MS}),
    ({"Upstash-Not-Before": f"{NOON_MS // 1_000 + 7_200}"}, {"notBefore": NOON_MS + 2 * HOUR_MS}),
    ({"Upstash-Not-Before": f"{NOON_MS // 1_000 + 60}", "Upstash-Delay": "3h"}, {"notBefore": NOON_MS + 60_000}),
    ({"Upstash-Forward-my-HEADER": "my value"}, {"header": {"My-Header": ["my value"]}}),
    (
        {"Upstash-Forward-Authorization": "Bearer of-the-destination"},
        {"header": {"Authorization": ["Bearer of-the-destination"]}},
    ),
    ({"Upstash-Forward-content-type": "text/csv"}, {"header": {"Content-Type": ["text/csv"]}}),
    ({"Upstash-Header-Forward": "false"}, {}),
    ({"Upstash-Callback": CALLBACK}, {"callback": CALLBACK}),
    ({"Upstash-Callback": CALLBACK, "Upstash-Callback-Retries": "1"}, {"callback": CALLBACK}),
    (
        {"Upstash-Callback": CALLBACK, "Upstash-Callback-Forward-A": "1"},
        {"callback": CALLBACK, "callbackHeader": {"A": ["1"]}},
    ),
    ({"Upstash-Failure-Callback": CALLBACK}, {"failureCallback": CALLBACK}),
    (
        {"Upstash-Failure-Callback": CALLBACK, "Upstash-Failure-Callback-Forward-A": "1"},
        {"failureCallback": CALLBACK, "failureCallbackHeader": {"A": ["1"]}},
    ),
    ({"Upstash-Label": "one"}, {"label": "one", "labels": ["one"]}),
    ({"Upstash-Label": "one,two"}, {"label": "one", "labels": ["one", "two"]}),
    ({"Upstash-Queue-Name": "queue"}, {"queueName": "queue"}),
    ({"Upstash-Flow-Control-Key": "k", FLOW: "rate=1"}, {"flowControlKey": "k", "rate": 1, "period": 1}),
    (
        {"Upstash-Flow-Control-Key": "k", FLOW: "parallelism=5"},
        {"flowControlKey": "k", "parallelism": 5, "period": 1},
    ),
    (
        {"Upstash-Flow-Control-Key": "k", FLOW: "rate=23, period=1h30m3s"},
        {"flowControlKey": "k", "rate": 23, "period": 5_403},
    ),
    (
        {"Upstash-Flow-Control-Key": "k-1_.x", FLOW: "period=1d,parallelism=10,rate=5"},
        {"flowControlKey": "k-1_.x", "parallelism": 10, "rate": 5, "period": 86_400},
    ),
    ({"Upstash-Deduplication-Id": "any/thing at all"}, {}),
    ({"Upstash-Content-Based-Deduplication": "false"}, {}),
    ({"Upstash-Telemetry-Sdk": "upstash-qstash-js@2", "Upstash-Telemetry-Runtime": "node,deno"}, {}),
    ({"Upstash-Something-New": "1"}, {}),
]


def expected(id: str, added: dict[str, Any]) -> dict[str, Any]:
    """The whole message; whatever is not here must be left out."""
    message: dict[str, Any] = {
        "messageId": id,
        "url": URL,
        "method": "POST",
        "maxRetries": 3,
        "notBefore": NOON_MS + HOUR_MS,
        "createdAt": NOON_MS,
        "callerIP": "127.0.0.1",
    }
    return message | added


@pytest.mark.parametrize(("headers", "added"), OPTIONS, ids=lambda value: str(value)[:60])
async def test_an_option_as_header(client: Client, headers: dict[str, str], added: dict[str, Any]) -> None:
    _, answer = await client.call("POST", f"/v2/publish/{URL}", headers=HELD | headers)
    id = answer["messageId"]
    assert await client.get(f"/v2/messages/{id}") == expected(id, added)


@pytest.mark.never_by_the_gate
@pytest.mark.parametrize(("headers", "added"), OPTIONS, ids=lambda value: str(value)[:60])
async def test_an_option_as_query_parameter(client: Client, headers: dict[str, str], added: dict[str, Any]) -> None:
    query = "&".join(f"{name.lower()}={quote(value, safe='')}" for name, value in (HELD | headers).items())
    _, answer = await client.call("POST", f"/v2/publish/{URL}?{query}")
    id = answer["messageId"]
    assert await client.get(f"/v2/messages/{id}") == expected(id, added)


@pytest.mark.parametrize(("headers", "added"), OPTIONS, ids=lambda value: str(value)[:60])
async def test_an_option_of_a_message_in_a_queue(
    client: Client, headers: dict[str, str], added: dict[str, Any]
) -> None:
    queue = {"Upstash-Queue-Name": "q"}
    _, answer = await client.call("POST", f"/v2/publish/{URL}", headers=HELD | headers | queue)
    id = answer["messageId"]
    assert await client.get(f"/v2/messages/{id}") == expected(id, added | {"queueName": "q"})


@pytest.mark.never_by_the_gate
@pytest.mark.parametrize(("headers", "added"), OPTIONS, ids=lambda value: str(value)[:60])
async def test_an_option_of_an_item_of_a_batch(
    client: Client, headers: dict[str, str], added: dict[str, Any]
) -> None:
    _, [answer] = await client.call("POST", "/v2/batch", json=[{"destination": URL, "headers": HELD | headers}])
    id = answer["messageId"]
    assert await client.get(f"/v2/messages/{id}") == expected(id, added)


async def test_a_header_wins_over_the_query_parameter_of_its_name(client: Client) -> None:
    target = f"/v2/publish/{URL}?upstash-retries=1&upstash-label=query"
    _, answer = await client.call("POST", target, headers=HELD | {"Upstash-Retries": "2"})
    message = await client.get(f"/v2/messages/{answer['messageId']}")
    assert (message["maxRetries"], message["labels"]) == (2, ["query"])


async def test_a_time_that_has_passed_means_now(client: Client) -> None:
    id = await client.publish(NOWHERE, Upstash_Not_Before="1000000000")
    assert (await client.get(f"/v2/messages/{id}"))["notBefore"] == NOON_MS


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"", {}),
        (b"text", {"body": "text"}),
        ("grüße\0\n".encode(), {"body": "grüße\0\n"}),
        (b"\xff\x00", {"bodyBase64": "/wA="}),
    ],
)
async def test_a_body_is_shown_as_text_or_else_as_base64(client: Client, body: bytes, fields: dict[str, str]) -> None:
    id = await client.publish(URL, body, Upstash_Delay="1h")
    assert await client.get(f"/v2/messages/{id}") == expected(id, fields)


async def test_the_content_type_is_kept_and_never_invented(
    server: Server, client: Client, destination: Destination
) -> None:
    await client.publish(destination.url, b"x", Content_Type="application/xml; a=b")
    await client.publish(destination.url, b"x")
    await client.publish(destination.url, b"x", Content_Type="text/plain", Upstash_Forward_Content_Type="text/csv")
    await server.idle()
    types = [request.headers.get("Content-Type") for request in destination.requests]
    assert types == ["application/xml; a=b", None, "text/csv"]


@pytest.mark.parametrize("method", ["GET", "DELETE", "PATCH"])
async def test_the_method_is_that_of_the_delivery_and_keeps_the_body(
    server: Server, client: Client, destination: Destination, method: str
) -> None:
    await client.publish(destination.url, b"body", Upstash_Method=method)
    await server.idle()
    assert (destination.requests[0].method, destination.requests[0].body) == (method, b"body")


async def test_header_forward_passes_on_everything_that_may_travel(
    server: Server, client: Client, destination: Destination
) -> None:
    sent = {
        "X-GitHub-Event": "push",
        "Cookie": "a=b",
        "Keep-Alive": "timeout=5",
        "Proxy-Authorization": "secret",
        "TE": "trailers",
        "Upstash-Retries": "0",
        "Upstash-Label": "hook",
        "User-Agent": "GitHub-Hookshot",
    }
    await client.publish(
        f"{destination.url}/?upstash-header-forward=true",
        b"x",
        **{name.replace("-", "_"): value for name, value in sent.items()},
    )
    await server.idle()
    received = destination.requests[0].headers
    assert (received["X-Github-Event"], received["Cookie"]) == ("push", "a=b")
    assert received["User-Agent"] == "GitHub-Hookshot"
    assert received["Host"] == destination.url.removeprefix("http://")
    assert not {"Authorization", "Keep-Alive", "Proxy-Authorization", "Te", "Upstash-Label"} & received.keys()
    assert TOKEN not in str(received)


async def test_header_forward_passes_on_credentials_that_are_not_the_servers_own(
    server: Server, client: Client, destination: Destination
) -> None:
    target = f"/v2/publish/{destination.url}?upstash-header-forward=true&qstash_token={TOKEN}"
    await client.call("POST", target, headers={"Authorization": "Basic dTpw"})
    await server.idle()
    assert destination.requests[0].headers["Authorization"] == "Basic dTpw"


async def test_a_forwarded_header_with_several_lines_keeps_them_all(client: Client) -> None:
    _, [answer] = await client.call(
        "POST",
        "/v2/batch",
        json=[{"destination": URL, "headers": {"Upstash-Delay": "1h", "Upstash-Forward-A": ["1", "2"]}}],
    )
    id = answer["messageId"]
    assert (await client.get(f"/v2/messages/{id}"))["header"] == {"A": ["1", "2"]}


@pytest.mark.parametrize(
    ("fields", "hidden"),
    [
        ("body", {"body"}),
        ("header", {"A", "B", "Content-Type"}),
        ("headers", {"A", "B", "Content-Type"}),
        ("header[a]", {"A"}),
        ("headers[A], header[b]", {"A", "B"}),
        ("body,headers[A]", {"body", "A"}),
        (" body , header[Content-Type] ", {"body", "Content-Type"}),
    ],
)
async def test_redacted_fields_show_a_digest_and_arrive_untouched(
    server: Server, client: Client, destination: Destination, fields: str, hidden: set[str]
) -> None:
    values = {"body": "secret", "A": "1", "B": "2", "Content-Type": "text/plain"}
    id = await client.publish(
        destination.url,
        b"secret",
        Upstash_Redact_Fields=fields,
        Upstash_Forward_A="1",
        Upstash_Forward_B="2",
        Content_Type="text/plain",
    )
    await server.idle()
    message = await client.get(f"/v2/messages/{id}")
    shown = {"body": message["body"]} | {name: value for name, [value] in message["header"].items()}
    digests = {name: f"REDACTED:{hashlib.sha256(value.encode()).hexdigest()}" for name, value in values.items()}
    assert shown == values | {name: digests[name] for name in hidden}
    [request] = destination.requests
    assert (request.body, request.headers["A"], request.headers["B"]) == (b"secret", "1", "2")


async def test_defaults_of_a_url_group_yield_to_the_headers_of_the_publish(client: Client) -> None:
    await make_group(client, "group", URL)
    headers = {"Upstash-Retries": "1", "Upstash-Label": ["a"], "Upstash-Forward-X": "group", "Upstash-Delay": "1h"}
    async with client.session.patch(
        f"{client.url}/v2/topics/group", json={"headers": headers}, headers={"Authorization": f"Bearer {TOKEN}"}
    ) as response:
        assert response.status == 200
    _, [answer] = await client.call("POST", "/v2/publish/group", headers={"Upstash-Retries": "2"})
    id = answer["messageId"]
    added = {"topicName": "group", "maxRetries": 2, "label": "a", "labels": ["a"], "header": {"X": ["group"]}}
    assert await client.get(f"/v2/messages/{id}") == expected(id, added)
