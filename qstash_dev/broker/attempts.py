"""The outcome of a delivery attempt: the message is delivered, retried or failed.

https://upstash.com/docs/qstash/features/retry, https://upstash.com/docs/qstash/howto/debug-logs
"""

from __future__ import annotations

from qstash_dev.broker.admission import Admission
from qstash_dev.broker.callbacks import Callbacks
from qstash_dev.broker.cancel import Canceller
from qstash_dev.broker.workflows.router import WorkflowRouter
from qstash_dev.protocol.result import DeliveryResult
from qstash_dev.protocol.retry import retry_at
from qstash_dev.state.attempt import DeliveryAttempt
from qstash_dev.state.message import Message, State


class AttemptOutcomes:
    """Moves a message to the state that follows from the result of its attempt."""

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
        self.failed = 0  #: how many attempts have failed

    def settle(self, attempt: DeliveryAttempt, result: DeliveryResult, now_ms: int) -> None:
        """Log the result, change the state of the message, and free its flow control slot."""
        message = attempt.message
        result = self._workflows.result_of(message, result)
        if result.succeeded:
            self._delivered(attempt, result, now_ms)
        else:
            self.failed += 1
            message.tenant.log.add(State.ERROR, message, now_ms, result=result, attempt=attempt)
            self._failed(message, result, now_ms)
        self._admission.call_ended(message, now_ms)

    def _failed(self, message: Message, result: DeliveryResult, now_ms: int) -> None:
        if message.state is State.CANCEL_REQUESTED or self._workflows.must_not_retry(message):
            self._canceller.cancel_failed(message, now_ms)
            return
        at_ms = retry_at(result, message.publication.options, message.retried, now_ms)
        if at_ms is None:
            self._give_up(message, result, now_ms)
        else:
            self._retry(message, result, at_ms, now_ms)

    def _delivered(self, attempt: DeliveryAttempt, result: DeliveryResult, now_ms: int) -> None:
        message = attempt.message
        message.move_to(State.DELIVERED)
        message.tenant.log.add(State.DELIVERED, message, now_ms, result=result, attempt=attempt)
        self._callbacks.attempt_ended(message, result, now_ms)
        self._workflows.ended(message, result, None, now_ms)
        self._admission.message_ended(message, now_ms)

    def _retry(self, message: Message, result: DeliveryResult, at_ms: int, now_ms: int) -> None:
        message.move_to(State.RETRY)
        message.tenant.log.add(State.RETRY, message, now_ms, next_delivery_ms=at_ms)
        self._callbacks.attempt_ended(message, result, now_ms)
        self._workflows.retried(message, result, now_ms)
        message.retried += 1
        self._admission.wait_until(message, at_ms)

    def _give_up(self, message: Message, result: DeliveryResult, now_ms: int) -> None:
        # Before the FAILED event, because a client that sees the event may ask for the dead letter at once.
        kept = self._workflows.keeps_dead_letter(message)
        letter = message.tenant.dead_letters.add(message, result, now_ms) if kept else None
        message.move_to(State.FAILED)
        message.tenant.log.add(State.FAILED, message, now_ms, about=result.error)
        self._callbacks.attempt_ended(message, result, now_ms)
        if letter is not None:
            self._callbacks.gave_up(message, result, letter, now_ms)
        self._workflows.ended(message, result, letter, now_ms)
        self._admission.message_ended(message, now_ms)
