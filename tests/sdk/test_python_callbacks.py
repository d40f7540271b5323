"""Callbacks and failure callbacks of the Python SDK."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest
from qstash import AsyncQStash

from tests.destination import Answer, Received
from tests.sdk.conftest import SECOND_MS, Local, history, states


def at(local: Local, path: str) -> list[Received]:
    return [request for request in local.destination.requests if request.target == path]


async def test_a_callback_reports_the_answer_and_the_message_it_belongs_to(qstash: AsyncQStash, local: Local) -> None:
    local.destination.answers(Answer(201, "créé".encode(), {"X-Reply": "r"}), path="/hook")
    answer: Any = await qstash.message.publish(
        url=local.url("/hook?q=1"),
        method="PUT",
        body="ask",
        content_type="text/plain",
        headers={"X-A": "1"},
        retries=2,
        callback=local.url("/done"),
        failure_callback=local.url("/failed"),
    )
    await local.idle()
    message = await qstash.message.get(answer.message_id)
    [callback] = at(local, "/done")
    report = callback.json
    assert (callback.method, callback.headers["Content-Type"]) == ("POST", "application/json")
    assert (report["status"], report["retried"], report["maxRetries"]) == (201, 0, 2)
    assert b64decode(report["body"]).decode() == "créé"
    assert report["header"]["X-Reply"] == ["r"]
    assert (report["sourceMessageId"], report["url"], report["method"]) == (answer.message_id, message.url, "PUT")
    assert report["sourceHeader"] == {"Content-Type": ["text/plain"], "X-A": ["1"]}
    assert b64decode(report["sourceBody"]) == b"ask"
    assert (report["createdAt"], report["notBefore"]) == (message.created_at, message.not_before)
    assert at(local, "/failed") == []


async def test_a_callback_is_a_message_of_its_own(qstash: AsyncQStash, local: Local) -> None:
    answer: Any = await qstash.message.publish(url=local.url(), callback=local.url("/done"))
    await local.idle()
    callback_id = at(local, "/done")[0].headers["Upstash-Message-Id"]
    assert callback_id != answer.message_id
    assert await states(qstash, callback_id) == ["CREATED", "ACTIVE", "DELIVERED"]
    assert (await qstash.message.get(callback_id)).url == local.url("/done")
    assert {entry.callback for entry in await history(qstash, answer.message_id)} == {local.url("/done")}


async def test_every_attempt_is_reported_and_the_failure_once(qstash: AsyncQStash, local: Local) -> None:
    local.destination.answers(500, Answer(502, b"last"), path="/hook")
    await qstash.message.publish_json(
        url=local.url(),
        body="ask",
        retries=1,
        retry_delay="10",
        callback=local.url("/done"),
        failure_callback=local.url("/failed"),
    )
    await local.advance(SECOND_MS)
    reports = [(request.json["status"], request.json["retried"]) for request in at(local, "/done")]
    assert reports == [(500, 0), (502, 1)]
    [failure] = at(local, "/failed")
    [letter] = (await qstash.dlq.list()).messages
    assert failure.json["dlqId"] == letter.dlq_id
    assert (failure.json["status"], b64decode(failure.json["body"])) == (502, b"last")
    assert b64decode(failure.json["sourceBody"]) == b'"ask"'


@pytest.mark.parametrize(
    ("prefix", "written"),
    [("callback", "bare"), ("callback", "full"), ("failure_callback", "bare"), ("failure_callback", "full")],
)
async def test_callback_headers_configure_the_callback(
    qstash: AsyncQStash, local: Local, prefix: str, written: str
) -> None:
    local.destination.answers(500, path="/hook")
    start = f"Upstash-{prefix.replace('_', '-')}-" if written == "full" else ""
    settings = {"Method": "PATCH", "Forward-X-Secret": "s3cret", "Forward-Content-Type": "text/x-report"}
    options: Any = {
        prefix: local.url("/report"),
        f"{prefix}_headers": {start + name: value for name, value in settings.items()},
    }
    answer: Any = await qstash.message.publish(url=local.url(), retries=0, headers={"X-Mine": "m"}, **options)
    await local.idle()
    [report] = at(local, "/report")
    assert report.method == "PATCH"
    assert report.headers["X-Secret"] == "s3cret"
    assert report.headers["Content-Type"] == "text/x-report"
    assert "X-Mine" not in report.headers
    message = await qstash.message.get(answer.message_id)
    shown = {"X-Secret": ["s3cret"], "Content-Type": ["text/x-report"]}
    assert getattr(message, f"{prefix}_headers") == shown


async def test_a_callback_header_that_is_no_option_breaks_nothing(qstash: AsyncQStash, local: Local) -> None:
    # The SDK makes Upstash-Callback-X-Secret of it, which QStash knows nothing of.
    await qstash.message.publish(url=local.url(), callback=local.url("/done"), callback_headers={"X-Secret": "s"})
    await local.idle()
    assert [request.headers["Content-Type"] for request in at(local, "/done")] == ["application/json"]


async def test_a_callback_that_fails_is_retried_and_ends_in_the_dead_letter_queue(
    qstash: AsyncQStash, local: Local
) -> None:
    local.destination.answers(500, path="/done")
    await qstash.message.publish(
        url=local.url(), callback=local.url("/done"), callback_headers={"Retries": "1", "Retry-Delay": "10"}
    )
    await local.advance(SECOND_MS)
    assert len(at(local, "/done")) == 2
    assert await states(qstash, at(local, "/done")[0].headers["Upstash-Message-Id"]) == [
        "CREATED",
        *("ACTIVE", "ERROR", "RETRY"),
        *("ACTIVE", "ERROR", "FAILED"),
    ]
    [letter] = (await qstash.dlq.list(filter={"url": local.url("/done")})).messages
    assert letter.max_retries == 1


async def test_callbacks_inherit_the_retries_of_the_message(qstash: AsyncQStash, local: Local) -> None:
    await qstash.message.publish(url=local.url(), retries=2, callback=local.url("/done"))
    await local.idle()
    callback_id = at(local, "/done")[0].headers["Upstash-Message-Id"]
    assert (await qstash.message.get(callback_id)).max_retries == 2


async def test_callbacks_work_for_queues_and_batches(qstash: AsyncQStash, local: Local) -> None:
    queued: Any = await qstash.message.enqueue(queue="q", url=local.url(), callback=local.url("/done"))
    batched: Any = (await qstash.message.batch([{"url": local.url(), "callback": local.url("/done")}]))[0]
    await local.idle()
    sources = {request.json["sourceMessageId"] for request in at(local, "/done")}
    assert sources == {queued.message_id, batched.message_id}
