"""``publish`` and ``publish_json`` of the Python SDK: the delivered request and the log."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from qstash import AsyncQStash, QStash
from qstash.chat import custom, openai
from qstash.log import LogState

from qstash_dev.state.tenant import USERS
from tests.sdk.conftest import HOUR_MS, Local, history, refused, states

DELIVERED = ["CREATED", "ACTIVE", "DELIVERED"]
OPTIONAL = (
    *("url_group", "endpoint", "queue", "body", "body_base64", "headers", "callback", "callback_headers"),
    *("failure_callback", "failure_callback_headers", "schedule_id", "flow_control", "label"),
    "retry_delay_expression",
)


def test_the_blocking_client_finds_the_server_by_the_environment(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QSTASH_URL", local.server.url + "/")
    client = QStash(USERS[0].token)
    answer: Any = client.message.publish_json(url=local.url(), body={"hello": "world"})
    local.call(local.server.idle())
    client.http._client.close()
    [request] = local.destination.requests
    assert request.json == {"hello": "world"}
    assert request.headers["Upstash-Message-Id"] == answer.message_id


async def test_publish_delivers_the_body_as_it_is(qstash: AsyncQStash, local: Local) -> None:
    answer: Any = await qstash.message.publish(
        url=local.url("/hook?a=1&b=%20"),
        body="grüße",
        content_type="text/plain; charset=utf-8",
        headers={"test-header": "test-value", "Upstash-Forward-X-Prefixed": "kept once"},
    )
    await local.idle()
    [request] = local.destination.requests
    assert answer.message_id.startswith("msg_")
    assert answer.deduplicated is False
    assert (request.method, request.target) == ("POST", "/hook?a=1&b=%20")
    assert request.body == "grüße".encode()
    assert request.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert request.headers["Test-Header"] == "test-value"
    assert request.headers["X-Prefixed"] == "kept once"
    assert request.headers["User-Agent"] == "Upstash-QStash"
    assert request.headers["Upstash-Message-Id"] == answer.message_id
    assert request.headers["Upstash-Retried"] == "0"
    assert "Authorization" not in request.headers
    assert await states(qstash, answer.message_id) == DELIVERED


async def test_publish_json_serialises_the_body(qstash: AsyncQStash, local: Local) -> None:
    body = {"text": "grüße", "list": [1, 2.5, None, True]}
    answer: Any = await qstash.message.publish_json(url=local.url(), body=body, headers={"test-header": "test-value"})
    await local.idle()
    [request] = local.destination.requests
    assert request.json == body
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Test-Header"] == "test-value"
    message = await qstash.message.get(answer.message_id)
    assert message.body == json.dumps(body)
    assert message.headers == {"Content-Type": ["application/json"], "Test-Header": ["test-value"]}


async def test_bytes_that_are_no_text_arrive_unchanged(qstash: AsyncQStash, local: Local) -> None:
    body = bytes(range(256))
    answer: Any = await qstash.message.publish(url=local.url(), body=body)
    await local.idle()
    [request] = local.destination.requests
    assert request.body == body
    assert "Content-Type" not in request.headers
    message = await qstash.message.get(answer.message_id)
    assert message.body is None
    assert base64.b64decode(str(message.body_base64)) == body
    assert [entry.body_base64 for entry in await history(qstash, answer.message_id)] == [message.body_base64] * 3


async def test_a_content_type_among_the_headers_replaces_the_other(qstash: AsyncQStash, local: Local) -> None:
    await qstash.message.publish_json(url=local.url(), body=1, headers={"content-type": "application/vnd.api+json"})
    await local.idle()
    [request] = local.destination.requests
    types = [value for name, value in request.header_pairs if name.lower() == "content-type"]
    assert types == ["application/vnd.api+json"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_every_method_is_used_at_the_destination(qstash: AsyncQStash, local: Local, method: Any) -> None:
    answer: Any = await qstash.message.publish(url=local.url(), method=method, body="b")
    await local.idle()
    [request] = local.destination.requests
    assert (request.method, request.body) == (method, b"b")
    assert (await qstash.message.get(answer.message_id)).method == method
    assert {entry.method for entry in await history(qstash, answer.message_id)} == {method}


async def test_a_published_get_is_delivered_exactly_once(qstash: AsyncQStash, local: Local) -> None:
    answer: Any = await qstash.message.publish_json(
        method="GET", url="https://mock.httpstatus.io/200", body={"ex_key": "ex_value"}, retry_delay="15000"
    )
    await local.idle()
    delivered = await qstash.log.list(
        filter={"message_id": answer.message_id, "state": LogState.DELIVERED, "url": "https://mock.httpstatus.io/200"}
    )
    assert len(delivered.logs) == 1
    newest = (await qstash.log.list(filter={"message_id": answer.message_id})).logs[0]
    assert newest.retry_delay_expression == "15000"
    assert local.destination.paths() == ["/200"]


async def test_a_label_is_on_the_message_and_on_every_log_entry(qstash: AsyncQStash, local: Local) -> None:
    answer: Any = await qstash.message.publish(url=local.url(), label="test_label")
    await qstash.message.publish(url=local.url(), label="other_label")
    await local.idle()
    assert (await qstash.message.get(answer.message_id)).label == "test_label"
    logs = (await qstash.log.list(filter={"label": "test_label"})).logs
    assert [(entry.label, entry.message_id) for entry in logs] == [("test_label", answer.message_id)] * 3


async def test_all_options_can_be_read_back_from_the_waiting_message(qstash: AsyncQStash, local: Local) -> None:
    answer: Any = await qstash.message.publish(
        url="http://web:8000/later?x=1",
        body="b",
        content_type="text/plain",
        method="PATCH",
        headers={"x-two-words": "kept"},
        callback_headers={"Forward-X-Done": "d"},
        failure_callback_headers={"Upstash-Failure-Callback-Forward-X-Failed": "f"},
        retries=5,
        retry_delay="pow(2, retried) * 1000",
        callback="https://oz.internal/done?id=1&x=%20",
        failure_callback="https://oz.internal/failed",
        delay="10d",
        timeout="1m30s",
        flow_control={"key": "limits", "parallelism": 4, "rate": 6, "period": "1h"},
        label="blue",
    )
    message = await qstash.message.get(answer.message_id)
    assert message.message_id == answer.message_id
    assert (message.url, message.method, message.body) == ("http://web:8000/later?x=1", "PATCH", "b")
    assert message.headers == {"Content-Type": ["text/plain"], "X-Two-Words": ["kept"]}
    assert (message.callback, message.callback_headers) == (
        "https://oz.internal/done?id=1&x=%20",
        {"X-Done": ["d"]},
    )
    assert (message.failure_callback, message.failure_callback_headers) == (
        "https://oz.internal/failed",
        {"X-Failed": ["f"]},
    )
    assert (message.max_retries, message.retry_delay_expression) == (5, "pow(2, retried) * 1000")
    assert message.not_before - message.created_at == 240 * HOUR_MS
    assert message.label == "blue"
    assert message.caller_ip == "127.0.0.1"
    [entry] = await history(qstash, answer.message_id)
    assert entry.timeout == 90_000
    assert entry.next_delivery_time == message.not_before
    assert entry.callback_headers == {"X-Done": ["d"]}
    assert entry.failure_callback_headers == {"X-Failed": ["f"]}
    assert entry.flow_control == message.flow_control


async def test_what_was_not_asked_for_is_absent(qstash: AsyncQStash, local: Local) -> None:
    answer: Any = await qstash.message.publish(url=local.url())
    await local.idle()
    message = await qstash.message.get(answer.message_id)
    assert (message.max_retries, message.not_before) == (3, message.created_at)
    for name in OPTIONAL:
        assert getattr(message, name) is None, name


async def test_a_completion_of_openai_is_posted_with_the_key(qstash: AsyncQStash, local: Local) -> None:
    question = {"model": "gpt-4", "messages": [{"role": "user", "content": "hello"}]}
    answer: Any = await qstash.message.publish_json(
        api={"name": "llm", "provider": openai("sk_1")}, body=question, callback=local.url("/done")
    )
    await local.idle()
    asked, done = local.destination.requests
    assert (asked.method, asked.target, asked.json) == ("POST", "/v1/chat/completions", question)
    assert asked.headers["Authorization"] == "Bearer sk_1"
    assert done.json["sourceMessageId"] == answer.message_id
    [delivered] = (await qstash.log.list(filter={"message_id": answer.message_id, "state": LogState.DELIVERED})).logs
    assert delivered.url == "https://api.openai.com/v1/chat/completions"


async def test_a_completion_of_ones_own_model_is_posted_there(qstash: AsyncQStash, local: Local) -> None:
    provider = custom(local.url("/v1/chat/completions"), "t")
    await qstash.message.publish_json(api={"name": "llm", "provider": provider}, body={}, callback=local.url("/done"))
    await local.idle()
    assert local.destination.paths() == ["/v1/chat/completions", "/done"]
    assert local.destination.requests[0].headers["Authorization"] == "Bearer t"


@pytest.mark.parametrize("name", ["api/llm", "api/email"])
async def test_the_discontinued_hosted_api_says_so(qstash: AsyncQStash, local: Local, name: str) -> None:
    with refused(400, "discontinued"):
        await qstash.message.publish(url_group=name)
