"""The line for each delivery attempt, with any content."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from urllib.parse import quote

import pytest

from qstash_dev.cli.event_lines import json_object
from qstash_dev.cli.line_limiter import LineLimits
from qstash_dev.clock import FrozenClock
from qstash_dev.config import PRO, Config
from qstash_dev.delivery.request import OutgoingRequest
from qstash_dev.delivery.transport import Cancel, Done
from qstash_dev.protocol.failure_reason import HINTS, FailureReason
from qstash_dev.protocol.headers import parse_options
from qstash_dev.protocol.mapping import parse_mapping
from qstash_dev.protocol.publication import Publication
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.protocol.warning import Warning, WarningCode
from qstash_dev.protocol.wording import printable
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import HOUR_MS, NOWHERE
from tests.cli.screen import CONSOLE, Screen
from tests.conftest import NOON_MS, Client, PatientServer
from tests.delivery.conftest import Serve
from tests.destination import Answer, Destination

Printed = Callable[[], list[str]]
STAMP = r"^\d\d:\d\d:\d\d"


def watch(server: Server, **options: bool) -> Printed:
    """Print to memory what the server's first user does from now on."""
    screen = Screen()
    screen.watch(server, **options)
    return screen.shown


async def test_each_attempt_is_a_line(server: Server, client: Client, destination: Destination) -> None:
    printed = watch(server)
    destination.answers(500, 200)
    id = await client.publish(destination.url + "/hook", Upstash_Method="PUT", Upstash_Retries="2")
    await server.advance(HOUR_MS)
    first, second = printed()
    rest = rf"PUT {destination.url}/hook \d+ms {id}"
    assert re.match(rf"{STAMP} 500 {rest} try 1/3 — ", first)
    assert re.fullmatch(rf"{STAMP} 200 {rest} try 2/3", second)


async def test_the_line_shows_where_a_mapping_led(server: Server, client: Client, destination: Destination) -> None:
    server.mappings.add(parse_mapping(f"https://myapp.test/*={destination.url}"))
    lines, objects = Screen(), Screen()
    lines.watch(server)
    objects.watch(server, as_json=True)
    id = await client.publish("https://myapp.test/hook")
    await server.idle()
    await client.publish(destination.url)
    await server.idle()
    mapped, plain = lines.shown()
    where = destination.url.removeprefix("http://")
    assert re.fullmatch(rf"{STAMP} 200 POST https://myapp\.test/hook → {where} \d+ms {id} try 1/4", mapped)
    assert "→" not in plain
    first, second = map(json.loads, objects.shown())
    assert (first["url"], first["sentTo"]) == ("https://myapp.test/hook", f"{destination.url}/hook")
    assert "sentTo" not in second


async def test_a_foreign_host_is_told_once(serve: Serve) -> None:
    server, client = await serve()
    lines, objects = Screen(), Screen()
    lines.watch(server)
    objects.watch(server, as_json=True)
    ids = [await client.publish("https://myapp.invalid", Upstash_Retries="0") for _ in range(2)]
    await server.idle()
    [told] = [line for line in lines.shown() if " WARN " in line]
    assert re.search(r" POST https://myapp\.invalid msg_\w+: myapp\.invalid is not this machine", told)
    [warning] = [event for event in map(json.loads, objects.shown()) if event["event"] == "warning"]
    assert (warning["code"], warning["messageId"]) == ("foreign-host", ids[0])


async def test_attempt_without_an_answer_says_why(server: Server, client: Client) -> None:
    printed = watch(server)
    id = await client.publish(NOWHERE, Upstash_Retries="0")
    await server.idle()
    (line,) = printed()
    why = re.escape("connection refused by 127.0.0.1:1: is your app running?")
    assert re.match(rf"{STAMP} ERR POST {NOWHERE} \d+ms {id} try 1/1: {why} — ", line)


def tails(lines: list[str]) -> list[tuple[str, ...]]:
    """What follows the outcome of each line: the hint, and what comes next."""
    return [tuple(line.split(" — ")[1:]) for line in lines]


REFUSED_HINT = HINTS[FailureReason.CONNECTION_REFUSED]


async def test_line_of_a_failed_attempt_ends_with_the_hint_and_what_comes_next(
    server: Server, client: Client
) -> None:
    printed = watch(server)
    id = await client.publish(NOWHERE, Upstash_Retries="1")
    await server.advance(HOUR_MS)
    [letter] = (await client.get("/v2/dlq"))["messages"]
    given_up = f"given up: dead letter {letter['dlqId']} (see {CONSOLE}#/messages/{id})"
    # The time of the screen stands still, and so the hint is not repeated.
    assert tails(printed()) == [(REFUSED_HINT, "next try in 12 s"), (given_up,)]


