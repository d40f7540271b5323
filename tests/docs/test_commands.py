"""The page on the command line tells of every command what its help tells, and the examples there run."""

from __future__ import annotations

import re

import pytest

from qstash_dev.cli.main import COMMANDS
from tests.cli.commands.support import output
from tests.docs.commands import PAGE, command, others, updated
from tests.docs.pages import Example
from tests.docs.stage import INBOX, Stage


def test_page_tells_what_the_help_tells() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == updated(page), "run `python -m tests.docs.commands`"


@pytest.mark.parametrize("name", others())
def test_help_has_an_example_and_the_summary_of_the_list(name: str) -> None:
    told = output(name, "--help")
    assert "\nExample:\n  " in told
    assert (command(name).help or "").split("\n\n")[0] == COMMANDS[name]
    assert name == command(name).name
    assert all(len(line) <= 110 for line in told.splitlines())


PUBLISH = (
    "curl -X POST $QSTASH_URL/v2/publish/http://localhost:3000/api -d hello"
    ' -H "Authorization: Bearer $QSTASH_TOKEN" -H "Upstash-Delay: {delay}"'
)


@pytest.mark.parametrize("name", others())
def test_example_runs(name: str, stage: Stage) -> None:
    [delivered] = stage.shell(Example("sh", PUBLISH.format(delay="0s")))
    [waiting] = stage.shell(Example("sh", PUBLISH.format(delay="1h")))
    stage.dev("POST", "idle")
    [delivery] = stage.dev("GET", f"inboxes/{INBOX}")["requests"]
    stage.folder.joinpath("body.json").write_text(delivery["body"])
    made = waiting if name in ("cancel", "deliver") else delivered
    example = re.sub(r"\bmsg_\w+", made["messageId"], command(name).example)
    [signature] = delivery["headers"]["Upstash-Signature"]
    printed = stage.commands(Example("sh", f"SIGNATURE={signature}\n{example}"))
    assert printed or " > " in example
