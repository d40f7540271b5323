"""Taking back messages that have not been delivered."""

from __future__ import annotations

from collections.abc import Iterable

from qstash_dev.broker.admission import Admission
from qstash_dev.state.message import Message, State


class Canceller:
    """Cancels at once what is not on the wire; what is gets its cancellation after a failed attempt."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission

    def take_back(self, messages: Iterable[Message], now_ms: int) -> list[Message]:
        """Cancel these messages and return those that were not cancelled or ended before.

        All of them step aside before any makes room for the next in line, so that none is called on the way.
        """
        asked = self.ask(messages, now_ms)
        self.end(asked, now_ms)
        return asked

    def ask(self, messages: Iterable[Message], now_ms: int) -> list[Message]:
        """Let these messages step aside, and return those that were not cancelled or ended before; :meth:`end` is
        to follow."""
        return [message for message in messages if self._ask(message, now_ms)]

    def end(self, asked: Iterable[Message], now_ms: int) -> None:
        """Cancel what has stepped aside."""
        for message in asked:
            if not message.in_flight and not message.ended:
                self._end(message, now_ms)

    def give_up(self, message: Message, now_ms: int) -> None:
        """End a message whose last attempt has failed, and which nobody wants to be tried again."""
        if message.state is not State.CANCEL_REQUESTED:
            message.move_to(State.CANCEL_REQUESTED)
            message.tenant.log.add(State.CANCEL_REQUESTED, message, now_ms)
        self._end(message, now_ms)

    def _ask(self, message: Message, now_ms: int) -> bool:
        if message.ended or message.state is State.CANCEL_REQUESTED:
            return False
        message.move_to(State.CANCEL_REQUESTED)
        message.tenant.log.add(State.CANCEL_REQUESTED, message, now_ms)
        if not message.in_flight:
            self._admission.withdraw(message)
        return True

    def _end(self, message: Message, now_ms: int) -> None:
        message.move_to(State.CANCELED)
        message.tenant.log.add(State.CANCELED, message, now_ms)
        if message.run_message is not None:
            message.run_message.run.pending.pop(message.id, None)
        if not message.in_flight:
            self._admission.call_ended(message, now_ms)
        self._admission.life_ended(message, now_ms)
