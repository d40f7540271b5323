"""The routing of publishes for workflow runs and of their messages (https://upstash.com/docs/workflow/basics/how)."""

from __future__ import annotations

from qstash_dev.broker.workflows.call import ThirdPartyCalls
from qstash_dev.broker.workflows.failure import Failures
from qstash_dev.broker.workflows.invoke import Invocations
from qstash_dev.broker.workflows.refused_steps import RefusedSteps
from qstash_dev.broker.workflows.runs import Prepared, Runs
from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import is_url
from qstash_dev.protocol.publication import Publication
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.protocol.step import TO_CALLBACK
from qstash_dev.protocol.workflow import WorkflowHeaders, trigger_result
from qstash_dev.state.dead_letters import DeadLetter
from qstash_dev.state.message import Message
from qstash_dev.state.run import NoteKind, Run, RunMessageKind
from qstash_dev.state.tenant import Tenant


class WorkflowRouter:
    """Passes publishes for a run and its ended messages to the stage that handles them."""

    def __init__(
        self,
        runs: Runs,
        calls: ThirdPartyCalls,
        invocations: Invocations,
        failures: Failures,
        refused_steps: RefusedSteps,
    ) -> None:
        self._runs = runs
        self._calls = calls
        self._invocations = invocations
        self._failures = failures
        self._refused_steps = refused_steps

    def prepare(self, tenant: Tenant, publication: Publication, headers: WorkflowHeaders, now_ms: int) -> Prepared:
        """Check a publish for a run; the function that is returned accepts it.

        Raises Rejection: 400 if the run has ended or may not be started, 412 for anything else.
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

    def result_of(self, message: Message, result: DeliveryResult) -> DeliveryResult:
        """The result of an attempt. A trigger has failed if its endpoint serves no workflow; what this server refused
        or a workflow threw is told."""
        run_message = message.run_message
        if run_message is None:
            return result
        if run_message.kind is RunMessageKind.INIT and not run_message.superseded:
            run = run_message.run
            result = trigger_result(result, run.settings.features, rest_trigger=run.rest_trigger)
        return self._refused_steps.result(message, result)

    def retried(self, message: Message, result: DeliveryResult, now_ms: int) -> None:
        """Handle an attempt that another one follows: what this server refused is noted once."""
        run_message = message.run_message
        if run_message is not None and isinstance(result, Responded) and result.refused is not None:
            text = f"{result.error} ({result.refused.todo})"
            if all(note.text != text for note in run_message.run.notes):
                run_message.run.tenant.runs.note(run_message.run, text, now_ms, NoteKind.STEP_REFUSED)

    def keeps_dead_letter(self, message: Message) -> bool:
        """Whether a message that has failed goes to the dead letter queue.

        A run has at most one dead letter, for its failure. A failed call or failure callback is not a failure of the
        run.
        """
        run_message = message.run_message
        if run_message is None:
            return True
        return (
            run_message.run.alive
            and not run_message.superseded
            and run_message.kind not in (RunMessageKind.CALL, RunMessageKind.FAILURE_CALLBACK)
        )

    def must_not_retry(self, message: Message) -> bool:
        """Whether a retry would have no effect, because its run has ended or was started again."""
        run_message = message.run_message
        if run_message is None or run_message.kind is RunMessageKind.FAILURE_CALLBACK:
            return False
        return run_message.superseded or not run_message.run.alive

    def ended(self, message: Message, result: DeliveryResult, letter: DeadLetter | None, now_ms: int) -> None:
        """Handle a message that was delivered or has failed. ``letter`` is its dead letter, if it has one."""
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
            self._refused_steps.over(message)
            if run_message.run.is_stuck:
                _note_stuck(run_message.run, now_ms)


def _note_stuck(run: Run, now_ms: int) -> None:
    """Add a note to a run that does not go on. The SDK submits the next step before it answers."""
    kind, text = NoteKind.STEP_REFUSED, f"the run does not go on: {run.refused}"
    if run.refused is not None:
        text += f" ({run.refused.todo})"
    else:
        kind, text = (
            NoteKind.NO_NEXT_STEP,
            (
                "the endpoint answered, but submitted nothing that could take the run on: "
                "is the workflow still served there, and does nothing catch what the SDK throws after each step?"
            ),
        )
    run.tenant.runs.note(run, text, now_ms, kind)
