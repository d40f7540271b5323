"""Errors of time travel, which name what it waited for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qstash_dev.dev.calls import Calls, InFlight
from qstash_dev.dev.pending import busy_count
from qstash_dev.state.tenant import Tenant

_SHOWN = 10
_LISTED = 100


class NotIdle(Exception):
    """Calls were still in flight at the time limit. The text names the first of them and how to go on."""

    def __init__(self, text: str, in_flight: Sequence[InFlight] = (), waiting: int = 0) -> None:
        super().__init__(text)
        self.in_flight = tuple(in_flight)  #: those that began first, at most 100
        self.waiting = waiting  #: how many messages waited for their turn behind them


class StepLimit(Exception):
    """A time travel had not ended at its limit of steps or time; the text names the most frequent cause of steps."""


def not_idle(text: str, calls: Calls, tenants: Iterable[Tenant]) -> NotIdle:
    """The error with this text that tells of the calls in flight, and only counts the messages behind them."""
    in_flight = calls.first(_LISTED)
    waiting = max(0, busy_count(tenants) - len(calls))
    lines = [f"  {call}" for call in in_flight[:_SHOWN]]
    if len(calls) > _SHOWN:
        lines.append(f"  and {len(calls) - _SHOWN} more")
    if waiting:
        lines.append(f"  {waiting} {'message waits' if waiting == 1 else 'messages wait'} for a turn")
    if in_flight:
        id = in_flight[0].message_id
        lines.append(f"  to go on without an answer: POST /_dev/messages/{id}/abort, or abort(id) in a test")
    return NotIdle("\n".join([f"{text}:", *lines] if lines else [text]), in_flight, waiting)
