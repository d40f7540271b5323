"""Callbacks and failure callbacks are messages of their own."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.result import Unreachable
from qstash_dev.state.message import Message
from qstash_dev.state.url_group import Endpoint, UrlGroup
from tests.broker.world import URL, World, answer
from tests.conftest import NOON_MS

CALLBACK, FAILURE = "https://example.com/callback", "https://example.com/failed"


def report(message: Message) -> dict[str, Any]:
    return dict(json.loads(message.publication.body))


def test_every_attempt_is_reported(world: World) -> None:
    message = world.publish(body=b"question", Callback=CALLBACK, Retries="1", Retry_Delay="1")
    world.finish(message, answer(500, b"no"))
    world.advance(1)
    world.finish(message, answer(200, b"yes"))
    first, second = (report(callback) for callback in world.children(message))
    assert (first["status"], first["retried"], first["maxRetries"]) == (500, 0, 1)
    assert (second["status"], second["retried"]) == (200, 1)
    assert base64.b64decode(second["body"]) == b"yes"
    assert base64.b64decode(second["sourceBody"]) == b"question"
    assert (second["sourceMessageId"], second["url"], second["method"]) == (message.id, URL, "POST")
    assert (second["createdAt"], second["notBefore"]) == (NOON_MS, NOON_MS)


def test_the_failure_callback_comes_once_at_the_end_and_names_the_dead_letter(world: World) -> None:
    message = world.publish(Failure_Callback=FAILURE, Retries="1", Retry_Delay="1")
    world.fail(message)
    assert world.children(message) == []
    world.advance(1)
    world.finish(message, Unreachable("connection refused", 1, FailureReason.CONNECTION_REFUSED))
    [failure] = world.children(message)
    [letter] = world.letters()
    assert failure.url == FAILURE
    assert (report(failure)["dlqId"], report(failure)["status"]) == (letter.id, -1)


def test_a_success_has_no_failure_callback(world: World) -> None:
    message = world.publish(Failure_Callback=FAILURE)
    world.finish(message)
    assert world.children(message) == []


def test_the_last_failure_is_reported_to_both(world: World) -> None:
    message = world.publish(Callback=CALLBACK, Failure_Callback=FAILURE, Retries="0")
    world.fail(message)
    callback, failure = world.children(message)
    assert (callback.url, failure.url) == (CALLBACK, FAILURE)
    assert "dlqId" not in report(callback)


def test_a_non_retryable_error_is_reported_as_a_failure(world: World) -> None:
    message = world.publish(Failure_Callback=FAILURE)
    world.finish(message, answer(489, **{"Upstash_Nonretryable_Error": "true"}))
    assert [failure.url for failure in world.children(message)] == [FAILURE]


def test_a_callback_is_delivered_retried_and_given_up_like_any_message(world: World) -> None:
    message = world.publish(Callback=CALLBACK, Callback_Retries="1", Callback_Retry_Delay="5")
    world.finish(message)
    [callback] = world.children(message)
    assert world.states(callback) == ["CREATED", "ACTIVE"]
    world.fail(callback)
    world.advance(5)
    world.fail(callback)
    assert world.states(callback) == ["CREATED", "ACTIVE", "ERROR", "RETRY", "ACTIVE", "ERROR", "FAILED"]
    assert [letter.message for letter in world.letters()] == [callback]
    assert world.states(message)[-1] == "DELIVERED"
    world.assert_nothing_is_left()


def test_a_callback_brings_its_own_settings(world: World) -> None:
    message = world.publish(
        Callback=CALLBACK, Callback_Method="PUT", Callback_Forward_Secret="s", Callback_Delay="1m", Retries="2"
    )
    world.finish(message)
    [callback] = world.children(message)
    options = callback.publication.options
    assert (options.method, options.retries) == ("PUT", 2)
    assert options.headers == (("Content-Type", "application/json"), ("Secret", "s"))
    assert callback.not_before_ms == NOON_MS + 60_000
    assert world.flying == []


def test_a_callback_may_have_its_own_content_type(world: World) -> None:
    message = world.publish(Callback=CALLBACK, **{"Callback_Forward_Content_Type": "text/json"})
    world.finish(message)
    [callback] = world.children(message)
    assert callback.publication.options.headers == (("Content-Type", "text/json"),)


def test_a_callback_inherits_no_label_queue_name_schedule_or_address(world: World) -> None:
    message = world.enqueue(Label="a,b", Callback=CALLBACK)
    world.finish(message)
    [callback] = world.children(message)
    assert (callback.labels, callback.queue_name, callback.schedule_id) == ((), None, None)


def test_the_report_names_the_group_and_the_endpoint(world: World) -> None:
    endpoints = [Endpoint("https://a.example.com", "first")]
    world.tenant.url_groups["group"] = UrlGroup("group", NOON_MS, NOON_MS, endpoints)
    message = world.publish("group", Callback=CALLBACK)
    world.finish(message)
    told = report(world.children(message)[0])
    assert (told["topicName"], told["endpointName"], told["url"]) == ("group", "first", "https://a.example.com")


@pytest.mark.parametrize("in_flight", [True, False])
def test_a_cancelled_message_has_no_callbacks(world: World, in_flight: bool) -> None:
    message = world.publish(Callback=CALLBACK, Failure_Callback=FAILURE, Delay="0s" if in_flight else "1h")
    world.cancel(message)
    if in_flight:
        world.fail(message)
    assert world.states(message)[-1] == "CANCELED"
    assert world.children(message) == []


def test_a_cancellation_that_came_too_late_is_a_success_with_its_callback(world: World) -> None:
    message = world.publish(Callback=CALLBACK)
    world.cancel(message)
    world.finish(message)
    assert [callback.url for callback in world.children(message)] == [CALLBACK]
