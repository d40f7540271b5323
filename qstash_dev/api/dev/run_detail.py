"""One workflow run: what is known of it, its steps with their times and attempts, and its cancellation:
``GET`` and ``POST`` below ``/_dev/runs/{id}``."""

from __future__ import annotations

from aiohttp import web
from msgspec.structs import asdict

from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.dev.run_times import Times, attempt_began_ms, attempts, sleeping, times
from qstash_dev.api.dev.runs import waits
from qstash_dev.api.dev.verdicts import verdict_on
from qstash_dev.api.request import reply
from qstash_dev.api.shapes import dev_runs as shapes
from qstash_dev.api.shapes.dev_parts import CutBody, RunId
from qstash_dev.api.shapes.fields import UNSET, Headers
from qstash_dev.api.shapes.workflow_logs import NextStep, NextSteps, SequentialStep, Step
from qstash_dev.api.v2.serializers import TRIM_BODY, body_fields, cut_body
from qstash_dev.broker.workflows.log_rows import trimmed
from qstash_dev.broker.workflows.log_view import Group, run_view
from qstash_dev.dev.cancel import cancel_run
from qstash_dev.protocol import errors
from qstash_dev.protocol.hints import hint, reason_of
from qstash_dev.protocol.redaction import shown_body
from qstash_dev.protocol.result import Responded
from qstash_dev.protocol.workflow import created_at
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import Message, State
from qstash_dev.state.run import Run, RunState

_PHASES: dict[str, shapes.StepPhase] = {
    "Wait": "waiting",
    "WaitForWebhook": "waiting",
    "Call": "calling",
    "Invoke": "invoking",
}


async def get(request: DevRequest) -> web.Response:
    """``GET /_dev/runs/{id}``: everything that is known of a workflow run of any user, or of ``user``.

    Without ``createdAt`` it is the latest run of this id.
    """
    run, trim, moment = _run(request), request.trim(TRIM_BODY), request.services.travel.calls.moment()
    tenant = run.tenant
    view = trimmed(run_view(run), trim)
    detail = shapes.RunDetail(
        user=tenant.user.id,
        now=moment.now_ms,
        run=shapes.TimedRun(**asdict(view) | {"steps": _timed(run, view.steps, trim)}),
        verdict=verdict_on(run, moment),
        payload=CutBody(**cut_body(shown_body(run.initial_body, run.settings.redaction), trim)),
        headers=_headers(run, view.steps),
        waits=waits(run, moment),
        in_dead_letter_queue=_in_queue(run),
        retries=run.settings.retries,
        parent_state=_parent_state(run) or UNSET,
        children=[shapes.ChildRun(one.run.id, one.run.url, one.run.state, one.step.name) for one in run.invocations],
    )
    return reply(detail)


async def cancel(request: DevRequest) -> web.Response:
    """``POST /_dev/runs/{id}/cancel``: cancel a workflow run; with ``abort=true`` its calls in flight are aborted.

    Without ``createdAt`` it is the latest run of this id.
    """
    run, abort = _run(request), request.flag("abort")
    bulk, calls = request.services.broker.bulk_cancel, request.services.travel.calls
    if not cancel_run(bulk, calls, run, request.now_ms, abort=abort):
        raise errors.CANNOT_CANCEL_RUN(id=run.id, state=run.state.value)
    return reply(RunId(run.id))


def _run(request: DevRequest) -> Run:
    id, created_ms = request.path("id"), created_at(request.http.query.get("createdAt", ""))
    for tenant in request.tenants():
        if (run := tenant.runs.get(id, created_ms)) is not None:
            return run
    raise errors.RUN_NOT_FOUND(id=id[:200])


def _headers(run: Run, groups: list[Group]) -> Headers:
    """The headers that the run was started with, which are those of its first step."""
    first = groups[0] if groups and run.entries else None
    return {} if first is None or isinstance(first, NextSteps) else first.steps[0].headers


def _in_queue(run: Run) -> bool:
    failure = run.failure
    return failure is not None and run.tenant.dead_letters.get(failure.letter.id) is failure.letter


def _parent_state(run: Run) -> RunState | None:
    if run.invoker is None:
        return None
    parent = run.tenant.runs.get(run.invoker.run_id, run.invoker.created_ms)
    return None if parent is None else parent.state


