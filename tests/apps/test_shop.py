"""A Flask application tested with the fixtures: real requests, real signatures, and a week in milliseconds."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.serving import make_server

from qstash_dev.testing import QStashDev
from tests.apps.shop import Declined, create_app


class Provider:
    """A payment provider that declines as often as it is told."""

    def __init__(self) -> None:
        self.declines = 0
        self.charged: list[Any] = []

    def __call__(self, task: Any) -> None:
        if self.declines > 0:
            self.declines -= 1
            raise Declined("try again later")
        self.charged.append(task)


class Shop:
    """The running shop as its customers see it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def order(self, amount: int) -> str:
        return str(self._call("/orders", {"amount": amount})["order"])

    def state(self, number: str) -> str:
        return str(self._call(f"/orders/{number}")["state"])

    def _call(self, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=5) as response:
            return json.load(response)


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def shop(qstash_env: dict[str, str], provider: Provider) -> Iterator[Shop]:
    """The shop on a port of its own, in threads of its own."""
    server = make_server("127.0.0.1", 0, app=lambda *call: app(*call), threaded=True)
    url = f"http://127.0.0.1:{server.port}"
    app = create_app(provider, url)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield Shop(url)
    server.shutdown()
    thread.join(5)
    server.server_close()
    app.extensions["qstash"].http._client.close()


def test_an_order_is_charged_at_once_and_reviewed_a_week_later(
    qstash_dev: QStashDev, shop: Shop, provider: Provider
) -> None:
    number = shop.order(30)
    qstash_dev.wait_idle()
    assert provider.charged == [{"order": number, "amount": 30}]
    assert shop.state(number) == "paid"
    qstash_dev.advance("7d")
    assert shop.state(number) == "reviewed"


def test_a_provider_that_recovers_is_asked_again(qstash_dev: QStashDev, shop: Shop, provider: Provider) -> None:
    provider.declines = 2
    number = shop.order(30)
    qstash_dev.wait_idle()
    assert shop.state(number) == "ordered"
    qstash_dev.advance("10m")
    assert shop.state(number) == "paid"
    charge = qstash_dev.messages.filter(url=f"{shop.url}/jobs/charge").one()
    assert [event.status for event in qstash_dev.events(charge.id) if event.status] == [502, 502, 200]


def test_a_provider_that_never_recovers_ends_in_the_failure_callback(
    qstash_dev: QStashDev, shop: Shop, provider: Provider
) -> None:
    provider.declines = 9
    number = shop.order(30)
    qstash_dev.advance("1d")
    assert shop.state(number) == "given up"
    letter = qstash_dev.dlq.one()
    assert (letter.status, letter.json["order"], letter.response_body) == (502, number, b"try again later")


def test_an_outage_of_the_shop_is_survived(qstash_dev: QStashDev, shop: Shop) -> None:
    outage = qstash_dev.fault(f"{shop.url}/*", error="refused", times=3)
    number = shop.order(30)
    qstash_dev.run_all()
    assert outage.struck == 3
    assert shop.state(number) == "reviewed"


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({}, 200),
        ({"key": "next"}, 200),
        ({"key": "wrong"}, 401),
        ({"key": "none"}, 401),
        ({"claims": {"exp": 0}}, 401),
        ({"claims": {"sub": "https://elsewhere.example/"}}, 401),
    ],
    ids=str,
)
def test_only_qstash_may_charge(
    qstash_dev: QStashDev, shop: Shop, provider: Provider, options: dict[str, Any], status: int
) -> None:
    answer = qstash_dev.send(f"{shop.url}/jobs/charge", {"order": "1", "amount": 30}, **options)
    assert answer.status == status
    assert len(provider.charged) == (1 if status == 200 else 0)


def test_a_charge_that_comes_twice_can_be_provoked(qstash_dev: QStashDev, shop: Shop, provider: Provider) -> None:
    number = shop.order(30)
    qstash_dev.wait_idle()
    charge = qstash_dev.messages.filter(url=f"{shop.url}/jobs/charge").one()
    qstash_dev.replay(charge.id)
    qstash_dev.wait_idle()
    assert [task["order"] for task in provider.charged] == [number, number]