@pytest.mark.parametrize(
    ("delay_ms", "shown"),
    [
        (0, "at once"),
        (250, "in 250 ms"),
        (12_000, "in 12 s"),
        (148_000, "in 2 m 28 s"),
        (3_600_000, "in 1 h"),
        (5_025_000, "in 1 h 23 m"),
    ],
)
async def test_next_try_is_told_in_the_two_largest_units(
    server: Server, client: Client, delay_ms: int, shown: str
) -> None:
    printed = watch(server)
    await client.publish(NOWHERE, Upstash_Retries="1", Upstash_Retry_Delay=str(delay_ms))
    await server.idle()
    assert tails(printed()[:1]) == [(REFUSED_HINT, f"next try {shown}")]


@pytest.mark.parametrize("status", [302, 401, 403, 404, 405, 413, 415, 422, 489, 500, 502, 503])
async def test_every_failed_status_has_a_hint(
    server: Server, client: Client, destination: Destination, status: int
) -> None:
    printed, printed_json = watch(server), watch(server, as_json=True)
    destination.answers(Answer(status, b"no", {"Upstash-NonRetryable-Error": "true"} if status == 489 else {}))
    await client.publish(destination.url)
    await server.idle()
    [(look_at, then)] = tails(printed())
    assert look_at == json.loads(printed_json()[0])["hint"]
    # An answer of 489 ends the message although it has retries left.
    assert then.startswith("given up: dead letter " if status == 489 else "next try in 12 s")


async def test_hint_is_told_once_a_second_for_an_origin_and_a_reason(
    server: Server, client: Client, destination: Destination
) -> None:
    screen = Screen()
    screen.watch(server)
    destination.answers(404)
    for url in (f"{destination.url}/a", f"{destination.url}/b", NOWHERE, NOWHERE):
        await client.publish(url)
        await server.idle()
    screen.wait(1)
    await client.publish(NOWHERE)
    await server.idle()
    told = [len(tail) == 2 for tail in tails(screen.shown())]
    assert told == [True, False, True, False, True]


async def test_hint_is_dim(server: Server, client: Client) -> None:
    printed = watch(server, colour=True)
    await client.publish(NOWHERE)
    await server.idle()
    assert f" — \x1b[2m{REFUSED_HINT}\x1b[0m — next try" in printed()[0]


async def test_message_that_is_cancelled_in_flight_is_not_tried_again(
    server: Server, client: Client, destination: Destination
) -> None:
    printed = watch(server)
    hold = asyncio.Event()
    destination.answers(Answer(500, hold=hold))
    id = await client.publish(destination.url)
    await destination.received(1)
    await client.call("DELETE", f"/v2/messages/{id}")
    hold.set()
    await server.idle()
    assert tails(printed())[0][1:] == ("cancelled",)


async def test_call_of_a_workflow_is_given_up_without_a_dead_letter(
    server: Server, client: Client, destination: Destination
) -> None:
    printed = watch(server)
    run = {"Upstash-Workflow-Init": "true", "Upstash-Workflow-RunId": "wfr_1"}
    await client.call("POST", f"/v2/publish/{destination.url}", headers=run | {"Upstash-Delay": "1h"})
    call = {
        "Upstash-Workflow-Init": "false",
        "Upstash-Workflow-RunId": "wfr_1",
        "Upstash-Workflow-CallType": "toCallback",
        "Upstash-Callback": destination.url,
        "Upstash-Callback-Workflow-CallType": "fromCallback",
        "Upstash-Callback-Workflow-RunId": "wfr_1",
        "Upstash-Callback-Forward-Upstash-Workflow-StepId": "1",
        "Upstash-Callback-Forward-Upstash-Workflow-StepName": "ask",
        "Upstash-Callback-Forward-Upstash-Workflow-StepType": "Call",
        "Upstash-Callback-Forward-Upstash-Workflow-Concurrent": "1",
        "Upstash-Retries": "0",
    }
    status, answer = await client.call("POST", f"/v2/publish/{NOWHERE}", headers=call)
    assert status == 201, answer
    await server.idle()
    assert tails(printed())[0][1:] == (f"given up (see {CONSOLE}#/messages/{answer['messageId']})",)


async def test_lines_name_another_user_whose_first_message_is_announced(server: Server, client: Client) -> None:
    screen = Screen()
    screen.watch(server)
    screen.watch(server, user=1)
    other = Client(client.session, client.url, USERS[1].token)
    for _ in range(2):
        await other.publish(NOWHERE, Upstash_Retries="0")
        await server.idle()
    await client.publish(NOWHERE, Upstash_Retries="0")
    await server.idle()
    greeting, first, second, own = screen.shown()
    assert greeting == (
        "testUser1 has its first message: its token is in use; the console shows it under user testUser1"
    )
    assert " try 1/1 [testUser1]: connection refused" in first
    assert first.endswith("?user=testUser1)")
    assert " try 1/1 [testUser1]: connection refused" in second
    assert "User" not in own


