"""Long work in portions: whatever takes long for a million messages, takes its turns like everybody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")

AT_ONCE = 500
"""How many messages are looked at in one pass of the loop."""


async def others_turn() -> None:
    """Let whoever waits for the loop come first."""
    await asyncio.sleep(0)


async def in_slices(items: Iterable[Item], size: int = AT_ONCE) -> AsyncIterator[list[Item]]:
    """The items in portions, with a turn for others between each two.

    The items must not change meanwhile: give a copy of what may.
    """
    iterator = iter(items)
    portion = list(islice(iterator, size))
    while portion:
        yield portion
        portion = list(islice(iterator, size))
        if portion:
            await others_turn()
