"""Filters, counts, orders and cursors of lists and bulk calls."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qstash_dev.protocol.errors import Rejection
from qstash_dev.protocol.filters import (
    Query,
    count_of,
    cursor_of,
    latest_first,
    message_filter,
    parse_query,
    whole_number,
)
from tests.conftest import NOON_MS
from tests.protocol.properties import ANY_TEXT, PROPERTY, answer_or_rejection


@dataclass(frozen=True)
class Sample:
    """A message as filters see it."""

    id: str = "msg_1"
    url: str = "https://Example.org:8443/a/b?c=d"
    topic_name: str | None = "group"
    queue_name: str | None = "queue"
    schedule_id: str | None = "scd_1"
    caller_ip: str = "10.0.0.1"
    labels: tuple[str, ...] = ("one", "two")
    flow_control_key: str | None = "key"


def query(*pairs: tuple[str, str]) -> Query:
    return parse_query(pairs)


def matches(*pairs: tuple[str, str], message: Sample = Sample(), time_ms: int = NOON_MS) -> bool:
    return message_filter(query(*pairs))(message, time_ms)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("messageId", "msg_1"),
        ("topicName", "group"),
        ("queueName", "queue"),
        ("scheduleId", "scd_1"),
        ("url", "https://Example.org:8443/a/b?c=d"),
        ("host", "example.org"),
        ("host", "example.org:8443"),
        ("host", "Example.org"),
        ("path", "/a/b"),
        ("label", "one"),
        ("label", "two"),
        ("flowControlKey", "key"),
        ("callerIp", "10.0.0.1"),
        ("callerIP", "10.0.0.1"),
        ("fromDate", str(NOON_MS)),
        ("toDate", str(NOON_MS)),
    ],
)
def test_a_field_that_fits(name: str, value: str) -> None:
    assert matches((name, value))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("messageId", "msg_2"),
        ("topicName", "grou"),
        ("queueName", "Queue"),
        ("scheduleId", "scd_"),
        ("url", "https://Example.org:8443/a/b"),
        ("host", "example.or"),
        ("host", "other.org"),
        ("path", "/a"),
        ("path", "/a/b?c=d"),
        ("label", "on"),
        ("flowControlKey", "ke"),
        ("callerIp", "10.0.0.2"),
        ("fromDate", str(NOON_MS + 1)),
        ("toDate", str(NOON_MS - 1)),
    ],
)
def test_a_field_that_does_not_fit(name: str, value: str) -> None:
    assert not matches((name, value))


@pytest.mark.parametrize("name", ["topicName", "queueName", "scheduleId", "label", "flowControlKey"])
def test_a_message_without_the_field_does_not_fit(name: str) -> None:
    bare = Sample(topic_name=None, queue_name=None, schedule_id=None, labels=(), flow_control_key=None)
    assert not matches((name, "None"), message=bare)
    assert matches(message=bare)


@pytest.mark.parametrize("host", ["[::1]", "[::1]:3000"])
def test_the_host_of_a_literal_address_keeps_its_brackets(host: str) -> None:
    assert matches(("host", host), message=Sample(url="http://[::1]:3000/"))


def test_the_user_of_a_url_is_not_its_host() -> None:
    secret = Sample(url="http://me:secret@example.org/")
    assert matches(("host", "example.org"), message=secret)
    assert not matches(("host", "me:secret@example.org"), message=secret)


def test_values_of_a_field_are_alternatives_and_fields_add_up() -> None:
    assert matches(("label", "x"), ("label", "one"))
    assert matches(("label", "x,two"))
    assert matches(("label", "one"), ("queueName", "queue"), ("fromDate", "0"))
    assert not matches(("label", "one"), ("queueName", "other"))
    assert not matches(("label", "one"), ("toDate", "0"))


def test_an_empty_value_is_no_filter() -> None:
    assert query(("label", ""), ("url", ","), ("state", "a,,b")).values == {"url": (",",), "state": ("a", "b")}
    assert matches(("label", ""), message=Sample(labels=()))


def test_urls_and_paths_may_hold_commas() -> None:
    comma = "https://example.org/a,b?c=1,2"
    assert query(("url", comma)).all("url") == (comma,)
    assert query(("url", f"{comma},http://x")).all("url") == (comma, "http://x")
    assert query(("path", "/a,b,/c")).all("path") == ("/a,b", "/c")


def test_one_and_all_values_of_a_parameter() -> None:
    found = query(("messageId", "a"), ("messageIds", "b,c"), ("messageIds", "d"))
    assert found.one("messageIds") == "b"
    assert found.all("messageId", "messageIds") == ("a", "b", "c", "d")
    assert found.one("dlqIds") is None
    assert found.all("dlqIds") == ()


def test_where_something_could_be_destroyed_unknown_parameters_are_rejected() -> None:
    known = ("dlqIds", "label", "count")
    assert parse_query([(name, "1") for name in known], known).values.keys() == set(known)
    with pytest.raises(Rejection, match=r"unknown query parameter labeel: use one of .*label"):
        parse_query([("labeel", "x")], known)


@pytest.mark.parametrize("name", ["fromDate", "toDate"])
@pytest.mark.parametrize("value", ["-1", "1.5", "now", "2026-01-01", "٣", "9" * 19, "0x1", " 1"])
def test_dates_are_whole_milliseconds(name: str, value: str) -> None:
    with pytest.raises(Rejection, match=f"invalid query parameter {name}") as refused:
        message_filter(query((name, value)))
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("text", "default", "count"),
    [("7", None, 7), ("5000", None, 100), (None, None, 100), (None, 10, 10), ("1", 10, 1)],
)
def test_a_count_is_cut_to_the_most(text: str | None, default: int | None, count: int) -> None:
    pairs = [("count", text)] if text is not None else []
    assert count_of(query(*pairs), 100, default) == count


@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_a_count_is_at_least_one(value: str) -> None:
    with pytest.raises(Rejection, match="invalid query parameter count"):
        count_of(query(("count", value)), 100)


def test_order() -> None:
    assert latest_first(query(("order", "latestFirst")), default=False)
    assert not latest_first(query(("order", "earliestFirst")), default=True)
    assert latest_first(query(), default=True)
    assert not latest_first(query(), default=False)
    for wrong in ("LATESTFIRST", "desc"):
        with pytest.raises(Rejection, match="invalid query parameter order"):
            latest_first(query(("order", wrong)), default=False)


@pytest.mark.parametrize(
    "value", ["x", "-", "1-", "-1", "1", "1-2-3", "1-x", "１-２", "0" * 30 + "-" + "0" * 30, "1 -2"]
)
def test_a_cursor_that_no_page_gave_is_rejected(value: str) -> None:
    with pytest.raises(Rejection, match="invalid query parameter cursor") as refused:
        cursor_of(query(("cursor", value)))
    assert refused.value.status == 400


def test_no_cursor_is_the_beginning() -> None:
    assert cursor_of(query()) is None
    assert cursor_of(query(("cursor", ""))) is None


def test_more_values_than_can_be_meant_are_rejected() -> None:
    assert len(query(("messageIds", ",".join("x" * 1_000))).all("messageIds")) == 1_000
    for value in (",".join("x" * 1_001), "x" * 100_001):
        with pytest.raises(Rejection, match="at most 1000 values"):
            query(("messageIds", value))


@PROPERTY
@given(st.integers(0, 1 << 50), st.integers(0, 1 << 40))
def test_cursors_round_trip(time_ms: int, position: int) -> None:
    assert cursor_of(query(("cursor", f"{time_ms}-{position}"))) == position


@PROPERTY
@given(ANY_TEXT)
def test_arbitrary_parameters_are_read_or_rejected(text: str) -> None:
    names = {"messageIds", "dlqIds", "host", "path", "url", "label", "fromDate", "count", "cursor", "order", text}
    for name in names:
        found = query((name, text))
        for read in (
            lambda found=found: message_filter(found)(Sample(), NOON_MS),
            lambda found=found: count_of(found, 100),
            lambda found=found: cursor_of(found),
            lambda found=found: latest_first(found, default=True),
            lambda found=found, name=name: whole_number(found, name, 0),
        ):
            answer = answer_or_rejection(read)
            assert isinstance(answer, bool | int | None) or answer.status == 400
