"""The end of runs: finished, cancelled, or ended with one of their messages."""

from __future__ import annotations

import pytest

from qstash_dev.broker.reset import reset
from qstash_dev.state.run import RunState
from tests.broker.flow import FAILURE, FINAL, WORKFLOW, Flow
from tests.broker.world import DAY_MS, HOUR_MS, answer


def test_a_run_ends_within_its_last_delivery(flow: Flow) -> None:
    run, init = flow.trigger()
    flow.end(run, '{"r":1}')
    assert (run.state, run.response) == (RunState.SUCCESS, '{"r":1}')
    assert list(run.pending) == [init.id]
    flow.accept(init)
    assert flow.states(init)[-1] == "DELIVERED"
    assert flow.notes(run) == ""
    flow.assert_nothing_is_left()


def test_a_run_that_returns_nothing_has_no_response(flow: Flow) -> None:
    run, init = flow.trigger()
    flow.end(run, None)
    flow.accept(init)
    assert run.response is None


def test_a_last_delivery_that_fails_after_all_changes_nothing_but_its_own_state(flow: Flow) -> None:
    """The endpoint has ended the run, then its answer was lost."""
    run, init = flow.trigger(**FAILURE)
    flow.end(run)
    flow.fail(init)
    assert flow.states(init)[-1] == "CANCELED"
    assert run.state is RunState.SUCCESS
    flow.advance(DAY_MS)
    assert (flow.started, flow.letters()) == ([init], [])
    flow.assert_nothing_is_left()


def test_nothing_of_an_ended_run_is_delivered_any_more(flow: Flow) -> None:
    run, init = flow.trigger(Upstash_Flow_Control_Key="key", Upstash_Flow_Control_Value="parallelism=1")
    asleep = flow.step(run, 1, None, Upstash_Delay="1h")
    waiting = flow.step(run, 2)
    flow.wait(run, 3, "event", "1h")
    flow.end(run)
    flow.accept(init)
    flow.advance(DAY_MS)
    assert flow.started == [init]
    assert [flow.states(message)[-1] for message in (asleep, waiting)] == ["CANCELED"] * 2
    flow.assert_nothing_is_left()


def test_a_run_with_parallel_messages_everywhere_is_cancelled_at_once(flow: Flow) -> None:
    run, init = flow.trigger(**FAILURE, Upstash_Retries="3")
    plans = [flow.plan(run, target, 5) for target in (1, 2, 3)]
    flow.plan(run, 4, 5, Upstash_Delay="1h")
    flow.accept(init)
    flow.call(run, 5)
    flow.fail(plans[0])
    assert flow.broker.bulk_cancel.cancel_runs([run], flow.now_ms) == 1
    assert run.state is RunState.CANCELED
    assert run.completed_ms == flow.now_ms
    assert len(flow.on_the_wire()) == 3
    flow.accept(plans[1])
    flow.fail(plans[2])
    flow.finish(flow.flying[0].message)
    flow.advance(DAY_MS)
    assert len(flow.started) == 5
    assert flow.letters() == []
    flow.assert_nothing_is_left()


def test_a_run_is_cancelled_once(flow: Flow) -> None:
    run, init = flow.trigger()
    other, _ = flow.trigger("wfr_2")
    assert flow.broker.bulk_cancel.cancel_runs([run, run, other], flow.now_ms) == 2
    assert flow.broker.bulk_cancel.cancel_runs([run, other], flow.now_ms) == 0
    assert flow.states(init) == ["CREATED", "ACTIVE"]


@pytest.mark.parametrize("delay", ["0s", "1h"])
def test_whoever_cancels_a_message_cancels_its_run_and_that_is_said(flow: Flow, delay: str) -> None:
    run, init = flow.trigger()
    step = flow.step(run, 1, None, Upstash_Delay=delay)
    flow.accept(init)
    assert flow.cancel(step) == 1
    assert run.state is RunState.CANCELED
    assert f"message {step.id} of the run was cancelled, and with it the run" in flow.notes(run)
    flow.finish_all()
    flow.assert_nothing_is_left()


