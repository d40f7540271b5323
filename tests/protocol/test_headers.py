"""``Upstash-*`` headers: accepted and refused values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qstash_dev.protocol.errors import Rejection
from qstash_dev.protocol.headers import (
    OPTION_NAMES,
    canonical_name,
    option_pairs,
    parse_options,
    parse_overrides,
    schedule_fields,
)
from qstash_dev.protocol.publication import DeliveryOptions, FlowControlOptions, Redaction
from tests.protocol.properties import ANY_TEXT, PROPERTY, answer_or_rejection


@pytest.mark.parametrize(
    ("name", "value", "attribute", "read"),
    [
        *(("Method", method, "method", method) for method in ("GET", "POST", "PUT", "PATCH", "DELETE")),
        ("Method", "get", "method", "GET"),
        ("Timeout", "30s", "timeout_ms", 30_000),
        ("Timeout", "0.5s", "timeout_ms", 500),
        ("Timeout", "30", "timeout_ms", 30_000),
        ("Retries", "0", "retries", 0),
        ("Retries", " 5 ", "retries", 5),
        ("Retry-Delay", "pow(2, retried) * 1000", "retry_delay", "pow(2, retried) * 1000"),
        ("Retry-Delay", " 1000 ", "retry_delay", " 1000 "),
        ("Delay", "1d10h30m", "delay_ms", 124_200_000),
        ("Delay", "0s", "delay_ms", 0),
        ("Not-Before", "1767225600", "not_before_ms", 1_767_225_600_000),
        ("Not-Before", "0", "not_before_ms", 0),
        ("Label", "one", "labels", ("one",)),
        ("Label", "one,two, three", "labels", ("one", "two", "three")),
        ("Label", "one,,one,", "labels", ("one",)),
        ("Redact-Fields", "body, header[A]", "redaction", Redaction(body=True, headers=frozenset({"a"}))),
        ("Deduplication-Id", "id with / and ü", "deduplication_id", "id with / and ü"),
        *(
            ("Content-Based-Deduplication", yes, "content_based_deduplication", True)
            for yes in ("true", "True", "TRUE")
        ),
        *(("Content-Based-Deduplication", no, "content_based_deduplication", False) for no in ("false", "False")),
        ("Queue-Name", "my-queue_1.x", "queue_name", "my-queue_1.x"),
    ],
)
def test_an_option_is_read_whatever_the_case_of_its_name(name: str, value: str, attribute: str, read: Any) -> None:
    for spelling in (f"Upstash-{name}", f"upstash-{name}".lower(), f"UPSTASH-{name}".upper()):
        assert getattr(parse_options([(spelling, value)]), attribute) == read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("Method", value) for value in ("HEAD", "OPTIONS", "TRACE", "CONNECT", "FETCH", "GET,POST")),
        *(("Timeout", value) for value in ("0", "0s", "0.1ms")),
        *(("Retries", value) for value in ("-1", "1.5", "many", "1e3", "0x1", "٣", "1_0", "9999999999", "true")),
        *(("Retry-Delay", value) for value in ("1000 * retries", "(", "2 ^ 3", "pow(1)")),
        *(("Not-Before", value) for value in ("-1", "tomorrow", "inf", "nan", "1e13", "2026-01-01", "1_000", "٣")),
        ("Redact-Fields", "url"),
        ("Deduplication-Id", "x" * 4_097),
        *(("Label", value) for value in ("a:b", "a,b c", "größe", "a/b", "a\nb", "x" * 4_097, "a@b")),
        *(("Content-Based-Deduplication", value) for value in ("yes", "on", "2", "true,false")),
        *(("Queue-Name", value) for value in ("a/b", "a b", "grün", "q" * 257, "a\n")),
        *(("Callback", value) for value in ("example.com", "/path", "ftp://x", "http://", "my-group")),
        ("Failure-Callback", "localhost:3000"),
        ("Header-Forward", "maybe"),
        *(("Flow-Control-Value", f"rate=1,period={period}") for period in ("0s", "8d", "999ms")),
    ],
)
def test_a_wrong_value_is_rejected_and_the_header_named(name: str, value: str) -> None:
    pairs = [(f"Upstash-{name}", value), ("Upstash-Flow-Control-Key", "key")]
    if name != "Flow-Control-Value":
        pairs.append(("Upstash-Flow-Control-Value", "rate=1"))
    with pytest.raises(Rejection) as refused:
        parse_options(pairs)
    assert refused.value.status == 400
    assert refused.value.text.startswith(f"invalid Upstash-{name}: ")


@pytest.mark.parametrize(
    "value", ["parallelism", "parallelism=0", "parallelism=-1", "rate=1.5", "rate=", "period=1m", "rate=1,burst=3"]
)
def test_a_wrong_flow_control_value_is_refused_in_hosted_words(value: str) -> None:
    with pytest.raises(Rejection) as refused:
        parse_options([("Upstash-Flow-Control-Key", "key"), ("Upstash-Flow-Control-Value", value)])
    words = "Upstash-Flow-Control-Value should be either rate=X or parallelism=Y, or both as comma-separated values: "
    assert refused.value.text.startswith(words)


def test_without_headers_the_defaults_hold() -> None:
    assert parse_options([]) == DeliveryOptions()
    assert parse_options([]).retries == 3


@pytest.mark.parametrize(
    ("value", "limits"),
    [
        ("parallelism=5, rate=10, period=1m", FlowControlOptions("key", 5, 10, 60)),
        ("period=1m,rate=10,parallelism=5", FlowControlOptions("key", 5, 10, 60)),
        (" parallelism = 5 ", FlowControlOptions("key", 5, None, 1)),
        ("rate=1", FlowControlOptions("key", None, 1, 1)),
        ("rate=23, period=1h30m3s", FlowControlOptions("key", None, 23, 5_403)),
        ("rate=5,period=1d", FlowControlOptions("key", None, 5, 86_400)),
        ("rate=5,period=7d", FlowControlOptions("key", None, 5, 604_800)),
        ("rate=5,period=90", FlowControlOptions("key", None, 5, 90)),
    ],
)
def test_flow_control(value: str, limits: FlowControlOptions) -> None:
    options = parse_options([("Upstash-Flow-Control-Key", "key"), ("Upstash-Flow-Control-Value", value)])
    assert options.flow_control == limits


@pytest.mark.parametrize(
    ("pairs", "field"),
    [
        ([("Upstash-Flow-Control-Value", "rate=1")], "Upstash-Flow-Control-Key"),
        ([("Upstash-Flow-Control-Key", ""), ("Upstash-Flow-Control-Value", "rate=1")], "Upstash-Flow-Control-Key"),
        ([("Upstash-Flow-Control-Key", "key")], "Upstash-Flow-Control-Value"),
        ([("Upstash-Flow-Control-Key", "key"), ("Upstash-Flow-Control-Value", "")], "Upstash-Flow-Control-Value"),
    ],
)
def test_a_flow_control_key_and_its_limits_come_together(pairs: list[tuple[str, str]], field: str) -> None:
    with pytest.raises(Rejection, match=field):
        parse_options(pairs)


def test_repeated_lines_are_one_list() -> None:
    options = parse_options([("Upstash-Label", "a"), ("upstash-label", "b,c"), ("Upstash-Redact-Fields", "body")])
    assert options.labels == ("a", "b", "c")
    with pytest.raises(Rejection, match="Upstash-Retries"):
        parse_options([("Upstash-Retries", "1"), ("Upstash-Retries", "2")])


def test_telemetry_and_unknown_options_change_nothing() -> None:
    pairs = [("Upstash-Telemetry-Sdk", ""), ("Upstash-Telemetry-Runtime", "node@22,edge"), ("Upstash-New", "x")]
    assert parse_options(pairs) == DeliveryOptions()


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("content-TYPE", "Content-Type"),
        ("test-header", "Test-Header"),
        ("BYPASS-tunnel-reminder", "Bypass-Tunnel-Reminder"),
        ("x", "X"),
        ("x--y-", "X--Y-"),
        ("", ""),
    ],
)
def test_header_names_have_gos_canonical_form(name: str, canonical: str) -> None:
    assert canonical_name(name) == canonical


def test_a_header_beats_the_query_parameter_of_its_name() -> None:
    headers = [("Upstash-Retries", "1"), ("Content-Type", "text/plain")]
    query = [("upstash-retries", "5"), ("upstash-delay", "5s")]
    assert option_pairs(query, headers) == [*headers, ("upstash-delay", "5s")]
    assert list(option_pairs([], headers)) == headers


@pytest.mark.parametrize(
    ("pairs", "fields"),
    [
        ([("Upstash-Cron", " * * * * * ")], {"cron": "* * * * *"}),
        ([("upstash-SCHEDULE-id", "mine"), ("UPSTASH-CRON", "@daily")], {"schedule-id": "mine", "cron": "@daily"}),
        ([("cron", "* * * * *"), ("schedule-id", "x"), ("Upstash-Retries", "1")], {}),
        ([("Upstash-Cron", "")], {"cron": ""}),
    ],
)
def test_what_headers_say_about_a_schedule(pairs: list[tuple[str, str]], fields: dict[str, str]) -> None:
    assert schedule_fields(pairs) == fields


def test_overrides_replace_only_what_they_name() -> None:
    base = parse_options(
        [
            ("Content-Type", "text/plain"),
            ("Upstash-Forward-A", "1"),
            ("Upstash-Forward-B", "1"),
            ("Upstash-Retries", "5"),
            ("Upstash-Label", "kept"),
            ("Upstash-Callback", "https://example.com/callback"),
        ]
    )
    overrides = [("Upstash-Retries", "0"), ("Upstash-Forward-b", "2"), ("Content-Type", "application/json")]
    changed = parse_overrides(overrides, base)
    assert changed.retries == 0
    assert changed.headers == (("Content-Type", "text/plain"), ("A", "1"), ("B", "2"))
    assert (changed.labels, changed.callback) == (base.labels, base.callback)
    assert parse_overrides([("Content-Type", "application/json")], base) == base


@PROPERTY
@given(st.lists(st.tuples(st.sampled_from(sorted(OPTION_NAMES)), ANY_TEXT), max_size=4), ANY_TEXT, ANY_TEXT)
def test_arbitrary_values_are_read_or_rejected(own: list[tuple[str, str]], name: str, value: str) -> None:
    pairs = [(f"Upstash-{option}", given_value) for option, given_value in own]
    pairs += [(f"Upstash-Forward-{name}", value), (f"Upstash-Callback-{name}", value), (name, value)]
    for headers in (pairs, [("Upstash-Callback", "http://x"), ("Upstash-Header-Forward", "true"), *pairs]):
        found = answer_or_rejection(lambda headers=headers: parse_options(headers))
        assert isinstance(found, DeliveryOptions) or (found.status == 400 and len(found.text) < 1_000)
