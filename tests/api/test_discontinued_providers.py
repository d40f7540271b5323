"""LLM and e-mail providers: what SDKs send for them is delivered like any message."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import AsyncIterator

import aiohttp
import jwt
import pytest

from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config
from qstash_dev.protocol.mapping import parse_mapping
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import TOKEN
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination

CALLBACK = "https://myapp.example/done?id=1"
KEY = {"Upstash-Forward-Authorization": "Bearer sk_1", "Upstash-Forward-Content-Type": "application/json"}
# Who it is → URL, headers of the publish, headers that the provider gets.
PROVIDERS: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "openai": (
        "https://api.openai.com/v1/chat/completions",
        KEY | {"Upstash-Forward-OpenAI-Organization": "org"},
        {"Authorization": "Bearer sk_1", "Openai-Organization": "org"},
    ),
    "anthropic": (
        "https://api.anthropic.com/v1/messages",
        {"Upstash-Forward-x-api-key": "ak_1", "Upstash-Forward-anthropic-version": "2023-06-01"},
        {"X-Api-Key": "ak_1", "Anthropic-Version": "2023-06-01"},
    ),
    "helicone": (
        "https://gateway.helicone.ai/v1/chat/completions",
        KEY | {"Upstash-Forward-Helicone-Auth": "Bearer hk_1", "Upstash-Forward-Helicone-Target-Url": "https://x.ai"},
        {"Helicone-Auth": "Bearer hk_1", "Helicone-Target-Url": "https://x.ai"},
    ),
    "one e-mail": ("https://api.resend.com/emails", KEY, {"Authorization": "Bearer sk_1"}),
    "many e-mails": ("https://api.resend.com/emails/batch", KEY, {"Authorization": "Bearer sk_1"}),
    "one's own": ("https://llm.example:8443/v1/chat/completions", KEY, {"Authorization": "Bearer sk_1"}),
}
WAYS = ["publish", "enqueue", "batch"]


@pytest.fixture
async def offline(destination: Destination, clock: FrozenClock) -> AsyncIterator[Server]:
    """A server that sends the whole internet to the destination here."""
    mappings = tuple(parse_mapping(f"{scheme}://*={destination.url}") for scheme in ("https", "http"))
    server = Server(Config(port=0, shutdown_grace_s=0, mappings=mappings), clock=clock)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def here(offline: Server) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession(skip_auto_headers=["Content-Type"]) as session:
        yield Client(session, offline.url, TOKEN)


async def ask(client: Client, way: str, url: str, headers: dict[str, str]) -> str:
    """What the SDKs send for `api: {name, provider}`; the id of the message."""
    if way == "batch":
        item = {"destination": url, "headers": headers, "body": '{"model":"m"}'}
        status, [answer] = await client.call("POST", "/v2/batch", json=[item])
    else:
        path = f"/v2/publish/{url}" if way == "publish" else f"/v2/enqueue/upstash-queue/{url}"
        status, answer = await client.call("POST", path, data=b'{"model":"m"}', headers=headers)
    assert status == 201
    return str(answer["messageId"])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", PROVIDERS)
async def test_a_provider_is_called_like_any_url(
    offline: Server, here: Client, destination: Destination, name: str, way: str
) -> None:
    url, headers, received = PROVIDERS[name]
    id = await ask(here, way, url, headers)
    await offline.idle()
    [request] = destination.requests
    assert (request.method, request.body) == ("POST", b'{"model":"m"}')
    assert f"https://{request.headers['X-Forwarded-Host']}{request.target}" == url
    assert received.items() <= request.headers.items()
    assert "Upstash-Forward" not in str(request.headers)
    claims = jwt.decode(
        request.headers["Upstash-Signature"],
        USERS[0].current_signing_key,
        ["HS256"],
        options={"verify_nbf": False},
    )
    assert claims["sub"] == url
    message = await here.get(f"/v2/messages/{id}")
    assert (message["url"], message.get("queueName")) == (url, "upstash-queue" if way == "enqueue" else None)
    assert {event["url"] for event in (await here.get(f"/v2/events?messageId={id}"))["events"]} == {url}


async def test_the_completion_comes_back_by_callback(offline: Server, here: Client, destination: Destination) -> None:
    destination.answers(Answer(body=b'{"choices":[]}'), path="/v1/chat/completions")
    url, headers, _ = PROVIDERS["openai"]
    id = await ask(here, "publish", url, headers | {"Upstash-Callback": CALLBACK})
    await offline.idle()
    report = destination.requests[1]
    assert (report.headers["X-Forwarded-Host"], report.target) == ("myapp.example", "/done?id=1")
    assert b64decode(report.json["body"]) == b'{"choices":[]}'
    assert (report.json["url"], report.json["sourceMessageId"]) == (url, id)
    assert report.headers["Upstash-Signature"]


@pytest.mark.parametrize("header", ["X-RateLimit-Reset-Requests", "X-RateLimit-Reset-Tokens", "Retry-After"])
async def test_a_rate_limited_provider_is_asked_again_when_it_says(
    offline: Server, here: Client, destination: Destination, header: str
) -> None:
    destination.answers(Answer(status=429, headers={header: "6m5s"}), 200)
    url, headers, _ = PROVIDERS["openai"]
    id = await ask(here, "publish", url, headers | {"Upstash-Retry-Delay": "1"})
    await offline.advance(365_000 - 1)
    assert len(destination.requests) == 1
    [retry] = (await here.get(f"/v2/events?messageId={id}&state=RETRY"))["events"]
    assert retry["nextDeliveryTime"] == NOON_MS + 365_000
    await offline.advance(1)
    assert (await here.states(id))[-1] == "DELIVERED"


async def test_a_provider_that_says_no_for_good_is_a_dead_letter_with_the_published_url(
    offline: Server, here: Client, destination: Destination
) -> None:
    destination.answers(Answer(status=401, body=b'{"error":"bad key"}'), 200)
    url, headers, _ = PROVIDERS["anthropic"]
    await ask(here, "publish", url, headers | {"Upstash-Retries": "0"})
    await offline.idle()
    [letter] = (await here.get("/v2/dlq?url=https://api.anthropic.com/v1/messages"))["messages"]
    assert (letter["url"], letter["responseStatus"], letter["responseBody"]) == (url, 401, '{"error":"bad key"}')
    await here.call("POST", f"/v2/dlq/retry/{letter['dlqId']}", headers={"Upstash-Forward-X-Api-Key": "ak_2"})
    await offline.idle()
    assert destination.requests[1].headers["X-Api-Key"] == "ak_2"


async def test_filters_know_the_published_url_and_not_where_it_went(
    offline: Server, here: Client, destination: Destination
) -> None:
    for url, headers, _ in PROVIDERS.values():
        await ask(here, "publish", url, headers)
    await offline.idle()
    for query, count in {
        "host=api.openai.com": 1,
        "host=llm.example:8443": 1,
        "host=api.resend.com&path=/emails": 1,
        "path=/v1/chat/completions": 3,
        f"url={destination.url}": 0,
        "host=127.0.0.1": 0,
    }.items():
        assert len((await here.get(f"/v2/events?state=DELIVERED&{query}"))["events"]) == count, query
