"""Which step a delivery brings, and which ones it runs, as far as anything tells."""

from __future__ import annotations

from qstash_dev.state.delivered_steps import delivered_steps
from qstash_dev.state.message import Message
from tests.broker.flow import ACCEPTED, FAILURE, FINAL, Flow
from tests.broker.world import answer


def steps(message: Message) -> str:
    return str(delivered_steps(message))


def test_a_delivery_runs_the_step_after_the_one_that_it_brings(flow: Flow) -> None:
    run, init = flow.trigger()
    assert steps(init) == "after init"
    first = flow.step(run, 1)
    assert steps(init) == "init → step-1"
    second = flow.step(run, 2, Upstash_Delay="1h")
    assert (steps(init), steps(first), steps(second)) == ("init → step-1", "step-1 → step-2", "after step-2")


def test_a_wait_a_call_and_an_invoked_run_are_steps_as_well(flow: Flow) -> None:
    run, init = flow.trigger()
    flow.wait(run, 1, "paid")
    assert steps(init) == "init → wait-1"
    [woken] = flow.notify("paid")
    assert steps(init) == "init → wait-1"
    call = flow.call(run, 2)
    assert (steps(woken.message), steps(call)) == ("wait-1 → step-2", "step-2")
    flow.finish(call)
    call_result = flow.latest(run)
    assert steps(call_result) == "step-2"
    made = flow.step(run, 2)
    flow.invoke(run, 3)
    assert (steps(call_result), steps(made)) == ("step-2", "step-2 → invoke-3")


def test_branches_of_a_group_run_their_own_steps_and_the_last_one_goes_on(flow: Flow) -> None:
    run, init = flow.trigger()
    plans = [flow.plan(run, target, 5) for target in range(1, 6)]
    assert steps(init) == "init → step-1, step-2, step-3 and 2 more"
    assert [steps(plan) for plan in plans[:2]] == ["step-1", "step-2"]
    results = [flow.step(run, target, {"concurrent": 5}) for target in (3, 1, 2, 5, 4)]
    flow.step(run, 6)
    assert [steps(result) for result in results] == [
        "after step-3", "after step-1", "after step-2", "after step-5", "step-4 → step-6",
    ]  # fmt: skip


def test_a_group_may_follow_a_group(flow: Flow) -> None:
    run, _ = flow.trigger()
    for target in (1, 2):
        flow.plan(run, target, 2)
    results = [flow.step(run, target, {"concurrent": 2}) for target in (1, 2)]
    for target in (3, 4):
        flow.plan(run, target, 2)
    assert [steps(result) for result in results] == ["after step-1", "step-2 → step-3, step-4"]


def test_a_wait_in_a_branch_is_not_what_another_branch_ran(flow: Flow) -> None:
    run, _ = flow.trigger()
    for target in (1, 2):
        flow.plan(run, target, 2)
    result = flow.step(run, 1, {"concurrent": 2})
    flow.wait(run, 2, "paid", concurrent=2)
    assert steps(result) == "after step-1"


def test_the_answer_names_the_step_that_failed(flow: Flow) -> None:
    run, init = flow.trigger()
    first = flow.step(run, 1)
    flow.finish(init, ACCEPTED)
    failed = answer(500, Upstash_Error_Step_Name="explode" + "!" * 200)
    found = delivered_steps(first, failed)
    assert found is not None
    assert (found.after, found.ran) == ("step-1", (("explode" + "!" * 200)[:100],))
    # Only a failure has a step that failed.
    assert str(delivered_steps(first, answer(200, Upstash_Error_Step_Name="explode"))) == "after step-1"


def test_names_are_bounded(flow: Flow) -> None:
    run, init = flow.trigger()
    flow.step(run, 1, {"stepName": "x" * 10_000})
    assert steps(init) == "init → " + "x" * 100


def test_other_messages_are_about_no_step(flow: Flow) -> None:
    assert delivered_steps(flow.publish()) is None
    run, init = flow.trigger(**FAILURE)
    flow.give_up(init, FINAL)
    assert run.failure is not None
    assert run.failure.callback_message is not None
    assert delivered_steps(run.failure.callback_message) is None


def test_a_run_that_was_released_tells_what_is_left(flow: Flow) -> None:
    run, init = flow.trigger()
    first = flow.step(run, 1)
    run.release()
    assert (steps(init), steps(first)) == ("after init", "after step-1")
