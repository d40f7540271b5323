"""The outcome of an attempt: delivered, retried or given up, and its events."""

from __future__ import annotations

import pytest

from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.result import DeliveryResult, Unreachable
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import State
from tests.broker.world import HOUR_MS, World, answer
from tests.conftest import NOON_MS

ATTEMPT_FAILED = ["ACTIVE", "ERROR", "RETRY"]


def test_a_first_success(world: World) -> None:
    message = world.publish()
    world.finish(message, answer(201))
    assert world.states(message) == ["CREATED", "ACTIVE", "DELIVERED"]
    assert message.ended
    assert world.letters() == []
    world.assert_nothing_is_left()


@pytest.mark.parametrize(
    "result", [answer(500), answer(302), answer(404), Unreachable("no answer", 1, FailureReason.ANSWER_TIMEOUT)]
)
def test_a_failure_without_retries_has_exactly_four_events(world: World, result: DeliveryResult) -> None:
    message = world.publish(Retries="0")
    world.finish(message, result)
    assert world.states(message) == ["CREATED", "ACTIVE", "ERROR", "FAILED"]
    [letter] = world.letters()
    assert (letter.message, letter.result) == (message, result)
    world.assert_nothing_is_left()


@pytest.mark.parametrize("retries", [1, 3, 5])
def test_exhausted_retries(world: World, retries: int) -> None:
    message = world.publish(Retries=str(retries), Retry_Delay="1000")
    for _ in range(retries):
        world.fail(message)
        world.advance(1_000)
    world.fail(message)
    assert world.states(message) == ["CREATED", *ATTEMPT_FAILED * retries, "ACTIVE", "ERROR", "FAILED"]
    assert len(world.started) == 1 + retries
    world.assert_nothing_is_left()


def test_a_failure_and_then_a_success(world: World) -> None:
    message = world.publish(Retry_Delay="1000 * (1 + retried)")
    world.fail(message)
    world.advance(1_000)
    world.fail(message)
    world.advance(2_000)
    assert [entry.retried for entry in world.flying] == [2]
    world.finish(message)
    assert world.states(message) == ["CREATED", *ATTEMPT_FAILED * 2, "ACTIVE", "DELIVERED"]
    assert world.letters() == []


def test_default_retries_take_their_documented_time(world: World) -> None:
    message = world.publish()
    for wait_s in (12, 148, 1_808):
        world.fail(message)
        world.advance(wait_s * 1_000 - 1)
        assert world.flying == []
        world.advance(1)
        assert world.on_the_wire() == [message]
    world.fail(message)
    assert world.states(message)[-1] == "FAILED"


def test_the_events_tell_what_the_answer_was_and_when_the_next_attempt_is(world: World) -> None:
    message = world.publish(Retries="1")
    result = answer(503, b"busy", Retry_After="7")
    world.finish(message, result)
    events: dict[State, LogEntry] = {entry.state: entry for entry in world.tenant.log.of_messages((message.id,))}
    assert events[State.ERROR].result is result
    assert events[State.RETRY].next_delivery_ms == message.due_ms == NOON_MS + 7_000
    world.advance(7_000)
    delivered = answer(200, b"done")
    world.finish(message, delivered)
    assert world.tenant.log.of_messages((message.id,))[-1].result is delivered


def test_a_wait_of_zero_retries_at_once(world: World) -> None:
    message = world.publish()
    world.finish(message, answer(429, Retry_After="0"))
    world.advance(0)
    assert world.on_the_wire() == [message]


def test_a_non_retryable_error_is_given_up_at_once(world: World) -> None:
    message = world.publish(Retries="5")
    world.finish(message, answer(489, **{"Upstash_Nonretryable_Error": "true"}))
    world.advance(HOUR_MS)
    assert world.states(message) == ["CREATED", "ACTIVE", "ERROR", "FAILED"]
    assert len(world.letters()) == 1


def test_whoever_sees_failed_finds_the_dead_letter(world: World) -> None:
    found: list[int] = []
    message = world.publish(Retries="0")
    world.tenant.log.subscribers.append(
        lambda entry: found.append(len(world.letters())) if entry.state is State.FAILED else None
    )
    world.fail(message)
    assert found == [1]


@pytest.mark.parametrize("expression", ["min(1000)", "max(1000)", "min(exp(2000), 1000)", "1000/(retried+1)"])
def test_whatever_the_retry_delay_says_the_message_is_settled(world: World, expression: str) -> None:
    message = world.publish(Retry_Delay=expression)
    world.fail(message)
    assert message.due_ms == NOON_MS + 1_000
    world.advance(1_000)
    assert world.on_the_wire() == [message]