def test_cancelling_all_messages_counts_messages_not_runs(flow: Flow) -> None:
    run, _ = flow.trigger()
    flow.step(run, 1, None, Upstash_Delay="1h")
    flow.step(run, 2, None, Upstash_Delay="1h")
    assert flow.cancel(*flow.tenant.messages.values()) == 3
    assert run.state is RunState.CANCELED


def test_cancelling_the_hop_of_an_unknown_trigger_leaves_the_run_that_replaced_it(flow: Flow) -> None:
    run, hop = flow.trigger(Upstash_Forward_Upstash_Workflow_Unknown_Sdk="true")
    init = flow.message(flow.submit(flow.init("wfr_1") | {"upstash-workflow-trigger-by-sdk": "true"}))
    flow.cancel(hop)
    assert run.alive
    assert not init.ended


def test_a_cancelled_run_tells_no_failure_function(flow: Flow) -> None:
    run, init = flow.trigger(**FAILURE)
    flow.broker.finisher.cancel(run, flow.now_ms)
    flow.give_up(init)
    assert (run.failure, flow.letters()) == (None, [])
    assert [message.url for message in flow.started] == [WORKFLOW]


def test_a_failed_run_takes_its_siblings_and_waiters_with_it(flow: Flow) -> None:
    run, init = flow.trigger()
    plans = [flow.plan(run, target, 3) for target in (1, 2)]
    asleep = flow.plan(run, 3, 3, Upstash_Delay="1h")
    flow.wait(run, 4, "event")
    flow.accept(init)
    flow.give_up(plans[0])
    assert run.state is RunState.FAILED
    assert asleep.ended
    assert flow.notify("event") == []
    flow.give_up(plans[1])
    assert len(flow.letters()) == 1
    assert flow.states(plans[1])[-1] == "CANCELED"
    flow.assert_nothing_is_left()


def test_an_ending_frees_the_slots_that_its_messages_held(flow: Flow) -> None:
    limit = {"Upstash_Flow_Control_Key": "key", "Upstash_Flow_Control_Value": "parallelism=1"}
    first, init = flow.trigger("wfr_1", **limit)
    _, other = flow.trigger("wfr_2", **limit)
    flow.step(first, 1)
    assert flow.on_the_wire() == [init]
    flow.broker.finisher.cancel(first, flow.now_ms)
    flow.accept(init)
    assert flow.on_the_wire() == [other]


def test_a_reset_forgets_runs_with_all_that_they_wait_for(flow: Flow) -> None:
    run, init = flow.trigger()
    flow.step(run, 1, None, Upstash_Delay="1h")
    flow.wait(run, 2, "event")
    flow.broker.waits.notify_run(run, "other", b"x", flow.now_ms)
    _, second = flow.trigger("wfr_2")
    flow.finish(second, FINAL)
    flow.flying.clear()
    list(reset(flow.broker.timers, flow.broker.deferred_work, flow.tenant))
    assert len(flow.tenant.runs) == 0
    assert flow.notify("event") == []
    flow.advance(DAY_MS)
    assert flow.started == [init, second]
    flow.assert_nothing_is_left()


@pytest.mark.parametrize("ending", ["finish", "cancel", "fail"])
@pytest.mark.parametrize("child_first", [True, False])
def test_parent_and_child_end_in_either_order_and_nothing_is_left(flow: Flow, ending: str, child_first: bool) -> None:
    parent, parent_init = flow.trigger("wfr_parent")
    child, child_init = flow.invoke(parent, 1)
    flow.accept(parent_init)
    steps = {"wfr_parent": flow.step(parent, 2, None, Upstash_Delay="1h"), "wfr_child": child_init}
    flow.advance(HOUR_MS)
    for run in (child, parent) if child_first else (parent, child):
        if ending == "finish":
            flow.end(run)
            flow.accept(steps[run.id])
        elif ending == "cancel":
            flow.broker.finisher.cancel(run, flow.now_ms)
            flow.fail(steps[run.id])
        else:
            flow.finish(steps[run.id], answer(489, Upstash_Nonretryable_Error="true"))
    assert not parent.alive
    assert not child.alive
    assert len(parent.entries) == (3 if child_first else 2)
    flow.finish_all()
    flow.assert_nothing_is_left()
