"""The command ``env``: the variables of a user for shells, files and containers."""

from __future__ import annotations

import json
import sys
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from qstash_dev.cli import dotenv
from qstash_dev.cli.client import Client, Unreachable
from qstash_dev.cli.options import JSON, URL, USER, as_command, is_local
from qstash_dev.cli.printing import print_json, print_line
from qstash_dev.state.user import USERS, environment

_LINES = {
    "shell": 'export {name}="{value}"',
    "fish": 'set -gx {name} "{value}"',
    "powershell": '$env:{name} = "{value}"',
    "dotenv": '{name}="{value}"',
    "docker": "{name}={value}",
    "compose": '  {name}: "{value}"',
    "github": "{name}={value}",
}
_IN_FILES = ("shell", "dotenv", "docker", "github")
_HOST_OF_CONTAINERS = "host.docker.internal"
_FOR_CONTAINERS = (
    f"note: containers reach the server as {_HOST_OF_CONTAINERS} if it was started with "
    f"--host 0.0.0.0 --allow-host {_HOST_OF_CONTAINERS}"
)
_REPLACED = "{file} has a token of hosted QStash, which would be lost: give --yes to replace it. Nothing was changed."


@as_command(
    click.Option(
        ["--format", "form"],
        type=click.Choice([*_LINES, "json"]),
        help="Form of the variables.  [default: shell; dotenv with --write]",
    ),
    click.Option(
        ["--write", "file"],
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        help="Update these variables in a file, and leave the rest of it as it is.",
    ),
    click.Option(["--yes", "is_sure"], is_flag=True, help="Replace a token of hosted QStash in the file."),
    USER,
    URL,
    JSON,
    example='qstash-dev env --write .env.local --user 2\neval "$(qstash-dev env)"',
)
def command(client: Client, form: str | None, file: Path | None, is_sure: bool, as_json: bool) -> None:
    """Print the variables with which an application uses the server.

    Without a running server these are the values that it will have. For docker and compose the server is called
    host.docker.internal.
    """
    if as_json and file is None and form not in (None, "json"):
        raise click.UsageError("--json and --format contradict each other: give one of them.")
    if file is None:
        form = "json" if as_json else form or "shell"
        _print(_variables(client, form), form)
        return
    form = form or "dotenv"
    if form not in _IN_FILES:
        raise click.UsageError(f"--write is for files of lines NAME=value: use --format {', '.join(_IN_FILES)}.")
    _write(file, _variables(client, form), _LINES[form], is_sure=is_sure, as_json=as_json)


def _variables(client: Client, form: str) -> dict[str, str]:
    user = client.user or USERS[0].id
    try:
        users = Client(client.url).get("setup")["users"]
        variables: dict[str, str] = next(one["env"] for one in users if one["name"] == user)
    except Unreachable:
        one = next(one for one in USERS if one.id == user)
        variables = environment(client.url, one.token, one.current_signing_key, one.next_signing_key)
    host = urlsplit(client.url)
    if form in ("docker", "compose") and is_local(host.hostname or "") and host.hostname != _HOST_OF_CONTAINERS:
        variables["QSTASH_URL"] = f"http://{_HOST_OF_CONTAINERS}:{host.port or 80}"
        print_line(_FOR_CONTAINERS, err=True)
    return variables


def _print(variables: dict[str, str], form: str) -> None:
    if form == "json":
        print_json(variables)
        return
    if form == "compose":
        print_line("environment:")
    for name, value in variables.items():
        print_line(_LINES[form].format(name=name, value=value))


def _write(file: Path, variables: dict[str, str], line: str, *, is_sure: bool, as_json: bool) -> None:
    try:
        text = file.read_bytes() if file.exists() else b""
        if not is_sure and any(map(is_hosted, dotenv.values_of(text, "QSTASH_TOKEN"))):
            _ask(file)
        done = dotenv.updated(text, variables, line)
        if done.text != text:
            file.write_bytes(done.text)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror or error}") from None
    if as_json:
        print_json({"file": str(file), "updated": done.updated, "added": done.added})
        return
    told = [f"{what} {', '.join(names)}" for what, names in zip(("updated", "added"), done[1:], strict=True) if names]
    print_line(f"{file}: {'; '.join(map(str, told)) or 'nothing to change'}")


def _ask(file: Path) -> None:
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise click.UsageError(_REPLACED.format(file=file))
    if not click.confirm(f"{file} has a token of hosted QStash. Replace it?", err=True):
        raise click.UsageError("Nothing was changed.")


def is_hosted(token: str) -> bool:
    """Whether this is a token of hosted QStash: base64 of JSON with ``UserID`` and ``Password``, of none of our
    users (https://upstash.com/docs/qstash/howto/local-development)."""
    if token in {own for user in USERS for own in (user.token, user.read_only_token)}:
        return False
    try:
        # Padding that is too long is accepted, and one that is missing is common.
        fields: Any = json.loads(urlsafe_b64decode(token.replace("+", "-").replace("/", "_") + "=="))
    except (ValueError, RecursionError):
        return False
    return isinstance(fields, dict) and "UserID" in fields and "Password" in fields
