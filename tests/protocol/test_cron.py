"""Cron expressions: accepted and refused ones, error texts, and times without a time zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given

from qstash_dev.protocol.cron import parse_cron
from tests.protocol.properties import ANY_TEXT, PROPERTY, value_or_refusal

MINUTE_MS = 60_000


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000)


def firings(expression: str, after: str, count: int) -> list[str]:
    cron, at_ms, found = parse_cron(expression), ms(after), []
    for _ in range(count):
        next_ms = cron.next_fire_ms(at_ms)
        assert next_ms is not None
        found.append(datetime.fromtimestamp(next_ms / 1_000, UTC).strftime("%Y-%m-%d %H:%M"))
        at_ms = next_ms
    return found


# 2026-01-01 is a Thursday.
@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("* * * * *", ["2026-01-01 12:01", "2026-01-01 12:02"]),
        ("*/10 * * * *", ["2026-01-01 12:10", "2026-01-01 12:20"]),
        ("5/20 * * * *", ["2026-01-01 12:05", "2026-01-01 12:25"]),
        ("10-14/2 * * * *", ["2026-01-01 12:10", "2026-01-01 12:12"]),
        ("0,30 * * * *", ["2026-01-01 12:30", "2026-01-01 13:00"]),
        ("0 4 * * *", ["2026-01-02 04:00", "2026-01-03 04:00"]),
        ("0 12 * * *", ["2026-01-02 12:00", "2026-01-03 12:00"]),
        ("0 */8 * * *", ["2026-01-01 16:00", "2026-01-02 00:00"]),
        ("0 0 * * MON", ["2026-01-05 00:00", "2026-01-12 00:00"]),
        ("0 0 * * sun", ["2026-01-04 00:00", "2026-01-11 00:00"]),
        ("0 0 * * 1-5", ["2026-01-02 00:00", "2026-01-05 00:00"]),
        ("0 0 ? * 0", ["2026-01-04 00:00", "2026-01-11 00:00"]),
        ("0 0 1 FEB-mar ?", ["2026-02-01 00:00", "2026-03-01 00:00"]),
        ("0 0 1 JAN *", ["2027-01-01 00:00", "2028-01-01 00:00"]),
        ("0 0 31 * *", ["2026-01-31 00:00", "2026-03-31 00:00"]),
        ("0 0 29 2 *", ["2028-02-29 00:00", "2032-02-29 00:00"]),
        ("0 0 13 * 5", ["2026-01-02 00:00", "2026-01-09 00:00"]),
        ("0 0 10 * 5", ["2026-01-02 00:00", "2026-01-09 00:00"]),
        ("0 0 3 * 5", ["2026-01-02 00:00", "2026-01-03 00:00"]),
        ("0 0 */2 * 5", ["2026-01-02 00:00", "2026-01-03 00:00"]),
        ("@hourly", ["2026-01-01 13:00", "2026-01-01 14:00"]),
        ("@daily", ["2026-01-02 00:00", "2026-01-03 00:00"]),
        ("@midnight", ["2026-01-02 00:00", "2026-01-03 00:00"]),
        ("@weekly", ["2026-01-04 00:00", "2026-01-11 00:00"]),
        ("@monthly", ["2026-02-01 00:00", "2026-03-01 00:00"]),
        ("@yearly", ["2027-01-01 00:00", "2028-01-01 00:00"]),
        ("@annually", ["2027-01-01 00:00", "2028-01-01 00:00"]),
        ("@every 1h", ["2026-01-01 13:00", "2026-01-01 14:00"]),
        ("@every 90m", ["2026-01-01 13:30", "2026-01-01 15:00"]),
        ("CRON_TZ=America/New_York 0 4 * * *", ["2026-01-02 09:00", "2026-01-03 09:00"]),
        ("TZ=Asia/Kolkata 0 9 * * *", ["2026-01-02 03:30", "2026-01-03 03:30"]),
        ("CRON_TZ=Europe/Berlin @daily", ["2026-01-01 23:00", "2026-01-02 23:00"]),
        ("CRON_TZ=UTC  0 4 * * *", ["2026-01-02 04:00", "2026-01-03 04:00"]),
    ],
)
def test_an_expression_fires_when_it_says(expression: str, expected: list[str]) -> None:
    assert firings(expression, "2026-01-01T12:00:00", 2) == expected


def test_the_text_is_kept_but_trimmed() -> None:
    assert parse_cron("*/10 * * * * ").text == "*/10 * * * *"
    assert parse_cron(" CRON_TZ=UTC  @daily\n").text == "CRON_TZ=UTC  @daily"


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("", "empty spec string"),
        ("   ", "empty spec string"),
        ("* * * *", "expected exactly 5 fields, found 4: [* * * *]"),
        ("* * * * * *", "expected exactly 5 fields, found 6: [* * * * * *]"),
        ("a * * * *", "failed to parse int from a: "),
        ("-1 * * * *", "failed to parse int from : "),
        ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
        ("1/2/3 * * * *", "too many slashes: 1/2/3"),
        ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("* * * 0 *", "beginning of range (0) below minimum (1): 0"),
        ("60 * * * *", "end of range (60) above maximum (59): 60"),
        ("* 24 * * *", "end of range (24) above maximum (23): 24"),
        ("* * 32 * *", "end of range (32) above maximum (31): 32"),
        ("* * * 13 *", "end of range (13) above maximum (12): 13"),
        ("* * * * 7", "end of range (7) above maximum (6): 7"),
        ("*,61 * * * *", "end of range (61) above maximum (59): 61"),
        ("* *,x * * *", "failed to parse int from x: "),
        ("30-20 * * * *", "beginning of range (30) beyond end of range (20): 30-20"),
        ("* * * * FRI-MON", "beginning of range (5) beyond end of range (1): FRI-MON"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("*/-1 * * * *", "failed to parse int from -1: "),
        ("*/MON * * * *", "failed to parse int from MON: "),
        ("MON * * * *", "failed to parse int from MON: "),
        ("٣ * * * *", "failed to parse int from ٣: "),
        ("99999999999 * * * *", "failed to parse int from 99999999999: "),
        ("CRON_TZ=Mars/Base * * * * *", "provided bad location Mars/Base: "),
        ("CRON_TZ=../../etc/passwd * * * * *", "provided bad location ../../etc/passwd: "),
        ("CRON_TZ= * * * * *", "provided bad location : "),
        ("CRON_TZ=Europe * * * * *", "provided bad location Europe: "),
        ("CRON_TZ=Europe/Berlin", "expected exactly 5 fields, found 0: []"),
        ("@fortnightly", "unrecognized descriptor: @fortnightly"),
        ("@every", "unrecognized descriptor: @every"),
        ("@every now", "failed to parse duration @every now: "),
        ("@every -1h", "failed to parse duration @every -1h: "),
        ("0 0 30 2 *", "it never fires: "),
        ("0 0 31 4,6,9,11 *", "it never fires: "),
        ("* " * 300, "use at most 500 characters"),
    ],
)
def test_anything_else_is_refused_with_the_text_of_the_go_library(expression: str, text: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the text is compared below
        parse_cron(expression)
    assert str(refused.value).startswith(text)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("2026-01-01T12:00:00", "2026-01-01T12:01:00"),
        ("2026-01-01T12:00:00.001", "2026-01-01T12:01:00"),
        ("2026-01-01T12:00:59.999", "2026-01-01T12:01:00"),
        ("2026-12-31T23:59:30", "2027-01-01T00:00:00"),
    ],
)
def test_the_next_firing_is_strictly_later_and_on_the_minute(after: str, expected: str) -> None:
    assert parse_cron("* * * * *").next_fire_ms(ms(after)) == ms(expected)


@pytest.mark.parametrize(
    ("text", "interval_ms"), [("@every 1s", 1_000), ("@every 1500ms", 1_000), ("@every 1ms", 1_000)]
)
def test_an_interval_is_whole_seconds_and_at_least_one(text: str, interval_ms: int) -> None:
    now_ms = ms("2026-01-01T12:00:00.750")
    assert parse_cron(text).next_fire_ms(now_ms) == ms("2026-01-01T12:00:00") + interval_ms


@PROPERTY
@given(ANY_TEXT)
def test_arbitrary_text_is_an_expression_or_refused(text: str) -> None:
    for whole in (text, f"CRON_TZ={text}", f"CRON_TZ={text} * * * * *", f"@every {text}", f"{text} * * * *"):
        cron = value_or_refusal(parse_cron, whole)
        assert cron is None or cron.next_fire_ms(0)
