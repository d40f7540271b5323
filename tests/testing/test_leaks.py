"""No thread, socket, task or warning is left of a closed server."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.error import HTTPError

import pytest

from qstash_dev.testing import QStashDev, QStashDevError, QStashDevTimeout
from tests.testing.conftest import left_over
from tests.testing.support import NOWHERE, publish, schedule


def nothing(_: QStashDev) -> None:
    """A server that nobody uses."""


def under_way(dev: QStashDev) -> None:
    """A delivery that has just begun."""
    publish(dev, dev.inbox().url)


def delivered(dev: QStashDev) -> None:
    publish(dev, dev.inbox().url)
    dev.wait_idle()


def waiting(dev: QStashDev) -> None:
    publish(dev, dev.inbox().url, Upstash_Delay="1h")
    schedule(dev, dev.inbox().url, "* * * * *")


def hanging(dev: QStashDev) -> None:
    inbox = dev.inbox().delay(60)
    publish(dev, inbox.url)
    inbox.wait_for(1)


def timed_out(dev: QStashDev) -> None:
    hanging(dev)
    with suppress(QStashDevTimeout):
        dev.advance("1h", timeout=0.01)


def dropped(dev: QStashDev) -> None:
    publish(dev, dev.inbox().drop(2).url)
    dev.run_all()


def refused(dev: QStashDev) -> None:
    publish(dev, NOWHERE)
    dev.run_all()


def scripted(dev: QStashDev) -> None:
    publish(dev, dev.inbox().respond(lambda _: 1 / 0).url)
    dev.run_all()


def rejected(dev: QStashDev) -> None:
    try:
        publish(dev, "nowhere")
    except HTTPError as error:
        error.close()


def crowded(dev: QStashDev) -> None:
    inbox = dev.inbox().delay("50ms")
    for _ in range(50):
        publish(dev, inbox.url)


def watched(dev: QStashDev) -> None:
    """Somebody reads the stream of events and does not stop."""
    import http.client

    stream = http.client.HTTPConnection(dev.url.removeprefix("http://"), timeout=5)
    stream.request("GET", "/_dev/events")
    answer = stream.getresponse()
    delivered(dev)
    assert answer.read1()
    answer.close()
    stream.close()


def awaited(dev: QStashDev) -> None:
    async def journey() -> None:
        publish(dev, dev.inbox().fail(2).url)
        await dev.aio.run_all()
        await dev.aio.inbox().assert_received(times=3)

    with asyncio.Runner() as runner:
        runner.run(journey())


def died(dev: QStashDev) -> None:
    delivered(dev)
    with suppress(SystemExit):
        dev._bridge.read(lambda: (_ for _ in ()).throw(SystemExit(3)).__next__())


USES: list[Callable[[QStashDev], None]] = [
    nothing,
    under_way,
    delivered,
    waiting,
    hanging,
    timed_out,
    dropped,
    refused,
    scripted,
    rejected,
    crowded,
    watched,
    awaited,
    died,
]


@pytest.fixture(autouse=True, scope="module")
def only_what_is_new_is_looked_through() -> Iterator[None]:
    """Everything that the whole run has made until now would be walked again and again."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def open_files() -> set[str]:
    """What this process has open, where the system tells."""
    try:
        return {os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd") if name.isdigit()}
    except OSError:
        return set()


def used_once(use: Callable[[QStashDev], None]) -> None:
    dev = QStashDev()
    try:
        use(dev)
    finally:
        with suppress(QStashDevError):
            dev.close()


@pytest.mark.parametrize("use", USES, ids=lambda use: use.__name__)
def test_nothing_stays_behind(use: Callable[[QStashDev], None], caplog: pytest.LogCaptureFixture) -> None:
    """Where it is about who comes first, once is not enough."""
    used_once(use)
    gc.collect()
    threads, files = set(threading.enumerate()), open_files()
    with warnings.catch_warnings(record=True) as caught, caplog.at_level(logging.WARNING, "asyncio"):
        warnings.simplefilter("always")
        for _ in range(10):
            used_once(use)
        gc.collect()
    assert [str(warning.message) for warning in caught] == []
    # asyncio logs tasks that were destroyed while they waited, and exceptions that nobody has fetched.
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []
    assert left_over(threads) == set()
    assert {name for name in open_files() - files if name.startswith("socket:")} == set()
