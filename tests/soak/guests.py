"""A user whose messages go to the worst destinations, or to one that behaves, with everything that QStash offers:
retries, callbacks, queues, flow control, delays. Cleans up from time to time, as somebody with a console would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from itertools import count, cycle

import aiohttp
from yarl import URL

from tests.bench.load.waiting import until, within
from tests.soak.clients import Server
from tests.soak.destinations import HEAVY

LATER = "later"
_TIMEOUT_S = 30
_TIDY_S = 10.0
# What a message brings along, in turn.
_WAYS: tuple[dict[str, str], ...] = (
    {"Retries": "0", "Timeout": "2s"},
    {"Retries": "1", "Timeout": "1s", "Retry-Delay": "500"},
    {"Retries": "0", "Timeout": "2s", "Callback": "{good}", "Callback-Retries": "0"},
    {"Retries": "1", "Timeout": "1s", "Retry-Delay": "pow(2, retried) * 100", "Failure-Callback": "{itself}"}
    | {"Failure-Callback-Retries": "0", "Failure-Callback-Timeout": "1s"},
    {"Retries": "0", "Timeout": "1s", "Flow-Control-Key": "soak", "Flow-Control-Value": "parallelism=20,rate=50"},
    {"Retries": "0", "Timeout": "1s", "Label": LATER, "Delay": "1h"},
    {"Retries": "0", "Timeout": "1s", "Content-Based-Deduplication": "true", "Forward-X": "x" * 500},
)
_QUEUES = 10
# What is kept of these fills hundreds of megabytes, in which nobody would see a leak.
_HEAVY_EVERY = 8
_STORM_S = 20.0
_STORM_SIZE = 200


class Guest:
    """``promised`` is told the id of each message that the server has accepted."""

    def __init__(self, urls: dict[str, str], promised: Callable[[str], None]) -> None:
        self._urls = urls
        self._promised = promised
        self.refused = 0

    async def stay(self, server: Server, per_s: float, *, hostile: bool) -> None:
        """Publish so many a second until cancelled: to each kind of destination in turn, or if not ``hostile`` to the
        one that behaves."""
        urls = self._urls if hostile else dict.fromkeys(self._urls, self._urls["flaky"])
        async with self._session(server) as session, asyncio.TaskGroup() as group:
            group.create_task(self._tidy(session))
            group.create_task(self._storm(session, urls["hung"]))
            start_s = asyncio.get_running_loop().time()
            for number, (path, headers) in enumerate(self._messages(urls)):
                await until(start_s + number / per_s)
                url = URL(f"http://127.0.0.1:{server.port}/v2/{path}", encoded=True)
                group.create_task(self._publish(session, url, headers, number))

    async def leave(self, server: Server) -> None:
        """Take back what is still to come, so that the rest ends soon."""
        async with self._session(server) as session:
            await self._delete(session, f"messages?label={LATER}")

    def _session(self, server: Server) -> aiohttp.ClientSession:
        headers = {"Authorization": f"Bearer {server.token}"}
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        return aiohttp.ClientSession(f"http://127.0.0.1:{server.port}", headers=headers, timeout=timeout)

    def _messages(self, urls: dict[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
        good, kinds, ways = urls["flaky"], self._kinds(), cycle(_WAYS)
        for number in count():
            # A queue stands still behind a destination that hangs, and would only ever grow.
            if number % 3 == 0:
                yield (
                    f"enqueue/soak-{number % _QUEUES}/{good}",
                    {"Upstash-Retries": "2", "Upstash-Retry-Delay": "100"},
                )
                continue
            url = urls[next(kinds)]
            given = {f"Upstash-{name}": value.format(good=good, itself=url) for name, value in next(ways).items()}
            yield f"publish/{url}", given

    def _kinds(self) -> Iterator[str]:
        for turn in count():
            yield from (kind for kind in self._urls if kind not in HEAVY or turn % _HEAVY_EVERY == 0)

    async def _publish(self, session: aiohttp.ClientSession, url: URL, headers: dict[str, str], number: int) -> None:
        try:
            async with session.post(url, headers=headers, data=b"%d" % number) as response:
                answer = await response.json()
            if response.status == 201:
                self._promised(answer["messageId"])
            else:
                self.refused += 1
        except (aiohttp.ClientError, TimeoutError):
            self.refused += 1

    async def _tidy(self, session: aiohttp.ClientSession) -> None:
        while True:
            await within(_TIDY_S)
            await self._delete(session, f"messages?label={LATER}")
            while await self._delete(session, "dlq?count=100") == 100:
                pass

    async def _storm(self, session: aiohttp.ClientSession, hung: str) -> None:
        """From time to time very many at once for one silent server, under as many user names."""
        headers = {"Upstash-Retries": "0", "Upstash-Timeout": "2s"}
        for storm in count():
            names = (f"u{storm}-{number}" for number in range(_STORM_SIZE))
            urls = [hung.replace("://", f"://{name}@") for name in names]
            try:
                items = [{"destination": url, "headers": headers} for url in urls]
                async with session.post("/v2/batch", json=items) as response:
                    answer = await response.json()
                if response.status == 201:
                    for receipt in answer:
                        self._promised(receipt["messageId"])
            except (aiohttp.ClientError, TimeoutError):
                self.refused += 1
            await within(_STORM_S)

    async def _delete(self, session: aiohttp.ClientSession, path: str) -> int:
        try:
            async with session.delete(f"/v2/{path}") as response:
                return int((await response.json()).get("deleted", 0))
        except (aiohttp.ClientError, TimeoutError):
            self.refused += 1
            return 0
