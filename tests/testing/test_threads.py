"""Several threads at one server, functions that never return, and a server that fails: every wait ends."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from qstash_dev.testing import Inbox, QStashDev, QStashDevError, QStashDevTimeout
from tests.testing.support import publish, states

SHORT_S = 5
"""Far more than what is measured takes, and far less than a wait that has no end."""


def kill(dev: QStashDev) -> None:
    """Let the server's loop end as no program should."""
    with pytest.raises(SystemExit):
        dev._bridge.read(lambda: sys.exit(3))
    for thread in threading.enumerate():
        if thread.name == "qstash-dev":
            thread.join(SHORT_S)


def test_two_threads_may_publish_and_travel(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    def work(number: int) -> str:
        message_id = publish(qstash_dev, qstash_inbox.url, str(number).encode(), Upstash_Delay="1h")
        qstash_dev.advance("2h")
        return message_id

    with ThreadPoolExecutor(4) as pool:
        ids = list(pool.map(work, range(20)))
    assert sorted(int(request.text) for request in qstash_inbox.requests) == list(range(20))
    assert {states(qstash_dev, id)[-1] for id in ids} == {"DELIVERED"}


@pytest.mark.qstash_dev(timeout=0.3)
def test_a_second_journey_does_not_wait_for_ever_for_the_first(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_inbox.delay(60)
    publish(qstash_dev, qstash_inbox.url)
    began_s = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        journeys = [pool.submit(qstash_dev.advance, "1h") for _ in range(2)]
        errors = [str(journey.exception()) for journey in journeys]
    assert time.monotonic() - began_s < SHORT_S
    assert any("has not answered for" in error for error in errors)


def test_a_wait_in_another_thread_ends_when_the_server_is_closed(qstash_inbox: Inbox, qstash_dev: QStashDev) -> None:
    message_id = publish(qstash_dev, qstash_inbox.url, Upstash_Delay="1h")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(qstash_dev.wait_for, message_id)
        qstash_dev.wait_idle()
        qstash_dev.close()
        with pytest.raises(QStashDevError, match="not running any more"):
            waiting.result(SHORT_S)


def test_reset_cuts_off_deliveries_that_hang(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_inbox.delay(60)
    for _ in range(20):
        publish(qstash_dev, qstash_inbox.url)
    qstash_inbox.wait_for(20)
    began_s = time.monotonic()
    qstash_dev.reset()
    assert time.monotonic() - began_s < SHORT_S
    assert qstash_dev.wait_idle().attempts == 0
    publish(qstash_dev, qstash_inbox.url)
    qstash_inbox.assert_received(times=1)


def test_close_cuts_off_deliveries_that_hang() -> None:
    dev = QStashDev()
    inbox = dev.inbox().delay(60)
    publish(dev, inbox.url)
    inbox.wait_for(1)
    began_s = time.monotonic()
    dev.close()
    assert time.monotonic() - began_s < SHORT_S


def test_a_function_that_never_ends_keeps_nothing_from_ending() -> None:
    release = threading.Event()
    with QStashDev(timeout=0.2) as dev:
        inbox = dev.inbox().respond(lambda _: 200 if release.wait(60) else 500)
        publish(dev, inbox.url)
        with pytest.raises(QStashDevTimeout, match="has not answered for"):
            dev.run_all()
        began_s = time.monotonic()
    assert time.monotonic() - began_s < SHORT_S
    release.set()
    for running in threading.enumerate():
        if running.name == "qstash-dev-script":
            running.join(SHORT_S)


@pytest.mark.programs
def test_a_function_that_never_ends_does_not_keep_the_process() -> None:
    program = """
        import threading
        from qstash_dev.testing import QStashDev
        from tests.testing.support import publish
        with QStashDev(timeout=0.2) as dev:
            inbox = dev.inbox().respond(lambda _: threading.Event().wait())
            publish(dev, inbox.url)
            inbox.wait_for(1)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], timeout=30, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.programs
def test_a_process_may_end_without_closing_its_server() -> None:
    program = "from qstash_dev.testing import QStashDev; dev = QStashDev(); print(dev.messages.all())"
    done = subprocess.run([sys.executable, "-c", program], timeout=30, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]\n", "")


@pytest.mark.qstash_dev(timeout=0.3)
def test_a_function_that_travels_waits_for_itself_but_not_for_long(
    qstash_dev: QStashDev, qstash_inbox: Inbox
) -> None:
    """It is called within a journey, which waits for its answer."""
    qstash_inbox.respond(lambda _: qstash_dev.advance("1h", timeout=1) and 200)
    publish(qstash_dev, qstash_inbox.url, Upstash_Retries="1")
    began_s = time.monotonic()
    # Which of the two begins first is open.
    with pytest.raises(QStashDevTimeout, match=r"has not answered for|another time travel had not ended"):
        qstash_dev.advance("1m")
    qstash_dev.wait_idle(timeout=SHORT_S)
    assert time.monotonic() - began_s < SHORT_S
    with pytest.raises(AssertionError, match="raised QStashDevTimeout"):
        qstash_dev.check()


def test_a_call_from_the_servers_own_thread_is_refused(qstash_dev: QStashDev) -> None:
    with pytest.raises(QStashDevError, match="the server's own thread, where it would wait for itself"):
        qstash_dev._bridge.read(lambda: qstash_dev.advance("1h"))


def test_a_server_that_died_says_what_of() -> None:
    dev = QStashDev()
    inbox = dev.inbox()
    kill(dev)
    calls: list[Callable[[], object]] = [
        lambda: dev.advance("1h"),
        dev.messages.all,
        inbox.assert_received,
        dev.check,
    ]
    for call in calls:
        with pytest.raises(QStashDevError, match=r"not running any more, because of SystemExit\(3\)"):
            call()
    with pytest.raises(QStashDevError, match=r"the server failed with SystemExit\(3\)"):
        dev.close()


def test_whoever_waits_for_a_server_that_dies_is_told() -> None:
    dev = QStashDev()
    inbox = dev.inbox().delay(60)
    publish(dev, inbox.url)
    inbox.wait_for(1)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(dev.wait_idle, 30)
        kill(dev)
        with pytest.raises(QStashDevError):
            waiting.result(SHORT_S)
    with pytest.raises(QStashDevError, match="the server failed with"):
        dev.close()


@pytest.mark.qstash_dev(timeout=0.2)
def test_a_thread_that_does_not_answer_is_suspected(qstash_dev: QStashDev) -> None:
    """Nothing may block the server's loop, so only a bug of ours would show like this."""
    release = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        blocking = pool.submit(qstash_dev._bridge.read, lambda: release.wait(30))
        with pytest.raises(QStashDevTimeout, match=r"the server's thread did not answer within 0\.2 s"):
            qstash_dev.messages.all()
        release.set()
        blocking.exception()
