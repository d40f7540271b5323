"""Taking messages and workflow runs back (QStash docs, API messages/cancel, workflows/cancel)."""

from __future__ import annotations

from collections.abc import Iterable

from qstash_dev.broker.endings import Endings
from qstash_dev.broker.withdrawal import Withdrawal
from qstash_dev.state.message import Message
from qstash_dev.state.run import CallbackState, Kind, Part, Run


class Cancellation:
    """Cancels what somebody asks for. A run that loses one of its messages could never go on, so it is cancelled."""

    def __init__(self, withdrawal: Withdrawal, endings: Endings) -> None:
        self._withdrawal = withdrawal
        self._endings = endings

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
        return self._withdrawal.ask(messages, now_ms)

    def end(self, asked: Iterable[Message], now_ms: int) -> None:
        """Cancel what has stepped aside."""
        asked = list(asked)
        self._withdrawal.end(asked, now_ms)
        for message in asked:
            if message.part is not None:
                self._run_loses(message, message.part, now_ms)

    def cancel_runs(self, runs: Iterable[Run], now_ms: int) -> int:
        """Cancel these runs and return how many went on until now."""
        # Parents are older than their children, and must not be told of the end of those first.
        return sum(self._endings.cancel(run, now_ms) for run in sorted(runs, key=lambda run: run.seq))

    def _run_loses(self, message: Message, part: Part, now_ms: int) -> None:
        run, failure = part.run, part.run.failure
        if part.kind is Kind.FAILURE_CALLBACK:
            if failure is not None and failure.callback_message is message:
                failure.state = CallbackState.CANCELED
        elif run.alive and not part.superseded:
            run.tenant.runs.note(run, f"message {message.id} of the run was cancelled, and with it the run", now_ms)
            self._endings.cancel(run, now_ms)
