"""The command ``cron``: the next runs of a cron expression (https://upstash.com/docs/qstash/features/schedules)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from qstash_dev.cli.clock_changes import ClockChange, clock_changes
from qstash_dev.cli.options import JSON, as_command, instant
from qstash_dev.cli.printing import print_json, print_line
from qstash_dev.clock import LAST_MS, Clock
from qstash_dev.dev.instants import iso
from qstash_dev.protocol.cron import Cron, UnknownZone, parse_cron

MAX_RUNS = 1_000
_COUNT = click.IntRange(1, MAX_RUNS)


@as_command(
    click.Argument(["expression"], metavar="EXPR"),
    click.Option(["--tz", "zone"], metavar="ZONE", help="Time zone, such as Europe/Berlin.  [default: UTC]"),
    click.Option(["-n", "count"], type=_COUNT, default=10, show_default=True, help="How many runs."),
    click.Option(
        ["--from", "after_ms"],
        metavar="TIME",
        callback=instant,
        help="Runs after this time, ISO 8601.  [default: now]",
    ),
    JSON,
    example="qstash-dev cron '30 2 * * *' --tz Europe/Berlin --from 2026-03-27 -n 4\n"
    "qstash-dev cron 'CRON_TZ=America/New_York 0 9 * * MON-FRI'",
)
def command(expression: str, zone: str | None, count: int, after_ms: int | None, as_json: bool) -> None:
    """Print the next runs of a schedule, one a line.

    Notes tell what happens to runs on days when clocks change. EXPR is what QStash takes: five fields, @daily,
    @every 1h30m, with or without CRON_TZ=ZONE.
    """
    cron, after_ms = _parsed(expression, zone), Clock.wall_ms() if after_ms is None else after_ms
    runs = _runs(cron, after_ms, count)
    notes = clock_changes(cron, cron.zone, runs, after_ms) if cron.zone and cron.fields and runs else []
    if as_json:
        _print_json(cron, runs, notes)
        return
    for run_ms in runs:
        while notes and notes[0].at_ms <= run_ms:
            print_line(f"# {notes.pop(0).sentence}", fg="yellow")
        print_line(_line(cron, run_ms))
    if len(runs) < count:
        print_line("There is no run after that for years.", err=True)


def _parsed(expression: str, zone: str | None) -> Cron:
    try:
        if zone is None:
            return parse_cron(expression)
        if parse_cron(expression).zone is not None:
            raise click.UsageError("The expression has a time zone: leave --tz out, or CRON_TZ=.")
        return parse_cron(f"CRON_TZ={zone} {expression.strip()}")
    except UnknownZone as error:
        raise click.UsageError(f"{error}: use a name such as Europe/Berlin.") from None
    except ValueError as error:
        raise click.UsageError(f"{expression!r} is no cron expression: {error}.") from None


def _runs(cron: Cron, after_ms: int, count: int) -> list[int]:
    found: list[int] = []
    for _ in range(count):
        next_ms = cron.next_fire_ms(found[-1] if found else after_ms)
        if next_ms is None or next_ms > LAST_MS:
            break
        found.append(next_ms)
    return found


def _line(cron: Cron, run_ms: int) -> str:
    day = f"{datetime.fromtimestamp(run_ms / 1_000, cron.zone or UTC):%a}"
    return f"{_local(cron, run_ms)}  {day}  ({_utc(run_ms)})" if cron.zone else f"{_utc(run_ms)}  {day}"


def _utc(at_ms: int) -> str:
    return iso(at_ms).replace(".000Z", "Z")


def _print_json(cron: Cron, runs: list[int], notes: list[ClockChange]) -> None:
    print_json(
        {
            "expression": cron.text,
            "zone": str(cron.zone or "UTC"),
            "runs": [{"at": one, "time": _utc(one), "local": _local(cron, one)} for one in runs],
            "notes": [_note(one) for one in notes],
        }
    )


def _local(cron: Cron, run_ms: int) -> str:
    return datetime.fromtimestamp(run_ms / 1_000, cron.zone or UTC).isoformat()


def _note(one: ClockChange) -> dict[str, Any]:
    matches = [f"{wall:%Y-%m-%dT%H:%M}" for wall in one.matches]
    return {
        "at": one.at_ms,
        "time": _utc(one.at_ms),
        "skipped": matches if one.forward else [],
        "repeated": [] if one.forward else matches,
        "text": one.sentence,
    }
