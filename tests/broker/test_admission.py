"""Flow control keys: parallelism, rate, both together, waiting, pausing and changing limits."""

from __future__ import annotations

import pytest

from qstash_dev.config import Retention
from qstash_dev.state.flow_control import FlowControl
from tests.broker.world import HOUR_MS, MINUTE_MS, SECOND_MS, URL, World, answer


def key_of(world: World, key: str = "key") -> FlowControl:
    return world.tenant.flow_controls[key]


def drain(world: World, key: str = "key") -> None:
    world.broker.admission.drain_flow_control(key_of(world, key), world.now_ms)


def test_parallelism_is_how_many_calls_are_in_flight(world: World) -> None:
    messages = [world.limited("parallelism=2") for _ in range(5)]
    assert world.on_the_wire() == messages[:2]
    assert (key_of(world).in_flight, len(key_of(world).waiting)) == (2, 3)
    world.finish(messages[1])
    assert world.on_the_wire() == [messages[0], messages[2]]
    world.finish_all()
    assert world.started == messages
    world.assert_nothing_is_left()


def test_a_message_between_its_retries_uses_no_slot(world: World) -> None:
    first, second = (world.limited("parallelism=1", Retry_Delay="1000") for _ in range(2))
    world.fail(first)
    assert world.on_the_wire() == [second]
    world.advance(SECOND_MS)
    assert world.on_the_wire() == [second]
    world.finish(second)
    assert world.on_the_wire() == [first]


def test_rate_is_how_many_calls_start_in_a_period(world: World) -> None:
    messages = [world.limited("rate=2, period=1m") for _ in range(5)]
    world.finish_all()
    assert world.started == messages[:2]
    world.advance(MINUTE_MS - 1)
    assert world.flying == []
    world.advance(1)
    world.finish_all()
    assert world.started == messages[:4]
    world.advance(MINUTE_MS)
    world.finish_all()
    assert world.started == messages
    world.assert_nothing_is_left()


def test_a_retry_is_a_call_too(world: World) -> None:
    first = world.limited("rate=1, period=1m", Retry_Delay="1")
    second = world.limited("rate=1, period=1m")
    world.fail(first)
    world.advance(1)
    assert world.flying == []
    world.advance(MINUTE_MS)
    assert world.on_the_wire() == [second]
    world.advance(MINUTE_MS)
    assert world.on_the_wire() == [second, first]


def test_with_both_limits_each_must_admit(world: World) -> None:
    messages = [world.limited("parallelism=20, rate=10, period=1m") for _ in range(25)]
    assert world.on_the_wire() == messages[:10]
    world.advance(MINUTE_MS)
    assert world.on_the_wire() == messages[:20]
    world.advance(5 * MINUTE_MS)
    assert world.on_the_wire() == messages[:20]
    world.finish(messages[0])
    assert world.on_the_wire() == messages[1:21]


def test_a_delayed_message_counts_when_it_is_due(world: World) -> None:
    delayed = world.limited("parallelism=1", Delay="1m")
    early = world.limited("parallelism=1")
    assert world.on_the_wire() == [early]
    world.advance(MINUTE_MS)
    assert list(key_of(world).waiting) == [delayed]
    world.finish(early)
    assert world.on_the_wire() == [delayed]


def test_a_key_with_many_waiting_messages_does_not_delay_other_keys(world: World) -> None:
    for _ in range(2_000):
        world.limited("rate=1, period=1d", key="busy")
    other, plain, queued = world.limited("parallelism=1", key="other"), world.publish(), world.enqueue()
    assert world.on_the_wire()[1:] == [other, plain, queued]
    world.finish_all()
    assert len(list(world.broker.admission.ready_messages())) == 0
    assert len(world.broker.timers) == 1


def test_a_key_counts_messages_to_any_destination(world: World) -> None:
    first = world.publish("https://a", Flow_Control_Key="key", Flow_Control_Value="parallelism=1")
    second = world.publish("https://b", Flow_Control_Key="key", Flow_Control_Value="parallelism=1")
    assert world.on_the_wire() == [first]
    world.finish(first)
    assert world.on_the_wire() == [second]


def test_a_paused_key_keeps_its_messages_and_lets_calls_in_flight_finish(world: World) -> None:
    first, second = world.limited("parallelism=1"), world.limited("parallelism=1")
    key_of(world).paused = True
    world.finish(first)
    third = world.limited("parallelism=5")
    world.advance(HOUR_MS)
    assert world.flying == []
    assert len(key_of(world).waiting) == 2
    key_of(world).paused = False
    drain(world)
    assert world.on_the_wire() == [second, third]


def test_the_latest_message_sets_the_limits(world: World) -> None:
    messages = [world.limited("parallelism=1") for _ in range(3)]
    messages.append(world.limited("parallelism=3"))
    assert world.on_the_wire() == messages[:3]


