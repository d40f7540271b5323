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
from qstash_dev.protocol.mapping import Side, parse_mapping
from qstash_dev.protocol.origin import parse_allowed_host, parse_origin

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


def _side(_context: click.Context, _option: click.Parameter, value: str) -> Side:
    return Side(value)


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


def _option(names: str, help: str, *, variable: bool = False, **more: Any) -> click.Option:
    """An option, with its default in its help. ``variable``: it may also be given in the environment, as
    ``QSTASH_DEV_LOG_PORT`` for ``--log-port``."""
    if variable:
        more |= {"envvar": f"QSTASH_DEV_{names.split()[0][2:].replace('-', '_').upper()}", "show_envvar": True}
    return click.Option(names.split(), help=help, show_default="default" in more, **more)


_ORIGIN = "Origin, such as http://localhost:3000, whose web pages may call the server. Repeatable."
_HOST = "Further host name that clients may use for the server, '*' for any. Repeatable."
_LOG_PORT = "Second port with the same API, for the Upstash console.  [default: port + 1]"
_QUOTA = "Plan of hosted QStash whose limits are enforced."
_LAZY = "Send larger workflow logs empty, so that the SDK fetches them.  [default: always send them]"
_SPEED = "Speed of the clock for delays, retries and schedules, as a multiple of real time."
_MAP = "Deliver messages for PATTERN to URL instead; 'https://*' is every host. Repeatable."
_MAP_HOST = "Whose host mapped deliveries have in the header Host."
_MAP_SIGN = "Which URL mapped deliveries sign."
_LOCAL_ONLY = "Call nothing off this machine that no mapping catches."
_SIDE = click.Choice([side.value for side in Side])
_UP = "Probe an app on this machine that refused a connection each second, and retry as soon as it listens."
_FILE = click.Path(exists=True, dir_okay=False)
_OPTIONS: list[click.Parameter] = [
    _option(
        "--allow-host allow_hosts",
        _HOST,
        metavar="NAME",
        callback=_each(parse_allowed_host),
        variable=True,
        multiple=True,
    ),
    _option(
        "--allow-origin allow_origins",
        _ORIGIN,
        metavar="ORIGIN",
        callback=_each(parse_origin),
        variable=True,
        multiple=True,
    ),
    _option(
        "--host",
        "Address to listen on.  [default: both loopback addresses]",
        metavar="ADDRESS",
        callback=_address,
        variable=True,
    ),
    _option("--port", "Port to listen on; 0 lets the system choose.", type=_PORT, default=8080, variable=True),
    _option("--log-port", _LOG_PORT, type=_PORT, variable=True),
    _option("--quota", _QUOTA, type=click.Choice(sorted(QUOTAS)), default="payg", variable=True),
    _option(
        "--region",
        "Region in the header Upstash-Region of deliveries.",
        type=click.Choice(REGIONS),
        default=REGIONS[0],
        variable=True,
    ),
    _option("--lazy-fetch-bytes", _LAZY, type=click.IntRange(min=0), metavar="N"),
    _option("--retain-events", "Log events kept for each user.", type=_COUNT, default=Retention().events),
    _option(
        "--retain-messages",
        "Finished messages kept for each user.",
        type=_COUNT,
        default=Retention().finished_messages,
    ),
    _option("--time-scale", _SPEED, type=float, default=1.0, callback=_time_scale, variable=True),
    _option(
        "--map mappings", _MAP, metavar="PATTERN=URL", callback=_each(parse_mapping), variable=True, multiple=True
    ),
    _option("--map-host", _MAP_HOST, type=_SIDE, default=Side.TARGET.value, callback=_side, variable=True),
    _option("--map-sign", _MAP_SIGN, type=_SIDE, default=Side.PUBLISHED.value, callback=_side, variable=True),
    _option("--local-only", _LOCAL_ONLY, is_flag=True, variable=True),
    _option("--retry-when-up", _UP, is_flag=True, variable=True),
    _option("--insecure", "Do not check the TLS certificates of destinations.", is_flag=True),
    _option("--ca-file", "Trust the certificates in this PEM file as well.", type=_FILE, callback=_certificates),
    _option("--open open_console", "Open the console in a browser.", is_flag=True),
    _option("-q --quiet", "Print only the start-up text and what happens at the end.", is_flag=True),
    _option("-v --verbose", "Print all events of messages, not only delivery attempts.", is_flag=True),
    _option("--json as_json", "Print one JSON object per line, starting with the event 'ready'.", is_flag=True),
]


@click.command(
    cls=one_dash.Command,
    params=_OPTIONS,
    context_settings=one_dash.CONTEXT,
    epilog="Long options may have one dash: -port 9000, -port=9000.",
)
@click.pass_obj
def dev(
    run: Callable[..., object] | None,
    /,
    quiet: bool,
    verbose: bool,
    as_json: bool,
    open_console: bool,
    **options: Any,
) -> None:
    """Start the development server."""
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose contradict each other: give one of them.")
    run, config = run or _server(), _config(**options)
    run(config, level=-1 if quiet else int(verbose), as_json=as_json, open_console=open_console)


def _config(
    quota: str, port: int, log_port: int | None, retain_events: int, retain_messages: int, insecure: bool, **same: Any
) -> Config:
    """``same`` are the options that the configuration has under the same names."""
    if log_port is None and 0 < port < 65_535:
        log_port = port + 1
    retention = Retention(events=retain_events, finished_messages=retain_messages)
    return Config(
        port=port, log_port=log_port, quota=QUOTAS[quota], retention=retention, verify_tls=not insecure, **same
    )


def _server() -> Callable[..., object]:
    with fast_imports():
        from qstash_dev.cli.serve import run
    return run
