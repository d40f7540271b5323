"""Authentication: bearer tokens, the query parameter, read-only tokens, and the separation of users."""

from __future__ import annotations

import re
from typing import Any

import pytest
from yarl import URL

from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS, User
from tests.api.support import HOUR_MS, NOWHERE, TOKEN, done, error, exchange, make_group
from tests.conftest import Client
from tests.destination import Destination

DOCUMENTED = {
    "eyJVc2VySUQiOiJkZWZhdWx0VXNlciIsIlBhc3N3b3JkIjoiZGVmYXVsdFBhc3N3b3JkIn0=": (
        "sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r",
        "sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs",
    ),
    "eyJVc2VySUQiOiJ0ZXN0VXNlcjEiLCJQYXNzd29yZCI6InRlc3RQYXNzd29yZCJ9": (
        "sig_7GVPjvuwsfqF65iC8fSrs1dfYruM",
        "sig_5NoELc3EFnZn4DVS5bDs2Nk4b7Ua",
    ),
    "eyJVc2VySUQiOiJ0ZXN0VXNlcjIiLCJQYXNzd29yZCI6InRlc3RQYXNzd29yZCJ9": (
        "sig_6jWGaWRxHsw4vMSPJprXadyvrybF",
        "sig_7qHbvhmahe5GwfePDiS5Lg3pi6Qx",
    ),
    "eyJVc2VySUQiOiJ0ZXN0VXNlcjMiLCJQYXNzd29yZCI6InRlc3RQYXNzd29yZCJ9": (
        "sig_5T8FcSsynBjn9mMLBsXhpacRovJf",
        "sig_7GFR4YaDshFcqsxWRZpRB161jguD",
    ),
}


def as_user(client: Client, token: str) -> Client:
    return Client(client.session, client.url, token)


async def without_header(client: Client, method: str, path: str) -> tuple[int, Any]:
    async with client.session.request(method, URL(client.url + path, encoded=True)) as response:
        return response.status, await response.json()


@pytest.mark.parametrize("token", DOCUMENTED)
async def test_every_documented_token_opens_its_own_signing_keys(client: Client, token: str) -> None:
    current, following = DOCUMENTED[token]
    assert await as_user(client, token).get("/v2/keys") == {"current": current, "next": following}


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer nonsense",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Basic {TOKEN}",
        TOKEN,
    ],
)
async def test_anything_but_a_known_bearer_token_is_unauthorized(server: Server, authorization: str | None) -> None:
    lines = [] if authorization is None else [f"Authorization: {authorization}"]
    head = "\r\n".join(["GET /v2/keys HTTP/1.1", "Host: localhost", "Connection: close", *lines, "", ""])
    answer = await exchange(server.port, head.encode())
    assert answer.status == 401
    assert answer.error.startswith("unable to authenticate: invalid token: ")


async def test_the_scheme_of_the_authorization_header_may_be_written_in_any_case(client: Client) -> None:
    status, _ = await client.call("GET", "/v2/keys", headers={"Authorization": f"bearer {TOKEN}"})
    assert status == 200


@pytest.mark.parametrize("token", [TOKEN, TOKEN.replace("=", "%3D")])
async def test_the_token_may_come_as_a_query_parameter(client: Client, token: str) -> None:
    assert (await without_header(client, "GET", f"/v2/keys?qstash_token={token}"))[0] == 200


@pytest.mark.parametrize("query", ["", "?qstash_token=", "?qstash_token=nonsense", "?QSTASH_TOKEN=" + TOKEN])
async def test_a_wrong_token_in_the_query_is_unauthorized(client: Client, query: str) -> None:
    status, payload = await without_header(client, "GET", f"/v2/keys{query}")
    assert status == 401
    assert list(payload) == ["error"]


async def test_the_token_in_the_query_never_reaches_the_destination(
    server: Server, client: Client, destination: Destination
) -> None:
    path = f"/v2/publish/{destination.url}/hook?a=1&qstash_token={TOKEN}&b=2"
    status, payload = await without_header(client, "POST", path)
    await server.idle()
    assert (status, payload["url"]) == (201, f"{destination.url}/hook?a=1&b=2")
    assert destination.paths() == ["/hook?a=1&b=2"]


async def test_a_webhook_with_its_own_bearer_token_is_let_in_by_the_token_in_the_query(
    server: Server, client: Client, destination: Destination
) -> None:
    path = f"/v2/publish/{destination.url}/hook?qstash_token={TOKEN}&upstash-header-forward=true"
    status, _ = await client.call("POST", path, headers={"Authorization": "Bearer of-the-sender"})
    await server.idle()
    assert status == 201
    assert destination.requests[0].headers["Authorization"] == "Bearer of-the-sender"


