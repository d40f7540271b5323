"""The log of the Python SDK: entries, filters and pages."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest
from qstash import AsyncQStash
from qstash.log import LogState

from tests.conftest import NOON_MS
from tests.destination import Answer
from tests.sdk.conftest import HOUR_MS, SECOND_MS, Local, history, refused

DONE = "order invoice queued first second"
FUTURE_MS = 9_999_999_999_999


async def scene(qstash: AsyncQStash, local: Local) -> dict[str, str]:
    """Messages of every kind: two delivered, one through a queue, one that failed, one that waits, two in a group."""
    local.destination.answers(500, path="/broken")
    await qstash.url_group.upsert_endpoints("fans", [{"url": local.url("/a")}, {"url": local.url("/b")}])
    publish = qstash.message.publish
    answers: dict[str, Any] = {
        "order": await publish(url=local.url("/orders"), label="order"),
        "invoice": await publish(url=local.url("/invoices"), label="invoice"),
        "queued": await qstash.message.enqueue(queue="logged", url=local.url("/orders")),
        "broken": await publish(url=local.url("/broken"), retries=1, retry_delay="10"),
        "waiting": await publish(url=local.url("/invoices"), delay="2h"),
    }
    made = {name: answer.message_id for name, answer in answers.items()}
    group: Any = await publish(url_group="fans")
    made |= {"first": group[0].message_id, "second": group[1].message_id}
    await local.advance(SECOND_MS)
    return made


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ({"label": "order"}, "order"),
        ({"label": "nobody"}, ""),
        ({"queue": "logged"}, "queued"),
        ({"url_group": "fans"}, "first second"),
        ({"schedule_id": "none"}, ""),
        ({"state": LogState.CREATED}, f"{DONE} broken waiting"),
        ({"state": LogState.ACTIVE}, f"{DONE} broken"),
        ({"state": LogState.DELIVERED}, DONE),
        ({"state": LogState.RETRY}, "broken"),
        ({"state": LogState.ERROR}, "broken"),
        ({"state": LogState.FAILED}, "broken"),
        ({"state": LogState.CANCELED}, ""),
        ({"state": LogState.CANCEL_REQUESTED}, ""),
        ({"state": LogState.IN_PROGRESS}, f"{DONE} broken"),
        ({"state": LogState.DELIVERED, "label": "invoice"}, "invoice"),
        ({"label": "order", "queue": "logged"}, ""),
        ({"from_time": FUTURE_MS}, ""),
        ({"to_time": 1_600_000_000_000}, ""),
        ({"from_time": 1_600_000_000_000, "to_time": FUTURE_MS, "label": "order"}, "order"),
    ],
    ids=str,
)
async def test_list_filters(qstash: AsyncQStash, local: Local, filter: Any, found: str) -> None:
    made = await scene(qstash, local)
    names = {id: name for name, id in made.items()}
    logs = (await qstash.log.list(filter=filter)).logs
    assert {names[entry.message_id] for entry in logs} == set(found.split())
    if "state" in filter and filter["state"] is not LogState.IN_PROGRESS:
        assert {entry.state for entry in logs} <= {filter["state"]}


async def test_list_filters_by_url_message_and_messages(qstash: AsyncQStash, local: Local) -> None:
    made = await scene(qstash, local)

    async def found(**fields: Any) -> set[str]:
        filter: Any = fields
        return {entry.message_id for entry in (await qstash.log.list(filter=filter)).logs}

    assert await found(url=local.url("/orders")) == {made["order"], made["queued"]}
    assert await found(message_id=made["broken"]) == {made["broken"]}
    wanted = [made["order"], made["waiting"]]
    assert await found(message_ids=wanted) == set(wanted)
    # Ids make every other filter void.
    assert await found(message_ids=wanted, label="order") == set(wanted)


async def test_list_filters_by_schedule(qstash: AsyncQStash, local: Local) -> None:
    schedule_id = await qstash.schedule.create(destination=local.url(), cron="0 * * * *")
    await local.advance(HOUR_MS)
    logs = (await qstash.log.list(filter={"schedule_id": schedule_id})).logs
    assert [entry.state.value for entry in logs] == ["DELIVERED", "ACTIVE", "CREATED"]
    assert {entry.schedule_id for entry in logs} == {schedule_id}


async def test_an_entry_shows_the_message_and_what_became_of_it(qstash: AsyncQStash, local: Local) -> None:
    local.destination.answers(Answer(503, b"tired", {"X-Why": "late"}), Answer(201, b"made"))
    answer: Any = await qstash.message.publish(
        url=local.url(), body="grüße", method="PUT", headers={"X-A": "1"}, retry_delay="100"
    )
    await local.advance(SECOND_MS)
    events = await history(qstash, answer.message_id)
    created, _, error, retry, _, delivered = events
    assert [entry.time for entry in events] == sorted(entry.time for entry in events)
    assert 0 <= created.time - NOON_MS < 60 * SECOND_MS
    for entry in events:
        assert (entry.url, entry.method) == (local.url(), "PUT")
        assert b64decode(str(entry.body_base64)).decode() == "grüße"
        assert (entry.headers or {})["X-A"] == ["1"]
        assert entry.max_retries == 3
    assert "503" in str(error.error)
    assert (error.response_status, b64decode(str(error.response_body))) == (503, b"tired")
    assert (error.response_headers or {})["X-Why"] == ["late"]
    assert retry.next_delivery_time == retry.time + 100
    assert (delivered.response_status, delivered.error) == (201, None)


async def test_from_time_and_to_time_include_their_own_millisecond(qstash: AsyncQStash, local: Local) -> None:
    answer: Any = await qstash.message.publish(url=local.url())
    await local.idle()
    [*_, newest] = await history(qstash, answer.message_id)
    for filter, is_found in (
        ({"from_time": newest.time, "to_time": newest.time}, True),
        ({"from_time": newest.time + 1}, False),
        ({"to_time": newest.time - SECOND_MS}, False),
    ):
        logs = (await qstash.log.list(filter={"message_id": answer.message_id, **filter})).logs
        assert (newest in logs) is is_found, filter


async def test_entries_of_a_group_name_the_group_and_the_endpoint(qstash: AsyncQStash, local: Local) -> None:
    await qstash.url_group.upsert_endpoints("fans", [{"url": local.url("/a"), "name": "first"}])
    await qstash.message.publish(url_group="fans")
    await local.idle()
    logs = (await qstash.log.list(filter={"url_group": "fans"})).logs
    assert [(entry.url_group, entry.endpoint, entry.url) for entry in logs] == [
        ("fans", "first", local.url("/a"))
    ] * 3


async def test_the_newest_comes_first_and_pages_follow_without_a_gap(qstash: AsyncQStash, local: Local) -> None:
    for number in range(3):
        await qstash.message.publish(url=local.url(), label=f"label-{number}")
        await local.idle()
    whole = (await qstash.log.list(count=1_000_000)).logs
    assert [entry.label for entry in whole] == [f"label-{number}" for number in (2, 2, 2, 1, 1, 1, 0, 0, 0)]
    paged, cursor, sizes = [], None, []
    for _ in range(3):
        page = await qstash.log.list(count=4, cursor=cursor)
        paged += page.logs
        sizes.append(len(page.logs))
        cursor = page.cursor
    assert (paged, sizes, cursor) == (whole, [4, 4, 1], None)


async def test_a_filter_holds_across_pages(qstash: AsyncQStash, local: Local) -> None:
    for label in ("a", "b", "a", "b"):
        await qstash.message.publish(url=local.url(), label=label)
    await local.idle()
    first = await qstash.log.list(count=4, filter={"label": "a"})
    second = await qstash.log.list(count=4, filter={"label": "a"}, cursor=first.cursor)
    assert {entry.label for entry in first.logs + second.logs} == {"a"}
    assert (len(first.logs), len(second.logs), second.cursor) == (4, 2, None)


async def test_an_empty_log_has_no_cursor(qstash: AsyncQStash, local: Local) -> None:
    answer = await qstash.log.list(filter={"label": "nobody"})
    assert (answer.logs, answer.cursor) == ([], None)


async def test_what_cannot_be_listed_is_refused(qstash: AsyncQStash, local: Local) -> None:
    with refused(400, "cursor"):
        await qstash.log.list(cursor="nonsense")
    with refused(400, "count"):
        await qstash.log.list(count=0)
