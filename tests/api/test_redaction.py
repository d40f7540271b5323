"""Redaction: redacted values are hidden in every answer of the API, and still delivered."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from typing import Any

import pytest

from qstash_dev.server import Server
from tests.api.support import done, error, make_group
from tests.conftest import Client
from tests.destination import Destination

BODY = "the private body"
HEADER = "the private header"
SECRETS = {"Upstash_Redact_Fields": "body,headers", "Upstash_Forward_Secret": HEADER}
READS = ["/v2/events", "/v2/logs", "/v2/dlq", "/v2/schedules", "/v2/messages/{id}"]


def digest(text: str) -> str:
    return f"REDACTED:{hashlib.sha256(text.encode()).hexdigest()}"


async def everything(client: Client, *message_ids: str) -> str:
    """All that the API can tell, bodies decoded."""
    seen: list[Any] = [await client.get(path) for path in READS if "{" not in path]
    seen += [await client.get(f"/v2/messages/{id}") for id in message_ids]
    seen += [await client.get(f"/v2/dlq/{letter['dlqId']}") for letter in seen[2]["messages"]]
    for event in seen[0]["events"]:
        seen += [b64decode(event[name]).decode() for name in ("body", "responseBody") if name in event]
    return json.dumps(seen)


async def test_nothing_hidden_is_ever_shown(server: Server, client: Client, destination: Destination) -> None:
    destination.answers(500)
    id = await client.publish(destination.url, BODY, Upstash_Retries="0", **SECRETS)
    await server.idle()
    shown = await everything(client, id)
    assert (BODY in shown, HEADER in shown) == (False, False)
    assert (digest(BODY) in shown, digest(HEADER) in shown) == (True, True)
    [request] = destination.requests
    assert (request.body.decode(), request.headers["Secret"]) == (BODY, HEADER)


async def test_an_event_holds_the_digest_of_the_body_in_base64(client: Client) -> None:
    await client.publish("https://example.com", BODY, Upstash_Delay="1h", **SECRETS)
    [event] = (await client.get("/v2/events"))["events"]
    assert b64decode(event["body"]).decode() == digest(BODY)
    assert event["header"] == {"Secret": [digest(HEADER)]}


async def test_equal_values_have_equal_digests_and_others_do_not(client: Client) -> None:
    shown = []
    for body in ("a", "a", "b"):
        id = await client.publish("https://example.com", body, Upstash_Delay="1h", Upstash_Redact_Fields="body")
        shown.append((await client.get(f"/v2/messages/{id}"))["body"])
    assert (shown[0] == shown[1], shown[1] == shown[2]) == (True, False)


async def test_an_empty_body_hides_nothing(client: Client) -> None:
    id = await client.publish("https://example.com", Upstash_Delay="1h", Upstash_Redact_Fields="body")
    assert "body" not in await client.get(f"/v2/messages/{id}")


async def test_bytes_that_are_no_text_are_hidden_too(client: Client) -> None:
    id = await client.publish("https://example.com", b"\xff", Upstash_Delay="1h", Upstash_Redact_Fields="body")
    message = await client.get(f"/v2/messages/{id}")
    assert message["body"] == f"REDACTED:{hashlib.sha256(bytes([0xFF])).hexdigest()}"
    assert "bodyBase64" not in message


async def test_a_callback_reports_all_and_hides_what_its_message_hides(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(500, path="/callback").answers(500, path="/x")
    headers = {
        "Upstash_Callback": f"{destination.url}/callback",
        "Upstash_Callback_Retries": "0",
        "Upstash_Callback_Forward_Token": "the token of the callback",
        "Upstash_Failure_Callback": f"{destination.url}/callback",
        "Upstash_Failure_Callback_Retries": "0",
    }
    id = await client.publish(f"{destination.url}/x", BODY, Upstash_Retries="0", **SECRETS, **headers)
    await server.idle()
    report = destination.requests[1]
    assert b64decode(report.json["sourceBody"]).decode() == BODY
    assert report.json["sourceHeader"] == {"Secret": [HEADER]}
    assert report.headers["Token"] == "the token of the callback"
    callbacks = [request.headers["Upstash-Message-Id"] for request in destination.requests[1:]]
    shown = await everything(client, id, *callbacks)
    assert len(callbacks) == 2
    for secret in (BODY, HEADER):
        assert secret not in shown
        assert json.dumps(report.json["sourceBody"]) not in shown
    message = await client.get(f"/v2/messages/{id}")
    assert message["callbackHeader"] == {"Token": [digest("the token of the callback")]}


async def test_a_callback_may_hide_more_than_its_message(
    server: Server, client: Client, destination: Destination
) -> None:
    headers = {
        "Upstash_Callback": f"{destination.url}/callback",
        "Upstash_Callback_Redact_Fields": "header[token]",
        "Upstash_Callback_Forward_Token": "shh",
        "Upstash_Callback_Forward_Other": "open",
    }
    id = await client.publish(f"{destination.url}/x", BODY, **headers)
    await server.idle()
    message = await client.get(f"/v2/messages/{id}")
    assert message["body"] == BODY
    assert message["callbackHeader"] == {"Token": [digest("shh")], "Other": ["open"]}
    callback = await client.get(f"/v2/messages/{destination.requests[1].headers['Upstash-Message-Id']}")
    assert callback["header"] == message["callbackHeader"] | {"Content-Type": ["application/json"]}
    assert json.loads(callback["body"])["sourceMessageId"] == id
    assert destination.requests[1].headers["Token"] == "shh"


async def test_every_message_of_a_url_group_hides_the_same(
    server: Server, client: Client, destination: Destination
) -> None:
    await make_group(client, "group", f"{destination.url}/a", f"{destination.url}/b")
    await done(client, "PATCH", "/v2/topics/group", json={"headers": {"Upstash-Redact-Fields": "body,headers"}})
    await client.call("POST", "/v2/publish/group", data=BODY, headers={"Upstash-Forward-Secret": HEADER})
    await server.idle()
    shown = await everything(client)
    assert (BODY in shown, HEADER in shown) == (False, False)
    assert [request.body.decode() for request in destination.requests] == [BODY, BODY]


async def test_batches_and_queues_redact_each_item_by_itself(client: Client) -> None:
    items = [
        {"destination": "https://example.com", "queue": "q", "body": BODY, "headers": {"Upstash-Delay": "1h"} | hide}
        for hide in ({"Upstash-Redact-Fields": "body"}, {})
    ]
    _, answers = await client.call("POST", "/v2/batch", json=items)
    messages = [await client.get(f"/v2/messages/{answer['messageId']}") for answer in answers]
    assert [message["body"] for message in messages] == [digest(BODY), BODY]


@pytest.mark.parametrize("value", ["everything", "header[]", "header[a", "body;header", "headers[a][b]"])
async def test_a_field_that_does_not_exist_is_refused(client: Client, value: str) -> None:
    status, text = await error(
        client, "POST", "/v2/publish/https://example.com", headers={"Upstash-Redact-Fields": value}
    )
    assert (status, "Upstash-Redact-Fields" in text) == (400, True)
