"""The numbers of messages of a user."""

from __future__ import annotations

from typing import NamedTuple

from qstash_dev.state.tenant import Tenant


class MessageCounts(NamedTuple):
    """The number of messages by what they wait for."""

    in_flight: int  #: their request has been sent
    due: int  #: they wait for their queue, their flow control key or a connection
    later: int  #: they wait for their delay or retry
    dead: int  #: they are in the dead letter queue
    kept: int  #: all that can be read, ended ones included


def message_counts(tenant: Tenant) -> MessageCounts:
    """The numbers at this moment, in constant time."""
    due = tenant.pending - tenant.in_flight - tenant.later
    return MessageCounts(tenant.in_flight, due, tenant.later, len(tenant.dead_letters), len(tenant.messages))
