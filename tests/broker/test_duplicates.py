"""What is told of publishes that are taken for an earlier message."""

from __future__ import annotations

import pytest

from qstash_dev.config import Retention
from qstash_dev.protocol.notice import NoticeKind
from qstash_dev.protocol.warning import WarningCode
from qstash_dev.state.tenant import Told
from qstash_dev.state.url_group import Endpoint, UrlGroup
from tests.broker.world import SECOND_MS, URL, World
from tests.conftest import NOON_MS

OTHER = "https://other.example.com/hook"


@pytest.fixture
def told(world: World) -> list[Told]:
    """The notices of the user."""
    told: list[Told] = []
    world.tenant.notice_subscribers.append(told.append)
    return told


def test_it_names_the_earlier_message_its_age_and_its_state(world: World, told: list[Told]) -> None:
    first = world.publish(Deduplication_Id="d1", Retries="0")
    world.advance(14 * SECOND_MS)
    world.fail(first)
    world.receipts(Deduplication_Id="d1", Method="PUT")
    text = f"PUT {URL} = {first.id}, id d1, published 14 s ago, FAILED"
    assert world.notices(first) == [text]
    [one] = told
    assert (one.message_id, one.url, one.notice.kind, one.notice.text) == (first.id, URL, NoticeKind.DUPLICATE, text)
    assert first.warnings == ()


@pytest.mark.parametrize(
    ("url", "body", "text", "warned"),
    [
        (OTHER, b"body", f"POST {OTHER} = {{id}}, id d1, published 0 ms ago to {URL}, ACTIVE", "another destination"),
        (URL, b"new", f"POST {URL} = {{id}}, id d1 but another body, published 0 ms ago, ACTIVE", "another body"),
        (
            OTHER,
            b"new",
            f"POST {OTHER} = {{id}}, id d1 but another body, published 0 ms ago to {URL}, ACTIVE",
            "another destination and another body",
        ),
    ],
)
def test_a_difference_is_a_warning_once(world: World, url: str, body: bytes, text: str, warned: str) -> None:
    first = world.publish(body=b"body", Deduplication_Id="d1")
    for _ in range(2):
        world.receipts(url, body, Deduplication_Id="d1")
    assert world.notices(first) == [text.format(id=first.id)] * 2
    [warning] = first.warnings
    assert warning.code is WarningCode.DUPLICATE_DIFFERS
    assert f"'d1' too and made no message, although it has {warned}: give each" in warning.text
    assert url in warning.text


def test_the_same_content_is_no_warning(world: World) -> None:
    first = world.publish(body=b"body", Content_Based_Deduplication="true")
    world.receipts(body=b"body", Content_Based_Deduplication="true")
    assert world.notices(first) == [f"POST {URL} = {first.id}, the same content, published 0 ms ago, ACTIVE"]
    assert first.warnings == ()


def test_each_endpoint_of_a_url_group_is_told_of(world: World) -> None:
    world.tenant.url_groups["group"] = UrlGroup("group", NOON_MS, NOON_MS, [Endpoint(URL), Endpoint(OTHER)])
    for _ in range(2):
        receipts = world.receipts("group", Deduplication_Id="d1")
    messages = [world.tenant.messages[receipt.message_id] for receipt in receipts]
    assert [world.notices(message) for message in messages] == [
        [f"POST {message.url} = {message.id}, id d1, published 0 ms ago, ACTIVE"] for message in messages
    ]


@pytest.mark.parametrize("retention", [Retention(finished_messages=0)])
def test_a_message_that_is_no_longer_kept_is_told_of_as_well(world: World, told: list[Told]) -> None:
    first = world.publish(body=b"body", Deduplication_Id="d1")
    world.finish(first)
    entries = world.tenant.log.last_seq
    world.receipts(OTHER, b"new", Deduplication_Id="d1")
    [one] = told
    expected = f"POST {OTHER} = {first.id}, id d1 but another body, published 0 ms ago to {URL}, no longer kept"
    assert (one.message_id, one.url, one.notice.text) == (first.id, URL, expected)
    assert world.tenant.log.last_seq == entries


@pytest.mark.parametrize("retention", [Retention(max_bytes=10_000_000, events=100)])
def test_a_flood_of_duplicates_leaves_the_entries_of_other_messages(world: World, told: list[Told]) -> None:
    other = world.publish()
    first = world.publish(body=b"x" * 1_000_000, Deduplication_Id="d1")
    for number in range(1_000):
        world.receipts(body=b"%d" % number, Deduplication_Id="d1")
    assert world.states(other) == ["CREATED", "ACTIVE"]
    assert len(world.notices(first)) == 20
    assert len(told) == 1_000
    entries = world.tenant.log.with_warnings((first.id,))
    [last] = [entry.notice for entry in entries if entry.notice is not None][-1:]
    assert last.more == 980


def test_the_retry_of_a_dead_letter_with_a_used_id_is_told_of(world: World, told: list[Told]) -> None:
    failed = world.publish(Retries="0")
    world.fail(failed)
    first = world.publish(Deduplication_Id="d1")
    world.retry(world.letters(), [("Upstash-Deduplication-Id", "d1")])
    assert world.notices(first) == [f"POST {URL} = {first.id}, id d1, published 0 ms ago, ACTIVE"]


def test_long_values_are_cut(world: World) -> None:
    first = world.publish(Deduplication_Id="d" * 1_000)
    world.receipts("https://example.com/" + "x" * 10_000, Deduplication_Id="d" * 1_000)
    [text] = world.notices(first)
    assert len(text) < 700