def _timed(run: Run, groups: list[Group], trim: int) -> list[shapes.TimedGroup]:
    known, messages = times(run), {entry.message_id: entry.message for entry in run.entries}
    timed: list[shapes.TimedGroup] = []
    for group in groups:
        if not isinstance(group, NextSteps):
            kind = shapes.TimedSequentialStep if isinstance(group, SequentialStep) else shapes.TimedParallelSteps
            timed.append(kind([_step(run, step, known.get(step.step_id or 0), trim) for step in group.steps]))
        elif steps := [
            one for step in group.steps if (one := _next(run, step, messages.get(step.message_id), trim)) is not None
        ]:
            timed.append(shapes.TimedNextSteps(steps))
    return timed


def _step(run: Run, step: Step, when: Times | None, trim: int) -> shapes.TimedStep:
    if when is None:
        return shapes.TimedStep(**asdict(step), begun_at=step.created_at, phase="done", attempts=[])
    tried = [] if step.step_type == "Initial" or _sleeps(step) else _attempts(when.message, trim)
    timed = shapes.TimedStep(**asdict(step), begun_at=when.begun_ms, phase=_phase(run, step, when), attempts=tried)
    ended = when.ended_ms if when.ended_ms is not None or run.alive else run.completed_ms
    if ended is not None:
        timed.ended_at = ended
    elif when.due_ms is not None:
        timed.due_at = when.due_ms
    elif when.message is not None and when.message.timer:
        timed.due_at = when.message.due_ms
    if when.message is not None:
        timed.tried_in = when.message.id
    return timed


def _sleeps(step: Step) -> bool:
    return step.sleep_for is not UNSET or step.sleep_until is not UNSET


def _phase(run: Run, step: Step, when: Times) -> shapes.StepPhase:
    """The phase that the step is in, or in which it has ended."""
    message = when.message
    if when.ended_ms is not None:
        stopped = _sleeps(step) and message is not None and step.message_id == message.id
        return "cancelled" if stopped and message is not None and message.state is State.CANCELED else "done"
    if not run.alive:
        return "failed" if step.state == "STEP_FAILED" else "cancelled"
    if when.asleep:
        return "sleeping"
    if message is None or message.ended or step.step_type == "Call":
        again = message is not None and message.timer and message.retried
        return "retrying" if again else _PHASES.get(step.step_type, "running")
    return _delivered(message)


def _delivered(message: Message) -> shapes.StepPhase:
    if message.in_flight:
        return "running"
    return "retrying" if message.timer else "due"


def _next(run: Run, step: NextStep, message: Message | None, trim: int) -> shapes.TimedNextStep | None:
    """The delivery of a step, which has no name before the SDK submits it; ``None`` for a sleep that has not ended,
    which is shown as a step of its own."""
    if message is None:
        return None
    run_message = message.run_message
    begins_run = run_message is not None and run_message.entry == 0
    tried = _attempts(message, trim)
    if not (tried or message.in_flight) and (message.ended or (sleeping(message) and not begins_run)):
        return None
    timed = shapes.TimedNextStep(
        **asdict(step),
        begun_at=tried[0].time if tried else message.created_ms,
        attempts=tried,
        tried_in=message.id,
        phase=_delivered(message),
    )
    if not run.alive:
        timed.phase = "failed" if step.state == "STEP_FAILED" else "cancelled"
        timed.ended_at = UNSET if run.completed_ms is None else run.completed_ms
    elif message.timer:
        timed.due_at = message.due_ms
    return timed


def _attempts(message: Message | None, trim: int) -> list[shapes.StepAttempt]:
    found = [_attempt(began_ms, entry, trim) for began_ms, entry in attempts(message)]
    began = attempt_began_ms(message)
    return found if began is None else [*found, shapes.StepAttempt(len(found) + 1, began)]


def _attempt(began_ms: int, entry: LogEntry, trim: int) -> shapes.StepAttempt:
    result = entry.result
    assert result is not None
    response = result if isinstance(result, Responded) else None
    return shapes.StepAttempt(
        number=entry.retried + 1,
        time=began_ms,
        ended_at=entry.time_ms,
        duration=result.duration_ms,
        status=UNSET if response is None else response.status,
        error=UNSET if result.succeeded else result.error,
        failure_reason=reason_of(result) or UNSET,
        hint=hint(result) or UNSET,
        **({} if response is None or result.succeeded else body_fields(response.body[:trim])),
    )
