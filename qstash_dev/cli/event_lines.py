"""Lines of output for events, warnings and workflow runs: as text for a terminal, or as JSON for programs."""

from __future__ import annotations

import json
from datetime import datetime
from functools import lru_cache

import click

from qstash_dev.cli.output import Output
from qstash_dev.protocol.hints import reason_fields
from qstash_dev.protocol.result import Responded, Unreachable
from qstash_dev.protocol.warning import Warning
from qstash_dev.protocol.wording import printable
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.run import Note, Run

_COLOURS = {"DELIVERED": "green", "ERROR": "red", "FAILED": "red", "RETRY": "yellow", "CANCELED": "magenta"}


class EventPrinter:
    """A subscriber of event logs that prints a line for each delivery attempt and each warning, or for all events."""

    def __init__(self, output: Output, *, every_event: bool, as_json: bool, colour: bool) -> None:
        self._output = output
        self._every_event = every_event
        self._as_json = as_json
        self._colour = colour

    def __call__(self, entry: LogEntry) -> None:
        """Print one entry of the log, unless it is an event that the options leave out."""
        if entry.warning is not None:
            text = warning_line(entry, entry.warning, colour=self._colour)
            self._output.write_line(warning_json(entry, entry.warning) if self._as_json else text)
        elif entry.is_event and (entry.result is not None or self._every_event):
            self._output.write_line(json_line(entry) if self._as_json else event_line(entry, colour=self._colour))


class RunPrinter:
    """A subscriber of workflow runs that prints their notes: how a run ended, or why it cannot continue."""

    def __init__(self, output: Output, *, as_json: bool, colour: bool) -> None:
        self._output = output
        self._as_json = as_json
        self._colour = colour

    def __call__(self, run: Run, note: Note) -> None:
        """Print one note of a run."""
        self._output.write_line(run_json(run, note) if self._as_json else run_line(run, note, colour=self._colour))


def run_line(run: Run, note: Note, *, colour: bool) -> str:
    """A note of a workflow run as a line of text: time, run id, URL, text."""
    what = click.style("RUN", fg="cyan") if colour else "RUN"
    where = f"{printable(run.id)} {printable(run.url)}"
    return f"{local_time(note.time_ms, '%H:%M:%S')} {what} {where}: {printable(note.text)}"


def run_json(run: Run, note: Note) -> str:
    """A note of a workflow run as a JSON object."""
    return json_object(
        event="run",
        time=note.time_ms,
        state=run.state.value,
        user=run.tenant.user.id,
        workflowRunId=run.id,
        url=run.url,
        text=note.text,
        **(reason_fields(run.failure.result) if run.failure is not None else {}),
    )


def warning_line(entry: LogEntry, warning: Warning, *, colour: bool) -> str:
    """A warning as a line of text: time, method, URL, message id, text."""
    message = entry.message
    what = click.style("WARN", fg="yellow", bold=True) if colour else "WARN"
    where = f"{message.publication.options.method} {printable(message.url)} {message.id}"
    return f"{local_time(entry.time_ms, '%H:%M:%S')} {what} {where}: {printable(warning.text)}"


def warning_json(entry: LogEntry, warning: Warning) -> str:
    """A warning as a JSON object."""
    message = entry.message
    return json_object(
        event="warning",
        time=entry.time_ms,
        user=message.tenant.user.id,
        messageId=message.id,
        url=message.url,
        **warning.shown(),
    )


def event_line(entry: LogEntry, *, colour: bool) -> str:
    """An event as a line of text: time, status or state, method, URL, duration, message id, try."""
    message = entry.message
    options = message.publication.options
    outcome, tail = _outcome(entry)
    if colour:
        outcome = click.style(outcome, fg=_COLOURS.get(entry.state, "cyan"), bold=entry.state == "FAILED" or None)
    where = f"{options.method} {printable(message.url)}{_duration(entry)}"
    tries = f"try {entry.retried + 1}/{options.retries + 1}"
    return f"{local_time(entry.time_ms, '%H:%M:%S')} {outcome} {where} {message.id} {tries}{tail}"


def json_line(entry: LogEntry) -> str:
    """An event as a JSON object."""
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
    if result is not None and not result.succeeded:
        fields |= {"error": result.error, **reason_fields(result)}
    if entry.next_delivery_ms is not None:
        fields["nextDelivery"] = entry.next_delivery_ms
    return json_object(**fields)


def json_object(**fields: object) -> str:
    """Compact JSON on one line."""
    return json.dumps(fields, separators=(",", ":"))


def _outcome(entry: LogEntry) -> tuple[str, str]:
    result = entry.result
    if isinstance(result, Responded):
        return str(result.status), f": {printable(result.fault)}" if result.fault else ""
    if isinstance(result, Unreachable):
        return "ERR", f": {printable(result.error)}"
    if entry.next_delivery_ms is not None:
        return entry.state.value, f", next delivery {local_time(entry.next_delivery_ms, '%Y-%m-%d %H:%M:%S')}"
    return entry.state.value, ""


def _duration(entry: LogEntry) -> str:
    return "" if entry.result is None else f" {entry.result.duration_ms}ms"


def local_time(time_ms: int, form: str) -> str:
    """A unix time in the time zone of this machine, in this form of ``strftime``."""
    return _local_second(time_ms // 1_000, form) or f"{time_ms} ms"


@lru_cache(maxsize=64)
def _local_second(time_s: int, form: str) -> str | None:
    """Cached, since many lines have the same second. ``None`` for a time after the year 9999, which a long delay may
    lead to."""
    try:
        return datetime.fromtimestamp(time_s).astimezone().strftime(form)
    except (ValueError, OverflowError, OSError):
        return None
