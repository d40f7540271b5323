"""Options that many commands share, and the parameters that they are read into."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import click

from qstash_dev.cli import one_dash
from qstash_dev.cli.client import Client

_URL_HELP = "The server.  [default: QSTASH_URL if it is local, port QSTASH_DEV_PORT, or port 8080]"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
SETTINGS: dict[str, Any] = {
    "help_option_names": one_dash.CONTEXT["help_option_names"],
    "max_content_width": one_dash.CONTEXT["max_content_width"],
}
"""The context settings of every command."""


def server_url(given: str | None) -> str:
    """The URL of the server that a command talks to, without a slash at its end.

    A hosted server in ``QSTASH_URL`` is passed over, because the commands are not for it.

    Raises ValueError: what was given, or ``QSTASH_DEV_PORT``, is wrong; says what would be right.
    """
    if given is not None:
        if not is_http_url(given):
            raise ValueError(f"{given!r} is not a URL such as http://127.0.0.1:8080")
        return given.rstrip("/")
    variable = os.environ.get("QSTASH_URL", "")
    if is_http_url(variable) and is_local(urlsplit(variable).hostname or ""):
        return variable.rstrip("/")
    port = os.environ.get("QSTASH_DEV_PORT") or "8080"
    if not (port.isascii() and port.isdigit() and 0 < int(port[:9]) <= 65_535):
        raise ValueError(f"QSTASH_DEV_PORT is {port!r}, which is not a whole number from 1 to 65535: give --url")
    return f"http://127.0.0.1:{int(port)}"


def is_http_url(text: str) -> bool:
    """Whether this is ``http://HOST[:PORT]``: the server speaks no TLS and has no path."""
    try:
        url = urlsplit(text)
        return url.scheme == "http" and bool(url.hostname) and url.path in ("", "/") and url.port != 0
    except ValueError:
        return False


def is_local(host: str) -> bool:
    """Whether a host is this machine or a service of Docker Compose, whose names have no dot."""
    return host in _LOOPBACK or "." not in host or host == "host.docker.internal"


def _url(_context: click.Context, _option: click.Parameter, value: str | None) -> str:
    try:
        return server_url(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _user(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    from qstash_dev.state.user import USERS

    known = [user.id for user in USERS]
    for number, name in enumerate(known, start=1):
        if value in (str(number), name):
            return name
    raise click.BadParameter(f"{value!r} is no user: use 1 to {len(known)}, or {', '.join(known)}.")


def instant(_context: click.Context, _option: click.Parameter, value: str | None) -> int | None:
    """A time as unix milliseconds, a callback of options. Times without an offset are in UTC."""
    from qstash_dev.clock import LAST_MS
    from qstash_dev.dev.instants import instant_ms, iso

    if value is None:
        return None
    try:
        at_ms = instant_ms(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} {error}") from None
    if not 0 <= at_ms <= LAST_MS:
        raise click.BadParameter(f"use a time from {iso(0)} to {iso(LAST_MS)}")
    return at_ms


def duration(_context: click.Context, _option: click.Parameter, value: str) -> int:
    """A duration such as ``10s`` or ``1h30m``, or a number of seconds, as milliseconds, a callback of options."""
    from qstash_dev.protocol.duration import parse_duration_ms

    try:
        return parse_duration_ms(value, long_units=True)
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is no duration: {error}.") from None


def message_id(context: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The ids of messages that begin so, newest first, for shell completion."""
    return _listed(context, "messages", "messages", "messageId", incomplete)


def any_id(context: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The ids of messages, schedules and queues that begin so, for shell completion."""
    schedules = _listed(context, "schedules", "", "scheduleId", incomplete)
    queues = _listed(context, "queues", "", "name", incomplete)
    return message_id(context, param, incomplete) + schedules + queues


def _listed(context: click.Context, path: str, field: str, id: str, incomplete: str) -> list[str]:
    try:
        answer = Client(server_url(context.params.get("url"))).get(path)
    except (ValueError, click.ClickException):
        # Nothing to complete: an error would be printed into the line that is typed.
        return []
    return [one[id] for one in (answer[field] if field else answer) if one[id].startswith(incomplete)]


URL = click.Option(["--url"], metavar="URL", callback=_url, help=_URL_HELP)
USER = click.Option(["--user"], metavar="USER", callback=_user, help="A user: 1 to 4, or a name.")
JSON = click.Option(["--json", "as_json"], is_flag=True, help="Print JSON.")


class Command(click.Command):
    """A command, with an example in its help."""

    def __init__(self, name: str, *, example: str, **more: Any) -> None:
        super().__init__(name, context_settings=SETTINGS, **more)
        self.example = example

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the example as it is, since its lines must not be wrapped."""
        super().format_epilog(ctx, formatter)
        with formatter.section("Example"):
            for line in self.example.splitlines():
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


def as_command(
    *params: click.Parameter, example: str, **more: Any
) -> Callable[[Callable[..., object]], click.Command]:
    """A decorator that makes a command of a function. Its docstring is the help, with ``example`` below.

    The function gets a ``client`` in place of the parameters ``URL`` and ``USER``.
    """

    def make(function: Callable[..., object]) -> click.Command:
        def run(**given: Any) -> object:
            if URL in params:
                given["client"] = Client(given.pop("url"), given.pop("user", None))
            return function(**given)

        return Command(
            function.__module__.rpartition(".")[2],
            callback=run,
            params=list(params),
            help=function.__doc__,
            example=example,
            **more,
        )

    return make
