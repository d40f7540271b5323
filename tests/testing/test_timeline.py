"""The timeline in the report of a failed test."""

from __future__ import annotations

import pytest

from qstash_dev.protocol.failure_reason import HINTS
from qstash_dev.testing import Inbox, NoticeKind, QStashDev
from qstash_dev.testing.timeline import timeline
from tests.testing.support import NOWHERE, publish

at_new_year = pytest.mark.qstash_dev(start="2026-01-01", allow_dead=True)


@at_new_year
def test_it_tells_what_happened_when(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_inbox.fail(1)
    id = publish(qstash_dev, qstash_inbox.url)
    qstash_dev.run_all()
    other = publish(qstash_dev, NOWHERE, Upstash_Delay="1h")
    lines = timeline(qstash_dev, 30).splitlines()
    assert lines.pop(2).startswith(
        f"2026-01-01 00:00:00 ERROR     {id} {qstash_inbox.url} HTTP status 500 (the app failed"
    )
    assert lines == [
        f"2026-01-01 00:00:00 CREATED   {id} {qstash_inbox.url}",
        f"2026-01-01 00:00:00 ACTIVE    {id} {qstash_inbox.url} try 1",
        f"2026-01-01 00:00:00 RETRY     {id} {qstash_inbox.url} due 2026-01-01 00:00:12",
        f"2026-01-01 00:00:12 ACTIVE    {id} {qstash_inbox.url} try 2",
        f"2026-01-01 00:00:12 DELIVERED {id} {qstash_inbox.url} HTTP status 200",
        f"2026-01-01 00:00:12 CREATED   {other} {NOWHERE} due 2026-01-01 01:00:12",
        "2026-01-01 00:00:12 still pending:",
        f"  {other} to {NOWHERE}: delayed: due in 1 h, at 01:00 UTC",
        "the clock is stopped: advance() and run_all() move it to what is due later",
    ]


@at_new_year
def test_notices_and_warnings_are_told(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    id = publish(qstash_dev, qstash_inbox.url, Upstash_Deduplication_Id="d1", Upstash_Forward_Te="a")
    qstash_dev.run_all()
    qstash_dev.advance("14s")
    publish(qstash_dev, NOWHERE, Upstash_Deduplication_Id="d1")
    lines = timeline(qstash_dev, 30).splitlines()
    dropped = "not forwarded: Upstash-Forward-Te (it is about one connection)"
    duplicate = f"POST {NOWHERE} = {id}, id d1, published 14 s ago to {qstash_inbox.url}, DELIVERED"
    assert lines[1] == f"2026-01-01 00:00:00 NOTICE    {id} {qstash_inbox.url} {dropped}"
    assert lines[4] == f"2026-01-01 00:00:14 NOTICE    {id} {qstash_inbox.url} {duplicate}"
    assert lines[5].startswith(f"2026-01-01 00:00:14 WARNING   {id} {qstash_inbox.url} POST {NOWHERE} had the ")
    kinds = [event.notice_kind for event in qstash_dev.events(id) if event.state == "NOTICE"]
    assert kinds == [NoticeKind.HEADERS_DROPPED, NoticeKind.DUPLICATE]
    assert [event.notice for event in qstash_dev.events(id) if event.notice] == [dropped, duplicate]


@at_new_year
def test_an_application_that_refuses_signatures_gets_one_hint(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_inbox.respond(401)
    publish(qstash_dev, qstash_inbox.url, Upstash_Retries="1")
    qstash_dev.run_all()
    events = timeline(qstash_dev, 30).partition("nothing is pending")[0]
    assert events.count(f"HTTP status 401 ({HINTS[401]}") == 1
    assert events.count("HTTP status 401") == 2


@at_new_year
def test_what_has_failed_says_why_and_what_to_do(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_inbox.respond(404)
    id = publish(qstash_dev, qstash_inbox.url, Upstash_Retries="0")
    qstash_dev.run_all()
    failed = f"at 00:00 UTC {id} gave up after 1 try, HTTP 404"
    assert timeline(qstash_dev, 30).splitlines()[-1] == f"  {failed} ({HINTS[404]}; then retry the dead letter)"
    # The report is no look of the test at its dead letters.
    with pytest.raises(AssertionError, match="errors that the test did not look at"):
        qstash_dev.check()


@at_new_year
def test_a_connection_refused_tells_why(qstash_dev: QStashDev) -> None:
    publish(qstash_dev, NOWHERE, Upstash_Retries="0")
    qstash_dev.run_all()
    assert "connection refused by 127.0.0.1:1: is your app running?" in timeline(qstash_dev, 30)


@at_new_year
@pytest.mark.parametrize("count", [2, 0])
def test_only_the_last_events_are_shown(qstash_dev: QStashDev, qstash_inbox: Inbox, count: int) -> None:
    publish(qstash_dev, qstash_inbox.url)
    qstash_dev.run_all()
    lines = timeline(qstash_dev, count).splitlines()
    assert lines[0] == f"{3 - count} earlier events are left out"
    assert lines[-1] == "2026-01-01 00:00:00 nothing is pending"
    assert len(lines) == count + 2


def test_nothing_is_said_of_nothing(qstash_dev: QStashDev) -> None:
    assert timeline(qstash_dev, 30).startswith("nothing was published\n")
    qstash_dev.close()
    assert "not running any more" in timeline(qstash_dev, 30)
