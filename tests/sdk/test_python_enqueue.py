"""``enqueue``, ``enqueue_json`` and the queues of the Python SDK."""

from __future__ import annotations

from typing import Any

import pytest
from qstash import AsyncQStash
from qstash.chat import openai

from tests.sdk.conftest import SECOND_MS, Local, history, refused, states


def bodies(local: Local) -> list[bytes]:
    return [request.body for request in local.destination.requests]


async def test_enqueue_makes_the_queue_and_delivers(qstash: AsyncQStash, local: Local) -> None:
    answer: Any = await qstash.message.enqueue(
        queue="made", url=local.url(), body="b", content_type="text/plain", headers={"test-header": "v"}, label="l"
    )
    await local.idle()
    [request] = local.destination.requests
    assert (request.method, request.body, request.headers["Test-Header"]) == ("POST", b"b", "v")
    assert request.headers["Content-Type"] == "text/plain"
    message = await qstash.message.get(answer.message_id)
    assert (message.queue, message.label, answer.deduplicated) == ("made", "l", False)
    assert {entry.queue for entry in await history(qstash, answer.message_id)} == {"made"}
    queue = await qstash.queue.get("made")
    assert (queue.parallelism, queue.lag, queue.paused) == (1, 0, False)


async def test_enqueue_json_serialises_the_body(qstash: AsyncQStash, local: Local) -> None:
    answer: Any = await qstash.message.enqueue_json(queue="q", url=local.url(), body={"n": 1}, method="PUT")
    await local.idle()
    [request] = local.destination.requests
    assert (request.method, request.json) == ("PUT", {"n": 1})
    assert request.headers["Content-Type"] == "application/json"
    assert (await qstash.message.get(answer.message_id)).method == "PUT"


@pytest.mark.parametrize("call", ["enqueue", "enqueue_json"])
async def test_every_option_of_enqueue_can_be_read_back(qstash: AsyncQStash, local: Local, call: str) -> None:
    await qstash.queue.upsert("asleep", paused=True)
    answer: Any = await getattr(qstash.message, call)(
        queue="asleep",
        url=local.url(),
        body="secret",
        method="PATCH",
        headers={"X-Key": "k"},
        callback_headers={"Forward-X-Done": "d"},
        failure_callback_headers={"Forward-X-Failed": "f"},
        retries=1,
        retry_delay="7000",
        callback="https://oz.internal/done",
        failure_callback="https://oz.internal/failed",
        deduplication_id="once",
        content_based_deduplication=False,
        timeout="30s",
        label="blue",
        redact={"body": True},
    )
    message = await qstash.message.get(answer.message_id)
    assert (message.queue, message.method, message.label) == ("asleep", "PATCH", "blue")
    assert (message.max_retries, message.retry_delay_expression) == (1, "7000")
    assert (message.callback, message.failure_callback) == ("https://oz.internal/done", "https://oz.internal/failed")
    assert (message.callback_headers, message.failure_callback_headers) == ({"X-Done": ["d"]}, {"X-Failed": ["f"]})
    assert str(message.body).startswith("REDACTED:")
    assert (message.headers or {})["X-Key"] == ["k"]
    assert [entry.timeout for entry in await history(qstash, answer.message_id)] == [30_000]
    again: Any = await getattr(qstash.message, call)(queue="asleep", url=local.url(), deduplication_id="once")
    assert (again.message_id, again.deduplicated) == (answer.message_id, True)


async def test_a_queue_delivers_in_order_and_waits_for_retries(qstash: AsyncQStash, local: Local) -> None:
    local.destination.answers(500, 200)
    await qstash.message.enqueue(queue="q", url=local.url(), body="1", retry_delay="10")
    await qstash.message.enqueue(queue="q", url=local.url(), body="2")
    await local.advance(SECOND_MS)
    assert bodies(local) == [b"1", b"1", b"2"]


async def test_enqueue_to_an_api(qstash: AsyncQStash, local: Local) -> None:
    answer: Any = await qstash.message.enqueue_json(
        queue="llm", api={"name": "llm", "provider": openai("sk_1")}, body={"model": "m"}
    )
    await local.idle()
    [request] = local.destination.requests
    assert (request.target, request.headers["Authorization"]) == ("/v1/chat/completions", "Bearer sk_1")
    assert (await qstash.message.get(answer.message_id)).queue == "llm"