async def test_users_see_nothing_of_each_other(server: Server, client: Client) -> None:
    other = as_user(client, USERS[1].token)
    id = await client.publish(NOWHERE, Upstash_Retries="0")
    waiting = await client.publish(NOWHERE, Upstash_Delay="1h", Upstash_Deduplication_Id="same")
    await server.idle()
    await make_group(client, "group", NOWHERE)
    await done(client, "POST", "/v2/queues", json={"queueName": "queue"})
    await client.call("POST", f"/v2/schedules/{NOWHERE}", headers={"Upstash-Cron": "* * * * *"})
    headers = {"Upstash-Flow-Control-Key": "key", "Upstash-Flow-Control-Value": "rate=1", "Upstash-Delay": "1h"}
    await client.call("POST", f"/v2/publish/{NOWHERE}", headers=headers)
    for path in ("/v2/queues", "/v2/topics", "/v2/schedules", "/v2/flowControl"):
        assert len(await client.get(path)) == 1
        assert await other.get(path) == []
    assert await other.get("/v2/events") == {"events": []}
    assert await other.get("/v2/dlq") == {"messages": []}
    assert (await error(other, "GET", f"/v2/messages/{id}"))[0] == 404
    assert await other.call("DELETE", "/v2/messages") == (200, {"cancelled": 0})
    assert await client.states(waiting) == ["CREATED"]
    await other.publish(NOWHERE, Upstash_Delay="1h", Upstash_Deduplication_Id="same")


async def test_rotating_makes_the_next_key_current_and_a_fresh_one_next(client: Client) -> None:
    before = await client.get("/v2/keys")
    status, rotated = await client.call("POST", "/v2/keys/rotate")
    assert status == 200
    assert list(rotated) == ["current", "next"]
    assert rotated["current"] == before["next"]
    assert re.fullmatch(r"sig_[1-9A-HJ-NP-Za-km-z]{28}", rotated["next"])
    assert rotated["next"] not in before.values()
    assert await client.get("/v2/keys") == rotated
    assert (await as_user(client, USERS[1].token).get("/v2/keys"))["current"] == USERS[1].current_signing_key


@pytest.mark.parametrize("user", USERS, ids=lambda user: user.id)
async def test_a_read_only_token_may_look(client: Client, user: User) -> None:
    reader = as_user(client, user.read_only_token)
    assert await reader.get("/v2/events") == {"events": []}
    assert await reader.get("/v2/queues") == []
    assert await reader.get("/v2/schedules") == []


async def test_a_read_only_token_sees_what_its_user_made(client: Client) -> None:
    id = await client.publish(NOWHERE, b"text", Upstash_Delay="1h")
    reader = as_user(client, USERS[0].read_only_token)
    assert (await reader.get(f"/v2/messages/{id}"))["body"] == "text"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"/v2/publish/{NOWHERE}"),
        ("POST", f"/v2/enqueue/q/{NOWHERE}"),
        ("POST", "/v2/batch"),
        ("POST", f"/v2/schedules/{NOWHERE}"),
        ("PATCH", "/v2/schedules/s/pause"),
        ("POST", "/v2/topics/g/endpoints"),
        ("DELETE", "/v2/topics/g"),
        ("POST", "/v2/queues"),
        ("DELETE", "/v2/queues/q"),
        ("DELETE", "/v2/messages"),
        ("DELETE", "/v2/dlq"),
        ("POST", "/v2/dlq/retry"),
        ("POST", "/v2/flowControl/k/pause"),
        ("POST", "/v2/keys/rotate"),
    ],
)
async def test_a_read_only_token_may_not_change_anything(client: Client, method: str, path: str) -> None:
    reader = as_user(client, USERS[0].read_only_token)
    status, text = await error(reader, method, path)
    assert (status, "read-only" in text) == (403, True)
    assert (await without_header(client, method, f"{path}?qstash_token={reader.token}"))[0] == 403


async def test_the_openapi_document_needs_no_token(client: Client) -> None:
    status, document = await without_header(client, "GET", "/openapi.json")
    assert (status, document["openapi"][:3]) == (200, "3.1")


async def test_deliveries_after_a_rotation_are_signed_with_the_new_key(
    server: Server, client: Client, destination: Destination
) -> None:
    import jwt

    await client.publish(destination.url)
    await server.idle()
    await client.call("POST", "/v2/keys/rotate")
    await client.publish(destination.url, Upstash_Delay="1h")
    await server.advance(HOUR_MS)
    first, second = (request.headers["Upstash-Signature"] for request in destination.requests)
    user = USERS[0]
    assert jwt.decode(first, user.current_signing_key, ["HS256"], options={"verify_nbf": False})
    assert jwt.decode(second, user.next_signing_key, ["HS256"], options={"verify_nbf": False})
