"""One process of Node with the real npm packages, for all mistakes that are made in JavaScript."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.environment import clean_environment

_PLAYER = Path(__file__).parent / "player.mjs"
_TIMEOUT_S = 60


class Node:
    """The process; it plays one part after the other."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def play(self, part: str, **given: Any) -> Any:
        """Play a part of ``player.mjs``; what it returns."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"part": part, **given}).encode() + b"\n")
        async with asyncio.timeout(_TIMEOUT_S):
            line = await self._process.stdout.readline()
        answer = json.loads(line or b'{"error": "Node has ended"}')
        assert "error" not in answer, answer["error"]
        return answer["result"]


@asynccontextmanager
async def running_node(node: str) -> AsyncIterator[Node]:
    """The process, which ends at the end."""
    process = await asyncio.create_subprocess_exec(
        node,
        str(_PLAYER),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=clean_environment(),
    )
    try:
        yield Node(process)
    finally:
        process.kill()
        await process.wait()
