"""The command ``qstash-dev dev``: its options, read from the command line or the environment into a :class:`Config`.

The server is imported when the command runs, so that ``--help`` is fast.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from qstash_dev.cli import one_dash
from qstash_dev.cli.process import fast_imports
from qstash_dev.clock import MAX_SCALE
from qstash_dev.config import QUOTAS, REGIONS, Config, Retention
from qstash_dev.protocol.mapping import Mapping, parse_mapping
from qstash_dev.protocol.origin import parse_allowed_host, parse_origin

Command = TypeVar("Command", bound=Callable[..., Any])
Value = TypeVar("Value")


class _Number(click.IntRange):
    """A whole number within bounds, with an error message that names the bounds."""

    name = "n"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is not a whole number from {self.min} to {self.max}.", param, ctx)


_PORT = _Number(0, 65_535)
_COUNT = _Number(1, 10_000_000)


def _address(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is not None and not value.strip():
        raise click.BadParameter("it is empty: use an address such as 127.0.0.1, or 0.0.0.0 for all.")
    return value


def _each(parse: Callable[[str], Value]) -> Callable[..., tuple[Value, ...]]:
    """A callback that applies ``parse`` to every value of a repeatable option and reports its :exc:`ValueError`."""

    def read(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> tuple[Value, ...]:
        try:
            return tuple(map(parse, values))
        except ValueError as error:
            raise click.BadParameter(str(error)) from None

    return read


def _variable(name: str) -> dict[str, Any]:
    """The environment variable of an option, shown in its help."""
    return {"envvar": f"QSTASH_DEV_{name}", "show_envvar": True}


def _options(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """A decorator that adds several options to a command."""

    def add(command: Command) -> Command:
        for option in options:
            command = option(command)
        return command

    return add


_callers = _options(
    click.option(
        "--allow-origin",
        metavar="ORIGIN",
        multiple=True,
        callback=_each(parse_origin),
        **_variable("ALLOW_ORIGIN"),
        help="Origin, such as http://localhost:3000, whose web pages may call the server. Repeatable.",
    ),
    click.option(
        "--allow-host",
        metavar="NAME",
        multiple=True,
        callback=_each(parse_allowed_host),
        **_variable("ALLOW_HOST"),
        help="Further host name that clients may use for the server, '*' for any. Repeatable.",
    ),
)
_listening = _options(
    click.option(
        "--log-port",
        type=_PORT,
        **_variable("LOG_PORT"),
        help="Second port with the same API, for the Upstash console.  [default: port + 1]",
    ),
    click.option(
        "--port",
        type=_PORT,
        default=8080,
        show_default=True,
        **_variable("PORT"),
        help="Port to listen on; 0 lets the system choose.",
    ),
    click.option(
        "--host",
        metavar="ADDRESS",
        callback=_address,
        **_variable("HOST"),
        help="Address to listen on.  [default: both loopback addresses]",
    ),
)
_limits = _options(
    click.option(
        "--retain-messages",
        type=_COUNT,
        default=Retention().finished_messages,
        show_default=True,
        help="Finished messages kept for each user.",
    ),
    click.option(
        "--retain-events",
        type=_COUNT,
        default=Retention().events,
        show_default=True,
        help="Log events kept for each user.",
    ),
    click.option(
        "--lazy-fetch-bytes",
        type=click.IntRange(min=0),
        metavar="N",
        help="Send larger workflow logs empty, so that the SDK fetches them.  [default: always send them]",
    ),
    click.option(
        "--region",
        type=click.Choice(REGIONS),
        default=REGIONS[0],
        show_default=True,
        **_variable("REGION"),
        help="Region in the header Upstash-Region of deliveries.",
    ),
    click.option(
        "--quota",
        type=click.Choice(sorted(QUOTAS)),
        default="payg",
        show_default=True,
        **_variable("QUOTA"),
        help="Plan of hosted QStash whose limits are enforced.",
    ),
)
_output = _options(
    click.option(
        "--json", "as_json", is_flag=True, help="Print one JSON object per line, starting with the event 'ready'."
    ),
    click.option("-v", "--verbose", is_flag=True, help="Print all events of messages, not only delivery attempts."),
    click.option("-q", "--quiet", is_flag=True, help="Print only the start-up text and what happens at the end."),
)


def _time_scale(_context: click.Context, _option: click.Parameter, value: float) -> float:
    # Not a click.FloatRange, which accepts NaN.
    if not 0 < value <= MAX_SCALE:
        raise click.BadParameter(f"use a number above 0, at most {MAX_SCALE:g}")
    return value


def _certificates(_context: click.Context, _option: click.Parameter, path: str | None) -> str | None:
    if path is not None:
        import ssl

        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
        except OSError:
            raise click.BadParameter(f"{path!r} holds no certificates in PEM form.") from None
    return path


@click.command(
    cls=one_dash.Command,
    context_settings=one_dash.CONTEXT,
    epilog="Long options may have one dash: -port 9000, -port=9000.",
)
@_callers
@_listening
@_limits
@click.option(
    "--time-scale",
    type=float,
    default=1.0,
    show_default=True,
    callback=_time_scale,
    **_variable("TIME_SCALE"),
    help="Speed of the clock for delays, retries and schedules, as a multiple of real time.",
)
@click.option(
    "--map",
    "mappings",
    metavar="PATTERN=URL",
    callback=_each(parse_mapping),
    multiple=True,
    help="Deliver messages for PATTERN to URL instead; both may end in '*'. Repeatable.",
)
@click.option(
    "--retry-when-up",
    is_flag=True,
    **_variable("RETRY_WHEN_UP"),
    help="Probe an app on this machine that refused a connection each second, and retry as soon as it listens.",
)
@click.option("--insecure", is_flag=True, help="Do not check the TLS certificates of destinations.")
@click.option(
    "--ca-file",
    type=click.Path(exists=True, dir_okay=False),
    callback=_certificates,
    help="Trust the certificates in this PEM file as well.",
)
@click.option("--open", "open_console", is_flag=True, help="Open the console in a browser.")
@_output
@click.pass_obj
def dev(
    run: Callable[..., object] | None,
    host: str | None,
    port: int,
    log_port: int | None,
    quota: str,
    region: str,
    retain_events: int,
    retain_messages: int,
    time_scale: float,
    lazy_fetch_bytes: int | None,
    allow_host: tuple[str, ...],
    allow_origin: tuple[str, ...],
    mappings: tuple[Mapping, ...],
    retry_when_up: bool,
    insecure: bool,
    ca_file: str | None,
    open_console: bool,
    quiet: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Start the development server."""
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose contradict each other: give one of them.")
    config = Config(
        host=host,
        port=port,
        log_port=_log_port(port, log_port),
        quota=QUOTAS[quota],
        region=region,
        retention=Retention(events=retain_events, finished_messages=retain_messages),
        lazy_fetch_bytes=lazy_fetch_bytes,
        allow_hosts=allow_host,
        allow_origins=allow_origin,
        mappings=mappings,
        retry_when_up=retry_when_up,
        verify_tls=not insecure,
        ca_file=ca_file,
        time_scale=time_scale,
    )
    run = run or _server()
    run(config, level=-1 if quiet else int(verbose), as_json=as_json, open_console=open_console)


def _server() -> Callable[..., object]:
    with fast_imports():
        from qstash_dev.cli.serve import run
    return run


def _log_port(port: int, log_port: int | None) -> int | None:
    """The log port if it is given, otherwise the port after the main one, or ``None`` if the system chooses the main
    port."""
    if log_port is not None:
        return log_port
    return port + 1 if 0 < port < 65_535 else None
