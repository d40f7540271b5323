"""What a person sees in the terminal: the start-up text, and a line for each delivery attempt."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import sys
import threading
from datetime import datetime
from typing import TextIO

from qstash_dev import __version__
from qstash_dev.protocol.result import Responded, Unreachable
from qstash_dev.server import Server
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.tenant import USERS, User

_MAX_QUEUED = 10_000
_STYLES = {"DELIVERED": "32", "ERROR": "31", "FAILED": "31;1", "RETRY": "33", "CANCELED": "35"}


def environment(user: User, url: str) -> dict[str, str]:
    """The four variables that point any official SDK at this server as ``user``."""
    return {
        "QSTASH_URL": url,
        "QSTASH_TOKEN": user.token,
        "QSTASH_CURRENT_SIGNING_KEY": user.current_signing_key,
        "QSTASH_NEXT_SIGNING_KEY": user.next_signing_key,
    }


def ready_text(server: Server, *, as_json: bool) -> str:
    """The start-up text. The JavaScript SDK waits for a line with ``running at`` in it."""
    if as_json:
        return json.dumps(
            {
                "event": "ready",
                "version": __version__,
                "url": server.url,
                "port": server.port,
                "logPort": server.log_port,
                "console": f"{server.url}/",
                "env": environment(USERS[0], server.url),
                "users": [
                    {"name": user.id, "env": environment(user, server.url), "readOnlyToken": user.read_only_token}
                    for user in USERS
                ],
            }
        )
    if wants_colour(sys.stdout):
        return _rich_ready_text(server)
    return _plain_ready_text(server)


def wants_colour(stream: TextIO) -> bool:
    """Whether the stream is a terminal that shows colours (https://no-color.org, FORCE_COLOR)."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def _plain_ready_text(server: Server) -> str:
    lines = [f"qstash-dev {__version__} is running at {server.url}", f"Console: {server.url}/", ""]
    for user in USERS:
        lines += [f"# {user.id}", *_environment_lines(user, server.url), ""]
    return "\n".join([*lines, "Sample request:", _sample(server), ""])


def _rich_ready_text(server: Server) -> str:
    import io

    from rich.console import Console
    from rich.panel import Panel

    text = io.StringIO()
    console = Console(file=text, force_terminal=True, highlight=False, width=_width())
    console.print(
        Panel.fit(f"qstash-dev {__version__} is running at [bold cyan]{server.url}[/]", border_style="green")
    )
    console.print(f"Console: [bold cyan]{server.url}/[/]")
    for user in USERS:
        console.print(f"\n[dim]#[/] [bold]{user.id}[/]")
        for line in _environment_lines(user, server.url):
            # Wrapping would break what people copy.
            console.print(line, style="cyan", markup=False, soft_wrap=True)
    console.print("\n[bold]Sample request:[/]")
    console.print(_sample(server), markup=False, soft_wrap=True)
    return text.getvalue()


def _width() -> int:
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):
        return 80


def _environment_lines(user: User, url: str) -> list[str]:
    return [f'{name}="{value}"' for name, value in environment(user, url).items()]


def _sample(server: Server) -> str:
    return (
        f'curl -X POST "{server.url}/v2/publish/http://localhost:3000/api" '
        f'-H "Authorization: Bearer {USERS[0].token}" -H "Content-Type: application/json" -d \'{{"hello":"world"}}\''
    )


