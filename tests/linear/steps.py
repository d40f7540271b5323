"""The number of Python instructions that run, which is the same on every machine."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def steps(function: Callable[[], object]) -> int:
    """The instructions that a call takes, those of all that it calls included. What is written in C counts as one."""
    count = 0

    def tracer(frame: FrameType, _event: str, _argument: Any) -> Any:
        nonlocal count
        count += 1
        frame.f_trace_opcodes = True
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        function()
    finally:
        sys.settrace(before)
    return count
