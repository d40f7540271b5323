"""Tokens of this server are never forwarded to a destination."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import TOKEN, done, make_group
from tests.conftest import Client
from tests.destination import Destination

OTHERS = USERS[1].token
ALL = {"Upstash-Header-Forward": "true"}
HOLDING = [
    {"Upstash-Forward-Authorization": f"Bearer {TOKEN}"},
    {"Upstash-Forward-Authorization": f"bearer  {OTHERS} "},
    {"Upstash-Forward-X-Key": USERS[2].read_only_token},
    {"X-Key": TOKEN} | ALL,
    {"Cookie": f"a=b; token={TOKEN}"} | ALL,
    {"Referer": f"http://localhost:8080/v2/keys?qstash_token={TOKEN.replace('=', '%3D')}"} | ALL,
    {"Upstash-Callback-Forward-Authorization": f"Bearer {TOKEN}"},
]


@pytest.fixture(params=[True, False], ids=["gate", "aiohttp"])
def gate(request: pytest.FixtureRequest) -> bool:
    """Both readers."""
    return bool(request.param)


async def received(server: Server, destination: Destination, count: int) -> None:
    """Nothing that arrived holds a token."""
    await server.idle()
    assert len(destination.requests) == count
    for request in destination.requests:
        everything = repr(request.header_pairs) + request.target
        assert "eyJVc2VySUQi" not in everything


@pytest.mark.parametrize("headers", HOLDING)
@pytest.mark.parametrize("way", ["publish", "batch", "enqueue", "query"])
async def test_a_token_is_not_forwarded(
    server: Server, client: Client, destination: Destination, way: str, headers: dict[str, str]
) -> None:
    url = f"{destination.url}/a"
    headers = {"Upstash-Callback": f"{destination.url}/callback", "Upstash-Forward-Kept": "kept"} | headers
    if way == "batch":
        options: dict[str, Any] = {"json": [{"destination": url, "headers": headers}]}
        path = "/v2/batch"
    else:
        options = {"headers": headers}
        query = f"?qstash_token={TOKEN}" if way == "query" else ""
        path = f"/v2/enqueue/q/{url}" if way == "enqueue" else f"/v2/publish/{url}{query}"
    status, _ = await client.call("POST", path, **options)
    assert status == 201
    await received(server, destination, 2)
    assert destination.requests[0].headers["Kept"] == "kept"


async def test_a_read_only_token_is_not_forwarded_beside_a_full_one(
    server: Server, client: Client, destination: Destination
) -> None:
    client.token = USERS[0].read_only_token
    status, _ = await client.call("POST", f"/v2/publish/{destination.url}?qstash_token={TOKEN}", headers=ALL)
    assert status == 201
    await received(server, destination, 1)


async def test_the_defaults_of_a_url_group_forward_none(
    server: Server, client: Client, destination: Destination
) -> None:
    await make_group(client, "g", destination.url)
    headers = {"Upstash-Forward-Authorization": f"Bearer {TOKEN}"}
    await done(client, "PATCH", "/v2/topics/g", json={"headers": headers})
    status, _ = await client.call("POST", "/v2/publish/g")
    assert status == 201
    await received(server, destination, 1)


async def test_schedules_and_retries_of_dead_letters_forward_none(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, 200)
    headers = {"Upstash-Cron": "@hourly", "Upstash-Retries": "0"} | HOLDING[0]
    assert (await client.call("POST", f"/v2/schedules/{destination.url}", headers=headers))[0] == 201
    await server.advance(3_600_000)
    [letter] = (await client.get("/v2/dlq"))["messages"]
    path = f"/v2/dlq/retry/{letter['dlqId']}?upstash-forward-x=Bearer%20{TOKEN}"
    assert (await client.call("POST", path, headers=HOLDING[0]))[0] == 201
    await received(server, destination, 2)


async def test_what_belongs_to_the_destination_is_forwarded(
    server: Server, client: Client, destination: Destination
) -> None:
    await client.publish(destination.url, Upstash_Forward_Authorization="Bearer its-own")
    await server.idle()
    assert destination.requests[0].headers["Authorization"] == "Bearer its-own"
