"""Failed workflow runs and their failure callbacks (https://upstash.com/docs/workflow/howto/failures)."""

from __future__ import annotations

from typing import Any

from qstash_dev.broker.workflows.finish import RunFinisher
from qstash_dev.broker.workflows.runs import Runs
from qstash_dev.protocol.callback import callback_body
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.hints import hint, reason_of
from qstash_dev.protocol.publication import Callback, DeliveryOptions, Publication
from qstash_dev.protocol.redaction import report_redaction
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.protocol.workflow import INITIAL_BODY, is_delivered, with_json_content_type
from qstash_dev.state.dead_letters import DeadLetter
from qstash_dev.state.delivered_steps import delivered_steps
from qstash_dev.state.message import Message
from qstash_dev.state.related_messages import Relation
from qstash_dev.state.run import CallbackState, Failure, NoteKind, Run, RunMessage, RunMessageKind, RunState

_MARKER = ("Upstash-Workflow-Failure-Callback-Notfound", "true")


class Failures:
    """Ends failed runs, and sends the failure callback, which calls the failure function of the endpoint."""

    def __init__(self, runs: Runs, finisher: RunFinisher) -> None:
        self._runs = runs
        self._finisher = finisher

    def run_failed(self, message: Message, result: DeliveryResult, letter: DeadLetter, now_ms: int) -> None:
        """End the run of a message that has failed, and send its failure callback."""
        run_message = message.run_message
        assert run_message is not None
        run = run_message.run
        if not run.alive:
            return
        callback = run_message.failure_callback or run.settings.failure_callback
        run.failure = Failure(message, result, letter, callback)
        run.tenant.runs.weigh(run, result.weight)
        text = f"the run failed: {_why(message, result)}"
        run.tenant.runs.note(run, text, now_ms, NoteKind.FAILED)
        self._finisher.end(run, RunState.FAILED, now_ms)
        if callback is None:
            text = "no program was told of it: the run has no failure callback (failureFunction or failureUrl)"
            run.tenant.runs.note(run, text, now_ms, NoteKind.FAILURE_CALLBACK)
        else:
            self.send_callback(run, run.failure, callback, now_ms)

    def send_callback(self, run: Run, failure: Failure, callback: Callback, now_ms: int) -> None:
        """Send the failure callback, for the first time or again. Without room for it, its state is FAIL."""
        if not self._runs.has_room(run.tenant, _size(run, failure)):
            failure.state, failure.callback_result = CallbackState.FAIL, None
            what = f"the failure callback to {callback.url[:200]}"
            self._runs.publisher.warn_dropped(failure.message, what, now_ms)
            return
        redaction = report_redaction(callback.options.redaction or run.settings.redaction)
        options = _options(callback)._replace(redaction=redaction)
        report = Publication(callback.url, _report(run, failure), options, run.caller_ip)
        run.tenant.runs.weigh(run, len(report.body))
        failure.state, failure.callback_result = CallbackState.IN_PROGRESS, None
        message = self._runs.add(RunMessage(run, RunMessageKind.FAILURE_CALLBACK), report, now_ms)
        failure.callback_message = message
        run.tenant.related.add(Relation.FAILURE_CALLBACK, failure.message.id, message.id)

    def check_room(self, run: Run, failure: Failure) -> None:
        """Check that there is room for the failure callback. Raises Rejection: 412 without room."""
        self._runs.check_weight(run.tenant, _size(run, failure))

    def callback_ended(self, message: Message, result: DeliveryResult, now_ms: int) -> None:
        """Keep the result of a failure callback, for the log and the dead letter queue."""
        run_message = message.run_message
        assert run_message is not None
        run, failure = run_message.run, run_message.run.failure
        if failure is None or failure.callback_message is not message:
            return
        failure.callback_result = result
        run.tenant.runs.weigh(run, result.weight)
        if not result.succeeded:
            failure.state = CallbackState.FAIL
            text = f"the failure callback to {message.url} failed as well: {result.error}"
            run.tenant.runs.note(run, text, now_ms, NoteKind.FAILURE_CALLBACK)
            return
        failure.state = CallbackState.SUCCESS
        failure.has_function = not (isinstance(result, Responded) and _MARKER in result.headers)
        if not failure.has_function:
            text = f"{message.url} has no failureFunction: nothing ran when this run failed"
            run.tenant.runs.note(run, text, now_ms, NoteKind.FAILURE_CALLBACK)


def _size(run: Run, failure: Failure) -> int:
    return len(run.log) + failure.result.weight


def _why(message: Message, result: DeliveryResult) -> str:
    """What failed, after how many attempts, and why: ``explode failed after 2 attempts: Stripe: card_declined``."""
    steps = delivered_steps(message, result)
    # The error of a step says itself what is wrong.
    look_at = None if reason_of(result) is FailureReason.WORKFLOW_ERROR else hint(result, quoting=False)
    why = result.error + (f" ({look_at})" if look_at else "")
    run_message = message.run_message
    if steps is None or run_message is None or not (steps.ran or run_message.step):
        return why
    attempts = "1 attempt" if message.retried == 0 else f"{message.retried + 1} attempts"
    what = ", ".join(steps.ran) or f"the step after {steps.after}"
    return f"{what} failed after {attempts}: {why}"


def _report(run: Run, failure: Failure) -> bytes:
    message = failure.message
    original = message.publication
    # Old SDKs have the feature set on the messages of the run, not on the callback.
    features = run.settings.failure_features or run.settings.features
    body = run.initial_body if INITIAL_BODY in features else message.delivered_body
    source = Publication(original.destination, body, original.options, run.caller_ip)
    return callback_body(source, failure.result, _source(run, failure))


def _source(run: Run, failure: Failure) -> dict[str, Any]:
    message = failure.message
    return {
        "retried": message.retried,
        "dlqId": failure.letter.id,
        "sourceMessageId": message.id,
        "url": message.url,
        "workflowRunId": run.id,
        "workflowUrl": run.url,
        "workflowCreatedAt": run.created_ms,
        "createdAt": message.created_ms,
        "notBefore": message.not_before_ms,
    }


def _options(callback: Callback) -> DeliveryOptions:
    """The options of the callback, without the headers and the flow control of the run."""
    blocked = "Upstash-Workflow-Sdk-Version"
    headers = tuple(pair for pair in callback.options.headers if pair[0] != blocked and is_delivered(pair[0]))
    marks = ("Upstash-Workflow-Is-Failure", "Upstash-Workflow-Failure-Callback")
    given = {name for name, _ in headers}
    headers += tuple((mark, "true") for mark in marks if mark not in given)
    return with_json_content_type(callback.options, headers)
