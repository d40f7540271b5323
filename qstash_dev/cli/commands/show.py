"""The command ``show``: all that is known of a thing."""

from __future__ import annotations

import click

from qstash_dev.cli.client import Client
from qstash_dev.cli.commands.why import print_verdict
from qstash_dev.cli.fields import lines_of
from qstash_dev.cli.kinds import ROUTES, detail, first_found, kinds_of
from qstash_dev.cli.options import JSON, URL, USER, any_id, as_command
from qstash_dev.cli.printing import print_json, print_line


@as_command(
    click.Argument(["id"], shell_complete=any_id),
    click.Option(["--kind"], type=click.Choice(list(ROUTES)), help="What ID is, if it does not say so itself."),
    USER,
    URL,
    JSON,
    example="qstash-dev show msg_26hZCxZCuWyyTWPmSVBrNC\nqstash-dev show msg_26hZCxZCuWyyTWPmSVBrNC --json",
)
def command(client: Client, id: str, kind: str | None, as_json: bool) -> None:
    """Show the whole story of a message, a workflow run, a schedule or a dead letter.

    First why it is as it is, then all that is known of it. Of large bodies the beginning is shown.
    """
    kinds = [one for one in kinds_of(id) if one in ROUTES] if kind is None else [kind]
    found, told = first_found(kinds, lambda one: detail(client, one, id))
    if as_json:
        print_json(told)
        return
    print_line(f"{found} {id}")
    print_verdict(told.pop("verdict"))
    for line in lines_of(told):
        print_line(line)
