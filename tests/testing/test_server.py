"""The server object: starting, stopping and options."""

from __future__ import annotations

import gc
import socket
import threading
import unittest
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import pytest

from qstash_dev.state.tenant import USERS
from qstash_dev.testing import AsyncQStashDev, QStashDev, QStashDevError
from tests.testing.support import call, publish, schedule, states


def test_it_is_there_within_a_with_statement_and_gone_afterwards() -> None:
    with QStashDev() as dev:
        assert call(dev, "GET", "/v2/keys") == dict(zip(("current", "next"), dev.signing_keys, strict=True))
    with pytest.raises(URLError):
        call(dev, "GET", "/v2/keys")


async def test_async_with_gives_the_twin_for_coroutines() -> None:
    async with QStashDev() as dev:
        assert isinstance(dev, AsyncQStashDev)
        publish(dev, dev.inbox().url)
        await dev.wait_idle()
    with pytest.raises(QStashDevError, match="not running any more"):
        await dev.wait_idle()


def test_it_works_in_unittest() -> None:
    class Suite(unittest.TestCase):
        def setUp(self) -> None:
            self.dev = self.enterContext(QStashDev())

        def test_delivery(self) -> None:
            inbox = self.dev.inbox().fail(2)
            publish(self.dev, inbox.url)
            self.dev.run_all()
            self.assertEqual(inbox.assert_received(times=3).retried, 2)  # noqa: PT009

    class AsyncSuite(unittest.IsolatedAsyncioTestCase):
        async def asyncSetUp(self) -> None:
            self.dev = await self.enterAsyncContext(QStashDev())

        async def test_delivery(self) -> None:
            inbox = self.dev.inbox()
            publish(self.dev, inbox.url)
            await inbox.assert_received(times=1)

    result = unittest.TestResult()
    # An isolated test case minds its own loop and wants no other in its thread.
    suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromTestCase(one) for one in (Suite, AsyncSuite))
    thread = threading.Thread(target=suite.run, args=(result,))
    thread.start()
    thread.join(20)
    assert (result.testsRun, result.errors, result.failures) == (2, [], [])


def test_env_is_what_the_sdks_read() -> None:
    with QStashDev() as dev:
        assert dev.env == {
            "QSTASH_URL": dev.url,
            "QSTASH_TOKEN": USERS[0].token,
            "QSTASH_CURRENT_SIGNING_KEY": USERS[0].current_signing_key,
            "QSTASH_NEXT_SIGNING_KEY": USERS[0].next_signing_key,
        }
        assert dev.token == dev.env["QSTASH_TOKEN"]


def test_env_and_keys_follow_a_rotation() -> None:
    with QStashDev() as dev:
        _, following = dev.signing_keys
        call(dev, "POST", "/v2/keys/rotate")
        assert dev.signing_keys[0] == following
        assert dev.env["QSTASH_CURRENT_SIGNING_KEY"] == following
        assert dev.env["QSTASH_NEXT_SIGNING_KEY"] == dev.signing_keys[1]


def test_another_user_sees_only_what_is_his_own() -> None:
    with QStashDev(user="testUser1") as dev:
        assert dev.token == USERS[1].token
        publish(dev, dev.inbox().url)
        assert len(dev.messages) == 1
        request = dict(Authorization=f"Bearer {USERS[0].token}")
        assert call(dev, "GET", "/v2/events", **request)["events"] != []


@pytest.mark.parametrize(
    ("quota", "retries", "accepted"),
    [("free", "4", False), ("free", "3", True), ("payg", "6", False), ("pro", "6", True)],
)
def test_the_quota_is_that_of_the_plan(quota: str, retries: str, accepted: bool) -> None:
    with QStashDev(quota=quota) as dev:
        if accepted:
            publish(dev, dev.inbox().url, Upstash_Retries=retries)
        else:
            with pytest.raises(HTTPError, match="412"):
                publish(dev, dev.inbox().url, Upstash_Retries=retries)


