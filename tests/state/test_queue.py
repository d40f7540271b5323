"""Queues: their parallelism, and the message that is next."""

from __future__ import annotations

from qstash_dev.state.message import Message
from qstash_dev.state.queue import Place, Queue
from tests.conftest import NOON_MS
from tests.state.support import make_message, make_tenant


def filled(count: int, parallelism: int = 1) -> tuple[Queue, list[Message]]:
    queue, tenant = Queue("q", NOON_MS, NOON_MS, parallelism), make_tenant()
    messages = [make_message(tenant) for _ in range(count)]
    for message in messages:
        message.place = Place(queue)
        queue.waiting.join(message)
    return queue, messages


def leave(queue: Queue, message: Message) -> None:
    assert message.place is not None
    queue.leave(message.place)


def test_a_queue_lets_one_message_after_the_other_through() -> None:
    queue, (first, second) = filled(2)
    assert (queue.next(), queue.next()) == (first, None)
    leave(queue, first)
    assert (queue.next(), queue.next()) == (second, None)


def test_parallelism_is_the_number_of_places() -> None:
    queue, messages = filled(5, parallelism=3)
    assert [queue.next() for _ in range(4)] == [*messages[:3], None]
    leave(queue, messages[1])
    assert queue.next() is messages[3]
    assert queue.in_use == 3


def test_a_paused_queue_lets_nobody_through() -> None:
    queue, [message] = filled(1)
    queue.paused = True
    assert queue.next() is None
    queue.paused = False
    assert queue.next() is message


def test_lag_counts_who_waits_and_who_is_at_the_front() -> None:
    queue, messages = filled(3)
    assert queue.lag == 3
    queue.next()
    assert queue.lag == 3
    leave(queue, messages[0])
    assert queue.lag == 2
    queue.waiting.leave(messages[1])
    assert queue.lag == 1


def test_a_place_is_free_when_the_last_of_its_holders_is_done() -> None:
    queue, (first, second) = filled(2)
    queue.next()
    assert first.place is not None
    first.place.holders += 2
    for _ in range(2):
        leave(queue, first)
        assert queue.next() is None
    leave(queue, first)
    assert queue.next() is second


def test_giving_up_a_place_in_line_frees_none_at_the_front() -> None:
    queue, (_, second) = filled(2)
    queue.next()
    queue.waiting.leave(second)
    leave(queue, second)
    assert queue.in_use == 1
    assert queue.next() is None


def test_fewer_places_take_effect_as_messages_leave() -> None:
    queue, messages = filled(4, parallelism=2)
    assert [queue.next(), queue.next()] == messages[:2]
    queue.parallelism = 1
    leave(queue, messages[0])
    assert queue.next() is None
    leave(queue, messages[1])
    assert queue.next() is messages[2]
