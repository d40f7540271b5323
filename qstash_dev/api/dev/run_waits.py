"""Waits of a workflow run: deliveries, retries, sleeps, third-party calls, events, webhooks, invoked runs."""

from __future__ import annotations

from typing import Any

from msgspec import UnsetType

from qstash_dev.api.dev.run_times import sleeping
from qstash_dev.api.shapes.dev_runs import RunWait, WaitKind
from qstash_dev.api.shapes.fields import UNSET
from qstash_dev.dev.pending import why
from qstash_dev.protocol.step import WEBHOOK, Step
from qstash_dev.state.message import Message
from qstash_dev.state.run import Invocation, Run, RunMessageKind, Waiter


def waits(run: Run, now_ms: int) -> list[RunWait]:
    """Everything that lets the run continue when it happens, soonest first; nothing for a run that has ended."""
    if not run.alive:
        return []
    found = [_message(run, message, now_ms) for message in run.pending.values()]
    found += [_waiter(waiter) for waiter in run.waiters]
    found += [_invocation(invocation) for invocation in run.invocations if invocation.run.alive]
    return sorted(found, key=lambda one: now_ms if isinstance(one.due_at, UnsetType) else one.due_at)


def _message(run: Run, message: Message, now_ms: int) -> RunWait:
    return RunWait(
        kind=_kind(message),
        text=why(message, now_ms).waits_for,
        message_id=message.id,
        url=message.url,
        due_at=message.due_ms if message.timer else UNSET,
        **_named(_step(run, message)),
    )


def _kind(message: Message) -> WaitKind:
    run_message = message.run_message
    if run_message is not None and run_message.kind is RunMessageKind.CALL:
        return "call"
    if message.in_flight:
        return "delivery"
    if sleeping(message):
        return "delay" if run_message is not None and run_message.kind is RunMessageKind.INIT else "sleep"
    return "retry" if message.timer else "turn"


def _step(run: Run, message: Message) -> Step | None:
    """The step that sleeps, calls or has been planned. Other messages have none: the SDK names their step when they
    are delivered."""
    run_message = message.run_message
    if run_message is None:
        return None
    delivers = run.entries[run_message.entry].step if 0 <= run_message.entry < len(run.entries) else None
    if sleeping(message) or (delivers is not None and delivers.is_plan):
        return delivers or run_message.step
    return run_message.step if run_message.kind is RunMessageKind.CALL else None


def _waiter(waiter: Waiter) -> RunWait:
    run, by_webhook = waiter.run, waiter.step.type == WEBHOOK
    return RunWait(
        kind="webhook" if by_webhook else "event",
        text=f"event {waiter.event_id}",
        event_id=waiter.event_id,
        waiters=len(run.tenant.runs.waiters.get(waiter.event_id, ())),
        due_at=waiter.deadline_ms,
        hook=f"v2/workflows/hooks/{run.tenant.user.id}/{run.id}/{waiter.event_id}" if by_webhook else UNSET,
        **_named(waiter.step),
    )


def _invocation(invocation: Invocation) -> RunWait:
    child = invocation.run
    text = f"run {child.id}"
    return RunWait("invoke", text, workflow_run_id=child.id, url=child.url, **_named(invocation.step))


def _named(step: Step | None) -> dict[str, Any]:
    return {} if step is None else {"step_name": step.name, "step_id": step.number}
