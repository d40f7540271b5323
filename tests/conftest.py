"""Fixtures that all tests share."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from qstash_dev.broker.broker import Broker
from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config, Limits, Retention
from qstash_dev.dev.time_travel import Progress
from qstash_dev.dev.travel_errors import NotIdle
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS, Tenant
from tests.destination import Destination
from tests.environment import missing_programs
from tests.openapi.contract import check_answer

# For the tests of our own plugin.
pytest_plugins = ["pytester"]

HERE = Path(__file__).parent
# In these folders every test starts another program, or most do; elsewhere modules and tests are marked one by one.
FOLDERS_OF_PROGRAMS = {"bench", "browser", "cli", "docs", "plugin", "soak"}
_running: list[pytest.Item] = []


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than there are cores, because tests with a browser or Node wait half of their time."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what starts other programs, and begin with it: it takes the longest."""
    for item in items:
        if HERE in item.path.parents and item.path.relative_to(HERE).parts[0] in FOLDERS_OF_PROGRAMS:
            item.add_marker(pytest.mark.programs)
    items.sort(key=lambda item: item.get_closest_marker("programs") is None)
    # Each worker begins with one of those that take the longest: it gets a part of the list.
    workers = getattr(config, "workerinput", {"workercount": 1})["workercount"]
    count, longest = len(items), [item for item in items if item.get_closest_marker("longest") is not None]
    items[:] = [item for item in items if item.get_closest_marker("longest") is None]
    for number, item in sorted(enumerate(longest), key=lambda numbered: numbered[0] % workers):
        items.insert(count * (number % workers) // workers + number // workers, item)


def pytest_configure() -> None:
    sys.addaudithook(_refuse_programs)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _running.append(item)
    try:
        return (yield)
    finally:
        _running.pop()


def _refuse_programs(event: str, _: object) -> None:
    if event == "subprocess.Popen" and _running and _running[0].get_closest_marker("programs") is None:
        raise RuntimeError(f"{_running[0].nodeid} starts another program: mark it with `programs`")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in missing_programs(terminalreporter.stats.get("skipped", [])):
        terminalreporter.write_line(line, yellow=True)


NOON_MS = 1_767_268_800_000  # 2026-01-01T12:00:00Z


# For a machine that is busy with other things: nothing takes as long that works.
PATIENCE_S = 50.0
# Some tests end while an answer is held back, and never let it go.
LAST_DELIVERY_S = 1.0


class PatientServer(Server):
    """Waits longer than a server does on the machine of a developer."""

    async def idle(self, timeout_s: float = PATIENCE_S) -> Progress:
        return await super().idle(timeout_s)

    async def advance(self, by_ms: int) -> Progress:
        return await self.travel.by(by_ms, timeout_s=PATIENCE_S)

    async def start_over(self) -> None:
        """Forget everything, for the next test with this server."""
        # What the last test published last would otherwise reach the destination of the next one.
        with contextlib.suppress(NotIdle):
            await self.travel.idle(LAST_DELIVERY_S)
        await self.reset.all_and_clock(NOON_MS)


class Client:
    """Speaks to a server as one user; answers are (status, parsed JSON), and are what the OpenAPI document says."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self.session = session
        self.url = url
        self.token = token

    async def call(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.token}"} | options.pop("headers", {})
        # Raw targets must reach the server as they are written.
        from yarl import URL

        url = URL(self.url + path, encoded=True)
        async with self.session.request(method, url, headers=headers, allow_redirects=False, **options) as response:
            assert response.content_type == "application/json", await response.text()
            payload = await response.json()
            check_answer(method, path, response.status, payload)
            return response.status, payload

    async def get(self, path: str, **options: Any) -> Any:
        status, payload = await self.call("GET", path, **options)
        assert status == 200, payload
        return payload

    async def publish(self, destination: str, body: bytes | str = b"", **headers: str) -> str:
        """Publish and return the message id; ``Upstash_Retries`` stands for the header with dashes."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        status, payload = await self.call("POST", f"/v2/publish/{destination}", data=body, headers=named)
        assert status == 201, payload
        return str(payload["messageId"])

    async def states(self, message_id: str) -> list[str]:
        """The states of a message in the order it went through them."""
        page = await self.get(f"/v2/events?messageId={message_id}&order=earliestFirst&trimBody=-1")
        return [event["state"] for event in page["events"]]


@pytest.fixture(scope="module")
def the_clock() -> FrozenClock:
    """The clock of a file."""
    return FrozenClock(NOON_MS)


@pytest.fixture
def clock(the_clock: FrozenClock) -> FrozenClock:
    the_clock.start_over(NOON_MS)
    return the_clock


@pytest.fixture
def limits() -> Limits:
    """The limits of the server; a test with other ones gives them with ``within``."""
    return Limits()


def within(**fields: Any) -> pytest.MarkDecorator:
    """``@within(page_bytes=2_500)``: the server of this test has these limits."""
    return pytest.mark.parametrize("limits", [Limits(**fields)], ids=[",".join(fields)])


@pytest.fixture
def retention() -> Retention:
    """How much of the past the broker keeps."""
    return Retention()


@pytest.fixture
def broker(retention: Retention) -> Broker:
    return Broker(Config(retention=retention))


@pytest.fixture
def tenant(broker: Broker) -> Tenant:
    return broker.tenants.all()[0]


@pytest.fixture
def gate() -> bool:
    """Whether plain publishes are answered ahead of aiohttp."""
    return True


@pytest.fixture(scope="module")
async def servers() -> AsyncIterator[dict[Config, PatientServer]]:
    """The servers of a file, by what they were told: to start one takes longer than most tests do."""
    servers: dict[Config, PatientServer] = {}
    yield servers
    for server in servers.values():
        await server.stop()


@pytest.fixture
async def server(
    request: pytest.FixtureRequest,
    servers: dict[Config, PatientServer],
    clock: FrozenClock,
    gate: bool,
    limits: Limits,
) -> AsyncIterator[Server]:
    """A server that remembers nothing; a new one for tests that are marked with ``own_server``."""
    config = Config(port=0, shutdown_grace_s=0, gate=gate, limits=limits)
    is_own = request.node.get_closest_marker("own_server") is not None
    server = None if is_own else servers.get(config)
    if server is None:
        server = PatientServer(config, clock=clock)
        await server.start()
    if is_own:
        yield server
        await server.stop()
        return
    servers[config] = server
    yield server
    await server.start_over()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession(skip_auto_headers=["Content-Type", "User-Agent", "Accept"]) as session:
        yield Client(session, server.url, USERS[0].token)


@pytest.fixture
async def destination() -> AsyncIterator[Destination]:
    destination = Destination()
    await destination.start()
    yield destination
    await destination.stop()
