"""Runs that are started, and steps that are added and delivered."""

from __future__ import annotations

import json

import pytest

from qstash_dev.protocol.workflow import NOT_A_WORKFLOW, OLD_SDK
from qstash_dev.state.run import RunMessageKind, RunState
from tests.broker.flow import ACCEPTED, FAILURE, FINAL, STEP, WORKFLOW, Flow, entries, headers_of
from tests.broker.world import HOUR_MS, answer
from tests.conftest import NOON_MS

NAME = {"name": "bob"}


def test_the_first_delivery_is_the_payload_as_an_array_of_one(flow: Flow) -> None:
    run, message = flow.trigger()
    assert flow.on_the_wire() == [message]
    assert (message.url, message.publication.options.method) == (WORKFLOW, "POST")
    assert json.loads(message.delivered_body) == [
        {"messageId": message.id, "body": "eyJuYW1lIjoiYm9iIn0=", "callType": "step"}
    ]
    assert headers_of(message) == {
        "Content-Type": "application/json",
        "X-User": "uv",
        "Upstash-Workflow-Sdk-Version": "1",
    }
    assert (run.state, run.url, run.caller_ip) == (RunState.STARTED, WORKFLOW, "127.0.0.1")


def test_a_run_of_steps_that_ends(flow: Flow) -> None:
    run, init = flow.trigger()
    first = flow.step(run, 1)
    flow.accept(init)
    assert [entry if entry == NAME else entry["stepId"] for entry in entries(first)] == [NAME, 1]
    second = flow.step(run, 2)
    flow.accept(first)
    assert [entry["stepId"] for entry in entries(second)[1:]] == [1, 2]
    flow.end(run, '{"r":2}')
    flow.accept(second)
    assert (run.state, run.response, run.completed_ms) == (RunState.SUCCESS, '{"r":2}', NOON_MS)
    assert flow.started == [init, first, second]
    flow.assert_nothing_is_left()


def test_each_of_a_thousand_steps_is_delivered_with_all_before_it(flow: Flow) -> None:
    run, message = flow.trigger()
    for number in range(1, 1_001):
        following = flow.step(run, number)
        flow.accept(message)
        message = following
    assert [entry["stepId"] for entry in entries(message)[1:]] == list(range(1, 1_001))
    flow.end(run)
    flow.accept(message)
    assert (run.state, len(flow.started)) == (RunState.SUCCESS, 1_001)
    flow.assert_nothing_is_left()


def test_a_step_is_stored_byte_for_byte(flow: Flow) -> None:
    run, _ = flow.trigger()
    odd = b'{ "stepId":1, "stepName":"\xc3\xbc", "stepType":"Run", "out":"\xc3\x83", "concurrent":1 , "x":1e2}'
    message = flow.message(flow.submit(flow.headers(run), odd))
    assert run.entries[1].body == odd
    assert len(entries(message)) == 2


def test_a_message_delivers_what_came_before_it_and_nothing_later(flow: Flow) -> None:
    run, _ = flow.trigger()
    slow, fast = flow.plan(run, 1, 2, Upstash_Delay="1h"), flow.plan(run, 2, 2)
    result = flow.step(run, 2, {"concurrent": 2})
    assert [len(entries(message)) for message in (slow, fast, result)] == [2, 3, 4]
    flow.advance(HOUR_MS)
    assert flow.on_the_wire()[-1] is slow
    assert len(entries(slow)) == 2


def test_exactly_one_of_parallel_results_is_delivered_with_all_of_them(flow: Flow) -> None:
    run, init = flow.trigger()
    plans = [flow.plan(run, target, 3) for target in (1, 2, 3)]
    flow.accept(init)
    results = []
    for target, plan in zip((3, 1, 2), (plans[2], plans[0], plans[1]), strict=True):
        results.append(flow.step(run, target, {"concurrent": 3}))
        flow.accept(plan)
    assert [len(entries(result)) for result in results] == [5, 6, 7]
    assert len(flow.started) == 1 + 3 + 3


