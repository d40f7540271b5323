"""Restart and resume of failed workflow runs (https://upstash.com/docs/workflow/features/dlq)."""

from __future__ import annotations

from dataclasses import replace

from qstash_dev import ids
from qstash_dev.broker.cancel import Canceller
from qstash_dev.broker.publish import Publisher, Target
from qstash_dev.broker.workflows.failure import Failures
from qstash_dev.protocol import errors
from qstash_dev.protocol.headers import Pairs, parse_overrides
from qstash_dev.protocol.publication import Callback, DeliveryOptions
from qstash_dev.protocol.step import FROM_CALLBACK, TO_CALLBACK
from qstash_dev.protocol.workflow import OF_TRIGGER, RunSettings
from qstash_dev.state.dead_letters import DeadLetter
from qstash_dev.state.message import State
from qstash_dev.state.run import CallbackState, Failure, Run, RunLogEntry, RunMessageKind


class RunResumer:
    """Replaces a failed run by a new one, which begins at the start or at the failed step."""

    def __init__(self, publisher: Publisher, failures: Failures, canceller: Canceller) -> None:
        self._publisher = publisher
        self._failures = failures
        self._canceller = canceller

    def start_again(self, letter: DeadLetter, overrides: Pairs, now_ms: int, *, from_the_start: bool) -> Run:
        """Start a run again with its initial payload, or with the steps that are done, and remove its dead letter.

        https://upstash.com/docs/workflow/features/dlq/restart, https://upstash.com/docs/workflow/features/dlq/resume

        Raises Rejection: 400 for an invalid override, 412 beyond the quota.
        """
        overrides = tuple(overrides)
        old, _ = _failed_run(letter)
        settings = _overridden(old.settings, overrides)
        entries = old.entries[:1] if from_the_start else list(old.entries)
        due = {0} if from_the_start else _unfinished(old)
        options = {at: _options(entries[at], overrides, now_ms) for at in due}
        told = settings.failure_callback
        override = None if told is old.settings.failure_callback else told
        messages = {at: entries[at].message for at in due}
        publications = [
            message.publication._replace(options=options[at]._replace(failure_callback=override))
            for at, message in messages.items()
            if message is not None
        ]
        self._publisher.check_redeliveries(old.tenant, publications, now_ms)
        self._publisher.check_room(old.tenant, sum(entry.weight for entry in entries) + old.own_weight)
        run = _new_run(old, settings, now_ms)
        old.tenant.runs.add(run)
        old.tenant.dead_letters.take(letter.id)
        for entry in entries:
            self._copy(run, entry)
        run.deadlines = {number: at_ms for number, at_ms in old.deadlines.items() if (number, None) in run.done}
        run.invocations = [invocation for invocation in old.invocations if invocation.step.key in run.done]
        old.tenant.log_run(run, now_ms)
        for at in sorted(due):
            self._deliver(run, entries[at], at, options[at], override, now_ms)
        return run

    def retry_callback(self, letter: DeadLetter, now_ms: int) -> Run:
        """Send a failed failure callback again (https://upstash.com/docs/workflow/features/dlq/callback).

        Raises Rejection: 400 unless it has failed, 412 without room for it.
        """
        run, failure = _failed_run(letter)
        callback = failure.callback
        if failure.state is not CallbackState.FAIL or callback is None:
            raise _refused(letter, failure, CallbackState.FAIL, "retried")
        self._failures.check_room(run, failure)
        self._failures.send_callback(run, failure, callback, now_ms)
        return run

    def cancel_callback(self, letter: DeadLetter, now_ms: int) -> Run:
        """Cancel a failure callback. Raises Rejection: 400 unless it is in progress."""
        run, failure = _failed_run(letter)
        if failure.state is not CallbackState.IN_PROGRESS or failure.callback_message is None:
            raise _refused(letter, failure, CallbackState.IN_PROGRESS, "cancelled")
        self._canceller.cancel([failure.callback_message], now_ms)
        failure.state = CallbackState.CANCELED
        return run

    def _copy(self, run: Run, old: RunLogEntry) -> None:
        entry = replace(old, message_id=ids.message_id())
        run.tenant.runs.append(run, entry)
        if entry.call_type == TO_CALLBACK and entry.step is not None and old.message is not None:
            run.calls[entry.step.id] = old.message
        elif entry.step is not None and entry.call_type not in (TO_CALLBACK, FROM_CALLBACK):
            run.done[entry.step.key] = entry.message_id

    def _deliver(
        self,
        run: Run,
        old: RunLogEntry,
        at: int,
        options: DeliveryOptions,
        failure_callback: Callback | None,
        now_ms: int,
    ) -> None:
        assert old.message is not None
        before = old.message.run_message
        assert before is not None
        run_message = replace(
            before,
            run=run,
            entry=at if before.kind in (RunMessageKind.INIT, RunMessageKind.STEP) else -1,
            failure_callback=failure_callback or before.failure_callback,
            superseded=False,
        )
        publication = old.message.publication._replace(options=options)
        entry = run.entries[at]
        target = Target(publication.destination)
        entry.message = self._publisher.create(
            run.tenant, publication, target, now_ms, run_message=run_message, id=entry.message_id
        )
        if before.kind is RunMessageKind.CALL and before.step is not None:
            run.calls[before.step.id] = entry.message


