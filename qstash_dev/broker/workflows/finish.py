"""How a workflow run ends, and what ends with it."""

from __future__ import annotations

from qstash_dev.broker.cancel import Canceller
from qstash_dev.broker.timers import Timers
from qstash_dev.broker.workflows.invoke import Invocations
from qstash_dev.protocol.weight import texts_weight
from qstash_dev.state.run import Run, RunState


class RunFinisher:
    """Ends runs. Nothing of an ended run is delivered any more, and whoever waits for its result gets it."""

    def __init__(self, timers: Timers, invocations: Invocations, canceller: Canceller) -> None:
        self._timers = timers
        self._invocations = invocations
        self._canceller = canceller

    def finish(self, run: Run, response: str | None, now_ms: int) -> None:
        """The route has returned."""
        run.response = response
        run.tenant.runs.weigh(run, texts_weight(response))
        self.end(run, RunState.SUCCESS, now_ms)

    def cancel(self, run: Run, now_ms: int) -> bool:
        """Cancel a run; False if it had ended before."""
        if not run.alive:
            return False
        self.end(run, RunState.CANCELED, now_ms)
        return True

    def end(self, run: Run, state: RunState, now_ms: int) -> None:
        """Let a run that goes on come to its end in this state."""
        runs = run.tenant.runs
        for waiter in list(run.waiters):
            self._timers.cancel(waiter.timer)
            runs.forget_waiter(waiter)
        runs.forget_events(run)
        run.state = state
        run.completed_ms = now_ms
        run.tenant.log_run(run, now_ms)
        runs.tell(run, f"ended as {state}", now_ms)
        # What is on the wire may be the very delivery that ended the run: it is left to come to its end.
        waiting = [message for message in run.pending.values() if not message.in_flight]
        self._canceller.take_back(waiting, now_ms)
        self._invocations.child_ended(run, now_ms)
        runs.ended(run)
