"""Failed runs that are resumed or restarted, and failure callbacks that are retried."""

from __future__ import annotations

import json

import pytest

from qstash_dev.config import Retention
from qstash_dev.protocol.errors import Rejection
from qstash_dev.state.message import Message
from qstash_dev.state.run import Run, RunMessageKind, RunState
from tests.broker.flow import (
    ACCEPTED,
    FAILED,
    FAILURE,
    THIRD,
    WORKFLOW,
    Flow,
    call_types,
    entries,
    headers_of,
    report,
)
from tests.broker.world import HOUR_MS, answer


def resume(flow: Flow, *overrides: tuple[str, str]) -> Run:
    [letter] = flow.letters()
    return flow.broker.resumer.start_again(letter, overrides, flow.now_ms, from_the_start=False)


def restart(flow: Flow, *overrides: tuple[str, str]) -> Run:
    [letter] = flow.letters()
    return flow.broker.resumer.start_again(letter, overrides, flow.now_ms, from_the_start=True)


def numbers(message: Message) -> list[int | str]:
    """The steps that a message delivers: their ids, a plan's target in quotes."""
    steps = entries(message)[1:]
    return [step["stepId"] or str(step["targetStep"]) for step in steps]


@pytest.fixture
def failed(flow: Flow) -> Run:
    """A run that has done step 1 and failed with step 2."""
    run, init = flow.trigger(**FAILURE)
    first = flow.step(run, 1)
    flow.accept(init)
    second = flow.step(run, 2)
    flow.accept(first)
    flow.give_up(second)
    flow.finish_all()
    return run


def test_a_resumed_run_goes_on_where_it_stopped(flow: Flow, failed: Run) -> None:
    run = resume(flow)
    assert run.id.startswith("wfr_")
    assert (run.id != failed.id, run.url, run.settings) == (True, failed.url, failed.settings)
    [message] = flow.on_the_wire()
    assert (numbers(message), message.url) == ([1, 2], WORKFLOW)
    assert [entry.message_id for entry in run.entries] != [entry.message_id for entry in failed.entries]
    assert [entry.body for entry in run.entries] == [entry.body for entry in failed.entries]
    assert headers_of(message)["X-User"] == "uv"
    assert flow.letters() == []
    third = flow.step(run, 3)
    flow.accept(message)
    flow.end(run)
    flow.accept(third)
    assert run.state is RunState.SUCCESS
    flow.assert_nothing_is_left()


def test_a_restarted_run_begins_with_its_payload(flow: Flow, failed: Run) -> None:
    run = restart(flow)
    [message] = flow.on_the_wire()
    assert entries(message) == [{"name": "bob"}]
    assert message.run_message is not None
    assert (message.run_message.kind, len(run.entries), run.id != failed.id) == (RunMessageKind.INIT, 1, True)
    assert flow.letters() == []


def test_steps_that_a_resumed_run_has_done_are_known_to_it(flow: Flow, failed: Run) -> None:
    run = resume(flow)
    assert flow.step_receipt(run, 1).deduplicated
    assert not flow.step_receipt(run, 3).deduplicated


def test_a_resumed_run_that_fails_again_can_be_resumed_again(flow: Flow, failed: Run) -> None:
    for _ in range(3):
        run = resume(flow)
        [message] = flow.on_the_wire()
        assert numbers(message) == [1, 2]
        flow.give_up(message)
        assert run.state is RunState.FAILED
        flow.finish_all()
    flow.assert_nothing_is_left()


def test_a_run_that_failed_at_once_is_resumed_from_its_payload(flow: Flow) -> None:
    _, init = flow.trigger()
    flow.give_up(init)
    again = resume(flow)
    [message] = flow.on_the_wire()
    assert entries(message) == [{"name": "bob"}]
    flow.finish(message, answer(200))
    assert again.state is RunState.FAILED
    assert "non-workflow destination" in flow.notes(again)


def test_every_unfinished_branch_of_a_group_is_delivered_again_and_no_other(flow: Flow) -> None:
    run, init = flow.trigger()
    plans = [flow.plan(run, target, 4) for target in (1, 2, 3)]
    flow.plan(run, 4, 4, "SleepFor", Upstash_Delay="1h")
    flow.accept(init)
    done = flow.step(run, 1, {"concurrent": 4})
    flow.accept(plans[0])
    flow.accept(done)
    flow.give_up(plans[1])
    flow.fail(plans[2])
    again = resume(flow)
    assert [numbers(message) for message in flow.on_the_wire()] == [["1", "2"], ["1", "2", "3"]]
    assert len(again.entries) == len(run.entries)
    flow.advance(HOUR_MS - 1)
    assert len(flow.on_the_wire()) == 2
    flow.advance(1)
    assert numbers(flow.on_the_wire()[2]) == ["1", "2", "3", "4"]


