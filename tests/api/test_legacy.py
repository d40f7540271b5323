"""Older names that still work, and discontinued features whose error says so."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.server import Server
from tests.api.support import NOWHERE, done, error
from tests.conftest import Client
from tests.destination import Destination

LLM = "discontinued hosted API"


@pytest.mark.parametrize("path", ["/v2/keys/rotate", "/v2/rotate", "/v2/keys/rotate/", "/v2/rotate/"])
async def test_keys_are_rotated_on_both_paths(client: Client, path: str) -> None:
    before = await client.get("/v2/keys")
    status, after = await client.call("POST", path)
    assert (status, after["current"]) == (200, before["next"])


async def test_the_older_name_of_the_log(client: Client) -> None:
    id = await client.publish(NOWHERE, Upstash_Delay="1h")
    for path, key in (("/v2/events", "events"), ("/v2/logs", "logs"), ("/v2/logs", "events")):
        assert [event["messageId"] for event in (await client.get(path))[key]] == [id]


async def test_the_older_spelling_of_the_callers_address(client: Client) -> None:
    await client.publish(NOWHERE, Upstash_Delay="1h")
    for name in ("callerIp", "callerIP"):
        assert len((await client.get(f"/v2/events?{name}=127.0.0.1"))["events"]) == 1
        assert (await client.get(f"/v2/dlq?{name}=127.0.0.1")) == {"messages": []}
        assert await client.call("DELETE", f"/v2/messages?{name}=10.0.0.1") == (200, {"cancelled": 0})


async def test_the_older_name_of_reset_rate(client: Client) -> None:
    await done(client, "POST", "/v2/flowControl/key/reset")


async def test_schedules_with_a_capital_letter(client: Client) -> None:
    headers = {"Upstash-Cron": "@hourly", "Upstash-Schedule-Id": "mine"}
    assert (await client.call("POST", f"/v2/Schedules/{NOWHERE}", headers=headers))[0] == 201
    assert (await client.get("/v2/Schedules/mine"))["scheduleId"] == "mine"
    await done(client, "PATCH", "/v2/Schedules/mine/pause")
    await done(client, "DELETE", "/v2/Schedules/mine")


async def test_a_publish_with_a_cron_expression_makes_a_schedule(
    server: Server, client: Client, destination: Destination
) -> None:
    status, answer = await client.call("POST", f"/v2/publish/{destination.url}?upstash-cron=*%20*%20*%20*%20*")
    assert (status, answer["scheduleId"][:4]) == (201, "scd_")
    await server.idle()
    assert destination.requests == []
    await server.advance(60_000)
    assert len(destination.requests) == 1


@pytest.mark.parametrize("name", ["api/llm", "api/llm/v1", "api%2Fllm", "api/email"])
@pytest.mark.parametrize("verb", ["publish/", "enqueue/q/", "schedules/"])
async def test_a_hosted_api_as_destination_is_refused_with_a_clear_answer(
    client: Client, verb: str, name: str
) -> None:
    headers = {"Upstash-Callback": NOWHERE, "Upstash-Cron": "@hourly"}
    status, text = await error(client, "POST", f"/v2/{verb}{name}", headers=headers)
    assert (status, LLM in text, "https://" in text) == (400, True, True)
    for path in ("/v2/queues", "/v2/schedules"):
        assert await client.get(path) == []


async def test_a_hosted_api_in_a_batch_is_refused_with_a_clear_answer(client: Client) -> None:
    items: list[Any] = [{"destination": NOWHERE}, {"destination": "api/llm"}]
    status, text = await error(client, "POST", "/v2/batch", json=items)
    assert (status, LLM in text, "item 1" in text) == (400, True, True)
    assert await client.get("/v2/events") == {"events": []}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/llm/v1/chat/completions"),
        ("GET", "/v1/quota"),
        ("POST", f"/v1/publish/{NOWHERE}"),
        ("GET", "/v1/events"),
        ("GET", "/v2/stats"),
        ("GET", "/v2/topics/group/endpoints/x"),
    ],
)
async def test_what_is_gone_is_404_in_json(client: Client, method: str, path: str) -> None:
    status, text = await error(client, method, path)
    assert (status, text.startswith(f"no such route: {method} {path}")) == (404, True)


@pytest.mark.parametrize("path", ["/llm/v1/chat/completions", "/llm", "/llm/v1/models"])
async def test_a_route_of_a_hosted_api_explains_itself_as_its_destination_does(client: Client, path: str) -> None:
    status, text = await error(client, "POST", path)
    assert (status, LLM in text, "https://" in text) == (404, True, True)
