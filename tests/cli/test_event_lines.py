"""The line for each delivery attempt, with any content."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from io import StringIO
from urllib.parse import quote

import pytest

from qstash_dev.cli.event_lines import EventPrinter
from qstash_dev.cli.output import Output, left_out
from qstash_dev.config import PRO
from qstash_dev.protocol.wording import printable
from qstash_dev.server import Server
from tests.api.support import HOUR_MS, NOWHERE
from tests.conftest import NOON_MS, Client
from tests.delivery.conftest import Serve
from tests.destination import Answer, Destination

Printed = Callable[[], list[str]]
STAMP = r"^\d\d:\d\d:\d\d"


def watch(server: Server, **options: bool) -> Printed:
    """Print to memory what the server's first user does from now on."""
    stream = StringIO()
    output = Output(stream, left_out)
    chosen = {"every_event": False, "as_json": False, "colour": False} | options
    server.broker.tenants.all()[0].log.subscribers.append(EventPrinter(output, **chosen))

    def printed() -> list[str]:
        output.close()
        return stream.getvalue().split("\n")[:-1]

    return printed


async def test_each_attempt_is_a_line(server: Server, client: Client, destination: Destination) -> None:
    printed = watch(server)
    destination.answers(500, 200)
    id = await client.publish(destination.url + "/hook", Upstash_Method="PUT", Upstash_Retries="2")
    await server.advance(HOUR_MS)
    first, second = printed()
    rest = rf"PUT {destination.url}/hook \d+ms {id}"
    assert re.fullmatch(rf"{STAMP} 500 {rest} try 1/3", first)
    assert re.fullmatch(rf"{STAMP} 200 {rest} try 2/3", second)


async def test_attempt_without_an_answer_says_why(server: Server, client: Client) -> None:
    printed = watch(server)
    id = await client.publish(NOWHERE, Upstash_Retries="0")
    await server.idle()
    (line,) = printed()
    why = re.escape("connection refused by 127.0.0.1:1: is your app running?")
    assert re.fullmatch(rf"{STAMP} ERR POST {NOWHERE} \d+ms {id} try 1/1: {why}", line)


async def test_good_status_that_is_a_failure_says_why(
    server: Server, client: Client, destination: Destination
) -> None:
    printed = watch(server)
    destination.answers(Answer(body=bytes(server.config.quota.max_message_bytes + 1)))
    await client.publish(destination.url, Upstash_Retries="0")
    await server.idle()
    (line,) = printed()
    assert " 200 POST " in line
    assert "try 1/1: HTTP status 200, but its body is larger than" in line


async def test_every_event_is_a_line_when_wanted(server: Server, client: Client, destination: Destination) -> None:
    printed = watch(server, every_event=True)
    destination.answers(500)
    id = await client.publish(destination.url, Upstash_Retries="1", Upstash_Retry_Delay="2000")
    await server.advance(HOUR_MS)
    shown = [line.split(" ", 2)[1] for line in printed()]
    assert shown == ["CREATED", "ACTIVE", "500", "RETRY", "ACTIVE", "500", "FAILED"]
    assert all(id in line for line in printed())


async def test_waiting_message_says_until_when(server: Server, client: Client) -> None:
    printed = watch(server, every_event=True)
    await client.publish(NOWHERE, Upstash_Delay="1d")
    assert re.search(r" CREATED .* try 1/4, next delivery 2026-01-0[123] \d\d:\d\d:\d\d$", printed()[0])


async def test_time_beyond_all_calendars_is_shown_all_the_same(serve: Serve) -> None:
    server, client = await serve(quota=PRO)
    printed = watch(server, every_event=True)
    await client.publish(NOWHERE, Upstash_Not_Before="999999999999")
    assert printed()[0].endswith(f", next delivery {999_999_999_999_000} ms")


