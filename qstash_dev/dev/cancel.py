"""Cancellation that can abort calls in flight, which on hosted QStash always go on."""

from __future__ import annotations

from qstash_dev.broker.bulk_cancel import BulkCancel
from qstash_dev.dev.calls import Calls
from qstash_dev.state.message import Message
from qstash_dev.state.run import Run


def cancel_message(bulk: BulkCancel, calls: Calls, message: Message, now_ms: int, *, abort: bool) -> bool:
    """Cancel a message, and with ``abort`` end its call; returns False if there was nothing to do.

    With ``abort`` a message may have been cancelled before, as long as it is in flight.
    """
    cancelled = bulk.cancel([message], now_ms) > 0
    return bool(abort and calls.abort([message])) or cancelled


def cancel_run(bulk: BulkCancel, calls: Calls, run: Run, now_ms: int, *, abort: bool) -> bool:
    """Cancel a workflow run, and with ``abort`` end its calls; returns False if it had ended."""
    in_flight = [message for message in run.pending.values() if message.in_flight]
    cancelled = bulk.cancel_runs([run], now_ms) > 0
    if abort and cancelled:
        calls.abort(in_flight)
    return cancelled
