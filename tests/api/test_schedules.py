"""Schedules as a resource: creating, overwriting, reading, pausing and deleting them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from qstash_dev.server import Server
from tests.api.support import NOWHERE, done, error, make_group
from tests.conftest import NOON_MS, Client

MINUTE_MS = 60_000
URL = "https://example.com/x"
CRON = {"Upstash-Cron": "* * * * *"}
MINE = {"Upstash-Schedule-Id": "mine"}
CALLBACK = "https://oz.example/?foo=bar"
FLOW = "Upstash-Flow-Control-Value"

# Headers → what they add to the schedule or change in it.
OPTIONS: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({}, {}),
    ({"Upstash-Method": "get"}, {"method": "GET"}),
    ({"Upstash-Retries": "0"}, {"retries": 0}),
    ({"Upstash-Retry-Delay": "1000"}, {"retryDelayExpression": "1000"}),
    ({"Upstash-Delay": "10s"}, {"delay": 10}),
    ({"Upstash-Delay": "1h30m"}, {"delay": 5_400}),
    ({"Upstash-Timeout": "90s"}, {"timeout": 90_000}),
    ({"Upstash-Queue-Name": "queue"}, {"queueName": "queue"}),
    ({"Upstash-Label": "one,two"}, {"label": "one", "labels": ["one", "two"]}),
    ({"Upstash-Callback": CALLBACK}, {"callback": CALLBACK}),
    (
        {"Upstash-Callback": CALLBACK, "Upstash-Callback-Forward-A": "1"},
        {"callback": CALLBACK, "callbackHeader": {"A": ["1"]}},
    ),
    (
        {"Upstash-Failure-Callback": CALLBACK, "Upstash-Failure-Callback-Forward-A": "1"},
        {"failureCallback": CALLBACK, "failureCallbackHeader": {"A": ["1"]}},
    ),
    (
        {"Content-Type": "text/plain", "Upstash-Forward-my-header": "my value", "Upstash-Forward-B": "2"},
        {"header": {"Content-Type": ["text/plain"], "My-Header": ["my value"], "B": ["2"]}},
    ),
    (
        {"Upstash-Flow-Control-Key": "k", FLOW: "parallelism=5"},
        {"flowControlKey": "k", "parallelism": 5, "period": 1},
    ),
    (
        {"Upstash-Flow-Control-Key": "k", FLOW: "rate=7,parallelism=5,period=1d"},
        {"flowControlKey": "k", "parallelism": 5, "rate": 7, "period": 86_400},
    ),
]


def fresh(**changes: Any) -> dict[str, Any]:
    """The whole schedule; whatever is not here must be left out."""
    schedule: dict[str, Any] = {
        "scheduleId": "mine",
        "cron": "* * * * *",
        "destination": URL,
        "createdAt": NOON_MS,
        "method": "POST",
        "isPaused": False,
        "retries": 3,
        "callerIP": "127.0.0.1",
        "callerIp": "127.0.0.1",
        "nextScheduleTime": NOON_MS + MINUTE_MS,
    }
    return schedule | changes


async def create(client: Client, destination: str = URL, body: bytes = b"", **headers: str) -> dict[str, Any]:
    """Create or overwrite the schedule ``mine`` and return it; underscores in names stand for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await client.call("POST", f"/v2/schedules/{destination}", data=body, headers=CRON | MINE | named)
    assert answer == (201, {"scheduleId": "mine"})
    schedule: dict[str, Any] = await client.get("/v2/schedules/mine")
    return schedule


async def test_there_are_none_at_first(client: Client) -> None:
    assert await client.get("/v2/schedules") == []


@pytest.mark.parametrize(("headers", "added"), OPTIONS, ids=lambda value: str(value)[:60])
@pytest.mark.parametrize("where", ["header", "query"])
async def test_a_schedule_shows_every_option(
    client: Client, headers: dict[str, str], added: dict[str, Any], where: str
) -> None:
    options = CRON | MINE | headers
    query = ""
    if where == "query":
        in_query = {name: value for name, value in options.items() if name.startswith("Upstash-")}
        query = "?" + "&".join(f"{name.lower()}={quote(value, safe='')}" for name, value in in_query.items())
        options = {name: value for name, value in options.items() if name not in in_query}
    answer = await client.call("POST", f"/v2/schedules/{URL}{query}", headers=options)
    assert answer == (201, {"scheduleId": "mine"})
    assert await client.get("/v2/schedules/mine") == fresh(**added)
    assert await client.get("/v2/schedules") == [fresh(**added)]


