"""``GET /_dev/runs/{id}``: everything that is known about one workflow run."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from msgspec import to_builtins

from qstash_dev.api.dev.body_excerpts import cut_body, trim_of
from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.dev.run_times import Times, attempt_began_ms, attempts, sleeping, times
from qstash_dev.api.dev.run_waits import waits
from qstash_dev.api.request import reply
from qstash_dev.api.v2 import serializers
from qstash_dev.api.v2.serializers import Json
from qstash_dev.broker.workflows.log_rows import trimmed
from qstash_dev.broker.workflows.log_view import run_view
from qstash_dev.protocol import errors
from qstash_dev.protocol.hints import hint
from qstash_dev.protocol.redaction import shown_body
from qstash_dev.protocol.result import Responded
from qstash_dev.protocol.workflow import created_at
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import Message
from qstash_dev.state.run import Run


async def get(request: DevRequest) -> web.Response:
    """``GET /_dev/runs/{id}``: the latest run of this id, or the one of ``createdAt``, of anybody or of ``user``."""
    run, trim, now_ms = _run(request), trim_of(request), request.control.clock.now_ms()
    tenant = run.tenant
    view: Json = to_builtins(trimmed(run_view(run), trim))
    payload = {
        "user": tenant.user.id,
        "now": now_ms,
        "run": view | {"steps": _timed(run, view["steps"], trim)},
        "payload": cut_body(shown_body(run.initial_body, run.settings.redaction), trim),
        "headers": view["steps"][0]["steps"][0]["headers"] if view["steps"] and run.entries else {},
        "waits": waits(run, now_ms),
        "inDeadLetterQueue": _in_queue(run),
        "retries": run.settings.retries,
        "parentState": _parent_state(run),
        "children": [
            {"workflowRunId": one.run.id, "url": one.run.url, "state": one.run.state.value, "stepName": one.step.name}
            for one in run.invocations
        ],
    }
    return reply({name: value for name, value in payload.items() if value is not None})


def _run(request: DevRequest) -> Run:
    id, created_ms = request.path("id"), created_at(request.http.query.get("createdAt", ""))
    for tenant in request.tenants():
        if (run := tenant.runs.get(id, created_ms)) is not None:
            return run
    raise errors.RUN_NOT_FOUND(id=id[:200])


def _in_queue(run: Run) -> bool:
    failure = run.failure
    return failure is not None and run.tenant.dead_letters.get(failure.letter.id) is failure.letter


def _parent_state(run: Run) -> str | None:
    if run.invoker is None:
        return None
    parent = run.tenant.runs.get(run.invoker.run_id, run.invoker.created_ms)
    return None if parent is None else parent.state.value


def _timed(run: Run, groups: list[Json], trim: int) -> list[Json]:
    known, messages = times(run), {entry.message_id: entry.message for entry in run.entries}
    timed = []
    for group in groups:
        if group["type"] == "next":
            rows = [_next(run, row, messages.get(row["messageId"]), trim) for row in group["steps"]]
            rows = [row for row in rows if row is not None]
        else:
            rows = [_row(run, row, known.get(row.get("stepId", 0)), trim) for row in group["steps"]]
        if rows:
            timed.append({"type": group["type"], "steps": rows})
    return timed


def _row(run: Run, row: Json, when: Times | None, trim: int) -> Json:
    if when is None:
        return row | {"begunAt": row["createdAt"], "phase": "done", "attempts": []}
    phase = _phase(run, row, when)
    ended = when.ended_ms if when.ended_ms is not None or run.alive else run.completed_ms
    tried = [] if row["stepType"] == "Initial" or _sleeps(row) else _attempts(when.message, trim)
    fields = row | {"begunAt": when.begun_ms, "phase": phase, "attempts": tried}
    if ended is not None:
        fields["endedAt"] = ended
    elif when.due_ms is not None:
        fields["dueAt"] = when.due_ms
    elif when.message is not None and when.message.timer:
        fields["dueAt"] = when.message.due_ms
    if when.message is not None:
        fields["triedIn"] = when.message.id
    return fields


def _sleeps(row: Json) -> bool:
    return "sleepFor" in row or "sleepUntil" in row


def _phase(run: Run, row: Json, when: Times) -> str:
    """What the step is doing, in one word."""
    if when.ended_ms is not None:
        message = when.message
        stopped = _sleeps(row) and message is not None and row["messageId"] == message.id
        return "cancelled" if stopped and message is not None and message.state.value == "CANCELED" else "done"
    if not run.alive:
        return "failed" if row["state"] == "STEP_FAILED" else "cancelled"
    if when.asleep:
        return "sleeping"
    kinds = {"Wait": "waiting", "WaitForWebhook": "waiting", "Call": "calling", "Invoke": "invoking"}
    message = when.message
    if message is None or message.ended or row["stepType"] == "Call":
        again = message is not None and message.timer and message.retried
        return "retrying" if again else kinds.get(row["stepType"], "running")
    return _delivered(message)


def _delivered(message: Message) -> str:
    if message.in_flight:
        return "running"
    return "retrying" if message.timer else "due"


def _next(run: Run, row: Json, message: Message | None, trim: int) -> Json | None:
    """What comes next has no name before it is submitted. A sleep that has not ended shows as a step already."""
    if message is None:
        return None
    run_message = message.run_message
    begins_run = run_message is not None and run_message.entry == 0
    tried = _attempts(message, trim)
    if not (tried or message.in_flight) and (message.ended or (sleeping(message) and not begins_run)):
        return None
    begun = tried[0]["time"] if tried else message.created_ms
    fields = row | {"begunAt": begun, "attempts": tried, "triedIn": message.id}
    if not run.alive:
        phase = "failed" if row["state"] == "STEP_FAILED" else "cancelled"
        return fields | {"phase": phase} | ({} if run.completed_ms is None else {"endedAt": run.completed_ms})
    return fields | {"phase": _delivered(message)} | ({"dueAt": message.due_ms} if message.timer else {})


def _attempts(message: Message | None, trim: int) -> list[Json]:
    found = [_attempt(began_ms, entry, trim) for began_ms, entry in attempts(message)]
    began = attempt_began_ms(message)
    return found if began is None else [*found, {"number": len(found) + 1, "time": began}]


def _attempt(began_ms: int, entry: LogEntry, trim: int) -> Json:
    result = entry.result
    assert result is not None
    fields: dict[str, Any] = {
        "number": entry.retried + 1,
        "time": began_ms,
        "endedAt": entry.time_ms,
        "duration": result.duration_ms,
    }
    if isinstance(result, Responded):
        fields["status"] = result.status
    if result.succeeded:
        return fields
    fields["error"] = result.error
    if (text := hint(result)) is not None:
        fields["hint"] = text
    if isinstance(result, Responded):
        fields |= serializers.body_fields(result.body[:trim], "body")
    return fields
