"""Runs that fail, and their failure callbacks."""

from __future__ import annotations

import base64

import pytest

from qstash_dev.protocol.errors import Rejection
from qstash_dev.protocol.failure_reason import HINTS, FailureReason
from qstash_dev.protocol.result import DeliveryResult, Unreachable
from qstash_dev.state.message import Message
from qstash_dev.state.run import CallbackState, Failure, Run, RunMessageKind, RunState
from tests.broker.flow import FAILED, FAILURE, FEATURES, FINAL, WORKFLOW, Flow, headers_of, report
from tests.broker.world import DAY_MS, answer

NOT_FOUND = answer(200, Upstash_Workflow_Failure_Callback_Notfound="true")


def fail(flow: Flow, result: DeliveryResult = FINAL, **more: str) -> tuple[Run, Failure]:
    """A run that has failed at once, and its failure."""
    run, init = flow.trigger(**FAILURE, **more)
    flow.give_up(init, result)
    assert run.failure is not None
    return run, run.failure


def callback(failure: Failure) -> Message:
    assert failure.callback_message is not None
    return failure.callback_message


def test_a_run_fails_when_a_message_is_given_up(flow: Flow) -> None:
    run, init = flow.trigger(Upstash_Retries="1", Upstash_Retry_Delay="1000")
    flow.fail(init)
    assert run.alive
    flow.advance(1_000)
    flow.fail(init)
    assert (run.state, run.completed_ms) == (RunState.FAILED, flow.now_ms)
    [letter] = flow.letters()
    assert run.failure is not None
    assert (run.failure.letter, letter.message) == (letter, init)
    flow.assert_nothing_is_left()


def test_the_failure_function_is_told_with_its_own_headers(flow: Flow) -> None:
    _, failure = fail(flow)
    message = callback(failure)
    assert (message.url, failure.state) == (FAILED, CallbackState.IN_PROGRESS)
    assert flow.on_the_wire() == [message]
    assert headers_of(message) == {
        "Content-Type": "application/json",
        "X-User": "uv",
        "Upstash-Workflow-Is-Failure": "true",
        "Upstash-Workflow-Failure-Callback": "true",
    }
    assert message.publication.options.retries == 3


def test_the_report_says_what_happened(flow: Flow) -> None:
    run, failure = fail(flow)
    sent = report(callback(failure))
    assert base64.b64decode(sent.pop("body")) == b'{"message":"no"}'
    assert base64.b64decode(sent.pop("sourceBody")) == b'{"name":"bob"}'
    message = failure.message
    assert sent == {
        "status": 489,
        "header": {"Upstash-Nonretryable-Error": ["true"]},
        "retried": 0,
        "maxRetries": 3,
        "dlqId": failure.letter.id,
        "sourceMessageId": message.id,
        "url": WORKFLOW,
        "method": "POST",
        "sourceHeader": {name: [value] for name, value in headers_of(message).items()},
        "workflowRunId": run.id,
        "workflowUrl": WORKFLOW,
        "workflowCreatedAt": run.created_ms,
        "createdAt": flow.now_ms,
        "notBefore": flow.now_ms,
        "callerIP": "127.0.0.1",
    }


def test_the_report_about_a_later_step_holds_the_payload_of_the_run(flow: Flow) -> None:
    run, init = flow.trigger(**FAILURE)
    step = flow.step(run, 1)
    flow.accept(init)
    flow.give_up(step)
    assert run.failure is not None
    sent = report(callback(run.failure))
    assert (base64.b64decode(sent["sourceBody"]), sent["sourceMessageId"]) == (b'{"name":"bob"}', step.id)


def test_an_sdk_of_the_first_generation_gets_what_was_delivered(flow: Flow) -> None:
    run, init = flow.trigger(**FAILURE | {"Upstash_Failure_Callback_Feature_Set": "LazyFetch"})
    flow.give_up(init)
    assert run.failure is not None
    assert base64.b64decode(report(callback(run.failure))["sourceBody"]) == init.delivered_body


@pytest.mark.parametrize(
    "result",
    [
        Unreachable("connection refused", 1, FailureReason.CONNECTION_REFUSED),
        answer(500, b"\xff"),
        answer(489, b"", Upstash_Nonretryable_Error="true"),
    ],
)
def test_the_report_has_a_status_headers_and_a_body_whatever_happened(flow: Flow, result: DeliveryResult) -> None:
    _, failure = fail(flow, result, Upstash_Retries="0")
    sent = report(callback(failure))
    assert sent["status"] == (-1 if isinstance(result, Unreachable) else result.status)
    assert isinstance(sent["header"], dict)
    assert isinstance(sent["body"], str)


