"""The run of a server in the foreground: start-up text, output while it runs, and the end after a signal."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

from click import ClickException

from qstash_dev.cli.banner import ready_line, ready_text
from qstash_dev.cli.client import Client
from qstash_dev.cli.colour import wants_colour
from qstash_dev.cli.event_lines import EventPrinter, json_object
from qstash_dev.cli.line_limiter import LineLimiter
from qstash_dev.cli.notice_lines import NoticePrinter
from qstash_dev.cli.output import Output, ensure_std_streams, left_out, standard_streams
from qstash_dev.cli.process import raise_file_limit, tune_gc
from qstash_dev.cli.refusal_lines import RefusalPrinter
from qstash_dev.cli.run_lines import RunPrinter
from qstash_dev.cli.travel_lines import TravelPrinter
from qstash_dev.cli.up_lines import UpPrinter
from qstash_dev.config import Config
from qstash_dev.server import Server, Undelivered
from qstash_dev.sockets import LOOPBACK, AddressInUse, address

_INTERRUPTED = 130
_PORT_IN_USE = 3
# How long the program that uses the port is asked who it is, in seconds.
_ASKING_S = 1.0
_ALL = ("0.0.0.0", "::")
# Windows has no SIGHUP.
_HANGUP = getattr(signal, "SIGHUP", None)
_STOPPING = [number for number in (signal.SIGINT, signal.SIGTERM, _HANGUP) if number is not None]


def run(config: Config, *, level: int, as_json: bool, open_console: bool = False) -> NoReturn:
    """Serve, see :func:`serve`, then end the process at once. The interpreter has nothing left to clean up, and
    another Ctrl-C during its clean-up would print a traceback."""
    os._exit(serve(config, level=level, as_json=as_json, open_console=open_console))


def serve(config: Config, *, level: int, as_json: bool, open_console: bool = False) -> int:
    """Serve until a signal arrives. Returns the exit code.

    ``level`` is -1 for ``--quiet``, 0 for a line for each delivery attempt, 1 for a line for each event.
    ``open_console`` opens the console in a browser.
    """
    ensure_std_streams()
    raise_file_limit()
    with standard_streams(left_out_json if as_json else left_out) as (output, errors):
        try:
            return asyncio.run(_serve(config, Outputs(output, errors, as_json), level, open_console))
        except KeyboardInterrupt:
            return _INTERRUPTED
        except Exception:
            # Logged here, since Python itself would write the traceback to a pipe that may be full, and wait.
            logging.getLogger("qstash_dev").exception("qstash-dev has failed")
            return 1


class Outputs(NamedTuple):
    """Standard output and standard error, and whether lines on standard output are JSON."""

    output: Output
    errors: Output
    as_json: bool


async def _serve(config: Config, outputs: Outputs, level: int, open_console: bool) -> int:
    # Signals first: a program that reads that the server is ready may send one at once.
    with _signals() as stopping:
        server = Server(config)
        try:
            await server.start()
        except OSError as error:
            is_ours = isinstance(error, AddressInUse) and await _is_ours(config)
            outputs.errors.write_line(start_error(error, config, is_ours=is_ours))
            return _PORT_IN_USE if isinstance(error, AddressInUse) else 1
        tune_gc()
        lines = LineLimiter(outputs.output, server.clock.monotonic_s, asyncio.get_running_loop().call_later)
        _report_start(server, outputs, lines, level)
        if open_console:
            opening = (f"{server.url}/", outputs.errors)
            threading.Thread(target=_open, args=opening, name="qstash-dev-open", daemon=True).start()
        await stopping.wait()
        output, as_json = outputs.output, outputs.as_json
        if in_flight := server.dispatcher.in_flight:
            waits = f"stopping: waiting up to {config.shutdown_grace_s:g} s for attempts in flight ({in_flight})"
            text = f"{waits}; Ctrl-C again stops at once"
            output.write_line(json_object(event="stopping", inFlight=in_flight) if as_json else text)
        left = await server.stop()
        lines.tell_left_out()
        line = json_object(event="stopped", undelivered=left.waiting, interrupted=left.interrupted)
        output.write_line(line if as_json else _stopped(left))
    return 0


def _report_start(server: Server, outputs: Outputs, lines: LineLimiter, level: int) -> None:
    """Print the start-up text and warnings, and subscribe ``lines`` to what happens from now on."""
    output, as_json = outputs.output, outputs.as_json
    colour = not as_json and wants_colour(sys.stdout)
    output.write_line(ready_line(server) if as_json else ready_text(server, colour=colour))
    for warning in server.warnings:
        outputs.errors.write_line(f"warning: {warning}")
    if level >= 0:
        subscribe(server, lines, every_event=level > 0, as_json=as_json, colour=colour)


def subscribe(server: Server, lines: LineLimiter, *, every_event: bool, as_json: bool, colour: bool) -> None:
    """Print what happens from now on to ``lines``."""
    travel = TravelPrinter(lines, as_json=as_json, colour=colour)
    server.travel.subscribers.append(travel)
    server.retry_when_up.subscribers.append(UpPrinter(lines, as_json=as_json, colour=colour))
    run_printer = RunPrinter(lines, as_json=as_json, colour=colour)
    notice_printer = NoticePrinter(lines, as_json=as_json, colour=colour)
    # Programs get all lines, and so does who asks for all events.
    is_filtered = not (as_json or every_event)
    for tenant in server.broker.tenants.all():
        printer = EventPrinter(
            lines, tenant.user, f"{server.url}/", every_event=every_event, as_json=as_json, colour=colour
        )
        tenant.log.subscribers.append(travel.filtered(printer) if is_filtered else printer)
        tenant.notice_subscribers.append(travel.notices(notice_printer) if is_filtered else notice_printer)
        tenant.runs.subscribers.append(run_printer)
        tenant.runs.unheard.subscribers.append(run_printer.unheard)
    refusal_printer = RefusalPrinter(lines, polling=every_event, as_json=as_json, colour=colour)
    for refusals in server.broker.tenants.all_refusals():
        refusals.subscribers.append(refusal_printer)


@contextlib.contextmanager
def _signals() -> Iterator[asyncio.Event]:
    """An event that the first Ctrl-C, SIGTERM or SIGHUP sets.

    After that, another Ctrl-C or SIGTERM ends the process at once, until its very end. Another SIGHUP is ignored,
    since a terminal that closes sends two.
    """
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop(number: signal.Signals) -> None:
        if stopping.is_set() and number != _HANGUP:
            # It arrived together with the first one.
            _end_at_once()
        for one in numbers:
            with contextlib.suppress(NotImplementedError):  # Windows
                loop.remove_signal_handler(one)
            signal.signal(one, _ignore if one == _HANGUP else _end_at_once)
        stopping.set()

    # Under `nohup` the program ignores SIGHUP.
    numbers = [one for one in _STOPPING if one != _HANGUP or signal.getsignal(one) != signal.SIG_IGN]
    for number in numbers:
        try:
            loop.add_signal_handler(number, stop, number)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda received, _: loop.call_soon_threadsafe(stop, signal.Signals(received)))
    yield stopping


def _end_at_once(*_: object) -> None:
    os._exit(_INTERRUPTED)


def _ignore(*_: object) -> None:
    """In place of ``SIG_IGN``, which a browser started by this process would inherit."""


async def _is_ours(config: Config) -> bool:
    """Whether qstash-dev is the program that uses the port."""
    host = LOOPBACK[0] if config.host in (None, *_ALL) else config.host
    client = Client(f"http://{address(host or LOOPBACK[0], config.port)}")
    try:
        answer = await asyncio.to_thread(client.call, "GET", "status", timeout_s=_ASKING_S)
    except ClickException:
        return False
    return isinstance(answer, dict) and "version" in answer


def start_error(error: OSError, config: Config, *, is_ours: bool = False) -> str:
    """What to tell a user whose server cannot start, with what to do about it. ``is_ours``: qstash-dev uses the port
    already."""
    if isinstance(error, AddressInUse):
        who = "qstash-dev is already running there" if is_ours else "Another program uses this port"
        do = "Use it, stop it" if is_ours else "Stop it"
        # The address is last, since the JavaScript SDK reads the port from the end of the text.
        return f"{who}. {do}, or choose another port with --port.\n{error}"
    hint = "an address of this machine with --host"
    if isinstance(error, PermissionError):
        hint = "a port of 1024 or above with --port"
    where = address(config.host or LOOPBACK[0], config.port)
    return f"Cannot listen on {where}: {error.strerror or error}. Choose {hint}."


def _stopped(left: Undelivered) -> str:
    if left.waiting == 0:
        return "stopped; nothing was left undelivered"
    lost = "1 undelivered message is lost" if left.waiting == 1 else f"{left.waiting} undelivered messages are lost"
    cut_off = f"; attempts cut off: {left.interrupted}" if left.interrupted else ""
    return f"stopped; {lost}{cut_off}"


def left_out_json(lines: int) -> str:
    """The line of JSON that tells how many lines were left out."""
    return json_object(event="leftOut", lines=lines)


def _open(url: str, errors: Output) -> None:
    import webbrowser

    # This may take seconds, and with some browsers it returns only when the browser is closed.
    if not webbrowser.open(url):
        errors.write_line(f"warning: no browser was found; the console is at {url}")
