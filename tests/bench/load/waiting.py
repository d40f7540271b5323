"""Waiting for a time of the event loop's clock."""

from __future__ import annotations

import asyncio


async def until(at_s: float) -> None:
    """Let everything else run until the loop's clock shows ``at_s``; not at all if it does already."""
    loop = asyncio.get_running_loop()
    if at_s <= loop.time():
        return
    reached = loop.create_future()
    timer = loop.call_at(at_s, _reach, reached)
    try:
        await reached
    finally:
        timer.cancel()


def _reach(reached: asyncio.Future[None]) -> None:
    # Whoever waits may have been cancelled a moment ago.
    if not reached.done():
        reached.set_result(None)


async def within(seconds: float) -> None:
    """Let everything else run for so many seconds."""
    await until(asyncio.get_running_loop().time() + seconds)
