"""How many messages of a user are where."""

from __future__ import annotations

from typing import NamedTuple

from qstash_dev.state.tenant import Tenant


class Census(NamedTuple):
    """``in_flight`` are on the wire; ``due`` wait for nothing but a gate or a connection, ``later`` for their time;
    ``dead`` are in the dead letter queue. ``kept`` are all that can be looked at, the ended ones included."""

    in_flight: int
    due: int
    later: int
    dead: int
    kept: int


def census(tenant: Tenant) -> Census:
    """Count now: 100,000 messages take some milliseconds, so do not ask too often."""
    messages = tenant.messages.values()
    in_flight = later = due = 0
    for message in messages:
        if message.in_flight:
            in_flight += 1
        elif message.timer:
            later += 1
        elif not message.ended:
            due += 1
    return Census(in_flight, due, later, len(tenant.dead_letters), len(messages))
