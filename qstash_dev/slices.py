"""Long work in slices, between which the event loop runs other tasks: a million messages must not block it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")

AT_ONCE = 500
"""Messages processed in one pass of the event loop."""


async def others_turn() -> None:
    """Let the event loop run other tasks once."""
    await asyncio.sleep(0)


async def in_slices(items: Iterable[Item], size: int = AT_ONCE) -> AsyncIterator[list[Item]]:
    """The items in lists of at most ``size``; between two lists the event loop runs other tasks.

    Pass a copy of a collection that other tasks may change.
    """
    iterator = iter(items)
    part = list(islice(iterator, size))
    while part:
        yield part
        part = list(islice(iterator, size))
        if part:
            await others_turn()
