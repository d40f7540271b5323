"""``GET /_dev/feed``: few frames, each changed message once in each, and a gap if changes were missed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from qstash_dev.api.dev import feed
from qstash_dev.config import Limits, Retention
from qstash_dev.protocol.mapping import Mapping
from qstash_dev.protocol.script import Answer
from qstash_dev.server import Server
from qstash_dev.state.event_log import EventLog
from qstash_dev.state.message import State
from tests.api.support import NOWHERE, done, request
from tests.conftest import Client, within
from tests.destination import Answer as Held
from tests.destination import Destination
from tests.openapi.contract import check_event
from tests.state.support import make_message
from tests.travel.conftest import schedule

Frame = tuple[str, str, Any]
"""Name, id and data of an event."""


class Follower:
    """Reads a stream only when it is asked to."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    async def next(self) -> Frame:
        fields: dict[str, str] = {}
        async with asyncio.timeout(50):
            while line := (await self._reader.readline()).decode().rstrip("\r\n") or not fields:
                name, colon, value = str(line).partition(": ")
                # Between the lines stand the sizes of chunks.
                if colon and name in ("event", "id", "data"):
                    fields[name] = value
        data = json.loads(fields["data"])
        check_event("/_dev/feed", data)
        return fields["event"], fields["id"], data

    async def change(self) -> Any:
        """The data of the next frame, which tells of changed messages."""
        while True:
            name, _, data = await self.next()
            assert name == "change", name
            if "messages" in data:
                return data


@asynccontextmanager
async def following(server: Server, query: str = "", *lines: str) -> AsyncIterator[Follower]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        writer.write(request(f"/_dev/feed{query}", "GET", *lines))
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        assert b"text/event-stream" in head
        yield Follower(reader)
    finally:
        writer.transport.abort()
        # An aborted transport closes its socket in the next pass of the loop.
        await asyncio.wait([asyncio.ensure_future(writer.wait_closed())], timeout=1)


async def test_it_begins_with_the_status(server: Server) -> None:
    async with following(server) as follower:
        name, _, data = await follower.next()
    assert name == "change"
    assert data["status"]["users"][0]["name"] == "defaultUser"
    assert "messages" not in data


@pytest.mark.own_server
async def test_who_comes_later_is_told_the_time_of_now(server: Server) -> None:
    """The status has not changed in between, and countdowns run by the clock in it."""
    server.clock.run()
    async with following(server) as follower:
        _, _, first = await follower.next()
    while (now_ms := server.clock.now_ms()) <= first["status"]["clock"]["now"]:
        pass  # a millisecond at most
    async with following(server) as follower:
        _, _, second = await follower.next()
    assert second["status"]["clock"]["now"] >= now_ms


async def test_a_message_is_told_once_however_much_has_happened_to_it(
    client: Client, server: Server, destination: Destination
) -> None:
    async with following(server) as follower:
        await follower.next()
        id = await client.publish(destination.url, b"x" * 1_000)
        await server.idle()
        data = await follower.change()
    [row] = data["messages"]
    assert (row["messageId"], row["state"], data["more"]) == (id, "DELIVERED", 0)
    assert "x" * 100 not in json.dumps(data)


@within(feed_messages=3)
async def test_the_latest_changes_come_first_and_a_crowd_is_only_counted(client: Client, server: Server) -> None:
    async with following(server) as follower:
        await follower.next()
        ids = [await client.publish(NOWHERE, Upstash_Delay="1h") for _ in range(8)]
        seen: list[str] = []
        told = 0
        while told < 8:
            data = await follower.change()
            rows = [row["messageId"] for row in data["messages"]]
            assert len(rows) <= 3
            told += len(rows) + data["more"]
            seen = rows + seen
    assert seen[0] == ids[-1]
    assert seen == sorted(seen, key=ids.index, reverse=True)


async def test_nothing_is_put_together_while_nobody_follows(client: Client, server: Server) -> None:
    await client.publish(NOWHERE, Upstash_Delay="1h")
    assert all(tenant.log.subscribers == [] for tenant in server.broker.tenants.all())


async def test_other_users_are_another_stream(client: Client, server: Server) -> None:
    async with following(server, "?user=testUser1") as follower:
        await follower.next()
        await client.publish(NOWHERE, Upstash_Delay="1h")
        _, _, data = await follower.next()
    assert "messages" not in data
    # The status is about all of them.
    assert [user["messages"] for user in data["status"]["users"]] == [1, 0, 0, 0]


