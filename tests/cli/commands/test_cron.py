"""``qstash-dev cron``: runs as the server has them, and notes about days when clocks change."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from qstash_dev.protocol.cron import parse_cron
from tests.cli.commands.support import output, refusal, run

BERLIN = ("--tz", "Europe/Berlin")


def lines(*args: str) -> list[str]:
    return output("cron", *args).splitlines()


def test_one_run_a_line() -> None:
    assert lines("0 9 * * MON-FRI", "--from", "2026-01-02T09:00", "-n", "2") == [
        "2026-01-05T09:00:00Z  Mon",
        "2026-01-06T09:00:00Z  Tue",
    ]


def test_runs_are_in_the_zone_and_in_utc() -> None:
    expected = ["2026-07-01T09:00:00+02:00  Wed  (2026-07-01T07:00:00Z)"]
    assert lines("0 9 * * *", *BERLIN, "--from", "2026-07-01", "-n", "1") == expected
    assert lines("CRON_TZ=Europe/Berlin 0 9 * * *", "--from", "2026-07-01T02:00+02:00", "-n", "1") == expected


@pytest.mark.parametrize(
    ("expression", "start", "note", "after"),
    [
        ("30 2 * * *", "2026-03-28", "forward from 02:00 to 03:00: 02:30 does not exist, there is no run", 1),
        (
            "*/30 2 * * *",
            "2026-03-28T12:00",
            "forward from 02:00 to 03:00: 02:00 to 02:30 do not exist, these runs are left out",
            0,
        ),
        (
            "30 2 * * *",
            "2026-10-24T12:00",
            "back from 03:00 to 02:00: 02:30 comes twice, it runs the first time only",
            1,
        ),
        ("30 * * * *", "2026-10-25T00:00", "back from 03:00 to 02:00: 02:30 comes twice, it runs both times", 1),
        ("0 9 * * *", "2026-03-28T12:00", "forward from 02:00 to 03:00: runs after that are earlier in UTC", 0),
        ("0 9 * * *", "2026-10-24T12:00", "back from 03:00 to 02:00: runs after that are later in UTC", 0),
    ],
)
def test_note_where_clocks_change(expression: str, start: str, note: str, after: int) -> None:
    shown = lines(expression, *BERLIN, "--from", start, "-n", "3")
    day = "2026-03-29" if "03-28" in start else "2026-10-25"
    assert [line for line in shown if line.startswith("#")] == [f"# {day}: clocks go {note}"]
    assert shown[after].startswith("#")
    assert len(shown) == 4


@pytest.mark.parametrize(
    ("args", "start"),
    [
        (("0 12 1 * *", *BERLIN), "2026-03-02"),
        (("0 * * * *", "--tz", "Asia/Tokyo"), "2026-03-28"),
        (("@every 1h30m", *BERLIN), "2026-03-28"),
        (("15 5 * * *",), "2026-03-28"),
    ],
)
def test_no_note_where_nothing_changes_for_the_schedule(args: tuple[str, ...], start: str) -> None:
    assert not any(line.startswith("#") for line in lines(*args, "--from", start, "-n", "20"))


def test_runs_are_those_of_the_server() -> None:
    told = json.loads(output("cron", "*/7 1-3 * * *", *BERLIN, "--from", "2026-10-24", "-n", "90", "--json"))
    cron = parse_cron("CRON_TZ=Europe/Berlin */7 1-3 * * *")
    at_ms = int(datetime.fromisoformat("2026-10-24T00:00:00+00:00").timestamp() * 1_000)
    for one in told["runs"]:
        at_ms = cron.next_fire_ms(at_ms) or 0
        assert one["at"] == at_ms
        assert datetime.fromisoformat(one["time"]) == datetime.fromisoformat(one["local"])
    [note] = told["notes"]
    assert (told["zone"], note["skipped"], note["repeated"][0]) == ("Europe/Berlin", [], "2026-10-25T02:00")


def test_end_of_all_runs_is_told() -> None:
    done = run("cron", "0 0 29 2 *", "--from", "8990-01-01")
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 2)
    assert done.stderr == "There is no run after that for years.\n"


def test_starts_now_unless_told_otherwise() -> None:
    first, second = lines("* * * * *", "-n", "2")
    assert first < second


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (["nonsense"], "'nonsense' is no cron expression: expected exactly 5 fields, found 1"),
        (["61 * * * *"], "end of range (61) above maximum (59)"),
        (
            ["* * * * *", "--tz", "Europe/Nowhere"],
            "unknown time zone Europe/Nowhere: use a name such as Europe/Berlin",
        ),
        (["CRON_TZ=Asia/Tokyo * * * * *", *BERLIN], "The expression has a time zone: leave --tz out"),
        (["* * * * *", "-n", "0"], "0 is not in the range 1<=x<=1000"),
        (["* * * * *", "--from", "tomorrow"], "'tomorrow' is not a time such as '2026-03-08T06:59:00Z'"),
        (["* * * * *", "--from", "9999-01-01"], "use a time from 1970-01-01"),
        ([], "Missing argument 'EXPR'"),
    ],
)
def test_wrong_usage(args: list[str], text: str) -> None:
    assert text in refusal("cron", *args)
