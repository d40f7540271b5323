"""Third-party calls: the request, and the one result that each returns to its run."""

from __future__ import annotations

import base64

import pytest

from qstash_dev.protocol.errors import Rejection
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.result import DeliveryResult, Unreachable
from qstash_dev.state.message import Message
from qstash_dev.state.run import Run, RunMessageKind, RunState
from tests.broker.flow import FAILED, FEATURES, THIRD, WORKFLOW, Flow, call_types, entries, headers_of, report
from tests.broker.world import HOUR_MS, answer


@pytest.fixture
def run(flow: Flow) -> Run:
    """A run whose first delivery is over; only what it calls is under way."""
    run, init = flow.trigger(Upstash_Retries="1", Upstash_Flow_Control_Key="k", Upstash_Flow_Control_Value="rate=9")
    flow.step(run, 1, None, Upstash_Delay="7d")
    flow.accept(init)
    return run


def reports(flow: Flow) -> list[Message]:
    """The messages that reported on calls, so far."""
    messages = flow.tenant.messages.values()
    return [
        message
        for message in messages
        if message.run_message and message.run_message.kind is RunMessageKind.CALL_RESULT
    ]


def test_a_call_is_sent_with_its_own_headers_and_settings_only(flow: Flow, run: Run) -> None:
    call = flow.call(
        run, 2, b"\xffquestion", Upstash_Timeout="30", Upstash_Forward_Upstash_Workflow_Is_Failure="true"
    )
    options = call.publication.options
    assert (call.url, options.method, options.timeout_ms, call.delivered_body) == (
        THIRD,
        "PUT",
        30_000,
        b"\xffquestion",
    )
    assert headers_of(call) == {"Content-Type": "text/plain", "X-Call": "v", "Upstash-Workflow-Is-Failure": "true"}
    assert (options.retries, options.flow_control, options.callback, options.failure_callback) == (
        0,
        None,
        None,
        None,
    )


def test_the_answer_is_reported_to_the_endpoint_with_the_headers_of_the_run(flow: Flow, run: Run) -> None:
    call = flow.call(run, 2, b"question")
    flow.finish(call, answer(200, b"\x00\xffanswer", X_Third="tv", Content_Type="text/plain"))
    [message] = reports(flow)
    assert (message.url, message.publication.options.method) == (WORKFLOW, "POST")
    assert headers_of(message) == {
        "Content-Type": "application/json",
        "X-User": "uv",
        "Upstash-Workflow-Callback": "true",
        "Upstash-Workflow-Stepid": "2",
        "Upstash-Workflow-Stepname": "step-2",
        "Upstash-Workflow-Steptype": "Call",
        "Upstash-Workflow-Concurrent": "1",
    }
    assert report(message) == {
        "status": 200,
        "header": {"X-Third": ["tv"], "Content-Type": ["text/plain"]},
        "body": base64.b64encode(b"\x00\xffanswer").decode(),
        "retried": 0,
        "maxRetries": 0,
        "sourceMessageId": call.id,
        "url": THIRD,
        "method": "PUT",
        "sourceHeader": {"Content-Type": ["text/plain"], "X-Call": ["v"]},
        "sourceBody": base64.b64encode(b"question").decode(),
        "createdAt": flow.now_ms,
        "notBefore": flow.now_ms,
        "callerIP": "127.0.0.1",
    }


def test_both_ways_are_entries_of_the_log(flow: Flow, run: Run) -> None:
    call = flow.call(run, 2, b"question")
    flow.finish(call)
    [message] = reports(flow)
    result = flow.step(run, 2, {"stepType": "Call"})
    assert call_types(result) == ["step", "step", "toCallback", "fromCallback", "step"]
    assert entries(result)[2] == b"question"
    assert entries(result)[3]["sourceMessageId"] == call.id
    assert run.entries[3].message_id == message.id


@pytest.mark.parametrize(
    ("results", "status", "retried"),
    [
        ([answer(200)], 200, 0),
        ([answer(500), answer(200)], 200, 1),
        ([answer(500), answer(500), answer(503)], 503, 2),
        ([answer(489, Upstash_Nonretryable_Error="true")], 489, 2),
        ([answer(500), answer(489, Upstash_Nonretryable_Error="true")], 489, 2),
        ([Unreachable("refused", 1, FailureReason.CONNECTION_REFUSED)] * 3, -1, 2),
        ([answer(300), answer(404), answer(418)], 418, 2),
    ],
)
def test_only_the_last_attempt_is_reported_and_always_as_the_last(
    flow: Flow, run: Run, results: list[DeliveryResult], status: int, retried: int
) -> None:
    """The SDK takes nothing but an attempt without retries left for the outcome: anything else hangs for ever."""
    call = flow.call(run, 2, Upstash_Retries="2", Upstash_Retry_Delay="1000")
    for number, result in enumerate(results):
        assert reports(flow) == []
        flow.advance(1_000 if number else 0)
        flow.finish(call, result)
    [message] = reports(flow)
    assert (report(message)["status"], report(message)["retried"], report(message)["maxRetries"]) == (
        status,
        retried,
        2,
    )
    assert isinstance(report(message)["header"], dict)
    assert isinstance(report(message)["body"], str)


