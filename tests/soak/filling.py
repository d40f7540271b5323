"""Dead letters before anything is measured: the queue is full at once, and not only after ten minutes of enemies."""

from __future__ import annotations

import json

import aiohttp

from qstash_dev.state.tenant import USERS
from tests.bench.load.asker import Asker
from tests.bench.load.errors import Unreliable
from tests.bench.load.server import Server
from tests.bench.load.waiting import within

_IN_A_BATCH = 100
# Nothing listens on it.
_NOWHERE = "http://127.0.0.1:1/"
_MOST_WAITS = 600


async def fill_dead_letters(server: Server, count: int) -> None:
    """Publish messages that fail at once as the user of the enemies, until about ``count`` are kept.

    Raises Unreliable: they are not there within a minute.
    """
    items = [{"destination": _NOWHERE, "headers": {"Upstash-Retries": "0"}, "body": "x" * 500}] * _IN_A_BATCH
    headers = {"Authorization": f"Bearer {USERS[1].token}", "Content-Type": "application/json"}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}", headers=headers) as session:
        for _ in range(count // _IN_A_BATCH):
            async with session.post("/v2/batch", data=json.dumps(items)) as answer:
                answer.raise_for_status()
    async with Asker.of(server) as asker:
        for _ in range(_MOST_WAITS):
            users = (await asker.ask("GET", "/_dev/status"))["users"]
            if users[1]["failed"] >= count - count % _IN_A_BATCH:
                return
            await within(0.1)
    raise Unreliable(f"there are no {count} dead letters after a minute")
