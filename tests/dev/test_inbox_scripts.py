"""``PUT /_dev/inboxes/{name}/script``: the answers of an inbox, and their effect on deliveries."""

from __future__ import annotations

import asyncio
import time
from io import BytesIO
from typing import Any

import aiohttp
import pytest

from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config
from qstash_dev.server import Server
from tests.conftest import NOON_MS, Client
from tests.dev.conftest import Dev
from tests.travel.conftest import times


async def answers(dev: Dev, count: int, url: str | None = None) -> list[tuple[int, bytes]]:
    """What the inbox says to so many requests."""
    found = []
    for _ in range(count):
        async with dev.client.session.post(url or dev.inbox()) as response:
            found.append((response.status, await response.read()))
    return found


async def test_answers_come_in_order_and_the_last_repeats(dev: Dev) -> None:
    script = [500, [503, "busy"], {"status": 201, "json": {"a": 1}}, {"bodyBase64": "/w=="}]
    assert (await dev.put("inboxes/a/script", script=script))["script"] == 4
    assert await answers(dev, 5) == [(500, b""), (503, b"busy"), (201, b'{"a":1}'), (200, b"\xff"), (200, b"\xff")]


async def test_headers_are_answered_as_they_are_written(dev: Dev) -> None:
    headers = {"Retry-After": "7", "X-A": "ü", "content-type": "text/x"}
    await dev.put("inboxes/a/script", script=[{"status": 429, "headers": headers, "body": "b"}])
    async with dev.client.session.post(dev.inbox()) as response:
        assert (response.headers["Retry-After"], response.headers["X-A"]) == ("7", "ü")
        assert (response.headers["Content-Type"], await response.text()) == ("text/x", "b")


@pytest.mark.parametrize("status", [200, 204, 205, 299, 302, 304, 404, 489, 500, 599])
async def test_any_status_can_be_answered(dev: Dev, status: int) -> None:
    await dev.put("inboxes/a/script", script=[status])
    async with dev.client.session.post(dev.inbox(), allow_redirects=False) as response:
        assert (response.status, await response.read()) == (status, b"")


async def test_retry_after_decides_when_it_is_called_again(dev: Dev, client: Client) -> None:
    await dev.put("inboxes/a/script", script=[{"status": 429, "headers": {"Retry-After": "3600"}}, 200])
    await client.publish(dev.inbox())
    await dev.post("clock/run-all")
    assert await times(client) == [NOON_MS, NOON_MS + 3_600_000]


async def test_a_non_retryable_error_ends_all_retries(dev: Dev, client: Client) -> None:
    headers = {"Upstash-NonRetryable-Error": "true"}
    await dev.put("inboxes/a/script", script=[{"status": 489, "headers": headers}])
    id = await client.publish(dev.inbox())
    await dev.post("clock/run-all")
    assert await client.states(id) == ["CREATED", "ACTIVE", "ERROR", "FAILED"]


async def test_a_dropped_connection_is_a_reset(dev: Dev, client: Client) -> None:
    await dev.put("inboxes/a/script", script=[{"drop": True}, 200])
    id = await client.publish(dev.inbox())
    await dev.post("clock/run-all")
    assert await client.states(id) == ["CREATED", "ACTIVE", "ERROR", "RETRY", "ACTIVE", "DELIVERED"]
    [error] = (await client.get("/v2/events?state=ERROR"))["events"]
    assert error["error"] == f"127.0.0.1:{dev.url.rpartition(':')[2]} reset the connection"
    assert (await dev.get("inboxes/a"))["received"] == 2


async def test_whoever_calls_a_dropping_inbox_sees_a_reset(dev: Dev) -> None:
    await dev.put("inboxes/a/script", script=[{"drop": True, "delay": "1ms"}])
    with pytest.raises(aiohttp.ClientOSError, match="reset by peer"):
        await answers(dev, 1)


