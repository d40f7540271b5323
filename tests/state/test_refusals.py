"""The list of refused calls: bounded, and the same refusal again is no new entry."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qstash_dev.config import Retention
from qstash_dev.protocol.tokens import Credential
from qstash_dev.state.refusals import MERGED_MS, Refusal, Refusals
from tests.conftest import NOON_MS

BAD = Refusal(NOON_MS, "defaultUser", "POST", "/v2/publish/x", 400, "invalid destination url")
ASKED = Refusal(NOON_MS, "defaultUser", "GET", "/v2/messages/x", 404, "message x not found")


def make(**retention: int) -> Refusals:
    return Refusals(Retention(**retention))


def paths(refusals: Refusals) -> list[str]:
    return [one.path for one in refusals.newest_first()]


def test_the_same_refusal_again_is_counted() -> None:
    refusals = make()
    for time_ms in (NOON_MS, NOON_MS + 1, NOON_MS + MERGED_MS - 1):
        refusals.add(replace(BAD, time_ms=time_ms))
    [one] = refusals.newest_first()
    assert (one.count, one.time_ms, one.last_ms) == (3, NOON_MS, NOON_MS + MERGED_MS - 1)
    assert refusals.calls == 3


@pytest.mark.parametrize("later_ms", [MERGED_MS, -1], ids=["10 s later", "the clock was set back"])
def test_the_same_refusal_at_another_time_is_a_new_entry(later_ms: int) -> None:
    refusals = make()
    refusals.add(replace(BAD))
    refusals.add(replace(BAD, time_ms=NOON_MS + later_ms))
    assert [(one.seq, one.count) for one in refusals.newest_first()] == [(2, 1), (1, 1)]


@pytest.mark.parametrize(
    "other",
    [
        {"method": "PUT"},
        {"path": "/v2/publish/y"},
        {"status": 412},
        {"text": "another"},
        {"run_id": "wfr_1"},
        {"credential": Credential.QUOTED},
    ],
    ids=str,
)
def test_another_refusal_is_a_new_entry(other: dict[str, object]) -> None:
    refusals = make()
    refusals.add(replace(BAD))
    refusals.add(replace(BAD, **other))  # type: ignore[arg-type]
    assert len(refusals) == 2


def test_the_latest_call_is_first() -> None:
    refusals = make()
    for path in ("/a", "/b", "/a"):
        refusals.add(replace(BAD, path=path))
    assert paths(refusals) == ["/a", "/b"]


def test_the_oldest_are_dropped_by_number() -> None:
    refusals = make(refusals=3)
    for number in range(5):
        refusals.add(replace(BAD, path=f"/{number}"))
    assert paths(refusals) == ["/4", "/3", "/2"]
    assert refusals.calls == 3
    # What was dropped is not merged with.
    refusals.add(replace(BAD, path="/0"))
    assert paths(refusals) == ["/0", "/4", "/3"]


def test_the_oldest_are_dropped_by_bytes() -> None:
    refusals = make(refusal_bytes=50_000)
    for number in range(100):
        refusals.add(replace(BAD, path=f"/{number}" + "é" * 4_000))
    assert 5 < len(refusals) < 12
    assert 40_000 < refusals.bytes <= 50_000
    assert refusals.bytes == sum(one.weight for one in refusals.newest_first())
    assert refusals.clear() > 5
    assert (refusals.bytes, refusals.calls, paths(refusals)) == (0, 0, [])


def test_numbers_are_not_used_again() -> None:
    refusals = make()
    refusals.add(replace(BAD))
    refusals.clear()
    refusals.add(replace(BAD))
    assert [(one.seq, one.count) for one in refusals.newest_first()] == [(2, 1)]


def test_asking_in_vain_is_kept_but_not_counted() -> None:
    refusals = make(refusals=1)
    refusals.add(replace(ASKED))
    assert (len(refusals), refusals.calls) == (1, 0)
    refusals.add(replace(ASKED, method="DELETE"))
    assert (len(refusals), refusals.calls) == (1, 1)


def test_subscribers_get_the_entry_at_each_call() -> None:
    refusals, told = make(), []
    refusals.subscribers.append(lambda one: told.append((one.seq, one.count, one.change)))
    for _ in range(2):
        refusals.add(replace(BAD))
    assert told == [(1, 1, 1), (1, 2, 2)]
