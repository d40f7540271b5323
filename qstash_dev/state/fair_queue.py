"""The fair queue of messages that are ready for delivery."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from qstash_dev.protocol.target import target_of
from qstash_dev.state.message import Message
from qstash_dev.state.tenant import Tenant
from qstash_dev.state.wait_list import WaitList


class Room(NamedTuple):
    """The room that there is for calls of one user to one origin."""

    free: int  #: calls that all users together may still start
    of_origin: int  #: calls in flight of this user to this origin
    most: int  #: how many these may be now


class FairQueue:
    """Users take turns, and so do the origins that one user calls.

    At most ``max_in_flight`` calls are in flight. A user has at most three quarters of the calls that the others do
    not use. An origin gets another call only while it has fewer than the user may still start. So an origin that does
    not answer leaves room for the next origin, and a user with many messages leaves room for the next user.
    """

    def __init__(self, max_in_flight: int) -> None:
        self._free = max_in_flight
        self._shares: dict[Tenant, _Share] = {}
        self._turns: deque[_Share] = deque()

    def __iter__(self) -> Iterator[Message]:
        return chain.from_iterable(self._shares.values())

    @property
    def waiting(self) -> bool:
        return bool(self._turns)

    def join(self, message: Message) -> None:
        """Add a message at the end of the wait list of its user and origin."""
        share = self._shares.get(message.tenant)
        if share is None:
            self._shares[message.tenant] = share = _Share()
        if not share.turns:
            self._turns.append(share)
        share.join(message)

    def pop(self) -> Message | None:
        """Remove the next message and count it as in flight; ``None`` if there is none or no room."""
        turns = self._turns
        left = len(turns)
        while left:
            share = turns[0]
            message = share.pop(self._free)
            if not share.turns:
                turns.popleft()
            elif len(turns) > 1:
                turns.rotate(-1)
            if message is not None:
                self._free -= 1
                return message
            left -= 1
        return None

    def room(self, message: Message) -> Room:
        """The room for the origin of this message, which is in the queue."""
        return self._shares[message.tenant].room(message, self._free)

    def call_ended(self, message: Message) -> None:
        """Count the message as no longer in flight."""
        self._free += 1
        self._shares[message.tenant].call_ended(message)


class _Share:
    """The waiting messages and the calls in flight of one user, by origin."""

    __slots__ = ("_in_flight", "_min_room", "_total", "_wait_lists", "turns")

    def __init__(self) -> None:
        self.turns: deque[str] = deque()
        self._wait_lists: dict[str, WaitList] = {}
        self._in_flight: dict[str, int] = {}
        self._total = 0
        #: With less room than this no origin may have a call, so none needs to be checked.
        self._min_room = 0

    def __iter__(self) -> Iterator[Message]:
        return chain.from_iterable(self._wait_lists.values())

    def join(self, message: Message) -> None:
        origin = target_of(message.url).origin_key
        wait_list = self._wait_lists.get(origin)
        if wait_list is None:
            self._wait_lists[origin] = wait_list = WaitList()
            self.turns.append(origin)
            self._min_room = min(self._min_room, self._in_flight.get(origin, 0) + 1)
        wait_list.join(message)

    def pop(self, free: int) -> Message | None:
        """``free`` is the number of calls that all users together may still start."""
        room = self._room(free)
        if room < self._min_room:
            return None
        fewest = self._total
        turns = self.turns
        for _ in range(len(turns)):
            origin = turns[0]
            if (in_flight := self._in_flight.get(origin, 0)) >= room:
                fewest = min(fewest, in_flight)
                turns.rotate(-1)
                continue
            wait_list = self._wait_lists[origin]
            message = wait_list.pop()
            if not wait_list:
                del self._wait_lists[origin]
                turns.popleft()
            elif len(turns) > 1:
                turns.rotate(-1)
            if message is None:
                continue
            self._in_flight[origin] = in_flight + 1
            self._total += 1
            return message
        self._min_room = fewest + 1 if turns else 0
        return None

    def room(self, message: Message, free: int) -> Room:
        return Room(free, self._in_flight.get(target_of(message.url).origin_key, 0), max(0, self._room(free)))

    def _room(self, free: int) -> int:
        """Three quarters of (free + total), less total, rounded up."""
        return (3 * free - self._total + 3) // 4

    def call_ended(self, message: Message) -> None:
        origin = target_of(message.url).origin_key
        left = self._in_flight[origin] - 1
        self._total -= 1
        if left:
            self._in_flight[origin] = left
        else:
            del self._in_flight[origin]
        if origin in self._wait_lists:
            self._min_room = min(self._min_room, left + 1)
