"""Events that reached no run: remembered for a while, and not without bound."""

from __future__ import annotations

from qstash_dev.config import Retention
from qstash_dev.state.unheard_events import UnheardEvent, UnheardEvents
from tests.conftest import NOON_MS


def sent(id: str, time_ms: int = NOON_MS) -> UnheardEvent:
    return UnheardEvent("defaultUser", id, time_ms, ())


def test_the_latest_time_counts_and_only_for_a_while() -> None:
    events = UnheardEvents(Retention(unheard_event_s=10))
    events.add(sent("paid"))
    events.add(sent("paid", NOON_MS + 5_000))
    assert events.sent_ms("paid", NOON_MS + 15_000) == NOON_MS + 5_000
    assert events.sent_ms("paid", NOON_MS + 15_001) is None
    assert events.sent_ms("payed", NOON_MS) is None
    assert len(events) == 1


def test_an_event_that_reached_a_run_since_is_forgotten() -> None:
    events = UnheardEvents(Retention())
    events.add(sent("paid"))
    events.heard("paid")
    events.heard("paid")
    assert events.sent_ms("paid", NOON_MS) is None
    assert (len(events), events.bytes) == (0, 0)


def test_the_oldest_are_dropped_beyond_a_number_and_beyond_bytes() -> None:
    few = UnheardEvents(Retention(unheard_events=3))
    small = UnheardEvents(Retention(unheard_event_bytes=10_000))
    for number in range(1_000):
        few.add(sent(f"event-{number}"))
        small.add(sent(f"{number}-" + "x" * 1_000))
        assert small.bytes <= 10_000
    assert [few.sent_ms(f"event-{number}", NOON_MS) for number in (996, 997, 999)] == [None, NOON_MS, NOON_MS]
    assert len(small) == 8
    for events in (few, small):
        events.clear()
        assert (len(events), events.bytes) == (0, 0)


def test_subscribers_outlive_a_reset() -> None:
    events, told = UnheardEvents(Retention()), list[UnheardEvent]()
    events.subscribers.append(told.append)
    events.clear()
    events.add(sent("paid"))
    assert told == [sent("paid")]
