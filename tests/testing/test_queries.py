"""Queries of messages and other resources, and which of them count as looking at a failure."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qstash_dev.testing import FailureReason, Inbox, QStashDev, QStashDevError
from tests.testing.support import NOWHERE, call, publish, schedule, states

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
at_new_year = pytest.mark.qstash_dev(start="2026-01-01")


@at_new_year
def test_a_message_is_shown_whole(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    options = {"Upstash_Retries": "2", "Upstash_Label": "blue", "Upstash_Delay": "1h", "Upstash_Forward_X_A": "b"}
    message_id = publish(
        qstash_dev,
        qstash_inbox.url,
        b'{"n":1}',
        Upstash_Flow_Control_Key="k",
        Upstash_Flow_Control_Value="rate=9",
        **options,
    )
    message = qstash_dev.messages.one(message_id)
    assert (message.id, message.state, message.url, message.method) == (
        message_id,
        "CREATED",
        qstash_inbox.url,
        "POST",
    )
    assert (message.body, message.text, message.json) == (b'{"n":1}', '{"n":1}', {"n": 1})
    assert message.headers["X-A"] == "b"
    assert (message.retried, message.max_retries, message.labels) == (0, 2, ("blue",))
    assert (message.created_at, message.due_at) == (NEW_YEAR, NEW_YEAR + timedelta(hours=1))
    assert (message.queue, message.url_group, message.schedule_id, message.flow_control_key) == (
        None,
        None,
        None,
        "k",
    )
    assert str(message) == f"{message_id} CREATED POST {qstash_inbox.url} try 1/3"


def test_messages_are_chosen_by_what_they_are(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    blue = publish(qstash_dev, qstash_inbox.url + "/a", Upstash_Label="blue,sky", Upstash_Delay="1h")
    red = publish(qstash_dev, qstash_inbox.url + "/b", Upstash_Label="red")
    qstash_dev.wait_idle()
    messages = qstash_dev.messages
    assert [message.id for message in messages] == [blue, red]
    assert [message.id for message in messages.filter(label="sky")] == [blue]
    assert [message.id for message in messages.filter(state="DELIVERED")] == [red]
    assert [message.id for message in messages.filter(url=qstash_inbox.url + "/a").filter(state="CREATED")] == [blue]
    assert len(messages.filter(label="sky", state="DELIVERED")) == 0
    assert (len(messages), bool(messages.filter(label="green"))) == (2, False)
    assert repr(messages.filter(label="sky")) == "<1 messages with label='sky'>"


def test_one_wants_exactly_one(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    with pytest.raises(QStashDevError, match=r"^0 messages instead of one\. There are:\n  none$"):
        qstash_dev.messages.one()
    first = publish(qstash_dev, qstash_inbox.url)
    qstash_dev.wait_idle()
    assert qstash_dev.messages.one().id == first
    for _ in range(11):
        publish(qstash_dev, qstash_inbox.url, Upstash_Delay="1h")
    with pytest.raises(QStashDevError) as caught:
        qstash_dev.messages.one("msg_x")
    lines = str(caught.value).splitlines()
    assert lines[0] == "0 messages with id='msg_x' instead of one. There are:"
    assert lines[1] == f"  {first} DELIVERED POST {qstash_inbox.url} try 1/4"
    assert lines[-1] == "  and 2 more"
    with pytest.raises(QStashDevError, match=r"^11 messages with state='CREATED' instead of one"):
        qstash_dev.messages.filter(state="CREATED").one()


@pytest.mark.parametrize(
    ("query", "field", "text"),
    [
        ("messages", "sate", "messages have no field sate: use id, state, url,.* label"),
        ("dlq", "state", "dead letters have no field state: use id, message_id,"),
        ("schedules", "label", "schedules have no field label: use id, cron,"),
        ("queues", "id", "queues have no field id: use name, parallelism, paused, lag"),
    ],
)
def test_fields_that_do_not_exist_are_refused_even_when_there_is_nothing(
    qstash_dev: QStashDev, query: str, field: str, text: str
) -> None:
    with pytest.raises(QStashDevError, match=text):
        getattr(qstash_dev, query).filter(**{field: 1})


@at_new_year
def test_a_dead_letter_is_shown_whole(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_inbox.respond((500, "out of order"))
    message_id = publish(qstash_dev, qstash_inbox.url, b"work", Upstash_Retries="1", Upstash_Label="blue")
    qstash_dev.run_all()
    letter = qstash_dev.dlq.filter(label="blue").one()
    assert (letter.message_id, letter.url, letter.text, letter.retried) == (message_id, qstash_inbox.url, "work", 1)
    assert (letter.status, letter.error, letter.response_body) == (500, "HTTP status 500", b"out of order")
    assert letter.failed_at == NEW_YEAR + timedelta(seconds=12)
    assert letter.failure_reason == FailureReason.HTTP_STATUS
    assert [event.failure_reason for event in qstash_dev.events(message_id) if event.state == "ERROR"] == [
        "http-status",
        "http-status",
    ]
    assert str(letter) == f"{letter.id} of {message_id} to {qstash_inbox.url}: HTTP status 500"
    assert qstash_dev.dlq.one(letter.id) == letter


@at_new_year
def test_a_schedule_is_shown_whole(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    schedule_id = schedule(qstash_dev, qstash_inbox.url, "0 4 * * *", Upstash_Method="PUT")
    before = qstash_dev.schedules.one(schedule_id)
    assert (before.cron, before.destination, before.method) == ("0 4 * * *", qstash_inbox.url, "PUT")
    assert (before.text, before.paused, before.last_at, before.error) == ("tick", False, None, None)
    assert before.next_at == NEW_YEAR + timedelta(hours=4)
    qstash_dev.advance("1d")
    after = qstash_dev.schedules.one()
    assert (after.last_at, after.next_at) == (NEW_YEAR + timedelta(hours=4), NEW_YEAR + timedelta(hours=28))
    assert str(after) == f"{schedule_id} '0 4 * * *' to {qstash_inbox.url}"


def test_a_queue_is_shown_whole(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    body = json.dumps({"queueName": "line", "parallelism": 2}).encode()
    call(qstash_dev, "POST", "/v2/queues", body, Content_Type="application/json")
    call(qstash_dev, "POST", "/v2/queues/line/pause", b"")
    for _ in range(3):
        call(qstash_dev, "POST", f"/v2/enqueue/line/{qstash_inbox.url}", b"x")
    qstash_dev.wait_idle()
    queue = qstash_dev.queues.one("line")
    assert (queue.name, queue.parallelism, queue.paused, queue.lag) == ("line", 2, True, 3)
    assert str(queue) == "line: lag 3, parallelism 2, paused"
    assert "queue line, which is paused" in qstash_dev.pending()
    call(qstash_dev, "POST", "/v2/queues/line/resume", b"")
    qstash_inbox.assert_received(times=3)
    assert qstash_dev.queues.one().lag == 0
    assert {message.queue for message in qstash_dev.messages} == {"line"}


@at_new_year
def test_events_tell_the_story_of_a_message(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_inbox.fail(1)
    message_id = publish(qstash_dev, qstash_inbox.url)
    qstash_dev.run_all()
    publish(qstash_dev, qstash_inbox.url)
    qstash_dev.wait_idle()
    assert states(qstash_dev, message_id) == ["CREATED", "ACTIVE", "ERROR", "RETRY", "ACTIVE", "DELIVERED"]
    assert len(qstash_dev.events()) == 9
    error, retry = qstash_dev.events(message_id)[2:4]
    assert (error.status, error.error, error.time, error.url) == (500, "HTTP status 500", NEW_YEAR, qstash_inbox.url)
    assert (retry.message_id, retry.next_delivery) == (message_id, NEW_YEAR + timedelta(seconds=12))
    with pytest.raises(QStashDevError, match="there is no message msg_x"):
        qstash_dev.events("msg_x")


Look = Callable[[QStashDev, str], Any]
LOOKS: dict[str, Look] = {
    "dlq": lambda dev, _: dev.dlq.all(),
    "dlq by field": lambda dev, id: dev.dlq.filter(message_id=id).one(),
    "len of dlq": lambda dev, _: len(dev.dlq),
    "message": lambda dev, id: dev.messages.one(id),
    "messages by state": lambda dev, _: dev.messages.filter(state="FAILED").all(),
    "wait_for": lambda dev, id: dev.wait_for(id, "FAILED"),
    "events": lambda dev, id: dev.events(id),
    "rest": lambda dev, _: call(dev, "GET", "/v2/dlq"),
    "removed": lambda dev, _: call(dev, "DELETE", "/v2/dlq"),
}
OTHER_LOOKS: dict[str, Look] = {
    "nothing": lambda _, __: None,
    "another message": lambda dev, _: dev.messages.filter(state="DELIVERED").all(),
    "dlq by another field": lambda dev, _: dev.dlq.filter(message_id="msg_x").all(),
    "all events": lambda dev, _: dev.events(),
    "only how many": lambda dev, _: repr(dev.dlq),
    "no such letter": lambda dev, _: dev.dlq.filter(id="x").all(),
}


def die(dev: QStashDev) -> str:
    message_id = publish(dev, NOWHERE, Upstash_Retries="0")
    publish(dev, dev.inbox().url)
    dev.wait_idle()
    return message_id


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_whoever_has_looked_at_a_dead_message_has_missed_nothing(qstash_dev: QStashDev, look: Look) -> None:
    look(qstash_dev, die(qstash_dev))
    qstash_dev.check()


@pytest.mark.parametrize("look", OTHER_LOOKS.values(), ids=OTHER_LOOKS)
def test_a_death_that_nobody_looked_at_is_told_once(qstash_dev: QStashDev, look: Look) -> None:
    message_id = die(qstash_dev)
    look(qstash_dev, message_id)
    with pytest.raises(AssertionError) as caught:
        qstash_dev.check()
    assert str(caught.value).splitlines() == [
        "errors that the test did not look at:",
        f"  {message_id} to {NOWHERE} failed: connection refused by 127.0.0.1:1: is your app running?",
        "  (look at them in dlq or messages, or allow them with allow_dead=True)",
    ]
    qstash_dev.check()


def test_deaths_may_be_allowed(qstash_dev: QStashDev) -> None:
    die(qstash_dev)
    qstash_dev.check(allow_dead=True)
    qstash_dev.check()


def test_what_is_pending_is_counted_beyond_ten(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    for _ in range(12):
        publish(qstash_dev, qstash_inbox.url, Upstash_Delay="1h")
    assert qstash_dev.pending().splitlines()[-2:] == [
        "  and 2 more",
        "the clock is stopped: advance() and run_all() move it to what is due later",
    ]