async def test_upsert_makes_a_queue_and_changes_it(qstash: AsyncQStash, local: Local) -> None:
    await qstash.queue.upsert("mails", parallelism=2)
    made = await qstash.queue.get("mails")
    assert (made.name, made.parallelism, made.lag, made.paused) == ("mails", 2, 0, False)
    await local.advance(SECOND_MS)
    await qstash.queue.upsert("mails", parallelism=5, paused=True)
    changed = await qstash.queue.get("mails")
    assert (changed.parallelism, changed.paused, changed.created_at) == (5, True, made.created_at)
    assert changed.updated_at >= made.updated_at + SECOND_MS
    await qstash.queue.upsert("mails")
    reset = await qstash.queue.get("mails")
    assert (reset.parallelism, reset.paused) == (1, False)


async def test_list_shows_every_queue_and_delete_removes_one(qstash: AsyncQStash, local: Local) -> None:
    assert await qstash.queue.list() == []
    for name in ("a", "_b-2.x"):
        await qstash.queue.upsert(name)
    assert {queue.name for queue in await qstash.queue.list()} == {"a", "_b-2.x"}
    assert await qstash.queue.get("a") in await qstash.queue.list()
    await qstash.queue.delete("a")
    assert [queue.name for queue in await qstash.queue.list()] == ["_b-2.x"]
    with refused(404, "queue a not found"):
        await qstash.queue.get("a")
    await qstash.queue.delete("a")


async def test_a_paused_queue_keeps_its_messages_until_it_is_resumed(qstash: AsyncQStash, local: Local) -> None:
    await qstash.queue.upsert("paused")
    for _ in range(2):
        await qstash.queue.pause("paused")
    assert (await qstash.queue.get("paused")).paused is True
    answers: list[Any] = [
        await qstash.message.enqueue(queue="paused", url=local.url(), body=str(number)) for number in range(3)
    ]
    await local.idle()
    assert (await qstash.queue.get("paused")).lag == 3
    assert [await states(qstash, answer.message_id) for answer in answers] == [["CREATED"]] * 3
    for _ in range(2):
        await qstash.queue.resume("paused")
    await local.idle()
    queue = await qstash.queue.get("paused")
    assert (queue.paused, queue.lag) == (False, 0)
    assert bodies(local) == [b"0", b"1", b"2"]


async def test_upsert_can_resume_a_queue(qstash: AsyncQStash, local: Local) -> None:
    await qstash.queue.upsert("asleep", paused=True)
    await qstash.message.enqueue(queue="asleep", url=local.url())
    await local.idle()
    assert local.destination.requests == []
    await qstash.queue.upsert("asleep", paused=False)
    await local.idle()
    assert len(local.destination.requests) == 1


async def test_a_deleted_queue_takes_its_messages_with_it(qstash: AsyncQStash, local: Local) -> None:
    await qstash.queue.upsert("gone", paused=True)
    answer: Any = await qstash.message.enqueue(queue="gone", url=local.url())
    await qstash.queue.delete("gone")
    await local.advance(SECOND_MS)
    assert await qstash.queue.list() == []
    assert local.destination.requests == []
    assert (await states(qstash, answer.message_id))[-1] == "CANCELED"


async def test_what_cannot_be_a_queue_is_refused(qstash: AsyncQStash, local: Local) -> None:
    with refused(400, "parallelism"):
        await qstash.queue.upsert("none", parallelism=0)
    with refused(412, "quota maxParallelism exceeded, current limit: 10"):
        await qstash.queue.upsert("none", parallelism=11)
    with refused(400, "two words"):
        await qstash.queue.upsert("two words")
    with refused(400, "two words"):
        await qstash.message.enqueue(queue="two words", url=local.url())
    for call in (qstash.queue.get, qstash.queue.pause, qstash.queue.resume):
        with refused(404, "queue none not found"):
            await call("none")
    assert await qstash.queue.list() == []