def test_a_delayed_message_sets_the_limits_when_it_is_published(world: World) -> None:
    messages = [world.limited("parallelism=1") for _ in range(3)]
    world.limited("parallelism=3", Delay="1h")
    assert world.on_the_wire() == messages


def test_a_shorter_period_ends_the_wait(world: World) -> None:
    world.limited("rate=1, period=1h")
    second = world.limited("rate=1, period=1h")
    third = world.limited("rate=1, period=10s")
    world.finish_all()
    world.advance(10 * SECOND_MS)
    assert world.on_the_wire() == [second]
    world.advance(10 * SECOND_MS)
    assert world.on_the_wire() == [second, third]


def test_a_longer_period_prolongs_the_wait(world: World) -> None:
    world.limited("rate=1, period=10s")
    second = world.limited("rate=1, period=1m")
    world.finish_all()
    world.advance(10 * SECOND_MS)
    assert world.flying == []
    world.advance(50 * SECOND_MS)
    assert world.on_the_wire() == [second]


def test_a_pinned_shorter_period_ends_the_wait(world: World) -> None:
    world.limited("rate=1, period=1h")
    second, third = world.limited("rate=1, period=1h"), world.limited("rate=1, period=1h")
    world.finish_all()
    key_of(world).pin(None, 1, 10, world.now_ms)
    drain(world)
    assert world.on_the_wire() == [second]
    world.advance(10 * SECOND_MS)
    assert world.on_the_wire() == [second, third]


def test_pinned_limits_hold_against_messages_that_bring_others(world: World) -> None:
    first = world.limited("parallelism=5")
    key_of(world).pin(1, None, None, world.now_ms)
    second = world.limited("parallelism=5")
    assert world.on_the_wire() == [first]
    world.finish(first)
    assert world.on_the_wire() == [second]


def test_resetting_the_rate_lets_waiting_messages_go(world: World) -> None:
    messages = [world.limited("rate=1, period=1h") for _ in range(3)]
    key_of(world).reset_rate(world.now_ms)
    drain(world)
    assert world.on_the_wire() == messages[:2]
    world.advance(HOUR_MS)
    assert world.on_the_wire() == messages


def test_a_queue_and_a_key_must_both_admit(world: World) -> None:
    limits = {"Flow_Control_Key": "key", "Flow_Control_Value": "parallelism=1"}
    first, second, other = world.enqueue("a", **limits), world.enqueue("a", **limits), world.enqueue("b", **limits)
    assert world.on_the_wire() == [first]
    world.finish(first)
    # The other queue has stood at the key's gate for longer than the second message has.
    assert world.on_the_wire() == [other]
    world.finish(other)
    assert world.on_the_wire() == [second]


def test_a_cancelled_message_leaves_the_line_of_its_key(world: World) -> None:
    first, second, third = (world.limited("parallelism=1") for _ in range(3))
    world.cancel(second)
    assert len(key_of(world).waiting) == 1
    world.finish(first)
    assert world.on_the_wire() == [third]


def test_a_cancelled_call_on_the_wire_gives_its_slot_back_when_it_ends(world: World) -> None:
    first, second = world.limited("parallelism=1"), world.limited("parallelism=1")
    world.cancel(first)
    assert world.on_the_wire() == [first]
    world.fail(first)
    assert world.on_the_wire() == [second]


def test_callbacks_use_no_slot_of_their_messages_key(world: World) -> None:
    message = world.limited("parallelism=1", Callback="https://a")
    world.finish(message)
    [callback] = world.on_the_wire()
    assert callback.flow_control_key is None
    assert key_of(world).in_flight == 0


@pytest.mark.parametrize("status", [200, 500, 489])
def test_a_key_stays_readable_after_its_messages(world: World, status: int) -> None:
    world.finish(world.limited("parallelism=1, rate=5, period=1m", Retries="0"), answer(status))
    key = key_of(world)
    assert (key.in_flight, len(key.waiting), key.calls_in_period(world.now_ms)) == (0, 0, 1)
    assert (key.parallelism, key.rate, key.period_s) == (1, 5, 60)


@pytest.mark.parametrize("retention", [Retention(flow_controls=2)], ids=["two keys"])
def test_a_message_that_is_still_to_come_keeps_the_limits_of_its_key(world: World) -> None:
    delayed = [world.limited("parallelism=1", key="late", Delay="1m") for _ in range(2)]
    for key in ("a", "b", "c"):
        world.finish(world.limited("parallelism=1", key=key))
    world.advance(MINUTE_MS)
    assert world.on_the_wire() == delayed[:1]


def test_nothing_starts_while_nobody_delivers(world: World) -> None:
    world.broker.admission.on_ready = lambda: None
    messages = [world.publish(URL) for _ in range(3)]
    assert (len(list(world.broker.admission.ready_messages())), world.flying) == (3, [])
    world.start_ready()
    assert world.on_the_wire() == messages
