"""The lines for notices about messages."""

from __future__ import annotations

import json

import click
import pytest

from qstash_dev.cli.notice_lines import NoticePrinter, notice_line
from qstash_dev.protocol.notice import Notice, NoticeKind
from qstash_dev.server import Server
from qstash_dev.state.tenant import Told
from tests.api.support import NOWHERE
from tests.cli.screen import Screen
from tests.conftest import NOON_MS, Client

URL = "http://localhost:3000/a"


def told(kind: NoticeKind, text: str) -> Told:
    return Told(NOON_MS, "defaultUser", "msg_1", "POST", URL, Notice(kind, text))


@pytest.mark.parametrize(
    ("kind", "rest"),
    [
        (NoticeKind.DUPLICATE, "DUP the text"),
        (NoticeKind.STILL_WAITING, f"WAIT POST {URL} msg_1: the text"),
        (NoticeKind.HEADERS_DROPPED, f"NOTE POST {URL} msg_1: the text"),
    ],
)
def test_each_kind_has_a_word(kind: NoticeKind, rest: str) -> None:
    line = notice_line(told(kind, "the text"), colour=False)
    assert line.partition(" ")[2] == f"{rest} — {Notice(kind, '').todo}"
    coloured = notice_line(told(kind, "the text"), colour=True)
    assert (click.unstyle(coloured), coloured == line) == (line, False)


@pytest.mark.parametrize("kind", NoticeKind)
def test_no_text_controls_the_terminal(kind: NoticeKind) -> None:
    assert "\x1b" not in notice_line(told(kind, "\x1b[2J")._replace(url=f"{URL}\x1b[2J"), colour=False)


@pytest.mark.parametrize("as_json", [False, True])
async def test_a_duplicate_is_one_line_each_time(client: Client, server: Server, as_json: bool) -> None:
    screen = Screen()
    tenant = server.broker.tenants.all()[0]
    tenant.notice_subscribers.append(NoticePrinter(screen.lines, as_json=as_json, colour=False))
    headers = {"Upstash-Deduplication-Id": "d1", "Upstash-Delay": "1h"}
    id = await client.publish(f"{NOWHERE}/old", **{name.replace("-", "_"): value for name, value in headers.items()})
    for _ in range(30):
        status, _ = await client.call("POST", f"/v2/publish/{NOWHERE}/new", headers=headers)
        assert status == 202
    tenant.notice_subscribers.clear()
    lines = screen.shown()
    text = f"POST {NOWHERE}/new = {id}, id d1, published 0 ms ago to {NOWHERE}/old, CREATED"
    todo = Notice(NoticeKind.DUPLICATE, "").todo
    assert len(lines) == 30
    if as_json:
        fields = {"event": "notice", "time": NOON_MS, "user": "defaultUser", "messageId": id, "url": f"{NOWHERE}/old"}
        assert json.loads(lines[-1]) == fields | {"kind": "duplicate", "text": text, "todo": todo}
    else:
        assert lines[-1].endswith(f" DUP {text} — {todo}")
