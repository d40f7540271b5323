"""The front of the workflow stages: where a submission belongs, and what follows when one of its messages ends."""

from __future__ import annotations

from qstash_dev.broker.workflows.call import ThirdPartyCalls
from qstash_dev.broker.workflows.failure import Failures
from qstash_dev.broker.workflows.invoke import Invocations
from qstash_dev.broker.workflows.runs import Prepared, Runs
from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import is_url
from qstash_dev.protocol.publication import Publication
from qstash_dev.protocol.result import DeliveryResult
from qstash_dev.protocol.step import TO_CALLBACK
from qstash_dev.protocol.workflow import WorkflowHeaders, judged
from qstash_dev.state.dead_letters import DeadLetter
from qstash_dev.state.message import Message
from qstash_dev.state.run import Run, RunMessageKind
from qstash_dev.state.tenant import Tenant


class WorkflowRouter:
    """Knows the kinds of submissions and of messages, and which stage each belongs to."""

    def __init__(self, runs: Runs, calls: ThirdPartyCalls, invocations: Invocations, failures: Failures) -> None:
        self._runs = runs
        self._calls = calls
        self._invocations = invocations
        self._failures = failures

    def prepare(self, tenant: Tenant, publication: Publication, headers: WorkflowHeaders, now_ms: int) -> Prepared:
        """Check what was published for a run; the function returned takes it in.

        Raises:
            Rejection: 400 if the run has ended or cannot be started so, 412 for anything else that is wrong.
        """
        if not headers.init and not is_url(publication.destination):
            reason = f"'{publication.destination}' is a URL group: a step goes to one URL"
            raise errors.INVALID_STEP(reason=reason, field="destination")
        if headers.init:
            prepare = self._invocations.prepare if headers.invoke else self._runs.prepare_start
            return prepare(tenant, publication, headers, now_ms)
        if headers.call_type == TO_CALLBACK:
            return self._calls.prepare(tenant, publication, headers, now_ms)
        return self._runs.prepare_step(tenant, publication, headers, now_ms)

    def judged(self, message: Message, result: DeliveryResult) -> DeliveryResult:
        """What an answer really means: only an endpoint that serves workflows can accept a trigger."""
        run_message = message.run_message
        if run_message is None or run_message.kind is not RunMessageKind.INIT or run_message.superseded:
            return result
        return judged(result, run_message.run.settings.features, rest_trigger=run_message.run.rest_trigger)

    def keeps_dead_letter(self, message: Message) -> bool:
        """Whether the message goes to the dead letter queue when it is given up.

        A run has one entry there, which stands for its failure: the outcome of a call, or of the failure callback
        itself, is no failure of the run.
        """
        run_message = message.run_message
        if run_message is None:
            return True
        return (
            run_message.run.alive
            and not run_message.superseded
            and run_message.kind not in (RunMessageKind.CALL, RunMessageKind.FAILURE_CALLBACK)
        )

    def is_over(self, message: Message) -> bool:
        """Whether nobody wants the message to be tried again."""
        run_message = message.run_message
        if run_message is None or run_message.kind is RunMessageKind.FAILURE_CALLBACK:
            return False
        return run_message.superseded or not run_message.run.alive

    def ended(self, message: Message, result: DeliveryResult, letter: DeadLetter | None, now_ms: int) -> None:
        """A message was delivered, or given up (``letter`` is then its entry in the dead letter queue)."""
        run_message = message.run_message
        if run_message is None:
            return
        run_message.run.pending.pop(message.id, None)
        if run_message.kind is RunMessageKind.CALL:
            self._calls.call_ended(message, result, now_ms)
        elif run_message.kind is RunMessageKind.FAILURE_CALLBACK:
            self._failures.callback_ended(message, result, now_ms)
        elif letter is not None:
            self._failures.run_failed(message, result, letter, now_ms)
        else:
            _note_standstill(run_message.run, now_ms)


def _note_standstill(run: Run, now_ms: int) -> None:
    """The SDK submits what comes next before it answers: if nothing did, the run would hang without a word."""
    if run.alive and not (run.pending or run.waiters or any(one.run.alive for one in run.invocations)):
        text = (
            "the endpoint answered, but submitted nothing that could take the run on: "
            "is the workflow still served there, and does nothing catch what the SDK throws after each step?"
        )
        run.tenant.runs.note(run, text, now_ms)
