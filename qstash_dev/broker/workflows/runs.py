"""Starting workflow runs and appending the steps that the SDK submits.

https://upstash.com/docs/workflow/howto/start, https://upstash.com/docs/workflow/basics/how
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from qstash_dev import ids
from qstash_dev.broker.cancel import Canceller
from qstash_dev.broker.duplicates import tell_again
from qstash_dev.broker.publish import Publisher, Target
from qstash_dev.config import Config
from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import check_url, url_fault, wire_url
from qstash_dev.protocol.headers import parse_options
from qstash_dev.protocol.publication import DeliveryOptions, Publication
from qstash_dev.protocol.redaction import combined
from qstash_dev.protocol.step import STEP, Step, due_ms, parse_step
from qstash_dev.protocol.workflow import (
    LAZY_FETCH,
    MAX_INVOKE_DEPTH,
    RunSettings,
    WorkflowHeaders,
    invoke_depth,
    run_message_options,
    run_settings,
    workflow_headers,
)
from qstash_dev.state.message import Message
from qstash_dev.state.run import Invoker, NoteKind, Run, RunLogEntry, RunMessage, RunMessageKind
from qstash_dev.state.tenant import Tenant


class RunReceipt(NamedTuple):
    """The answer to a publish for a run."""

    message_id: str
    run: Run
    url: str
    deduplicated: bool = False  #: whether the run or step existed


MAX_STORED_EVENTS = 1_000
_MAX_ID = 1_000
_RUN_ID = re.compile(rf"[!\"$-.0->@-~]{{1,{_MAX_ID}}}")
# An entry is kept as it was sent, in base64 as it is delivered, and parsed.
_COPIES = 4
Prepared = Callable[[], RunReceipt]
"""Does what was checked. It must be called at once, before anything else changes."""


class Runs:
    """Starts runs and appends to their logs. For each entry, a message delivers the log up to it."""

    def __init__(self, publisher: Publisher, canceller: Canceller, config: Config) -> None:
        self.publisher = publisher
        self._canceller = canceller
        self._config = config

    def prepare_start(
        self,
        tenant: Tenant,
        publication: Publication,
        headers: WorkflowHeaders,
        now_ms: int,
        *,
        invoker: Invoker | None = None,
        rest_trigger: bool = False,
    ) -> Prepared:
        """Check a trigger; the function that is returned starts the run, unless it has started and not ended.

        Raises Rejection: 400 for an invalid run id or URL, 412 without room or beyond ``MAX_INVOKE_DEPTH``.
        """
        check_run(publication, headers)
        if invoke_depth(publication.options) > MAX_INVOKE_DEPTH:
            raise errors.QUOTA_EXCEEDED(name="maxInvokeDepth", limit=MAX_INVOKE_DEPTH, field="")
        self.check_weight(tenant, publication.weight)

        def start() -> RunReceipt:
            known = tenant.runs.live(headers.run_id)
            if known is not None and headers.by_sdk and known.unknown_sdk:
                return self._start_with_sdk(known, publication, headers, now_ms)
            if known is not None:
                why, first = f"the run {known.id} goes on", known.entries[0].message_id
                tell_again(tenant, first, why, publication, publication.destination, now_ms)
                return RunReceipt(first, known, known.url, deduplicated=True)
            run = Run(
                headers.run_id,
                tenant,
                wire_url(headers.url or publication.destination),
                now_ms,
                _settings(tenant, publication.options, headers),
                publication.caller_ip,
                rest_trigger,
                ("Upstash-Workflow-Unknown-Sdk", "true") in publication.options.headers,
                self._config.lazy_fetch_bytes if LAZY_FETCH in headers.features else None,
                invoker,
            )
            tenant.runs.add(run)
            message = self._add(run, RunMessageKind.INIT, publication, headers.settings, now_ms)
            tenant.log_run(run, now_ms)
            return RunReceipt(message.id, run, publication.destination)

        return start

    def prepare_step(
        self, tenant: Tenant, publication: Publication, headers: WorkflowHeaders, now_ms: int
    ) -> Prepared:
        """Check a step that the SDK submits; the function that is returned appends it.

        Raises Rejection: 400 if the run has ended, 412 for an invalid step, or if the run has too many.
        """
        run = self.live(tenant, headers, now_ms)
        try:
            step = parse_step(publication.body)
        except ValueError as error:
            raise errors.INVALID_STEP(reason=error, field="body") from None
        self.check_length(run, publication.weight)

        def append() -> RunReceipt:
            # After a retry the SDK submits a step again.
            if (known := run.done.get(step.key)) is not None:
                why = f"step {step.id} of {run.id}"
                tell_again(tenant, known, why, publication, publication.destination, now_ms)
                return RunReceipt(known, run, publication.destination, deduplicated=True)
            message = self.add_step(run, publication, step, headers.settings, now_ms)
            return RunReceipt(message.id, run, publication.destination)

        return append

    def append_result(
        self, run: Run, url: str, body: bytes, pairs: Iterable[tuple[str, str]], now_ms: int
    ) -> Message | None:
        """Append the step that ends a wait or an invoke; returns ``None`` if the run has it.

        ``pairs`` are the headers that the SDK has submitted for it.
        """
        step = parse_step(body)
        if step.key in run.done:
            return None
        pairs = tuple(pairs)
        headers = workflow_headers(pairs)
        settings = headers.settings if headers is not None else frozenset[str]()
        publication = Publication(url, body, parse_options(pairs), run.caller_ip)
        return self.add_step(run, publication, step, settings, now_ms)

    def add_step(
        self, run: Run, publication: Publication, step: Step, settings: frozenset[str], now_ms: int
    ) -> Message:
        """Append a step to a run and deliver it when it is due."""
        at_ms = due_ms(step, publication.options, now_ms)
        options = publication.options._replace(delay_ms=None, not_before_ms=at_ms if at_ms > now_ms else None)
        message = self._add(run, RunMessageKind.STEP, publication._replace(options=options), settings, now_ms, step)
        run.done[step.key] = message.id
        return message

    def add(
        self, run_message: RunMessage, publication: Publication, now_ms: int, call_type: str | None = None
    ) -> Message:
        """Create a message of a run. With a call type it is also an entry of the log; a step delivers the log up to
        its entry, any other message its own body."""
        id, run, step, entry = ids.message_id(), run_message.run, run_message.step, None
        if call_type is not None:
            weight = publication.options.weight
            entry = RunLogEntry(id, publication.body, call_type, now_ms, step, None, weight)
            position = run.tenant.runs.append(run, entry)
            run_message.entry = position if call_type == STEP else -1
        target = Target(publication.destination)
        message = self.publisher.create(run.tenant, publication, target, now_ms, run_message=run_message, id=id)
        if entry is not None:
            entry.message = message
        return message

    def live(self, tenant: Tenant, headers: WorkflowHeaders, now_ms: int) -> Run:
        """The run to which a publish belongs.

        Raises Rejection: 400 if it is unknown or has ended; an ended run gets a note.
        """
        run = tenant.runs.live(headers.run_id, headers.created_ms)
        if run is not None:
            return run
        ended = tenant.runs.get(headers.run_id, headers.created_ms)
        if ended is not None:
            text = f"a {headers.call_type} was submitted to a run that had ended as {ended.state}, and was refused"
            tenant.runs.note(ended, text, now_ms, NoteKind.LATE_STEP)
        raise errors.DEAD_RUN(id=headers.run_id[:200], state=ended.state if ended is not None else "unknown")

    def check_length(self, run: Run, size: int) -> None:
        """Check that the log of a run may grow by a publication of this size.

        Raises Rejection: 412 without room, or if it has too many entries, as after an endless loop in a workflow.
        """
        # Waiters and invoked runs become entries later.
        if len(run.entries) + len(run.waiters) + len(run.invocations) >= self._config.max_run_entries:
            raise errors.QUOTA_EXCEEDED(name="maxWorkflowSteps", limit=self._config.max_run_entries, field="")
        self.check_weight(run.tenant, size)

    def check_stored(self, run: Run, size: int) -> None:
        """Check that a run may keep an event of this size until it waits for it.

        Raises Rejection: 412 if it keeps too many events, or without room.
        """
        if sum(map(len, run.events.values())) >= MAX_STORED_EVENTS:
            raise errors.QUOTA_EXCEEDED(name="maxStoredEvents", limit=MAX_STORED_EVENTS, field="")
        self.check_weight(run.tenant, size)

    def check_delay(self, delay_ms: int) -> None:
        """Check the duration of a wait. Raises Rejection: 412 beyond the longest delay of the plan."""
        limit_s = self._config.quota.max_delay_s
        if limit_s is not None and delay_ms > limit_s * 1_000:
            raise errors.QUOTA_EXCEEDED(name="maxDelay", limit=limit_s, field="timeout")

    def check_weight(self, tenant: Tenant, size: int) -> None:
        """Check that the runs of a user may grow by a body of this size. Raises Rejection: 412 without room."""
        self.publisher.check_room(tenant, _COPIES * size)

    def has_room(self, tenant: Tenant, size: int) -> bool:
        """Whether the runs of a user may grow by a body of this size."""
        return self.publisher.has_room(tenant, _COPIES * size)

    def _add(
        self,
        run: Run,
        kind: RunMessageKind,
        publication: Publication,
        settings: frozenset[str],
        now_ms: int,
        step: Step | None = None,
    ) -> Message:
        options = run_message_options(publication.options, run.settings, settings)
        run_message = RunMessage(run, kind, step=step, failure_callback=publication.options.failure_callback)
        return self.add(run_message, publication._replace(options=options), now_ms, STEP)

    def _start_with_sdk(
        self, run: Run, publication: Publication, headers: WorkflowHeaders, now_ms: int
    ) -> RunReceipt:
        """Start a run again when the SDK of its endpoint repeats a trigger that came from another client."""
        for message in run.pending.values():
            if message.run_message is not None:
                message.run_message.superseded = True
        self._canceller.cancel([m for m in run.pending.values() if not m.in_flight], now_ms)
        run.tenant.runs.clear_log(run)
        given = run_settings(publication.options, headers)
        before = run.own_weight
        run.settings = run.settings._replace(headers=given.headers, features=run.settings.features | given.features)
        run.tenant.runs.weigh(run, run.own_weight - before)
        run.unknown_sdk = False
        run.rest_trigger = False
        message = self._add(run, RunMessageKind.INIT, publication, headers.settings, now_ms)
        return RunReceipt(message.id, run, publication.destination)


def check_run(publication: Publication, headers: WorkflowHeaders) -> None:
    """Check the id and the URLs of a run. Raises Rejection: 400 for an invalid id or URL."""
    check_url(publication.destination)
    if headers.url is not None and (fault := url_fault(headers.url)):
        raise errors.INVALID_HEADER(field="Upstash-Workflow-Url", reason=fault, value=headers.url[:100])
    if not _RUN_ID.fullmatch(headers.run_id):
        reason = (
            f"use 1 to {_MAX_ID} ASCII characters without white space, '/', '?' and '#', for the id stands in URLs"
        )
        raise errors.INVALID_HEADER(field="Upstash-Workflow-RunId", reason=reason, value=headers.run_id[:100])


def _settings(tenant: Tenant, options: DeliveryOptions, headers: WorkflowHeaders) -> RunSettings:
    """The settings of a new run. If the SDK starts it during the delivery of a plain message, it hides what that
    message hides. The SDK forwards the id of the message."""
    settings = run_settings(options, headers)
    id = next((value for name, value in options.headers if name == "Upstash-Message-Id"), "")
    if (first := tenant.messages.get(id)) is None:
        return settings
    return settings._replace(redaction=combined(settings.redaction, first.publication.options.redaction))