def test_a_branch_that_was_done_but_not_told_is_delivered_by_its_result(flow: Flow) -> None:
    run, init = flow.trigger()
    plans = [flow.plan(run, target, 2) for target in (1, 2)]
    flow.accept(init)
    flow.step(run, 1, {"concurrent": 2})
    flow.accept(plans[0])
    flow.give_up(plans[1])
    resume(flow)
    assert [numbers(message) for message in flow.on_the_wire()[1:]] == [["1", "2"], ["1", "2", 1]]


def test_a_branch_that_waited_for_an_event_is_asked_to_wait_again(flow: Flow) -> None:
    run, init = flow.trigger()
    plans = [flow.plan(run, 1, 2, "Wait"), flow.plan(run, 2, 2)]
    flow.accept(init)
    flow.wait(run, 1, "event", concurrent=2)
    flow.accept(plans[0])
    flow.give_up(plans[1])
    again = resume(flow)
    waiting, failing = flow.on_the_wire()
    flow.wait(again, 1, "event", concurrent=2)
    flow.accept(waiting)
    [woken] = flow.notify("event")
    assert woken.waiter.run is again
    assert numbers(woken.message) == ["1", "2", 1]
    assert numbers(failing) == ["1", "2"]


def test_a_branch_that_waited_for_a_child_invokes_again(flow: Flow) -> None:
    run, init = flow.trigger()
    plans = [flow.plan(run, 1, 2, "Invoke"), flow.plan(run, 2, 2)]
    flow.accept(init)
    child, child_init = flow.invoke(run, 1)
    flow.accept(plans[0])
    flow.give_up(plans[1])
    again = resume(flow)
    asked = flow.on_the_wire()[1]
    assert numbers(asked) == ["1"]
    other, _ = flow.invoke(again, 1, "wfr_child_2")
    flow.end(child)
    flow.accept(child_init)
    assert len(again.entries) == 3
    flow.end(other)
    assert json.loads(entries(flow.latest(again))[-1]["out"])["body"] == '"done"'


def group_with_a_call(flow: Flow) -> tuple[Run, Message, Message]:
    """A run with a call in one branch and trouble in the other: the call and the plan that will fail."""
    run, init = flow.trigger()
    plans = [flow.plan(run, 1, 2, "Call"), flow.plan(run, 2, 2)]
    flow.accept(init)
    call = flow.call(run, 1)
    flow.accept(plans[0])
    return run, call, plans[1]


def test_a_call_that_waited_for_its_retry_is_made_again(flow: Flow) -> None:
    run, _, plan = group_with_a_call(flow)
    flow.give_up(plan)
    again = resume(flow)
    made = [message for message in flow.on_the_wire() if message.url == THIRD]
    assert len(made) == 2
    assert made[1].delivered_body == b"question"
    flow.finish(made[1])
    reporting = flow.on_the_wire()[-1]
    assert report(reporting)["sourceMessageId"] == made[1].id
    assert reporting.run_message is not None
    assert reporting.run_message.run is again
    assert flow.call_receipt(again, 1).deduplicated
    flow.finish(made[0])
    assert run.state is RunState.FAILED


def test_a_call_that_was_answered_when_the_run_had_failed_is_made_again(flow: Flow) -> None:
    """Its outcome was reported to nobody, and without it the branch would hang for ever."""
    _, call, plan = group_with_a_call(flow)
    flow.give_up(plan)
    flow.finish(call)
    again = resume(flow)
    made = [message for message in flow.on_the_wire() if message.url == THIRD]
    assert len(made) == 1
    assert made[0].run_message is not None
    assert made[0].run_message.run is again


def test_a_call_whose_report_failed_is_not_made_again_but_reported_again(flow: Flow) -> None:
    run, init = flow.trigger()
    call = flow.call(run, 1)
    flow.accept(init)
    flow.finish(call)
    [reporting] = flow.on_the_wire()
    flow.give_up(reporting)
    again = resume(flow)
    [message] = flow.on_the_wire()
    assert (message.delivered_body, message.url) == (reporting.delivered_body, WORKFLOW)
    assert headers_of(message)["Upstash-Workflow-Stepid"] == "1"
    result = flow.step(again, 1, {"stepType": "Call"})
    assert call_types(result) == ["step", "toCallback", "fromCallback", "step"]
    flow.accept(message)


