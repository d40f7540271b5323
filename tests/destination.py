"""A recording destination with scripted answers, on a real socket."""

from __future__ import annotations

import asyncio
import json
import socket
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass
class Received:
    """One request as the destination saw it."""

    method: str
    target: str
    headers: dict[str, str]
    header_pairs: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    """What the destination says; ``hold`` keeps the request open until the event is set."""

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    hold: asyncio.Event | None = None


class Destination:
    """Answers from a script, the last entry for ever, and remembers every request."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self._script: dict[str, list[Answer]] = {}
        self._runner: web.ServerRunner | None = None
        self._arrived = asyncio.Condition()
        self.url = ""

    def answers(self, *script: int | Answer, path: str = "") -> Destination:
        """Script the answers, for one path or for all."""
        self._script[path] = [Answer(status=entry) if isinstance(entry, int) else entry for entry in script]
        return self

    def start_over(self) -> None:
        """Forget the script and the requests."""
        self.requests.clear()
        self._script.clear()

    def paths(self) -> list[str]:
        return [request.target for request in self.requests]

    async def received(self, count: int) -> None:
        """Wait until so many requests have arrived."""
        async with asyncio.timeout(30), self._arrived:
            await self._arrived.wait_for(lambda: len(self.requests) >= count)

    async def start(self, listener: socket.socket | None = None) -> None:
        """Listen on a port of its own, or on a socket that is bound already."""
        server = web.Server(self.handle, auto_decompress=False)
        runner = web.ServerRunner(server, access_log=None)
        await runner.setup()
        await (web.SockSite(runner, listener) if listener else web.TCPSite(runner, "127.0.0.1", 0)).start()
        self._runner = runner
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        pairs = list(request.headers.items())
        self.requests.append(Received(request.method, request.raw_path, dict(pairs), pairs, body))
        async with self._arrived:
            self._arrived.notify_all()
        script = self._script.get(request.raw_path.partition("?")[0], self._script.get("", [Answer()]))
        answer = script.pop(0) if len(script) > 1 else script[0]
        if answer.hold is not None:
            await answer.hold.wait()
        return web.Response(status=answer.status, body=answer.body, headers=answer.headers)
