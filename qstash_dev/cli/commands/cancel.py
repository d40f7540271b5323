"""The command ``cancel``: the end of a message or a workflow run."""

from __future__ import annotations

import click

from qstash_dev.cli.client import Client, segment
from qstash_dev.cli.kinds import ROUTES, first_found, kinds_of
from qstash_dev.cli.options import JSON, URL, USER, any_id, as_command
from qstash_dev.cli.printing import print_json, print_line

_KINDS = ("message", "run")


@as_command(
    click.Argument(["id"], shell_complete=any_id),
    click.Option(["--abort", "is_aborted"], is_flag=True, help="Abort a call in flight, too."),
    USER,
    URL,
    JSON,
    example="qstash-dev cancel msg_26hZCxZCuWyyTWPmSVBrNC",
)
def command(client: Client, id: str, is_aborted: bool, as_json: bool) -> None:
    """Cancel a message or a workflow run.

    A message whose call is in flight is cancelled if that fails, and with --abort at once.
    """
    kinds = [kind for kind in kinds_of(id) if kind in _KINDS]
    if not kinds:
        raise click.UsageError(f"{id!r} is the id of neither a message nor a workflow run.")
    query = {"abort": "true"} if is_aborted else {}

    def cancel(kind: str) -> object:
        return client.call("POST", f"{ROUTES[kind]}/{segment(id)}/cancel", query)

    kind, answer = first_found(kinds, cancel)
    if as_json:
        print_json(answer)
    else:
        print_line(f"cancelled {kind} {id}")
