"""What a workflow run waits for right now."""

from __future__ import annotations

from qstash_dev.api.dev.run_times import sleeping
from qstash_dev.api.v2.serializers import Json
from qstash_dev.dev.pending import why
from qstash_dev.protocol.step import Step
from qstash_dev.state.message import Message
from qstash_dev.state.run import Invocation, Run, RunMessageKind, Waiter

_WEBHOOK = "WaitForWebhook"


def waits(run: Run, now_ms: int) -> list[Json]:
    """Everything that would take the run on, soonest first; nothing for a run that has ended.

    ``kind`` is ``delivery``, ``retry``, ``sleep``, ``delay`` (of the start), ``turn`` (a queue, a flow control key or
    a connection), ``call``, ``event``, ``webhook`` or ``invoke``.
    """
    if not run.alive:
        return []
    found = [_message(run, message, now_ms) for message in run.pending.values()]
    found += [_waiter(waiter) for waiter in run.waiters]
    found += [_invocation(invocation) for invocation in run.invocations if invocation.run.alive]
    return sorted(found, key=lambda one: one.get("dueAt", now_ms))


def _message(run: Run, message: Message, now_ms: int) -> Json:
    fields: Json = {
        "kind": _kind(message),
        "text": why(message, now_ms).waits_for,
        "messageId": message.id,
        "url": message.url,
        **_named(_step(run, message)),
    }
    if message.timer:
        fields["dueAt"] = message.due_ms
    return fields


def _kind(message: Message) -> str:
    run_message = message.run_message
    if run_message is not None and run_message.kind is RunMessageKind.CALL:
        return "call"
    if message.in_flight:
        return "delivery"
    if sleeping(message):
        return "delay" if run_message is not None and run_message.kind is RunMessageKind.INIT else "sleep"
    return "retry" if message.timer else "turn"


def _step(run: Run, message: Message) -> Step | None:
    """The step that sleeps, calls or has been planned; what any other message comes to is not known before it is
    delivered."""
    run_message = message.run_message
    if run_message is None:
        return None
    delivers = run.entries[run_message.entry].step if 0 <= run_message.entry < len(run.entries) else None
    if sleeping(message) or (delivers is not None and delivers.is_plan):
        return delivers or run_message.step
    return run_message.step if run_message.kind is RunMessageKind.CALL else None


def _waiter(waiter: Waiter) -> Json:
    run = waiter.run
    fields: Json = {
        "kind": "webhook" if waiter.step.type == _WEBHOOK else "event",
        "text": f"event {waiter.event_id}",
        "eventId": waiter.event_id,
        "waiters": len(run.tenant.runs.waiters.get(waiter.event_id, ())),
        "dueAt": waiter.deadline_ms,
        **_named(waiter.step),
    }
    if fields["kind"] == "webhook":
        fields["hook"] = f"v2/workflows/hooks/{run.tenant.user.id}/{run.id}/{waiter.event_id}"
    return fields


def _invocation(invocation: Invocation) -> Json:
    child = invocation.run
    return {
        "kind": "invoke",
        "text": f"run {child.id}",
        "workflowRunId": child.id,
        "url": child.url,
        **_named(invocation.step),
    }


def _named(step: Step | None) -> Json:
    return {} if step is None else {"stepName": step.name, "stepId": step.number}