def test_a_call_that_fails_neither_fails_the_run_nor_becomes_a_dead_letter(flow: Flow, run: Run) -> None:
    flow.fail(flow.call(run, 2))
    assert run.alive
    assert flow.letters() == []


@pytest.mark.parametrize(("given", "retries"), [({}, 1), ({"Upstash_Callback_Retries": "5"}, 5)])
def test_the_report_has_settings_of_its_own_else_those_of_the_run(
    flow: Flow, run: Run, given: dict[str, str], retries: int
) -> None:
    flow.finish(flow.call(run, 2, **given))
    options = reports(flow)[0].publication.options
    assert options.retries == retries
    assert options.flow_control is not None
    assert options.flow_control.key == "k"


def test_a_report_that_cannot_be_delivered_fails_the_run(flow: Flow, run: Run) -> None:
    flow.finish(flow.call(run, 2, Upstash_Callback_Retries="0", Upstash_Callback_Failure_Callback=FAILED))
    [message] = reports(flow)
    flow.fail(message)
    assert run.state is RunState.FAILED
    [letter] = flow.letters()
    assert letter.message is message
    assert flow.on_the_wire()[-1].url == FAILED


def test_a_call_that_is_submitted_again_is_made_once(flow: Flow, run: Run) -> None:
    first = flow.call_receipt(run, 2)
    again = flow.call_receipt(run, 2)
    assert (again.message_id, again.deduplicated) == (first.message_id, True)
    [text] = flow.notices(flow.message(first))
    assert f" = {first.message_id}, call 2 of {run.id}, published 0 ms ago" in text
    flow.finish(flow.message(first))
    assert flow.call_receipt(run, 2).deduplicated
    assert len(reports(flow)) == 1


def test_the_outcome_of_a_call_whose_run_has_ended_goes_nowhere(flow: Flow, run: Run) -> None:
    flying, waiting = flow.call(run, 2), flow.call(run, 3, Upstash_Delay="1h")
    flow.broker.finisher.cancel(run, flow.now_ms)
    assert waiting.ended
    flow.finish(flying)
    flow.advance(2 * HOUR_MS)
    assert reports(flow) == []
    flow.assert_nothing_is_left()


def test_a_call_on_the_wire_is_not_tried_again_once_its_run_has_ended(flow: Flow, run: Run) -> None:
    call = flow.call(run, 2, Upstash_Retries="3")
    flow.broker.finisher.cancel(run, flow.now_ms)
    flow.fail(call)
    assert flow.states(call)[-1] == "CANCELED"
    flow.assert_nothing_is_left()


def test_a_call_without_a_way_back_is_refused(flow: Flow, run: Run) -> None:
    headers = flow.headers(run) | {"Upstash-Workflow-CallType": "toCallback"}
    with pytest.raises(Rejection, match="Upstash-Callback") as caught:
        flow.submit(headers, b"", THIRD)
    assert caught.value.status == 412


def test_a_call_for_a_run_that_has_ended_is_refused_with_400(flow: Flow, run: Run) -> None:
    flow.broker.finisher.cancel(run, flow.now_ms)
    with pytest.raises(Rejection) as caught:
        flow.call(run, 2)
    assert caught.value.status == 400


@pytest.mark.parametrize("number", ["", "x", "²", "9" * 7, "-1"])
def test_a_call_of_a_step_that_cannot_be_read_is_made_all_the_same(flow: Flow, run: Run, number: str) -> None:
    for name in ("StepId", "Concurrent"):
        receipt = flow.call_receipt(run, 2, **{f"Upstash_Callback_Forward_Upstash_Workflow_{name}": number})
        assert not receipt.deduplicated
        flow.finish(flow.message(receipt))
    assert len(reports(flow)) == 2


def test_what_the_run_hides_in_lists_is_hidden_of_its_calls_too(flow: Flow) -> None:
    run, _ = flow.trigger(Upstash_Redact_Fields="body", Upstash_Feature_Set=FEATURES)
    call = flow.call(run, 1)
    assert call.publication.options.redaction == run.settings.redaction
    flow.finish(call)
    assert reports(flow)[0].publication.options.redaction == run.settings.redaction
    assert base64.b64decode(report(reports(flow)[0])["sourceBody"]) == b"question"
