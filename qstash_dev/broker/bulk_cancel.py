"""Cancellation of messages and workflow runs on request.

https://upstash.com/docs/qstash/api-reference/messages/bulk-cancel-messages,
https://upstash.com/docs/workflow/howto/cancel
"""

from __future__ import annotations

from collections.abc import Iterable

from qstash_dev.broker.cancel import Canceller
from qstash_dev.broker.workflows.finish import RunFinisher
from qstash_dev.state.message import Message
from qstash_dev.state.run import CallbackState, Run, RunMessage, RunMessageKind


class BulkCancel:
    """Cancels messages and runs. The run of a cancelled message could not go on, so it is cancelled too."""

    def __init__(self, canceller: Canceller, finisher: RunFinisher) -> None:
        self._canceller = canceller
        self._finisher = finisher

    def cancel(self, messages: Iterable[Message], now_ms: int) -> int:
        """Cancel these messages; returns how many had not ended and were not requested before."""
        requested = self._canceller.request(messages, now_ms)
        self.finish(requested, now_ms)
        return len(requested)

    def finish(self, requested: Iterable[Message], now_ms: int) -> None:
        """Cancel messages that :meth:`Canceller.request` returned, all at once or in portions."""
        requested = list(requested)
        self._canceller.finish(requested, now_ms)
        for message in requested:
            if message.run_message is not None:
                self._end_run(message, message.run_message, now_ms)

    def cancel_runs(self, runs: Iterable[Run], now_ms: int) -> int:
        """Cancel these runs; returns how many had not ended."""
        # Parents first: they are older, and a parent that still runs would receive the result of its child.
        return sum(self._finisher.cancel(run, now_ms) for run in sorted(runs, key=lambda run: run.seq))

    def _end_run(self, message: Message, run_message: RunMessage, now_ms: int) -> None:
        run, failure = run_message.run, run_message.run.failure
        if run_message.kind is RunMessageKind.FAILURE_CALLBACK:
            if failure is not None and failure.callback_message is message:
                failure.state = CallbackState.CANCELED
        elif run.alive and not run_message.superseded:
            run.tenant.runs.note(run, f"message {message.id} of the run was cancelled, and with it the run", now_ms)
            self._finisher.cancel(run, now_ms)
