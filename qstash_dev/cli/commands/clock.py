"""The command ``clock``: the clock of the server, and time travel."""

from __future__ import annotations

from typing import Any

import click

from qstash_dev.cli.client import Client
from qstash_dev.cli.journey import told, travel
from qstash_dev.cli.options import JSON, URL, as_command, duration
from qstash_dev.cli.printing import print_json, print_line
from qstash_dev.dev.instants import instant_ms
from qstash_dev.protocol.duration import parse_duration_ms

# What needs no journey, by what the server calls it.
_AT_ONCE = {"freeze": "clock/pause", "resume": "clock/run"}
_JOURNEYS = {"advance": "clock/advance", "next": "clock/next", "run-all": "clock/run-all", "real": "clock/real"}
_LONGEST_MS = 600_000


@as_command(
    click.Argument(["action"], type=click.Choice(["now", *_JOURNEYS, *_AT_ONCE])),
    click.Argument(["how_far"], metavar="[BY]", required=False),
    click.Option(["--scale"], type=float, help="With resume: how many times as fast as real time it runs."),
    click.Option(
        ["--timeout", "timeout_ms"],
        metavar="TIME",
        callback=duration,
        default="10m",
        show_default=True,
        help="How long a journey may take in real time, at most 10m.",
    ),
    URL,
    JSON,
    example="qstash-dev clock now\n"
    "qstash-dev clock advance 1h30m\n"
    "qstash-dev clock advance 2099-03-08T07:00\n"
    "qstash-dev clock next\n"
    "qstash-dev clock resume --scale 60",
)
def command(
    client: Client, action: str, how_far: str | None, scale: float | None, timeout_ms: int, as_json: bool
) -> None:
    """Read or move the clock of the server, delivering on the way.

    "advance BY" travels by a duration or to a time, "next" to what is due next, "run-all" until only schedules are
    left (or, with BY, to that time). "freeze" stops the clock, "resume" lets it run from where it is, "real" at the
    speed of real time from real time on. Ctrl-C ends a journey where it is.
    """
    if (scale is not None and action != "resume") or (how_far is not None and action not in ("advance", "run-all")):
        raise click.UsageError("BY is for advance and run-all, --scale for resume.")
    if not 0 < timeout_ms <= _LONGEST_MS:
        raise click.UsageError("--timeout is above 0 and at most 10m.")
    if action == "now":
        answer = client.get("clock")
    elif action in _AT_ONCE:
        answer = client.post(_AT_ONCE[action], {} if scale is None else {"scale": scale})
    else:
        answer = travel(client, _JOURNEYS[action], _goal(action, how_far), timeout_ms / 1_000)
    if as_json:
        print_json(answer)
    else:
        print_line(told(answer) if "steps" in answer else _shown(answer))


def _goal(action: str, how_far: str | None) -> dict[str, Any]:
    if how_far is None:
        if action == "advance":
            raise click.UsageError("Give a duration such as 1h30m, or a time such as 2026-03-08T07:00.")
        return {}
    try:
        by_ms = parse_duration_ms(how_far, long_units=True)
    except ValueError:
        by_ms = None
    if by_ms is not None and action == "advance":
        return {"by": by_ms / 1_000}
    try:
        return {"to" if action == "advance" else "until": instant_ms(how_far)}
    except ValueError:
        what = "a duration such as 1h30m nor a time" if action == "advance" else "a time"
        raise click.UsageError(f"{how_far!r} is {'neither' if action == 'advance' else 'not'} {what}.") from None


def _shown(clock: dict[str, Any]) -> str:
    speed = f", {clock['scale']:g} times as fast as real time" if clock["mode"] == "scaled" else ""
    journey = "; a time travel is going on" if "travel" in clock else ""
    return f"{clock['time']} {clock['mode']}{speed}{journey}"
