"""The reference: a bare aiohttp server that answers a publish and forwards its body, without signing, log or
state.

It accepts delayed messages and drops them. Its cost is the cost of the framework. Run as a process with
``python -m tests.bench.relay``, it prints its address.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

SESSION = web.AppKey("session", aiohttp.ClientSession)


class Relay:
    """Answers publishes, and forwards each in a task of its own."""

    def __init__(self) -> None:
        self._ids = itertools.count()
        self._on_the_way: set[asyncio.Task[None]] = set()

    async def publish(self, request: web.Request) -> web.Response:
        body = await request.read()
        if "Upstash-Delay" not in request.headers:
            forwarding = asyncio.create_task(_forward(request.app[SESSION], request.match_info["destination"], body))
            self._on_the_way.add(forwarding)
            forwarding.add_done_callback(self._on_the_way.discard)
        return web.json_response({"messageId": f"msg_{next(self._ids)}"}, status=201)


async def _forward(session: aiohttp.ClientSession, destination: str, body: bytes) -> None:
    async with session.post(destination, data=body, headers={"Content-Type": "application/json"}) as response:
        await response.read()


async def _one_session(app: web.Application) -> AsyncIterator[None]:
    async with aiohttp.ClientSession() as app[SESSION]:
        yield


async def serve() -> None:
    """Serve until the process is ended."""
    app = web.Application()
    app.cleanup_ctx.append(_one_session)
    app.router.add_post("/v2/publish/{destination:.+}", Relay().publish)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