def test_marks_are_added_where_the_sdk_left_them_out(flow: Flow) -> None:
    run, init = flow.trigger(Upstash_Failure_Callback=FAILED, Upstash_Failure_Callback_Forward_Host="stale")
    flow.give_up(init)
    assert run.failure is not None
    assert headers_of(callback(run.failure)) == {
        "Content-Type": "application/json",
        "Upstash-Workflow-Is-Failure": "true",
        "Upstash-Workflow-Failure-Callback": "true",
    }


def test_the_failure_function_is_not_taken_for_a_workflow(flow: Flow) -> None:
    """With the version of the SDK the report would be read as an array of steps."""
    run, init = flow.trigger(**FAILURE, Upstash_Failure_Callback_Forward_Upstash_Workflow_Sdk_Version="1")
    flow.give_up(init)
    assert run.failure is not None
    assert "Upstash-Workflow-Sdk-Version" not in headers_of(callback(run.failure))


def test_a_message_may_name_a_failure_function_of_its_own(flow: Flow) -> None:
    run, init = flow.trigger(**FAILURE)
    step = flow.step(run, 1, None, Upstash_Failure_Callback="https://example.com/own")
    flow.accept(init)
    flow.give_up(step)
    assert run.failure is not None
    assert callback(run.failure).url == "https://example.com/own"


def test_settings_of_the_failure_function_are_its_own(flow: Flow) -> None:
    _, failure = fail(
        flow,
        Upstash_Retries="1",
        Upstash_Flow_Control_Key="run",
        Upstash_Flow_Control_Value="rate=1",
        Upstash_Failure_Callback_Retries="5",
        Upstash_Failure_Callback_Retry_Delay="7",
    )
    options = callback(failure).publication.options
    assert (options.retries, options.retry_delay, options.flow_control) == (5, "7", None)


@pytest.mark.parametrize(
    ("result", "state", "has_function"),
    [
        (answer(200, b'{"result":"handled"}'), CallbackState.SUCCESS, True),
        (NOT_FOUND, CallbackState.SUCCESS, False),
        (FINAL, CallbackState.FAIL, True),
        (Unreachable("refused", 1, FailureReason.CONNECTION_REFUSED), CallbackState.FAIL, True),
    ],
)
def test_what_became_of_the_failure_function(
    flow: Flow, result: DeliveryResult, state: CallbackState, has_function: bool
) -> None:
    run, failure = fail(flow, Upstash_Failure_Callback_Retries="0")
    flow.finish(callback(failure), result)
    assert (failure.state, failure.has_function, failure.callback_result) == (state, has_function, result)
    assert len(flow.letters()) == 1
    assert run.state is RunState.FAILED
    assert ("has no failureFunction" in flow.notes(run)) is not has_function
    assert ("failed as well" in flow.notes(run)) is (state is CallbackState.FAIL)
    flow.assert_nothing_is_left()


def test_the_failure_function_is_in_progress_until_its_last_try(flow: Flow) -> None:
    _, failure = fail(flow, Upstash_Failure_Callback_Retries="1", Upstash_Failure_Callback_Retry_Delay="1000")
    flow.fail(callback(failure))
    assert failure.state is CallbackState.IN_PROGRESS
    flow.advance(1_000)
    flow.fail(callback(failure))
    assert failure.state is CallbackState.FAIL


@pytest.mark.parametrize("on_the_wire", [True, False])
def test_a_failure_function_that_is_cancelled_like_a_message_is_cancelled(flow: Flow, on_the_wire: bool) -> None:
    more = {} if on_the_wire else {"Upstash_Failure_Callback_Delay": "1h"}
    run, failure = fail(flow, **more)
    assert flow.cancel(callback(failure)) == 1
    assert failure.state is CallbackState.CANCELED
    if on_the_wire:
        flow.fail(callback(failure))
    assert failure.state is CallbackState.CANCELED
    assert run.state is RunState.FAILED
    flow.advance(DAY_MS)
    flow.assert_nothing_is_left()


