"""An application of the Python SDK on FastAPI, served on a real port, that verifies signatures."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from qstash import AsyncQStash
from upstash_workflow import AsyncWorkflowContext
from upstash_workflow.fastapi import Serve

from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.conftest import Client

Context = AsyncWorkflowContext[Any]
Route = Callable[[Context], Awaitable[None]]
Scope = dict[str, Any]
# Much longer than anything takes, for machines that do other things as well.
REST_S = 120


class Uvicorn(uvicorn.Server):
    """Leaves the signals of the test run alone."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True)
class Delivery:
    """One request as the application got it, and the status that it answered."""

    path: str
    headers: dict[str, str]
    body: bytes
    status: int

    @property
    def steps(self) -> list[Any]:
        """The entries of the run that it holds."""
        return list(json.loads(self.body))


class Application:
    """``deliveries`` are all requests; ``results`` is where routes leave what they came to. The answers to the
    requests numbered in ``losing``, the first of them 1, are lost on their way, and 502 comes instead."""

    def __init__(self, server: Server) -> None:
        user = USERS[0]
        self.server = server
        self.api = FastAPI()
        self.qstash = AsyncQStash(user.token, base_url=server.url, retry=False)
        self.env = {
            "QSTASH_URL": server.url,
            "QSTASH_TOKEN": user.token,
            "QSTASH_CURRENT_SIGNING_KEY": user.current_signing_key,
            "QSTASH_NEXT_SIGNING_KEY": user.next_signing_key,
        }
        self.deliveries: list[Delivery] = []
        self.losing: set[int] = set()
        self._arrived = 0
        self.results: list[Any] = []
        self.url = ""

    def workflow(self, path: str, route: Route, **options: Any) -> str:
        """Serve a workflow; its URL."""
        Serve(self.api).post(path, qstash_client=self.qstash, env=self.env, **options)(route)
        return self.url + path

    async def publish(self, url: str, body: bytes | str = b"", **headers: str) -> None:
        """Publish to a workflow, as anybody may, and wait until all is at rest."""
        named = {f"Upstash-Forward-{name.replace('_', '-')}": value for name, value in headers.items()}
        await self.qstash.http.request(path=f"/v2/publish/{url}", method="POST", headers=named, body=body)
        await self.rest()

    async def rest(self) -> None:
        """Wait until nothing is on the wire."""
        await self.server.idle(timeout_s=REST_S)

    async def advance(self, ms: int) -> None:
        """Travel, and let everything happen that is due on the way."""
        await self.server.travel.by(ms, timeout_s=REST_S)

    def paths(self) -> list[str]:
        return [delivery.path for delivery in self.deliveries]

    async def start(self) -> None:
        config = uvicorn.Config(self, host="127.0.0.1", port=0, log_config=None, lifespan="off", ws="none")
        self._uvicorn = Uvicorn(config)
        self._serving = asyncio.create_task(self._uvicorn.serve())
        async with asyncio.timeout(30):
            while not self._uvicorn.started:
                # There is nothing else to wait for.
                await asyncio.wait([self._serving], timeout=0.005)
        port = self._uvicorn.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    async def stop(self) -> None:
        self._uvicorn.should_exit = True
        await self._serving
        await self.qstash.http._client.aclose()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        self._arrived += 1
        number, body, statuses, more = self._arrived, b"", list[int](), True
        while more:
            part = await receive()
            body += part.get("body", b"")
            more = part.get("more_body", False)
        parts = [{"type": "http.request", "body": body}]

        async def replayed() -> Any:
            return parts.pop() if parts else await receive()

        async def noted(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(502 if number in self.losing else message["status"])
                message = message | {"status": statuses[0]}
            await send(message)

        await self.api(scope, replayed, noted)
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.deliveries.append(Delivery(scope["path"], headers, body, statuses[0]))


@pytest.fixture
async def application(server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Application]:
    # For each delivery the SDK makes a client that it never uses, and which reads all certificates it finds.
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    application = Application(server)
    await application.start()
    yield application
    await application.stop()


@pytest.fixture
def runs(client: Client) -> Runs:
    return Runs(client)


class Runs:
    """What the server knows of runs."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def all(self) -> list[dict[str, Any]]:
        """The newest ten, newest first."""
        found: list[dict[str, Any]] = (await self.client.get("/v2/workflows/logs"))["runs"]
        return found

    async def only(self) -> dict[str, Any]:
        """The one run that there is."""
        [run] = await self.all()
        return run

    async def states(self) -> list[str]:
        return [run["workflowState"] for run in await self.all()]

    async def letters(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.client.get("/v2/workflows/dlq"))["messages"]
        return found