async def test_what_changes_without_a_message_is_news_as_well(client: Client, server: Server) -> None:
    async with following(server) as follower:
        await follower.next()
        await client.get("/v2/queues")
        assert server.broker.tenants.writes == 0
        await done(client, "POST", "/v2/queues", json={"queueName": "q"})
        _, _, data = await follower.next()
        assert "status" in data
        async with client.session.post(
            client.url + "/_dev/mappings", json={"pattern": "http://a.b/*", "target": NOWHERE}
        ):
            pass
        _, _, data = await follower.next()
        assert "status" in data


async def test_who_comes_back_is_told_what_changed_meanwhile(client: Client, server: Server) -> None:
    async with following(server) as follower:
        _, position, _ = await follower.next()
    id = await client.publish(NOWHERE, Upstash_Delay="1h")
    for spelling in ((f"?lastEventId={position}",), ("", f"Last-Event-ID: {position}")):
        async with following(server, *spelling) as follower:
            [row] = (await follower.change())["messages"]
        assert row["messageId"] == id


@pytest.mark.parametrize("position", ["jwt_other-0-1", "1", "-", "a-b-c", "%C2%B2", "0" * 500])
async def test_a_position_of_another_life_is_a_gap(server: Server, position: str) -> None:
    async with following(server, f"?lastEventId={position}") as follower:
        assert (await follower.next())[0] == "gap"
        assert (await follower.next())[0] == "change"


async def test_a_reset_is_a_gap_also_for_who_was_away(client: Client, server: Server) -> None:
    async with following(server) as follower:
        _, position, _ = await follower.next()
        await server.reset.all()
        assert (await follower.next())[0] == "gap"
    async with following(server, f"?lastEventId={position}") as late:
        assert (await late.next())[0] == "gap"


async def test_more_than_the_log_holds_is_a_gap(server: Server) -> None:
    tenant = server.broker.tenants.all()[0]
    log = EventLog(Retention(events=4))
    log.add(State.CREATED, make_message(tenant), 0)
    changes = feed.Changes(log, "mark", "", Limits())
    for _ in range(3):
        log.add(State.CREATED, make_message(tenant), 0)
    assert b"event: gap" not in feed.Changes(log, "mark", f"mark-{log.clears}-1", Limits()).read({})
    for _ in range(3):
        log.add(State.CREATED, make_message(tenant), 0)
    text = changes.read({})
    assert text.startswith(b"event: gap")
    assert b"messages" not in text


async def test_an_unknown_user_is_told_so(client: Client) -> None:
    async with client.session.get(client.url + "/_dev/feed?user=nobody") as response:
        assert response.status == 404


async def test_a_stopping_server_ends_the_stream(server: Server) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request("/_dev/feed"))
    await reader.readuntil(b"\r\n\r\n")
    await server.stop()
    async with asyncio.timeout(50):
        await reader.read()
    writer.close()
    await server.start()


@pytest.mark.parametrize("change", ["a request of nobody", "a script", "a fault", "a mapping", "a schedule"])
async def test_what_is_no_message_is_a_reason_to_look_again(server: Server, client: Client, change: str) -> None:
    inboxes, faults = server.inboxes, server.faults
    inboxes.named("a")
    async with following(server) as follower:
        await follower.next()
        if change == "a request of nobody":
            async with client.session.get(f"{client.url}/_dev/inbox/a") as response:
                assert response.status == 200
        elif change == "a script":
            inboxes.named("a").answer_with([Answer(500)])
        elif change == "a fault":
            faults.add("*", status=500)
        elif change == "a mapping":
            server.mappings.add(Mapping("https://a/*", "http://127.0.0.1:1"))
        else:
            await schedule(client, NOWHERE, "0 * * * *")
        name, _, data = await follower.next()
        assert (name, "status" in data) == ("change", True)


@pytest.mark.own_server
async def test_a_time_travel_that_waits_is_told(server: Server, client: Client, destination: Destination) -> None:
    hold = asyncio.Event()
    destination.answers(Held(hold=hold))
    id = await client.publish(destination.url)
    await destination.received(1)
    async with following(server) as follower:
        await follower.next()
        journey = asyncio.create_task(server.travel.by(0, timeout_s=60))
        _, _, data = await follower.next()
    hold.set()
    await journey
    assert data["status"]["clock"]["travel"]["waitsFor"]["messageId"] == id
