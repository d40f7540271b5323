"""The command ``wait``: waiting for the server, for CI and health checks."""

from __future__ import annotations

from threading import Event
from typing import Any

import click

from qstash_dev.cli.client import Client, Refused, Unreachable, segment
from qstash_dev.cli.options import JSON, URL, USER, as_command, duration, message_id
from qstash_dev.cli.printing import print_json, print_line
from qstash_dev.clock import monotonic_s

_POLL_S = 0.1
# The server waits for that long at most when it is asked once.
_LONGEST_S = 600.0
_CONFLICT = 409
_ENDED = ("DELIVERED", "FAILED", "CANCELED")


class TimedOut(click.ClickException):
    """The time limit is over; the exit code is 124, as that of timeout(1)."""

    exit_code = 124


class _Deadline:
    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._end_s = monotonic_s() + timeout_s

    @property
    def left_s(self) -> float:
        return max(0.0, self._end_s - monotonic_s())

    def check(self, what: str) -> None:
        """Wait a moment. Raises TimedOut: the time is over."""
        if not self.left_s:
            raise TimedOut(f"{what} after {self._timeout_s:g} s.")
        Event().wait(min(_POLL_S, self.left_s))


@as_command(
    click.Option(["--ready", "is_for_ready"], is_flag=True, help="Until the server answers."),
    click.Option(["--idle", "is_for_idle"], is_flag=True, help="Until nothing is in flight and nothing is due."),
    click.Option(["--message"], metavar="ID", shell_complete=message_id, help="Until this message has ended."),
    click.Option(
        ["--timeout", "timeout_ms"],
        metavar="TIME",
        callback=duration,
        default="30s",
        show_default=True,
        help="In real time.",
    ),
    USER,
    URL,
    JSON,
    example="qstash-dev wait --ready --timeout 10s\n"
    "qstash-dev wait --idle\n"
    "qstash-dev wait --message msg_26hZCxZCuWyyTWPmSVBrNC",
)
def command(
    client: Client, is_for_ready: bool, is_for_idle: bool, message: str | None, timeout_ms: int, as_json: bool
) -> None:
    """Wait until the server is ready, or idle, or a message has ended.

    Several of them are waited for one after the other; without any, it waits until the server is ready. The exit code
    is 124 if the time limit is over, and 1 if the message was not delivered.
    """
    deadline, told = _Deadline(timeout_ms / 1_000), dict[str, Any]()
    if is_for_ready or not (is_for_idle or message):
        told |= _ready(client, deadline)
    if is_for_idle:
        told |= _idle(client, deadline)
    if message:
        told |= _message(client, message, deadline)
    if as_json:
        print_json(told)
    else:
        print_line(", ".join(f"{name}: {value}" for name, value in told.items()))
    if told.get("state", "DELIVERED") != "DELIVERED":
        raise SystemExit(1)


def _ready(client: Client, deadline: _Deadline) -> dict[str, Any]:
    while True:
        try:
            version = client.call("GET", "status", timeout_s=max(_POLL_S, deadline.left_s))["version"]
        except Unreachable as error:
            deadline.check(f"The server is not ready ({error.why})")
        else:
            return {"ready": client.url, "version": version}


def _idle(client: Client, deadline: _Deadline) -> dict[str, Any]:
    while True:
        limit_s = min(_LONGEST_S, max(_POLL_S, deadline.left_s))
        try:
            done = client.post("idle", {"timeout": limit_s}, timeout_s=limit_s + 5)
        except Refused as error:
            if error.status != _CONFLICT:
                raise
            deadline.check(error.message)
        else:
            return {"idle": True, "later": done["count"]}


def _message(client: Client, id: str, deadline: _Deadline) -> dict[str, Any]:
    while True:
        detail = client.get(f"messages/{segment(id)}", trimBody="0")
        state, sentence = detail["summary"]["state"], detail["verdict"]["sentence"]
        if state in _ENDED:
            return {"messageId": id, "state": state, "sentence": sentence}
        deadline.check(f"{id} has not ended ({sentence})")
