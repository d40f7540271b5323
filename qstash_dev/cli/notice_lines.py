"""Lines of output for notices about messages: as text for a terminal, or as JSON for programs."""

from __future__ import annotations

import click

from qstash_dev.cli.event_lines import json_object, local_time
from qstash_dev.cli.line_limiter import LineLimiter
from qstash_dev.protocol.notice import NoticeKind
from qstash_dev.protocol.wording import printable
from qstash_dev.state.tenant import Told

_WORDS = {NoticeKind.DUPLICATE: "DUP", NoticeKind.STILL_WAITING: "WAIT"}


class NoticePrinter:
    """A subscriber of notices that prints a line for each, also for those that the timeline only counts."""

    def __init__(self, lines: LineLimiter, *, as_json: bool, colour: bool) -> None:
        self._lines = lines
        self._as_json = as_json
        self._colour = colour

    def __call__(self, told: Told) -> None:
        """Print one notice."""
        if self._as_json:
            self._lines.write_line(notice_json(told))
        elif self._lines.admits((told.notice.kind.value,), urgent=True):
            self._lines.write_line(notice_line(told, colour=self._colour))


def notice_line(told: Told, *, colour: bool) -> str:
    """A notice as a line of text: time, ``DUP``, ``WAIT`` or ``NOTE``, method, URL, message id, text, what to do."""
    kind, text = told.notice.kind, told.notice.text
    word = _WORDS.get(kind, "NOTE")
    if colour:
        word = click.style(word, fg="yellow" if kind in _WORDS else None, dim=kind not in _WORDS or None)
    # The text about a duplicate has its own method and URL, which may differ from those of the message.
    if kind is not NoticeKind.DUPLICATE:
        text = f"{told.method} {told.url} {told.message_id}: {text}"
    return f"{local_time(told.time_ms, '%H:%M:%S')} {word} {printable(text)} — {told.notice.todo}"


def notice_json(told: Told) -> str:
    """A notice as a JSON object."""
    return json_object(
        event="notice",
        time=told.time_ms,
        user=told.user_id,
        messageId=told.message_id,
        url=told.url,
        kind=told.notice.kind.value,
        text=told.notice.text,
        todo=told.notice.todo,
    )
