"""``qstash-dev backoff``: the delays are those of the server."""

from __future__ import annotations

import json

import pytest

from qstash_dev.server import Server
from tests.cli.commands.support import output, refusal, run
from tests.conftest import Client
from tests.destination import Destination


def delays(*args: str) -> list[int]:
    told = json.loads(output("backoff", *args, "--json"))
    numbers = [one["number"] for one in told["attempts"]]
    assert numbers == list(range(1, told["retries"] + 2))
    return [one["delayMs"] for one in told["attempts"]]


def test_default_curve() -> None:
    assert output("backoff").splitlines() == [
        "attempt 1  at once",
        "attempt 2  after 12 s      12 s after the first",
        "attempt 3  after 2 m 28 s  2 m 40 s after the first",
        "attempt 4  after 30 m      32 m after the first",
        "then it has failed, and goes to the dead letter queue",
    ]
    assert delays("--retries", "6") == [0, 12_000, 148_000, 1_808_000, 22_026_000, 86_400_000, 86_400_000]


def test_no_retries() -> None:
    assert output("backoff", "--retries", "0").splitlines()[1].startswith("then it has failed")


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["1000 * pow(2, retried)"], [0, 1_000, 2_000, 4_000]),
        (["1000", "--header", "Retry-After: 6m"], [0, 360_000, 360_000, 360_000]),
        (["--header", "x-ratelimit-reset: 7", "--retries", "1"], [0, 7_000]),
        (["pow(10, 99)", "--retries", "1"], [0, 86_400_000]),
    ],
)
def test_expressions_and_headers(args: list[str], expected: list[int]) -> None:
    assert delays(*args) == expected


async def test_delays_are_those_of_the_server(server: Server, client: Client, destination: Destination) -> None:
    destination.answers(500)
    expression = "500 + 1000 * retried"
    id = await client.publish(destination.url, Upstash_Retries="2", Upstash_Retry_Delay=expression)
    await client.call("POST", "/_dev/clock/run-all")
    timeline = (await client.get(f"/_dev/messages/{id}"))["timeline"]
    waits = [event["nextDelivery"] - event["time"] for event in timeline if "nextDelivery" in event]
    assert waits == delays(expression, "--retries", "2")[1:]


@pytest.mark.parametrize("header", ["Retry-After: soon", "Retry-After: 2d", "X-Other: 6m"])
def test_header_without_a_wait_is_told(header: str) -> None:
    done = run("backoff", "--header", header)
    assert (done.exit_code, done.stdout) == (0, output("backoff"))
    assert "finds no wait" in done.stderr


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["1000 * 2 ^ retried"], "is no expression: unexpected '^ retried': use pow(base, exponent)"),
        (["10s"], "the value is in milliseconds and has no unit"),
        (["--retries", "-1"], "-1 is not in the range 0<=x<=1000"),
        (["--header", "Retry-After"], "'Retry-After' is no header such as 'Retry-After: 6m'"),
    ],
)
def test_wrong_usage(args: list[str], text: str) -> None:
    assert text in refusal("backoff", *args)
