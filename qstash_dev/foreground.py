"""Runs one server until a signal: start-up text, a line per delivery attempt, and an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading

from qstash_dev.banner import EventPrinter, Output, ready_text
from qstash_dev.config import Config
from qstash_dev.server import AddressInUse, Server, Undelivered

_INTERRUPTED = 130


def run(config: Config, *, level: int, as_json: bool, open_console: bool = False) -> int:
    """Serve in the foreground and return the exit code.

    ``level`` is -1 for quiet, 0 for a line per delivery attempt, 1 for a line per event.
    ``open_console`` opens the console in the browser of this machine.
    """
    try:
        return asyncio.run(_serve(config, level, as_json, open_console))
    except KeyboardInterrupt:
        return _INTERRUPTED


async def _serve(config: Config, level: int, as_json: bool, open_console: bool) -> int:
    server = Server(config)
    try:
        await server.start()
    except AddressInUse as error:
        _complain(
            f"Another program is listening there. Stop it, or choose another port with --port.\n{error}",
        )
        return 1
    except OSError as error:
        _complain(f"Cannot listen on {config.host}: {error.strerror or error}. Choose another address with --host.")
        return 1
    output = Output(sys.stdout)
    output.now(ready_text(server, as_json=as_json))
    if server.log_port_problem is not None:
        _complain(f"warning: no log server: {server.log_port_problem}; choose another port with --log-port")
    if open_console:
        threading.Thread(target=_open, args=(f"{server.url}/",), name="qstash-dev-open", daemon=True).start()
    if level >= 0:
        printer = EventPrinter(output, every_event=level > 0, as_json=as_json)
        for tenant in server.broker.tenants.all():
            tenant.log.subscribers.append(printer)
    with _signals() as stopping:
        await stopping.wait()
        left = await server.stop()
    output.later(_farewell(left, as_json))
    output.close()
    return 0


@contextlib.contextmanager
def _signals():  # type: ignore[no-untyped-def]
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


def _farewell(left: Undelivered, as_json: bool) -> str:
    if as_json:
        return f'{{"event":"stopped","undelivered":{left.waiting},"interrupted":{left.interrupted}}}'
    if left.waiting == 0:
        return "stopped; nothing was left undelivered"
    cut = f", {left.interrupted} of them cut off while being delivered" if left.interrupted else ""
    return f"stopped; {left.waiting} messages were left undelivered{cut} and are gone"


def _open(url: str) -> None:
    import webbrowser

    # Starting a browser may take seconds, and some only return when they are closed.
    if not webbrowser.open(url):
        _complain(f"warning: found no browser to open; the console is at {url}")


def _complain(text: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
