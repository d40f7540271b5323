"""``GET /_dev/verdicts/{kind}/{id}``, and the same verdicts where things are shown in detail."""

from __future__ import annotations

import asyncio

from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import NOWHERE, done
from tests.conftest import NOON_MS, Client
from tests.destination import Answer, Destination
from tests.dev.conftest import Dev


async def test_a_blocked_message_names_who_is_in_its_way(dev: Dev, client: Client, server: Server) -> None:
    _, head = await client.call("POST", f"/v2/enqueue/stuck/{NOWHERE}")
    _, waiting = await client.call("POST", f"/v2/enqueue/stuck/{NOWHERE}")
    await server.idle()
    head, waiting = head["messageId"], waiting["messageId"]
    refused = "connection refused, try 1 of 4, next in 12 s"
    told = await dev.get(f"verdicts/message/{waiting}")
    assert told.pop("todo").startswith("advance the clock; ")
    assert told == {
        "about": {"kind": "message", "id": waiting},
        "reason": "behind",
        "sentence": f"2nd in queue stuck, behind {head} ({refused}); the clock is stopped",
        "nextAt": NOON_MS + 12_000,
        "blocker": {"kind": "message", "id": head, "sentence": refused},
    }
    assert (await dev.get(f"messages/{waiting}"))["verdict"]["sentence"] == told["sentence"]
    [queue] = await dev.get("queues")
    assert queue["verdict"] == await dev.get("verdicts/queue/stuck")
    assert queue["verdict"]["sentence"].startswith(f"1 waits behind {head} ({refused})")
    status, text = await dev.error("POST", f"messages/{waiting}/deliver")
    assert (status, f"behind {head} (" in text) == (409, True)


async def test_a_call_in_flight_is_timed_in_real_time(
    dev: Dev, client: Client, server: Server, destination: Destination
) -> None:
    hold = asyncio.Event()
    destination.answers(Answer(hold=hold))
    id = await client.publish(destination.url)
    await destination.received(1)
    told = await dev.get(f"verdicts/message/{id}")
    assert (told["reason"], "nextAt" in told) == ("in-flight", False)
    assert told["sentence"].startswith("try 1 of 4 is in flight for ")
    hold.set()
    await server.idle()
    delivered = (await dev.get(f"messages/{id}"))["verdict"]
    assert (delivered["reason"], "todo" in delivered) == ("succeeded", False)


async def test_failed_attempts_say_what_came_next(
    dev: Dev, client: Client, server: Server, destination: Destination
) -> None:
    destination.answers(Answer(500, b'{"message":"no rows"}'), Answer(500, b'{"message":"no rows"}'))
    id = await client.publish(destination.url, Upstash_Retries="1")
    await server.idle()
    [first] = (await dev.get(f"messages/{id}"))["attempts"]
    assert (first["sentence"], first["then"]) == ("HTTP 500: no rows", "next try in 12 s")
    await server.advance(12_000)
    _, last = (await dev.get(f"messages/{id}"))["attempts"]
    [letter] = (await dev.get("dlq"))["letters"]
    assert (last["then"], last["dlqId"]) == (f"given up: dead letter {letter['dlqId']}", letter["dlqId"])
    shown = await dev.get(f"dlq/{letter['dlqId']}")
    assert shown["verdict"] == await dev.get(f"verdicts/dead-letter/{letter['dlqId']}")
    assert shown["verdict"]["sentence"] == f"at 12:00 UTC {id} gave up after 2 tries, HTTP 500: no rows"


async def test_schedules_and_flow_control_keys(dev: Dev, client: Client) -> None:
    headers = {"Upstash-Cron": "30 * * * *", "Upstash-Schedule-Id": "tick"}
    await client.call("POST", f"/v2/schedules/{NOWHERE}", headers=headers)
    told = await dev.get("verdicts/schedule/tick")
    assert (await dev.get("schedules/tick"))["verdict"] == told
    assert told["sentence"] == "fires in 30 m, at 12:30 UTC; the clock is stopped"
    await done(client, "POST", "/v2/schedules/tick/pause")
    assert (await dev.get("verdicts/schedule/tick"))["sentence"].startswith("schedule is paused since 12:00 UTC")
    await done(client, "POST", "/v2/flowControl/openai/pause")
    assert (await dev.get("verdicts/flow-control/openai"))["reason"] == "paused"


async def test_things_of_any_user_or_of_one(dev: Dev, client: Client) -> None:
    client.token = USERS[2].token
    id = await client.publish(NOWHERE, Upstash_Delay="1h")
    assert (await dev.get(f"verdicts/message/{id}"))["reason"] == "delayed"
    status, text = await dev.error("GET", f"verdicts/message/{id}?user=defaultUser")
    assert (status, text) == (404, f"there is no message {id} to explain")
    status, text = await dev.error("GET", f"verdicts/letter/{id}")
    assert (status, "use one of message, queue, " in text) == (400, True)
