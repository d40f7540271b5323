"""Queues: order, places, pausing, changing and deleting."""

from __future__ import annotations

import pytest

from qstash_dev.protocol.errors import Rejection
from tests.broker.world import HOUR_MS, World, answer
from tests.conftest import NOON_MS


def upsert(world: World, parallelism: int | None = None, paused: bool | None = None, name: str = "queue") -> None:
    world.broker.queues.upsert(world.tenant, name, parallelism, paused, world.now_ms)


def pause(world: World, paused: bool) -> None:
    world.broker.queues.pause(world.tenant.queues["queue"], paused, world.now_ms)


def delete(world: World) -> None:
    queue = world.broker.queues.delete(world.tenant, "queue")
    members = [one for one in world.tenant.messages.values() if one.place is not None and one.place.queue is queue]
    world.cancel(*members)


def test_the_first_enqueue_makes_the_queue(world: World) -> None:
    world.enqueue()
    queue = world.tenant.queues["queue"]
    assert (queue.name, queue.parallelism, queue.paused, queue.lag) == ("queue", 1, False, 1)
    assert (queue.created_ms, queue.updated_ms) == (NOON_MS, NOON_MS)


def test_messages_are_called_one_after_the_other_in_order(world: World) -> None:
    messages = [world.enqueue() for _ in range(5)]
    assert world.on_the_wire() == messages[:1]
    assert [world.states(message) for message in messages[1:]] == [["CREATED"]] * 4
    world.finish_all()
    assert world.started == messages
    world.assert_nothing_is_left()


def test_parallelism_is_how_many_are_called_at_once(world: World) -> None:
    upsert(world, parallelism=3)
    messages = [world.enqueue() for _ in range(5)]
    assert world.on_the_wire() == messages[:3]
    world.finish(messages[1])
    assert world.on_the_wire() == [messages[0], messages[2], messages[3]]


def test_the_next_message_waits_through_all_retries(world: World) -> None:
    first, second = world.enqueue(Retries="2", Retry_Delay="5000"), world.enqueue()
    for _ in range(2):
        world.fail(first)
        assert world.flying == []
        world.advance(4_999)
        assert world.flying == []
        world.advance(1)
        assert world.on_the_wire() == [first]
    world.fail(first)
    assert world.on_the_wire() == [second]
    assert len(world.letters()) == 1


def test_the_next_message_waits_for_callbacks_and_their_retries(world: World) -> None:
    first = world.enqueue(Retries="0", Callback="https://a", Failure_Callback="https://b", Callback_Retries="1")
    second = world.enqueue()
    world.fail(first)
    callback, failure = world.children(first, second)
    assert world.on_the_wire() == [callback, failure]
    world.finish(failure)
    world.fail(callback)
    world.advance(12_000)
    assert world.on_the_wire() == [callback]
    world.fail(callback)
    assert world.on_the_wire() == [second]
    world.finish_all()
    world.assert_nothing_is_left()


def test_callbacks_of_callbacks_hold_the_place_too(world: World) -> None:
    first, second = world.enqueue(Callback="https://a", Callback_Callback="https://b"), world.enqueue()
    world.finish(first)
    [outer] = world.on_the_wire()
    world.finish(outer)
    [inner] = world.on_the_wire()
    assert (outer.url, inner.url) == ("https://a", "https://b")
    world.finish(inner)
    assert world.on_the_wire() == [second]


def test_lag_counts_what_waits_and_what_is_in_progress(world: World) -> None:
    first = world.enqueue(Retry_Delay="1000")
    world.enqueue()
    queue = world.tenant.queues["queue"]
    assert queue.lag == 2
    world.fail(first)
    assert queue.lag == 2
    world.advance(1_000)
    world.finish_all()
    assert queue.lag == 0


def test_a_paused_queue_keeps_its_messages(world: World) -> None:
    upsert(world, paused=True)
    messages = [world.enqueue() for _ in range(3)]
    world.advance(HOUR_MS)
    assert world.flying == []
    assert world.tenant.queues["queue"].lag == 3
    pause(world, False)
    world.finish_all()
    assert world.started == messages


def test_pausing_lets_the_message_at_the_front_finish_with_its_retries(world: World) -> None:
    first, second = world.enqueue(Retry_Delay="1000"), world.enqueue()
    pause(world, True)
    world.fail(first)
    world.advance(1_000)
    assert world.on_the_wire() == [first]
    world.finish(first)
    assert world.flying == []
    pause(world, False)
    assert world.on_the_wire() == [second]


@pytest.mark.parametrize("paused", [True, False])
def test_pausing_and_resuming_twice_is_the_same_as_once(world: World, paused: bool) -> None:
    world.enqueue()
    world.advance(1_000)
    pause(world, paused)
    updated_ms = world.tenant.queues["queue"].updated_ms
    world.advance(1_000)
    pause(world, paused)
    assert world.tenant.queues["queue"].paused is paused
    assert world.tenant.queues["queue"].updated_ms == updated_ms


