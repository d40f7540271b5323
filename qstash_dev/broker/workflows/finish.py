"""The end of a workflow run (https://upstash.com/docs/workflow/howto/cancel for one that is cancelled)."""

from __future__ import annotations

from qstash_dev.broker.cancel import Canceller
from qstash_dev.broker.timers import Timers
from qstash_dev.broker.workflows.invoke import Invocations
from qstash_dev.protocol.weight import texts_weight
from qstash_dev.state.run import NoteKind, Run, RunState


class RunFinisher:
    """Ends runs. Their messages are cancelled, and a run that has invoked one gets its result."""

    def __init__(self, timers: Timers, invocations: Invocations, canceller: Canceller) -> None:
        self._timers = timers
        self._invocations = invocations
        self._canceller = canceller

    def finish(self, run: Run, response: str | None, now_ms: int) -> None:
        """End a run whose workflow has returned."""
        run.response = response
        run.tenant.runs.weigh(run, texts_weight(response))
        self.end(run, RunState.SUCCESS, now_ms)

    def cancel(self, run: Run, now_ms: int) -> bool:
        """Cancel a run; returns False if it had ended."""
        if not run.alive:
            return False
        self.end(run, RunState.CANCELED, now_ms)
        return True

    def end(self, run: Run, state: RunState, now_ms: int) -> None:
        runs = run.tenant.runs
        for waiter in list(run.waiters):
            self._timers.cancel(waiter.timer)
            runs.remove_waiter(waiter)
        runs.clear_events(run)
        run.state = state
        run.completed_ms = now_ms
        run.tenant.log_run(run, now_ms)
        runs.send_note(run, f"ended as {state}", now_ms, NoteKind.ENDED)
        # Not those in flight: one of them may be the delivery in which the workflow has returned.
        waiting = [message for message in run.pending.values() if not message.in_flight]
        self._canceller.cancel(waiting, now_ms)
        self._invocations.child_ended(run, now_ms)
        runs.ended(run)
