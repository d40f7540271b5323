"""Taking messages back before they are delivered (QStash docs, API messages/cancel)."""

from __future__ import annotations

from collections.abc import Iterable

from qstash_dev.broker.admission import Admission
from qstash_dev.state.message import Message, State


class Cancellation:
    """Cancels at once what is not on the wire; what is gets its cancellation after a failed attempt."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    def cancel(self, message: Message, now_ms: int) -> bool:
        """Ask for one message to be cancelled; False if it has ended or was asked for before."""
        if message.ended or message.state is State.CANCEL_REQUESTED:
            return False
        message.move_to(State.CANCEL_REQUESTED)
        message.tenant.log.add(State.CANCEL_REQUESTED, message, now_ms)
        if not message.in_flight:
            self._admission.withdraw(message, now_ms)
            message.move_to(State.CANCELED)
            message.tenant.log.add(State.CANCELED, message, now_ms)
            self._admission.life_ended(message, now_ms)
        return True

    def cancel_all(self, messages: Iterable[Message], now_ms: int) -> int:
        """Cancel these messages and return how many were."""
        return sum(self.cancel(message, now_ms) for message in list(messages))
