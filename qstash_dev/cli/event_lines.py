"""Lines of output for events and warnings: as text for a terminal, or as JSON for programs."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from functools import lru_cache

import click
import msgspec

from qstash_dev.cli.line_limiter import LineLimiter
from qstash_dev.explain.attempt import following
from qstash_dev.protocol.hints import hint, reason_fields
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.protocol.target import Origin, target_of
from qstash_dev.protocol.warning import Warning
from qstash_dev.protocol.wording import printable
from qstash_dev.state.delivered_steps import delivered_steps
from qstash_dev.state.event_log import LogEntry
from qstash_dev.state.message import Message, State
from qstash_dev.state.tenant import USERS, User

_COLOURS = {"DELIVERED": "green", "ERROR": "red", "FAILED": "red", "RETRY": "yellow", "CANCELED": "magenta"}
_TOLD = (State.RETRY, State.FAILED)


class EventPrinter:
    """A subscriber of the event log of one user that prints a line for each delivery attempt and each warning, or for
    all events.

    The line of a failed attempt tells what comes next, so it waits for the event that follows at once.
    """

    def __init__(
        self, lines: LineLimiter, user: User, console: str, *, every_event: bool, as_json: bool, colour: bool
    ) -> None:
        """``console`` is the address of the console, which lines refer to."""
        self._lines = lines
        self._console = console
        self._every_event = every_event
        self._as_json = as_json
        self._colour = colour
        self._failed: LogEntry | None = None
        self._greeting = None if as_json or not user_label(user) else _greeting(user)

    def __call__(self, entry: LogEntry) -> None:
        """Print one entry of the log, unless it is an event that the options leave out."""
        if self._greeting is not None:
            self._lines.write_line(self._greeting)
            self._greeting = None
        failed, self._failed = self._failed, None
        if failed is not None:
            self._print_failed(failed, entry if entry.message is failed.message else None)
        if entry.result is None:
            if entry.about is not None or self._every_event:
                self._print_other(entry, is_told=failed is not None)
        elif not entry.result.succeeded:
            self._failed = entry
        elif self._as_json:
            self._lines.write_line(json_line(entry))
        elif self._lines.admits((_outcome(entry.result),)):
            self._lines.write_line(event_line(entry, colour=self._colour))

    def _print_failed(self, entry: LogEntry, followed: LogEntry | None) -> None:
        result = entry.result
        assert result is not None
        if self._as_json:
            self._lines.write_line(json_line(entry, followed))
            return
        origin = _origin(entry.message.url, result)
        if not self._lines.admits((result.reason or _outcome(result), origin), urgent=True):
            return
        look_at = hint(result)
        if not self._lines.is_first((look_at, origin)):
            look_at = None
        line = event_line(entry, colour=self._colour)
        line += _dash(printable(look_at or ""), dim=self._colour)
        self._lines.write_line(line + _dash(_then(entry, followed, self._console)))

    def _print_other(self, entry: LogEntry, *, is_told: bool) -> None:
        """``is_told`` for what the line of a failed attempt has told."""
        lines, warning = self._lines, entry.warning
        if warning is not None:
            if self._as_json:
                lines.write_line(warning_json(entry, warning))
            elif lines.admits(("WARN", warning.code), urgent=True):
                lines.write_line(warning_line(entry, warning, colour=self._colour))
        elif not self._every_event or not entry.is_event:
            return
        elif self._as_json:
            lines.write_line(json_line(entry))
        elif not (is_told and entry.state in _TOLD) and lines.admits((entry.state,)):
            lines.write_line(event_line(entry, colour=self._colour))


def warning_line(entry: LogEntry, warning: Warning, *, colour: bool) -> str:
    """A warning as a line of text: time, method, URL, message id, text."""
    message = entry.message
    what = click.style("WARN", fg="yellow", bold=True) if colour else "WARN"
    where = f"{message.publication.options.method} {printable(message.url)} {message.id}"
    where += user_label(message.tenant.user)
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


def user_label(user: User) -> str:
    """The name of a user as part of a line; empty for the default one."""
    return "" if user.id == USERS[0].id else f" [{user.id}]"


def event_line(entry: LogEntry, *, colour: bool) -> str:
    """An event as a line of text: time, status or state, method, URL, duration, message id, try, user, error."""
    message, result = entry.message, entry.result
    options = message.publication.options
    outcome = entry.state.value if result is None else _outcome(result)
    if colour:
        outcome = click.style(outcome, fg=_COLOURS.get(entry.state, "cyan"), bold=entry.state == "FAILED" or None)
    where = f"{options.method} {printable(message.url)}{_arrow(entry)}{_duration(entry)} {message.id}"
    tries = f"try {entry.retried + 1}/{options.retries + 1}{user_label(message.tenant.user)}"
    steps = None if result is None else delivered_steps(message, result)
    of_run = f" ({printable(str(steps))})" if steps is not None else ""
    return f"{local_time(entry.time_ms, '%H:%M:%S')} {outcome} {where} {tries}{of_run}{_tail(entry)}"


def json_line(entry: LogEntry, followed: LogEntry | None = None) -> str:
    """An event as a JSON object. ``followed`` is the event that tells what comes after a failed attempt."""
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
    if (sent_to := _sent_to(entry)) is not None:
        fields["sentTo"] = sent_to
    if isinstance(result, Responded):
        fields["status"] = result.status
    if result is not None and not result.succeeded:
        fields |= {"error": result.error, **reason_fields(result)}
        if (look_at := hint(result)) is not None:
            fields["hint"] = look_at
    if result is not None and (steps := delivered_steps(message, result)) is not None:
        fields |= steps.shown()
    next_ms = (followed or entry).next_delivery_ms
    if next_ms is not None:
        fields["nextDelivery"] = next_ms
    if letter_id := following(followed, entry.time_ms).dead_letter_id:
        fields["deadLetterId"] = letter_id
    return json_object(**fields)


def json_object(**fields: object) -> str:
    """Compact JSON on one line, of characters that cannot control a terminal."""
    # Lone surrogates are no UTF-8.
    with suppress(UnicodeEncodeError):
        text = msgspec.json.encode(fields).decode()
        if text.isascii() and text.isprintable():
            return text
    # It takes four times as long, but escapes all other characters.
    return json.dumps(fields, separators=(",", ":"))


def _greeting(user: User) -> str:
    return f"{user.id} has its first message: its token is in use; the console shows it under user {user.id}"


def _outcome(result: DeliveryResult) -> str:
    return str(result.status) if isinstance(result, Responded) else "ERR"


def _tail(entry: LogEntry) -> str:
    result = entry.result
    if result is not None:
        error = result.fault if isinstance(result, Responded) else result.error
        return f": {printable(error)}" if error else ""
    if entry.next_delivery_ms is not None:
        return f", next delivery {local_time(entry.next_delivery_ms, '%Y-%m-%d %H:%M:%S')}"
    return ""


def _dash(text: str, *, dim: bool = False) -> str:
    return f" — {click.style(text, dim=True) if dim else text}" if text else ""


def _then(entry: LogEntry, followed: LogEntry | None, console: str) -> str:
    """What comes after a failed attempt, as the event that followed tells; empty if none did."""
    text = following(followed, 0 if followed is None else followed.time_ms).text
    gave_up = followed is not None and followed.state is State.FAILED
    return f"{text} (see {_console_link(entry.message, console)})" if gave_up else text


def _console_link(message: Message, console: str) -> str:
    user = message.tenant.user
    return f"{console}#/messages/{message.id}" + (f"?user={user.id}" if user_label(user) else "")


def _origin(url: str, result: DeliveryResult) -> Origin | None:
    if isinstance(result, Responded):
        try:
            # Cached, since the URL was called a moment ago.
            return target_of(url).origin
        except ValueError:
            return None
    return result.origin


def _sent_to(entry: LogEntry) -> str | None:
    """The URL that was called, if a mapping has changed it."""
    attempt = entry.attempt
    return attempt.sent_to or None if attempt is not None and attempt.subject is not None else None


def _arrow(entry: LogEntry) -> str:
    sent_to = _sent_to(entry)
    return "" if sent_to is None else f" → {target_of(sent_to).origin}"


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
