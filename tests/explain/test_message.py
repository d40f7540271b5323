"""The verdict on a message, in each state that it can be in."""

from __future__ import annotations

import pytest

from qstash_dev.broker.broker import Broker
from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config
from qstash_dev.delivery.failure import not_mapped
from qstash_dev.explain.message import ordinal
from qstash_dev.explain.verdict import Blocker, Subject, SubjectKind, Verdict, VerdictReason
from qstash_dev.explain.why import why
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.result import Responded, Unreachable
from qstash_dev.protocol.target import Origin
from qstash_dev.state.message import Message
from tests.broker.flow import FINAL
from tests.broker.world import HOUR_MS, MINUTE_MS, World, answer
from tests.conftest import NOON_MS

REFUSED = Unreachable("connection refused by h:1: is your app running?", 1, FailureReason.CONNECTION_REFUSED)
TYPE_ERROR = answer(500, b"TypeError: x is not a function\n    at app.js:3")


def verdict(world: World, message: Message, *, stopped: bool = False) -> Verdict:
    told = why(message, world.moment(stopped=stopped))
    assert told.about == Subject(SubjectKind.MESSAGE, message.id)
    assert str(told) == told.sentence
    return told


def said(world: World, message: Message) -> tuple[VerdictReason, str]:
    told = verdict(world, message)
    return told.reason, told.sentence


def travel_to(world: World, message: Message) -> None:
    world.advance(message.due_ms - world.now_ms)


def test_in_flight_for_so_long_in_real_time(world: World) -> None:
    assert said(world, world.publish()) == (
        VerdictReason.IN_FLIGHT,
        "try 1 of 4 is in flight for 3 s: no answer yet",
    )


def test_delayed(world: World) -> None:
    told = verdict(world, world.publish(Delay="1h"))
    assert (told.reason, told.sentence) == (VerdictReason.DELAYED, "delayed: due in 1 h, at 13:00 UTC")
    assert told.next_ms == NOON_MS + HOUR_MS


def test_another_day_has_its_date(world: World) -> None:
    assert verdict(world, world.publish(Delay="2d")).sentence == "delayed: due in 2 d, at 2026-01-03 12:00 UTC"


def test_retrying_with_the_error_of_the_app_and_what_to_look_at(world: World) -> None:
    message = world.publish()
    world.finish(message, TYPE_ERROR)
    told = verdict(world, message)
    assert told.sentence == "try 1 of 4 failed, HTTP 500: TypeError: x is not a function; next in 12 s"
    assert (told.reason, told.next_ms) == (VerdictReason.RETRYING, message.due_ms)
    assert "the app failed" in told.todo


def test_while_the_clock_is_stopped_nothing_comes_of_a_time(world: World) -> None:
    told = verdict(world, world.publish(Delay="1h"), stopped=True)
    assert told.sentence == "delayed: due in 1 h, at 13:00 UTC; the clock is stopped"
    assert told.todo.endswith("or advance the clock")
    in_flight = world.publish()
    assert verdict(world, in_flight, stopped=True) == verdict(world, in_flight)


def test_behind_a_message_of_its_queue_that_fails(world: World) -> None:
    head, _, third = (world.enqueue("stuck") for _ in range(3))
    for _ in range(2):
        world.finish(head, REFUSED)
        travel_to(world, head)
    world.finish(head, REFUSED)
    told = verdict(world, third)
    assert told.sentence == f"3rd in queue stuck, behind {head.id} (connection refused, try 3 of 4, next in 30 m)"
    why_not = "connection refused, try 3 of 4, next in 30 m"
    assert told.blocker == Blocker(SubjectKind.MESSAGE, head.id, why_not)
    assert (told.reason, told.next_ms) == (VerdictReason.BEHIND, head.due_ms)
    assert head.id in told.todo


def test_a_queue_with_parallelism_names_the_one_that_fails_first(world: World) -> None:
    world.broker.queues.upsert(world.tenant, "q", 3, None, world.now_ms)
    one, failing, other, waiting = (world.enqueue("q") for _ in range(4))
    world.fail(failing, 503)
    told = verdict(world, waiting)
    assert told.sentence.startswith(f"4th in queue q, behind {failing.id} (HTTP 503, try 1 of 4, next in 12 s), ")
    assert told.sentence.endswith("and 1 more")
    assert told.blocker is not None
    assert told.blocker.id == failing.id
    # One of the others may end at any moment.
    assert told.next_ms is None
    assert {one.id, other.id} & set(told.sentence.replace(",", "").split())


