"""Publish: an invalid value is refused with the name of its field, and no message is created."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.api.support import NOWHERE, error
from tests.conftest import Client

FLOW_KEY = {"Upstash-Flow-Control-Key": "k"}
CALLBACK = {"Upstash-Callback": "https://example.com"}
FAILURE_CALLBACK = {"Upstash-Failure-Callback": "https://example.com"}

# Field → values; what else the request must hold for the field to matter is in CONTEXT.
BAD: dict[str, list[str]] = {
    "Upstash-Method": ["HEAD", "OPTIONS", "BREW", "GET POST"],
    "Upstash-Timeout": ["soon", "0s", "-5s", "5 minutes", "5x", "s"],
    "Upstash-Retries": ["-1", "many", "1.5", "3,3", "0x1", "1e1", "99999999999999999999"],
    "Upstash-Retry-Delay": ["pow(2", "retries * 2", "__import__('os')", "1 +", "1 2", "pow(1)", "retried.real"],
    "Upstash-Delay": ["60", "1w", "soon", "-5s", "5x", "1h-1m", "s", "10s later"],
    "Upstash-Not-Before": ["tomorrow", "-1", "nan", "inf", "2026-01-01T00:00:00Z", "1_800_000_000"],
    "Upstash-Callback": ["example.com", "ftp://example.com", "my-group", "http://", "https://example.com:99999"],
    "Upstash-Failure-Callback": ["example.com", "my-group", "http://"],
    "Upstash-Callback-Method": ["BREW"],
    "Upstash-Callback-Retries": ["-1", "x"],
    "Upstash-Callback-Timeout": ["soon"],
    "Upstash-Callback-Delay": ["soon"],
    "Upstash-Callback-Retry-Delay": ["pow("],
    "Upstash-Callback-Failure-Callback": ["example.com"],
    "Upstash-Failure-Callback-Method": ["BREW"],
    "Upstash-Failure-Callback-Retries": ["x"],
    "Upstash-Failure-Callback-Timeout": ["soon"],
    "Upstash-Content-Based-Deduplication": ["maybe", "yes"],
    "Upstash-Header-Forward": ["maybe"],
    "Upstash-Redact-Fields": ["everything", "header[", "body,url", "header[]", "body[x]"],
    "Upstash-Deduplication-Id": ["a:b", "x" * 4_097],
    "Upstash-Callback-Deduplication-Id": ["a:b"],
    "Upstash-Failure-Callback-Deduplication-Id": ["a:b"],
    "Upstash-Label": ["a:b", "a,b c", "ü"],
    "Upstash-Callback-Label": ["a:b"],
    "Upstash-Queue-Name": ["a b", "a/b", "q" * 300, "ü"],
    "Upstash-Flow-Control-Value": [
        "rate=0",
        "rate=-1",
        "rate=x",
        "rate=1.5",
        "rate",
        "parallelism=0",
        "period=1m",
        "rate=1, period=8d",
        "rate=1, period=0s",
        "rate=1, period=soon",
        "speed=3",
        "rate=1; parallelism=2",
    ],
}
CONTEXT = {
    "Upstash-Callback-": CALLBACK,
    "Upstash-Failure-Callback-": FAILURE_CALLBACK,
    "Upstash-Flow-Control-Value": FLOW_KEY,
}
CASES = [(field, value) for field, values in BAD.items() for value in values]
FIRST = [(field, values[0]) for field, values in BAD.items()]


def context(field: str) -> dict[str, str]:
    return next((headers for prefix, headers in CONTEXT.items() if field.startswith(prefix)), {})


async def assert_refused(client: Client, field: str, target: str, headers: dict[str, str]) -> None:
    status, text = await error(client, "POST", target, headers=headers)
    assert status == 400
    assert field in text
    assert await client.get("/v2/events") == {"events": []}
    assert await client.get("/v2/queues") == []


@pytest.mark.parametrize(("field", "value"), CASES, ids=lambda value: value[:40])
async def test_a_bad_header_is_named(client: Client, field: str, value: str) -> None:
    await assert_refused(client, field, f"/v2/publish/{NOWHERE}", context(field) | {field: value})


@pytest.mark.never_by_the_gate
@pytest.mark.parametrize(("field", "value"), FIRST, ids=lambda value: value[:40])
async def test_a_bad_query_parameter_is_named(client: Client, field: str, value: str) -> None:
    given = context(field) | {field: value}
    query = "&".join(f"{name.lower()}={quote(text, safe='')}" for name, text in given.items())
    await assert_refused(client, field, f"/v2/publish/{NOWHERE}?{query}", {})


@pytest.mark.never_by_the_gate
@pytest.mark.parametrize(("field", "value"), FIRST)
@pytest.mark.parametrize("verb", ["/v2/enqueue/q/", "/v2/schedules/"])
async def test_enqueue_and_schedules_check_the_same(client: Client, verb: str, field: str, value: str) -> None:
    headers = {"Upstash-Cron": "* * * * *"} | context(field) | {field: value}
    await assert_refused(client, field, f"{verb}{NOWHERE}", headers)
    assert await client.get("/v2/schedules") == []


async def test_limits_need_a_flow_control_key(client: Client) -> None:
    headers = {"Upstash-Flow-Control-Value": "rate=1"}
    await assert_refused(client, "Upstash-Flow-Control-Key", f"/v2/publish/{NOWHERE}", headers)


async def test_a_flow_control_key_needs_limits(client: Client) -> None:
    await assert_refused(client, "Upstash-Flow-Control-Value", f"/v2/publish/{NOWHERE}", FLOW_KEY)


@pytest.mark.parametrize(
    ("parameter", "field"),
    [
        ("upstash-forward-x=a%0D%0AInjected:%201", "Upstash-Forward-X"),
        ("upstash-forward-x=a%00b", "Upstash-Forward-X"),
        ("upstash-forward-a%20b=1", "Upstash-Forward-"),
        ("upstash-forward-a%0D%0Ab=1", "Upstash-Forward-"),
        ("upstash-forward-=1", "Upstash-Forward-"),
        ("upstash-callback-forward-x=a%0Ab&upstash-callback=http://a", "Upstash-Callback-Forward-X"),
    ],
)
async def test_a_header_that_cannot_be_forwarded_is_named(client: Client, parameter: str, field: str) -> None:
    await assert_refused(client, field, f"/v2/publish/{NOWHERE}?{parameter}", {})


async def test_callbacks_of_callbacks_do_not_nest_for_ever(client: Client) -> None:
    names = ["Upstash-" + "Callback-" * depth + "Callback" for depth in range(8)]
    await assert_refused(
        client, "Callback", f"/v2/publish/{NOWHERE}", dict.fromkeys(names, "https://example.com/callback")
    )


async def test_an_error_does_not_repeat_a_long_value_in_full(client: Client) -> None:
    _, text = await error(client, "POST", f"/v2/publish/{NOWHERE}", headers={"Upstash-Retries": "x" * 5_000})
    assert len(text) < 500
