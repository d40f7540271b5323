"""Lines of output for workflow runs and their events: as text for a terminal, or as JSON for programs."""

from __future__ import annotations

import click

from qstash_dev.cli.event_lines import json_object, local_time
from qstash_dev.cli.line_limiter import LineLimiter
from qstash_dev.protocol.hints import reason_fields
from qstash_dev.protocol.wording import printable
from qstash_dev.state.run import Note, Run
from qstash_dev.state.unheard_events import UnheardEvent


class RunPrinter:
    """A subscriber of workflow runs that prints their notes: how a run ended, what it waits for, or why it cannot go
    on. Its method ``unheard`` is one of events that reached no run."""

    def __init__(self, lines: LineLimiter, *, as_json: bool, colour: bool) -> None:
        self._lines = lines
        self._as_json = as_json
        self._colour = colour

    def __call__(self, run: Run, note: Note) -> None:
        """Print one note of a run."""
        if self._as_json:
            self._lines.write_line(run_json(run, note))
        elif self._lines.admits(("RUN", note.kind.value), urgent=True):
            self._lines.write_line(run_line(run, note, colour=self._colour))

    def unheard(self, event: UnheardEvent) -> None:
        """Print one event that reached no run."""
        if self._as_json:
            self._lines.write_line(unheard_json(event))
        elif self._lines.admits(("EVENT",), urgent=True):
            self._lines.write_line(unheard_line(event, colour=self._colour))


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
        kind=note.kind.value,
        text=note.text,
        **(reason_fields(run.failure.result) if run.failure is not None else {}),
    )


def unheard_line(event: UnheardEvent, *, colour: bool) -> str:
    """An event that reached no run as a line of text: time, event id, what runs wait for instead."""
    what = click.style("EVENT", fg="yellow") if colour else "EVENT"
    return f"{local_time(event.time_ms, '%H:%M:%S')} {what} {printable(event.event_id)}: {printable(_unheard(event))}"


def unheard_json(event: UnheardEvent) -> str:
    """An event that reached no run as a JSON object."""
    return json_object(
        event="unheard",
        time=event.time_ms,
        user=event.user_id,
        eventId=event.event_id,
        awaited=event.awaited,
        text=_unheard(event),
    )


def _unheard(event: UnheardEvent) -> str:
    others = f"; runs wait for {', '.join(event.awaited)}" if event.awaited else ""
    return f"it reached no run: none of {event.user_id} waits for it{others}"
