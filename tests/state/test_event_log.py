"""The event log: order, positions, retention and its index by message."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qstash_dev.config import Retention
from qstash_dev.protocol.result import Responded
from qstash_dev.state.event_log import EventLog, LogEntry
from qstash_dev.state.message import State
from tests.conftest import NOON_MS
from tests.state.support import answer, make_message


def filled(count: int, *, keep: int = 10_000) -> EventLog:
    log, message = EventLog(Retention(events=keep)), make_message()
    for number in range(count):
        # All events of an attempt may share a millisecond, so time alone does not order them.
        log.add(State.ACTIVE, message, NOON_MS + number // 3)
    return log


def numbers(log: EventLog, *, latest_first: bool = False, after: int | None = None) -> list[int]:
    return [entry.seq for entry in log.walk(latest_first=latest_first, after=after)]


def test_events_are_walked_in_their_order_and_backwards() -> None:
    log = filled(5)
    assert numbers(log) == [1, 2, 3, 4, 5]
    assert numbers(log, latest_first=True) == [5, 4, 3, 2, 1]
    assert numbers(EventLog(Retention())) == []


@pytest.mark.parametrize(
    ("latest_first", "after", "expected"),
    [
        (False, 3, [4, 5]),
        (False, 0, [1, 2, 3, 4, 5]),
        (False, 5, []),
        (False, 99, []),
        (False, 10**30, []),
        (True, 3, [2, 1]),
        (True, 1, []),
        (True, 0, []),
        (True, 6, [5, 4, 3, 2, 1]),
        (True, 10**30, [5, 4, 3, 2, 1]),
    ],
)
def test_a_page_begins_beyond_its_position(latest_first: bool, after: int, expected: list[int]) -> None:
    assert numbers(filled(5), latest_first=latest_first, after=after) == expected


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 30), st.integers(1, 30), st.integers(1, 7), st.booleans())
def test_pages_put_together_are_the_whole_log(count: int, keep: int, size: int, latest_first: bool) -> None:
    log = filled(count, keep=keep)
    paged: list[int] = []
    after: int | None = None
    while page := numbers(log, latest_first=latest_first, after=after)[:size]:
        paged += page
        after = page[-1]
    kept = list(range(max(0, count - keep) + 1, count + 1))
    assert paged == (kept[::-1] if latest_first else kept)


def test_a_page_stays_the_same_while_new_events_come_and_old_ones_go() -> None:
    log = filled(10, keep=10)
    log.add(State.ACTIVE, make_message(), NOON_MS)
    assert numbers(log, after=4)[:3] == [5, 6, 7]
    assert numbers(log, latest_first=True, after=8)[:3] == [7, 6, 5]
    assert numbers(log, after=1)[:2] == [2, 3]


def test_the_oldest_events_go_first() -> None:
    log = filled(25, keep=10)
    assert len(numbers(log)) == 10
    assert numbers(log) == list(range(16, 26))


def test_bodies_count_against_the_bytes_that_are_kept() -> None:
    log = EventLog(Retention(max_bytes=10_000))
    messages = [make_message(body=b"x" * 4_000) for _ in range(3)]
    for message in messages:
        log.add(State.CREATED, message, NOON_MS)
    assert numbers(log) == [2, 3]
    log.add(State.ERROR, messages[2], NOON_MS, result=answer(body=b"y" * 5_000))
    assert numbers(log) == [4]
    log.add(State.CREATED, make_message(), NOON_MS)
    assert numbers(log) == [4, 5]


def test_events_of_messages_are_found_in_order_and_only_once() -> None:
    log, first, second, other = EventLog(Retention()), make_message(), make_message(), make_message()
    for message in (first, second, other, second, first):
        log.add(State.ACTIVE, message, NOON_MS)
    assert [entry.seq for entry in log.of_messages((second.id, first.id, second.id))] == [1, 2, 4, 5]
    assert log.of_messages(("msg_unknown",)) == []
    assert log.of_messages(()) == []


def test_events_of_a_message_are_forgotten_with_the_rest() -> None:
    log, first, second = EventLog(Retention(events=2)), make_message(), make_message()
    log.add(State.CREATED, first, NOON_MS)
    log.add(State.ACTIVE, first, NOON_MS)
    log.add(State.CREATED, second, NOON_MS)
    assert [entry.state for entry in log.of_messages((first.id,))] == [State.ACTIVE]
    log.add(State.ACTIVE, second, NOON_MS)
    assert log.of_messages((first.id,)) == []


def test_an_entry_keeps_what_its_message_was_like_then() -> None:
    log, message, result = EventLog(Retention()), make_message(), answer()
    log.add(State.ERROR, message, NOON_MS, result=result)
    log.add(State.RETRY, message, NOON_MS, next_delivery_ms=NOON_MS + 5)
    message.retried = 7
    error, retry = log.walk(latest_first=False)
    assert (error.retried, error.result, error.next_delivery_ms) == (0, result, None)
    assert (retry.retried, retry.result, retry.next_delivery_ms) == (0, None, NOON_MS + 5)


def test_subscribers_are_told_each_event_once() -> None:
    log, told = EventLog(Retention(events=1)), list[LogEntry]()
    log.subscribers.append(told.append)
    message = make_message()
    for state in (State.CREATED, State.ACTIVE, State.DELIVERED):
        log.add(state, message, NOON_MS)
    assert [entry.state for entry in told] == [State.CREATED, State.ACTIVE, State.DELIVERED]


def test_a_follower_can_tell_that_something_is_missing() -> None:
    log = filled(5, keep=3)
    assert log.first_seq == 3
    assert log.clears == 0
    log.clear()
    assert (log.first_seq, log.clears) == (6, 1)


def test_the_last_result_is_that_of_the_latest_attempt() -> None:
    log, message = EventLog(Retention()), make_message()
    assert log.last_result(message.id) is None
    log.add(State.ERROR, message, NOON_MS, result=answer(500))
    log.add(State.ERROR, message, NOON_MS, result=answer(503))
    log.add(State.RETRY, message, NOON_MS)
    result = log.last_result(message.id)
    assert isinstance(result, Responded)
    assert result.status == 503