async def test_warning_names_another_user(server: Server, client: Client) -> None:
    screen = Screen()
    screen.watch(server, user=2)
    id = await Client(client.session, client.url, USERS[2].token).publish(NOWHERE, Upstash_Delay="1h")
    tenant = server.broker.tenants.all()[2]
    tenant.warn(tenant.messages[id], Warning(WarningCode.CALLBACK_DROPPED, "a callback was dropped"), NOON_MS)
    assert screen.shown()[1].endswith(f" WARN POST {NOWHERE} {id} [testUser2]: a callback was dropped")


async def test_burst_leaves_out_lines_and_keeps_places_for_new_failures(server: Server, client: Client) -> None:
    screen = Screen(LineLimits(lines=6, for_firsts=2))
    screen.watch(server)
    for _ in range(5):
        await client.publish(NOWHERE, Upstash_Retries="0")
        await server.idle()
    await client.publish("http://127.0.0.1:2", Upstash_Retries="0")
    await server.idle()
    screen.wait(1)
    shown = screen.shown()
    urls = [re.search(r"POST (\S+)", line) for line in shown]
    assert [found and found[1] for found in urls] == [*[NOWHERE] * 3, "http://127.0.0.1:2", None]
    assert shown[-1] == ("… 2 more lines in this second: 2 × connection-refused 127.0.0.1:1 (--json prints all)")


class Failing:
    """Every destination answers 500 at once, with another error each time."""

    def __init__(self) -> None:
        self._count = 0

    def start(self, request: OutgoingRequest, done: Done) -> Cancel:
        self._count += 1
        answer = Responded(500, (), b"error %d" % self._count, 0)
        return asyncio.get_running_loop().call_soon(done, answer).cancel

    async def send(self, request: OutgoingRequest) -> DeliveryResult:
        raise AssertionError("only messages are sent")

    async def close(self) -> None:
        pass


async def test_ten_thousand_failures_are_sixty_lines(clock: FrozenClock) -> None:
    server = PatientServer(Config(port=0), clock=clock, transport=Failing())
    await server.start()
    screen = Screen()
    screen.watch(server)
    tenant = server.broker.tenants.all()[0]
    publication = Publication("http://localhost:3000/a", b"", parse_options([("Upstash-Retries", "0")]))
    for _ in range(10_000):
        server.broker.publisher.publish(tenant, publication, NOON_MS)
    await server.idle()
    await server.stop()
    screen.wait(1)
    shown = screen.shown()
    attempts, told = shown[:-1], shown[-1]
    assert len(attempts) + 1 <= 60
    assert told.startswith(f"… {10_000 - len(attempts):,} more lines in this second: ")


async def test_json_is_complete_in_a_burst(server: Server, client: Client) -> None:
    screen = Screen(LineLimits(lines=2, for_firsts=0))
    screen.watch(server, as_json=True)
    for _ in range(5):
        await client.publish(NOWHERE, Upstash_Retries="0")
    await server.idle()
    shown = [json.loads(line) for line in screen.shown()]
    assert [event["hint"] for event in shown] == [REFUSED_HINT] * 5


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
    # The line of a failed attempt tells the event that follows as well.
    assert shown == ["CREATED", "ACTIVE", "500", "ACTIVE", "500"]
    assert all(id in line for line in printed())


async def test_every_event_is_json_when_wanted(server: Server, client: Client, destination: Destination) -> None:
    printed = watch(server, every_event=True, as_json=True)
    destination.answers(500)
    await client.publish(destination.url, Upstash_Retries="1", Upstash_Retry_Delay="2000")
    await server.advance(HOUR_MS)
    events = [json.loads(line) for line in printed()]
    assert [event["state"] for event in events] == [
        "CREATED",
        "ACTIVE",
        "ERROR",
        "RETRY",
        "ACTIVE",
        "ERROR",
        "FAILED",
    ]
    [letter] = (await client.get("/v2/dlq"))["messages"]
    failed = [event for event in events if event["state"] == "ERROR"]
    assert [(one.get("nextDelivery"), one.get("deadLetterId")) for one in failed] == [
        (NOON_MS + 2_000, None),
        (None, letter["dlqId"]),
    ]


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


@pytest.mark.parametrize("text", [*HOSTILE, "\x1b[2J", "\x7f", "é", "\ud800", 'a"b\\\n'])
def test_json_is_printable_ascii_and_loses_nothing(text: str) -> None:
    line = json_object(text=text, count=1, none=None)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) == {"text": text, "count": 1, "none": None}


def test_readable_text_is_left_alone() -> None:
    assert printable("naïve 日本語 🎈 ~\\") == "naïve 日本語 🎈 ~\\"


async def test_json_says_all_about_an_attempt(server: Server, client: Client, destination: Destination) -> None:
    printed = watch(server, as_json=True)
    destination.answers(Answer(503, b""), 200)
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
        "hint": "the app says that it is not ready: is it still starting?",
        "nextDelivery": NOON_MS + 2_000,
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
