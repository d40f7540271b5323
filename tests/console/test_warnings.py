"""Warnings in the terminal, the timeline and ``/_dev`` answers, and absent from answers that hosted QStash also
gives."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qstash_dev.protocol.warning import Warning, WarningCode
from qstash_dev.server import Server
from tests.api.support import HOUR_MS, NOWHERE
from tests.cli.screen import Screen
from tests.conftest import NOON_MS, Client
from tests.console.conftest import Reader
from tests.destination import Destination

ODD = Warning(WarningCode.CALLBACK_DROPPED, "a callback was dropped: too much is pending")
SHOWN = {"code": "callback-dropped", "text": ODD.text, "todo": ODD.todo}


async def warned(client: Client, server: Server) -> str:
    """A message that waits for an hour and got a warning."""
    id = await client.publish(NOWHERE, Upstash_Delay="1h")
    tenant = server.broker.tenants.all()[0]
    tenant.warn(tenant.messages[id], ODD, NOON_MS)
    return id


async def test_it_is_in_the_timeline_and_on_the_row(client: Client, server: Server, reader: Reader) -> None:
    id = await warned(client, server)
    detail = await reader.get(f"messages/{id}")
    created, warning = detail["timeline"]
    assert "warning" not in created
    assert (warning["warning"], warning["time"], warning["state"]) == (SHOWN, NOON_MS, "CREATED")
    assert warning["seq"] == created["seq"] + 1 == detail["seq"]
    assert detail["summary"]["warnings"] == [SHOWN]
    [row] = (await reader.get("messages"))["messages"]
    assert row["warnings"] == [SHOWN]


async def test_a_clean_message_has_none(client: Client, reader: Reader) -> None:
    detail = await reader.get(f"messages/{await client.publish(NOWHERE, Upstash_Delay='1h')}")
    assert "warnings" not in detail["summary"]
    assert not any("warning" in step for step in detail["timeline"])


async def test_hosted_answers_know_nothing_of_it(client: Client, server: Server) -> None:
    id = await warned(client, server)
    for path in ("events", "logs", f"events?messageIds={id}", f"events?messageId={id}", "events?groupBy=messageId"):
        _, answer = await client.call("GET", f"/v2/{path}")
        assert ODD.text not in json.dumps(answer)
        assert json.dumps(answer).count('"state": "CREATED"') == (2 if path == "logs" else 1)
    assert "warnings" not in (await client.call("GET", f"/v2/messages/{id}"))[1]


@pytest.mark.parametrize("as_json", [False, True])
async def test_it_is_a_line(client: Client, server: Server, as_json: bool) -> None:
    screen = Screen()
    screen.watch(server, as_json=as_json)
    id = await warned(client, server)
    [line] = screen.shown()
    if as_json:
        fields = {"event": "warning", "time": NOON_MS, "user": "defaultUser", "messageId": id, "url": NOWHERE}
        assert json.loads(line) == fields | SHOWN
    else:
        assert line.endswith(f" WARN POST {NOWHERE} {id}: {ODD.text}")


async def test_the_same_is_told_once_and_no_more_than_twenty(client: Client, server: Server, reader: Reader) -> None:
    id = await warned(client, server)
    tenant = server.broker.tenants.all()[0]
    for number in (0, 0, *range(30)):
        text = ODD.text if number == 0 else f"{ODD.text} {number}"
        tenant.warn(tenant.messages[id], ODD._replace(text=text), NOON_MS + number)
    detail = await reader.get(f"messages/{id}")
    assert len(detail["summary"]["warnings"]) == 20
    assert sum("warning" in step for step in detail["timeline"]) == 20


async def test_its_run_has_a_note(client: Client, server: Server, reader: Reader) -> None:
    headers = {"Upstash-Workflow-Init": "true", "Upstash-Workflow-RunId": "wfr_1", "Upstash-Delay": "1h"}
    await client.call("POST", f"/v2/publish/{NOWHERE}", headers=headers)
    tenant = server.broker.tenants.all()[0]
    [message] = tenant.messages.values()
    tenant.warn(message, ODD, NOON_MS)
    notes: list[dict[str, Any]] = (await reader.get("runs/wfr_1"))["run"]["notes"]
    assert [(note["time"], note["text"]) for note in notes] == [(NOON_MS, ODD.text)]
    _, answer = await client.call("GET", "/v2/workflows/events")
    assert ODD.text not in json.dumps(answer)


async def test_the_rest_of_the_story_goes_on(
    client: Client, server: Server, reader: Reader, destination: Destination
) -> None:
    id = await client.publish(destination.url, Upstash_Delay="1h")
    tenant = server.broker.tenants.all()[0]
    tenant.warn(tenant.messages[id], ODD, NOON_MS)
    await server.advance(HOUR_MS)
    steps = (await reader.get(f"messages/{id}"))["timeline"]
    assert [step["state"] for step in steps] == ["CREATED", "CREATED", "ACTIVE", "DELIVERED"]
