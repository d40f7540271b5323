"""Runs one server until a signal: start-up text, a line per delivery attempt, and an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator

from qstash_dev.banner import ready_line, ready_text
from qstash_dev.config import Config
from qstash_dev.lines import EventPrinter, RunPrinter, json_object
from qstash_dev.listening import LOOPBACK, AddressInUse, address
from qstash_dev.output import Output, hold_standard_streams, wants_colour
from qstash_dev.process import keep_memory_of_reads, raise_file_limit, spare_the_collector
from qstash_dev.server import Server, Undelivered

_INTERRUPTED = 130


def run(config: Config, *, level: int, as_json: bool, open_console: bool = False) -> int:
    """Serve in the foreground and return the exit code.

    ``level`` is -1 for quiet, 0 for a line per delivery attempt, 1 for a line per event.
    ``open_console`` opens the console in the browser of this machine.
    """
    hold_standard_streams()
    raise_file_limit()
    keep_memory_of_reads()
    try:
        return asyncio.run(_serve(config, level, as_json, open_console))
    except KeyboardInterrupt:
        return _INTERRUPTED


async def _serve(config: Config, level: int, as_json: bool, open_console: bool) -> int:
    # Signals first: whoever reads that the server is ready may send one at once.
    with _signals() as stopping:
        server = Server(config)
        try:
            await server.start()
        except OSError as error:
            _complain(_why_not(error, config))
            return 1
        colour = not as_json and wants_colour(sys.stdout)
        output = Output(sys.stdout, _left_out_json if as_json else _left_out)
        spare_the_collector()
        output.now(ready_line(server) if as_json else ready_text(server, colour=colour))
        for warning in server.warnings:
            _complain(f"warning: {warning}")
        if open_console:
            threading.Thread(target=_open, args=(f"{server.url}/",), name="qstash-dev-open", daemon=True).start()
        if level >= 0:
            printer = EventPrinter(output, every_event=level > 0, as_json=as_json, colour=colour)
            run_printer = RunPrinter(output, as_json=as_json, colour=colour)
            for tenant in server.broker.tenants.all():
                tenant.log.subscribers.append(printer)
                tenant.runs.subscribers.append(run_printer)
        await stopping.wait()
        if in_flight := server.dispatcher.in_flight:
            output.later(_stopping_json(in_flight) if as_json else _stopping(in_flight, config.shutdown_grace_s))
        left = await server.stop()
        output.later(_farewell_json(left) if as_json else _farewell(left))
        output.close()
    return 0


@contextlib.contextmanager
def _signals() -> Iterator[asyncio.Event]:
    """An event that the first Ctrl-C or SIGTERM sets; the second ends the process at once."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if stopping.is_set():
            os._exit(_INTERRUPTED)
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
    yield stopping


def _why_not(error: OSError, config: Config) -> str:
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


def _left_out(lines: int) -> str:
    return f"({lines} lines left out: nobody read them in time)"


def _left_out_json(lines: int) -> str:
    return json_object(event="leftOut", lines=lines)


def _open(url: str) -> None:
    import webbrowser

    # Starting a browser may take seconds, and some only return when they are closed.
    if not webbrowser.open(url):
        _complain(f"warning: found no browser to open; the console is at {url}")


def _complain(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
