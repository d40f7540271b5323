"""The pytest plugin: fixtures, the marker and the ini options.

Every pytest run of an environment imports this module, so it imports the package only when a fixture is used.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from qstash import AsyncQStash, QStash, Receiver

    from qstash_dev.testing import Inbox, QStashDev

_KNOWN = ("start", "real_time", "user", "quota", "timeout", "allow_dead")
_MARKER = f"qstash_dev({', '.join(_KNOWN)}): options of the QStash server that this test gets"
_TITLE = "qstash-dev timeline"
# How long the end of a test waits for attempts that are in flight.
_LAST_WAIT_S = 2.0


@dataclass
class _Watched:
    """The servers of one test, whether it has failed, and the timelines of servers that are closed already."""

    servers: dict[QStashDev, bool] = field(default_factory=dict)  #: whether messages to each may die
    failed: bool = False
    last_timelines: list[str] = field(default_factory=list)


_WATCHED: pytest.StashKey[_Watched] = pytest.StashKey()
_OF_SESSION: pytest.StashKey[QStashDev] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the ini options."""
    parser.addini("qstash_dev_timeout", "seconds of real time that a wait for qstash-dev may take", default="5")
    parser.addini("qstash_dev_clock", "paused or real: how the clock of qstash-dev begins", default="paused")
    parser.addini("qstash_dev_allow_dead", "let messages die without the test looking", type="bool", default=False)
    parser.addini("qstash_dev_report_events", "events of qstash-dev shown when a test fails", default="30")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and check the ini options.

    Raises UsageError: an ini option has an invalid value.
    """
    config.addinivalue_line("markers", _MARKER)
    if config.getini("qstash_dev_clock") not in ("paused", "real"):
        raise pytest.UsageError("qstash_dev_clock: use paused or real")
    timeout, shown = config.getini("qstash_dev_timeout"), config.getini("qstash_dev_report_events")
    with contextlib.suppress(ValueError):
        if 0 < float(timeout) < float("inf") and int(shown) >= 0:
            return
    raise pytest.UsageError(
        f"qstash_dev_timeout = {timeout}: use seconds above zero; qstash_dev_report_events = {shown}: use a number"
    )


@pytest.fixture(scope="session")
def qstash_dev_options() -> dict[str, Any]:
    """Options of all servers: override this fixture to change them. It takes the names that the marker takes."""
    return {}


@pytest.fixture
def qstash_dev_factory(
    request: pytest.FixtureRequest, qstash_dev_options: dict[str, Any]
) -> Iterator[Callable[..., QStashDev]]:
    """A function that starts a server, with the options of the marker and ``port``. All servers are checked and
    stopped after the test."""
    watched = _watched(request.node)
    defaults = _options(request, qstash_dev_options)

    def make(**options: Any) -> QStashDev:
        from qstash_dev.testing import QStashDev

        whole = defaults | options
        allow_dead = whole.pop("allow_dead")
        server = QStashDev(**whole)
        watched.servers[server] = allow_dead
        return server

    yield make
    missed = [
        text
        for server, allow_dead in watched.servers.items()
        for text in _missed_at_the_end(request.config, watched, server, allow_dead)
    ]
    watched.servers.clear()
    if missed and not watched.failed:
        pytest.fail("\n".join(missed), pytrace=False)


@pytest.fixture
def qstash_dev(qstash_dev_factory: Callable[..., QStashDev]) -> QStashDev:
    """A QStash server of this test alone, whose clock stands still until the test moves it."""
    return qstash_dev_factory()


@pytest.fixture(scope="session")
def qstash_dev_session(request: pytest.FixtureRequest, qstash_dev_options: dict[str, Any]) -> Iterator[QStashDev]:
    """One QStash server for the whole session (of each xdist worker), for applications that are slow to set up;
    ``reset()`` it yourself."""
    from qstash_dev.testing import QStashDev

    options = _options(request, qstash_dev_options)
    del options["allow_dead"]
    with QStashDev(**options) as server:
        request.session.stash[_OF_SESSION] = server
        yield server
        del request.session.stash[_OF_SESSION]


@pytest.fixture
def qstash_env(qstash_dev: QStashDev, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Sets the environment variables that the official SDKs read, and returns them."""
    monkeypatch.delenv("QSTASH_DEV", raising=False)
    env = qstash_dev.env
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return env


@pytest.fixture
def qstash_inbox(qstash_dev: QStashDev) -> Inbox:
    """A destination that records the requests it receives."""
    return qstash_dev.inbox()


@pytest.fixture
def qstash_client(qstash_dev: QStashDev) -> QStash:
    """The client of the official SDK, connected to the server of the test."""
    client: QStash = _client("QStash", qstash_dev)
    return client