def test_behind_a_callback_that_keeps_the_place(world: World) -> None:
    head = world.enqueue("q", Callback="https://example.com/callback")
    waiting = world.enqueue("q")
    world.finish(head)
    [callback] = world.on_the_wire()
    assert verdict(world, waiting).sentence == f"2nd in queue q, behind {callback.id} (in flight for 3 s)"


def test_behind_a_message_that_waits_for_its_flow_control_key(world: World) -> None:
    world.limited("parallelism=1")
    head = world.limited("parallelism=1", Queue_Name="q")
    waiting = world.enqueue("q")
    assert verdict(world, waiting).sentence == f"2nd in queue q, behind {head.id} (waits for flow control key key)"


def test_a_paused_queue_tells_since_when(world: World) -> None:
    world.enqueue("q")
    waiting = world.enqueue("q")
    world.advance(2 * MINUTE_MS)
    queue = world.tenant.queues["q"]
    world.broker.queues.pause(queue, True, world.now_ms)
    world.advance(HOUR_MS)
    world.broker.queues.pause(queue, True, world.now_ms)
    world.broker.queues.upsert(world.tenant, "q", 1, True, world.now_ms)
    assert said(world, waiting) == (
        VerdictReason.PAUSED,
        "2nd in queue q, which is paused since 12:02 UTC: resume it",
    )
    world.broker.queues.pause(queue, False, world.now_ms)
    world.broker.queues.upsert(world.tenant, "q", None, True, world.now_ms)
    assert "since 13:02 UTC" in verdict(world, waiting).sentence


def test_a_flow_control_key_whose_rate_is_used_up(world: World) -> None:
    for _ in range(10):
        world.limited("rate=10,period=1m", "openai")
    waiting = [world.limited("rate=10,period=1m", "openai") for _ in range(38)]
    world.advance(46_000)
    told = verdict(world, waiting[-1])
    assert told.sentence == (
        "waits for flow control key openai: 10 per minute are used up, next slot in 14 s, 37 ahead"
    )
    assert (told.reason, told.next_ms) == (VerdictReason.RATE_USED_UP, NOON_MS + MINUTE_MS)
    assert verdict(world, waiting[0]).sentence.endswith("next slot in 14 s, none ahead")


def test_a_flow_control_key_whose_calls_are_in_flight(world: World) -> None:
    holding, waiting = world.limited("parallelism=1"), world.limited("parallelism=1")
    told = verdict(world, waiting)
    used = f"1 of 1 calls are in flight, by {holding.id} (in flight for 3 s)"
    assert told.sentence == f"waits for flow control key key: {used}, none ahead"
    assert told.reason is VerdictReason.PARALLELISM_USED_UP
    assert told.blocker == Blocker(SubjectKind.MESSAGE, holding.id, "in flight for 3 s")


def test_a_paused_flow_control_key(world: World) -> None:
    world.broker.flow_control.pause(world.tenant, "key", world.now_ms)
    world.advance(MINUTE_MS)
    world.broker.flow_control.pause(world.tenant, "key", world.now_ms)
    assert said(world, world.limited("parallelism=1")) == (
        VerdictReason.PAUSED,
        "waits for flow control key key: it is paused since 12:00 UTC: resume it, none ahead",
    )


def test_limits_that_are_pinned_say_so(world: World) -> None:
    world.broker.flow_control.pin(world.tenant, "key", None, 1, 30, world.now_ms)
    world.limited("rate=9")
    assert "1 per 30 s (pinned) are used up" in verdict(world, world.limited("rate=9")).sentence
    world.broker.flow_control.pin(world.tenant, "other", 1, None, None, world.now_ms)
    world.limited("parallelism=9", "other")
    assert "1 of 1 calls (pinned) are in flight" in verdict(world, world.limited("parallelism=9", "other")).sentence


def small_house(max_in_flight: int) -> World:
    broker = Broker(Config(max_in_flight=max_in_flight))
    return World(broker, broker.tenants.all()[0], FrozenClock(NOON_MS))


def test_an_origin_that_has_all_calls_that_it_may_have() -> None:
    world = small_house(4)
    for _ in range(2):
        world.publish()
    first, second = world.publish(), world.publish()
    told = verdict(world, second)
    assert told.sentence == (
        "waits for a free connection: 2 calls to https://example.com:443 are in flight, the most that it may have "
        "now, 1 ahead"
    )
    assert told.reason is VerdictReason.NO_FREE_CONNECTION
    assert verdict(world, first).sentence.endswith("none ahead")


