"""What follows a delivery attempt: delivered, retried or given up."""

from __future__ import annotations

from qstash_dev.broker.admission import Admission
from qstash_dev.broker.callbacks import Callbacks
from qstash_dev.broker.cancel import Canceller
from qstash_dev.broker.workflows.router import WorkflowRouter
from qstash_dev.protocol.result import DeliveryResult
from qstash_dev.protocol.retry import RetryAt, decide
from qstash_dev.state.attempt import DeliveryAttempt
from qstash_dev.state.message import Message, State


class AttemptOutcomes:
    """Turns the result of an attempt into the next state of its message."""

    def __init__(
        self,
        admission: Admission,
        callbacks: Callbacks,
        canceller: Canceller,
        workflows: WorkflowRouter,
    ) -> None:
        self._admission = admission
        self._callbacks = callbacks
        self._canceller = canceller
        self._workflows = workflows

    def settle(self, attempt: DeliveryAttempt, result: DeliveryResult, now_ms: int) -> None:
        """Log what happened, decide what happens next, and let others have the slot."""
        message = attempt.message
        result = self._workflows.trigger_result(message, result)
        if result.succeeded:
            self._delivered(attempt, result, now_ms)
        else:
            message.tenant.log.add(State.ERROR, message, now_ms, result=result, attempt=attempt)
            self._failed(message, result, now_ms)
        self._admission.call_ended(message, now_ms)

    def _failed(self, message: Message, result: DeliveryResult, now_ms: int) -> None:
        if message.state is State.CANCEL_REQUESTED or self._workflows.is_over(message):
            self._canceller.give_up(message, now_ms)
            return
        decision = decide(result, message.publication.options, message.retried, now_ms)
        if isinstance(decision, RetryAt):
            self._retry(message, result, decision.at_ms, now_ms)
        else:
            self._give_up(message, result, now_ms)

    def _delivered(self, attempt: DeliveryAttempt, result: DeliveryResult, now_ms: int) -> None:
        message = attempt.message
        message.move_to(State.DELIVERED)
        message.tenant.log.add(State.DELIVERED, message, now_ms, result=result, attempt=attempt)
        self._callbacks.attempt_ended(message, result, now_ms)
        self._workflows.ended(message, result, None, now_ms)
        self._admission.life_ended(message, now_ms)

    def _retry(self, message: Message, result: DeliveryResult, at_ms: int, now_ms: int) -> None:
        message.move_to(State.RETRY)
        message.tenant.log.add(State.RETRY, message, now_ms, next_delivery_ms=at_ms)
        self._callbacks.attempt_ended(message, result, now_ms)
        message.retried += 1
        self._admission.wait_until(message, at_ms)

    def _give_up(self, message: Message, result: DeliveryResult, now_ms: int) -> None:
        # The letter exists before FAILED shows: whoever sees FAILED may look for it at once.
        kept = self._workflows.keeps_dead_letter(message)
        letter = message.tenant.dead_letters.add(message, result, now_ms) if kept else None
        message.move_to(State.FAILED)
        message.tenant.log.add(State.FAILED, message, now_ms, error=result.error)
        self._callbacks.attempt_ended(message, result, now_ms)
        if letter is not None:
            self._callbacks.gave_up(message, result, letter, now_ms)
        self._workflows.ended(message, result, letter, now_ms)
        self._admission.life_ended(message, now_ms)
