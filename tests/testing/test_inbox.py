"""Inboxes: the requests that they record, and their answers."""

from __future__ import annotations

import json
import sys
import urllib.request
from base64 import b64decode
from datetime import timedelta
from typing import Any
from urllib.error import HTTPError

import pytest

from qstash_dev.dev.inboxes import Captured
from qstash_dev.testing import Inbox, QStashDev, QStashDevError, QStashDevTimeout, Received
from tests.testing.support import call, publish, states

dead_may_lie = pytest.mark.qstash_dev(allow_dead=True)


def statuses(dev: QStashDev, message_id: str) -> list[int | None]:
    """What the attempts of a message were answered."""
    return [event.status for event in dev.events(message_id) if event.state in ("ERROR", "DELIVERED")]


def test_a_request_is_remembered_whole(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    url = qstash_inbox.url + "/orders/7?full=yes"
    headers = {"Upstash_Method": "PUT", "Upstash_Forward_X-Tenant": "acme"}
    message_id = publish(qstash_dev, url, b'{"n":1}', Content_Type="application/json", **headers)
    request = qstash_inbox.assert_received()
    assert (request.method, request.path, request.query) == ("PUT", "/orders/7", "full=yes")
    assert (request.body, request.text, request.json) == (b'{"n":1}', '{"n":1}', {"n": 1})
    assert request.headers["x-TENANT"] == "acme"
    assert (request.message_id, request.schedule_id, request.url_group) == (message_id, None, None)
    assert (request.retried, request.callback) == (0, None)
    assert request.at == qstash_dev.now
    assert request.claims["sub"] == url
    assert repr(request) == '<PUT /orders/7?full=yes try 1 {"n":1}>'


@pytest.mark.parametrize(
    ("target", "path", "query"), [("", "/", ""), ("//[", "//[", ""), ("//a/b?c?d", "//a/b", "c?d"), ("?x", "/", "x")]
)
def test_path_and_query_are_as_they_came(target: str, path: str, query: str) -> None:
    request = Received(Captured(0, "POST", target, (), b"", None, {}))
    assert (request.path, request.query) == (path, query)


@pytest.mark.parametrize("text", ["9" * 5_000, "²", "-1", ""])
def test_a_number_of_tries_that_is_none_counts_as_no_try(text: str) -> None:
    assert Received(Captured(0, "POST", "", (("Upstash-Retried", text),), b"", None, {})).retried == 0


def test_a_body_that_only_looks_like_a_report_is_none() -> None:
    report = {name: 1 for name in ("status", "body", "header", "url", "sourceMessageId", "sourceBody", "retried")}
    body = json.dumps(report | {"maxRetries": 1}).encode()
    assert Received(Captured(0, "POST", "", (), body, None, {})).callback is None


def test_names_keep_inboxes_apart(qstash_dev: QStashDev) -> None:
    one, other = qstash_dev.inbox("one"), qstash_dev.inbox("other").respond(404)
    publish(qstash_dev, one.url)
    qstash_dev.wait_idle()
    assert [len(inbox.requests) for inbox in (one, other, qstash_dev.inbox("one"))] == [1, 0, 1]
    assert one.url == f"{qstash_dev.url}/_dev/inbox/one"
    assert repr(one) == f"<Inbox {one.url}>"


@pytest.mark.parametrize("name", ["", "a/b", "a b", "é", "a?b", None, 7])
def test_what_cannot_name_an_inbox_is_refused(qstash_dev: QStashDev, name: Any) -> None:
    with pytest.raises(QStashDevError, match="cannot name an inbox: use letters, digits, '-' and '_'"):
        qstash_dev.inbox(name)


def test_a_request_that_is_not_signed_is_known_for_it(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    assert call_inbox(qstash_inbox, "GET") == 200
    [request] = qstash_inbox.requests
    assert not request.signature_ok
    assert request.signature_error == "there is no Upstash-Signature header"
    assert request.claims == {}


def call_inbox(inbox: Inbox, method: str) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(inbox.url, method=method), timeout=5) as response:
            return int(response.status)
    except HTTPError as error:
        with error:
            return error.code


def test_the_script_is_followed_and_its_last_answer_repeats(qstash_inbox: Inbox) -> None:
    qstash_inbox.respond(500, (418, "short and stout"), 202)
    assert [call_inbox(qstash_inbox, "POST") for _ in range(4)] == [500, 418, 202, 202]


def test_each_form_of_an_answer_is_given(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    def seen(request: Received) -> dict[str, Any]:
        return {"status": 201, "json": {"path": request.path, "retried": request.retried}}

    qstash_inbox.respond(
        {"status": 503, "body": "not yet", "headers": {"Retry-After": "1"}},
        (500, b"\xff\xfe"),
        {"drop": True},
        seen,
    )
    message_id = publish(qstash_dev, qstash_inbox.url + "/path", Upstash_Retries="3")
    qstash_dev.run_all()
    assert statuses(qstash_dev, message_id) == [503, 500, None, 201]
    [event] = call(qstash_dev, "GET", f"/v2/events?messageId={message_id}&state=DELIVERED")["events"]
    assert json.loads(b64decode(event["responseBody"])) == {"path": "/path", "retried": 3}
    first, second = qstash_inbox.requests[:2]
    assert second.at - first.at == timedelta(seconds=1)


@pytest.mark.parametrize(
    ("prepare", "answers"),
    [
        (lambda inbox: inbox.fail(), [500, 200]),
        (lambda inbox: inbox.fail(2, status=429), [429, 429, 200]),
        (lambda inbox: inbox.drop(2), [None, None, 200]),
        (lambda inbox: inbox.retry_after("1h"), [429, 200]),
        (lambda inbox: inbox.delay("10ms", times=1), [200]),
        (lambda inbox: inbox.delay(0.01), [200]),
    ],
)
def test_shorthands_write_the_usual_scripts(
    qstash_dev: QStashDev, qstash_inbox: Inbox, prepare: Any, answers: list[int | None]
) -> None:
    assert prepare(qstash_inbox) is qstash_inbox
    message_id = publish(qstash_dev, qstash_inbox.url)
    qstash_dev.run_all()
    assert statuses(qstash_dev, message_id) == answers


def test_what_must_not_be_retried_dies_at_once(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_inbox.non_retryable()
    message_id = publish(qstash_dev, qstash_inbox.url, Upstash_Retries="3")
    qstash_dev.run_all()
    qstash_inbox.assert_received(times=1)
    assert qstash_dev.dlq.one().message_id == message_id


@pytest.mark.parametrize(
    ("by", "seconds"), [("6m5s", 365), (90, 90), (0.5, 0.5), ("12d", 12), (timedelta(hours=2), 7200)]
)
def test_retry_after_is_obeyed(qstash_dev: QStashDev, qstash_inbox: Inbox, by: Any, seconds: float) -> None:
    qstash_inbox.retry_after(by)
    publish(qstash_dev, qstash_inbox.url)
    qstash_dev.run_all()
    first, second = qstash_inbox.requests
    # Beyond a day QStash does not listen, and goes by its own 12 seconds.
    assert (second.at - first.at).total_seconds() == seconds


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ([], r"respond\(\) needs at least one answer, such as 200"),
        ([99], "99 is not a status"),
        ([1000], "1000 is not a status"),
        ([True], "true is not a status"),
        (["500"], "'500' is not an answer: use a status such as 500, or an object"),
        ([None], "null is not an answer"),
        ([(200, {"a": 1})], "the body of an answer must be text; use the field json for anything else"),
        ([{"state": 200}], "unknown field state in an answer: use status, body,"),
        ([{"delay": -1}], "use a duration"),
        ([{"delay": "a while"}], "use a duration"),
        ([{"delay": 601}], "delay must be at most 600 s"),
        ([{"json": object()}], "json cannot be written as JSON"),
        ([{"headers": {"X": "a\r\nb"}}], "may not hold line breaks"),
        ([{"headers": ["X"]}], "headers of an answer must be an object of strings"),
        ([{"drop": "yes"}], "drop must be true or false"),
    ],
)
def test_impossible_scripts_are_refused_and_the_old_one_stays(
    qstash_inbox: Inbox, script: list[Any], text: str
) -> None:
    qstash_inbox.respond(202)
    with pytest.raises(QStashDevError, match=text):
        qstash_inbox.respond(*script)
    assert call_inbox(qstash_inbox, "POST") == 202


@pytest.mark.parametrize("times", [0, -1, 1.5, "2", True])
def test_times_must_be_a_number_of_times(qstash_inbox: Inbox, times: Any) -> None:
    for prepare in (qstash_inbox.fail, qstash_inbox.drop, qstash_inbox.non_retryable):
        with pytest.raises(QStashDevError, match="use a whole number above 0"):
            prepare(times)
    with pytest.raises(QStashDevError, match="use a whole number above 0"):
        qstash_inbox.wait_for(times)


def test_a_coroutine_function_is_no_answer(qstash_inbox: Inbox) -> None:
    async def answer(_: Received) -> int:
        return 200

    with pytest.raises(QStashDevError, match="is a coroutine function: use a plain one"):
        qstash_inbox.respond(answer)


def test_a_function_may_publish_itself(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    """As an application does that answers a message with another one."""
    second = qstash_dev.inbox("second")

    def publish_more(request: Received) -> int:
        publish(qstash_dev, second.url, request.body, Upstash_Delay="1h")
        return 200

    qstash_inbox.respond(publish_more)
    publish(qstash_dev, qstash_inbox.url, b"chain")
    qstash_dev.advance("2h")
    assert second.assert_received(times=1).body == b"chain"


@dead_may_lie
@pytest.mark.parametrize(
    ("function", "error"),
    [
        (lambda _: 1 / 0, "ZeroDivisionError"),
        (lambda _: "done", "ValueError"),
        (lambda _: lambda __: 200, "a function"),
        (lambda _: pytest.fail("no"), "Failed: no"),
        (lambda _: sys.exit(3), "SystemExit: 3"),
        (lambda _: next(iter(())), "StopIteration"),
    ],
)
def test_a_function_that_fails_answers_500_and_is_told_once(
    qstash_dev: QStashDev, qstash_inbox: Inbox, function: Any, error: str
) -> None:
    qstash_inbox.respond(function)
    message_id = publish(qstash_dev, qstash_inbox.url, Upstash_Retries="0")
    qstash_dev.wait_idle()
    assert statuses(qstash_dev, message_id) == [500]
    with pytest.raises(
        AssertionError,
        match=f"errors that the test did not look at:\n  a function in the script of inbox default.*{error}",
    ):
        qstash_dev.check(allow_dead=True)
    qstash_dev.check(allow_dead=True)


def test_what_a_callback_reports_can_be_read(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    reports = qstash_dev.inbox("reports")
    qstash_inbox.respond({"status": 201, "body": "made", "headers": {"X-Made": "1"}})
    message_id = publish(qstash_dev, qstash_inbox.url, b"make", Upstash_Retries="2", Upstash_Callback=reports.url)
    qstash_dev.run_all()
    report = reports.assert_received(times=1).callback
    assert report is not None
    assert (report.status, report.text, report.headers["X-Made"]) == (201, "made", ["1"])
    assert (report.url, report.source_message_id, report.source_body) == (qstash_inbox.url, message_id, b"make")
    assert (report.retried, report.max_retries, report.dlq_id, report.error) == (0, 2, None, None)


def test_a_test_that_reads_the_failure_callback_knows_of_the_death(qstash_dev: QStashDev) -> None:
    reports = qstash_dev.inbox("reports")
    publish(qstash_dev, "http://127.0.0.1:1", Upstash_Retries="0", Upstash_Failure_Callback=reports.url)
    qstash_dev.run_all()
    report = reports.assert_received().callback
    assert report is not None
    assert (report.status, report.body) == (-1, b"")
    assert "connection refused" in str(report.error)
    assert report.dlq_id
    qstash_dev.check()


@pytest.mark.parametrize("body", [b"[1]", b'{"sourceMessageId":"x"}', b'{"a":1}', b"text", b"\xff"])
def test_what_is_no_callback_reports_nothing(qstash_dev: QStashDev, qstash_inbox: Inbox, body: bytes) -> None:
    publish(qstash_dev, qstash_inbox.url, body)
    assert qstash_inbox.assert_received(body=body).callback is None


def test_wait_for_returns_what_came(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    for number in range(3):
        publish(qstash_dev, qstash_inbox.url, str(number).encode())
    assert sorted(request.text for request in qstash_inbox.wait_for(3)) == ["0", "1", "2"]


@pytest.mark.qstash_dev(timeout=0.1)
def test_wait_for_says_what_did_not_come(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    message_id = publish(qstash_dev, qstash_inbox.url, Upstash_Delay="1d")
    text = rf"inbox default received 0 of 2 requests within 0.1 s\nstill pending:\n  {message_id}.*delayed: due"
    with pytest.raises(QStashDevTimeout, match=text):
        qstash_inbox.wait_for(2)


def test_clear_forgets_requests_and_script(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_inbox.fail(9)
    assert call_inbox(qstash_inbox, "POST") == 500
    qstash_inbox.clear()
    assert qstash_inbox.requests == []
    assert call_inbox(qstash_inbox, "POST") == 200


def test_a_url_group_is_named_in_the_request(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    body = json.dumps({"endpoints": [{"url": qstash_inbox.url}]}).encode()
    call(qstash_dev, "POST", "/v2/topics/news/endpoints", body, Content_Type="application/json")
    call(qstash_dev, "POST", "/v2/publish/news", b"x")
    message_id = qstash_inbox.assert_received(url_group="news").message_id
    assert states(qstash_dev, str(message_id))[-1] == "DELIVERED"
