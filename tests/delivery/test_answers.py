"""The destination's answer: Retry-After, non-retryable errors, and what is shown of it."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import pytest

from qstash_dev.server import Server
from tests.conftest import NOON_MS, Client
from tests.delivery.conftest import events
from tests.delivery.rogue import Rogue, says, says_and_stays
from tests.destination import Answer, Destination

FIRST_BACKOFF_MS = 12_000
DAY_S = 86_400


async def wait_ms(
    server: Server,
    client: Client,
    destination: Destination,
    headers: dict[str, str],
    status: int = 429,
    **options: str,
) -> int:
    """How long after a failed first attempt the second one is due."""
    destination.answers(Answer(status=status, headers=headers), 200)
    id = await client.publish(destination.url, **options)
    await server.idle()
    [retry] = await events(client, id, "RETRY")
    return int(retry["nextDeliveryTime"]) - NOON_MS


@pytest.mark.parametrize(
    "name", ["Retry-After", "X-RateLimit-Reset", "X-RateLimit-Reset-Requests", "X-RateLimit-Reset-Tokens"]
)
@pytest.mark.parametrize(
    ("value", "expected_ms"),
    [
        ("120", 120_000),
        ("0", 0),
        (" 7 ", 7_000),
        ("6m5s", 365_000),
        ("1h0m0.5s", 3_600_500),
        ("20ms", 20),
        ("1.5s", 1_500),
        ("Thu, 01 Jan 2026 12:05:00 GMT", 300_000),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0),
        (str(DAY_S), DAY_S * 1_000),
        (str(DAY_S + 1), FIRST_BACKOFF_MS),
        ("24h1s", FIRST_BACKOFF_MS),
        ("Sat, 03 Jan 2026 12:00:00 GMT", FIRST_BACKOFF_MS),
        ("1767268800", FIRST_BACKOFF_MS),
        ("soon", FIRST_BACKOFF_MS),
        ("", FIRST_BACKOFF_MS),
        ("9" * 5_000, FIRST_BACKOFF_MS),
        ("Thu, 99 Foo 2026 99:99:99 GMT", FIRST_BACKOFF_MS),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_answer_says_when_to_come_back(
    server: Server, client: Client, destination: Destination, name: str, value: str, expected_ms: int
) -> None:
    assert await wait_ms(server, client, destination, {name: value}) == expected_ms


@pytest.mark.parametrize("status", [300, 400, 404, 429, 489, 500, 503])
async def test_every_failing_status_may_say_when_to_come_back(
    server: Server, client: Client, destination: Destination, status: int
) -> None:
    assert await wait_ms(server, client, destination, {"Retry-After": "33"}, status) == 33_000


@pytest.mark.parametrize("name", ["retry-after", "RETRY-AFTER", "x-ratelimit-reset", "X-RATELIMIT-RESET-TOKENS"])
async def test_case_of_the_header_does_not_matter(
    server: Server, client: Client, destination: Destination, name: str
) -> None:
    assert await wait_ms(server, client, destination, {name: "33"}) == 33_000


@pytest.mark.parametrize(
    ("headers", "expected_ms"),
    [
        ({"X-RateLimit-Reset": "20", "Retry-After": "10"}, 10_000),
        ({"X-RateLimit-Reset-Requests": "30s", "X-RateLimit-Reset": "20"}, 20_000),
        ({"X-RateLimit-Reset-Tokens": "40s", "X-RateLimit-Reset-Requests": "30s"}, 30_000),
        ({"Retry-After": "soon", "X-RateLimit-Reset": "20"}, 20_000),
        ({"Retry-After": str(DAY_S + 1), "X-RateLimit-Reset": "20"}, 20_000),
    ],
)
async def test_first_usable_header_in_documented_order_decides(
    server: Server, client: Client, destination: Destination, headers: dict[str, str], expected_ms: int
) -> None:
    assert await wait_ms(server, client, destination, headers) == expected_ms


async def test_answer_beats_the_messages_own_retry_delay(
    server: Server, client: Client, destination: Destination
) -> None:
    assert await wait_ms(server, client, destination, {"Retry-After": "9"}, Upstash_Retry_Delay="1000") == 9_000


async def test_retry_delay_applies_when_the_answer_asks_for_more_than_a_day(
    server: Server, client: Client, destination: Destination
) -> None:
    headers = {"Retry-After": str(2 * DAY_S)}
    assert await wait_ms(server, client, destination, headers, Upstash_Retry_Delay="1000") == 1_000


async def test_retry_comes_exactly_when_the_answer_asked_for_it(
    server: Server, client: Client, destination: Destination
) -> None:
    assert await wait_ms(server, client, destination, {"Retry-After": "60"}) == 60_000
    await server.advance(59_999)
    assert len(destination.requests) == 1
    await server.advance(1)
    assert len(destination.requests) == 2


async def test_rate_limit_headers_of_a_success_change_nothing(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(Answer(headers={"Retry-After": "1", "X-RateLimit-Reset": "1"}))
    id = await client.publish(destination.url)
    await server.advance(60_000)
    assert await client.states(id) == ["CREATED", "ACTIVE", "DELIVERED"]


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206, 299])
async def test_every_2xx_is_a_success(server: Server, client: Client, destination: Destination, status: int) -> None:
    destination.answers(Answer(status=status, body=b""))
    id = await client.publish(destination.url)
    await server.idle()
    assert await client.states(id) == ["CREATED", "ACTIVE", "DELIVERED"]
    assert (await events(client, id, "DELIVERED"))[0]["responseStatus"] == status


@pytest.mark.parametrize(
    ("status", "headers", "attempts"),
    [
        (489, {"Upstash-NonRetryable-Error": "true"}, 1),
        (489, {"upstash-nonretryable-error": "true"}, 1),
        (489, {"UPSTASH-NONRETRYABLE-ERROR": "true", "Retry-After": "1"}, 1),
        (489, {}, 4),
        (489, {"Upstash-NonRetryable-Error": "false"}, 4),
        (500, {"Upstash-NonRetryable-Error": "true"}, 4),
        (400, {"Upstash-NonRetryable-Error": "true"}, 4),
    ],
)
async def test_only_489_with_its_header_ends_the_retries(
    server: Server, client: Client, destination: Destination, status: int, headers: dict[str, str], attempts: int
) -> None:
    destination.answers(Answer(status=status, headers=headers))
    id = await client.publish(destination.url, Upstash_Retry_Delay="10")
    await server.advance(10_000)
    failed = ["ACTIVE", "ERROR", "RETRY"]
    assert await client.states(id) == ["CREATED", *failed * (attempts - 1), "ACTIVE", "ERROR", "FAILED"]
    [letter] = (await client.get("/v2/dlq"))["messages"]
    assert (letter["messageId"], letter["responseStatus"]) == (id, status)


async def test_non_retryable_error_calls_the_failure_callback(
    server: Server, client: Client, destination: Destination
) -> None:
    destination.answers(Answer(status=489, headers={"Upstash-NonRetryable-Error": "true"}), path="/hook")
    await client.publish(f"{destination.url}/hook", Upstash_Failure_Callback=f"{destination.url}/failed")
    await server.idle()
    assert destination.paths() == ["/hook", "/failed"]
    assert (destination.requests[1].json["status"], destination.requests[1].json["retried"]) == (489, 0)


@pytest.mark.parametrize("body", [b"plain", "ü😀".encode(), b"\xff\x00bytes", b"", b"half \xc3"])
async def test_body_of_an_answer_is_shown_in_log_and_dead_letter_queue(
    server: Server, client: Client, destination: Destination, body: bytes
) -> None:
    destination.answers(Answer(status=500, body=body))
    id = await client.publish(destination.url, Upstash_Retries="0")
    await server.idle()
    [error] = await events(client, id, "ERROR")
    [letter] = (await client.get("/v2/dlq"))["messages"]
    assert b64decode(error.get("responseBody", "")) == body
    assert shown_body(letter) == expected_body(body)


def shown_body(letter: dict[str, Any]) -> dict[str, str]:
    return {name: value for name, value in letter.items() if name.startswith("responseBody")}


def expected_body(body: bytes) -> dict[str, str]:
    if not body:
        return {}
    try:
        return {"responseBody": body.decode()}
    except UnicodeDecodeError:
        return {"responseBodyBase64": b64encode(body).decode()}


@pytest.mark.parametrize("status", [200, 500])
async def test_headers_of_an_answer_are_shown_with_all_their_values(
    server: Server, client: Client, status: int
) -> None:
    head = f"HTTP/1.1 {status} Odd\r\nContent-Length: 0\r\nset-cookie: a=1\r\n"
    head += "X-odd: ü, b\r\nSet-Cookie: b=2\r\nX-Empty:\r\n"
    async with Rogue(says_and_stays(head.encode() + b"\r\n")) as rogue:
        id = await client.publish(rogue.url, Upstash_Retries="0")
        await server.idle()
        [event] = await events(client, id, "DELIVERED" if status == 200 else "ERROR")
        expected = {"Content-Length": ["0"], "Set-Cookie": ["a=1", "b=2"], "X-Odd": ["ü, b"], "X-Empty": [""]}
        assert event["responseHeaders"] == event["responseHeader"] == expected
        letters = (await client.get("/v2/dlq"))["messages"]
        assert [letter["responseHeader"] for letter in letters] == ([] if status == 200 else [expected])


async def test_header_that_is_not_utf8_does_not_break_the_log(server: Server, client: Client) -> None:
    answer = b"HTTP/1.1 200 OK\r\nX-Odd: caf\xe9\r\nContent-Length: 0\r\n\r\n"
    async with Rogue(says(answer, answer)) as rogue:
        id = await client.publish(rogue.url, Upstash_Callback=f"{rogue.url}/done")
        await server.idle()
        [delivered] = await events(client, id, "DELIVERED")
        [value] = delivered["responseHeaders"]["X-Odd"]
        assert value.startswith("caf")
        assert len(rogue.requests) == 2