@pytest.mark.parametrize(
    ("body", "fields"), [(b"", {}), (b"text", {"body": "text"}), (b"\xff\x00", {"bodyBase64": "/wA="})]
)
async def test_a_body_is_shown_as_text_or_else_as_base64(client: Client, body: bytes, fields: dict[str, str]) -> None:
    assert await create(client, body=body) == fresh(**fields)


async def test_an_id_is_made_up_if_none_is_given(client: Client) -> None:
    made = []
    for _ in range(2):
        status, answer = await client.call("POST", f"/v2/schedules/{URL}", headers=CRON)
        assert (status, answer["scheduleId"][:4], len(answer["scheduleId"])) == (201, "scd_", 32)
        made.append(answer["scheduleId"])
    assert [schedule["scheduleId"] for schedule in await client.get("/v2/schedules")] == made


@pytest.mark.parametrize(
    ("target", "stored"),
    [
        ("http://example.com", "http://example.com"),
        ("https://example.com/?a=b&c=%2F", "https://example.com/?a=b&c=%2F"),
        (quote("https://example.com/a?b=c", safe=""), "https://example.com/a?b=c"),
        ("https:/example.com/x", "https://example.com/x"),
        ("https://example.com/pause", "https://example.com/pause"),
        ("https://example.com/x/resume", "https://example.com/x/resume"),
        (quote("https://example.com", safe="") + "/pause", "https://example.com/pause"),
        ("group", "group"),
    ],
)
async def test_a_destination_is_kept_as_it_is_written(client: Client, target: str, stored: str) -> None:
    await make_group(client, "group", NOWHERE)
    assert (await create(client, target))["destination"] == stored


@pytest.mark.parametrize("spelling", ["schedules", "Schedules"])
async def test_the_go_sdks_spelling_of_the_path_works(client: Client, spelling: str) -> None:
    await client.call("POST", f"/v2/{spelling}/{URL}", headers=CRON | MINE)
    assert (await client.get(f"/v2/{spelling}/mine")) == fresh()
    assert (await client.get(f"/v2/{spelling}")) == (await client.get(f"/v2/{spelling}/")) == [fresh()]


@pytest.mark.parametrize(
    ("cron", "shown", "next_ms"),
    [
        ("*/10 * * * * ", "*/10 * * * *", NOON_MS + 10 * MINUTE_MS),
        ("  0 0 1 1 *", "0 0 1 1 *", NOON_MS + 364 * 24 * 60 * MINUTE_MS + 12 * 60 * MINUTE_MS),
        ("CRON_TZ=Asia/Tokyo 30 21 * * *", "CRON_TZ=Asia/Tokyo 30 21 * * *", NOON_MS + 30 * MINUTE_MS),
        ("TZ=Asia/Tokyo 30 21 * * *", "TZ=Asia/Tokyo 30 21 * * *", NOON_MS + 30 * MINUTE_MS),
        ("@hourly", "@hourly", NOON_MS + 60 * MINUTE_MS),
        ("@every 90s", "@every 90s", NOON_MS + 90_000),
        ("0 13 ? JAN thu", "0 13 ? JAN thu", NOON_MS + 60 * MINUTE_MS),
    ],
)
async def test_a_cron_expression_is_trimmed_and_tells_the_next_time(
    client: Client, cron: str, shown: str, next_ms: int
) -> None:
    assert await create(client, Upstash_Cron=cron) == fresh(cron=shown, nextScheduleTime=next_ms)


@pytest.mark.parametrize(
    ("cron", "text"),
    [
        ("", "Invalid cron expression empty spec string"),
        (" ", "Invalid cron expression empty spec string"),
        ("* * * *", "Invalid cron expression expected exactly 5 fields, found 4: [* * * *]"),
        ("60 * * * *", "Invalid cron expression end of range (60) above maximum (59): 60"),
        ("x * * * *", "Invalid cron expression failed to parse int from x: "),
        ("*/0 * * * *", "Invalid cron expression step of range should be a positive number: */0"),
        ("CRON_TZ=Mars/Base * * * * *", "Invalid cron expression provided bad location Mars/Base: "),
        ("@sometimes", "Invalid cron expression unrecognized descriptor: @sometimes"),
        ("0 0 30 2 *", "Invalid cron expression "),
    ],
)
async def test_a_bad_cron_expression_is_explained(client: Client, cron: str, text: str) -> None:
    status, reason = await error(client, "POST", f"/v2/schedules/{URL}", headers={"Upstash-Cron": cron})
    assert (status, reason.startswith(text)) == (400, True), reason
    assert await client.get("/v2/schedules") == []


