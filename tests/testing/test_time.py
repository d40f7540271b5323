"""The methods that move the clock or wait."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qstash_dev.testing import Inbox, QStashDev, QStashDevError, QStashDevTimeout
from tests.testing.support import publish, schedule, states

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
at_new_year = pytest.mark.qstash_dev(start="2026-01-01")


@at_new_year
@pytest.mark.parametrize("by", ["1h30m", 5400, 5400.0, timedelta(hours=1.5)])
def test_durations_come_in_every_form(qstash_dev: QStashDev, by: Any) -> None:
    assert qstash_dev.advance(by).now_ms == qstash_dev.now.timestamp() * 1_000
    assert qstash_dev.now == NEW_YEAR + timedelta(minutes=90)


@at_new_year
@pytest.mark.parametrize("when", ["2026-01-02T00:00:00Z", "2026-01-02", datetime(2026, 1, 2, tzinfo=UTC)])
def test_moments_come_in_every_form(qstash_dev: QStashDev, when: Any) -> None:
    qstash_dev.advance_to(when)
    assert qstash_dev.now == NEW_YEAR + timedelta(days=1)


@at_new_year
def test_the_clock_stands_still_until_it_is_moved(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    message_id = publish(qstash_dev, qstash_inbox.url, Upstash_Delay="1m")
    qstash_inbox.assert_empty()
    assert qstash_dev.messages.one(message_id).due_at == NEW_YEAR + timedelta(minutes=1)
    qstash_dev.advance("59s")
    qstash_inbox.assert_empty()
    qstash_dev.advance("1s")
    assert qstash_inbox.assert_received(times=1).at == NEW_YEAR + timedelta(minutes=1)


@at_new_year
def test_advance_also_delivers_what_is_born_on_the_way(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_inbox.fail(3)
    publish(qstash_dev, qstash_inbox.url, Upstash_Retries="3")
    progress = qstash_dev.advance("1d")
    assert (progress.steps, progress.attempts) == (3, 3)
    waits = [request.at - NEW_YEAR for request in qstash_inbox.requests]
    # e^(2.5n) seconds, rounded down, after each failure.
    assert waits == [timedelta(seconds=seconds) for seconds in (0, 12, 12 + 148, 12 + 148 + 1808)]
    assert qstash_dev.now == NEW_YEAR + timedelta(days=1)


@at_new_year
def test_next_goes_to_what_is_due_and_no_further(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    schedule(qstash_dev, qstash_inbox.url, "0 * * * *")
    publish(qstash_dev, qstash_inbox.url, Upstash_Delay="10m")
    qstash_dev.next()
    assert qstash_dev.now == NEW_YEAR + timedelta(minutes=10)
    qstash_dev.next()
    assert qstash_dev.now == NEW_YEAR + timedelta(hours=1)
    assert [request.schedule_id is not None for request in qstash_inbox.requests] == [False, True]


@at_new_year
def test_next_stays_where_nothing_is_due(qstash_dev: QStashDev) -> None:
    assert qstash_dev.next().steps == 0
    assert qstash_dev.now == NEW_YEAR


@at_new_year
def test_run_all_ends_when_only_schedules_are_left(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    schedule(qstash_dev, qstash_inbox.url, "0 0 * * *")
    publish(qstash_dev, qstash_inbox.url, Upstash_Delay="36h")
    qstash_dev.run_all()
    assert qstash_dev.now == NEW_YEAR + timedelta(hours=36)
    assert len(qstash_inbox.requests) == 2


@at_new_year
def test_run_all_may_be_told_when_to_end(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    publish(qstash_dev, qstash_inbox.url, Upstash_Delay="36h")
    qstash_dev.run_all(until="2026-01-02")
    assert qstash_dev.now == NEW_YEAR + timedelta(days=1)
    qstash_inbox.assert_empty()


def test_what_keeps_a_journey_going_is_named(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    schedule_id = schedule(qstash_dev, qstash_inbox.url, "* * * * *")
    publish(qstash_dev, qstash_inbox.url, Upstash_Delay="9d")
    with pytest.raises(QStashDevTimeout, match=rf"20 steps.*schedule {schedule_id}"):
        qstash_dev.run_all(max_steps=20)


@at_new_year
@pytest.mark.parametrize(
    ("by", "text"),
    [
        (-1, "time only goes forward"),
        (timedelta(days=-1), "time only goes forward"),
        ("-1d", "use a duration such as '10s', '6m5s' or '1d10h'"),
        ("soon", "use a duration such as"),
        (float("nan"), "nan: use a duration that is not negative"),
        (float("inf"), "inf: use a duration of at most 100 years"),
        ("200000d", "at most 100 years"),
        (None, "None: use seconds, or a duration such as '90m' or '4d'"),
        (True, "True: use seconds, or a duration such as '90m' or '4d'"),
    ],
)
def test_durations_that_are_none_are_refused(qstash_dev: QStashDev, by: Any, text: str) -> None:
    with pytest.raises(QStashDevError, match=text):
        qstash_dev.advance(by)
    assert qstash_dev.now == NEW_YEAR


@at_new_year
@pytest.mark.parametrize(
    ("when", "text"),
    [
        ("2025-12-31", "time only goes forward: 2025-12-31 is before 2026-01-01T00:00:00"),
        ("tomorrow", "'tomorrow' is not a time such as"),
        (1767268800, "1767268800 is not a time such as"),
    ],
)
def test_moments_that_are_none_or_past_are_refused(qstash_dev: QStashDev, when: Any, text: str) -> None:
    with pytest.raises(QStashDevError, match=text):
        qstash_dev.advance_to(when)
    assert qstash_dev.now == NEW_YEAR


@pytest.mark.qstash_dev(timeout=0.2)
@pytest.mark.parametrize("verb", ["advance", "run_all", "wait_idle", "next"])
def test_no_journey_waits_for_ever(qstash_dev: QStashDev, qstash_inbox: Inbox, verb: str) -> None:
    qstash_inbox.delay(60)
    message_id = publish(qstash_dev, qstash_inbox.url)
    began_s = time.monotonic()
    with pytest.raises(QStashDevTimeout, match=rf"after 0.2 s:\s+{message_id}.*has not answered for"):
        getattr(qstash_dev, verb)(*(["1h"] if verb == "advance" else []))
    assert time.monotonic() - began_s < 5


def test_each_call_may_have_a_deadline_of_its_own(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_inbox.delay(60)
    publish(qstash_dev, qstash_inbox.url)
    with pytest.raises(QStashDevTimeout, match=r"after 0\.1 s"):
        qstash_dev.advance("1h", timeout=0.1)
    with pytest.raises(QStashDevError, match="timeout=-1: use seconds above zero"):
        qstash_dev.wait_idle(timeout=-1)


def test_wait_for_sees_a_state_that_was_already_left(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_inbox.fail(1)
    message_id = publish(qstash_dev, qstash_inbox.url, Upstash_Retries="1")
    assert qstash_dev.wait_for(message_id, "RETRY").retried == 1
    qstash_dev.run_all()
    assert qstash_dev.wait_for(message_id, "ERROR").state == "DELIVERED"
    assert qstash_dev.wait_for(message_id).id == message_id


@pytest.mark.qstash_dev(start="2026-01-01", timeout=0.1)
def test_wait_for_says_what_holds_a_message_up(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    message_id = publish(qstash_dev, qstash_inbox.url, Upstash_Delay="90s")
    with pytest.raises(QStashDevTimeout) as caught:
        qstash_dev.wait_for(message_id)
    assert str(caught.value).splitlines() == [
        f"{message_id} did not come to DELIVERED within 0.1 s, it is CREATED",
        "still pending:",
        f"  {message_id} to {qstash_inbox.url}: delayed: due in 1 m 30 s, at 00:01 UTC",
        "the clock is stopped: advance() and run_all() move it to what is due later",
    ]


def test_wait_for_knows_what_will_never_come(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_inbox.fail(1)
    message_id = publish(qstash_dev, qstash_inbox.url, Upstash_Retries="0")
    with pytest.raises(QStashDevError, match=f"{message_id} ended as FAILED, not DELIVERED"):
        qstash_dev.wait_for(message_id)
    with pytest.raises(QStashDevError, match="there is no state SENT: use one of CREATED, ACTIVE"):
        qstash_dev.wait_for(message_id, "SENT")
    with pytest.raises(QStashDevError, match="there is no message msg_x: was it published by defaultUser, and kept"):
        qstash_dev.wait_for("msg_x")
    qstash_dev.wait_for(message_id, "FAILED")


@pytest.mark.qstash_dev(start="2026-01-01", real_time=True)
def test_a_clock_that_runs_needs_no_travel(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    message_id = publish(qstash_dev, qstash_inbox.url, Upstash_Not_Before="1767225600")
    assert qstash_dev.wait_for(message_id).state == "DELIVERED"
    assert NEW_YEAR <= qstash_dev.now < NEW_YEAR + timedelta(minutes=1)


@at_new_year
def test_a_clock_may_be_let_run_fast_and_stopped(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    message_id = publish(qstash_dev, qstash_inbox.url, Upstash_Delay="1d")
    qstash_dev.run_clock(scale=10_000_000)
    qstash_dev.wait_for(message_id)
    qstash_dev.pause_clock()
    stopped = qstash_dev.now
    assert stopped >= NEW_YEAR + timedelta(days=1)
    assert qstash_dev.now == stopped


@pytest.mark.parametrize("scale", [0, -1, float("nan"), float("inf"), "2", True])
def test_a_clock_that_runs_backwards_is_refused(qstash_dev: QStashDev, scale: Any) -> None:
    with pytest.raises(QStashDevError, match="use a number above zero, or pause_clock"):
        qstash_dev.run_clock(scale)


@at_new_year
def test_a_message_may_be_delivered_before_its_time(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    message_id = publish(qstash_dev, qstash_inbox.url, Upstash_Delay="1d")
    qstash_dev.deliver_now(message_id)
    assert qstash_inbox.assert_received().message_id == message_id
    assert qstash_dev.now == NEW_YEAR
    with pytest.raises(QStashDevError, match=f"{message_id} does not wait for a time: it is DELIVERED"):
        qstash_dev.deliver_now(message_id)


@at_new_year
def test_a_schedule_may_fire_before_its_time(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    schedule_id = schedule(qstash_dev, qstash_inbox.url, "0 4 * * *")
    [message_id] = qstash_dev.trigger(schedule_id)
    request = qstash_inbox.assert_received(times=1)
    assert (request.message_id, request.schedule_id, request.at) == (message_id, schedule_id, NEW_YEAR)
    assert qstash_dev.schedules.one().next_at == NEW_YEAR + timedelta(hours=4)
    with pytest.raises(QStashDevError, match=f"there is no schedule nightly; there are: {schedule_id}"):
        qstash_dev.trigger("nightly")


def test_four_days_of_retries_take_no_time(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_inbox.fail(5)
    message_id = publish(qstash_dev, qstash_inbox.url, Upstash_Retries="5", Upstash_Retry_Delay="86400000")
    began_s = time.monotonic()
    qstash_dev.run_all()
    assert time.monotonic() - began_s < 2
    assert states(qstash_dev, message_id)[-1] == "DELIVERED"
    requests = qstash_inbox.requests
    assert requests[-1].at - requests[0].at == timedelta(days=5)
    # However far the clock has travelled, receivers accept what comes.
    assert all(request.signature_ok for request in requests)
