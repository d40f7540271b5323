"""Durations: Go's grammar with a day unit, and bare seconds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qstash_dev.protocol.duration import MAX_MS, duration_ms, parse_duration_ms, shown_duration
from tests.protocol.properties import ANY_TEXT, PROPERTY, value_or_refusal

UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))
TEN_DAYS_MS = 10 * 86_400_000


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("50s", 50_000),
        ("3m", 180_000),
        ("10h", 36_000_000),
        ("1d", 86_400_000),
        ("10d", 864_000_000),
        ("1d10h30m", 124_200_000),
        ("1h30m3s", 5_403_000),
        ("6m5s", 365_000),
        ("0.5s", 500),
        ("1.5h", 5_400_000),
        (".5s", 500),
        ("0.29s", 290),
        ("1.1s", 1_100),
        ("0s", 0),
        ("100ms", 100),
        ("1s500ms", 1_500),
        ("1500us", 1),
        ("1500µs", 1),
        ("1500μs", 1),
        ("999ns", 0),
        ("2000000ns", 2),
        ("1s1s", 2_000),
        ("  10s ", 10_000),
        ("36500d", MAX_MS),
    ],
)
def test_a_duration_is_read_as_go_reads_it(text: str, milliseconds: int) -> None:
    assert parse_duration_ms(text) == milliseconds


@pytest.mark.parametrize(("text", "milliseconds"), [("30", 30_000), ("60", 60_000), ("0", 0), ("1.5", 1_500)])
def test_a_bare_number_is_seconds(text: str, milliseconds: int) -> None:
    assert parse_duration_ms(text) == milliseconds


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "abc", "s", "10x", "10sec", "-5s", "-5", "5 s", "1h 30m", "1h-30m", "1h5", "1e3s", "1..5s", "5S"),
        *("٣", "٣s", "nan", "inf", "1_000s", "0x10s", "1s\n2s", "1,5s", "5s;", "1w", "1y"),
        *("5\udcff", "\ud800", "\udcff\ud800"),
    ],
)
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"'10s', '6m5s' or '1d10h'"):
        parse_duration_ms(text)


@pytest.mark.parametrize("text", ["36501d", "999999999999999h", "999999999999", "36500d1ms"])
def test_more_than_a_century_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="at most 100 years"):
        parse_duration_ms(text)


@PROPERTY
@given(st.integers(0, MAX_MS))
def test_durations_round_trip(milliseconds: int) -> None:
    rest, text = milliseconds, ""
    for unit, size in UNITS:
        count, rest = divmod(rest, size)
        text += f"{count}{unit}" if count else ""
    assert parse_duration_ms(text or "0s") == milliseconds
    assert parse_duration_ms(f"{milliseconds}ms") == milliseconds


@PROPERTY
@given(st.integers(0, TEN_DAYS_MS))
def test_fractions_of_a_second_keep_their_milliseconds(milliseconds: int) -> None:
    text = f"{milliseconds // 1_000}.{milliseconds % 1_000:03d}"
    assert parse_duration_ms(text + "s") == milliseconds
    assert parse_duration_ms(text) == milliseconds


@PROPERTY
@given(ANY_TEXT | st.text("0123456789.nuµmshd -", max_size=40))
def test_arbitrary_text_is_a_duration_or_refused(text: str) -> None:
    milliseconds = value_or_refusal(parse_duration_ms, text)
    assert milliseconds is None or 0 <= milliseconds <= MAX_MS


@pytest.mark.parametrize(
    ("value", "milliseconds"),
    [(0, 0), (-0.0, 0), (1, 1_000), (0.29, 290), (0.57, 570), (1e-7, 0), (90.0005, 90_000), ("4d", 4 * 86_400_000)],
)
def test_a_number_is_seconds(value: float | str, milliseconds: int) -> None:
    assert duration_ms(value) == milliseconds


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        *((value, "not negative: time only goes forward") for value in (-1, -1e-9, -(10**400), float("nan"))),
        *((value, "at most 100 years") for value in (1e300, 10**400, float("inf"), 36_500 * 86_400 + 1)),
        *((value, "use seconds, or a duration such as") for value in (None, True, [], {}, b"1s")),
        *((value, "use a duration such as") for value in ("", "-1s", "soon")),
    ],
)
def test_what_is_no_duration_says_what_would_be(value: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        duration_ms(value)


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (-5, "0 ms"),
        (11, "11 ms"),
        (999, "999 ms"),
        (1_499, "1 s"),
        (13_999, "14 s"),
        (59_600, "1 m"),
        (148_000, "2 m 28 s"),
        (29 * 60_000 + 8_000, "29 m"),
        (65 * 60_000, "1 h 5 m"),
        (12 * 3_600_000, "12 h"),
        (76 * 3_600_000, "3 d 4 h"),
        (365 * 86_400_000, "365 d"),
    ],
)
def test_a_duration_in_words(ms: int, text: str) -> None:
    assert shown_duration(ms) == text
