"""Refused API calls: ``/_dev/refusals``, events ``refusal`` and counts, whoever refused them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from qstash_dev.clock import FrozenClock
from qstash_dev.server import Server
from qstash_dev.state.tenant import USERS
from tests.api.support import NOWHERE, exchange, read_reply, send
from tests.conftest import NOON_MS, Client
from tests.dev.conftest import Dev
from tests.dev.sse import streaming

TOKEN = USERS[0].token


async def refused(dev: Dev, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await dev.get(f"refusals{query}"))["refusals"]
    return found


async def only(dev: Dev) -> dict[str, Any]:
    [one] = await refused(dev)
    return one


def raw(line: str, *headers: str, body: str = "") -> bytes:
    lines = [f"{line} HTTP/1.1", "Host: localhost", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", body]).encode()


async def test_a_refused_call_tells_everything(dev: Dev, client: Client) -> None:
    status, answer = await client.call("POST", "/v2/publish/localhost:3000/x?a=1", headers={"upstash-method": "X"})
    one = await only(dev)
    assert one.pop("seq") > 0
    assert one == {
        "user": "defaultUser",
        "time": NOON_MS,
        "lastTime": NOON_MS,
        "count": 1,
        "method": "POST",
        "path": "/v2/publish/localhost:3000/x?a=1",
        "status": status,
        "error": answer["error"],
        "field": "destination",
        "todo": "add http:// or https://",
    }


async def test_what_to_do_is_told_where_the_answer_is_that_of_hosted_qstash(dev: Dev, client: Client) -> None:
    _, answer = await client.call("POST", "/v2/publish/orders")
    one = await only(dev)
    assert one["error"] == answer["error"] == "topic orders not found"
    assert one["todo"].startswith("create this URL group with an endpoint first")


async def test_a_refused_value_tells_its_field_and_what_is_right(dev: Dev, client: Client) -> None:
    _, answer = await client.call("GET", "/v2/logs?order=up")
    one = await only(dev)
    assert (one["error"], one["field"]) == (answer["error"], "order")
    assert one["expected"] == ["earliestFirst", "latestFirst"]
    assert one["reason"] in answer["error"]


async def test_a_publish_that_the_fast_path_refuses_is_kept(dev: Dev, client: Client, server: Server) -> None:
    answer = await exchange(
        server.port, raw(f"POST /v2/publish/{NOWHERE}", f"Authorization: Bearer {TOKEN}", "Upstash-Delay: 9000d")
    )
    assert answer.status == 412
    one = await only(dev)
    assert (one["user"], one["method"], one["path"]) == ("defaultUser", "POST", f"/v2/publish/{NOWHERE}")
    assert (one["status"], one["error"]) == (412, answer.error)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("POST /v1/publish/http://a.b", 404),
        ("POST /llm/v1/chat/completions", 404),
        ("POST //v2/publish/http://a.b", 404),
        ("POST /v2/v2/publish/http://a.b", 404),
        ("GET /nowhere", 404),
        ("PATCH /v2/queues", 405),
        ("POST /v2/publish/", 400),
        ("DELETE /v2/schedules/none", 404),
    ],
)
async def test_every_path_but_those_of_the_control_api_is_kept(
    dev: Dev, server: Server, line: str, status: int
) -> None:
    answer = await exchange(server.port, raw(line, f"Authorization: Bearer {TOKEN}"))
    one = await only(dev)
    assert (f"{one['method']} {one['path']}", one["status"], one["error"]) == (line, status, answer.error)
    assert (answer.status, one["user"]) == (status, "defaultUser")


async def test_calls_of_the_control_api_are_not_kept(dev: Dev, client: Client) -> None:
    for method, path in (("GET", "nowhere"), ("GET", "messages/none"), ("POST", "clock/advance")):
        assert (await dev.error(method, path, {"by": "x"} if method == "POST" else None))[0] in (400, 404)
    async with client.session.get(f"{client.url}/_dev") as answer:
        assert answer.status == 404
    assert await refused(dev) == []


@pytest.mark.parametrize(
    ("lines", "status", "told"),
    [
        (["Expect: more"], 417, "Expect"),
        (["Origin: https://evil.example"], 403, "Origin"),
        (["Host: other.example"], 400, ""),
        (["not a header"], 400, ""),
        (["X: " + "x" * 70_000], 400, ""),
        (["Transfer-Encoding: gzip"], 400, ""),
    ],
)
async def test_what_is_refused_before_it_is_routed_is_kept(
    dev: Dev, server: Server, lines: list[str], status: int, told: str
) -> None:
    authorization = f"Authorization: Bearer {USERS[1].token}"
    answer = await exchange(server.port, raw("POST /v2/publish/http://a.b", authorization, *lines))
    one = await only(dev)
    assert (answer.status, one["status"], one["error"]) == (status, status, answer.error)
    assert (one["user"], one["path"]) == ("testUser1", "/v2/publish/http://a.b")
    assert one.get("field", "") == told


async def test_a_head_that_ends_early_is_kept(dev: Dev, server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"POST /v2/publish/http://a.b HTTP/1.1\r\nAuthorization: Bearer {TOKEN}\r\nX: y".encode())
    writer.write_eof()
    answer = await read_reply(reader)
    writer.close()
    one = await only(dev)
    assert (one["status"], one["error"]) == (answer.status, answer.error)
    assert (one["path"], one["user"]) == ("/v2/publish/http://a.b", "defaultUser")


async def test_what_is_no_request_is_kept_without_a_path(dev: Dev, server: Server) -> None:
    answer = await exchange(server.port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03secret\r\n\r\n")
    one = await only(dev)
    assert (one["method"], one["path"], one["status"], one["user"]) == ("", "", answer.status, "unknown")


HOSTED = "eyJVc2VySUQiOiJhIiwiUGFzc3dvcmQiOiJzZWNyZXQtc2VjcmV0In0="


@pytest.mark.parametrize(
    ("authorization", "credential", "start"),
    [
        (None, "none", None),
        ("Bearer ", "empty", None),
        (f"Bearer {HOSTED}", "hosted-token", "eyJVc2Vy"),
        (f'Bearer "{TOKEN}"', "quoted", '"eyJVc2V'),
        (f"Bearer Bearer {TOKEN}", "bearer-twice", "Bearer e"),
        ("Bearer secret-secret", "other", "sec"),
        (f"Basic {TOKEN}", "other-scheme", None),
    ],
)
async def test_a_call_without_a_valid_token_tells_what_is_in_its_place(
    dev: Dev, server: Server, authorization: str | None, credential: str, start: str | None
) -> None:
    lines = [] if authorization is None else [f"Authorization: {authorization}"]
    await exchange(server.port, raw("POST /v2/publish/http://a.b", *lines))
    [one] = await refused(dev, "?user=unknown")
    assert (one["user"], one["status"]) == ("unknown", 401)
    assert (one["credential"], one.get("tokenStart")) == (credential, start)
    assert "secret-secret" not in json.dumps(one)
    assert TOKEN[8:] not in json.dumps(one)


async def test_no_credential_of_a_url_is_kept(dev: Dev, client: Client) -> None:
    await send(client, "POST", "/v2/publish/ftp://user:secret@a.b/?token=secret&x=1")
    await send(client, "POST", f"/v2/publish/{NOWHERE}", headers={"Upstash-Callback": "ftp://user:secret@a.b"})
    await send(client, "GET", "/v2/queues/none?qstash_token=secret", headers={"Authorization": ""})
    found = await refused(dev)
    assert len(found) == 3
    assert "secret" not in json.dumps(found)
    assert "/v2/publish/ftp://***@a.b/?token=***&x=1" in [one["path"] for one in found]


async def test_a_token_in_the_query_tells_the_user(dev: Dev, client: Client) -> None:
    await send(client, "POST", f"/v2/publish/x?qstash_token={USERS[2].token}", headers={"Authorization": ""})
    await send(client, "POST", "/v2/publish/y", headers={"Authorization": f"Bearer {USERS[3].read_only_token}"})
    found = {(one["user"], one["path"]): one["status"] for one in await refused(dev)}
    assert found == {("testUser2", "/v2/publish/x?qstash_token=***"): 404, ("testUser3", "/v2/publish/y"): 403}


async def test_the_list_is_of_all_users_unless_one_is_named(dev: Dev, client: Client, clock: FrozenClock) -> None:
    for number, token in enumerate((USERS[0].token, USERS[1].token, "nobody", USERS[0].token)):
        clock.move_to(NOON_MS + number)
        await send(client, "POST", f"/v2/publish/{number}", headers={"Authorization": f"Bearer {token}"})
    assert [one["path"][-1] for one in await refused(dev)] == ["3", "2", "1", "0"]
    assert [one["path"][-1] for one in await refused(dev, "?limit=2")] == ["3", "2"]
    assert [one["path"][-1] for one in await refused(dev, "?user=defaultUser")] == ["3", "0"]
    assert [one["path"][-1] for one in await refused(dev, "?user=unknown")] == ["2"]
    assert (await dev.get("refusals?user=testUser1&limit=0"))["total"] == 1
    assert (await dev.error("GET", "refusals?user=nobody"))[0] == 404
    assert (await dev.error("GET", "refusals?limit=x"))[0] == 400


async def test_the_same_refusal_is_one_entry_with_a_count(dev: Dev, client: Client, clock: FrozenClock) -> None:
    for later_ms in (0, 5_000, 10_000):
        clock.move_to(NOON_MS + later_ms)
        await send(client, "POST", "/v2/publish/x")
    counts = [(one["count"], one["time"] - NOON_MS, one["lastTime"] - NOON_MS) for one in await refused(dev)]
    assert counts == [(1, 10_000, 10_000), (2, 0, 5_000)]


async def test_deletion_forgets_those_that_are_named(dev: Dev, client: Client) -> None:
    await send(client, "POST", "/v2/publish/x")
    await send(client, "POST", "/v2/publish/x", headers={"Authorization": "Bearer x"})
    assert await dev.delete("refusals?user=testUser1") == {"deleted": 0}
    assert await dev.delete("refusals?user=defaultUser") == {"deleted": 1}
    assert await dev.delete("refusals") == {"deleted": 1}
    assert await refused(dev) == []


async def test_the_status_counts_refused_calls(dev: Dev, client: Client) -> None:
    for _ in range(3):
        await send(client, "POST", "/v2/publish/x")
    await send(client, "GET", "/v2/messages/none")
    await send(client, "POST", "/v2/publish/x", headers={"Authorization": "Bearer x"})
    status = await dev.get("status")
    assert [user["refused"] for user in status["users"]] == [3, 0, 0, 0]
    assert status["unknownRefused"] == 1
    assert (await dev.get("refusals"))["total"] == 3


async def test_a_reset_forgets_refused_calls(dev: Dev, client: Client, server: Server) -> None:
    async def refuse() -> None:
        await send(client, "POST", "/v2/publish/x")
        await send(client, "POST", "/v2/publish/x", headers={"Authorization": "Bearer x"})

    tenants = server.broker.tenants
    await refuse()
    await dev.post("reset", user="defaultUser")
    assert (tenants.all()[0].refusals.bytes, len(tenants.unknown)) == (0, 1)
    await refuse()
    await dev.post("reset")
    assert (tenants.all()[0].refusals.bytes, tenants.unknown.bytes) == (0, 0)
    assert await refused(dev) == []


async def test_a_refused_call_is_an_event(dev: Dev, client: Client, server: Server) -> None:
    await send(client, "POST", "/v2/publish/before")
    async with streaming(server.port) as stream, streaming(server.port, "?user=testUser1") as other:
        await send(client, "POST", "/v2/publish/x")
        await client.publish(NOWHERE, Upstash_Delay="1h")
        first, second = await stream.events(2)
        assert {first.name, second.name} == {"refusal", "message"}
        refusal = first if first.name == "refusal" else second
        assert refusal.data == (await refused(dev))[0]
        # What has no valid token is told to the readers of every user.
        await send(client, "POST", "/v2/publish/y", headers={"Authorization": "Bearer x"})
        for one in (stream, other):
            [event] = await one.events(1)
            assert (event.name, event.data["user"], event.data["path"]) == ("refusal", "unknown", "/v2/publish/y")


async def test_an_event_tells_the_count(client: Client, server: Server) -> None:
    async with streaming(server.port) as stream:
        for _ in range(3):
            await send(client, "POST", "/v2/publish/x")
        counts = [(await stream.events(1))[0].data["count"]]
        while counts[-1] < 3:
            counts += [(await stream.events(1))[0].data["count"]]
    assert counts == sorted(set(counts))


STEP = {"Upstash-Workflow-RunId": "wfr_1", "Upstash-Workflow-Init": "false", "Upstash-Workflow-Url": NOWHERE}


async def test_a_refused_step_tells_its_run(dev: Dev, client: Client) -> None:
    await send(client, "POST", "/v2/publish/x", headers=STEP)
    assert (await only(dev))["workflowRunId"] == "wfr_1"


@pytest.mark.parametrize(
    ("destination", "headers"),
    [("x", {}), (NOWHERE, {"Upstash-Delay": "x"}), (NOWHERE, {"Upstash-Delay": "9000d"}), (NOWHERE, {})],
    ids=["destination", "option", "quota", "the run does not go on"],
)
async def test_a_refused_step_in_a_batch_tells_its_run(
    dev: Dev, client: Client, destination: str, headers: dict[str, str]
) -> None:
    items = [{"destination": NOWHERE}, {"destination": destination, "headers": STEP | headers}]
    status, _ = await client.call("POST", "/v2/batch", json=items)
    assert status >= 400
    assert (await only(dev))["workflowRunId"] == "wfr_1"


async def test_an_accepted_call_is_not_kept(dev: Dev, client: Client) -> None:
    await client.publish(NOWHERE, Upstash_Delay="1h")
    await client.get("/v2/queues")
    assert await refused(dev) == []


HOSTILE = ("\u202e", "%00%1b[31m", "\u00e9", "@:" * 10_000, "?token=" + "x" * 20_000)


async def test_a_flood_of_hostile_calls_stays_bounded(dev: Dev, server: Server) -> None:
    refusals = server.broker.tenants.unknown
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    for number in range(server.config.retention.refusals // 2):
        for text in HOSTILE:
            writer.write(f"POST /v2/publish/{number}{text} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        for _ in HOSTILE:
            assert (await read_reply(reader)).status in (400, 401)
    writer.close()
    assert len(refusals) == server.config.retention.refusals
    assert refusals.bytes <= server.config.retention.refusal_bytes
    assert all(len(one.path) <= 500 and len(one.text) <= 1_000 for one in refusals.newest_first())
    assert len(await refused(dev, "?limit=9999")) == len(refusals)