def test_more_places_are_filled_at_once(world: World) -> None:
    messages = [world.enqueue() for _ in range(4)]
    upsert(world, parallelism=3)
    assert world.on_the_wire() == messages[:3]


def test_fewer_places_take_effect_as_messages_finish(world: World) -> None:
    upsert(world, parallelism=2)
    messages = [world.enqueue() for _ in range(4)]
    upsert(world, parallelism=1)
    world.finish(messages[0])
    assert world.on_the_wire() == [messages[1]]
    world.finish(messages[1])
    assert world.on_the_wire() == [messages[2]]


def test_an_update_keeps_what_it_does_not_name(world: World) -> None:
    upsert(world, parallelism=4, paused=True)
    world.advance(1_000)
    upsert(world)
    queue = world.tenant.queues["queue"]
    assert (queue.parallelism, queue.paused) == (4, True)
    assert (queue.created_ms, queue.updated_ms) == (NOON_MS, NOON_MS + 1_000)
    upsert(world, paused=False)
    upsert(world, parallelism=2)
    assert (queue.parallelism, queue.paused) == (2, False)


def test_a_plan_allows_only_so_much_parallelism(world: World) -> None:
    upsert(world, parallelism=10)
    with pytest.raises(Rejection, match="quota maxParallelism exceeded, current limit: 10") as refused:
        upsert(world, parallelism=11, name="other")
    assert refused.value.status == 412
    assert list(world.tenant.queues) == ["queue"]


def test_queues_do_not_wait_for_each_other(world: World) -> None:
    first, _, other = world.enqueue("a"), world.enqueue("a"), world.enqueue("b")
    assert world.on_the_wire() == [first, other]


def test_a_cancelled_message_in_line_is_passed_over(world: World) -> None:
    first, second, third = (world.enqueue() for _ in range(3))
    world.cancel(second)
    world.finish(first)
    assert world.on_the_wire() == [third]
    world.finish_all()
    world.assert_nothing_is_left()


def test_a_message_cancelled_between_its_retries_makes_room(world: World) -> None:
    first, second = world.enqueue(), world.enqueue()
    world.fail(first)
    world.cancel(first)
    assert world.on_the_wire() == [second]


def test_deleting_a_queue_cancels_what_waits_in_it(world: World) -> None:
    waiting_for_retry = world.enqueue()
    in_line = [world.enqueue() for _ in range(3)]
    delayed, other = world.enqueue(Delay="1h"), world.enqueue("other")
    world.fail(waiting_for_retry)
    delete(world)
    world.advance(HOUR_MS)
    assert "queue" not in world.tenant.queues
    assert [world.states(message)[-1] for message in (waiting_for_retry, *in_line, delayed)] == ["CANCELED"] * 5
    assert [message.id for message in world.started] == [waiting_for_retry.id, other.id]
    world.finish_all()
    assert "queue" not in world.tenant.queues
    world.assert_nothing_is_left()


def test_deleting_a_queue_lets_the_call_on_the_wire_succeed(world: World) -> None:
    first, second = world.enqueue(), world.enqueue()
    delete(world)
    world.finish(first)
    assert world.states(first)[-1] == "DELIVERED"
    assert world.states(second) == ["CREATED", "CANCEL_REQUESTED", "CANCELED"]
    world.assert_nothing_is_left()


def test_a_queue_of_the_same_name_starts_anew(world: World) -> None:
    old = world.enqueue()
    delete(world)
    fresh = world.enqueue()
    assert world.on_the_wire() == [old, fresh]
    world.finish(old)
    assert world.tenant.queues["queue"].in_use == 1


def test_deleting_a_queue_that_does_not_exist_changes_nothing(world: World) -> None:
    delete(world)
    assert world.tenant.queues == {}


def test_a_callback_that_failed_for_good_makes_room(world: World) -> None:
    first, second = world.enqueue(Callback="https://a", Retries="0"), world.enqueue()
    world.finish(first)
    [callback] = world.on_the_wire()
    world.finish(callback, answer(500))
    assert world.on_the_wire() == [second]


def test_the_first_message_that_a_pause_holds_back_says_so(world: World) -> None:
    upsert(world, paused=True)
    first, second = world.enqueue(), world.enqueue()
    assert world.notices(first) == ["waits, because queue queue is paused"]
    assert world.notices(second) == []
    pause(world, False)
    assert world.notices(world.enqueue()) == []


def test_the_first_message_that_a_paused_key_holds_back_says_so(world: World) -> None:
    world.finish(world.limited("rate=5"))
    world.tenant.flow_control("key").paused = True
    first, second = world.limited("rate=5"), world.limited("rate=5")
    assert world.notices(first) == ["waits, because flow control key key is paused"]
    assert world.notices(second) == []
