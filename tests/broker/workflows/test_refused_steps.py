"""What this server refused of a run: found again in answers of its endpoint, and not taken for anything else."""

from __future__ import annotations

import json

import pytest

from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.hints import hint, reason_of
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.protocol.tokens import Credential
from qstash_dev.state.message import Message
from qstash_dev.state.refusals import Refusal
from qstash_dev.state.run import NoteKind, Run, RunState
from qstash_dev.state.tenant import Tenant
from tests.broker.flow import ACCEPTED, FINAL, Flow, make_flow
from tests.broker.world import answer

QUOTA = "quota maxDelay exceeded, current limit: 31536000"
BLAME = "the step was refused by this server: 412 " + QUOTA
OTHER = "the app's QSTASH_TOKEN is that of testUser1; the run belongs to defaultUser"


def refuse(
    flow: Flow, run_id: str, text: str = QUOTA, status: int = 412, user: str = "defaultUser", **more: str
) -> None:
    """What the API does with a call that it refuses."""
    credential = None if user else Credential(more.pop("credential", "other"))
    path = more.pop("path", "/v2/batch")
    refusal = Refusal(flow.now_ms, user, "POST", path, status, text, credential=credential, run_id=run_id)
    tenants = flow.broker.tenants
    lists = {tenant.user.id: tenant.refusals for tenant in tenants.all()}
    lists.get(user, tenants.unknown).add(refusal)
    flow.broker.refused_steps.refused(refusal)


def quoting(text: str, status: int = 489) -> Responded:
    """The answer of an SDK whose call was refused."""
    error = {"error": "WorkflowNonRetryableError", "message": json.dumps({"error": text}), "stack": "…"}
    return answer(status, json.dumps(error).encode(), Upstash_Nonretryable_Error="true")


def thrown(message: str, status: int = 500) -> Responded:
    """The answer of an SDK whose step throws."""
    return answer(status, json.dumps({"error": "Error", "message": message}).encode())


def result_of(flow: Flow, message: Message) -> DeliveryResult:
    """The result of the last attempt."""
    return next(one.result for one in reversed(flow.tenant.log.of_messages((message.id,))) if one.result is not None)


def reason(flow: Flow, message: Message) -> FailureReason | None:
    return reason_of(result_of(flow, message))


def other_user(flow: Flow) -> Tenant:
    return flow.broker.tenants.all()[1]


def test_a_failure_that_quotes_a_refusal_is_that_of_the_server(flow: Flow) -> None:
    run, init = flow.trigger()
    refuse(flow, run.id)
    flow.finish(init, quoting(QUOTA))
    assert run.state is RunState.FAILED
    assert reason(flow, init) is FailureReason.STEP_REFUSED
    [note, *_] = run.notes
    assert (note.kind, BLAME in note.text) == (NoteKind.FAILED, True)
    assert run.failure is not None
    assert run.failure.result.error == BLAME
    assert hint(run.failure.result) == "the app only passes on" + (hint(run.failure.result) or "")[22:]
    assert run.refused is None


def test_a_refusal_that_the_application_has_caught_is_not_blamed(flow: Flow) -> None:
    run, init = flow.trigger(Upstash_Retries="0")
    refuse(flow, run.id)
    flow.finish(init, thrown("card_declined"))
    assert reason(flow, init) is FailureReason.WORKFLOW_ERROR
    assert "refused" not in flow.notes(run)
    assert "the run failed: card_declined" in flow.notes(run)


def test_a_refusal_of_one_attempt_is_not_that_of_the_next(flow: Flow) -> None:
    run, init = flow.trigger()
    refuse(flow, run.id)
    first = flow.step(run, 1)
    flow.finish(init, ACCEPTED)
    assert run.refused is None
    flow.finish(first, answer(500, b"oops"))
    assert reason(flow, first) is FailureReason.HTTP_STATUS


def test_an_answer_that_quotes_nothing_failed_of_the_only_refusal(flow: Flow) -> None:
    run, init = flow.trigger()
    refuse(flow, run.id)
    flow.finish(init, answer(500, b"oops"))
    assert reason(flow, init) is FailureReason.STEP_REFUSED
    # It may have been refused during any of several deliveries.
    plans = [flow.plan(run, target, 2) for target in (1, 2)]
    refuse(flow, run.id)
    flow.finish(plans[0], answer(500, b"oops"))
    assert reason(flow, plans[0]) is FailureReason.HTTP_STATUS
    flow.finish(plans[1], quoting(QUOTA))
    assert reason(flow, plans[1]) is FailureReason.STEP_REFUSED


def test_a_refusal_counts_only_while_its_run_is_being_delivered(flow: Flow) -> None:
    run, init = flow.trigger(Upstash_Delay="1h")
    refuse(flow, run.id)
    assert run.refused is None
    flow.advance(3_600_000)
    flow.finish(init, answer(500, b"oops"))
    assert reason(flow, init) is FailureReason.HTTP_STATUS


def test_the_token_of_another_user_stops_a_run_and_is_named(flow: Flow) -> None:
    run, init = flow.trigger()
    refuse(flow, run.id, "can not append to a a cancelled workflow", 400, "testUser1")
    flow.finish(init, ACCEPTED)
    assert run.is_stuck
    [note] = run.notes
    assert note.kind is NoteKind.STEP_REFUSED
    assert note.text == (
        f"the run does not go on: the step was refused by this server (400): {OTHER} "
        "(set QSTASH_TOKEN to that of defaultUser where the app runs)"
    )
    # Whoever asks why it is stuck finds it here.
    assert run.refused is not None
    assert (run.refused.user, run.refused.owner) == ("testUser1", "defaultUser")


