"""Options of the Python SDK for the time and number of deliveries."""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256
from typing import Any

import pytest
from qstash import AsyncQStash
from qstash.message import FlowControlProperties

from tests.conftest import NOON_MS
from tests.destination import Answer
from tests.sdk.conftest import HOUR_MS, SECOND_MS, Local, history, publish_in_vain, states

FAILED_ONCE = ["ACTIVE", "ERROR", "RETRY"]
MINUTE_MS = 60 * SECOND_MS
LATER = "http://app.internal/later"


def redacted(text: str) -> str:
    return f"REDACTED:{sha256(text.encode()).hexdigest()}"


async def test_retries_and_retry_delay_decide_how_often_and_when(qstash: AsyncQStash, local: Local) -> None:
    local.destination.answers(500)
    answer: Any = await qstash.message.publish(url=local.url(), retries=2, retry_delay="10 * (1 + retried)")
    await local.advance(SECOND_MS)
    events = await history(qstash, answer.message_id)
    assert [event.state.value for event in events] == ["CREATED", *FAILED_ONCE * 2, "ACTIVE", "ERROR", "FAILED"]
    waits = [event.next_delivery_time - event.time for event in events if event.state.value == "RETRY"]
    assert waits == [10, 20]
    assert [request.headers["Upstash-Retried"] for request in local.destination.requests] == ["0", "1", "2"]
    assert {event.max_retries for event in events} == {2}
    assert {event.retry_delay_expression for event in events} == {"10 * (1 + retried)"}


async def test_the_first_retry_comes_after_twelve_seconds_unless_asked_otherwise(
    qstash: AsyncQStash, local: Local
) -> None:
    local.destination.answers(Answer(503, b"not yet"), 200)
    answer: Any = await qstash.message.publish(url=local.url())
    await local.idle()
    _, _, error, retry = await history(qstash, answer.message_id)
    assert (error.response_status, b64decode(str(error.response_body))) == (503, b"not yet")
    assert 12_000 <= retry.next_delivery_time - retry.time < 12_500
    await local.advance(13 * SECOND_MS)
    assert await states(qstash, answer.message_id) == ["CREATED", *FAILED_ONCE, "ACTIVE", "DELIVERED"]


@pytest.mark.parametrize("delay", [3_600, "1h"])
async def test_delay_holds_the_message_back(qstash: AsyncQStash, local: Local, delay: Any) -> None:
    answer: Any = await qstash.message.publish(url=local.url(), delay=delay)
    message = await qstash.message.get(answer.message_id)
    assert message.not_before - message.created_at == HOUR_MS
    await local.advance(HOUR_MS - MINUTE_MS)
    assert await states(qstash, answer.message_id) == ["CREATED"]
    await local.advance(MINUTE_MS)
    assert await states(qstash, answer.message_id) == ["CREATED", "ACTIVE", "DELIVERED"]


async def test_not_before_is_in_unix_seconds_and_wins_over_delay(qstash: AsyncQStash, local: Local) -> None:
    at_s = NOON_MS // 1_000 + 3_600
    answer: Any = await qstash.message.publish(url=local.url(), not_before=at_s, delay=60)
    assert (await qstash.message.get(answer.message_id)).not_before == at_s * 1_000
    await local.advance(30 * MINUTE_MS)
    assert local.destination.requests == []
    await local.advance(31 * MINUTE_MS)
    assert len(local.destination.requests) == 1


async def test_a_destination_slower_than_the_timeout_has_failed(qstash: AsyncQStash, local: Local) -> None:
    held = local.hold()
    local.destination.answers(held)
    answer: Any = await qstash.message.publish(url=local.url(), timeout="50ms", retries=0)
    await local.idle()
    await local.release(held)
    assert await states(qstash, answer.message_id) == ["CREATED", "ACTIVE", "ERROR", "FAILED"]
    assert {entry.timeout for entry in await history(qstash, answer.message_id)} == {50}
    [letter] = (await qstash.dlq.list()).messages
    assert letter.response_status == 0


async def test_a_timeout_may_be_a_number_of_seconds(qstash: AsyncQStash, local: Local) -> None:
    answer: Any = await qstash.message.publish(url=local.url(), timeout=90)
    await local.idle()
    created, *_, delivered = await history(qstash, answer.message_id)
    assert (created.timeout, delivered.state.value) == (90_000, "DELIVERED")


