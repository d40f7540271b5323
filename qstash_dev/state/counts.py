"""How many messages of a user are where."""

from __future__ import annotations

from typing import NamedTuple

from qstash_dev.state.tenant import Tenant


class MessageCounts(NamedTuple):
    """``in_flight`` are on the wire; ``due`` wait for nothing but a gate or a connection, ``later`` for their time;
    ``dead`` are in the dead letter queue. ``kept`` are all that can be looked at, the ended ones included."""

    in_flight: int
    due: int
    later: int
    dead: int
    kept: int


def message_counts(tenant: Tenant) -> MessageCounts:
    """How many there are now, which is known without looking at any of them."""
    due = tenant.pending - tenant.in_flight - tenant.later
    return MessageCounts(tenant.in_flight, due, tenant.later, len(tenant.dead_letters), len(tenant.messages))
