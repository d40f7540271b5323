"""Limits on runs: starts and steps that are refused, and the bytes that runs keep."""

from __future__ import annotations

import pytest

from qstash_dev.config import PAYG, Config, Retention
from qstash_dev.protocol.errors import Rejection
from qstash_dev.state.run import ENTRY_OVERHEAD_BYTES, RunState
from qstash_dev.state.url_group import Endpoint, UrlGroup
from tests.broker.flow import WORKFLOW, Flow, make_flow
from tests.broker.world import answer
from tests.conftest import NOON_MS

MEGABYTE = 1_000_000
FAILED_LARGE = answer(489, b"x" * MEGABYTE, Upstash_Nonretryable_Error="true")


def test_a_step_may_name_the_instance_it_belongs_to(flow: Flow) -> None:
    run, _ = flow.trigger()
    assert flow.step(run, 1, None, Upstash_Workflow_CreatedAt=str(run.created_ms)).run_message is not None
    with pytest.raises(Rejection) as caught:
        flow.step(run, 2, None, Upstash_Workflow_CreatedAt=str(run.created_ms - 1))
    assert caught.value.status == 400


@pytest.mark.parametrize("state", list(RunState)[1:])
def test_a_step_for_a_run_that_has_ended_is_refused_with_400_and_noted(flow: Flow, state: RunState) -> None:
    run, _ = flow.trigger()
    flow.broker.finisher.end(run, state, flow.now_ms)
    with pytest.raises(Rejection, match="can not append to a a cancelled workflow") as caught:
        flow.step(run, 1)
    assert caught.value.status == 400
    assert f"had ended as {state}" in flow.notes(run)
    assert len(run.entries) == 1


def test_a_step_for_an_unknown_run_is_refused_with_400_and_makes_nothing(flow: Flow) -> None:
    run, _ = flow.trigger()
    run.id = "wfr_unknown"
    with pytest.raises(Rejection) as caught:
        flow.step(run, 1)
    assert caught.value.status == 400
    assert len(flow.tenant.runs) == 1


@pytest.mark.parametrize(
    ("body", "destination", "named"),
    [
        (b"{", WORKFLOW, "JSON object"),
        (b'{"stepId":"1"}', WORKFLOW, "stepId"),
        (b'{"stepId":1,"stepName":"a","stepType":"Run"}', "group", "URL group"),
    ],
)
def test_a_wrong_step_of_a_run_that_goes_on_is_412_and_appends_nothing(
    flow: Flow, body: bytes, destination: str, named: str
) -> None:
    flow.tenant.url_groups["group"] = UrlGroup("group", NOON_MS, NOON_MS, [Endpoint("https://a")])
    run, _ = flow.trigger()
    with pytest.raises(Rejection, match=named) as caught:
        flow.submit(flow.headers(run), body, destination)
    assert caught.value.status == 412
    assert len(run.entries) == 1


@pytest.mark.parametrize(
    "id", ["", "a\r\nX-Evil: 1", "a\x00b", "x" * 1_001, "\udc80", "order 17", "größe", "a/b", "a?c", "a#d"]
)
def test_an_id_that_cannot_stand_in_a_url_starts_nothing(flow: Flow, id: str) -> None:
    with pytest.raises(Rejection, match="Upstash-Workflow-RunId") as caught:
        flow.trigger(id)
    assert caught.value.status == 400
    assert len(flow.tenant.runs) == 0


@pytest.mark.parametrize("id", ["wfr_1", "wfr-1", "order_17", "x" * 1_000, "a.b:c@d"])
def test_any_other_text_is_an_id(flow: Flow, id: str) -> None:
    assert flow.trigger(id)[0].id == id


@pytest.mark.parametrize("url", ["", "workflow", "http://[", "ftp://example.com", "http://a\r\nb"])
def test_a_workflow_has_a_url(flow: Flow, url: str) -> None:
    with pytest.raises(Rejection, match="Upstash-Workflow-Url"):
        flow.trigger(Upstash_Workflow_Url=url)


def refused(action: object, *values: object, status: int = 412, **named: object) -> str:
    """The text of the rejection that calling this comes to."""
    assert callable(action)
    with pytest.raises(Rejection) as caught:
        action(*values, **named)
    assert caught.value.status == status
    return caught.value.text


def test_a_run_has_only_so_many_steps() -> None:
    flow = make_flow(Config(max_run_entries=3))
    run, _ = flow.trigger()
    flow.step(run, 1)
    flow.step(run, 2)
    assert refused(flow.step, run, 3) == "quota maxWorkflowSteps exceeded, current limit: 3"
    assert "maxWorkflowSteps" in refused(flow.call, run, 3)
    assert "maxWorkflowSteps" in refused(flow.wait, run, 3, "event")
    assert "maxWorkflowSteps" in refused(flow.invoke, run, 3)
    assert flow.step_receipt(flow.trigger("wfr_2")[0], 1).deduplicated is False


