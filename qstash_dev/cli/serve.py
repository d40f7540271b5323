"""Runs one server until a signal: start-up text, a line per delivery attempt, and an orderly end."""

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

from qstash_dev.cli.banner import ready_line, ready_text
from qstash_dev.cli.event_lines import EventPrinter, RunPrinter, json_object
from qstash_dev.cli.output import Output, ensure_std_streams, left_out, standard_streams, wants_colour
from qstash_dev.cli.process import preheat_malloc, raise_file_limit, tune_gc
from qstash_dev.config import Config
from qstash_dev.server import Server, Undelivered
from qstash_dev.sockets import LOOPBACK, AddressInUse, address

_INTERRUPTED = 130
# Windows has no SIGHUP.
_HANGUP = getattr(signal, "SIGHUP", None)
_STOPPING = [number for number in (signal.SIGINT, signal.SIGTERM, _HANGUP) if number is not None]


def run(config: Config, *, level: int, as_json: bool, open_console: bool = False) -> NoReturn:
    """Serve in the foreground, then end the process; see :func:`serve`. Nothing is left for the interpreter to clear
    up, and while it did, it would take one more Ctrl-C for an accident."""
    os._exit(serve(config, level=level, as_json=as_json, open_console=open_console))


def serve(config: Config, *, level: int, as_json: bool, open_console: bool = False) -> int:
    """Serve until a signal comes and return the exit code.

    ``level`` is -1 for quiet, 0 for a line per delivery attempt, 1 for a line per event.
    ``open_console`` opens the console in the browser of this machine.
    """
    ensure_std_streams()
    raise_file_limit()
    preheat_malloc()
    with standard_streams(left_out_json if as_json else left_out) as (output, errors):
        try:
            return asyncio.run(_serve(config, Said(output, errors, as_json), level, open_console))
        except KeyboardInterrupt:
            return _INTERRUPTED
        except Exception:
            # Python itself would write this past the thread that writes, and wait for whoever does not read.
            logging.getLogger("qstash_dev").exception("qstash-dev has failed")
            return 1


class Said(NamedTuple):
    """Where it goes what the server says, and how."""

    output: Output
    errors: Output
    as_json: bool


async def _serve(config: Config, said: Said, level: int, open_console: bool) -> int:
    # Signals first: whoever reads that the server is ready may send one at once.
    with _signals() as stopping:
        server = Server(config)
        try:
            await server.start()
        except OSError as error:
            said.errors.later(why_not(error, config))
            return 1
        tune_gc()
        _tell_start(server, said, level)
        if open_console:
            opening = (f"{server.url}/", said.errors)
            threading.Thread(target=_open, args=opening, name="qstash-dev-open", daemon=True).start()
        await stopping.wait()
        output, as_json = said.output, said.as_json
        if in_flight := server.dispatcher.in_flight:
            output.later(_stopping_json(in_flight) if as_json else _stopping(in_flight, config.shutdown_grace_s))
        left = await server.stop()
        output.later(_farewell_json(left) if as_json else _farewell(left))
    return 0


def _tell_start(server: Server, said: Said, level: int) -> None:
    """Say that the server is ready, and from now on what it does."""
    output, as_json = said.output, said.as_json
    colour = not as_json and wants_colour(sys.stdout)
    output.later(ready_line(server) if as_json else ready_text(server, colour=colour))
    for warning in server.warnings:
        said.errors.later(f"warning: {warning}")
    if level >= 0:
        printer = EventPrinter(output, every_event=level > 0, as_json=as_json, colour=colour)
        run_printer = RunPrinter(output, as_json=as_json, colour=colour)
        for tenant in server.broker.tenants.all():
            tenant.log.subscribers.append(printer)
            tenant.runs.subscribers.append(run_printer)


@contextlib.contextmanager
def _signals() -> Iterator[asyncio.Event]:
    """An event that the first Ctrl-C, SIGTERM or SIGHUP sets. From then on another Ctrl-C or SIGTERM ends the process
    at once, whatever it is at, its very last moments included; terminals that close send SIGHUP twice."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop(number: signal.Signals) -> None:
        if stopping.is_set() and number != _HANGUP:
            # It came together with the first.
            _end_at_once()
        for one in numbers:
            with contextlib.suppress(NotImplementedError):  # Windows
                loop.remove_signal_handler(one)
            signal.signal(one, _ignore if one == _HANGUP else _end_at_once)
        stopping.set()

    # `nohup` lets a program ignore SIGHUP.
    numbers = [one for one in _STOPPING if one != _HANGUP or signal.getsignal(one) != signal.SIG_IGN]
    for number in numbers:
        try:
            loop.add_signal_handler(number, stop, number)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda came, _: loop.call_soon_threadsafe(stop, signal.Signals(came)))
    yield stopping


def _end_at_once(*_: object) -> None:
    os._exit(_INTERRUPTED)


def _ignore(*_: object) -> None:
    """Not ``SIG_IGN``, which a browser that we have started would inherit."""


def why_not(error: OSError, config: Config) -> str:
    """What to tell a user whose server cannot listen, with what to do about it."""
    if isinstance(error, AddressInUse):
        # The address comes last: the JavaScript SDK reads the port there.
        return f"Another program is listening there. Stop it, or choose another port with --port.\n{error}"
    hint = "an address of this machine with --host"
    if isinstance(error, PermissionError):
        hint = "a port of 1024 or above with --port"
    where = address(config.host or LOOPBACK[0], config.port)
    return f"Cannot listen on {where}: {error.strerror or error}. Choose {hint}."


def _stopping(in_flight: int, grace_s: float) -> str:
    return f"stopping: {in_flight} in flight may take {grace_s:g} s to finish; Ctrl-C again stops at once"


def _stopping_json(in_flight: int) -> str:
    return json_object(event="stopping", inFlight=in_flight)


def _farewell(left: Undelivered) -> str:
    if left.waiting == 0:
        return "stopped; nothing was left undelivered"
    gone = "1 undelivered message is gone" if left.waiting == 1 else f"{left.waiting} undelivered messages are gone"
    cut = f", {left.interrupted} cut off while being delivered" if left.interrupted else ""
    return f"stopped; {gone}{cut}"


def _farewell_json(left: Undelivered) -> str:
    return json_object(event="stopped", undelivered=left.waiting, interrupted=left.interrupted)


def left_out_json(lines: int) -> str:
    """The line for programs that stands for so many others."""
    return json_object(event="leftOut", lines=lines)


def _open(url: str, errors: Output) -> None:
    import webbrowser

    # Starting a browser may take seconds, and some only return when they are closed.
    if not webbrowser.open(url):
        errors.later(f"warning: found no browser to open; the console is at {url}")
