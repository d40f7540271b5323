"""Notices in the timeline, the stream of events and the terminal, and absent from answers that hosted QStash also
gives."""

from __future__ import annotations

import json

import pytest

from qstash_dev.cli.notice_lines import NoticePrinter
from qstash_dev.protocol.notice import Notice, NoticeKind
from qstash_dev.server import Server
from tests.api.support import HOUR_MS, NOWHERE
from tests.cli.screen import Screen
from tests.conftest import NOON_MS, Client
from tests.console.conftest import Reader
from tests.destination import Destination

TEXT = "not forwarded: Upstash-Forward-Te"
TODO = "forward it by another name, or put its value into the body"
SHOWN = {"kind": "headers-dropped", "text": TEXT, "todo": TODO}


async def noticed(client: Client, server: Server, url: str = NOWHERE, text: str = TEXT) -> str:
    """A message that waits for an hour and got a notice."""
    id = await client.publish(url, Upstash_Delay="1h")
    tenant = server.broker.tenants.all()[0]
    tenant.note(tenant.messages[id], Notice(NoticeKind.HEADERS_DROPPED, text), NOON_MS)
    return id


async def test_it_is_in_the_timeline(client: Client, server: Server, reader: Reader) -> None:
    detail = await reader.get(f"messages/{await noticed(client, server)}")
    created, notice = detail["timeline"]
    assert "notice" not in created
    assert (notice["notice"], notice["time"], notice["state"]) == (SHOWN, NOON_MS, "CREATED")
    assert notice["seq"] == created["seq"] + 1 == detail["seq"]


async def test_hosted_answers_know_nothing_of_it(client: Client, server: Server) -> None:
    id = await noticed(client, server)
    for path in ("events", "logs", f"events?messageIds={id}", f"events?messageId={id}", "workflows/events"):
        _, answer = await client.call("GET", f"/v2/{path}")
        assert TEXT not in json.dumps(answer)
        assert json.dumps(answer).count('"state": "CREATED"') == {"logs": 2, "workflows/events": 0}.get(path, 1)


async def test_the_stream_of_events_has_it_under_a_name_of_its_own(client: Client, server: Server) -> None:
    id = await noticed(client, server)
    async with client.session.get(f"{client.url}/_dev/events", headers={"Last-Event-ID": "0"}) as response:
        while await response.content.readline() != b"event: notice\n":
            pass
        _, data = [(await response.content.readline()).decode() for _ in range(2)]
    fields = json.loads(data.removeprefix("data: "))
    assert (fields["messageId"], fields["notice"]) == (id, SHOWN)


@pytest.mark.parametrize("as_json", [False, True])
async def test_it_is_one_line(client: Client, server: Server, as_json: bool) -> None:
    screen = Screen()
    screen.watch(server, as_json=as_json)
    tenant = server.broker.tenants.all()[0]
    tenant.notice_subscribers.append(NoticePrinter(screen.lines, as_json=as_json, colour=False))
    id = await noticed(client, server, text=f"{TEXT}\x1b[2J")
    [line] = screen.shown()
    if as_json:
        fields = {"event": "notice", "time": NOON_MS, "user": "defaultUser", "messageId": id, "url": NOWHERE}
        assert json.loads(line) == fields | SHOWN | {"text": f"{TEXT}\x1b[2J"}
    else:
        assert line.endswith(f" NOTE POST {NOWHERE} {id}: {TEXT}\ufffd[2J — {TODO}")


async def test_twenty_of_a_kind_are_kept_and_further_ones_are_counted_and_told(
    client: Client, server: Server, reader: Reader
) -> None:
    id = await client.publish(NOWHERE, Upstash_Delay="1h")
    tenant = server.broker.tenants.all()[0]
    told: list[str] = []
    tenant.notice_subscribers.append(lambda one: told.append(one.notice.text))
    for number in range(30):
        tenant.note(tenant.messages[id], Notice(NoticeKind.DUPLICATE, f"number {number}"), NOON_MS)
    tenant.note(tenant.messages[id], Notice(NoticeKind.STILL_WAITING, "another kind"), NOON_MS)
    _, *notices = [step["notice"] for step in (await reader.get(f"messages/{id}"))["timeline"] if "notice" in step]
    assert [one["text"] for one in notices] == [*(f"number {number}" for number in range(1, 20)), "another kind"]
    assert [one.get("more") for one in notices[-3:]] == [None, 10, None]
    assert len(told) == 31


async def test_the_rest_of_the_story_goes_on(
    client: Client, server: Server, reader: Reader, destination: Destination
) -> None:
    id = await noticed(client, server, destination.url)
    await server.advance(HOUR_MS)
    steps = (await reader.get(f"messages/{id}"))["timeline"]
    assert [step["state"] for step in steps] == ["CREATED", "CREATED", "ACTIVE", "DELIVERED"]
