"""The pytest plugin. Every pytest run of an environment imports this file, so it imports nothing heavy itself."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from qstash import AsyncQStash, QStash, Receiver

    from qstash_dev.testing import Inbox, QStashDev

_SERVERS: pytest.StashKey[list[QStashDev]] = pytest.StashKey()
_FAILED: pytest.StashKey[bool] = pytest.StashKey()
_HELP = "qstash_dev(start, real_time, user, quota, allow_dead): options of the server that this test gets"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The ini options."""
    parser.addini("qstash_dev_timeout", "seconds of real time that a wait may take", default="5")
    parser.addini("qstash_dev_clock", "paused or real: the clock of servers in tests", default="paused")
    parser.addini("qstash_dev_allow_dead", "let messages die without the test looking", type="bool", default=False)
    parser.addini("qstash_dev_report_events", "events shown when a test fails", default="30")


def pytest_configure(config: pytest.Config) -> None:
    """The marker, and options that make no sense."""
    config.addinivalue_line("markers", _HELP)
    if config.getini("qstash_dev_clock") not in ("paused", "real"):
        raise pytest.UsageError("qstash_dev_clock must be paused or real")
    for name in ("qstash_dev_timeout", "qstash_dev_report_events"):
        try:
            float(config.getini(name))
        except ValueError:
            raise pytest.UsageError(f"{name} must be a number") from None


@pytest.fixture
def qstash_dev_factory(request: pytest.FixtureRequest) -> Iterator[Callable[..., QStashDev]]:
    """Makes servers; takes the arguments of ``QStashDev``. All are stopped and checked afterwards."""
    servers: list[QStashDev] = request.node.stash.setdefault(_SERVERS, [])
    options = _options(request)
    allow_dead = options.pop("allow_dead")

    def make(**more: Any) -> QStashDev:
        from qstash_dev.testing import QStashDev

        server = QStashDev(**{**options, **more})
        servers.append(server)
        return server

    yield make
    unseen = [problem for server in servers for problem in _closed(server, allow_dead)]
    servers.clear()
    if unseen and not request.node.stash.get(_FAILED, False):
        pytest.fail(
            "nobody looked at this (see qstash_dev.dlq; @pytest.mark.qstash_dev(allow_dead=True) allows it):\n"
            + "\n".join(f"  {problem}" for problem in unseen),
            pytrace=False,
        )


@pytest.fixture
def qstash_dev(qstash_dev_factory: Callable[..., QStashDev]) -> QStashDev:
    """A QStash server of this test alone, whose clock stands still until the test moves it."""
    return qstash_dev_factory()


@pytest.fixture(scope="session")
def qstash_dev_session(request: pytest.FixtureRequest) -> Iterator[QStashDev]:
    """One QStash server for the whole session, for applications that are slow to set up; ``reset()`` it yourself."""
    from qstash_dev.testing import QStashDev

    options = _options(request)
    del options["allow_dead"]
    with QStashDev(**options) as server:
        yield server


@pytest.fixture
def qstash_env(qstash_dev: QStashDev, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Sets the environment variables that the official SDKs read, and returns them."""
    monkeypatch.delenv("QSTASH_DEV", raising=False)
    for name, value in qstash_dev.env.items():
        monkeypatch.setenv(name, value)
    return qstash_dev.env


@pytest.fixture
def qstash_inbox(qstash_dev: QStashDev) -> Inbox:
    """A destination that remembers what it got."""
    return qstash_dev.inbox()


@pytest.fixture
def qstash_client(qstash_dev: QStashDev) -> QStash:
    """The official client, pointed at the server."""
    client: QStash = _sdk().QStash(qstash_dev.token, base_url=qstash_dev.url)
    return client


@pytest.fixture
def async_qstash_client(qstash_dev: QStashDev) -> AsyncQStash:
    """The official client for coroutines, pointed at the server."""
    client: AsyncQStash = _sdk().AsyncQStash(qstash_dev.token, base_url=qstash_dev.url)
    return client


@pytest.fixture
def qstash_receiver(qstash_dev: QStashDev) -> Receiver:
    """The official receiver, with the keys of the server."""
    current, following = qstash_dev.signing_keys
    receiver: Receiver = _sdk().Receiver(current_signing_key=current, next_signing_key=following)
    return receiver


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Shows what the servers of a failed test have been doing."""
    report = yield
    servers = item.stash.get(_SERVERS, [])
    item.stash[_FAILED] = item.stash.get(_FAILED, False) or report.failed
    if report.failed and servers:
        from qstash_dev.testing.timeline import timeline

        shown = int(float(item.config.getini("qstash_dev_report_events")))
        for server in servers:
            report.sections.append(("qstash-dev timeline", timeline(server, shown)))
    return report


def _closed(server: QStashDev, allow_dead: bool) -> list[str]:
    try:
        return server.unseen(allow_dead=allow_dead)
    finally:
        server.close()


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    config = request.config
    options: dict[str, Any] = {
        "timeout": float(config.getini("qstash_dev_timeout")),
        "real_time": config.getini("qstash_dev_clock") == "real",
        "allow_dead": config.getini("qstash_dev_allow_dead"),
    }
    known = {"start", "real_time", "user", "quota", "allow_dead", "timeout"}
    for marker in request.node.iter_markers("qstash_dev"):
        if marker.args or (unknown := set(marker.kwargs) - known):
            what = "positional arguments" if marker.args else ", ".join(sorted(unknown))
            pytest.fail(
                f"@pytest.mark.qstash_dev does not take {what}: use {', '.join(sorted(known))}", pytrace=False
            )
        options = {**marker.kwargs, **{name: value for name, value in options.items() if name not in marker.kwargs}}
    return options


def _sdk() -> Any:
    return pytest.importorskip("qstash", reason="this fixture needs the official SDK: pip install qstash")
