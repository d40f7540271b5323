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
        return self.cancel_all([message], now_ms) == 1

    def cancel_all(self, messages: Iterable[Message], now_ms: int) -> int:
        """Cancel these messages and return how many were.

        All of them step aside before any makes room for the next in line, so that none is called on the way.
        """
        asked = [message for message in messages if self._ask(message, now_ms)]
        for message in asked:
            if not message.in_flight:
                message.move_to(State.CANCELED)
                message.tenant.log.add(State.CANCELED, message, now_ms)
                self._admission.call_ended(message, now_ms)
                self._admission.life_ended(message, now_ms)
        return len(asked)

    def _ask(self, message: Message, now_ms: int) -> bool:
        if message.ended or message.state is State.CANCEL_REQUESTED:
            return False
        message.move_to(State.CANCEL_REQUESTED)
        message.tenant.log.add(State.CANCEL_REQUESTED, message, now_ms)
        if not message.in_flight:
            self._admission.withdraw(message)
        return True
