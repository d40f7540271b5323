"""Begin and end of each step of a workflow run, and the message whose delivery attempts carried it out.

https://upstash.com/docs/workflow/basics/how
"""

from __future__ import annotations

from msgspec import Struct

from qstash_dev.protocol.step import STEP
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import Message, State
from qstash_dev.state.run import Run, RunLogEntry


class Times(Struct, frozen=True):
    """The times of a step in unix milliseconds; ``due_ms`` is when it ends by itself.

    ``message`` is the one whose attempts carry the step out: that of the step before, that of the plan of its
    branch, or the third-party call.
    """

    begun_ms: int
    ended_ms: int | None = None
    due_ms: int | None = None
    message: Message | None = None
    asleep: bool = False


def times(run: Run) -> dict[int, Times]:
    """The times of each step by its number; 0 is the start of the run."""
    plans = {entry.step.number: entry for entry in _steps(run) if entry.step is not None and entry.step.is_plan}
    found = {number: _planned(entry) for number, entry in plans.items()}
    previous: Message | None = None
    for entry in _steps(run):
        step = entry.step
        if step is None:
            found[0] = Times(entry.created_ms, entry.created_ms)
        elif step.is_plan:
            continue
        elif step.number in plans:
            plan = found[step.number]
            found[step.number] = Times(plan.begun_ms, entry.created_ms, None, plan.message)
        elif _sleeps(entry):
            found[step.number] = _sleep(entry)
        else:
            found[step.number] = Times(_first_attempt(previous, entry.created_ms), entry.created_ms, None, previous)
        previous = entry.message
    return found | _going_on(run, found)


def attempts(message: Message | None) -> list[tuple[int, LogEntry]]:
    """When each attempt of a message began, and the event that ended it, oldest first, as far as they are kept."""
    if message is None:
        return []
    found = []
    began_ms: int | None = None
    for entry in message.tenant.log.of_messages((message.id,)):
        if entry.state is State.ACTIVE:
            began_ms = entry.time_ms
        elif entry.result is not None:
            found.append((entry.time_ms if began_ms is None else began_ms, entry))
            began_ms = None
    return found


def attempt_began_ms(message: Message | None) -> int | None:
    """When the attempt in flight began."""
    if message is None or not message.in_flight:
        return None
    log = message.tenant.log.of_messages((message.id,))
    return next((entry.time_ms for entry in reversed(log) if entry.state is State.ACTIVE), None)


def sleeping(message: Message | None) -> bool:
    """Whether a message waits for its first attempt."""
    return message is not None and bool(message.timer) and message.retried == 0


def _steps(run: Run) -> list[RunLogEntry]:
    return [entry for entry in run.entries if entry.call_type == STEP]


def _sleeps(entry: RunLogEntry) -> bool:
    return entry.step is not None and ("sleepFor" in entry.step.fields or "sleepUntil" in entry.step.fields)


def _sleep(entry: RunLogEntry) -> Times:
    """The times of a sleep, which ends when its message is sent for the first time."""
    message = entry.message
    if sleeping(message):
        assert message is not None
        return Times(entry.created_ms, None, message.due_ms, message, asleep=True)
    planned = entry.created_ms if message is None else max(entry.created_ms, message.not_before_ms)
    ended = _first_attempt(message, planned)
    if message is not None and message.state is State.CANCELED:
        ended = message.run_message.run.completed_ms or planned if message.run_message is not None else planned
    return Times(entry.created_ms, ended, None, message)


def _planned(entry: RunLogEntry) -> Times:
    message = entry.message
    if message is not None and sleeping(message):
        return Times(entry.created_ms, None, message.due_ms, message, asleep=_sleeps(entry))
    begun = entry.created_ms if _sleeps(entry) else _first_attempt(message, entry.created_ms)
    return Times(begun, None, None, message)


def _going_on(run: Run, found: dict[int, Times]) -> dict[int, Times]:
    """The times of what the server does itself for a run: third-party calls, waits and invoked runs."""
    now: dict[int, Times] = {}

    def put(number: int, begun_ms: int, due_ms: int | None = None, message: Message | None = None) -> None:
        ended = found[number].ended_ms if number in found else None
        now[number] = Times(begun_ms, ended, due_ms, message)

    for number, message in run.calls.items():
        put(number, message.created_ms, message=message)
    for waiter in run.waiters:
        put(waiter.step.number, waiter.created_ms, waiter.deadline_ms)
    for invocation in run.invocations:
        put(invocation.step.number, invocation.created_ms)
    return now


def _first_attempt(message: Message | None, otherwise_ms: int) -> int:
    """When the first attempt of a message began, if that is still known."""
    if message is None:
        return otherwise_ms
    log = message.tenant.log.of_messages((message.id,))
    return next((entry.time_ms for entry in log if entry.state is State.ACTIVE), otherwise_ms)