def test_a_call_that_is_done_is_left_alone(flow: Flow) -> None:
    run, init = flow.trigger()
    call = flow.call(run, 1)
    flow.accept(init)
    flow.finish(call)
    [reporting] = flow.on_the_wire()
    result = flow.step(run, 1, {"stepType": "Call"})
    flow.accept(reporting)
    flow.give_up(result)
    resume(flow)
    [message] = flow.on_the_wire()
    assert call_types(message) == ["step", "toCallback", "fromCallback", "step"]


@pytest.mark.parametrize("verb", [resume, restart])
def test_overrides_hold_for_the_new_run(flow: Flow, failed: Run, verb: object) -> None:
    assert callable(verb)
    run = verb(
        flow,
        ("Upstash-Retries", "4"),
        ("upstash-retry-delay", "9"),
        ("Upstash-Flow-Control-Key", "slow"),
        ("Upstash-Flow-Control-Value", "parallelism=1"),
        ("Upstash-Label", "again"),
        ("Upstash-Failure-Callback", "https://example.com/other"),
        ("Content-Type", "text/x"),
        ("X-Other", "1"),
    )
    [message] = flow.on_the_wire()
    for options in (message.publication.options, flow.step(run, 3).publication.options):
        assert (options.retries, options.retry_delay, options.labels) == (4, "9", ("again",))
        assert options.flow_control is not None
        assert options.flow_control.key == "slow"
    assert "X-Other" not in headers_of(message)
    flow.give_up(message)
    assert run.failure is not None
    assert run.failure.callback_message is not None
    assert run.failure.callback_message.url == "https://example.com/other"


def test_a_run_may_be_resumed_later(flow: Flow, failed: Run) -> None:
    resume(flow, ("Upstash-Delay", "1h"))
    assert flow.on_the_wire() == []
    flow.advance(HOUR_MS)
    assert len(flow.on_the_wire()) == 1


def test_without_overrides_the_failure_function_stays(flow: Flow, failed: Run) -> None:
    run = resume(flow)
    flow.give_up(flow.on_the_wire()[0])
    assert run.failure is not None
    assert run.failure.callback_message is not None
    assert run.failure.callback_message.url == FAILED


def test_a_call_never_follows_overrides(flow: Flow) -> None:
    _, _, plan = group_with_a_call(flow)
    flow.give_up(plan)
    resume(flow, ("Upstash-Retries", "5"), ("Upstash-Forward-X", "y"))
    made = [message for message in flow.on_the_wire() if message.url == THIRD][1]
    assert made.publication.options.retries == 0
    assert "X" not in headers_of(made)


@pytest.mark.parametrize(
    ("override", "status"),
    [
        (("Upstash-Retries", "many"), 400),
        (("Upstash-Retries", "6"), 412),
        (("Upstash-Delay", "999d"), 412),
        (("Upstash-Failure-Callback", "nowhere"), 400),
    ],
)
@pytest.mark.parametrize("verb", [resume, restart])
def test_a_wrong_override_changes_nothing(
    flow: Flow, failed: Run, verb: object, override: tuple[str, str], status: int
) -> None:
    assert callable(verb)
    before = len(flow.tenant.runs)
    with pytest.raises(Rejection) as caught:
        verb(flow, override)
    assert caught.value.status == status
    assert (len(flow.letters()), len(flow.tenant.runs)) == (1, before)
    flow.assert_nothing_is_left()


@pytest.mark.parametrize("retention", [Retention(runs=0)], ids=["nothing is kept"])
def test_a_run_that_others_have_forgotten_is_resumed_all_the_same(flow: Flow, failed: Run) -> None:
    assert len(flow.tenant.runs) == 0
    run = resume(flow)
    assert numbers(flow.on_the_wire()[0]) == [1, 2]
    assert len(run.entries) == 3
    assert failed.entries == []


def test_an_unknown_trigger_that_failed_is_restarted_as_one(flow: Flow) -> None:
    _, hop = flow.trigger(Upstash_Forward_Upstash_Workflow_Unknown_Sdk="true")
    flow.give_up(hop)
    run = restart(flow)
    [hop] = flow.on_the_wire()
    receipt = flow.submit(flow.init(run.id) | {"upstash-workflow-trigger-by-sdk": "true"}, b"payload")
    flow.finish(hop, ACCEPTED)
    assert not receipt.deduplicated
    assert run.alive
    assert flow.notes(run) == ""


def test_the_letter_of_an_ordinary_message_is_no_failed_run(flow: Flow) -> None:
    flow.fail(flow.publish(Retries="0"))
    with pytest.raises(Rejection, match="not found"):
        resume(flow)
