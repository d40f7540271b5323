"""Steps of workflow runs that this server has refused: whose they were, and which attempts failed of it.

https://upstash.com/docs/workflow/basics/how: the SDK submits steps while its endpoint is called. If that is refused,
it answers with an error that quotes the refusal (412, 401), or as if the run were over (400). The endpoint would be
blamed for it.
"""

from __future__ import annotations

from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.hints import reason_of
from qstash_dev.protocol.masking import without_credentials
from qstash_dev.protocol.quoted import first_line
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.protocol.step_refusal import StepRefusal, WorkflowError, workflow_error
from qstash_dev.state.message import Message
from qstash_dev.state.refusals import MAX_TEXT, Refusal
from qstash_dev.state.run import Run, RunMessageKind
from qstash_dev.state.tenant import Tenants

_OF_ENDPOINT = (RunMessageKind.INIT, RunMessageKind.STEP, RunMessageKind.CALL_RESULT)
_BATCH = "/v2/batch"
_MOST_SUSPECTS = 20


class RefusedSteps:
    """Tells runs what was refused of them, and finds it again in the answers of their endpoints."""

    def __init__(self, tenants: Tenants) -> None:
        self._tenants = tenants

    def refused(self, refusal: Refusal) -> None:
        """Keep a refused call with the run that it names, if that is being delivered."""
        if not refusal.run_id or (run := self._run(refusal)) is None:
            return
        during = {one.id for one in run.pending.values() if one.in_flight and _is_of_endpoint(one)}
        if 0 < len(during) <= _MOST_SUSPECTS:
            run.tenant.runs.refuse(run, _told(refusal, run), during)

    def result(self, message: Message, result: DeliveryResult) -> DeliveryResult:
        """The result of an attempt for a run. One that has failed says what this server refused, or what the code of
        the workflow threw."""
        run_message = message.run_message
        if run_message is None or not _is_of_endpoint(message) or result.succeeded:
            return result
        run = run_message.run
        injected = result.reason is FailureReason.INJECTED_FAULT
        if isinstance(result, Responded) and result.fault is None and not injected:
            error = workflow_error(result.body)
            refused = self._refusal(message, run, error)
            if refused is not None:
                result = result._replace(fault=str(refused), reason=FailureReason.STEP_REFUSED, refused=refused)
            elif error is not None and reason_of(result) is FailureReason.HTTP_STATUS:
                result = result._replace(fault=first_line(str(error)), reason=FailureReason.WORKFLOW_ERROR)
        self.over(message)
        return result

    def over(self, message: Message) -> None:
        """Forget what was refused when the deliveries during which it was have ended, unless the run is stuck."""
        run_message = message.run_message
        if run_message is None or (run := run_message.run).refused is None:
            return
        run.refused_during.discard(message.id)
        if not (run.refused_during or run.is_stuck):
            run.tenant.runs.refuse(run, None, set())

    def _run(self, refusal: Refusal) -> Run | None:
        """The run that a refused call names: one of the user of its token, or else one of another user, if only one
        has a run of this id."""
        found: list[Run] = []
        for tenant in self._tenants.all():
            run = tenant.runs.get(refusal.run_id)
            if run is not None and tenant.user.id == refusal.user_id:
                found = [run]
                break
            if run is not None and run.alive:
                found.append(run)
        return found[0] if len(found) == 1 else None

    def _refusal(self, message: Message, run: Run, error: WorkflowError | None) -> StepRefusal | None:
        known = run.refused
        if error is None:
            # What is no answer of an SDK quotes nothing, so no other delivery may be the one.
            return known if run.refused_during == {message.id} else None
        text = error.refusal_text
        if text is None:
            return None
        text = without_credentials(text, MAX_TEXT)
        return known if known is not None and known.text == text else self._quoted(text, run)

    def _quoted(self, text: str, run: Run) -> StepRefusal | None:
        """The latest refusal with this text. Calls without a valid token are not read, so they name no run."""
        lists = (run.tenant.refusals, self._tenants.unknown, *(one.refusals for one in self._tenants.all()))
        for refusals in lists:
            for refusal in refusals.newest_first():
                if refusal.text == text:
                    return _told(refusal, run)
        return None


def _told(refusal: Refusal, run: Run) -> StepRefusal:
    submits = refusal.run_id == run.id or refusal.path == _BATCH
    call = "" if submits else f"{refusal.method} {refusal.path}"
    owner = run.tenant.user.id
    return StepRefusal(refusal.status, refusal.text, owner, refusal.user_id, refusal.credential, call)


def _is_of_endpoint(message: Message) -> bool:
    """Whether the endpoint of the workflow gets it and submits steps then."""
    return message.run_message is not None and message.run_message.kind in _OF_ENDPOINT
