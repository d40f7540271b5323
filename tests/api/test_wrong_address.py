"""Requests to a wrong address, or without a destination in the path, and their error texts."""

from __future__ import annotations

import pytest

from qstash_dev.server import Server
from tests.api.support import NOWHERE, error, exchange, request
from tests.api.test_every_route import answer
from tests.conftest import Client

SCHEME = "invalid destination url: endpoint has invalid scheme, add http:// or https://"


@pytest.mark.parametrize(
    ("path", "example"),
    [
        ("/v2/publish", "POST /v2/publish/https://"),
        ("/v2/publish/", "POST /v2/publish/https://"),
        ("/v2/publish?url=http://127.0.0.1:1", "POST /v2/publish/https://"),
        ("/v2/publish/?upstash-delay=1h", "POST /v2/publish/https://"),
        ("/v2/enqueue", "POST /v2/enqueue/my-queue/https://"),
        ("/v2/enqueue/q", "POST /v2/enqueue/q/https://"),
        ("/v2/enqueue/q/", "POST /v2/enqueue/q/https://"),
        ("/v2/schedules", "POST /v2/schedules/https://"),
        ("/v2/Schedules", "POST /v2/Schedules/https://"),
        ("/v2/schedules/", "POST /v2/schedules/https://"),
        ("/v2/trigger", "POST /v2/trigger/https://"),
        ("/v2/trigger/", "POST /v2/trigger/https://"),
    ],
)
async def test_a_destination_belongs_into_the_path(client: Client, path: str, example: str) -> None:
    body = {"destination": NOWHERE, "url": NOWHERE}
    status, text = await error(client, "POST", path, json=body, headers={"Upstash-Cron": "* * * * *"})
    assert (status, example in text) == (400, True)
    assert text.startswith("a non-empty destination must be provided: it belongs in the path, as in ")
    assert (await answer(client, "POST", path, None))[0] == 401


@pytest.mark.parametrize(
    "path",
    [
        "/v2/v2/publish/http://127.0.0.1:1",
        "/v2/v2/keys",
        "/v1/v2/publish/http://127.0.0.1:1",
        "/v2/batch/v2/batch",
        "/v1/publish/http://127.0.0.1:1",
        "/v1",
        "//v2/publish/http://127.0.0.1:1",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_wrong_address_is_named_with_the_right_one(server: Server, method: str, path: str) -> None:
    reply = await exchange(server.port, request(path, method, "Content-Length: 0", host="localhost:4321"))
    assert reply.status == 404
    assert reply.error.startswith(f"no such route: {method} {path}: ")
    assert "QSTASH_URL" in reply.error
    assert "http://localhost:4321" in reply.error
    assert ("use /v2" in reply.error) == (path.startswith("/v1") and "/v2" not in path)


@pytest.mark.parametrize("verb", ["publish", "enqueue/q", "schedules", "trigger"])
@pytest.mark.parametrize("nested", ["v2/publish/", "v2/enqueue/q/", "/v2/publish/", "v1/publish/", "v2/"])
async def test_an_address_with_the_path_of_a_verb_is_named_with_the_right_one(
    client: Client, verb: str, nested: str
) -> None:
    headers = {"Upstash-Cron": "* * * * *"}
    status, text = await error(client, "POST", f"/v2/{verb}/{nested}{NOWHERE}", headers=headers)
    assert (status, text.startswith(SCHEME)) == (400, True)
    assert f"set QSTASH_URL to {client.url} alone" in text
    assert await client.get("/v2/events") == {"events": []}


async def test_what_is_read_at_an_address_with_a_verb_is_named_with_the_right_one(client: Client) -> None:
    status, text = await error(client, "GET", "/v2/publish/v2/messages/msg_1")
    assert (status, f"set QSTASH_URL to {client.url} alone" in text) == (404, True)


async def test_a_url_of_the_api_itself_is_no_destination(client: Client) -> None:
    status, text = await error(client, "POST", f"/v2/publish/{client.url}/v2/publish/{NOWHERE}")
    assert (status, text.startswith(SCHEME), "QSTASH_URL" in text) == (400, True, True)


@pytest.mark.parametrize("path", ["/v3/keys", "/v2/unknown", "/v2/topics/v2/none", "/publish/x", "/v20/keys"])
async def test_any_other_path_is_only_unknown(client: Client, path: str) -> None:
    assert await error(client, "GET", path) == (404, f"no such route: GET {path}")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "invalid queueName: it is missing"),
        ({"queueName": None}, "invalid queueName: it is missing"),
        ({"queueName": 5}, "invalid queueName: it is a number, but must be a string"),
        ({"queueName": True}, "invalid queueName: it is true, but must be a string"),
        ({"queueName": ["a"]}, "invalid queueName: it is a list, but must be a string"),
        ({"queueName": {"a": 1}}, "invalid queueName: it is an object, but must be a string"),
        ({"queueName": "a b"}, "invalid queueName 'a b': use 1 to 256 letters"),
        ([], "invalid request body: send a JSON object, not a list"),
        (None, "invalid request body: send a JSON object, not an empty body"),
    ],
)
async def test_what_is_wrong_with_a_name_is_said_in_words_of_json(client: Client, body: object, text: str) -> None:
    status, said = await error(client, "POST", "/v2/queues", json=body)
    assert (status, said[: len(text)]) == (400, text)


async def test_an_e_mail_address_in_the_id_of_a_schedule_is_told_what_to_put_there(client: Client) -> None:
    headers = {"Upstash-Cron": "@daily", "Upstash-Schedule-Id": "user-summary-me@example.com"}
    status, text = await error(client, "POST", f"/v2/schedules/{NOWHERE}", headers=headers)
    assert (status, "in the place of an e-mail address" in text) == (400, True)


@pytest.mark.parametrize(("name", "value"), [("Callback", "x"), ("Failure-Callback", "ftp://x")])
async def test_a_callback_that_is_no_url_is_told_so_once(client: Client, name: str, value: str) -> None:
    status, text = await error(client, "POST", f"/v2/publish/{NOWHERE}", headers={f"Upstash-{name}": value})
    assert (status, text) == (
        400,
        f"invalid Upstash-{name}: it must begin with http:// or https:// (got '{value}')",
    )