class Output:
    """Writes lines from a thread of its own: a pipe that nobody reads must not stop the server."""

    def __init__(self, stream: TextIO) -> None:
        self.colour = wants_colour(stream)
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue(_MAX_QUEUED)
        self._dropped = 0
        self._thread = threading.Thread(target=self._write_all, name="qstash-dev-output", daemon=True)
        self._thread.start()

    def now(self, text: str) -> None:
        """Write and flush before returning."""
        self._write(text + "\n")

    def later(self, line: str) -> None:
        """Write soon; when a reader lags by thousands of lines, say how many were left out."""
        if self._dropped:
            line = f"({self._dropped} lines left out: nobody read them in time)\n{line}"
        try:
            self._lines.put_nowait(line)
            self._dropped = 0
        except queue.Full:
            self._dropped += 1

    def close(self) -> None:
        """Write what is queued, for a second at most."""
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(None)
        self._thread.join(timeout=1.0)

    def _write_all(self) -> None:
        while (line := self._lines.get()) is not None:
            lines, ended = [line], False
            while not self._lines.empty():
                more = self._lines.get()
                if more is None:
                    ended = True
                    break
                lines.append(more)
            self._write("".join(f"{line}\n" for line in lines))
            if ended:
                return

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            # Whoever read our output is gone; the server is still wanted.
            self._stream = open(os.devnull, "w")  # noqa: SIM115
            if sys.stdout.closed is False:
                with contextlib.suppress(OSError, ValueError):
                    os.dup2(self._stream.fileno(), sys.stdout.fileno())


class EventPrinter:
    """Watches the event logs and prints a line for each delivery attempt, or for each event."""

    def __init__(self, output: Output, *, every_event: bool, as_json: bool) -> None:
        self._output = output
        self._every_event = every_event
        self._as_json = as_json

    def __call__(self, entry: LogEntry) -> None:
        """Print the entry, if it is wanted."""
        if entry.result is None and not self._every_event:
            return
        self._output.later(json_line(entry) if self._as_json else event_line(entry, colour=self._output.colour))


def event_line(entry: LogEntry, *, colour: bool) -> str:
    """One event as a line for people: time, status, method, URL, duration, message, try."""
    message = entry.message
    options = message.publication.options
    time = datetime.fromtimestamp(entry.time_ms / 1_000).astimezone().strftime("%H:%M:%S")
    outcome, tail = _outcome(entry)
    if colour:
        outcome = f"\x1b[{_STYLES.get(entry.state, '36')}m{outcome}\x1b[0m"
    tries = f"try {entry.retried + 1}/{options.retries + 1}"
    return f"{time} {outcome} {options.method} {message.url}{_duration(entry)} {message.id} {tries}{tail}"


def json_line(entry: LogEntry) -> str:
    """One event as a JSON object."""
    message = entry.message
    options = message.publication.options
    fields: dict[str, object] = {
        "event": "attempt" if entry.result is not None else "state",
        "time": entry.time_ms,
        "state": entry.state.value,
        "user": message.tenant.user.id,
        "messageId": message.id,
        "method": options.method,
        "url": message.url,
        "try": entry.retried + 1,
        "tries": options.retries + 1,
    }
    result = entry.result
    if result is not None:
        fields["durationMs"] = result.duration_ms
    if isinstance(result, Responded):
        fields["status"] = result.status
    if isinstance(result, Unreachable) or (isinstance(result, Responded) and not result.succeeded):
        fields["error"] = result.error
    if entry.next_delivery_ms is not None:
        fields["nextDelivery"] = entry.next_delivery_ms
    return json.dumps(fields, separators=(",", ":"))


def _outcome(entry: LogEntry) -> tuple[str, str]:
    result = entry.result
    if isinstance(result, Responded):
        return str(result.status), f": {printable(result.fault)}" if result.fault else ""
    if isinstance(result, Unreachable):
        return "ERR", f": {printable(result.error)}"
    if entry.next_delivery_ms is not None:
        due = datetime.fromtimestamp(entry.next_delivery_ms / 1_000).astimezone().isoformat(" ", "milliseconds")
        return entry.state.value, f", next delivery {due}"
    return entry.state.value, ""


def _duration(entry: LogEntry) -> str:
    return "" if entry.result is None else f" {entry.result.duration_ms}ms"


def printable(text: str) -> str:
    """The text without anything that could steer a terminal."""
    return "".join(character if character.isprintable() else "�" for character in text)
