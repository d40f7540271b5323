"""The command ``replay``: a message published once more."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import click

from qstash_dev.cli.client import Client, segment
from qstash_dev.cli.options import JSON, URL, USER, as_command, message_id
from qstash_dev.cli.printing import print_json, print_line

_WHOLE_BODY = "999999999"


def _body(_context: click.Context, _option: click.Parameter, value: str | None) -> bytes | None:
    if value is None or not value.startswith("@"):
        return None if value is None else value.encode("utf-8", "surrogateescape")
    try:
        return Path(value[1:]).read_bytes()
    except OSError as error:
        raise click.BadParameter(f"{value[1:]}: {error.strerror or error}") from None


def _headers(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> dict[str, list[str]]:
    headers = dict[str, list[str]]()
    for name, colon, value in (one.partition(":") for one in values):
        if not colon or not name.strip():
            raise click.BadParameter(f"{name!r} is no header such as 'Upstash-Delay: 10s'.")
        headers.setdefault(name.strip(), []).append(value.strip())
    return headers


@as_command(
    click.Argument(["id"], shell_complete=message_id),
    click.Option(["-d", "--data", "body"], metavar="BODY", callback=_body, help="Another body, or @FILE."),
    click.Option(
        ["-H", "--header", "headers"],
        metavar="'NAME: VALUE'",
        multiple=True,
        callback=_headers,
        help="A header as for publishing, such as Upstash-Delay. Repeatable.",
    ),
    click.Option(["--edit", "is_edited"], is_flag=True, help="Change the body in $EDITOR first."),
    USER,
    URL,
    JSON,
    example="""qstash-dev replay msg_26hZCxZCuWyyTWPmSVBrNC
qstash-dev replay msg_26hZCxZCuWyyTWPmSVBrNC -d '{"fixed": true}' -H 'Upstash-Forward-X-Tenant: acme'""",
)
def command(
    client: Client, id: str, body: bytes | None, headers: dict[str, list[str]], is_edited: bool, as_json: bool
) -> None:
    """Publish a message once more, with another body or other headers if they are given."""
    if is_edited and body is not None:
        raise click.UsageError("--data and --edit contradict each other: give one of them.")
    if is_edited:
        body = _edited(client, id)
    given: dict[str, Any] = {} if body is None else {"bodyBase64": b64encode(body).decode("ascii")}
    if headers:
        given["headers"] = headers
    answer = client.post(f"messages/{segment(id)}/replay", given)
    if as_json:
        print_json(answer)
    else:
        print_line(f"{id} was replayed as {answer['messageId']}")


def _edited(client: Client, id: str) -> bytes:
    """The body as it is after an editor has saved it."""
    message: dict[str, Any] = client.get(f"messages/{segment(id)}", trimBody=_WHOLE_BODY)["message"]
    if "bodyBase64" in message:
        raise click.ClickException("The body is no text: give another one with --data @FILE.")
    text: str = message["body"]
    changed = click.edit(text)
    if changed is None:
        raise click.ClickException("The editor has saved nothing: the message was not replayed.")
    # Editors, and click for them, end the last line.
    return (changed if text.endswith("\n") else changed.removesuffix("\n")).encode()
