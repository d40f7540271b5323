"""Schedules of the Python SDK."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest
from qstash import AsyncQStash
from qstash.message import FlowControlProperties
from qstash.schedule import Schedule, ScheduleState

from tests.sdk.conftest import HOUR_MS, SECOND_MS, Local, refused

MINUTE_MS = 60 * SECOND_MS
TICK = "https://app.internal/tick"
HOURLY = "0 * * * *"


async def created(qstash: AsyncQStash, **options: Any) -> Schedule:
    id = await qstash.schedule.create(**{"destination": TICK, "cron": "*/5 * * * *"} | options)
    return await qstash.schedule.get(id)


async def test_create_and_get(qstash: AsyncQStash, local: Local) -> None:
    id = await qstash.schedule.create(destination=TICK, cron="*/5 * * * *")
    assert id.startswith("scd_")
    schedule = await qstash.schedule.get(id)
    assert (schedule.schedule_id, schedule.cron, schedule.destination) == (id, "*/5 * * * *", TICK)
    assert (schedule.method, schedule.retries, schedule.paused) == ("POST", 3, False)
    assert schedule.caller_ip == "127.0.0.1"
    next_ms = schedule.next_schedule_time or 0
    assert (0 < next_ms - schedule.created_at <= 5 * MINUTE_MS, next_ms % (5 * MINUTE_MS)) == (True, 0)
    for name in (
        *("body", "body_base64", "headers", "callback", "callback_headers", "failure_callback", "queue", "delay"),
        *("failure_callback_headers", "retry_delay_expression", "timeout", "flow_control", "label", "error"),
        *("last_schedule_time", "last_schedule_states"),
    ):
        assert getattr(schedule, name) is None, name


@pytest.mark.parametrize("call", ["create", "create_json"])
async def test_every_option_can_be_read_back(qstash: AsyncQStash, local: Local, call: str) -> None:
    id = await getattr(qstash.schedule, call)(
        destination=TICK,
        cron="1 1 1 1 1",
        body="b",
        method="PUT",
        headers={"X-One": "1", "x-two": "2"},
        callback_headers={"Forward-X-Done": "d"},
        failure_callback_headers={"Upstash-Failure-Callback-Forward-X-Failed": "f"},
        retries=5,
        retry_delay="7000 * retried",
        callback="https://oz.internal/done?x=1",
        failure_callback="https://oz.internal/failed",
        delay=10,
        timeout="30s",
        schedule_id="my-schedule_1.x",
        queue="nightly",
        flow_control={"key": "nightly-key", "parallelism": 5, "rate": 10, "period": "1d"},
        label="report",
    )
    schedule = await qstash.schedule.get(id)
    assert (id, schedule.cron, schedule.method) == ("my-schedule_1.x", "1 1 1 1 1", "PUT")
    json_headers = {"Content-Type": ["application/json"]} if call == "create_json" else {}
    assert schedule.body == ('"b"' if call == "create_json" else "b")
    assert schedule.headers == json_headers | {"X-One": ["1"], "X-Two": ["2"]}
    assert (schedule.retries, schedule.retry_delay_expression, schedule.delay) == (5, "7000 * retried", 10)
    assert (schedule.callback, schedule.callback_headers) == ("https://oz.internal/done?x=1", {"X-Done": ["d"]})
    assert (schedule.failure_callback, schedule.failure_callback_headers) == (
        "https://oz.internal/failed",
        {"X-Failed": ["f"]},
    )
    assert schedule.flow_control == FlowControlProperties("nightly-key", 5, 10, 86_400)
    assert (schedule.queue, schedule.label) == ("nightly", "report")
    # Milliseconds, as in the log.
    assert schedule.timeout == 30_000


async def test_flow_control_with_a_parallelism_only(qstash: AsyncQStash, local: Local) -> None:
    schedule = await created(qstash, flow_control={"key": "k", "parallelism": 2})
    assert schedule.flow_control == FlowControlProperties("k", 2, None, 1)


async def test_a_body_that_is_no_text_is_shown_in_base64(qstash: AsyncQStash, local: Local) -> None:
    schedule = await created(qstash, body=b"\xff\x00", content_type="application/octet-stream")
    assert (schedule.body, b64decode(str(schedule.body_base64))) == (None, b"\xff\x00")
    assert schedule.headers == {"Content-Type": ["application/octet-stream"]}


async def test_redacted_fields_are_not_shown(qstash: AsyncQStash, local: Local) -> None:
    schedule = await created(
        qstash, body="secret", headers={"X-Key": "k", "X-Open": "o"}, redact={"body": True, "header": ["x-key"]}
    )
    assert str(schedule.body).startswith("REDACTED:")
    assert (schedule.headers or {})["X-Key"][0].startswith("REDACTED:")
    assert (schedule.headers or {})["X-Open"] == ["o"]


async def test_a_schedule_publishes_on_its_minute(qstash: AsyncQStash, local: Local) -> None:
    id = await qstash.schedule.create_json(
        destination=local.url(), cron=HOURLY, body={"n": 1}, headers={"test-header": "v"}, label="tick"
    )
    await local.advance(HOUR_MS)
    [request] = local.destination.requests
    assert (request.json, request.headers["Test-Header"]) == ({"n": 1}, "v")
    assert (request.headers["Content-Type"], request.headers["Upstash-Schedule-Id"]) == ("application/json", id)
    message = await qstash.message.get(request.headers["Upstash-Message-Id"])
    assert (message.schedule_id, message.label, message.not_before % HOUR_MS) == (id, "tick", 0)
    schedule = await qstash.schedule.get(id)
    assert schedule.last_schedule_time == message.not_before
    assert schedule.next_schedule_time == message.not_before + HOUR_MS
    assert schedule.last_schedule_states == {message.message_id: ScheduleState.SUCCESS}


async def test_the_state_of_the_last_run_is_told(qstash: AsyncQStash, local: Local) -> None:
    local.destination.answers(500)
    id = await qstash.schedule.create(destination=local.url(), cron=HOURLY, retries=1, retry_delay="60000")
    await local.advance(HOUR_MS)
    waiting = (await qstash.schedule.get(id)).last_schedule_states or {}
    assert list(waiting.values()) == [ScheduleState.IN_PROGRESS]
    await local.advance(2 * MINUTE_MS)
    assert (await qstash.schedule.get(id)).last_schedule_states == dict.fromkeys(waiting, ScheduleState.FAIL)


async def test_a_schedule_may_go_to_a_url_group(qstash: AsyncQStash, local: Local) -> None:
    await qstash.url_group.upsert_endpoints("fans", [{"url": local.url("/a")}, {"url": local.url("/b")}])
    assert (await created(qstash, destination="fans", cron=HOURLY)).destination == "fans"
    await local.advance(HOUR_MS)
    assert sorted(local.destination.paths()) == ["/a", "/b"]


async def test_a_paused_schedule_skips_its_runs(qstash: AsyncQStash, local: Local) -> None:
    id = (await created(qstash, destination=local.url(), cron=HOURLY)).schedule_id
    for _ in range(2):
        await qstash.schedule.pause(id)
    assert (await qstash.schedule.get(id)).paused is True
    await local.advance(2 * HOUR_MS)
    for _ in range(2):
        await qstash.schedule.resume(id)
    assert (await qstash.schedule.get(id)).paused is False
    await local.idle()
    assert local.destination.requests == []
    await local.advance(HOUR_MS)
    assert len(local.destination.requests) == 1


async def test_an_id_of_ones_own_is_overwritten_as_a_whole(qstash: AsyncQStash, local: Local) -> None:
    await created(qstash, schedule_id="mine", body="old", label="old", retries=1, delay=5, queue="old")
    await created(qstash, schedule_id="mine", cron="0 4 * * *", method="GET")
    [schedule] = await qstash.schedule.list()
    assert (schedule.schedule_id, schedule.cron, schedule.method) == ("mine", "0 4 * * *", "GET")
    assert (schedule.body, schedule.label, schedule.delay, schedule.queue) == (None,) * 4
    assert schedule.retries == 3


async def test_list_shows_every_schedule_and_delete_removes_one(qstash: AsyncQStash, local: Local) -> None:
    assert await qstash.schedule.list() == []
    first = await created(qstash, cron="0 0 1 1 *")
    second = await created(qstash, label="l", cron=HOURLY, destination=local.url())
    assert {schedule.schedule_id: schedule for schedule in await qstash.schedule.list()} == {
        first.schedule_id: first,
        second.schedule_id: second,
    }
    await qstash.schedule.delete(second.schedule_id)
    assert await qstash.schedule.list() == [first]
    with refused(404, second.schedule_id):
        await qstash.schedule.get(second.schedule_id)
    await local.advance(HOUR_MS)
    assert local.destination.requests == []


@pytest.mark.parametrize(
    ("changed", "status", "text"),
    [
        ({"cron": ""}, 400, "cron"),
        ({"cron": "every day"}, 400, "Invalid cron expression"),
        ({"cron": "61 * * * *"}, 400, "Invalid cron expression"),
        ({"destination": "app.internal/tick"}, 400, "invalid scheme"),
        ({"destination": "nobody"}, 404, "topic nobody not found"),
        ({"schedule_id": "two words"}, 400, "two words"),
        ({"retry_delay": "1 +"}, 400, "Upstash-Retry-Delay"),
        ({"queue": "two words"}, 400, "Upstash-Queue-Name"),
        ({"retries": 6}, 412, "quota maxRetries exceeded, current limit: 5"),
    ],
    ids=str,
)
async def test_what_cannot_be_a_schedule_is_refused(
    qstash: AsyncQStash, local: Local, changed: Any, status: int, text: str
) -> None:
    with refused(status, text):
        await created(qstash, **changed)
    assert await qstash.schedule.list() == []


async def test_a_schedule_that_does_not_exist_is_not_found(qstash: AsyncQStash, local: Local) -> None:
    api = qstash.schedule
    for call in (api.get, api.delete, api.pause, api.resume):
        with refused(404, "scd_unknown"):
            await call("scd_unknown")