@pytest.mark.parametrize(
    ("start", "begins"),
    [
        ("2026-03-08T06:59:00Z", datetime(2026, 3, 8, 6, 59, tzinfo=UTC)),
        ("2026-03-08T06:59:00+01:00", datetime(2026, 3, 8, 5, 59, tzinfo=UTC)),
        ("2026-03-08", datetime(2026, 3, 8, tzinfo=UTC)),
        (datetime(2026, 3, 8, 6, tzinfo=UTC), datetime(2026, 3, 8, 6, tzinfo=UTC)),
        (datetime(2026, 3, 8, 6), datetime(2026, 3, 8, 6, tzinfo=UTC)),  # noqa: DTZ001
    ],
)
def test_start_says_when_it_is(start: Any, begins: datetime) -> None:
    with QStashDev(start=start) as dev:
        assert dev.now == begins
        assert dev.messages.all() == []
        assert dev.now == begins


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"user": "nobody"}, "there is no user nobody: use one of defaultUser, testUser1, testUser2, testUser3"),
        ({"quota": "none"}, "there is no quota none: use one of free, payg, pro"),
        ({"start": "yesterday"}, "'yesterday' is not a time such as '2026-03-08T06:59:00Z'"),
        ({"start": 17}, "17 is not a time"),
        ({"timeout": 0}, "timeout=0: use seconds above zero"),
        ({"timeout": "5"}, "timeout='5': use seconds above zero"),
        ({"timeout": float("nan")}, "timeout=nan: use seconds above zero"),
        ({"port": 70_000}, "the server cannot start: .*0-65535"),
    ],
)
def test_options_that_make_no_sense_are_refused_and_nothing_is_started(options: dict[str, Any], text: str) -> None:
    with pytest.raises(QStashDevError, match=text):
        QStashDev(**options)


def test_a_port_that_is_taken_is_told_with_a_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        taken.listen()
        with pytest.raises(QStashDevError, match=rf"address already in use: 127.0.0.1:{port}: leave the port out"):
            QStashDev(port=port)


def test_a_port_of_your_own_choice() -> None:
    with QStashDev() as first:
        port = int(first.url.rpartition(":")[2])
    with QStashDev(port=port) as second:
        assert second.url == first.url


def test_two_servers_know_nothing_of_each_other() -> None:
    with QStashDev(start="2026-01-01") as one, QStashDev(start="2027-01-01") as other:
        message_id = publish(one, one.inbox().url)
        one.advance("1d")
        assert states(one, message_id)[-1] == "DELIVERED"
        assert other.messages.all() == []
        other.inbox().assert_empty()
        assert (one.now.year, other.now.year) == (2026, 2027)


def test_one_server_delivers_to_another() -> None:
    with QStashDev() as one, QStashDev() as other:
        publish(one, other.inbox().url)
        one.wait_idle()
        # The other knows neither the message nor, for both have the same keys, a reason to mistrust it.
        assert other.inbox().assert_received().signature_ok


def test_whatever_is_asked_of_a_closed_server_is_told_so() -> None:
    dev = QStashDev()
    inbox = dev.inbox()
    dev.close()
    dev.close()
    asked = [
        lambda: dev.advance("1h"),
        lambda: dev.messages.all(),
        lambda: dev.events(),
        lambda: dev.now,
        lambda: dev.inbox(),
        lambda: inbox.requests,
        lambda: inbox.assert_received(),
        lambda: inbox.respond(500),
        lambda: dev.send(dev.url),
        lambda: dev.check(),
    ]
    for ask in asked:
        with pytest.raises(QStashDevError, match=r"not running any more: it was closed.* start a new QStashDev"):
            ask()
    assert repr(dev) == f"<QStashDev {dev.url}>"


def forget(servers: list[QStashDev]) -> None:
    servers.clear()
    gc.collect()


def test_a_server_that_nobody_closes_says_so_and_ends() -> None:
    before = set(threading.enumerate())
    servers = [QStashDev()]
    [thread] = set(threading.enumerate()) - before
    with pytest.warns(ResourceWarning, match=r"unclosed <QStashDev http://127.0.0.1:\d+>"):
        forget(servers)
    thread.join(5)
    assert not thread.is_alive()


def test_reset_forgets_everything_but_the_time() -> None:
    with QStashDev(start="2026-01-01") as dev:
        inbox = dev.inbox().fail(9)
        dev.route("https://myapp.com/*", inbox.url)
        dev.fault("*/other", status=503, times=None)
        publish(dev, "https://myapp.com/x", Upstash_Retries="0")
        publish(dev, inbox.url, Upstash_Delay="3d")
        schedule(dev, inbox.url, "0 * * * *")
        dev.advance("1d")
        dev.reset()
        assert (dev.messages.all(), dev.dlq.all(), dev.schedules.all(), dev.events()) == ([], [], [], [])
        assert inbox.requests == []
        assert dev.now == datetime(2026, 1, 2, tzinfo=UTC)
        publish(dev, inbox.url + "/other")
        assert inbox.assert_received().path == "/other"
        dev.check()
        assert dev.pending() == "nothing is pending"


def test_the_package_tells_type_checkers_that_it_is_typed() -> None:
    import qstash_dev

    assert (Path(qstash_dev.__file__).parent / "py.typed").exists()