async def test_a_delay_takes_real_time(dev: Dev) -> None:
    await dev.put("inboxes/a/script", script=[{"delay": "40ms", "status": 202}, 200])
    started = time.perf_counter()
    assert await answers(dev, 1) == [(202, b"")]
    assert time.perf_counter() - started >= 0.04


async def test_a_delay_beyond_the_timeout_of_a_message_times_out(dev: Dev, client: Client) -> None:
    await dev.put("inboxes/a/script", script=[{"delay": 600}, 200])
    await client.publish(dev.inbox(), Upstash_Timeout="30ms")
    await dev.post("clock/run-all")
    [error] = (await client.get("/v2/events?state=ERROR"))["events"]
    assert "within 0.03 s" in error["error"]
    assert (await dev.get("inboxes/a"))["received"] == 2


async def test_a_new_script_replaces_the_old_one_and_keeps_what_was_caught(dev: Dev) -> None:
    await dev.put("inboxes/a/script", script=[500, 501, 502])
    await answers(dev, 1)
    await dev.put("inboxes/a/script", script=[404])
    assert await answers(dev, 1) == [(404, b"")]
    assert (await dev.get("inboxes/a"))["received"] == 2


async def test_inboxes_have_scripts_of_their_own(dev: Dev) -> None:
    await dev.put("inboxes/a/script", script=[500])
    assert await answers(dev, 1, dev.inbox("b")) == [(200, b"")]


async def test_a_large_answer_can_be_scripted(dev: Dev) -> None:
    async with dev.client.session.put(
        f"{dev.url}/_dev/inboxes/a/script", data=BytesIO(b'{"script":[{"body":"%s"}]}' % (b"x" * 5_000_000))
    ) as response:
        assert response.status == 200
    [(_, body)] = await answers(dev, 1)
    assert len(body) == 5_000_000


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({}, ": use an array of 1 to 10000 answers"),
        ({"script": []}, ": use an array of 1 to 10000 answers"),
        ({"script": 500}, ": use an array of 1 to 10000 answers"),
        ({"script": [200] * 10_001}, ": use an array of 1 to 10000 answers"),
        ({"script": [99]}, "[0]: 99 is not a status: use a number from 200 to 599"),
        ({"script": [200, None]}, "[1]: null is not an answer"),
        ({"script": [{"status": 200, "text": "x"}]}, "[0]: unknown field text in an answer: use status, body"),
        ({"script": [{"headers": {"A": "b\nc"}}]}, "[0]: header A of an answer may not hold line breaks"),
        ({"script": [{"delay": -1}]}, "[0]: delay: use a duration that is not negative"),
        ({"script": [{"body": 1}]}, "[0]: the body of an answer must be text"),
    ],
)
async def test_an_impossible_script_is_refused_and_changes_nothing(dev: Dev, fields: Any, reason: str) -> None:
    await dev.put("inboxes/a/script", script=[418])
    status, error = await dev.error("PUT", "inboxes/a/script", fields)
    expected = f"invalid field script{reason}"
    assert (status, error[: len(expected)]) == (400, expected)
    assert await answers(dev, 1) == [(418, b"")]


async def test_a_server_that_stops_does_not_wait_for_slow_answers() -> None:
    server = Server(Config(port=0, shutdown_grace_s=5), clock=FrozenClock(NOON_MS))
    await server.start()
    async with aiohttp.ClientSession() as session:
        dev = Dev(Client(session, server.url, ""))
        await dev.put("inboxes/a/script", script=[{"delay": 600}])
        slow = asyncio.create_task(session.post(dev.inbox()))
        await dev.post("inboxes/a/wait", count=1)
        waiting = asyncio.create_task(session.post(f"{dev.url}/_dev/inboxes/b/wait", json={"timeout": 600}))
        while "b" not in server.inboxes.all:
            await dev.get("clock")
        started = time.perf_counter()
        await server.stop()
        assert time.perf_counter() - started < 0.9
        for answer in await asyncio.gather(slow, waiting):
            assert (answer.status, await answer.json()) == (503, {"error": "the server is stopping"})
