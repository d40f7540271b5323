"""The command ``why``: the verdict on a thing."""

from __future__ import annotations

from typing import Any

import click

from qstash_dev.cli.client import Client, segment
from qstash_dev.cli.kinds import KINDS, first_found, kinds_of
from qstash_dev.cli.options import JSON, URL, USER, any_id, as_command
from qstash_dev.cli.printing import print_json, print_line
from qstash_dev.dev.instants import iso


@as_command(
    click.Argument(["id"], shell_complete=any_id),
    click.Option(["--kind"], type=click.Choice(KINDS), help="What ID is, if it does not say so itself."),
    USER,
    URL,
    JSON,
    example="qstash-dev why msg_26hZCxZCuWyyTWPmSVBrNC",
)
def command(client: Client, id: str, kind: str | None, as_json: bool) -> None:
    """Tell why a thing is as it is, what comes next, and what would unblock it.

    ID is that of a message, a workflow run, a schedule or a dead letter, or the name of a queue or of a flow control
    key.
    """
    kinds = kinds_of(id) if kind is None else [kind]
    _, verdict = first_found(kinds, lambda one: client.get(f"verdicts/{one}/{segment(id)}"))
    if as_json:
        print_json(verdict)
    else:
        print_verdict(verdict)


def print_verdict(verdict: dict[str, Any]) -> None:
    """Print a verdict for people."""
    print_line(verdict["sentence"], bold=True)
    if "blocker" in verdict:
        blocker = verdict["blocker"]
        print_line(f"  waits for {blocker['kind']} {blocker['id']}: {blocker['sentence']}")
    if "todo" in verdict:
        print_line(f"  to do: {verdict['todo']}")
    if "nextAt" in verdict:
        print_line(f"  goes on at {iso(verdict['nextAt'])}")