@pytest.fixture
def async_qstash_client(qstash_dev: QStashDev) -> AsyncQStash:
    """The client of the official SDK for coroutines, connected to the server of the test."""
    client: AsyncQStash = _client("AsyncQStash", qstash_dev)
    return client


@pytest.fixture
def qstash_receiver(qstash_dev: QStashDev) -> Receiver:
    """The receiver of the official SDK, with the signing keys of the server of the test."""
    current, following = qstash_dev.signing_keys
    receiver: Receiver = _sdk().Receiver(current_signing_key=current, next_signing_key=following)
    return receiver


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds the events of its servers to the report of a failed test."""
    report = yield
    watched = _watched(item)
    if call.when == "setup":
        # Plugins may run a failed test again.
        watched.failed = False
    watched.failed = watched.failed or call.excinfo is not None
    if report.failed:
        texts = [_timeline(item.config, server) for server in _servers(item)] or watched.last_timelines
        report.sections.extend((_TITLE, text) for text in texts)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Checks the server of the session after each test that uses it."""
    missed: list[str] = []
    session_server = _of_session(item)
    if session_server is not None:
        allow_dead = _with_markers(item, {"allow_dead": item.config.getini("qstash_dev_allow_dead")})["allow_dead"]
        missed = _missed(session_server, allow_dead)
    yield
    if missed and not _watched(item).failed:
        pytest.fail("\n".join(missed), pytrace=False)


def _watched(item: pytest.Item) -> _Watched:
    return item.stash.setdefault(_WATCHED, _Watched())


def _of_session(item: pytest.Item) -> QStashDev | None:
    used = "qstash_dev_session" in getattr(item, "fixturenames", ())
    return item.session.stash.get(_OF_SESSION, None) if used else None


def _servers(item: pytest.Item) -> list[QStashDev]:
    session_server = _of_session(item)
    return [*_watched(item).servers, *([session_server] if session_server else [])]


def _missed_at_the_end(config: pytest.Config, watched: _Watched, server: QStashDev, allow_dead: bool) -> list[str]:
    """Close a server. Returns the errors that the test has not looked at."""
    missed = [] if watched.failed else _missed(server, allow_dead)
    if missed:
        watched.last_timelines.append(_timeline(config, server))
    try:
        server.close()
    except Exception as error:
        missed.append(str(error))
    return missed


def _missed(server: QStashDev, allow_dead: bool) -> list[str]:
    from qstash_dev.testing import QStashDevError, QStashDevTimeout

    try:
        with contextlib.suppress(QStashDevTimeout):
            server.wait_idle(timeout=min(_LAST_WAIT_S, server.timeout))
        server.check(allow_dead=allow_dead)
    except AssertionError as error:
        return [str(error)]
    except QStashDevError:
        # The test has closed the server. If the server has failed, close() raises the error.
        return []
    return []


def _timeline(config: pytest.Config, server: QStashDev) -> str:
    from qstash_dev.testing.timeline import timeline

    return timeline(server, int(config.getini("qstash_dev_report_events")))


def _options(request: pytest.FixtureRequest, overridden: dict[str, Any]) -> dict[str, Any]:
    config = request.config
    defaults = {
        "timeout": float(config.getini("qstash_dev_timeout")),
        "real_time": config.getini("qstash_dev_clock") == "real",
        "allow_dead": config.getini("qstash_dev_allow_dead"),
    }
    _check_names("the fixture qstash_dev_options", overridden)
    return _with_markers(request.node, defaults | overridden)


def _with_markers(node: pytest.Item, options: dict[str, Any]) -> dict[str, Any]:
    # The marker of a function overrides that of its class, which overrides that of the module.
    for marker in reversed(list(node.iter_markers("qstash_dev"))):
        if marker.args:
            pytest.fail(f"@pytest.mark.qstash_dev takes names only: use {', '.join(_KNOWN)}", pytrace=False)
        given = dict(marker.kwargs)
        _check_names("@pytest.mark.qstash_dev", given)
        options = options | given
    return options


def _check_names(where: str, options: dict[str, Any]) -> None:
    if unknown := [name for name in options if name not in _KNOWN]:
        pytest.fail(f"{where} does not take {unknown[0]}: use {', '.join(_KNOWN)}", pytrace=False)


def _sdk() -> Any:
    return pytest.importorskip("qstash", reason="this fixture needs the official SDK: pip install qstash")


def _client(kind: str, server: QStashDev) -> Any:
    client = getattr(_sdk(), kind)(server.token, base_url=server.url, retry=False)
    # The SDK has no way to close its idle connections, and Python warns about each that is left open.
    with contextlib.suppress(AttributeError):
        client.http._client.headers["Connection"] = "close"
    return client