HOSTILE = [
    pytest.param("\x9b31m", id="one-byte escape sequence"),
    pytest.param("\u202egnp.exe", id="text that runs backwards"),
    pytest.param("\u2028", id="line separator"),
    pytest.param("\x85", id="next line"),
    pytest.param("\u200b", id="nothing to see"),
    pytest.param("\U000e0041", id="tag"),
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("as_json", [False, True])
async def test_url_cannot_steer_the_terminal(server: Server, client: Client, text: str, as_json: bool) -> None:
    printed = watch(server, as_json=as_json)
    await client.call(
        "POST", "/v2/batch", json=[{"destination": f"{NOWHERE}/{text}.", "headers": {"Upstash-Retries": "0"}}]
    )
    await server.idle()
    (line,) = printed()
    assert line.isprintable()
    assert f"{NOWHERE}/" in line
    if as_json:
        assert json.loads(line)["url"] == f"{NOWHERE}/{quote(text)}."


@pytest.mark.parametrize("text", HOSTILE)
def test_error_text_cannot_steer_the_terminal(text: str) -> None:
    shown = printable(f"cannot{text}\x1b[2J\r\n connect")
    assert shown.isprintable()
    assert len(shown) == len(f"cannot{text}\x1b[2J\r\n connect")


def test_readable_text_is_left_alone() -> None:
    assert printable("naïve 日本語 🎈 ~\\") == "naïve 日本語 🎈 ~\\"


async def test_json_says_all_about_an_attempt(server: Server, client: Client, destination: Destination) -> None:
    printed = watch(server, as_json=True)
    destination.answers(503, 200)
    id = await client.publish(destination.url, Upstash_Retries="1", Upstash_Retry_Delay="2000")
    await server.advance(HOUR_MS)
    first, second = map(json.loads, printed())
    common = {
        "event": "attempt",
        "user": "defaultUser",
        "messageId": id,
        "method": "POST",
        "url": destination.url,
        "tries": 2,
    }
    assert first.pop("durationMs") >= 0
    assert second.pop("durationMs") >= 0
    assert first == common | {
        "time": NOON_MS,
        "state": "ERROR",
        "try": 1,
        "status": 503,
        "error": "HTTP status 503",
        "failureReason": "http-status",
    }
    assert second == common | {"time": NOON_MS + 2_000, "state": "DELIVERED", "try": 2, "status": 200}


async def test_json_says_why_there_is_no_answer(server: Server, client: Client) -> None:
    printed = watch(server, as_json=True)
    await client.publish(NOWHERE, Upstash_Retries="0")
    await server.idle()
    attempt = json.loads(printed()[0])
    assert attempt["error"] == "connection refused by 127.0.0.1:1: is your app running?"
    assert "status" not in attempt


async def test_json_says_until_when_a_message_waits(server: Server, client: Client) -> None:
    printed = watch(server, as_json=True, every_event=True)
    await client.publish(NOWHERE, Upstash_Delay="5s")
    created = json.loads(printed()[0])
    assert (created["state"], created["nextDelivery"]) == ("CREATED", NOON_MS + 5_000)


async def test_json_tells_states_from_attempts(server: Server, client: Client, destination: Destination) -> None:
    printed = watch(server, as_json=True, every_event=True)
    await client.publish(destination.url)
    await server.idle()
    events = [(event["event"], event["state"]) for event in map(json.loads, printed())]
    assert events == [("state", "CREATED"), ("state", "ACTIVE"), ("attempt", "DELIVERED")]


@pytest.mark.parametrize(("answer", "colour"), [(200, "32"), (500, "31")])
async def test_outcome_has_a_colour(
    server: Server, client: Client, destination: Destination, answer: int, colour: str
) -> None:
    printed = watch(server, colour=True)
    destination.answers(answer)
    await client.publish(destination.url, Upstash_Retries="0")
    await server.idle()
    assert re.match(rf"{STAMP} \x1b\[{colour}m{answer}\x1b\[0m POST ", printed()[0])
