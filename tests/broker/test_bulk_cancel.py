"""Cancelling messages in every state."""

from __future__ import annotations

import pytest

from tests.broker.world import HOUR_MS, World

REQUESTED = ["CANCEL_REQUESTED", "CANCELED"]


def test_a_delayed_message_is_cancelled_at_once(world: World) -> None:
    message = world.publish(Delay="1h")
    assert world.cancel(message) == 1
    assert world.states(message) == ["CREATED", *REQUESTED]
    world.advance(2 * HOUR_MS)
    assert world.started == []
    world.assert_nothing_is_left()


def test_a_message_between_its_retries_is_cancelled_at_once(world: World) -> None:
    message = world.publish()
    world.fail(message)
    assert world.cancel(message) == 1
    assert world.states(message) == ["CREATED", "ACTIVE", "ERROR", "RETRY", *REQUESTED]
    world.advance(HOUR_MS)
    assert world.started == [message]
    assert world.letters() == []
    world.assert_nothing_is_left()


def test_a_message_in_a_queue_is_cancelled_at_once(world: World) -> None:
    first, second = world.enqueue(), world.enqueue()
    assert world.cancel(second) == 1
    world.finish(first)
    assert world.states(second) == ["CREATED", *REQUESTED]
    world.assert_nothing_is_left()


def test_a_message_waiting_for_its_key_is_cancelled_at_once(world: World) -> None:
    first, second = world.limited("rate=1, period=1h"), world.limited("rate=1, period=1h")
    assert world.cancel(second) == 1
    world.finish(first)
    world.advance(HOUR_MS)
    assert world.started == [first]
    world.assert_nothing_is_left()


def test_a_ready_message_is_cancelled_at_once_and_gives_its_slot_back(world: World) -> None:
    world.broker.admission.on_ready = lambda: None
    first, second = world.limited("parallelism=1"), world.limited("parallelism=1")
    assert world.cancel(first) == 1
    world.start_ready()
    assert world.on_the_wire() == [second]


def test_a_call_on_the_wire_is_cancelled_when_it_fails(world: World) -> None:
    message = world.publish()
    assert world.cancel(message) == 1
    assert world.states(message) == ["CREATED", "ACTIVE", "CANCEL_REQUESTED"]
    assert not message.ended
    world.fail(message)
    assert world.states(message) == ["CREATED", "ACTIVE", "CANCEL_REQUESTED", "ERROR", "CANCELED"]
    world.advance(HOUR_MS)
    assert world.started == [message]
    assert world.letters() == []
    world.assert_nothing_is_left()


def test_a_call_on_the_wire_that_succeeds_is_delivered(world: World) -> None:
    message = world.publish()
    world.cancel(message)
    world.finish(message)
    assert world.states(message) == ["CREATED", "ACTIVE", "CANCEL_REQUESTED", "DELIVERED"]
    world.assert_nothing_is_left()


@pytest.mark.parametrize("end", ["delivered", "failed", "canceled", "requested"])
def test_what_has_ended_or_was_asked_for_before_is_not_counted(world: World, end: str) -> None:
    message = world.publish(Retries="0", Delay="1h" if end == "canceled" else "0s")
    if end == "delivered":
        world.finish(message)
    elif end == "failed":
        world.fail(message)
    else:
        assert world.cancel(message) == 1
    before = world.states(message)
    assert world.cancel(message) == 0
    assert world.states(message) == before


def test_callbacks_can_be_cancelled_like_any_message(world: World) -> None:
    message = world.publish(Callback="https://a", Callback_Delay="1h")
    world.finish(message)
    [callback] = world.children(message)
    assert world.cancel(callback) == 1
    world.assert_nothing_is_left()


def test_the_number_of_cancelled_messages_is_exact(world: World) -> None:
    done, flying, delayed = world.publish(), world.publish(), world.publish(Delay="1h")
    world.finish(done)
    assert world.cancel(done, flying, delayed, delayed) == 2


def test_cancelling_a_whole_queue_calls_none_of_its_messages(world: World) -> None:
    messages = [world.enqueue() for _ in range(3)]
    world.fail(messages[0])
    assert world.cancel(*messages) == 3
    assert world.on_the_wire() == []
    assert [world.states(message)[-1] for message in messages] == ["CANCELED"] * 3
    world.assert_nothing_is_left()


def test_whoever_is_not_cancelled_goes_on(world: World) -> None:
    messages = [world.enqueue() for _ in range(4)]
    world.fail(messages[0])
    assert world.cancel(*messages[:3]) == 3
    assert world.on_the_wire() == [messages[3]]
