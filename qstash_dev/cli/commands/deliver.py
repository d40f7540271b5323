"""The command ``deliver``: a message that waits is due now."""

from __future__ import annotations

import click

from qstash_dev.cli.client import Client, segment
from qstash_dev.cli.options import JSON, URL, USER, as_command, message_id
from qstash_dev.cli.printing import print_json, print_line


@as_command(
    click.Argument(["id"], shell_complete=message_id),
    USER,
    URL,
    JSON,
    example="qstash-dev deliver msg_26hZCxZCuWyyTWPmSVBrNC",
)
def command(client: Client, id: str, as_json: bool) -> None:
    """Deliver a message now that waits for its delay or its retry."""
    answer = client.post(f"messages/{segment(id)}/deliver")
    if as_json:
        print_json(answer)
    else:
        print_line(f"{id} is due now")