def _new_run(old: Run, settings: RunSettings, now_ms: int) -> Run:
    tenant, how = old.tenant, (old.caller_ip, old.rest_trigger, old.unknown_sdk, old.lazy_bytes)
    return Run(ids.run_id(), tenant, old.url, now_ms, settings, *how)


def _unfinished(run: Run) -> set[int]:
    """The positions of the entries that must be delivered again, so that the run goes on.

    These are entries whose messages were not delivered, and plans of parallel branches without a result. A branch
    that was waiting for an event, for example, waits again.
    """
    reported = {entry.step.id for entry in run.entries if entry.call_type == FROM_CALLBACK and entry.step is not None}
    steps = [entry.step for entry in run.entries if entry.call_type not in (TO_CALLBACK, FROM_CALLBACK)]
    done = {step.id for step in steps if step is not None and not step.is_plan}
    due, busy = set(), set()
    for at, entry in enumerate(run.entries):
        message, step = entry.message, entry.step
        if entry.call_type == TO_CALLBACK and step is not None:
            # The result of a call that ended after the run is lost, so the call is made again.
            if step.id in reported | done:
                continue
        elif message is None or message.state is State.DELIVERED:
            continue
        due.add(at)
        if step is not None:
            busy.add(step.number)
    for at, entry in enumerate(run.entries):
        step = entry.step
        if step is not None and step.is_plan and step.number not in done | busy:
            due.add(at)
    return due


def _options(entry: RunLogEntry, overrides: tuple[tuple[str, str], ...], now_ms: int) -> DeliveryOptions:
    """The options of the earlier message. A branch that was sleeping sleeps until the same time."""
    assert entry.message is not None
    due_ms = entry.message.not_before_ms
    base = entry.message.publication.options
    base = base._replace(delay_ms=None, not_before_ms=due_ms if due_ms > now_ms else None)
    if entry.call_type == TO_CALLBACK:
        # A call does not use the settings of its run.
        overrides = tuple(pair for pair in overrides if pair[0].lower() in ("upstash-delay", "upstash-not-before"))
    return parse_overrides(overrides, base)._replace(callback=None, failure_callback=None)


def _overridden(settings: RunSettings, overrides: tuple[tuple[str, str], ...]) -> RunSettings:
    base = DeliveryOptions(**{name: getattr(settings, name) for name in OF_TRIGGER})
    options = parse_overrides(overrides, base)
    return settings._replace(**{name: getattr(options, name) for name in OF_TRIGGER})


def _failed_run(letter: DeadLetter) -> tuple[Run, Failure]:
    run_message = letter.message.run_message
    if run_message is None or run_message.run.failure is None:
        raise errors.DEAD_LETTER_NOT_FOUND(id=letter.id)
    return run_message.run, run_message.run.failure


def _refused(letter: DeadLetter, failure: Failure, wanted: CallbackState, what: str) -> errors.Rejection:
    state = "absent" if failure.state is None else f"in state {failure.state}"
    return errors.NO_FAILED_CALLBACK(id=letter.id, state=state, wanted=wanted, what=what)