def test_all_calls_that_the_server_makes_are_in_flight() -> None:
    world = small_house(1)
    world.publish("https://other.example/hook")
    assert said(world, world.publish()) == (
        VerdictReason.NO_FREE_CONNECTION,
        "waits for a free connection: all calls that the server makes at once are in flight, 0 of them to "
        "https://example.com:443, none ahead",
    )


def test_due_and_held(world: World) -> None:
    world.broker.admission.on_ready = lambda: None
    message = world.publish()
    assert said(world, message) == (VerdictReason.DUE, "due: its call begins at once")
    world.broker.admission.held = True
    assert said(world, message) == (VerdictReason.HELD, "due: the server makes no calls while it is being reset")


def test_delivered_by_which_try(world: World) -> None:
    message = world.publish()
    world.fail(message)
    travel_to(world, message)
    world.finish(message, Responded(201, (), b"", 35))
    assert said(world, message) == (VerdictReason.SUCCEEDED, "delivered by try 2 of 4: HTTP 201 after 35 ms")


def test_gave_up_with_the_first_line_of_the_answer_and_the_dead_letter(world: World) -> None:
    message = world.publish()
    for _ in range(3):
        world.finish(message, TYPE_ERROR)
        travel_to(world, message)
    world.finish(message, TYPE_ERROR)
    [letter] = world.letters()
    told = verdict(world, message)
    assert told.reason is VerdictReason.GAVE_UP
    assert told.sentence == (
        f"gave up after 4 tries, HTTP 500: TypeError: x is not a function; dead letter {letter.id}"
    )
    assert letter.id in told.todo
    [receipt] = world.retry([letter])
    told = verdict(world, message)
    assert told.sentence.endswith(f"; published again as {receipt.message_id}")
    assert letter.id not in told.sentence + told.todo


def test_an_answer_that_forbids_retries(world: World) -> None:
    message = world.publish()
    world.finish(message, FINAL)
    assert "gave up after 1 try of 4, as the answer forbids retries, HTTP 489: no" in verdict(world, message).sentence


def test_what_must_not_leave_this_machine_is_not_tried_again(world: World) -> None:
    message = world.publish()
    world.finish(message, not_mapped(Origin(True, "myapp.com", 443)))
    sentence = verdict(world, message).sentence
    assert "gave up after 1 try of 4, as no retry can help, not mapped: add --map 'https://myapp.com/*=" in sentence


def test_cancelled_at_once_or_when_the_call_has_ended(world: World) -> None:
    delayed, flying = world.publish(Delay="1h"), world.publish()
    world.cancel(delayed, flying)
    assert said(world, delayed) == (VerdictReason.CANCELED, "cancelled")
    assert said(world, flying) == (
        VerdictReason.CANCEL_REQUESTED,
        "cancel requested: no retry follows the call, which is in flight for 3 s",
    )
    world.fail(flying)
    assert said(world, flying) == (VerdictReason.CANCELED, "cancelled")


def test_a_cancellation_that_has_not_been_carried_out(world: World) -> None:
    message = world.publish(Delay="1h")
    world.broker.canceller.request([message], world.now_ms)
    assert said(world, message) == (VerdictReason.CANCEL_REQUESTED, "cancel requested: it ends at once")


def test_a_log_that_has_forgotten_the_attempt_costs_the_error_only(world: World) -> None:
    message = world.publish(Retries="1")
    world.fail(message)
    world.tenant.log.clear()
    assert verdict(world, message).sentence == "try 1 of 2 failed; next in 12 s"
    waiting = world.enqueue("q"), world.enqueue("q")
    world.fail(waiting[0])
    world.tenant.log.clear()
    assert "(failed, try 1 of 4, next in 12 s)" in verdict(world, waiting[1]).sentence


def test_far_behind_is_not_counted(world: World) -> None:
    world.enqueue("q")
    last = [world.enqueue("q") for _ in range(1_100)][-1]
    assert verdict(world, last).sentence.startswith("more than 1,000 ahead in queue q, behind ")
    for _ in range(1_100):
        last = world.limited("parallelism=1")
    assert verdict(world, last).sentence.endswith(", more than 1,000 ahead")


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (21, "21st"), (1_003, "1,003rd")],
)
def test_ordinals(number: int, text: str) -> None:
    assert ordinal(number) == text
