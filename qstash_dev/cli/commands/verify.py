"""The command ``verify``: which check of a signature fails (https://upstash.com/docs/qstash/howto/signature)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import IO

import click

from qstash_dev.cli.client import Client, segment
from qstash_dev.cli.options import JSON, as_command, instant, message_id, server_url
from qstash_dev.cli.printing import print_json, print_line
from qstash_dev.cli.received_signature import Check, Received, checks, parse_token
from qstash_dev.clock import Clock
from qstash_dev.state.user import USERS

_VARIABLES = ("QSTASH_CURRENT_SIGNING_KEY", "QSTASH_NEXT_SIGNING_KEY")
# What the server calls the claims.
_NAMES = {"alg": "algorithm", "signature": "key", "iss": "issuer", "sub": "subject", "exp": "expiry", "jti": "id"}


@as_command(
    click.Argument(["id"], required=False, shell_complete=message_id),
    click.Option(["--url"], metavar="URL", help="The URL that was called. With ID, the server."),
    click.Option(["--body"], type=click.File("rb"), metavar="FILE", help="The body, - for standard input."),
    click.Option(["--signature"], metavar="JWT", help="The header Upstash-Signature."),
    click.Option(["--key", "more_keys"], metavar="KEY", multiple=True, help="A further signing key. Repeatable."),
    click.Option(
        ["--at", "at_ms"], metavar="TIME", callback=instant, help="When it was received, ISO 8601.  [default: now]"
    ),
    JSON,
    example='qstash-dev verify --url http://localhost:3000/api --body body.json --signature "$SIGNATURE"\n'
    "qstash-dev verify msg_26hZCxZCuWyyTWPmSVBrNC",
)
def command(
    id: str | None,
    url: str | None,
    body: IO[bytes] | None,
    signature: str | None,
    more_keys: tuple[str, ...],
    at_ms: int | None,
    as_json: bool,
) -> None:
    """Tell which check of a signature fails.

    Without ID it is checked here: the body that came, or none, with the keys of all users, those in the environment
    and further ones. With the ID of a message the server tells of its latest delivery attempt.
    """
    if id is not None:
        if body or signature or more_keys or at_ms is not None:
            raise click.UsageError("With the ID of a message the server knows the rest: leave out the other options.")
        found = _of_message(id, url)
    elif url is None or signature is None:
        raise click.UsageError("Give --url and --signature, and --body if there was one, or the ID of a message.")
    else:
        at_s = (Clock.wall_ms() if at_ms is None else at_ms) // 1_000
        received = Received(url, b"" if body is None else body.read(), _keys(more_keys), at_s)
        try:
            found = checks(parse_token(signature.strip()), received)
        except ValueError as error:
            raise click.ClickException(f"The signature is no JWT: {error}.") from None
    _report(found, as_json=as_json)


def _keys(more: Iterable[str]) -> dict[str, str]:
    keys = {f"{name} of this environment": os.environ[name] for name in _VARIABLES if os.environ.get(name)}
    keys |= {f"--key {number}": key for number, key in enumerate(more, start=1)}
    for user in USERS:
        keys[f"current key of {user.id}"] = user.current_signing_key
        keys[f"next key of {user.id}"] = user.next_signing_key
    # The owner says more than the variable that holds the same key.
    owners = {key: owner for owner, key in keys.items()}
    return {owner: key for key, owner in owners.items()}


def _of_message(id: str, url: str | None) -> list[Check]:
    try:
        client = Client(server_url(url))
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    detail = client.get(f"messages/{segment(id)}", trimBody="0")
    signed = [one["signature"] for one in detail["attempts"] if one["signature"] is not None]
    if not signed:
        raise click.ClickException(f"No delivery attempt of {id} has sent a signature yet.")
    user = detail["user"]
    return [Check(_NAMES.get(one["name"], one["name"]), one["ok"], _told(one, user)) for one in signed[-1]["checks"]]


def _told(check: dict[str, str], user: str) -> str:
    if check["name"] == "signature":
        return f"{check['text']} ({user})"
    return f"{check['value']}: {check['text']}"


def _report(found: list[Check], *, as_json: bool) -> None:
    valid = all(check.ok for check in found)
    if as_json:
        print_json({"valid": valid, "checks": [check._asdict() for check in found]})
    else:
        width = max(len(check.name) for check in found)
        for check in found:
            line = f"{'ok' if check.ok else 'FAILED':6}  {check.name:{width}}  {check.text}"
            print_line(line, fg=None if check.ok else "red")
        print_line("valid" if valid else "not valid")
    if not valid:
        raise SystemExit(1)
