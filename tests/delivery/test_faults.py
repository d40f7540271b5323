"""Faults on attempts to a real destination."""

from __future__ import annotations

import time
from typing import Any

import pytest

from qstash_dev.protocol.mapping import Mapping
from qstash_dev.server import Server
from tests.conftest import Client
from tests.delivery.conftest import events
from tests.destination import Destination

pytestmark = pytest.mark.own_server


def add_fault(server: Server, match: str = "*", **how: Any) -> None:
    server.faults.add(match, **how)


async def failed_once(server: Server, client: Client, destination: Destination, **headers: str) -> dict[str, Any]:
    """Publish a message that fails once and is delivered then: its ERROR event."""
    id = await client.publish(destination.url, Upstash_Retry_Delay="1000", **headers)
    await server.advance(1_000)
    assert await client.states(id) == ["CREATED", "ACTIVE", "ERROR", "RETRY", "ACTIVE", "DELIVERED"]
    assert len(destination.requests) == 1
    [error] = await events(client, id, "ERROR")
    return error


async def test_a_status_answers_for_the_destination(server: Server, client: Client, destination: Destination) -> None:
    add_fault(server, status=503)
    error = await failed_once(server, client, destination)
    assert (error["responseStatus"], error["error"]) == (503, "HTTP status 503")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("reset", "the connection was reset (injected by fault_1)"),
        ("refused", "connection refused (injected by fault_1)"),
        ("timeout", "no answer within 7200 s (injected by fault_1)"),
    ],
)
async def test_an_error_keeps_the_answer_away(
    server: Server, client: Client, destination: Destination, kind: str, text: str
) -> None:
    add_fault(server, error=kind)
    error = await failed_once(server, client, destination)
    assert (error["error"], "responseStatus" in error) == (text, False)


async def test_a_timeout_names_the_seconds_of_the_message(
    server: Server, client: Client, destination: Destination
) -> None:
    add_fault(server, error="timeout")
    error = await failed_once(server, client, destination, Upstash_Timeout="3s")
    assert error["error"] == "no answer within 3 s (injected by fault_1)"


async def test_a_latency_comes_before_the_real_answer(
    server: Server, client: Client, destination: Destination
) -> None:
    add_fault(server, latency_ms=60)
    started = time.perf_counter()
    id = await client.publish(destination.url)
    await server.idle()
    assert time.perf_counter() - started >= 0.06
    assert await client.states(id) == ["CREATED", "ACTIVE", "DELIVERED"]
    [entry] = [entry for entry in server.broker.tenants.all()[0].log.of_messages((id,)) if entry.result is not None]
    assert entry.result is not None
    assert entry.result.duration_ms >= 60


async def test_a_latency_comes_before_a_status_as_well(
    server: Server, client: Client, destination: Destination
) -> None:
    add_fault(server, latency_ms=20, status=500)
    started = time.perf_counter()
    error = await failed_once(server, client, destination)
    assert time.perf_counter() - started >= 0.02
    assert error["responseStatus"] == 500


async def test_a_latency_longer_than_the_timeout_is_a_timeout(
    server: Server, client: Client, destination: Destination
) -> None:
    add_fault(server, latency_ms=60_000)
    error = await failed_once(server, client, destination, Upstash_Timeout="30ms")
    assert error["error"] == "no answer within 0.03 s (injected by fault_1)"


async def test_a_good_status_is_a_delivery_that_the_destination_never_sees(
    server: Server, client: Client, destination: Destination
) -> None:
    add_fault(server, status=200)
    id = await client.publish(destination.url)
    await server.idle()
    assert await client.states(id) == ["CREATED", "ACTIVE", "DELIVERED"]
    assert destination.requests == []


async def test_a_fault_that_gives_up_for_good_ends_in_the_dead_letter_queue(
    server: Server, client: Client, destination: Destination
) -> None:
    add_fault(server, status=500, times=4)
    id = await client.publish(destination.url)
    await server.travel.run_all()
    [letter] = (await client.get("/v2/dlq"))["messages"]
    assert (letter["messageId"], letter["responseStatus"]) == (id, 500)
    assert destination.requests == []


async def test_the_pattern_is_about_the_published_url_not_about_where_it_is_mapped(
    server: Server, client: Client, destination: Destination
) -> None:
    server.mappings.add(Mapping("https://myapp.com/*", destination.url))
    add_fault(server, f"{destination.url}*", status=500)
    add_fault(server, "https://myapp.com/slow/*", latency_ms=5)
    await client.publish("https://myapp.com/slow/hook")
    await server.idle()
    assert destination.paths() == ["/slow/hook"]
    assert [fault.struck for fault in server.faults.all.values()] == [0, 1]


async def test_a_callback_is_struck_like_any_message(
    server: Server, client: Client, destination: Destination
) -> None:
    add_fault(server, "*/callback", error="reset")
    await client.publish(destination.url, Upstash_Callback=f"{destination.url}/callback")
    await server.travel.run_all()
    assert destination.paths() == ["/", "/callback"]
    assert destination.requests[1].headers["Upstash-Retried"] == "1"


async def test_a_message_with_a_slot_gives_it_back_when_it_is_struck(
    server: Server, client: Client, destination: Destination
) -> None:
    add_fault(server, error="reset", times=2)
    limits = {"Upstash_Flow_Control_Key": "key", "Upstash_Flow_Control_Value": "parallelism=1"}
    for _ in range(3):
        await client.publish(destination.url, Upstash_Retry_Delay="1000", **limits)
    await server.travel.run_all()
    assert len(destination.requests) == 3
    assert (await client.get("/v2/flowControl/key"))["parallelismCount"] == 0
