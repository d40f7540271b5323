"""Why a workflow run is where it is (https://upstash.com/docs/workflow/basics/how)."""

from __future__ import annotations

from functools import partial

from qstash_dev.explain import message as messages
from qstash_dev.explain.attempt import look_at, said
from qstash_dev.explain.brief import brief
from qstash_dev.explain.moment import Moment
from qstash_dev.explain.verdict import Blocker, Subject, SubjectKind, Verdict, VerdictReason
from qstash_dev.protocol.duration import shown_duration
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.protocol.step import WEBHOOK
from qstash_dev.state.message import Message
from qstash_dev.state.run import Invocation, Run, RunMessageKind, RunState, Waiter

_MOST_LETTERS = 200


def verdict(run: Run, moment: Moment) -> Verdict:
    """Which step it is at and what that waits for, or how it has ended."""
    if not run.alive:
        return _ended(run)
    invoked = [one for one in run.invocations if one.run.alive]
    others = len(run.pending) + len(run.waiters) + len(invoked) - 1
    if others < 0:
        return _stuck(run)
    told = _goes_on(run, invoked, moment)
    return told._replace(sentence=f"{told.sentence} (beside {others:,} more)") if others else told


def _stuck(run: Run) -> Verdict:
    text, todo = (
        "the endpoint answered, but submitted nothing that could take the run on",
        "check that the workflow is still served there, and that nothing catches what the SDK throws",
    )
    if (refused := run.refused) is not None:
        text, todo = str(refused), refused.todo
    about = Subject(SubjectKind.RUN, run.id)
    return Verdict(about, VerdictReason.STUCK, f"does not go on: {text}", f"{todo}; then start it again")


def _goes_on(run: Run, invoked: list[Invocation], moment: Moment) -> Verdict:
    """What to look at first: a step that has failed before, then one that is due, and a sleep at last."""
    pending = run.pending.values()
    asleep = [one for one in pending if one.timer and not one.retried]
    first = next((one for one in pending if one.timer and one.retried), None)
    first = first or next((one for one in pending if not one.timer), None)
    if first is not None:
        return _delivery(run, first, moment)
    if run.waiters:
        return event_verdict(min(run.waiters, key=lambda one: one.deadline_ms), moment)
    if invoked:
        return _invocation(run, invoked[0], moment)
    return _asleep(run, min(asleep, key=lambda one: one.due_ms), moment)


def _delivery(run: Run, message: Message, moment: Moment) -> Verdict:
    told = messages.verdict(message, moment)
    what, run_message = step_name(run, message), message.run_message
    if run_message is not None and run_message.kind is RunMessageKind.CALL:
        what = f"{what} calls {message.publication.options.method} {message.url[:_MOST_LETTERS]}"
    blocker = told.blocker or Blocker(SubjectKind.MESSAGE, message.id, brief(message, moment))
    return told._replace(about=Subject(SubjectKind.RUN, run.id), sentence=f"{what}: {told.sentence}", blocker=blocker)


def _asleep(run: Run, message: Message, moment: Moment) -> Verdict:
    run_message, until = message.run_message, f"until {moment.clock_time(message.due_ms)}"
    starts = run_message is not None and run_message.kind is RunMessageKind.INIT
    text = f"the start is delayed {until}" if starts else f"sleeps in {step_name(run, message)} {until}"
    return Verdict(
        Subject(SubjectKind.RUN, run.id),
        VerdictReason.DELAYED,
        f"{text}, due {moment.until(message.due_ms)}",
        "travel there, or deliver its message now",
        message.due_ms,
        Blocker(SubjectKind.MESSAGE, message.id, brief(message, moment)),
    )


def event_verdict(waiter: Waiter, moment: Moment) -> Verdict:
    """What a run waits for that waits for an event or its webhook, and whether the event came before."""
    run, event, until = waiter.run, waiter.event_id, moment.clock_time(waiter.deadline_ms)
    told = partial(
        Verdict, Subject(SubjectKind.RUN, run.id), VerdictReason.WAITS_FOR_EVENT, next_ms=waiter.deadline_ms
    )
    if waiter.step.type == WEBHOOK:
        return told(f"run waits for a call of its webhook {event} until {until}", "call the webhook, or travel there")
    text = f"run waits for event {event} until {until}"
    if waiter.unheard_ms is not None:
        before = shown_duration(waiter.created_ms - waiter.unheard_ms)
        text += f"; {event} was sent {before} before the wait and reached no run"
        return told(text, f"notify {event} again, or notify with the id of the run, which keeps it until the wait")
    return told(text, f"notify {event}")


def _invocation(run: Run, invocation: Invocation, moment: Moment) -> Verdict:
    child = invocation.run
    deeper = next((one.run for one in child.invocations if one.run.alive), None)
    why = f"waits for run {deeper.id}" if deeper is not None else verdict(child, moment).sentence
    return Verdict(
        Subject(SubjectKind.RUN, run.id),
        VerdictReason.WAITS_FOR_RUN,
        f"{invocation.step.name or 'an invocation'} waits for run {child.id} ({why})",
        f"look at run {(deeper or child).id}",
        blocker=Blocker(SubjectKind.RUN, child.id, why),
    )


def _ended(run: Run) -> Verdict:
    told = partial(Verdict, Subject(SubjectKind.RUN, run.id))
    took = shown_duration((run.completed_ms or run.created_ms) - run.created_ms)
    if run.state is RunState.SUCCESS:
        return told(VerdictReason.SUCCEEDED, f"returned after {took}")
    if run.state is RunState.CANCELED:
        return told(VerdictReason.CANCELED, f"cancelled after {took}", "start it again if it should go on")
    failure = run.failure
    if failure is None:
        return told(VerdictReason.GAVE_UP, f"failed after {took}")
    message, result = failure.message, failure.result
    count = "1 attempt" if not message.retried else f"{message.retried + 1} attempts"
    sentence = f"{step_name(run, message, result)} failed after {count}: {said(result)}"
    if run.tenant.dead_letters.get(failure.letter.id) is not failure.letter:
        return told(VerdictReason.GAVE_UP, sentence, look_at(result))
    todo = [text] if (text := look_at(result)) else []
    todo.append("then resume or restart the run" if todo else "resume or restart the run")
    return told(VerdictReason.GAVE_UP, f"{sentence}; dead letter {failure.letter.id}", "; ".join(todo))


def step_name(run: Run, message: Message, result: DeliveryResult | None = None) -> str:
    """The step that a message of a run carries out. Before the SDK submits or names it, the step before it is
    named."""
    result = result or message.tenant.log.last_result(message.id)
    if isinstance(result, Responded) and (name := dict(result.headers).get("Upstash-Error-Step-Name")):
        return name[:_MOST_LETTERS]
    run_message = message.run_message
    if run_message is None or run_message.kind is RunMessageKind.INIT:
        return "the first step"
    known = run.entries[run_message.entry].step if 0 <= run_message.entry < len(run.entries) else None
    step = known or run_message.step
    if step is None or not step.name:
        return "the next step"
    own = run_message.kind is RunMessageKind.CALL or step.is_plan or (message.timer and not message.retried)
    return step.name[:_MOST_LETTERS] if own else f"the step after {step.name[:_MOST_LETTERS]}"