@pytest.mark.parametrize(
    ("headers", "fields", "after_ms"),
    [
        ({"Upstash_Delay": "1h"}, {"sleepFor": 3_600}, HOUR_MS),
        (
            {"Upstash_Not_Before": str(NOON_MS // 1_000 + 3_600)},
            {"sleepUntil": NOON_MS / 1_000 + 3_600.4},
            HOUR_MS + 400,
        ),
    ],
)
def test_a_sleep_is_recorded_now_and_delivered_when_it_is_over(
    flow: Flow, headers: dict[str, str], fields: dict[str, float], after_ms: int
) -> None:
    run, init = flow.trigger()
    asleep = flow.step(run, 1, {"stepType": "SleepFor"} | fields, **headers)
    flow.accept(init)
    assert len(run.entries) == 2
    flow.advance(after_ms - 1)
    assert flow.on_the_wire() == []
    flow.advance(1)
    assert flow.on_the_wire() == [asleep]


def test_a_trigger_may_have_a_delay(flow: Flow) -> None:
    _, message = flow.trigger(Upstash_Delay="1h")
    assert flow.started == []
    flow.advance(HOUR_MS)
    assert flow.on_the_wire() == [message]


def test_headers_of_the_user_come_with_every_delivery_and_its_own_win(flow: Flow) -> None:
    run, _ = flow.trigger(Upstash_Label="l1", Upstash_Forward_Upstash_Label="l1", Upstash_Forward_Host="stale")
    step = flow.step(run, 1)
    assert headers_of(step) == headers_of(flow.step(run, 2)) | {}
    assert headers_of(step)["X-User"] == "uv"
    assert headers_of(step)["Upstash-Label"] == "l1"
    assert "Host" not in headers_of(step)
    assert step.labels == ("l1",)
    own = flow.step(run, 3, None, Upstash_Forward_X_User="mine")
    assert headers_of(own)["X-User"] == "mine"


@pytest.mark.parametrize(
    ("features", "given", "expected"),
    [
        (STEP["Upstash-Feature-Set"], {}, (1, "5")),
        (STEP["Upstash-Feature-Set"], {"Upstash_Retries": "2"}, (2, "5")),
        ("InitialBody", {}, (3, None)),
        ("InitialBody", {"Upstash_Retries": "2", "Upstash_Retry_Delay": "9"}, (2, "9")),
    ],
)
def test_settings_of_the_trigger_hold_for_later_messages_if_the_sdk_counts_on_it(
    flow: Flow, features: str, given: dict[str, str], expected: tuple[int, str | None]
) -> None:
    run, _ = flow.trigger(Upstash_Retries="1", Upstash_Retry_Delay="5", Upstash_Feature_Set=features)
    options = flow.step(run, 1, None, **given).publication.options
    assert (options.retries, options.retry_delay) == expected


def test_messages_of_a_run_share_its_flow_control_key(flow: Flow) -> None:
    run, init = flow.trigger(Upstash_Flow_Control_Key="key", Upstash_Flow_Control_Value="parallelism=1")
    step = flow.step(run, 1)
    assert flow.on_the_wire() == [init]
    flow.accept(init)
    assert flow.on_the_wire() == [step]


@pytest.mark.parametrize("headers", [{}, {"Upstash_Workflow_Sdk": "v1.3.2"}])
def test_an_endpoint_without_the_sdk_fails_the_run_at_once_and_in_words(flow: Flow, headers: dict[str, str]) -> None:
    run, init = flow.trigger()
    flow.finish(init, answer(200, **headers))
    assert run.state is RunState.FAILED
    assert flow.states(init) == ["CREATED", "ACTIVE", "ERROR", "FAILED"]
    assert NOT_A_WORKFLOW in flow.notes(run)
    [letter] = flow.letters()
    assert letter.message is init
    flow.assert_nothing_is_left()


def test_only_the_first_delivery_is_looked_at_so(flow: Flow) -> None:
    run, init = flow.trigger()
    step = flow.step(run, 1)
    flow.accept(init)
    flow.finish(step, answer(200))
    assert run.alive


def test_an_old_sdk_behind_the_rest_trigger_fails_the_run(flow: Flow) -> None:
    run, init = flow.trigger()
    run.rest_trigger = True
    flow.finish(init, answer(200, Upstash_Workflow_Sdk_Version="1"))
    assert OLD_SDK in flow.notes(run)
    assert run.state is RunState.FAILED


def test_a_failed_delivery_is_tried_again_with_the_same_log(flow: Flow) -> None:
    run, init = flow.trigger()
    step = flow.step(run, 1)
    flow.accept(init)
    sent = step.delivered_body
    flow.step(run, 2)
    flow.fail(step)
    assert run.alive
    flow.advance(12_000)
    assert flow.on_the_wire()[-1] is step
    assert (step.retried, step.delivered_body) == (1, sent)


def test_an_endpoint_may_say_when_to_try_again(flow: Flow) -> None:
    _, init = flow.trigger()
    flow.finish(init, answer(429, Retry_After="2s"))
    flow.advance(1_999)
    assert flow.on_the_wire() == []
    flow.advance(1)
    assert flow.on_the_wire() == [init]


def test_489_with_its_header_is_final_and_without_it_is_not(flow: Flow) -> None:
    run, init = flow.trigger()
    flow.finish(init, answer(489))
    assert run.alive
    flow.advance(12_000)
    flow.finish(init, FINAL)
    assert run.state is RunState.FAILED


def test_a_step_that_is_submitted_again_is_answered_and_delivered_once(flow: Flow) -> None:
    run, init = flow.trigger()
    first = flow.step_receipt(run, 1)
    flow.fail(init)
    flow.advance(12_000)
    again = flow.step_receipt(run, 1, {"out": '"other"'})
    assert (again.message_id, again.deduplicated, first.deduplicated) == (first.message_id, True, False)
    assert len(run.entries) == 2
    assert [message.id for message in flow.started].count(first.message_id) == 1
    text = f"POST {WORKFLOW} = {first.message_id}, step 1 of wfr_1, published 12 s ago, ACTIVE"
    assert flow.notices(flow.message(first)) == [text]


def test_plans_of_a_group_are_told_apart_by_their_targets(flow: Flow) -> None:
    run, _ = flow.trigger()
    plans = [flow.plan(run, target, 2) for target in (1, 2)]
    assert plans[0] is not plans[1]
    assert flow.plan(run, 1, 2) is plans[0]


def test_a_trigger_for_a_run_that_goes_on_starts_nothing(flow: Flow) -> None:
    run, init = flow.trigger()
    receipt = flow.submit(flow.init("wfr_1"), b"other")
    assert (receipt.deduplicated, receipt.message_id, receipt.run) == (True, init.id, run)
    assert flow.started == [init]
    assert flow.notices(init) == [f"POST {WORKFLOW} = {init.id}, the run wfr_1 goes on, published 0 ms ago, ACTIVE"]


def test_an_id_starts_a_new_run_after_the_end_of_the_first(flow: Flow) -> None:
    first, init = flow.trigger()
    flow.end(first)
    flow.accept(init)
    flow.advance(5)
    second, init = flow.trigger()
    assert second is not first
    assert (second.created_ms, second.entries[0].message_id) == (NOON_MS + 5, init.id)


def test_a_new_sdk_behind_an_unknown_trigger_starts_the_run_itself(flow: Flow) -> None:
    """The first delivery says that the SDK is unknown; the SDK repeats the trigger, and that replaces it."""
    run, hop = flow.trigger(
        Upstash_Forward_Upstash_Workflow_Unknown_Sdk="true",
        Upstash_Forward_X_User="first",
        Upstash_Label="l1",
        **FAILURE,
    )
    assert run.unknown_sdk
    repeated = flow.init("wfr_1") | {"upstash-workflow-trigger-by-sdk": "true", "Upstash-Forward-X-User": "second"}
    receipt = flow.submit(repeated, b"payload")
    flow.finish(hop, answer(200))
    init = flow.message(receipt)
    assert (receipt.run, receipt.deduplicated) == (run, False)
    assert (entries(init), len(run.entries)) == ([b"payload"], 1)
    assert run.settings.headers == (("X-User", "second"),)
    assert run.settings.failure_callback is not None
    assert run.settings.labels == ("l1",)
    flow.end(run)
    flow.accept(init)
    assert flow.started == [hop, init]
    flow.assert_nothing_is_left()


def test_the_hop_of_an_unknown_trigger_is_not_tried_again_once_it_was_replaced(flow: Flow) -> None:
    run, hop = flow.trigger(Upstash_Forward_Upstash_Workflow_Unknown_Sdk="true")
    flow.fail(hop)
    repeated = flow.init("wfr_1") | {"upstash-workflow-trigger-by-sdk": "true"}
    init = flow.message(flow.submit(repeated, b"payload"))
    assert hop.ended
    flow.advance(HOUR_MS)
    flow.end(run)
    flow.accept(init)
    assert flow.started == [hop, init]
    assert run.state is RunState.SUCCESS
    flow.assert_nothing_is_left()


def test_a_run_that_cannot_go_on_says_so(flow: Flow) -> None:
    run, init = flow.trigger()
    flow.accept(init)
    assert run.alive
    assert "submitted nothing that could take the run on" in flow.notes(run)


def test_a_run_that_goes_on_says_nothing(flow: Flow) -> None:
    run, init = flow.trigger()
    plans = [flow.plan(run, target, 2) for target in (1, 2)]
    flow.accept(init)
    results = []
    for target, plan in zip((1, 2), plans, strict=True):
        results.append(flow.step(run, target, {"concurrent": 2}))
        flow.accept(plan)
    flow.accept(results[0])
    flow.wait(run, 3, "event")
    flow.accept(results[1])
    [woken] = flow.notify("event")
    flow.end(run)
    flow.accept(woken.message)
    assert flow.notes(run) == ""


def test_messages_know_what_they_are_to_their_run(flow: Flow) -> None:
    run, init = flow.trigger()
    step = flow.step(run, 1)
    parts = [message.run_message for message in (init, step)]
    assert [(part.run, part.kind, part.entry) for part in parts if part] == [
        (run, RunMessageKind.INIT, 0),
        (run, RunMessageKind.STEP, 1),
    ]
    flow.finish(init, ACCEPTED)
    assert list(run.pending) == [step.id]
