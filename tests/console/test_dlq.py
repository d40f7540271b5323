"""``GET /_dev/dlq``: failed messages and workflow runs, also grouped by error."""

from __future__ import annotations

from typing import Any

import pytest

from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.workflow import Workflow
from tests.conftest import NOON_MS, Client, within
from tests.console.conftest import Reader
from tests.destination import Answer, Destination

NOBODY = "http://127.0.0.1:1/nobody"


@pytest.fixture
async def filled(server: Server, client: Client, destination: Destination) -> Destination:
    """Three messages that died of a 500, one of no answer, and a workflow run that died of a 489."""
    destination.answers(Answer(status=500, body=b"database is locked"), path="/a")
    for number in range(3):
        await client.publish(
            f"{destination.url}/a?n={number}", f"body {number}", Upstash_Retries="0", Upstash_Label="l"
        )
        await server.advance(1_000)
    await client.publish(NOBODY, Upstash_Retries="0")
    await server.idle()
    await server.advance(1_000)
    final = {"Upstash-NonRetryable-Error": "true"}
    destination.answers(Answer(status=489, body=b"no", headers=final), path="/workflow")
    await Workflow(client, f"{destination.url}/workflow").trigger("wfr_1")
    await server.idle()
    return destination


async def ids(reader: Reader, query: str = "") -> list[str]:
    return [letter["dlqId"] for letter in (await reader.get(f"dlq{query}"))["letters"]]


async def test_entries_are_grouped_by_what_they_died_of_and_where(reader: Reader, filled: Destination) -> None:
    answer = await reader.get("dlq/groups")
    error = "connection refused by 127.0.0.1:1: is your app running?"
    run, unreachable, failed = answer["groups"]
    assert run == {
        "kind": "run",
        "what": "489",
        "to": f"{filled.url}/workflow",
        "count": 1,
        "newest": NOON_MS + 4_000,
        "oldest": NOON_MS + 4_000,
        "responseStatus": 489,
        "failureReason": "http-status",
    }
    assert unreachable["failureReason"] == "connection-refused"
    assert (unreachable["what"], unreachable["to"], unreachable["count"]) == (error, NOBODY, 1)
    assert "responseStatus" not in unreachable
    assert (failed["what"], failed["to"], failed["count"]) == ("500", f"{filled.url}/a", 3)
    assert (failed["oldest"], failed["newest"]) == (NOON_MS, NOON_MS + 2_000)
    assert (answer["counts"], answer["total"], answer["more"]) == ({"message": 4, "run": 1}, 5, 0)


@within(dead_letter_groups=1)
async def test_groups_beyond_the_bound_are_told_of(reader: Reader, filled: Destination) -> None:
    answer = await reader.get("dlq/groups")
    assert (len(answer["groups"]), answer["more"], answer["counts"]) == (1, 2, {"message": 4, "run": 1})


async def test_an_entry_of_a_list_has_no_body(reader: Reader, filled: Destination) -> None:
    [letter] = (await reader.get(f"dlq?what=500&count=1&to={filled.url}/a"))["letters"]
    duration = letter.pop("duration")
    assert duration >= 0
    assert letter == {
        "dlqId": f"{NOON_MS + 2_000}-2",
        "kind": "message",
        "what": "500",
        "to": f"{filled.url}/a",
        "messageId": letter["messageId"],
        "method": "POST",
        "url": f"{filled.url}/a?n=2",
        "failedAt": NOON_MS + 2_000,
        "attempts": 1,
        "responseStatus": 500,
        "error": "HTTP status 500",
        "failureReason": "http-status",
        "labels": ["l"],
    }


async def test_an_entry_of_a_run_names_the_run(reader: Reader, filled: Destination) -> None:
    [letter] = (await reader.get("dlq?kind=run"))["letters"]
    assert (letter["workflowRunId"], letter["workflowCreatedAt"]) == ("wfr_1", NOON_MS + 4_000)


