"""``batch`` and ``batch_json`` of the Python SDK."""

from __future__ import annotations

from typing import Any

import pytest
from qstash import AsyncQStash
from qstash.chat import openai

from tests.sdk.conftest import HOUR_MS, Local, history, refused, states


def by_path(local: Local) -> dict[str, Any]:
    return {request.target: request for request in local.destination.requests}


async def test_each_message_has_a_destination_a_body_and_headers_of_its_own(
    qstash: AsyncQStash, local: Local
) -> None:
    answers: list[Any] = await qstash.message.batch(
        [
            {"url": local.url("/1"), "body": "test-body", "headers": {"content-type": "text/plain", "X-A": "1"}},
            {"url": local.url("/2"), "body": "grüße", "content_type": "text/html", "method": "PUT"},
            {"url": local.url("/3"), "method": "GET"},
        ]
    )
    await local.idle()
    assert [answer.deduplicated for answer in answers] == [False] * 3
    first, second, third = (by_path(local)[path] for path in ("/1", "/2", "/3"))
    assert (first.method, first.body, first.headers["Content-Type"]) == ("POST", b"test-body", "text/plain")
    assert first.headers["X-A"] == "1"
    assert (second.method, second.body, second.headers["Content-Type"]) == ("PUT", "grüße".encode(), "text/html")
    assert (third.method, third.body) == ("GET", b"")
    # The call's own content type describes the batch, not what is in it.
    assert "Content-Type" not in third.headers
    arrived = [request.headers["Upstash-Message-Id"] for request in (first, second, third)]
    assert arrived == [answer.message_id for answer in answers]
    for answer in answers:
        assert await states(qstash, answer.message_id) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_batch_json_serialises_each_body(qstash: AsyncQStash, local: Local) -> None:
    await qstash.message.batch_json(
        [
            {"url": local.url("/1"), "body": {"hello": "world"}, "headers": {"test-header": "v"}},
            {"url": local.url("/2"), "body": None, "method": "PATCH"},
        ]
    )
    await local.idle()
    first, second = by_path(local)["/1"], by_path(local)["/2"]
    assert (first.json, second.json, second.method) == ({"hello": "world"}, None, "PATCH")
    assert [request.headers["Content-Type"] for request in (first, second)] == ["application/json"] * 2
    assert first.headers["Test-Header"] == "v"


@pytest.mark.parametrize("call", ["batch", "batch_json"])
async def test_every_option_of_a_batch_can_be_read_back(qstash: AsyncQStash, local: Local, call: str) -> None:
    message: dict[str, Any] = {
        "url": "http://app.internal/later",
        "body": "secret",
        "method": "PATCH",
        "headers": {"X-Key": "k"},
        "callback_headers": {"Forward-X-Done": "d"},
        "failure_callback_headers": {"Forward-X-Failed": "f"},
        "retries": 1,
        "callback": "https://oz.internal/done",
        "failure_callback": "https://oz.internal/failed",
        "delay": 3_600,
        "deduplication_id": "once",
        "timeout": 30,
        "flow_control": {"key": "k", "parallelism": 2, "rate": 3, "period": "1m"},
        "label": "blue",
        "redact": {"header": ["x-key"]},
    }
    [answer] = await getattr(qstash.message, call)([message])
    kept = await qstash.message.get(answer.message_id)
    assert (kept.url, kept.method, kept.label, kept.max_retries) == (message["url"], "PATCH", "blue", 1)
    assert (kept.callback, kept.callback_headers) == (message["callback"], {"X-Done": ["d"]})
    assert (kept.failure_callback, kept.failure_callback_headers) == (
        message["failure_callback"],
        {"X-Failed": ["f"]},
    )
    assert kept.not_before - kept.created_at == HOUR_MS
    assert kept.flow_control is not None
    assert (kept.flow_control.parallelism, kept.flow_control.rate, kept.flow_control.period) == (2, 3, 60)
    assert (kept.headers or {})["X-Key"][0].startswith("REDACTED:")
    assert [entry.timeout for entry in await history(qstash, answer.message_id)] == [30_000]
    again: Any = (await getattr(qstash.message, call)([message]))[0]
    assert (again.message_id, again.deduplicated) == (answer.message_id, True)


async def test_a_batch_shows_the_retry_delay_of_each_message(qstash: AsyncQStash, local: Local) -> None:
    message: Any = {"url": "http://app.internal", "delay": "1h", "retry_delay": "7000"}
    answer: Any = (await qstash.message.batch([message]))[0]
    kept = await qstash.message.get(answer.message_id)
    assert kept.retry_delay_expression == "7000"


async def test_a_batch_notices_duplicates_among_its_own_messages(qstash: AsyncQStash, local: Local) -> None:
    answers: list[Any] = await qstash.message.batch_json(
        [
            {"url": local.url(), "body": 1, "deduplication_id": "order-1"},
            {"url": local.url(), "body": 2, "deduplication_id": "order-1"},
            {"url": local.url(), "body": 3, "content_based_deduplication": True},
            {"url": local.url(), "body": 3, "content_based_deduplication": True},
        ]
    )
    await local.idle()
    assert [answer.deduplicated for answer in answers] == [False, True, False, True]
    assert [answers[1].message_id, answers[3].message_id] == [answers[0].message_id, answers[2].message_id]
    assert sorted(request.body for request in local.destination.requests) == [b"1", b"3"]


async def test_a_batch_mixes_urls_groups_queues_and_apis(qstash: AsyncQStash, local: Local) -> None:
    await qstash.url_group.upsert_endpoints("fans", [{"url": local.url("/a")}, {"url": local.url("/b")}])
    answers: list[Any] = await qstash.message.batch_json(
        [
            {"url": local.url("/plain"), "body": 0},
            {"url_group": "fans", "body": 1},
            {"queue": "q", "url": local.url("/queued"), "body": 2},
            {"queue": "q", "url_group": "fans", "body": 3},
            {"api": {"name": "llm", "provider": openai("sk_1")}, "body": 4},
        ]
    )
    await local.idle()
    plain, group, queued, queued_group, api = answers
    for copies in (group, queued_group):
        assert [copy.url for copy in copies] == [local.url("/a"), local.url("/b")]
    assert (await qstash.message.get(plain.message_id)).queue is None
    assert (await qstash.message.get(queued.message_id)).queue == "q"
    in_group = await qstash.message.get(queued_group[1].message_id)
    assert (in_group.queue, in_group.url_group) == ("q", "fans")
    assert by_path(local)["/v1/chat/completions"].headers["Authorization"] == "Bearer sk_1"
    assert await states(qstash, api.message_id) == ["CREATED", "ACTIVE", "DELIVERED"]
    assert len(local.destination.requests) == 7


@pytest.mark.parametrize(
    ("wrong", "status", "text"),
    [
        ({"url": "app.internal/x"}, 400, "invalid scheme"),
        ({"url_group": "nobody"}, 404, "topic nobody not found"),
        ({"url": "http://app.internal", "retries": 6}, 412, "quota maxRetries exceeded"),
        ({"url": "http://app.internal", "delay": "366d"}, 412, "quota maxDelay exceeded"),
        ({"url": "http://app.internal", "queue": "two words"}, 400, "two words"),
    ],
)
async def test_one_wrong_message_refuses_the_whole_batch(
    qstash: AsyncQStash, local: Local, wrong: Any, status: int, text: str
) -> None:
    with refused(status, text):
        await qstash.message.batch([{"url": local.url()}, wrong])
    await local.idle()
    assert local.destination.requests == []
    assert (await qstash.log.list()).logs == []