def test_a_run_of_the_same_id_keeps_what_was_refused_of_it_to_itself(flow: Flow) -> None:
    run, _ = flow.trigger("wfr_1")
    other = Flow(flow.broker, other_user(flow), flow.clock)
    theirs, _ = other.trigger("wfr_1")
    refuse(flow, "wfr_1", user="testUser1")
    assert (run.refused, theirs.refused is None) == (None, False)
    # A call without a valid token may be of either.
    refuse(flow, "wfr_1", "unable to authenticate", 401, user="")
    assert run.refused is None


def test_a_call_without_a_valid_token_is_found_by_its_text(flow: Flow) -> None:
    run, init = flow.trigger(Upstash_Retries="1", Upstash_Retry_Delay="1000")
    for _ in range(2):
        refuse(flow, "", "unable to authenticate: unknown here", 401, user="", credential="hosted-token")
        flow.finish(init, quoting("unable to authenticate: unknown here", 500))
        flow.advance(1_000)
    text = "the app's QSTASH_TOKEN is one of hosted QStash, unknown here; the run belongs to defaultUser"
    assert [(note.kind, text in note.text) for note in run.notes][:2] == [
        (NoteKind.STEP_REFUSED, True),
        (NoteKind.FAILED, True),
    ]


def test_the_same_refusal_of_each_retry_is_one_note(flow: Flow) -> None:
    run, init = flow.trigger(Upstash_Retries="5", Upstash_Retry_Delay="1000")
    refuse(flow, "", "unable", 401, user="")
    for _ in range(5):
        flow.finish(init, quoting("unable", 500))
        flow.advance(1_000)
    assert [note.kind for note in run.notes].count(NoteKind.STEP_REFUSED) == 1


def test_a_text_that_this_server_never_answered_is_the_applications_own(flow: Flow) -> None:
    run, init = flow.trigger(Upstash_Retries="0")
    flow.finish(init, quoting("from another server", 500))
    assert reason(flow, init) is FailureReason.WORKFLOW_ERROR
    assert "refused by this server" not in flow.notes(run)


def test_a_call_of_the_step_itself_is_told_from_the_step(flow: Flow) -> None:
    run, init = flow.trigger()
    refuse(flow, "", "bad destination", 400, path="/v2/publish/x")
    flow.finish(init, quoting("bad destination", 500))
    assert "the call POST /v2/publish/x was refused by this server: 400 bad destination" in str(result_of(flow, init))
    assert run.alive


def test_what_a_third_party_and_a_failure_function_answer_is_theirs(flow: Flow) -> None:
    run, init = flow.trigger()
    call = flow.call(run, 1)
    refuse(flow, run.id)
    flow.finish(call, quoting(QUOTA, 500))
    assert reason(flow, call) is FailureReason.HTTP_STATUS
    plain = flow.publish(Retries="0")
    flow.finish(plain, quoting(QUOTA, 500))
    assert reason(flow, plain) is FailureReason.HTTP_STATUS
    assert init.in_flight


def test_a_signature_that_the_sdk_refuses_stays_what_it_is(flow: Flow) -> None:
    run, init = flow.trigger(Upstash_Retries="0")
    flow.finish(init, thrown("Failed to verify that the Workflow request comes from QStash: signature"))
    assert reason(flow, init) is FailureReason.SIGNATURE_REFUSED
    assert run.failure is not None


@pytest.mark.parametrize("end", ["fails", "succeeds", "cancelled"])
def test_bytes_that_are_kept_for_a_refusal_are_counted_and_freed(end: str) -> None:
    flow = make_flow()
    run, init = flow.trigger(Upstash_Retries="0")
    before = run.weight
    refuse(flow, run.id, "x" * 900)
    refuse(flow, run.id, "y" * 900)
    assert 900 < run.weight - before < 2_000
    if end == "cancelled":
        flow.broker.finisher.cancel(run, flow.now_ms)
    elif end == "succeeds":
        flow.end(run)
    flow.finish(init, FINAL if end == "fails" else ACCEPTED)
    assert run.refused is None
    if end != "fails":
        assert run.weight <= before + 100
    flow.assert_nothing_is_left()


def test_runs_that_are_not_there_are_no_matter(flow: Flow) -> None:
    refuse(flow, "wfr_none")
    refuse(flow, "wfr_none", user="")
    assert len(flow.tenant.refusals) == 1


def test_an_error_of_a_workflow_is_quoted_in_one_line(flow: Flow) -> None:
    run, init = flow.trigger(Upstash_Retries="0")
    flow.finish(init, thrown("first\nsecond\x1b[31m" + "x" * 100_000))
    assert isinstance(run, Run)
    assert "the run failed: first" in flow.notes(run)
    assert len(flow.notes(run)) < 1_000


def test_an_injected_fault_stays_what_it_is(flow: Flow) -> None:
    run, init = flow.trigger()
    refuse(flow, run.id)
    flow.finish(init, answer(503)._replace(reason=FailureReason.INJECTED_FAULT))
    assert reason(flow, init) is FailureReason.INJECTED_FAULT
    assert run.refused is None
