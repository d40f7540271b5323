"""Wait lists: first in, first out, with removal at constant cost."""

from __future__ import annotations

import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qstash_dev.state.message import Message
from qstash_dev.state.wait_list import WaitList
from tests.state.support import make_message, make_tenant


def lined_up(count: int) -> tuple[WaitList, list[Message]]:
    line, tenant = WaitList(), make_tenant()
    messages = [make_message(tenant) for _ in range(count)]
    for message in messages:
        line.join(message)
    return line, messages


def test_first_in_first_out() -> None:
    line, messages = lined_up(3)
    assert all(message.wait_list is line for message in messages)
    assert [line.pop() for _ in range(4)] == [*messages, None]
    assert all(message.wait_list is None for message in messages)
    assert len(line) == 0


def test_whoever_left_is_not_called() -> None:
    line, (first, second, third) = lined_up(3)
    line.leave(second)
    line.leave(first)
    assert len(line) == 1
    assert second.wait_list is None
    assert line.pop() is third
    assert line.pop() is None


def test_a_message_can_leave_only_the_line_it_stands_in() -> None:
    line, [message] = lined_up(1)
    with pytest.raises(AssertionError):
        WaitList().leave(message)
    line.pop()
    with pytest.raises(AssertionError):
        line.leave(message)


def test_whoever_left_for_another_line_is_called_only_there() -> None:
    line, (first, second) = lined_up(2)
    other = WaitList()
    line.leave(first)
    other.join(first)
    assert (len(line), len(other)) == (1, 1)
    assert line.pop() is second
    assert line.pop() is None
    assert other.pop() is first


class Incomparable(Message):
    """A message that a search through a line would stumble over."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        raise AssertionError("the line was searched")

    def __hash__(self) -> int:
        raise AssertionError("the line was searched")


def test_leaving_does_not_look_at_the_others() -> None:
    line, tenant = WaitList(), make_tenant()
    publication = make_message(tenant).publication
    messages = [
        Incomparable(f"msg_{number}", tenant, publication, publication.destination, 0, 0) for number in range(9)
    ]
    for message in messages:
        line.join(message)
    for message in messages[8:0:-2]:
        line.leave(message)
    called = [line.pop() for _ in range(6)]
    assert [message and message.id for message in called] == ["msg_0", "msg_1", "msg_3", "msg_5", "msg_7", None]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(-2, 5), max_size=60))
def test_a_line_is_what_a_list_would_be(steps: list[int]) -> None:
    line, model, tenant = WaitList(), list[Message](), make_tenant()
    for step in steps:
        if step == -2:
            model.append(make_message(tenant))
            line.join(model[-1])
        elif step == -1:
            assert line.pop() is (model.pop(0) if model else None)
        elif step < len(model):
            line.leave(model.pop(step))
        assert len(line) == len(model)
    assert [line.pop() for _ in range(len(model) + 1)] == [*model, None]


def test_those_who_left_are_not_kept_although_nobody_is_called() -> None:
    """As in a queue that is paused, while messages are published and cancelled."""
    line, [first] = lined_up(1)
    known = []
    for _ in range(1_000):
        message = make_message()
        line.join(message)
        known.append(weakref.ref(message.tenant))
        line.leave(message)
    del message
    assert sum(one() is not None for one in known) < 5
    assert (len(line), list(line), line.pop()) == (1, [first], first)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(["join", "leave", "call"]), st.integers(0, 30)), max_size=150))
def test_whoever_leaves_when_the_others_keep_their_order(calls: list[tuple[str, int]]) -> None:
    (line, _), tenant, expected = lined_up(0), make_tenant(), list[Message]()
    for call, number in calls:
        if call == "join":
            line.join(message := make_message(tenant))
            expected.append(message)
        elif call == "leave" and expected:
            line.leave(expected.pop(number % len(expected)))
        elif call == "call":
            assert line.pop() is (expected.pop(0) if expected else None)
        assert (len(line), list(line)) == (len(expected), expected)


def test_how_many_wait_before_a_message_is_counted_up_to_a_limit() -> None:
    line, messages = lined_up(20)
    assert [line.ahead_of(message, 20) for message in messages] == list(range(20))
    assert (line.ahead_of(messages[9], 10), line.ahead_of(messages[10], 10)) == (9, None)
    # Who has left is not counted, also while the list is swept.
    line.leave(messages[1])
    line.leave(messages[12])
    assert line.ahead_of(messages[2], 20) == 1
    assert line.ahead_of(messages[19], 20) == 17
