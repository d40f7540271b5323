"""Taking messages and workflow runs back (QStash docs, API messages/cancel, workflows/cancel)."""

from __future__ import annotations

from collections.abc import Iterable

from qstash_dev.broker.cancel import Canceller
from qstash_dev.broker.workflows.finish import RunFinisher
from qstash_dev.state.message import Message
from qstash_dev.state.run import CallbackState, Run, RunMessage, RunMessageKind


class BulkCancel:
    """Cancels what somebody asks for. A run that loses one of its messages could never go on, so it is cancelled."""

    def __init__(self, canceller: Canceller, finisher: RunFinisher) -> None:
        self._canceller = canceller
        self._finisher = finisher

    def cancel(self, message: Message, now_ms: int) -> bool:
        """Ask for one message to be cancelled; False if it has ended or was asked for before."""
        return self.cancel_all([message], now_ms) == 1

    def cancel_all(self, messages: Iterable[Message], now_ms: int) -> int:
        """Cancel these messages and return how many were."""
        taken = self.ask(messages, now_ms)
        self.end(taken, now_ms)
        return len(taken)

    def ask(self, messages: Iterable[Message], now_ms: int) -> list[Message]:
        """Let these messages step aside, and return those that were not cancelled or ended before. :meth:`end` is to
        follow, at once or in portions: until then nobody else is called in their place."""
        return self._canceller.ask(messages, now_ms)

    def end(self, asked: Iterable[Message], now_ms: int) -> None:
        """Cancel what has stepped aside."""
        asked = list(asked)
        self._canceller.end(asked, now_ms)
        for message in asked:
            if message.run_message is not None:
                self._run_loses(message, message.run_message, now_ms)

    def cancel_runs(self, runs: Iterable[Run], now_ms: int) -> int:
        """Cancel these runs and return how many went on until now."""
        # Parents are older than their children, and must not be told of the end of those first.
        return sum(self._finisher.cancel(run, now_ms) for run in sorted(runs, key=lambda run: run.seq))

    def _run_loses(self, message: Message, run_message: RunMessage, now_ms: int) -> None:
        run, failure = run_message.run, run_message.run.failure
        if run_message.kind is RunMessageKind.FAILURE_CALLBACK:
            if failure is not None and failure.callback_message is message:
                failure.state = CallbackState.CANCELED
        elif run.alive and not run_message.superseded:
            run.tenant.runs.note(run, f"message {message.id} of the run was cancelled, and with it the run", now_ms)
            self._finisher.cancel(run, now_ms)
