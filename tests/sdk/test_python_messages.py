"""``get``, ``cancel``, ``cancel_many`` and ``cancel_all`` of the Python SDK."""

from __future__ import annotations

from typing import Any

from qstash import AsyncQStash
from qstash.log import LogState

from qstash_dev.state.tenant import USERS
from tests.sdk.conftest import HOUR_MS, SECOND_MS, Local, OpenClient, history, publish_in_vain, refused, states

LATER = "http://app.internal/later"


async def publish_for_later(qstash: AsyncQStash, **options: Any) -> str:
    answer: Any = await qstash.message.publish(**{"url": LATER, "delay": "1h"} | options)
    return str(answer.message_id)


async def test_get_finds_a_message_while_it_waits_and_after_it_was_delivered(
    qstash: AsyncQStash, local: Local
) -> None:
    id = await publish_for_later(qstash, url=local.url(), body="b")
    waiting = await qstash.message.get(id)
    assert (waiting.message_id, waiting.body) == (id, "b")
    await local.advance(HOUR_MS)
    assert len(local.destination.requests) == 1
    assert await qstash.message.get(id) == waiting


async def test_a_message_that_never_was_is_not_found(qstash: AsyncQStash, local: Local) -> None:
    for call in (qstash.message.get, qstash.message.cancel):
        with refused(404, "message msg_unknown not found"):
            await call("msg_unknown")


async def test_cancel_takes_back_one_message(qstash: AsyncQStash, local: Local) -> None:
    id, other = await publish_for_later(qstash, url=local.url()), await publish_for_later(qstash)
    await qstash.message.cancel(id)
    with refused(404, f"message {id} not found"):
        await qstash.message.get(id)
    await local.advance(HOUR_MS)
    assert local.destination.requests == []
    assert await states(qstash, id) == ["CREATED", "CANCEL_REQUESTED", "CANCELED"]
    canceled = (await qstash.log.list(filter={"state": LogState.CANCELED})).logs
    assert [entry.message_id for entry in canceled] == [id]
    assert (await qstash.message.get(other)).message_id == other


async def test_cancel_many_counts_two_messages_whose_destination_fails(qstash: AsyncQStash, local: Local) -> None:
    local.destination.answers(404)
    answers: list[Any] = [
        await qstash.message.publish(url="https://mock.httpstatus.io/404", retries=3, body=body) for body in "ab"
    ]
    ids = [answer.message_id for answer in answers]
    await local.idle()
    assert await qstash.message.cancel_many([*ids, "msg_unknown"]) == 2
    assert await qstash.message.cancel_many(ids) == 0
    await local.advance(HOUR_MS)
    assert len(local.destination.requests) == 2
    assert [(await states(qstash, id))[-1] for id in ids] == ["CANCELED"] * 2


async def test_cancel_many_leaves_the_others_alone(qstash: AsyncQStash, local: Local) -> None:
    gone, kept = await publish_for_later(qstash), await publish_for_later(qstash)
    assert await qstash.message.cancel_many([gone]) == 1
    assert (await qstash.message.get(kept)).message_id == kept


async def test_cancel_all_counts_everything_that_waits(qstash: AsyncQStash, local: Local) -> None:
    delivered: Any = await qstash.message.publish(url=local.url())
    await publish_in_vain(qstash, local)
    for options in ({}, {"label": "l"}, {"flow_control": {"key": "k", "rate": 1}}):
        await publish_for_later(qstash, **options)
    await qstash.queue.upsert("asleep", paused=True)
    await qstash.message.enqueue(queue="asleep", url=LATER)
    assert await qstash.message.cancel_all() == 4
    assert await qstash.message.cancel_all() == 0
    assert await states(qstash, delivered.message_id) == ["CREATED", "ACTIVE", "DELIVERED"]
    assert (await qstash.queue.get("asleep")).lag == 0


async def test_a_delivered_message_cannot_be_cancelled_any_more(qstash: AsyncQStash, local: Local) -> None:
    answer: Any = await qstash.message.publish(url=local.url())
    await local.idle()
    with refused(404, f"message {answer.message_id} not found"):
        await qstash.message.cancel(answer.message_id)
    assert await qstash.message.cancel_many([answer.message_id]) == 0
    assert await states(qstash, answer.message_id) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_a_message_that_is_being_delivered_is_cancelled_after_its_attempt_fails(
    qstash: AsyncQStash, local: Local
) -> None:
    held = local.hold(500)
    local.destination.answers(held)
    answer: Any = await qstash.message.publish(url=local.url(), retry_delay="10")
    await local.received(1)
    await qstash.message.cancel(answer.message_id)
    await local.release(held)
    await local.advance(SECOND_MS)
    events = [entry.state.value for entry in await history(qstash, answer.message_id)]
    assert events == ["CREATED", "ACTIVE", "CANCEL_REQUESTED", "ERROR", "CANCELED"]
    assert len(local.destination.requests) == 1


async def test_a_message_belongs_to_its_user_alone(open_client: OpenClient, qstash: AsyncQStash) -> None:
    id = await publish_for_later(qstash)
    stranger = open_client(USERS[1].token)
    with refused(404, f"message {id} not found"):
        await stranger.message.get(id)
    assert await stranger.message.cancel_many([id]) == 0
    assert await stranger.message.cancel_all() == 0
    assert (await stranger.log.list()).logs == []
    assert (await qstash.message.get(id)).message_id == id