@pytest.mark.parametrize(
    ("target", "headers", "status", "named"),
    [
        (URL, {}, 400, "Upstash-Cron"),
        (URL, CRON | {"Upstash-Schedule-Id": "a b"}, 400, "Upstash-Schedule-Id"),
        (URL, CRON | {"Upstash-Schedule-Id": "x" * 257}, 400, "Upstash-Schedule-Id"),
        (URL, CRON | {"Upstash-Retries": "many"}, 400, "Upstash-Retries"),
        (URL, CRON | {"Upstash-Retries": "6"}, 412, "quota maxRetries exceeded"),
        (URL, CRON | {"Upstash-Delay": "366d"}, 412, "quota maxDelay exceeded"),
        ("", CRON, 400, "destination"),
        ("example.com/x", CRON, 400, "invalid destination url"),
        ("no-such-group", CRON, 404, "topic no-such-group not found"),
    ],
)
async def test_a_bad_request_makes_no_schedule(
    client: Client, target: str, headers: dict[str, str], status: int, named: str
) -> None:
    answered, text = await error(client, "POST", f"/v2/schedules/{target}", headers=headers)
    assert (answered, named in text) == (status, True), text
    assert await client.get("/v2/schedules") == []


async def test_a_known_id_is_overwritten_entirely(server: Server, client: Client) -> None:
    everything = {name.replace("-", "_"): value for headers, _ in OPTIONS for name, value in headers.items()}
    await create(client, f"{URL}/old", b"old", **everything)
    await server.advance(5_000)
    assert await create(client) == fresh(createdAt=NOON_MS + 5_000)
    assert await client.get("/v2/schedules") == [fresh(createdAt=NOON_MS + 5_000)]


async def test_overwriting_keeps_a_schedule_paused_and_computes_the_next_time_anew(client: Client) -> None:
    await create(client)
    await done(client, "POST", "/v2/schedules/mine/pause")
    schedule = await create(client, Upstash_Cron="*/5 * * * *")
    assert (schedule["isPaused"], schedule["nextScheduleTime"]) == (True, NOON_MS + 5 * MINUTE_MS)


async def test_a_bad_overwrite_changes_nothing(client: Client) -> None:
    before = await create(client, body=b"x")
    for headers in ({"Upstash-Cron": "x"}, CRON | {"Upstash-Retries": "99"}):
        await error(client, "POST", f"/v2/schedules/{URL}", headers=MINE | headers)
    assert await client.get("/v2/schedules") == [before]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize("slash", ["", "/"])
async def test_pausing_and_resuming_twice_is_the_same_as_once(client: Client, method: str, slash: str) -> None:
    await create(client)
    for verb, paused in (("pause", True), ("resume", False)):
        for _ in range(2):
            await done(client, method, f"/v2/schedules/mine/{verb}{slash}")
            assert await client.get("/v2/schedules/mine") == fresh(isPaused=paused)


async def test_an_unknown_schedule_is_not_found(client: Client) -> None:
    calls = [("GET", ""), ("DELETE", "")]
    calls += [(method, verb) for method in ("POST", "PATCH") for verb in ("/pause", "/resume")]
    for method, verb in calls:
        assert await error(client, method, f"/v2/schedules/none{verb}") == (404, "schedule none not found")


async def test_a_deleted_schedule_is_gone(client: Client) -> None:
    await create(client)
    await done(client, "DELETE", "/v2/schedules/mine")
    assert await client.get("/v2/schedules") == []
    for method in ("GET", "DELETE"):
        assert (await error(client, method, "/v2/schedules/mine"))[0] == 404


async def test_the_queue_of_a_schedule_need_not_exist_and_is_not_made_yet(client: Client) -> None:
    await create(client, Upstash_Queue_Name="queue")
    assert await client.get("/v2/queues") == []