async def test_a_second_message_with_the_same_deduplication_id_is_not_created(
    qstash: AsyncQStash, local: Local
) -> None:
    first: Any = await qstash.message.publish(url=local.url(), body="1", deduplication_id="order-1")
    second: Any = await qstash.message.publish(url=local.url(), body="2", deduplication_id="order-1")
    other: Any = await qstash.message.publish(url=local.url(), body="3", deduplication_id="order-2")
    await local.idle()
    assert (second.message_id, second.deduplicated) == (first.message_id, True)
    assert other.deduplicated is False
    assert sorted(request.body for request in local.destination.requests) == [b"1", b"3"]
    await local.advance(11 * MINUTE_MS)
    late: Any = await qstash.message.publish(url=local.url(), body="4", deduplication_id="order-1")
    assert late.deduplicated is False


async def test_content_based_deduplication_compares_destination_body_and_headers(
    qstash: AsyncQStash, local: Local
) -> None:
    async def publish(**changed: Any) -> Any:
        options = {"url": local.url(), "body": {"n": 1}, "headers": {"X-Kind": "a"}} | changed
        return await qstash.message.publish_json(content_based_deduplication=True, **options)

    first = await publish()
    again = await publish()
    assert (again.deduplicated, again.message_id) == (True, first.message_id)
    for changed in ({"body": {"n": 2}}, {"headers": {"X-Kind": "b"}}, {"url": local.url("/other")}):
        assert (await publish(**changed)).deduplicated is False, changed


async def test_content_based_deduplication_can_be_declined(qstash: AsyncQStash, local: Local) -> None:
    for _ in range(2):
        answer: Any = await qstash.message.publish(url=local.url(), body="same", content_based_deduplication=False)
        assert answer.deduplicated is False
    await local.idle()
    assert len(local.destination.requests) == 2


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"rate": 1}, (None, 1, 1)),
        ({"parallelism": 5}, (5, None, 1)),
        ({"rate": 23, "period": "1h30m3s"}, (None, 23, 5_403)),
        ({"rate": 3, "period": 10}, (None, 3, 10)),
        ({"parallelism": 10, "rate": 5, "period": "1d"}, (10, 5, 86_400)),
    ],
)
async def test_flow_control_shows_what_was_asked_for(
    qstash: AsyncQStash, local: Local, asked: Any, shown: tuple[int | None, ...]
) -> None:
    answer: Any = await qstash.message.publish(url=LATER, delay="1h", flow_control={"key": "flow-key", **asked})
    expected = FlowControlProperties("flow-key", *shown)
    assert (await qstash.message.get(answer.message_id)).flow_control == expected
    assert [entry.flow_control for entry in await history(qstash, answer.message_id)] == [expected]


async def test_a_redacted_body_is_delivered_but_never_shown(qstash: AsyncQStash, local: Local) -> None:
    answer: Any = await qstash.message.publish(url=local.url(), body="my secret", redact={"body": True})
    await local.idle()
    assert local.destination.requests[0].body == b"my secret"
    assert (await qstash.message.get(answer.message_id)).body == redacted("my secret")
    for entry in await history(qstash, answer.message_id):
        assert b64decode(str(entry.body_base64)).decode() == redacted("my secret")


@pytest.mark.parametrize(
    ("redact", "hidden"),
    [
        ({"header": True}, {"Content-Type", "X-Api-Key", "X-Open"}),
        ({"header": ["x-api-key"]}, {"X-Api-Key"}),
        ({"body": True, "header": ["X-Api-Key", "X-Open"]}, {"X-Api-Key", "X-Open"}),
        ({"header": []}, set()),
    ],
)
async def test_redacted_headers_are_delivered_but_never_shown(
    qstash: AsyncQStash, local: Local, redact: Any, hidden: set[str]
) -> None:
    headers = {"Content-Type": "text/plain", "X-Api-Key": "top secret", "X-Open": "visible"}
    answer: Any = await qstash.message.publish(url=local.url(), body="b", headers=headers, redact=redact)
    await local.idle()
    arrived = local.destination.requests[0].headers
    assert {name: arrived[name] for name in headers} == headers
    shown = {name: [redacted(value) if name in hidden else value] for name, value in headers.items()}
    assert (await qstash.message.get(answer.message_id)).headers == shown
    assert [entry.headers for entry in await history(qstash, answer.message_id)] == [shown] * 3


async def test_the_dead_letter_queue_redacts_too(qstash: AsyncQStash, local: Local) -> None:
    letter = await publish_in_vain(
        qstash, local, body="hush", headers={"X-Key": "k"}, redact={"body": True, "header": ["X-Key"]}
    )
    assert letter.body == redacted("hush")
    assert letter.headers == {"X-Key": [redacted("k")]}
    assert local.destination.requests[0].headers["X-Key"] == "k"
