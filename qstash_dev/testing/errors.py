"""The exceptions of the test kit."""

from __future__ import annotations

from qstash_dev.dev.calls import InFlight


class QStashDevError(Exception):
    """A call that the test kit cannot carry out; the text says why, and what to use instead."""


class QStashDevTimeout(QStashDevError):
    """A call that did not end within its time limit; the text lists what has not ended."""

    def __init__(self, text: str, in_flight: tuple[InFlight, ...] = (), waiting: int = 0) -> None:
        super().__init__(text)
        self.in_flight = in_flight
        """The calls to destinations that it waited for, the longest first: ``message_id``, ``url``, ``running_s``…"""
        self.waiting = waiting
        """How many messages waited for their turn behind them."""
