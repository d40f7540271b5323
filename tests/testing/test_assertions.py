"""The texts of failed assertions about an inbox."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.testing import Inbox, QStashDev, QStashDevError
from tests.testing.support import publish


def failure(inbox: Inbox, **expected: Any) -> list[str]:
    """The lines of the assertion's text."""
    with pytest.raises(AssertionError) as caught:
        inbox.assert_received(**expected)
    return str(caught.value).splitlines()


@pytest.fixture
def orders(qstash_dev: QStashDev) -> Inbox:
    """An inbox that has received two orders, the second in a second try."""
    inbox = qstash_dev.inbox("orders")
    publish(
        qstash_dev, inbox.url + "/7", b'{"n":7,"lines":[{"sku":"a","pieces":1}]}', Upstash_Forward_X_Tenant="acme"
    )
    qstash_dev.wait_idle()
    inbox.fail(1)
    publish(qstash_dev, inbox.url + "/8?fast", b'{"n":8,"lines":[]}', Upstash_Method="PUT")
    qstash_dev.run_all()
    return inbox


def test_what_fits_is_returned_the_latest_of_several(orders: Inbox) -> None:
    assert orders.assert_received(times=3).retried == 1
    assert orders.assert_received(json={"n": 8, "lines": []}, times=2, method="PUT", path="/8", query="fast").retried
    assert orders.assert_received(retried=0, method="PUT").path == "/8"
    assert orders.assert_received(body='{"n":8,"lines":[]}').json["n"] == 8
    assert orders.assert_received(body=b'{"n":8,"lines":[]}').json["n"] == 8
    assert orders.assert_received(headers={"x-tenant": "acme"}).json["n"] == 7


def test_the_closest_miss_comes_first_and_what_differs_is_named(orders: Inbox) -> None:
    lines = failure(
        orders, json={"n": 7, "lines": [{"sku": "a", "pieces": 2}]}, method="POST", headers={"X-Tenant": "b"}
    )
    assert lines == [
        f"{orders.url}: expected a request with json={{'n': 7, 'lines': [{{'sku': 'a', 'pieces': 2}}]}}, "
        "method='POST', headers={'X-Tenant': 'b'}, but none of 3 fit",
        '  <POST /7 try 1 {"n":7,"lines":[{"sku":"a","pieces":1}]}>',
        "    json['lines'][0]['pieces'] is 1, not 2",
        "    header X-Tenant is 'acme', not 'b'",
        '  <PUT /8?fast try 1 {"n":8,"lines":[]}>',
        "    json['n'] is 8, not 7",
        "    json['lines'] is [], not [{'sku': 'a', 'pieces': 2}]",
        "    method is 'PUT', not 'POST'",
        "    header X-Tenant is None, not 'b'",
        '  <PUT /8?fast try 2 {"n":8,"lines":[]}>',
        "    json['n'] is 8, not 7",
        "    json['lines'] is [], not [{'sku': 'a', 'pieces': 2}]",
        "    method is 'PUT', not 'POST'",
        "    header X-Tenant is None, not 'b'",
        "nothing is pending",
    ]


def test_too_many_and_too_few_show_those_that_fit(orders: Inbox) -> None:
    assert failure(orders, times=1, method="PUT") == [
        f"{orders.url}: expected 1 request with method='PUT', but 2 of 3 fit",
        '  <PUT /8?fast try 1 {"n":8,"lines":[]}> fits',
        '  <PUT /8?fast try 2 {"n":8,"lines":[]}> fits',
        '  <POST /7 try 1 {"n":7,"lines":[{"sku":"a","pieces":1}]}>',
        "    method is 'POST', not 'PUT'",
        "nothing is pending",
    ]
    assert failure(orders, times=2, method="POST")[0].endswith(
        "expected 2 requests with method='POST', but 1 of 3 fits"
    )


def test_keys_that_are_missing_or_too_many_are_named(orders: Inbox) -> None:
    lines = failure(orders, json={"n": 8, "total": 3}, retried=1)
    assert lines[1:4] == [
        '  <PUT /8?fast try 2 {"n":8,"lines":[]}>',
        "    json has no 'total'",
        "    json has 'lines' too, which was not expected",
    ]


@pytest.mark.qstash_dev(start="2026-01-01")
def test_an_empty_inbox_says_what_is_still_on_its_way(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    assert failure(qstash_inbox) == [
        f"{qstash_inbox.url}: expected a request, but nothing came",
        "nothing is pending",
    ]
    message_id = publish(qstash_dev, qstash_inbox.url, Upstash_Delay="30s")
    assert failure(qstash_inbox, times=1) == [
        f"{qstash_inbox.url}: expected 1 request, but nothing came",
        "still pending:",
        f"  {message_id} to {qstash_inbox.url}: delayed: due in 30 s, at 00:00 UTC",
        "the clock is stopped: advance() and run_all() move it to what is due later",
    ]


def test_long_values_and_long_lists_are_cut(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    for _ in range(8):
        publish(qstash_dev, qstash_inbox.url, b"[" + b",".join([b"7"] * 500) + b"]")
    lines = failure(qstash_inbox, json=[8] * 500)
    assert max(map(len, lines)) < 600
    assert lines[2:7] == [f"    json[{number}] is 7, not 8" for number in range(4)] + [
        "    json differs in 496 more places"
    ]
    assert lines[-2:] == ["  and 3 more", "nothing is pending"]


def test_a_body_that_is_not_json_is_shown(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    publish(qstash_dev, qstash_inbox.url, b"\xffhello")
    lines = failure(qstash_inbox, json={"n": 1})
    assert lines[1:3] == ["  <POST / try 1 �hello>", "    body is not JSON: b'\\xffhello'"]


@pytest.mark.qstash_dev(timeout=0.1)
def test_a_destination_that_hangs_does_not_hide_what_has_come(qstash_dev: QStashDev, qstash_inbox: Inbox) -> None:
    qstash_inbox.delay(60)
    publish(qstash_dev, qstash_inbox.url)
    qstash_inbox.wait_for(1, timeout=30)
    assert qstash_inbox.assert_received(times=1).text == "hello"
    assert failure(qstash_inbox, times=2)[-1].endswith("no answer yet")


def test_nothing_like_this_came(orders: Inbox) -> None:
    orders.assert_not_received(method="DELETE")
    with pytest.raises(AssertionError) as caught:
        orders.assert_not_received(method="POST")
    assert str(caught.value).splitlines()[:2] == [
        f"{orders.url}: expected no request with method='POST', but 1 of 3 fits",
        '  <POST /7 try 1 {"n":7,"lines":[{"sku":"a","pieces":1}]}> fits',
    ]
    with pytest.raises(AssertionError, match="expected no request, but 3 of 3 fit"):
        orders.assert_empty()


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ({"jsn": {}}, "requests have no field jsn: use json, body, headers, method, path, query, retried"),
        ({"times": 0}, r"times=0: use a whole number above 0, or assert_not_received\(\)"),
        ({"times": True}, "times=True: use a whole number above 0"),
    ],
)
def test_what_cannot_be_expected_is_refused(qstash_inbox: Inbox, expected: dict[str, Any], text: str) -> None:
    with pytest.raises(QStashDevError, match=text):
        qstash_inbox.assert_received(**expected)


def test_any_comparison_will_do(orders: Inbox) -> None:
    from unittest.mock import ANY

    assert orders.assert_received(json={"n": pytest.approx(7.0), "lines": ANY}).json["n"] == 7