async def test_the_newest_comes_first_and_pages_meet(reader: Reader, filled: Destination) -> None:
    everything = await ids(reader)
    assert [int(id.rpartition("-")[2]) for id in everything] == [4, 3, 2, 1, 0]
    page = await reader.get("dlq?count=3")
    rest = await reader.get(f"dlq?count=3&cursor={page['cursor']}")
    assert [letter["dlqId"] for letter in page["letters"] + rest["letters"]] == everything
    assert "cursor" not in rest


async def test_a_cursor_leads_on_although_its_entry_is_gone(
    client: Client, reader: Reader, filled: Destination
) -> None:
    everything = await ids(reader)
    page = await reader.get("dlq?what=500&count=1")
    await client.call("DELETE", f"/v2/dlq/{page['cursor']}")
    assert await ids(reader, f"?count=9&cursor={page['cursor']}") == everything[3:]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("what=500", 3),
        ("kind=message", 4),
        ("search=DATABASE is", 3),
        ("search=n=1", 1),
        ("search=refused", 1),
        ("search=wfr_1", 1),
        ("search=nothing has this", 0),
        (f"to={NOBODY}", 1),
        ("what=500&kind=run", 0),
    ],
)
async def test_entries_are_found(reader: Reader, filled: Destination, query: str, count: int) -> None:
    assert len(await ids(reader, f"?{query}")) == count
    assert sum(group["count"] for group in (await reader.get(f"dlq/groups?{query}"))["groups"]) == count


async def test_one_entry_has_what_was_sent_what_was_answered_and_a_hint(reader: Reader, filled: Destination) -> None:
    answer: dict[str, Any] = await reader.get(f"dlq/{(await ids(reader, '?what=500'))[0]}")
    assert answer["request"] == {"body": "body 2", "bodySize": 6}
    assert (answer["response"]["status"], answer["response"]["body"]) == (500, "database is locked")
    assert answer["hint"] == "it answered 'database is locked': the app failed: its own output may hold the error"
    cut = await reader.get(f"dlq/{answer['letter']['dlqId']}?trimBody=4")
    assert cut["request"] == {"body": "body", "bodySize": 6, "truncated": True}
    run = await reader.get(f"dlq/{(await ids(reader, '?kind=run'))[0]}")
    assert run["request"]["body"] == '{"name":"bob"}'
    unreachable = await reader.get(f"dlq/{(await ids(reader, f'?to={NOBODY}'))[0]}")
    assert "response" not in unreachable


async def test_what_is_redacted_stays_so(server: Server, client: Client, reader: Reader) -> None:
    await client.publish(NOBODY, b"secret", Upstash_Retries="0", Upstash_Redact_Fields="body")
    await server.idle()
    answer = await reader.get(f"dlq/{(await ids(reader))[0]}")
    assert answer["request"]["body"].startswith("REDACTED:")


async def test_looking_at_the_console_is_no_asking_of_a_test(
    server: Server, reader: Reader, filled: Destination
) -> None:
    """The plugin fails tests that never looked at what died."""
    await reader.get(f"dlq/{(await ids(reader))[0]}")
    tenant = server.broker.tenants.all()[0]
    assert not any(letter.seen for letter in tenant.dead_letters.walk(latest_first=True))


async def test_each_user_has_a_queue_of_their_own(reader: Reader, filled: Destination) -> None:
    other = USERS[1].id
    assert await ids(reader, f"?user={other}") == []
    status, _ = await reader.call("GET", f"dlq/{(await ids(reader))[0]}?user={other}")
    assert status == 404


@pytest.mark.parametrize("query", ["kind=letter", "count=0", "cursor=x", f"search={'a' * 1_001}", "user=nobody"])
async def test_what_is_wrong_is_named(reader: Reader, query: str) -> None:
    for path in ("dlq", "dlq/groups"):
        status, answer = await reader.call("GET", f"{path}?{query}")
        if path == "dlq" or query != "count=0":
            assert status in (400, 404)
            assert query.partition("=")[0] in answer["error"]
