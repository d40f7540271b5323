"""What the README says about the control API works, and names every route."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

from qstash_dev.api.dev.routes import DEV_ROUTES
from qstash_dev.server import Server
from tests.conftest import Client
from tests.dev.conftest import Dev

TEXT = (Path(__file__).parent.parent.parent / "README.md").read_text()
BASE = "$QSTASH_URL/_dev/"
SECTION = TEXT[TEXT.index("## Time, inboxes and faults") : TEXT.index("## In a container")]


async def test_the_commands_of_the_readme_work(dev: Dev, client: Client, server: Server) -> None:
    async with dev.client.session.post(dev.inbox("shop")):
        pass
    commands = [line for line in SECTION.splitlines() if line.startswith("curl")]
    assert len(commands) == 5
    for command in commands:
        words = shlex.split(command, comments=True)
        method = words[words.index("-X") + 1] if "-X" in words else "GET"
        path = next(word for word in words if word.startswith(BASE)).removeprefix(BASE)
        fields = json.loads(words[words.index("-d") + 1]) if "-d" in words else None
        status, answer = await dev.call(method, path, fields)
        assert status in (200, 201), answer


def test_the_table_of_the_readme_names_every_route() -> None:
    named = " ".join(re.findall(r"^\| (.*?) \|", SECTION, re.MULTILINE))
    for _, path, _ in DEV_ROUTES:
        last = path.replace("{id}", "ID").replace("{name}", "NAME").rpartition("/")[2]
        if last == "ID":
            last = path.split("/")[2]
        assert re.search(rf"\b{last}\b", named), path
