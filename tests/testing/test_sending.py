"""Signed requests sent directly, checked by the official receiver, and replayed messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from qstash import Receiver
from qstash.receiver import SignatureError

from qstash_dev.testing import Inbox, QStashDev, QStashDevError, Received
from tests.testing.support import NOWHERE, publish

Verify = Callable[[Received], Any]


@pytest.fixture
def app(qstash_inbox: Inbox, qstash_receiver: Receiver) -> Inbox:
    """An application that verifies what it gets as the documentation tells: 401 and the reason if it is refused."""

    def handle(request: Received) -> Any:
        try:
            qstash_receiver.verify(
                signature=request.headers.get("Upstash-Signature", ""),
                body=request.text,
                url=qstash_inbox.url + ("" if request.path == "/" else request.path),
            )
        except SignatureError as error:
            return (401, str(error))
        return {"status": 200, "json": {"got": request.text}, "headers": {"X-App": "yes"}}

    return qstash_inbox.respond(handle)


def test_a_signed_request_is_accepted_and_its_answer_returned(qstash_dev: QStashDev, app: Inbox) -> None:
    answer = qstash_dev.send(app.url + "/hook", {"n": 1})
    assert (answer.status, answer.json, answer.headers["X-App"]) == (200, {"got": '{"n":1}'}, "yes")
    [request] = app.requests
    assert (request.method, request.path, request.headers["Content-Type"]) == ("POST", "/hook", "application/json")
    assert request.headers["User-Agent"] == "Upstash-QStash"
    assert request.message_id
    assert request.retried == 0
    assert qstash_dev.messages.all() == []


def test_either_key_will_do_and_no_other(qstash_dev: QStashDev, app: Inbox) -> None:
    answers = [qstash_dev.send(app.url, body="x", key=key).status for key in ("current", "next", "wrong", "none")]
    assert answers == [200, 200, 401, 401]


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 0},
        {"nbf": 32_503_680_000},
        {"iss": "Mallory"},
        {"sub": "https://elsewhere.example/"},
        {"body": "x"},
        {"iss": None},
        {"exp": None},
    ],
    ids=str,
)
def test_claims_of_your_own_are_signed_and_refused(qstash_dev: QStashDev, app: Inbox, claims: dict[str, Any]) -> None:
    assert qstash_dev.send(app.url, body="x", claims=claims).status == 401


def test_what_is_sent_can_be_chosen(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_dev.send(
        qstash_inbox.url + "/p?q=1",
        body=b"\x00\xff",
        method="PUT",
        headers={"upstash-retried": "3", "x-tenant": "acme", "Content-Type": "application/octet-stream"},
    )
    [request] = qstash_inbox.requests
    assert (request.method, request.path, request.query, request.body) == ("PUT", "/p", "q=1", b"\x00\xff")
    assert (request.retried, request.headers["X-Tenant"]) == (3, "acme")
    assert request.headers.getall("Upstash-Retried") == ["3"]
    assert request.headers["Content-Type"] == "application/octet-stream"
    assert request.signature_ok


def test_no_body_is_an_empty_one(qstash_dev: QStashDev, app: Inbox) -> None:
    assert qstash_dev.send(app.url).json == {"got": ""}
    assert qstash_dev.send(app.url, None).json == {"got": "null"}


def test_routes_apply_to_what_is_sent(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_dev.route("https://myapp.com/*", qstash_inbox.url)
    assert qstash_dev.send("https://myapp.com/hook").status == 200
    assert qstash_inbox.requests[0].claims["sub"] == "https://myapp.com/hook"
    assert qstash_inbox.requests[0].headers["X-Forwarded-Host"] == "myapp.com"
    qstash_dev.route("https://myapp.com/*", qstash_inbox.url, sign="target")
    assert qstash_dev.send("https://myapp.com/hook").status == 200
    assert qstash_inbox.requests[1].claims["sub"] == f"{qstash_inbox.url}/hook"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"url": NOWHERE}, "connection refused by 127.0.0.1:1: is your app running"),
        ({"url": "nowhere"}, "nowhere"),
        ({"url": NOWHERE, "key": "old"}, "there is no key 'old': use one of current, next, wrong, none"),
        ({"url": NOWHERE, "json": 1, "body": "x"}, "give either json or body, not both"),
        ({"url": NOWHERE, "json": object()}, "cannot be written as JSON"),
        ({"url": NOWHERE, "claims": {"x": object()}}, "these claims cannot be signed"),
        ({"url": NOWHERE, "timeout": 0}, "timeout=0: use seconds above zero"),
    ],
)
def test_what_cannot_be_sent_is_told(qstash_dev: QStashDev, arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(QStashDevError, match=text):
        qstash_dev.send(**arguments)


@pytest.mark.qstash_dev(timeout=0.1)
def test_an_app_that_hangs_is_told(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_inbox.delay(60)
    with pytest.raises(QStashDevError, match=r"no answer from 127\.0\.0\.1:\d+ within 0\.1 s"):
        qstash_dev.send(qstash_inbox.url)


def test_a_message_is_replayed_as_it_was(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    first = publish(qstash_dev, qstash_inbox.url, b'{"n":1}', Upstash_Forward_X_Tenant="acme", Upstash_Delay="1h")
    qstash_dev.run_all()
    again = qstash_dev.replay(first)
    assert again != first
    request = qstash_inbox.assert_received(message_id=again, json={"n": 1}, headers={"X-Tenant": "acme"})
    assert request.signature_ok


def test_a_message_is_replayed_with_changes(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    first = publish(qstash_dev, qstash_inbox.url, b'{"n":1}')
    by_json = qstash_dev.replay(first, json={"n": 2}, headers={"Upstash-Forward-X-Again": "yes"})
    by_text = qstash_dev.replay(first, body="three", headers={"Upstash-Delay": "1h"})
    qstash_inbox.assert_received(message_id=by_json, json={"n": 2}, headers={"X-Again": "yes"})
    qstash_inbox.assert_not_received(message_id=by_text)
    qstash_dev.run_all()
    qstash_inbox.assert_received(message_id=by_text, body="three")


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"json": 1, "body": "x"}, "give either json or body"),
        ({"headers": {"Upstash-Delay": "soon"}}, "Upstash-Delay"),
        ({"headers": {"Upstash-Retries": "99"}}, "retries"),
    ],
)
def test_what_cannot_be_replayed_is_told(
    qstash_dev: QStashDev, qstash_inbox: Inbox, arguments: dict[str, Any], text: str
) -> None:
    message_id = publish(qstash_dev, qstash_inbox.url)
    with pytest.raises(QStashDevError, match=f"(?i){text}"):
        qstash_dev.replay(message_id, **arguments)
    with pytest.raises(QStashDevError, match="there is no message msg_x"):
        qstash_dev.replay("msg_x")
