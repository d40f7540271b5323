"""Libraries that freeze time in a test, which do not stop the server."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from freezegun import freeze_time
from qstash import Receiver

from qstash_dev.testing import QStashDev, QStashDevTimeout, Received
from tests.testing.support import publish

PAST = datetime(2020, 2, 29, 12, tzinfo=UTC)
FREEZERS = {
    "freezegun": lambda: freeze_time(PAST),
    "freezegun that ticks": lambda: freeze_time(PAST, tick=True),
    "time-machine": lambda: time_machine.travel(PAST, tick=False),
    "time-machine that ticks": lambda: time_machine.travel(PAST, tick=True),
}
frozen_by = pytest.mark.parametrize("freeze", FREEZERS.values(), ids=FREEZERS)


def retried_until_accepted(dev: QStashDev) -> None:
    """A message that fails twice and is then accepted by a receiver that lives in frozen time."""
    current, following = dev.signing_keys
    receiver = Receiver(current_signing_key=current, next_signing_key=following)
    inbox = dev.inbox()

    def verify(request: Received) -> Any:
        receiver.verify(signature=request.headers["Upstash-Signature"], body=request.text, url=inbox.url)
        return 200

    inbox.respond(500, 500, verify)
    publish(dev, inbox.url)
    dev.run_all()
    assert inbox.assert_received(times=3).signature_ok
    dev.check()


@frozen_by
def test_a_server_started_in_frozen_time_lives_in_it(freeze: Any) -> None:
    with freeze(), QStashDev() as dev:
        assert abs(dev.now - PAST) < timedelta(seconds=5)
        retried_until_accepted(dev)


@frozen_by
def test_time_may_freeze_while_the_server_runs(freeze: Any, qstash_dev: QStashDev) -> None:
    with freeze():
        retried_until_accepted(qstash_dev)
    qstash_dev.reset()
    retried_until_accepted(qstash_dev)


@frozen_by
def test_deadlines_go_on_in_frozen_time(freeze: Any) -> None:
    began_s = time.perf_counter()
    freezer: AbstractContextManager[Any] = freeze()
    with freezer, QStashDev(timeout=0.1) as dev:
        inbox = dev.inbox().delay(60)
        publish(dev, inbox.url)
        with pytest.raises(QStashDevTimeout, match=r"still busy after 0\.1 s"):
            dev.advance("1h")
        with pytest.raises(QStashDevTimeout, match=r"received 1 of 2 requests within 0\.1 s"):
            inbox.wait_for(2)
    assert time.perf_counter() - began_s < 10


@frozen_by
def test_a_clock_that_runs_is_not_stopped_and_makes_no_leap(freeze: Any) -> None:
    with QStashDev(real_time=True) as dev:
        before = dev.now
        with freeze():
            message_id = publish(dev, dev.inbox().url, Upstash_Delay="50ms")
            dev.wait_for(message_id)
            inside = dev.now
        assert timedelta(milliseconds=50) <= inside - before < timedelta(seconds=30)
        assert timedelta(0) <= dev.now - inside < timedelta(seconds=30)


@frozen_by
async def test_coroutines_may_wait_in_frozen_time(freeze: Any, qstash_dev: QStashDev) -> None:
    with freeze():
        publish(qstash_dev, qstash_dev.inbox().url, Upstash_Delay="1h")
        await qstash_dev.aio.run_all()
        await qstash_dev.aio.inbox().assert_received(times=1)


@pytest.mark.programs
def test_the_test_kit_may_be_imported_first_in_frozen_time() -> None:
    """Its modules find the frozen functions, and must not keep them."""
    program = """
        from freezegun import freeze_time
        with freeze_time("2020-02-29"):
            from qstash_dev.testing import QStashDev
            from tests.testing.support import publish
            with QStashDev(timeout=5) as dev:
                assert dev.now.year == 2020
                publish(dev, dev.inbox().url, Upstash_Delay="1h")
                dev.run_all()
                assert dev.inbox().assert_received(times=1).signature_ok
        with QStashDev(real_time=True) as dev:
            assert dev.now.year > 2020
            dev.wait_for(publish(dev, dev.inbox().url, Upstash_Delay="50ms"))
            assert dev.inbox().assert_received(times=1).signature_ok
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], timeout=50, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
