"""The command ``reset``: a server as it was at the start."""

from __future__ import annotations

import sys

import click

from qstash_dev.cli.client import Client
from qstash_dev.cli.options import JSON, URL, USER, as_command
from qstash_dev.cli.printing import print_json, print_line


@as_command(
    click.Option(
        ["--clock"], metavar="TIME", help="Set the clock as well: to real, or to the time to stand still at."
    ),
    click.Option(["--yes", "is_sure"], is_flag=True, help="Do not ask. Without a terminal nothing is asked anyway."),
    USER,
    URL,
    JSON,
    example="qstash-dev reset --user 2\nqstash-dev reset --clock real",
)
def command(client: Client, clock: str | None, is_sure: bool, as_json: bool) -> None:
    """Forget everything of one user, or of all users with inboxes, faults and mappings.

    Messages, queues, schedules, runs, logs and dead letters are deleted, and signing keys are as at the start.
    """
    whose = client.user or "all users"
    if clock is not None and client.user is not None:
        raise click.UsageError("--clock belongs to all users: leave --user out, or --clock.")
    is_asked = sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
    if is_asked and not is_sure and not click.confirm(f"Forget everything of {whose} at {client.url}?", err=True):
        print_line("Nothing was changed.", err=True)
        raise SystemExit(1)
    answer = client.post("reset", {} if clock is None else {"clock": clock})
    if as_json:
        print_json(answer)
    else:
        print_line(f"reset {whose}")
