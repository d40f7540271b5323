"""Waits of runs for events and webhooks, and their end.

https://upstash.com/docs/workflow/features/wait-for-event, https://upstash.com/docs/workflow/features/notify,
https://upstash.com/docs/workflow/features/webhooks
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable
from itertools import islice
from typing import Any, NamedTuple

from qstash_dev.broker.timers import Timers
from qstash_dev.broker.workflows.invoke import header_pairs
from qstash_dev.broker.workflows.runs import Runs
from qstash_dev.protocol import duration, errors
from qstash_dev.protocol.destination import url_fault, wire_url
from qstash_dev.protocol.duration import is_bare, parse_duration_ms, shown_duration
from qstash_dev.protocol.headers import parse_options
from qstash_dev.protocol.step import WEBHOOK, step_of, wait_result
from qstash_dev.protocol.warning import Warning, duration_without_unit, long_unit
from qstash_dev.protocol.weight import json_weight, pairs_weight
from qstash_dev.protocol.workflow import workflow_headers
from qstash_dev.state.message import Message
from qstash_dev.state.run import NoteKind, Pairs, Run, Waiter
from qstash_dev.state.tenant import Tenant
from qstash_dev.state.unheard_events import UnheardEvent

_OVERHEAD_BYTES = 1_024
_DEFAULT_TIMEOUT = "7d"
_SHOWN_EVENTS = 3
_SHOWN_NAME = 100
_IN_TIME = "send it in time, or let the step wait for longer"
_NOT_STORED = frozenset(
    {"authorization", "host", "connection", "content-length", "transfer-encoding", "accept-encoding"}
)


class ResumedRun(NamedTuple):
    """A run that an event has resumed."""

    waiter: Waiter
    message: Message  #: delivers the event to the run


class Events:
    """Keeps the waiters, and resumes their runs after an event or the timeout."""

    def __init__(self, timers: Timers, runs: Runs) -> None:
        self._timers = timers
        self._runs = runs

    def wait(
        self, tenant: Tenant, event_id: str, request: Any, pairs: Iterable[tuple[str, str]], now_ms: int
    ) -> None:
        """Let a run wait for an event. It resumes at once if the event was kept for it.

        Raises Rejection: 400 if the run has ended, 412 for an invalid request or a timeout beyond the plan.
        """
        kept = tuple(pair for pair in pairs if pair[0].lower() not in _NOT_STORED)
        headers = workflow_headers(kept)
        if headers is None:
            reason = "send Upstash-Workflow-RunId and Upstash-Workflow-Init"
            raise errors.INVALID_STEP(reason=reason, field="Upstash-Workflow-RunId")
        run = self._runs.live(tenant, headers, now_ms)
        try:
            waiter = _waiter(run, event_id, request, kept, now_ms)
        except errors.Rejection as rejection:
            if rejection.status == errors.INVALID_STEP.status:
                raise
            raise errors.INVALID_STEP(reason=rejection.text, field=rejection.field) from None
        except ValueError as error:
            raise errors.INVALID_STEP(reason=error, field="body") from None
        self._runs.check_delay(waiter.deadline_ms - now_ms)
        self._runs.check_length(run, waiter.weight)
        if waiter.step.key in run.done or any(known.step.key == waiter.step.key for known in run.waiters):
            return
        for warning in _warnings(waiter):
            tenant.runs.note(run, warning.text, now_ms)
        run.deadlines[waiter.step.number] = waiter.deadline_ms
        if (stored := tenant.runs.take_event(run, event_id)) is not None:
            self._resume(waiter, stored, now_ms)
            return
        waiter.unheard_ms = tenant.runs.unheard.sent_ms(event_id, now_ms)
        tenant.runs.add_waiter(waiter)
        waiter.timer = self._timers.at(waiter.deadline_ms, self._time_out, waiter)
        _note_wait(waiter, now_ms)

    def waiting(self, tenant: Tenant, event_id: str, data: bytes, now_ms: int) -> tuple[list[Waiter], str]:
        """The waiters for the event, and the event's data as :meth:`resume` takes it. An event that no run waits
        for is remembered, but not its data.

        Raises Rejection: 412 without room for the event in all these runs.
        """
        out = b64encode(data).decode("ascii")
        waiters = list(tenant.runs.waiters.get(event_id, ()))
        self._runs.check_weight(tenant, len(out) * len(waiters))
        runs = tenant.runs
        if waiters:
            runs.unheard.heard(event_id)
        else:
            runs.unheard.add(
                UnheardEvent(tenant.user.id, event_id, now_ms, tuple(islice(runs.waiters, _SHOWN_EVENTS)))
            )
        return waiters, out

    def resume(self, waiters: Iterable[Waiter], out: str, now_ms: int) -> list[ResumedRun]:
        """Resume the runs of these waiters, except those that have ended or are resumed already."""
        return [resumed for waiter in waiters if (resumed := self._end_wait(waiter, out, now_ms)) is not None]

    def notify_run(self, run: Run, event_id: str, data: bytes, now_ms: int) -> ResumedRun | None:
        """Resume one run, or keep the event until it waits for it.

        Raises Rejection: 412 if the run keeps too many events.
        """
        out = b64encode(data).decode("ascii")
        for waiter in run.waiters:
            if waiter.event_id == event_id:
                self._runs.check_weight(run.tenant, len(out))
                return self._end_wait(waiter, out, now_ms)
        self._runs.check_stored(run, len(out))
        run.tenant.runs.store_event(run, event_id, out)
        return None

    def call_webhook(self, run: Run, event_id: str, call: dict[str, Any], now_ms: int) -> ResumedRun | None:
        """Resume a run that waits for its webhook, or keep the call until it waits for it.

        Raises Rejection: 412 if the run keeps too many calls.
        """
        return self.notify_run(run, event_id, json.dumps(call, separators=(",", ":")).encode(), now_ms)

    def _end_wait(self, waiter: Waiter, out: str, now_ms: int) -> ResumedRun | None:
        if waiter not in waiter.run.tenant.runs.waiters.get(waiter.event_id, ()):
            return None
        self._timers.cancel(waiter.timer)
        waiter.run.tenant.runs.remove_waiter(waiter)
        message = self._resume(waiter, out, now_ms)
        return None if message is None else ResumedRun(waiter, message)

    def _time_out(self, waiter: Waiter, now_ms: int) -> None:
        waiter.timer = 0
        waiter.run.tenant.runs.remove_waiter(waiter)
        text = f"{waiter.step.name[:_SHOWN_NAME]} ended after {waiter.timeout} without {_awaited(waiter)}: {_IN_TIME}"
        waiter.run.tenant.runs.note(waiter.run, text, now_ms, NoteKind.TIMED_OUT)
        body = wait_result(waiter.step.fields, waiter.event_id, waiter.timeout, None)
        self._runs.append_result(waiter.run, waiter.timeout_url, body, waiter.timeout_headers, now_ms)

    def _resume(self, waiter: Waiter, out: str, now_ms: int) -> Message | None:
        body = wait_result(waiter.step.fields, waiter.event_id, waiter.timeout, out)
        return self._runs.append_result(waiter.run, waiter.url, body, waiter.headers, now_ms)


def _note_wait(waiter: Waiter, now_ms: int) -> None:
    runs, event_id = waiter.run.tenant.runs, waiter.event_id
    longest = shown_duration(waiter.deadline_ms - now_ms)
    text = f"{waiter.step.name[:_SHOWN_NAME]} waits for {_awaited(waiter)}, {longest} at most"
    runs.note(waiter.run, text, now_ms, NoteKind.WAITS)
    if waiter.unheard_ms is not None:
        before = shown_duration(now_ms - waiter.unheard_ms)
        text = (
            f"{event_id} was sent {before} before the wait and reached no run: send it again, or name the run "
            "(workflowRunId) when it is sent, which keeps it for the wait"
        )
        runs.note(waiter.run, text, now_ms, NoteKind.UNHEARD_EVENT)


def _waiter(run: Run, event_id: str, request: Any, headers: Pairs, now_ms: int) -> Waiter:
    if not isinstance(request, dict):
        raise ValueError("the body of a wait is a JSON object")
    url, timeout_url = (_url(request, field, run.url) for field in ("url", "timeoutUrl"))
    timeout = request.get("timeout") or _DEFAULT_TIMEOUT
    if not isinstance(timeout, str):
        raise errors.INVALID_STEP(reason="timeout must be a duration such as '7d'", field="timeout")
    given = request.get("timeoutHeaders")
    timeout_headers = headers if given is None else header_pairs(given)
    for pairs in (headers, timeout_headers):
        parse_options(pairs)
    return Waiter(
        event_id=event_id,
        run=run,
        step=step_of(request.get("step")),
        url=url,
        headers=headers,
        timeout=timeout,
        timeout_url=timeout_url,
        timeout_headers=timeout_headers,
        deadline_ms=now_ms + _timeout_ms(timeout),
        created_ms=now_ms,
        weight=json_weight(request) + pairs_weight(headers) + pairs_weight(timeout_headers) + _OVERHEAD_BYTES,
    )


def _timeout_ms(timeout: str) -> int:
    try:
        return parse_duration_ms(timeout, long_units=True)
    except ValueError as error:
        raise errors.INVALID_STEP(reason=f"timeout: {error} (got '{timeout[:100]}')", field="timeout") from None


def _warnings(waiter: Waiter) -> list[Warning]:
    field = f"the timeout of the wait for '{waiter.event_id}'"
    found = [duration_without_unit(field, waiter.timeout)] if is_bare(waiter.timeout) else []
    if (unit := duration.long_unit(waiter.timeout)) is not None:
        found.append(long_unit(field, unit))
    return found


def _url(request: dict[str, Any], field: str, default: str) -> str:
    url = request.get(field) or default
    if not isinstance(url, str) or (fault := url_fault(url)):
        reason = f"{field} must be a URL" if not isinstance(url, str) else f"{field}: {fault}"
        raise errors.INVALID_STEP(reason=reason, field=field)
    return wire_url(url)


def _awaited(waiter: Waiter) -> str:
    return "a call of its webhook" if waiter.step.type == WEBHOOK else f"event {waiter.event_id}"