def test_nobody_is_told_of_a_failure_without_a_failure_function(flow: Flow) -> None:
    run, init = flow.trigger()
    flow.give_up(init)
    assert run.failure is not None
    assert (run.failure.state, run.failure.callback_message) == (None, None)
    assert "no program was told of it" in flow.notes(run)
    assert [message.run_message.kind for message in flow.started if message.run_message] == [RunMessageKind.INIT]


@pytest.mark.parametrize(
    ("result", "hint"),
    [
        (answer(401), HINTS[401]),
        (answer(403), HINTS[403]),
        (answer(404), HINTS[404]),
        (answer(405), HINTS[405]),
        (answer(500, b"Failed to verify signature"), "QSTASH_CURRENT_SIGNING_KEY"),
        (answer(400, b"Failed to authenticate Workflow request."), "before its first step"),
        (Unreachable("connection refused", 1, FailureReason.CONNECTION_REFUSED), "start the app"),
    ],
)
def test_the_log_of_the_run_says_what_to_check(flow: Flow, result: DeliveryResult, hint: str) -> None:
    run, _ = fail(flow, result, Upstash_Retries="0")
    assert hint in flow.notes(run)


def test_what_a_run_hides_is_hidden_of_its_report_too_but_not_from_the_function(flow: Flow) -> None:
    run, failure = fail(flow, Upstash_Redact_Fields="body,header", Upstash_Feature_Set=FEATURES)
    message = callback(failure)
    assert message.publication.options.redaction == run.settings.redaction
    sent = report(message)
    assert base64.b64decode(sent["sourceBody"]) == b'{"name":"bob"}'
    assert sent["sourceHeader"]["X-User"] == ["uv"]


def test_the_failure_function_is_told_once_more(flow: Flow) -> None:
    run, init = flow.trigger(**FAILURE, Upstash_Failure_Callback_Retries="0")
    flow.give_up(init)
    first = flow.on_the_wire()[0]
    flow.fail(first)
    [letter] = flow.letters()
    assert flow.broker.resumer.retry_callback(letter, flow.now_ms) is run
    assert run.failure is not None
    assert run.failure.state is CallbackState.IN_PROGRESS
    [second] = flow.on_the_wire()
    assert second is not first
    assert second.delivered_body == first.delivered_body
    flow.finish(second, answer(200))
    assert run.failure.state is CallbackState.SUCCESS
    assert flow.letters() == [letter]
    flow.assert_nothing_is_left()


def test_a_failure_function_that_is_being_told_can_be_stopped(flow: Flow) -> None:
    run, init = flow.trigger(**FAILURE, Upstash_Failure_Callback_Delay="1h")
    flow.give_up(init)
    [letter] = flow.letters()
    assert flow.broker.resumer.cancel_callback(letter, flow.now_ms) is run
    assert run.failure is not None
    assert run.failure.state is CallbackState.CANCELED
    flow.advance(DAY_MS)
    assert flow.started == [init]
    flow.assert_nothing_is_left()


@pytest.mark.parametrize("state", ["absent", "in progress", "success", "canceled"])
def test_only_a_failed_failure_function_is_told_again(flow: Flow, state: str) -> None:
    _, init = flow.trigger(**({} if state == "absent" else FAILURE))
    flow.give_up(init)
    if state == "success":
        flow.finish_all()
    [letter] = flow.letters()
    if state == "canceled":
        flow.broker.resumer.cancel_callback(letter, flow.now_ms)
    with pytest.raises(Rejection, match="CALLBACK_FAIL") as caught:
        flow.broker.resumer.retry_callback(letter, flow.now_ms)
    assert caught.value.status == 400


@pytest.mark.parametrize("state", ["absent", "success", "failed"])
def test_only_a_failure_function_that_is_being_told_can_be_stopped(flow: Flow, state: str) -> None:
    _, init = flow.trigger(**({} if state == "absent" else FAILURE | {"Upstash_Failure_Callback_Retries": "0"}))
    flow.give_up(init)
    if state != "absent":
        flow.finish(flow.on_the_wire()[0], FINAL if state == "failed" else answer(200))
    [letter] = flow.letters()
    with pytest.raises(Rejection, match="CALLBACK_INPROGRESS") as caught:
        flow.broker.resumer.cancel_callback(letter, flow.now_ms)
    assert caught.value.status == 400
