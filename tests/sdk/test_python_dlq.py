"""The dead letter queue of the Python SDK: ``list``, ``get``, ``delete`` and ``delete_many``."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest
from qstash import AsyncQStash
from qstash.dlq import DlqMessage
from qstash.message import FlowControlProperties

from tests.destination import Answer
from tests.sdk.conftest import HOUR_MS, Local, publish_in_vain, refused


async def ids(qstash: AsyncQStash, **options: Any) -> list[str]:
    return [letter.dlq_id for letter in (await qstash.dlq.list(**options)).messages]


async def several(qstash: AsyncQStash, local: Local, count: int) -> list[str]:
    return [(await publish_in_vain(qstash, local)).dlq_id for _ in range(count)]


async def test_a_dead_letter_shows_the_message_and_the_answer_that_ended_it(
    qstash: AsyncQStash, local: Local
) -> None:
    local.destination.answers(Answer(404, b"404 Not Found", {"X-Pot": "tea"}))
    answer: Any = await qstash.message.publish_json(
        url="https://mock.httpstatus.io/404",
        method="GET",
        body={"cup": 1},
        retries=0,
        retry_delay="7000 * retried",
        callback_headers={"Forward-X-Done": "d"},
        callback="https://mock.httpstatus.io/done",
        label="tea",
        flow_control={"key": "kitchen", "parallelism": 3, "rate": 10, "period": 60},
    )
    await local.idle()
    [letter] = (await qstash.dlq.list(filter={"message_id": answer.message_id})).messages
    assert (letter.url, letter.method, letter.body) == ("https://mock.httpstatus.io/404", "GET", '{"cup": 1}')
    assert letter.headers == {"Content-Type": ["application/json"]}
    assert (letter.response_status, letter.response_body) == (404, "404 Not Found")
    assert (letter.response_headers or {})["X-Pot"] == ["tea"]
    assert (letter.max_retries, letter.retry_delay_expression) == (0, "7000 * retried")
    assert (letter.callback, letter.callback_headers) == ("https://mock.httpstatus.io/done", {"X-Done": ["d"]})
    assert letter.flow_control == FlowControlProperties("kitchen", 3, 10, 60)
    assert (letter.label, letter.caller_ip) == ("tea", "127.0.0.1")


async def test_get_shows_the_same_as_list(qstash: AsyncQStash, local: Local) -> None:
    letter = await publish_in_vain(qstash, local, body="b")
    assert letter in (await qstash.dlq.list()).messages
    assert await qstash.dlq.get(letter.dlq_id) == letter


async def test_an_answer_that_is_no_text_is_shown_in_base64(qstash: AsyncQStash, local: Local) -> None:
    local.destination.answers(Answer(500, b"\xff\x00\xfe"))
    await qstash.message.publish(url=local.url(), body=b"\xfe", retries=0)
    await local.idle()
    [letter] = (await qstash.dlq.list()).messages
    assert (letter.response_body, letter.body) == (None, None)
    assert b64decode(str(letter.response_body_base64)) == b"\xff\x00\xfe"
    assert b64decode(str(letter.body_base64)) == b"\xfe"


async def test_a_destination_that_nobody_listens_on_has_no_status(qstash: AsyncQStash, local: Local) -> None:
    await qstash.message.publish(url="http://127.0.0.1:1/hook", retries=0)
    await local.idle()
    [letter] = (await qstash.dlq.list()).messages
    assert (letter.response_status, letter.response_body, letter.response_headers) == (0, None, None)


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ({}, ["labelled", "queued", "group"]),
        ({"label": "l"}, ["labelled"]),
        ({"label": "nobody"}, []),
        ({"queue": "doomed"}, ["queued"]),
        ({"url_group": "fans"}, ["group"]),
        ({"schedule_id": "none"}, []),
        ({"response_status": 404}, ["labelled", "queued", "group"]),
        ({"response_status": 500}, []),
        ({"caller_ip": "127.0.0.1"}, ["labelled", "queued", "group"]),
        ({"caller_ip": "10.0.0.1"}, []),
        ({"from_time": 1_600_000_000_000, "to_time": 9_999_999_999_999}, ["labelled", "queued", "group"]),
        ({"to_time": 1_600_000_000_000}, []),
        ({"from_time": 9_999_999_999_999}, []),
        ({"label": "l", "queue": "doomed"}, []),
    ],
    ids=str,
)
async def test_list_filters(qstash: AsyncQStash, local: Local, filter: Any, found: list[str]) -> None:
    made = {"labelled": (await publish_in_vain(qstash, local, label="l")).message_id}
    queued: Any = await qstash.message.enqueue(queue="doomed", url=local.url("/vain"), retries=0)
    made["queued"] = queued.message_id
    await qstash.url_group.upsert_endpoints("fans", [{"url": local.url("/vain")}])
    members: Any = await qstash.message.publish(url_group="fans", retries=0)
    made["group"] = members[0].message_id
    await local.idle()
    messages = [letter.message_id for letter in (await qstash.dlq.list(filter=filter)).messages]
    assert sorted(messages) == sorted(made[name] for name in found)


async def test_list_filters_by_url_and_by_message(qstash: AsyncQStash, local: Local) -> None:
    local.destination.answers(500, path="/a").answers(500, path="/b")
    a = await publish_in_vain(qstash, local, url=local.url("/a"))
    b = await publish_in_vain(qstash, local, url=local.url("/b"))
    assert await ids(qstash, filter={"url": local.url("/a")}) == [a.dlq_id]
    assert await ids(qstash, filter={"message_id": b.message_id}) == [b.dlq_id]
    assert await ids(qstash, filter={"message_id": b.message_id, "url": local.url("/a")}) == []


async def test_list_filters_by_schedule(qstash: AsyncQStash, local: Local) -> None:
    local.destination.answers(500)
    schedule_id = await qstash.schedule.create(destination=local.url(), cron="0 * * * *", retries=0)
    await publish_in_vain(qstash, local)
    await local.advance(HOUR_MS)
    letters = (await qstash.dlq.list(filter={"schedule_id": schedule_id})).messages
    assert [letter.schedule_id for letter in letters] == [schedule_id]


async def test_pages_follow_one_another(qstash: AsyncQStash, local: Local) -> None:
    made = await several(qstash, local, 3)
    first = await qstash.dlq.list(count=2)
    second = await qstash.dlq.list(count=2, cursor=first.cursor)
    paged: list[DlqMessage] = first.messages + second.messages
    assert [letter.dlq_id for letter in paged] == made
    assert (len(first.messages), second.cursor) == (2, None)
    assert await ids(qstash, count=1_000_000) == made


async def test_count_limits_the_answer_to_a_filter(qstash: AsyncQStash, local: Local) -> None:
    [_, second] = [await publish_in_vain(qstash, local) for _ in range(2)]
    answer = await qstash.dlq.list(count=1, filter={"message_id": second.message_id})
    assert ([letter.dlq_id for letter in answer.messages], answer.cursor) == ([second.dlq_id], None)


async def test_delete_removes_one_entry_once(qstash: AsyncQStash, local: Local) -> None:
    gone, kept = await several(qstash, local, 2)
    await qstash.dlq.delete(gone)
    assert await ids(qstash) == [kept]
    for call in (qstash.dlq.get, qstash.dlq.delete):
        with refused(404, gone):
            await call(gone)


async def test_delete_many_counts_what_was_there(qstash: AsyncQStash, local: Local) -> None:
    made = await several(qstash, local, 6)
    assert await qstash.dlq.delete_many(made[:5]) == 5
    assert await qstash.dlq.delete_many(made[:5]) == 0
    assert await ids(qstash) == made[5:]
    assert await qstash.dlq.delete_many(made) == 1


async def test_what_cannot_be_listed_is_refused(qstash: AsyncQStash, local: Local) -> None:
    with refused(400, "cursor"):
        await qstash.dlq.list(cursor="nonsense")
    with refused(400, "count"):
        await qstash.dlq.list(count=0)
