"""Cancellation of messages (https://upstash.com/docs/qstash/howto/debug-logs: CANCEL_REQUESTED, then CANCELLED)."""

from __future__ import annotations

from collections.abc import Iterable

from qstash_dev.broker.admission import Admission
from qstash_dev.state.message import Message, State


class Canceller:
    """Cancels messages. One that is in flight is cancelled later, if its attempt fails."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    def cancel(self, messages: Iterable[Message], now_ms: int) -> list[Message]:
        """Cancel messages; returns those that had not ended and whose cancellation was not requested before.

        It is requested for all before the first one frees its place, so that none of them takes the place.
        """
        requested = self.request(messages, now_ms)
        self.finish(requested, now_ms)
        return requested

    def request(self, messages: Iterable[Message], now_ms: int) -> list[Message]:
        """The first half of :meth:`cancel`: the messages wait no longer, but no other one takes their places."""
        return [message for message in messages if self._request(message, now_ms)]

    def finish(self, requested: Iterable[Message], now_ms: int) -> None:
        """The second half of :meth:`cancel`, for messages that are not in flight."""
        for message in requested:
            if not message.in_flight and not message.ended:
                self._finish(message, now_ms)

    def cancel_failed(self, message: Message, now_ms: int) -> None:
        """Cancel a message whose attempt has failed and that must not be retried."""
        if message.state is not State.CANCEL_REQUESTED:
            message.move_to(State.CANCEL_REQUESTED)
            message.tenant.log.add(State.CANCEL_REQUESTED, message, now_ms)
        self._finish(message, now_ms)

    def _request(self, message: Message, now_ms: int) -> bool:
        if message.ended or message.state is State.CANCEL_REQUESTED:
            return False
        message.move_to(State.CANCEL_REQUESTED)
        message.tenant.log.add(State.CANCEL_REQUESTED, message, now_ms)
        if not message.in_flight:
            self._admission.withdraw(message)
        return True

    def _finish(self, message: Message, now_ms: int) -> None:
        message.move_to(State.CANCELED)
        message.tenant.log.add(State.CANCELED, message, now_ms)
        if message.run_message is not None:
            message.run_message.run.pending.pop(message.id, None)
        if not message.in_flight:
            self._admission.call_ended(message, now_ms)
        self._admission.message_ended(message, now_ms)
