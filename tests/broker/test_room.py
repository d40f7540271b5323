"""The limit on bytes of undelivered messages: everything counts, and what exceeds it is reported."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from qstash_dev.broker.broker import Broker
from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config
from qstash_dev.protocol.cron import parse_cron
from qstash_dev.protocol.errors import Rejection
from qstash_dev.protocol.publication import Publication
from qstash_dev.protocol.warning import WarningCode
from qstash_dev.state.message import Message, State
from qstash_dev.state.run import CallbackState, RunState
from tests.broker.flow import FAILURE, FINAL, Flow, make_flow
from tests.broker.world import URL, World, answer
from tests.conftest import NOON_MS

MEGABYTE = 1_000_000
LARGE = answer(200, b"x" * MEGABYTE)


def small(max_pending_bytes: int = 2 * MEGABYTE) -> World:
    broker = Broker(Config(max_pending_bytes=max_pending_bytes))
    return World(broker, broker.tenants.all()[0], FrozenClock(NOON_MS))


def accepted(take: Callable[[int], None]) -> int:
    """How many are taken in before there is no room."""
    for number in range(100):
        try:
            take(number)
        except Rejection as rejection:
            if "maxPendingBytes" not in rejection.text:
                raise
            return number
    return 100


def warnings(message: Message) -> list[str]:
    assert all(warning.code is WarningCode.CALLBACK_DROPPED for warning in message.warnings)
    return [warning.text for warning in message.warnings]


@pytest.mark.parametrize(
    "headers",
    [
        {"Forward_X": "x" * 10_000},
        {f"Forward_X_{number}": "" for number in range(80)},
        {"Deduplication_Id": "x" * 4_000},
        {"Flow_Control_Key": "x" * 4_000, "Flow_Control_Value": "rate=1"},
        {"Label": ",".join(f"{number}" + "x" * 90 for number in range(40))},
        {"Callback": URL, "Callback_Forward_X": "x" * 10_000},
        {"Callback": URL + "?" + "x" * 10_000},
        {
            "Failure_Callback": URL,
            "Failure_Callback_Callback": URL,
            "Failure_Callback_Callback_Forward_X": "x" * 10_000,
        },
        {"Redact_Fields": ",".join(f"header[{number}{'x' * 90}]" for number in range(100))},
    ],
    ids=["header", "headers", "id", "key", "labels", "callback", "url", "nested", "redaction"],
)
def test_every_option_of_a_delayed_message_counts(headers: dict[str, str]) -> None:
    world = small(100_000)

    def publish(number: int) -> None:
        own = {"Deduplication_Id": f"{headers['Deduplication_Id']}{number}"} if "Deduplication_Id" in headers else {}
        world.publish(Delay="1h", **headers | own)

    assert 5 < accepted(publish) < 30
    for message in list(world.tenant.messages.values()):
        world.cancel(message)
    assert world.tenant.pending_bytes == 0


def test_the_options_of_a_schedule_count() -> None:
    world = small(100_000)
    world.publish(Delay="1h", Forward_X="x" * 10_000)
    [message] = world.tenant.messages.values()
    template = Publication(URL, b"", message.publication.options._replace(delay_ms=None))

    def put(number: int) -> None:
        world.broker.schedules.put(world.tenant, str(number), parse_cron("@hourly"), template, world.now_ms)

    assert 5 < accepted(put) < 10


def test_callbacks_without_room_are_dropped_with_a_warning_and_the_messages_are_delivered() -> None:
    world = small()
    messages = [world.publish(Callback=URL, Callback_Delay="1h") for _ in range(4)]
    for message in messages:
        world.finish(message, LARGE)
    assert [message.state for message in messages] == [State.DELIVERED] * 4
    assert [len(warnings(message)) for message in messages] == [0, 1, 1, 1]
    assert "about attempt 1 was dropped" in warnings(messages[1])[0]
    assert len(world.children(*messages)) == 1
    assert world.tenant.held_bytes <= 2 * MEGABYTE
    assert [world.tenant.related.children(message.id) for message in messages[1:]] == [[], [], []]
    world.advance(3_600_000)
    world.finish_all()
    world.assert_nothing_is_left()
    message = world.publish(Callback=URL)
    world.finish(message, LARGE)
    assert warnings(message) == []


def test_a_callback_whose_report_is_larger_than_it_looked_is_dropped_as_well() -> None:
    world = small(100_000)
    message = world.publish(Callback=URL)
    # Escaped, each of these takes up six bytes.
    world.finish(message, answer(200, X="\x80" * 60_000))
    assert len(warnings(message)) == 1
    assert world.children(message) == []


def test_each_attempt_and_the_failure_callback_warn() -> None:
    world = small()
    filler = world.publish(Delay="1h", body=b"x" * (MEGABYTE + MEGABYTE // 2))
    message = world.publish(Retries="1", Retry_Delay="0", Callback=URL, Failure_Callback=URL)
    for _ in range(2):
        world.finish(message, answer(500, b"x" * MEGABYTE))
        world.advance(0)
    assert message.state is State.FAILED
    assert [text[: text.index(" to ")] for text in warnings(message)] == [
        "the callback",
        "the callback",
        "the failure callback",
    ]
    assert len(world.letters()) == 1
    assert world.children(message, filler) == []


def test_a_queue_goes_on_although_a_callback_of_its_message_was_dropped() -> None:
    world = small()
    world.publish(Delay="1h", body=b"x" * (MEGABYTE + MEGABYTE // 2))
    first, second = world.enqueue(Callback=URL), world.enqueue()
    world.finish(first, LARGE)
    assert world.on_the_wire() == [second]
    assert len(warnings(first)) == 1


def small_flow() -> Flow:
    return make_flow(Config(max_pending_bytes=3 * MEGABYTE))


def test_a_call_whose_answer_has_no_room_ends_without_it() -> None:
    flow = small_flow()
    run, first = flow.trigger()
    flow.accept(first)
    call = flow.call(run, 1)
    flow.finish(call, LARGE)
    assert run.alive
    assert len(warnings(call)) == 1
    assert "was dropped" in flow.notes(run)
    [outcome] = [message for message in run.pending.values()]
    assert len(outcome.delivered_body) < 100_000
    assert flow.tenant.held_bytes <= 3 * MEGABYTE


def test_a_failure_callback_of_a_run_without_room_has_failed_and_may_be_sent_again_when_there_is_some() -> None:
    flow = small_flow()
    filler = flow.publish(Delay="1h", body=b"x" * 2 * MEGABYTE)
    run, first = flow.trigger(**FAILURE)
    flow.finish(first, FINAL._replace(body=b"x" * (MEGABYTE // 2)))
    assert run.state is RunState.FAILED
    assert run.failure is not None
    assert run.failure.state is CallbackState.FAIL
    assert len(warnings(first)) == 1
    [letter] = flow.letters()
    with pytest.raises(Rejection, match="maxPendingBytes"):
        flow.broker.resumer.retry_callback(letter, flow.now_ms)
    flow.cancel(filler)
    flow.broker.resumer.retry_callback(letter, flow.now_ms)
    assert run.failure.state == CallbackState.IN_PROGRESS


def test_an_event_that_wakes_more_runs_than_there_is_room_for_wakes_none() -> None:
    flow = small_flow()
    runs = [flow.trigger(f"wfr_{number}")[0] for number in range(8)]
    for run in runs:
        flow.wait(run, 1, "event")
    with pytest.raises(Rejection, match="maxPendingBytes"):
        flow.broker.waits.resume(
            *flow.broker.waits.waiting(flow.tenant, "event", b"x" * 100_000, flow.now_ms), flow.now_ms
        )
    assert all(run.waiters for run in runs)
    assert (
        len(
            flow.broker.waits.resume(
                *flow.broker.waits.waiting(flow.tenant, "event", b"x" * 1_000, flow.now_ms), flow.now_ms
            )
        )
        == 8
    )
