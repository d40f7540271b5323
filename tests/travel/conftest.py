"""A server with a virtual clock, and helpers for time travel."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import aiohttp
import pytest

from qstash_dev.clock import Clock
from qstash_dev.config import Config
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.conftest import Client

SECOND_MS = 1_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000

Serve = Callable[..., Awaitable[tuple[Server, Client]]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """``await serve(Clock(scale=60))`` starts a server by this clock."""
    async with AsyncExitStack() as stack:

        async def start(clock: Clock, config: Config | None = None) -> tuple[Server, Client]:
            server = Server(config or Config(port=0, shutdown_grace_s=0), clock=clock)
            await server.start()
            stack.push_async_callback(server.stop)
            session = await stack.enter_async_context(aiohttp.ClientSession(skip_auto_headers=["Content-Type"]))
            return server, Client(session, server.url, USERS[0].token)

        yield start


async def schedule(client: Client, destination: str, cron: str, **headers: str) -> str:
    """Create a schedule; its id."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await client.call("POST", f"/v2/schedules/{destination}", headers={"Upstash-Cron": cron, **named})
    assert answer[0] == 201, answer
    return str(answer[1]["scheduleId"])


async def times(client: Client, state: str = "ACTIVE") -> list[int]:
    """When messages came to a state, oldest first."""
    page = await client.get(f"/v2/events?state={state}&order=earliestFirst&count=1000")
    return [event["time"] for event in page["events"]]
