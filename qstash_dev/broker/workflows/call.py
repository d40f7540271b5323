"""``context.call``: the server calls a third party for a run (https://upstash.com/docs/workflow/steps/call)."""

from __future__ import annotations

from qstash_dev.broker.callbacks import source_of
from qstash_dev.broker.duplicates import tell_again
from qstash_dev.broker.workflows.runs import Prepared, RunReceipt, Runs
from qstash_dev.protocol import errors
from qstash_dev.protocol.callback import callback_body, report_weight
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.publication import Publication
from qstash_dev.protocol.redaction import combined, report_redaction
from qstash_dev.protocol.result import DeliveryResult, Unreachable
from qstash_dev.protocol.step import FROM_CALLBACK, TO_CALLBACK, Step
from qstash_dev.protocol.workflow import WorkflowHeaders, run_message_options, with_json_content_type
from qstash_dev.state.message import Message
from qstash_dev.state.related_messages import Relation
from qstash_dev.state.run import RunMessage, RunMessageKind
from qstash_dev.state.tenant import Tenant


class ThirdPartyCalls:
    """Sends calls with their own headers and settings, and delivers their results with those of the run."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    def prepare(self, tenant: Tenant, publication: Publication, headers: WorkflowHeaders, now_ms: int) -> Prepared:
        """Check a call; the function that is returned sends it.

        Raises Rejection: 400 if the run has ended, 412 without ``Upstash-Callback``, or beyond a limit of the run.
        """
        run = self._runs.live(tenant, headers, now_ms)
        callback = publication.options.callback
        if callback is None:
            reason = "a call needs Upstash-Callback, the endpoint of its workflow"
            raise errors.INVALID_STEP(reason=reason, field="Upstash-Callback")
        self._runs.check_length(run, publication.weight)
        step = _step(callback.options.headers)
        run_message = RunMessage(
            run, RunMessageKind.CALL, step=step, callback=callback, callback_settings=headers.callback_settings
        )

        def start() -> RunReceipt:
            # After a retry the SDK submits the same call again. It is made only once.
            if step is not None and (known := run.calls.get(step.id)) is not None:
                why = f"call {step.id} of {run.id}"
                tell_again(tenant, known.id, why, publication, publication.destination, now_ms)
                return RunReceipt(known.id, run, publication.destination, deduplicated=True)
            options = publication.options._replace(
                callback=None,
                failure_callback=None,
                labels=run.settings.labels,
                redaction=combined(publication.options.redaction, run.settings.redaction),
            )
            message = self._runs.add(run_message, publication._replace(options=options), now_ms, TO_CALLBACK)
            if step is not None:
                run.calls[step.id] = message
            return RunReceipt(message.id, run, publication.destination)

        return start

    def call_ended(self, message: Message, result: DeliveryResult, now_ms: int) -> None:
        """Deliver the result of the last attempt to the run, also if it has failed."""
        run_message = message.run_message
        if run_message is None or run_message.callback is None or not run_message.run.alive:
            return
        run, callback, publication = run_message.run, run_message.callback, message.publication
        if not self._runs.has_room(run.tenant, report_weight(publication, result)):
            # The run still gets a result, because it would wait without end.
            text = self._runs.publisher.warn_dropped(message, f"the answer of {message.url[:200]}", now_ms)
            publication = publication._replace(body=b"")
            result = Unreachable(text, result.duration_ms, FailureReason.ANSWER_DROPPED)
        # The SDK ignores a failed call while retries are left, and the run would not go on.
        retried = message.retried if result.succeeded else message.publication.options.retries
        body = callback_body(publication, result, source_of(message) | {"retried": retried})
        options = run_message_options(callback.options, run.settings, run_message.callback_settings)
        options = with_json_content_type(options, options.headers)._replace(
            redaction=report_redaction(options.redaction)
        )
        report = Publication(callback.url, body, options, run.caller_ip)
        run_message = RunMessage(
            run, RunMessageKind.CALL_RESULT, step=run_message.step, failure_callback=callback.options.failure_callback
        )
        call_result = self._runs.add(run_message, report, now_ms, FROM_CALLBACK)
        run.tenant.related.add(Relation.CALL_RESULT, message.id, call_result.id)


def _step(headers: tuple[tuple[str, str], ...]) -> Step | None:
    """The step that makes the call, from the headers of its callback."""
    given = {name.removeprefix("Upstash-Workflow-").lower(): value for name, value in headers}
    id, concurrent = given.get("stepid", ""), given.get("concurrent", "1")
    if not all(text.isascii() and text.isdigit() and len(text) < 7 for text in (id, concurrent)):
        return None
    return Step(int(id), given.get("stepname", ""), given.get("steptype", "Call"), int(concurrent))
