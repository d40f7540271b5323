"""Internal errors while an attempt is settled: logged in one line, without effect on other messages."""

from __future__ import annotations

import logging

import pytest

from qstash_dev.server import Server
from qstash_dev.state.attempt import DeliveryAttempt
from tests.conftest import Client
from tests.destination import Destination


async def test_accident_while_settling_is_told_and_holds_up_nobody(
    server: Server,
    client: Client,
    destination: Destination,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    outcomes = server.broker.outcomes
    settle, unlucky = outcomes.settle, "/unlucky"

    def fails_for_one(attempt: DeliveryAttempt, *result: object) -> None:
        if attempt.message.url.endswith(unlucky):
            raise RuntimeError("two\nlines")
        settle(attempt, *result)  # type: ignore[arg-type]

    monkeypatch.setattr(outcomes, "settle", fails_for_one)
    id = await client.publish(destination.url + unlucky)
    with caplog.at_level(logging.ERROR, "qstash_dev"):
        await server.idle()
    [line] = caplog.messages
    assert id in line
    assert "\n" not in line
    assert server.dispatcher.in_flight == 0
    await client.publish(destination.url + "/next")
    await server.idle()
    assert [request.target for request in destination.requests] == [unlucky, "/next"]
