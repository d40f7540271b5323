"""Runs that invoke other runs and get their results."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qstash_dev.protocol.errors import Rejection
from qstash_dev.state.message import Message
from qstash_dev.state.run import Run, RunState
from tests.broker.flow import WORKFLOW, Flow, entries, headers_of
from tests.broker.world import HOUR_MS

CHILD = WORKFLOW + "/child"


@pytest.fixture
def parent(flow: Flow) -> Run:
    """A run whose first delivery is on the wire still, as it is when the SDK invokes."""
    return flow.trigger()[0]


def returned(message: Message) -> Any:
    """What an invoke came to."""
    return json.loads(entries(message)[-1]["out"])


def test_a_child_is_started_with_its_payload_and_without_the_wrapper(flow: Flow, parent: Run) -> None:
    child, message = flow.invoke(parent, 1, Upstash_Forward_X_Child="hdr")
    assert (child.id, child.url, message.url) == ("wfr_child", WORKFLOW, CHILD)
    assert entries(message) == [{"in": 1}]
    assert headers_of(message)["X-Child"] == "hdr"
    assert child.invoker is not None
    assert (child.invoker.run_id, child.invoker.created_ms) == (parent.id, parent.created_ms)
    assert len(parent.entries) == 1


def test_a_child_without_a_payload_has_an_empty_one(flow: Flow, parent: Run) -> None:
    headers = flow.init("wfr_child") | {"Upstash-Workflow-Invoke": "true"}
    wrapper = {
        "headers": {},
        "workflowRunId": parent.id,
        "workflowUrl": WORKFLOW,
        "step": {"stepId": 1, "stepName": "i", "stepType": "Invoke"},
    }
    receipt = flow.submit(headers, json.dumps(wrapper).encode(), CHILD)
    assert receipt.run.initial_body == b""
    assert receipt.run.invoker is not None
    assert receipt.run.invoker.created_ms == parent.created_ms


def test_what_the_child_returns_goes_to_the_parent(flow: Flow, parent: Run) -> None:
    child, init = flow.invoke(parent, 1)
    flow.end(child, '{"r":"ü"}')
    flow.accept(init)
    back = flow.latest(parent)
    assert (back.url, back in flow.on_the_wire()) == (WORKFLOW, True)
    assert returned(back) == {"body": '{"r":"ü"}', "isCanceled": False, "isFailed": False}
    step = entries(back)[-1]
    assert (step["stepId"], step["stepName"], step["stepType"]) == (1, "invoke-1", "Invoke")
    assert headers_of(back)["X-User"] == "uv"
    assert headers_of(back)["Upstash-Workflow-Sdk-Version"] == "1"
    recorded = parent.entries[1].step
    assert recorded is not None
    assert json.loads(recorded.fields["out"])["body"] == '{"r":"ü"}'


def test_a_child_that_returns_nothing_has_no_body(flow: Flow, parent: Run) -> None:
    child, _ = flow.invoke(parent, 1)
    flow.end(child, None)
    assert returned(flow.latest(parent)) == {"isCanceled": False, "isFailed": False}


def test_a_child_that_fails_tells_the_parent_and_its_own_failure_function(flow: Flow, parent: Run) -> None:
    child, init = flow.invoke(parent, 1)
    flow.give_up(init)
    assert returned(flow.latest(parent)) == {"isCanceled": False, "isFailed": True}
    assert child.state is RunState.FAILED
    assert len(flow.on_the_wire()) == 3
    assert parent.alive


def test_a_child_that_is_cancelled_tells_the_parent(flow: Flow, parent: Run) -> None:
    child, _ = flow.invoke(parent, 1)
    flow.broker.finisher.cancel(child, flow.now_ms)
    assert returned(flow.latest(parent)) == {"isCanceled": True, "isFailed": False}


@pytest.mark.parametrize("state", list(RunState)[1:])
def test_a_parent_that_is_over_gets_nothing_but_a_note(flow: Flow, parent: Run, state: RunState) -> None:
    child, init = flow.invoke(parent, 1)
    flow.broker.finisher.end(parent, state, flow.now_ms)
    assert child.alive
    flow.end(child)
    flow.accept(init)
    assert len(parent.entries) == 1
    assert "wfr_child ended as RUN_SUCCESS after this one was over" in flow.notes(parent)


def test_a_parent_that_is_forgotten_gets_nothing(flow: Flow, parent: Run) -> None:
    child, _ = flow.invoke(parent, 1)
    flow.tenant.runs.clear()
    flow.end(child)
    assert len(parent.entries) == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_children_return_in_any_order(flow: Flow, parent: Run, order: tuple[int, ...]) -> None:
    children = [flow.invoke(parent, number + 1, f"wfr_child_{number}") for number in range(3)]
    for number in order:
        child, init = children[number]
        flow.end(child, str(number))
        flow.accept(init)
    assert [returned(flow.message_at(parent, at))["body"] for at in (1, 2, 3)] == [str(number) for number in order]


def test_a_chain_of_invocations_returns_all_the_way_up(flow: Flow, parent: Run) -> None:
    runs = [parent]
    for depth in range(1, 6):
        child, _ = flow.invoke(runs[-1], 1, f"wfr_{depth + 1}")
        runs.append(child)
    for run in reversed(runs):
        flow.end(run, f'"{run.id}"')
    assert [run.state for run in runs] == [RunState.SUCCESS] * 6
    assert [len(run.entries) for run in runs] == [2] * 5 + [1]
    while flow.flying:
        flow.accept(flow.flying[0].message)
    flow.assert_nothing_is_left()


def test_an_invoke_that_is_submitted_again_starts_one_child(flow: Flow, parent: Run) -> None:
    """The SDK invents a new id each time."""
    first = flow.invoke_receipt(parent, 1, "wfr_first")
    again = flow.invoke_receipt(parent, 1, "wfr_second")
    assert (again.deduplicated, again.run, again.message_id) == (True, first.run, first.message_id)
    [text] = flow.notices(flow.message(first))
    assert f" = {first.message_id}, step 1 of {parent.id}, published 0 ms ago" in text
    assert flow.tenant.runs.get("wfr_second") is None
    flow.end(first.run)
    assert flow.invoke_receipt(parent, 1, "wfr_third").deduplicated
    assert len(parent.entries) == 2


def test_a_child_that_goes_on_already_is_not_started_again_and_the_parent_is_told(flow: Flow, parent: Run) -> None:
    other, _ = flow.trigger("wfr_child")
    receipt = flow.invoke_receipt(parent, 1)
    assert (receipt.deduplicated, receipt.run) == (True, other)
    assert "wfr_child, which goes on already" in flow.notes(parent)


def test_a_parent_that_has_ended_invokes_nobody(flow: Flow, parent: Run) -> None:
    flow.broker.finisher.cancel(parent, flow.now_ms)
    with pytest.raises(Rejection) as caught:
        flow.invoke(parent, 1)
    assert caught.value.status == 400
    assert flow.tenant.runs.get("wfr_child") is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"step": None}, "JSON object"),
        ({"step": {"stepId": 1}}, "stepName"),
        ({"workflowUrl": "workflow"}, "workflowUrl"),
        ({"workflowUrl": 1}, "workflowUrl"),
        ({"workflowRunCreatedAt": "now"}, "workflowRunCreatedAt"),
        ({"body": {}}, "body"),
        ({"headers": []}, "headers"),
        ({"headers": {"X": [1]}}, "header X"),
        ({"headers": {"Upstash-Delay": ["soon"]}}, "Upstash-Delay"),
        ({"workflowRunId": 7}, "workflowRunId"),
    ],
)
def test_a_wrong_invoke_is_412_and_starts_nobody(flow: Flow, parent: Run, change: dict[str, Any], named: str) -> None:
    wrapper = {
        "headers": {},
        "workflowRunId": parent.id,
        "workflowUrl": WORKFLOW,
        "step": {"stepId": 1, "stepName": "i", "stepType": "Invoke"},
    }
    headers = flow.init("wfr_child") | {"Upstash-Workflow-Invoke": "true"}
    with pytest.raises(Rejection, match=named) as caught:
        flow.submit(headers, json.dumps(wrapper | change).encode(), CHILD)
    assert caught.value.status == 412
    assert flow.tenant.runs.get("wfr_child") is None


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff"])
def test_an_invoke_that_is_no_object_is_412(flow: Flow, body: bytes) -> None:
    headers = flow.init("wfr_child") | {"Upstash-Workflow-Invoke": "true"}
    with pytest.raises(Rejection) as caught:
        flow.submit(headers, body, CHILD)
    assert caught.value.status == 412


@pytest.mark.parametrize("change", [{"id": "a\nb"}, {"Upstash_Workflow_Url": "nowhere"}])
def test_a_child_that_cannot_be_is_412_as_well(flow: Flow, parent: Run, change: dict[str, str]) -> None:
    """The SDK of the parent would take a 400 for its own end."""
    more = dict(change)
    with pytest.raises(Rejection) as caught:
        flow.invoke(parent, 1, more.pop("id", "wfr_child"), **more)
    assert caught.value.status == 412


def test_a_family_that_is_cancelled_together_is_told_nothing(flow: Flow, parent: Run) -> None:
    child, init = flow.invoke(parent, 1)
    flow.wait(child, 1, "never", "365d")
    flow.accept(init)
    flow.accept(flow.message_at(parent, 0))
    flow.advance(HOUR_MS)
    assert flow.notes(parent) == flow.notes(child) == ""
    assert flow.broker.bulk_cancel.cancel_runs([child, parent], flow.now_ms) == 2
    flow.assert_nothing_is_left()
