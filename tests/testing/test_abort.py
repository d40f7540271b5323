"""Calls that hang, in tests: named by the exception, aborted by hand or on the way, and journeys that are stopped."""

from __future__ import annotations

import threading

import pytest

from qstash_dev.testing import FailureReason, Inbox, Progress, QStashDev, QStashDevError, QStashDevTimeout
from tests.testing.support import publish, states

PATIENCE_S = 60


def hang(inbox: Inbox) -> None:
    inbox.delay("10m")


def test_the_exception_has_the_calls_in_flight(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    hang(qstash_inbox)
    id = publish(qstash_dev, qstash_inbox.url)
    with pytest.raises(QStashDevTimeout) as caught:
        qstash_dev.advance("1h", timeout=0.1)
    (call,) = caught.value.in_flight
    assert (call.message_id, call.url, caught.value.waiting) == (id, qstash_inbox.url, 0)
    assert f"POST /_dev/messages/{id}/abort, or abort(id) in a test" in str(caught.value)


@pytest.mark.qstash_dev(allow_dead=True)
def test_a_call_is_aborted(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    hang(qstash_inbox)
    id = publish(qstash_dev, qstash_inbox.url, Upstash_Retries="0")
    qstash_inbox.wait_for(1, timeout=30)
    qstash_dev.abort(id)
    assert qstash_dev.dlq.one().failure_reason is FailureReason.ABORTED
    with pytest.raises(QStashDevError, match=f"{id} is not in flight: it is FAILED"):
        qstash_dev.abort(id)


@pytest.mark.qstash_dev(allow_dead=True)
def test_a_journey_aborts_calls_on_its_way(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    hang(qstash_inbox)
    publish(qstash_dev, qstash_inbox.url, Upstash_Retries="1")
    begin = qstash_dev.now
    progress = qstash_dev.advance("1h", timeout=PATIENCE_S, abort_after=0.05)
    assert (progress.aborted, progress.failed) == (2, 2)
    assert (qstash_dev.now - begin).total_seconds() == 3_600
    for go in (
        lambda: qstash_dev.next(timeout=PATIENCE_S, abort_after=0.05),
        lambda: qstash_dev.run_all(timeout=PATIENCE_S, abort_after=0.05),
        lambda: qstash_dev.advance_to(qstash_dev.now, timeout=PATIENCE_S, abort_after=0.05),
    ):
        publish(qstash_dev, qstash_inbox.url, Upstash_Retries="0")
        assert go().aborted == 1


@pytest.mark.qstash_dev(allow_dead=True)
async def test_coroutines_abort_as_well(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    hang(qstash_inbox)
    aio = qstash_dev.aio
    for go in (
        lambda: aio.advance("1h", timeout=PATIENCE_S, abort_after=0.05),
        lambda: aio.next(timeout=PATIENCE_S, abort_after=0.05),
        lambda: aio.run_all(timeout=PATIENCE_S, abort_after=0.05),
        lambda: aio.advance_to(aio.now, timeout=PATIENCE_S, abort_after=0.05),
    ):
        publish(aio, qstash_inbox.url, Upstash_Retries="0")
        assert (await go()).aborted == 1


@pytest.mark.parametrize("seconds", [0, -1, True, "1", float("inf")])
def test_a_patience_that_is_none_is_refused(qstash_dev: QStashDev, seconds: float) -> None:
    with pytest.raises(QStashDevError, match=r"abort_after=.*: use seconds above zero"):
        qstash_dev.advance("1h", abort_after=seconds)


def test_a_cancelled_message_is_aborted_if_asked(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    hang(qstash_inbox)
    id = publish(qstash_dev, qstash_inbox.url)
    qstash_inbox.wait_for(1, timeout=30)
    qstash_dev.cancel(id)
    assert states(qstash_dev, id)[-1] == "CANCEL_REQUESTED"
    qstash_dev.cancel(id, abort=True)
    assert states(qstash_dev, id)[-1] == "CANCELED"
    with pytest.raises(QStashDevError, match=f"{id} cannot be cancelled: it is CANCELED"):
        qstash_dev.cancel(id, abort=True)


@pytest.mark.parametrize("abort", [False, True])
def test_a_cancelled_run_is_aborted_if_asked(qstash_dev: QStashDev, qstash_inbox: Inbox, abort: bool) -> None:
    hang(qstash_inbox)
    workflow = {"Upstash_Workflow_Init": "true", "Upstash_Workflow_RunId": "wfr_1"}
    publish(qstash_dev, qstash_inbox.url, **workflow)
    qstash_inbox.wait_for(1, timeout=30)
    qstash_dev.cancel_run("wfr_1", abort=abort)
    assert qstash_dev.runs.one().state == "RUN_CANCELED"
    assert ("no answer yet" in qstash_dev.pending()) is not abort
    for id, reason in (("wfr_1", "it is RUN_CANCELED"), ("wfr_2", "there is no run wfr_2")):
        with pytest.raises(QStashDevError, match=reason):
            qstash_dev.cancel_run(id)


def test_another_thread_stops_a_journey(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    hang(qstash_inbox)
    publish(qstash_dev, qstash_inbox.url, Upstash_Delay="1h")
    assert not qstash_dev.stop_travel()
    ends: list[Progress] = []
    thread = threading.Thread(target=lambda: ends.append(qstash_dev.advance("1d", timeout=PATIENCE_S)))
    begin = qstash_dev.now
    thread.start()
    qstash_inbox.wait_for(1, timeout=30)
    assert qstash_dev.stop_travel()
    thread.join()
    assert (ends[0].stopped, (qstash_dev.now - begin).total_seconds()) == (True, 3_600)
