"""Injected failures, and deliveries to another URL."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.testing import Inbox, QStashDev, QStashDevError
from tests.testing.support import NOWHERE, publish, states


def outcomes(dev: QStashDev, message_id: str) -> list[int | str | None]:
    """The status or the error of each attempt."""
    events = [event for event in dev.events(message_id) if event.state in ("ERROR", "DELIVERED")]
    return [event.error if event.status is None else event.status for event in events]


def test_a_fault_strikes_so_often_and_is_then_spent(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    fault = qstash_dev.fault(qstash_inbox.url + "*", status=503, times=2)
    message_id = publish(qstash_dev, qstash_inbox.url)
    qstash_dev.run_all()
    assert outcomes(qstash_dev, message_id) == [503, 503, 200]
    assert fault.struck == 2
    assert repr(fault) == f"<Fault {fault.id} of {qstash_inbox.url}* struck 2 times>"
    # The destination has not seen what the fault kept from it.
    qstash_inbox.assert_received(times=1)


@pytest.mark.parametrize(
    ("error", "text"), [("reset", "reset"), ("timeout", "no answer within"), ("refused", "refused")]
)
def test_errors_of_every_kind(qstash_dev: QStashDev, qstash_inbox: Inbox, error: str, text: str) -> None:
    fault = qstash_dev.fault("*", error=error)
    message_id = publish(qstash_dev, qstash_inbox.url)
    qstash_dev.run_all()
    first, second = outcomes(qstash_dev, message_id)
    assert text in str(first)
    assert fault.id in str(first)
    assert second == 200


def test_only_what_matches_is_struck(qstash_dev: QStashDev) -> None:
    one, other = qstash_dev.inbox("one"), qstash_dev.inbox("other")
    fault = qstash_dev.fault("*/inbox/one*", status=500, times=None)
    ids = [publish(qstash_dev, inbox.url, Upstash_Retries="1") for inbox in (one, other)]
    qstash_dev.run_all()
    assert [outcomes(qstash_dev, id) for id in ids] == [[500, 500], [200]]
    assert fault.struck == 2


def test_a_fault_can_be_removed(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    fault = qstash_dev.fault("*", status=500, times=None)
    message_id = publish(qstash_dev, qstash_inbox.url)
    qstash_dev.wait_idle()
    fault.remove()
    fault.remove()
    qstash_dev.run_all()
    assert outcomes(qstash_dev, message_id) == [500, 200]


def test_latency_delays_the_real_answer(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_dev.fault("*", latency="20ms")
    message_id = publish(qstash_dev, qstash_inbox.url)
    qstash_dev.run_all()
    assert outcomes(qstash_dev, message_id) == [200]


def test_probability_is_the_same_in_every_run(qstash_dev: QStashDev) -> None:
    def struck(seed: int) -> list[bool]:
        dev_inbox = qstash_dev.inbox(f"seed-{seed}-{len(qstash_dev.messages)}")
        fault = qstash_dev.fault(dev_inbox.url, status=500, times=None, probability=0.5, seed=seed)
        ids = []
        for _ in range(20):
            ids.append(publish(qstash_dev, dev_inbox.url, Upstash_Retries="0"))
            qstash_dev.wait_idle()
        fault.remove()
        return [states(qstash_dev, id)[-1] == "FAILED" for id in ids]

    first = struck(1)
    assert struck(1) == first
    assert struck(2) != first
    assert 0 < sum(first) < 20


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({}, "give a status, an error or a latency"),
        ({"status": 99}, "use a whole number from 100 to 999"),
        ({"error": "boom"}, "use one of refused, reset, timeout"),
        ({"status": 500, "error": "reset"}, "give either a status or an error"),
        ({"status": 500, "times": 0}, "times.*whole number"),
        ({"status": 500, "probability": 2}, "probability.*at most 1"),
        ({"latency": -1}, "latency.*"),
        ({"latency": "11m"}, "latency.*at most 600 s"),
    ],
)
def test_faults_that_make_no_sense_are_refused(qstash_dev: QStashDev, fields: dict[str, Any], text: str) -> None:
    with pytest.raises(QStashDevError, match=text):
        qstash_dev.fault("*", **fields)


def test_a_route_takes_a_published_url_to_a_local_target(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_dev.route("https://myapp.com/*", qstash_inbox.url)
    message_id = publish(qstash_dev, "https://myapp.com/orders?x=1")
    request = qstash_inbox.assert_received(path="/orders", query="x=1")
    assert request.signature_ok
    assert request.claims["sub"] == "https://myapp.com/orders?x=1"
    assert qstash_dev.messages.one(message_id).url == "https://myapp.com/orders?x=1"


def test_a_route_may_send_the_published_host_and_sign_its_target(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_dev.route("https://myapp.com/*", qstash_inbox.url, sign="target")
    publish(qstash_dev, "https://myapp.com/orders")
    request = qstash_inbox.assert_received(path="/orders", headers={"X-Forwarded-Host": "myapp.com"})
    assert request.claims["sub"] == f"{qstash_inbox.url}/orders"
    with pytest.raises(QStashDevError, match="use target or published for each"):
        qstash_dev.route("https://myapp.com/*", qstash_inbox.url, host="mine")


def test_later_routes_win(qstash_dev: QStashDev) -> None:
    all_of_it, one_page = qstash_dev.inbox("all"), qstash_dev.inbox("page")
    qstash_dev.route("https://myapp.com/*", all_of_it.url)
    qstash_dev.route("https://myapp.com/page", one_page.url)
    publish(qstash_dev, "https://myapp.com/page")
    publish(qstash_dev, "https://myapp.com/pages")
    one_page.assert_received(times=1)
    all_of_it.assert_received(times=1, path="/pages")


def test_a_fault_goes_by_the_published_url(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_dev.route("https://myapp.com/*", qstash_inbox.url)
    qstash_dev.fault("https://myapp.com/*", status=502)
    message_id = publish(qstash_dev, "https://myapp.com/")
    qstash_dev.run_all()
    assert outcomes(qstash_dev, message_id) == [502, 200]


@pytest.mark.parametrize(
    ("pattern", "to", "text"),
    [
        ("myapp", NOWHERE, "'myapp' is not a URL"),
        ("https://my*app/", NOWHERE, "may only stand at the end of 'https://my"),
        ("https://myapp.com/", "nowhere", "use PATTERN=URL such as"),
    ],
)
def test_routes_that_make_no_sense_are_refused(qstash_dev: QStashDev, pattern: str, to: str, text: str) -> None:
    with pytest.raises(QStashDevError, match=text):
        qstash_dev.route(pattern, to)
