"""``GET /_dev/messages/{id}``: every attempt of a message, its options and related messages."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from qstash_dev.clock import FrozenClock
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import NOWHERE
from tests.conftest import NOON_MS, Client
from tests.console.conftest import Reader
from tests.destination import Answer, Destination


async def test_an_attempt_is_shown_as_the_destination_saw_it(
    client: Client, server: Server, reader: Reader, destination: Destination
) -> None:
    destination.answers(Answer(200, b'{"ok":true}', {"X-Answer": "yes"}))
    id = await client.publish(destination.url + "/a", b"hello", Content_Type="text/plain", Upstash_Forward_X_Mine="1")
    await server.idle()
    detail = await reader.get(f"messages/{id}")
    [attempt] = detail["attempts"]
    [received] = destination.requests
    own = ("Host", "Content-Length")
    assert {name: [value] for name, value in received.header_pairs if name not in own} == attempt["request"][
        "headers"
    ]
    assert attempt["request"]["url"] == attempt["request"]["sentTo"] == destination.url + "/a"
    assert (attempt["request"]["body"], attempt["request"]["bodySize"]) == ("hello", 5)
    assert attempt["response"]["status"] == 200
    assert attempt["response"]["headers"]["X-Answer"] == ["yes"]
    assert attempt["response"]["body"] == '{"ok":true}'
    assert (attempt["number"], attempt["time"], attempt["succeeded"]) == (1, NOON_MS, True)
    assert "error" not in attempt
    assert "hint" not in attempt
    assert detail["verdict"]["reason"] == "succeeded"


async def test_each_attempt_keeps_its_own_request_and_answer(
    client: Client, server: Server, reader: Reader, destination: Destination
) -> None:
    destination.answers(Answer(401, b"no"), Answer(503), 200)
    id = await client.publish(destination.url, Upstash_Retry_Delay="1000")
    await server.advance(10_000)
    attempts = (await reader.get(f"messages/{id}"))["attempts"]
    assert [(one["number"], one["response"]["status"]) for one in attempts] == [(1, 401), (2, 503), (3, 200)]
    assert [one["request"]["headers"]["Upstash-Retried"] for one in attempts] == [["0"], ["1"], ["2"]]
    tokens = {one["signature"]["token"] for one in attempts}
    assert tokens == {request.headers["Upstash-Signature"] for request in destination.requests}
    assert len(tokens) == 3
    assert "QSTASH_CURRENT_SIGNING_KEY" in attempts[0]["hint"]
    assert attempts[1]["error"] == "HTTP status 503"


async def test_the_signature_is_checked_claim_by_claim(
    client: Client, server: Server, reader: Reader, destination: Destination
) -> None:
    id = await client.publish(f"{destination.url}/a", b"hello")
    await server.idle()
    [attempt] = (await reader.get(f"messages/{id}"))["attempts"]
    checks = {check["name"]: check for check in attempt["signature"]["checks"]}
    assert attempt["signature"]["valid"]
    assert all(check["ok"] for check in checks.values())
    assert checks["sub"]["value"] == f"{destination.url}/a"
    assert "current" in checks["signature"]["text"]


async def test_a_signature_by_keys_that_were_rotated_away_is_told_from_a_good_one(
    client: Client, server: Server, reader: Reader, destination: Destination
) -> None:
    id = await client.publish(destination.url)
    await server.idle()
    for expected in (True, False):
        await client.call("POST", "/v2/keys/rotate")
        await client.call("POST", "/v2/keys/rotate")
        if not expected:
            [attempt] = (await reader.get(f"messages/{id}"))["attempts"]
            wrong = [check["name"] for check in attempt["signature"]["checks"] if not check["ok"]]
            assert (attempt["signature"]["valid"], wrong) == (False, ["signature"])


async def test_what_was_never_answered_says_why_and_what_to_do(
    client: Client, server: Server, reader: Reader
) -> None:
    id = await client.publish(NOWHERE, Upstash_Retries="0")
    await server.idle()
    [attempt] = (await reader.get(f"messages/{id}"))["attempts"]
    assert "response" not in attempt
    assert "connection refused" in attempt["error"]
    assert "start the app" in attempt["hint"]
    assert attempt["signature"]["valid"]


async def test_a_mapping_and_a_fault_are_named(
    client: Client, server: Server, reader: Reader, destination: Destination
) -> None:
    await reader.call("POST", "mappings", pattern="https://myapp.com/*", target=destination.url)
    await reader.call("POST", "faults", match="https://myapp.com/b", status=418, times=None)
    mapped = await client.publish("https://myapp.com/a")
    struck = await client.publish("https://myapp.com/b", Upstash_Retries="0")
    await server.idle()
    [attempt] = (await reader.get(f"messages/{mapped}"))["attempts"]
    assert (attempt["request"]["url"], attempt["request"]["sentTo"]) == (
        "https://myapp.com/a",
        destination.url + "/a",
    )
    assert attempt["signature"]["valid"]
    [attempt] = (await reader.get(f"messages/{struck}"))["attempts"]
    assert (attempt["fault"], attempt["request"]["sentTo"]) == ("fault_1", "")


async def test_the_timeline_tells_everything_in_order(
    client: Client, server: Server, reader: Reader, destination: Destination
) -> None:
    destination.answers(500, 200)
    id = await client.publish(destination.url, Upstash_Retry_Delay="2000", Upstash_Delay="1s")
    await server.advance(5_000)
    timeline = (await reader.get(f"messages/{id}"))["timeline"]
    assert [step["state"] for step in timeline] == await client.states(id)
    created, active, error, retry, *_ = timeline
    assert created["nextDelivery"] == active["time"] == NOON_MS + 1_000
    assert (error["responseStatus"], error["error"]) == (500, "HTTP status 500")
    assert retry["nextDelivery"] == NOON_MS + 3_000


async def test_what_has_not_been_delivered_says_what_it_waits_for(client: Client, reader: Reader) -> None:
    id = await client.publish(NOWHERE, Upstash_Delay="10s")
    detail = await reader.get(f"messages/{id}")
    assert detail["verdict"]["reason"] == "delayed"
    assert detail["attempts"] == []
    assert detail["summary"]["due"] == NOON_MS + 10_000


async def test_relatives_are_linked_both_ways(
    client: Client, server: Server, reader: Reader, destination: Destination
) -> None:
    destination.answers(500, path="/fails").answers(200, path="/told")
    id = await client.publish(
        destination.url + "/fails", Upstash_Retries="0", Upstash_Failure_Callback=destination.url + "/told"
    )
    await server.idle()
    _, again = await reader.call("POST", f"messages/{id}/replay")
    children = (await reader.get(f"messages/{id}"))["children"]
    assert [child["relation"] for child in children] == ["failureCallback", "replay"]
    told = await reader.get(f"messages/{children[0]['messageId']}")
    assert told["parent"]["messageId"] == id
    assert (told["parent"]["state"], told["parent"]["url"]) == ("FAILED", destination.url + "/fails")
    assert children[1]["messageId"] == again["messageId"]


async def test_a_relative_that_is_not_kept_is_named_without_a_state(
    client: Client, server: Server, reader: Reader
) -> None:
    id = await client.publish(NOWHERE, Upstash_Delay="1h")
    _, again = await reader.call("POST", f"messages/{id}/replay", headers={"Upstash-Delay": "1h"})
    del server.broker.tenants.all()[0].messages[id]
    assert (await reader.get(f"messages/{again['messageId']}"))["parent"] == {"relation": "replay", "messageId": id}


@pytest.mark.parametrize(
    ("body", "trim", "shown"),
    [
        (b"x" * 100_000, "", {"body": "x" * 65_536, "bodySize": 100_000, "truncated": True}),
        (b"x" * 100_000, "?trimBody=200000", {"body": "x" * 100_000, "bodySize": 100_000}),
        ("äö".encode(), "?trimBody=3", {"body": "ä", "bodySize": 4, "truncated": True}),
        (b"abc", "?trimBody=0", {"body": "", "bodySize": 3, "truncated": True}),
        (b"\xff\x00\xfe", "", {"body": "", "bodyBase64": "/wD+", "bodySize": 3}),
        (b"\xff" * 10, "?trimBody=3", {"body": "", "bodyBase64": "////", "bodySize": 10, "truncated": True}),
        # Text at first sight, but bytes as a whole.
        (b"abc\xff", "?trimBody=3", {"body": "abc", "bodySize": 4, "truncated": True}),
        (b"", "", {"body": "", "bodySize": 0}),
    ],
    ids=["default", "whole", "between characters", "nothing", "bytes", "cut bytes", "text then bytes", "empty"],
)
async def test_bodies_are_cut_where_it_does_no_harm(
    client: Client, reader: Reader, body: bytes, trim: str, shown: dict[str, Any]
) -> None:
    id = await client.publish(NOWHERE, body, Upstash_Delay="1h")
    message = (await reader.get(f"messages/{id}{trim}"))["message"]
    assert {name: message[name] for name in message if name.startswith("body") or name == "truncated"} == shown


@pytest.mark.parametrize("trim", ["-1", "x", "1e3", "9" * 10])
async def test_an_odd_trim_is_refused(client: Client, reader: Reader, trim: str) -> None:
    id = await client.publish(NOWHERE, Upstash_Delay="1h")
    status, payload = await reader.call("GET", f"messages/{id}?trimBody={trim}")
    assert (status, "trimBody" in payload["error"]) == (400, True)


async def test_what_is_redacted_stays_so_in_every_corner(
    client: Client, server: Server, reader: Reader, destination: Destination
) -> None:
    id = await client.publish(
        destination.url,
        b"body-secret",
        Upstash_Forward_Authorization="header-secret",
        Upstash_Redact_Fields="body,header[Authorization]",
    )
    await server.idle()
    detail = await reader.get(f"messages/{id}")
    assert "secret" not in str(detail)
    assert detail["options"]["redact"] == ["body", "header[authorization]"]
    assert destination.requests[0].headers["Authorization"] == "header-secret"


async def test_options_are_told_for_whoever_publishes_it_again(client: Client, reader: Reader) -> None:
    id = await client.publish(
        NOWHERE, Upstash_Delay="90s", Upstash_Deduplication_Id="d", Upstash_Content_Based_Deduplication="true"
    )
    assert (await reader.get(f"messages/{id}"))["options"] == {
        "destination": NOWHERE,
        "delay": 90_000,
        "deduplicationId": "d",
        "contentBasedDeduplication": True,
    }


async def test_how_callbacks_are_delivered_is_told_with_them(client: Client, reader: Reader) -> None:
    id = await client.publish(
        NOWHERE,
        Upstash_Not_Before=str(NOON_MS // 1_000 + 60),
        Upstash_Retries="1",
        Upstash_Callback=NOWHERE,
        Upstash_Failure_Callback=NOWHERE,
        Upstash_Failure_Callback_Method="PUT",
        Upstash_Failure_Callback_Retries="2",
        Upstash_Failure_Callback_Retry_Delay="1000",
        Upstash_Failure_Callback_Delay="1m",
        Upstash_Failure_Callback_Timeout="3s",
    )
    assert (await reader.get(f"messages/{id}"))["options"] == {
        "destination": NOWHERE,
        "notBefore": NOON_MS + 60_000,
        "callback": {"method": "POST", "retries": 1},
        "failureCallback": {
            "method": "PUT",
            "retries": 2,
            "retryDelay": "1000",
            "delay": 60_000,
            "timeout": 3_000,
        },
    }


async def test_it_is_found_whoever_published_it(client: Client, reader: Reader) -> None:
    client.token = USERS[2].token
    id = await client.publish(NOWHERE, Upstash_Delay="1h")
    assert (await reader.get(f"messages/{id}"))["user"] == "testUser2"


async def test_what_is_not_there_is_a_404(reader: Reader) -> None:
    assert (await reader.call("GET", "messages/msg_none"))[0] == 404


async def test_cancelling_works_for_any_user_and_once_only(client: Client, reader: Reader) -> None:
    client.token = USERS[1].token
    id = await client.publish(NOWHERE, Upstash_Delay="1h")
    assert await reader.call("POST", f"messages/{id}/cancel") == (200, {"messageId": id})
    assert (await reader.get(f"messages/{id}"))["summary"]["state"] == "CANCELED"
    status, payload = await reader.call("POST", f"messages/{id}/cancel")
    assert (status, "CANCELED" in payload["error"]) == (409, True)
    assert (await reader.call("POST", "messages/msg_none/cancel"))[0] == 404


async def test_what_is_on_the_wire_is_told_so(
    client: Client, server: Server, reader: Reader, destination: Destination, clock: FrozenClock
) -> None:
    release = asyncio.Event()
    destination.answers(Answer(hold=release))
    id = await client.publish(destination.url)
    await destination.received(1)
    detail = await reader.get(f"messages/{id}")
    assert (detail["summary"]["state"], detail["summary"]["inFlight"], detail["attempts"]) == ("ACTIVE", True, [])
    assert detail["verdict"]["reason"] == "in-flight"
    release.set()
    await server.idle()
