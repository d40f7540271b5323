"""Measurement in turns: all servers run, and each is measured for a short time again and again, so that other load
on the machine affects all of them. A figure is the median of its turns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

Taken = TypeVar("Taken")
_WARMING_UP = 2


async def by_turns(ways: Sequence[Callable[[], Awaitable[Taken]]], turns: int) -> list[list[Taken]]:
    """What each of the ways took, ``turns`` times; each goes first as often. The first two turns only warm up."""
    taken: list[list[Taken]] = [[] for _ in ways]
    for turn in range(-_WARMING_UP, turns):
        for place in range(len(ways)):
            which = (turn + place) % len(ways)
            figure = await ways[which]()
            if turn >= 0:
                taken[which].append(figure)
    return taken


def with_warming_up(turns: int) -> int:
    """How many turns there are in all."""
    return turns + _WARMING_UP