def test_waits_and_invokes_count_before_they_are_steps() -> None:
    flow = make_flow(Config(max_run_entries=3))
    run, _ = flow.trigger()
    flow.wait(run, 1, "event")
    flow.invoke(run, 2)
    assert "maxWorkflowSteps" in refused(flow.step, run, 3)


def test_runs_invoke_each_other_only_so_deeply(flow: Flow) -> None:
    parent, _ = flow.trigger()
    deep = {"Upstash_Forward_Upstash_Workflow_Invoke_Count": "101"}
    assert "maxInvokeDepth" in refused(flow.invoke, parent, 1, **deep)
    flow.invoke(parent, 1, Upstash_Forward_Upstash_Workflow_Invoke_Count="100")


def test_runs_that_go_on_keep_only_so_much() -> None:
    flow = make_flow(Config(max_pending_bytes=10 * MEGABYTE))
    run, _ = flow.trigger(body=b"x" * 2 * MEGABYTE)
    assert "maxPendingBytes" in refused(flow.step, run, 1, {"out": "x" * 2 * MEGABYTE})
    assert "maxPendingBytes" in refused(flow.call, run, 1, b"x" * 2 * MEGABYTE)
    assert "maxPendingBytes" in refused(flow.wait, run, 1, "event", more="x" * 2 * MEGABYTE)
    assert "maxPendingBytes" in refused(flow.trigger, "wfr_2", b"x" * 2 * MEGABYTE)
    flow.step(run, 1)
    assert len(run.entries) == 2


def test_what_a_run_kept_is_free_again_when_it_has_ended() -> None:
    flow = make_flow(Config(max_pending_bytes=10 * MEGABYTE))
    for number in range(5):
        run, init = flow.trigger(f"wfr_{number}", b"x" * 2 * MEGABYTE)
        flow.end(run)
        flow.accept(init)
    flow.assert_nothing_is_left()


def test_events_for_later_count_as_well() -> None:
    flow = make_flow(Config(max_pending_bytes=MEGABYTE))
    run, _ = flow.trigger()
    waits = flow.broker.waits
    waits.notify_run(run, "event", b"x" * 150_000, NOON_MS)
    assert "maxPendingBytes" in refused(waits.notify_run, run, "event", b"x" * 150_000, NOON_MS)


def test_a_run_keeps_only_so_many_events() -> None:
    flow = make_flow()
    run, _ = flow.trigger()
    for number in range(1_000):
        flow.broker.waits.notify_run(run, f"event-{number % 7}", b"", NOON_MS)
    assert "maxStoredEvents" in refused(flow.broker.waits.notify_run, run, "another", b"", NOON_MS)


def test_results_and_failures_of_ended_runs_are_bounded_by_their_bytes() -> None:
    flow = make_flow(Config(retention=Retention(max_bytes=5 * MEGABYTE)))
    for number in range(10):
        run, init = flow.trigger(f"wfr_{number}")
        flow.end(run, "x" * MEGABYTE)
        flow.accept(init)
    assert len(flow.tenant.runs) == 4
    for number in range(10):
        run, init = flow.trigger(f"wfr_f{number}")
        flow.give_up(init, FAILED_LARGE)
    assert len(flow.tenant.runs) <= 5
    flow.assert_nothing_is_left()


def test_an_ended_run_that_is_forgotten_keeps_nothing_though_its_messages_are_known() -> None:
    flow = make_flow(Config(retention=Retention(runs=1)))
    first, init = flow.trigger("wfr_1", b"x" * MEGABYTE)
    flow.end(first)
    flow.accept(init)
    second, init = flow.trigger("wfr_2")
    flow.end(second)
    flow.accept(init)
    assert first.entries == []
    assert flow.tenant.runs.get("wfr_1") is None


def test_a_payload_over_the_limit_of_the_plan_is_refused(flow: Flow) -> None:
    assert "maxMessageSize" in refused(flow.trigger, "wfr_1", b"x" * (PAYG.max_message_bytes + 1))
    assert len(flow.tenant.runs) == 0


def test_an_entry_costs_more_than_its_bytes(flow: Flow) -> None:
    run, _ = flow.trigger(body=b"")
    assert run.weight > ENTRY_OVERHEAD_BYTES
    assert flow.tenant.runs.live_weight == run.weight
