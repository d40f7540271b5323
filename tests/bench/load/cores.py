"""CPU affinity: one core for the servers and another for the driver, where the system allows it."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

Result = TypeVar("Result")

_OURS = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
SERVER_CORE, DRIVER_CORE = (_OURS[0], _OURS[-1]) if len(_OURS) > 1 else (None, None)


def drive(measuring: Coroutine[Any, Any, Result]) -> Result:
    """Run the measurement on the driver's core, with the collector off: a pause of ours is none of the server's."""
    with _undisturbed():
        return asyncio.run(measuring)


def pin(pid: int, core: int | None) -> None:
    """Keep a process, 0 for this one, to a core. Does nothing where there is no choice."""
    if sys.platform == "linux" and core is not None:
        os.sched_setaffinity(pid, {core})


@contextmanager
def _undisturbed() -> Iterator[None]:
    gc.collect()
    gc.freeze()
    gc.disable()
    pin(0, DRIVER_CORE)
    try:
        yield
    finally:
        if sys.platform == "linux":
            os.sched_setaffinity(0, _OURS)
        gc.enable()
        gc.unfreeze()
