"""The command line: options and environment become a :class:`Config`; the server is imported by the command."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from qstash_dev import __version__
from qstash_dev.config import QUOTAS, Config, Retention
from qstash_dev.protocol.mapping import Mapping, parse_mapping

Command = TypeVar("Command", bound=Callable[..., Any])

_CONTEXT = {"help_option_names": ["-h", "-help", "--help"], "max_content_width": 110}
_PORT = click.IntRange(0, 65_535)
_COUNT = click.IntRange(1, 10_000_000)


@click.group(context_settings=_CONTEXT)
@click.version_option(__version__, "-version", "--version", prog_name="qstash-dev")
def main() -> None:
    """An open development server for QStash: publish, deliver, retry and look, all on this machine."""


def _listening(command: Command) -> Command:
    """Where the server listens. Single dashes are how the official CLI spells its flags."""
    for option in (
        click.option(
            "-allow-host",
            "--allow-host",
            multiple=True,
            envvar="QSTASH_DEV_ALLOW_HOST",
            show_envvar=True,
            help="Further name that clients may call the server by, '*' for any. Repeatable.",
        ),
        click.option(
            "-log-port",
            "--log-port",
            type=_PORT,
            envvar="QSTASH_DEV_LOG_PORT",
            help="Second port with the same API, for the log server of the Upstash console.  [default: port + 1]",
        ),
        click.option(
            "-port",
            "--port",
            type=_PORT,
            default=8080,
            show_default=True,
            envvar="QSTASH_DEV_PORT",
            show_envvar=True,
            help="Port to listen on; 0 lets the system choose.",
        ),
        click.option(
            "-host",
            "--host",
            envvar="QSTASH_DEV_HOST",
            show_envvar=True,
            help="Address to listen on.  [default: both loopback addresses]",
        ),
    ):
        command = option(command)
    return command


def _limits(command: Command) -> Command:
    """What the server enforces and how much it remembers."""
    for option in (
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
            "-quota",
            "--quota",
            type=click.Choice(sorted(QUOTAS)),
            default="payg",
            show_default=True,
            envvar="QSTASH_DEV_QUOTA",
            show_envvar=True,
            help="Plan whose limits are enforced.",
        ),
    ):
        command = option(command)
    return command


def _output(command: Command) -> Command:
    """What is printed while the server runs."""
    for option in (
        click.option(
            "--json", "as_json", is_flag=True, help="Print one JSON object per line, the first of them 'ready'."
        ),
        click.option("-v", "--verbose", is_flag=True, help="Print every event, not only delivery attempts."),
        click.option("-q", "--quiet", is_flag=True, help="Print nothing after start-up."),
    ):
        command = option(command)
    return command


def _mappings(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> tuple[Mapping, ...]:
    try:
        return tuple(parse_mapping(value) for value in values)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


@main.command(context_settings=_CONTEXT)
@_listening
@_limits
@click.option(
    "-map",
    "--map",
    "mappings",
    metavar="PATTERN=URL",
    callback=_mappings,
    multiple=True,
    help="Deliver what is published to PATTERN at URL instead; '*' may end both. Repeatable.",
)
@click.option("--insecure", is_flag=True, help="Do not check the TLS certificates of destinations.")
@click.option(
    "--ca-file", type=click.Path(exists=True, dir_okay=False), help="Trust the certificates in this PEM file."
)
@click.option("--open", "open_console", is_flag=True, help="Open the console in the browser.")
@_output
def dev(
    host: str | None,
    port: int,
    log_port: int | None,
    quota: str,
    retain_events: int,
    retain_messages: int,
    allow_host: tuple[str, ...],
    mappings: tuple[Mapping, ...],
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
        retention=Retention(events=retain_events, finished_messages=retain_messages),
        allow_hosts=allow_host,
        mappings=mappings,
        verify_tls=not insecure,
        ca_file=ca_file,
    )
    from qstash_dev.foreground import run

    sys.exit(run(config, level=-1 if quiet else int(verbose), as_json=as_json, open_console=open_console))


def _log_port(port: int, log_port: int | None) -> int | None:
    """The neighbour of the main port unless chosen; a port the system chooses has no neighbour to promise."""
    if log_port is not None:
        return log_port
    return port + 1 if 0 < port < 65_535 else None
