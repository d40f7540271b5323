"""Schedules: the result of the latest run."""

from __future__ import annotations

import pytest

from qstash_dev.protocol.cron import parse_cron
from qstash_dev.protocol.publication import DeliveryOptions, Publication
from qstash_dev.state.message import State
from qstash_dev.state.schedule import Schedule
from tests.conftest import NOON_MS
from tests.state.support import URL, make_message


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        (State.CREATED, "IN_PROGRESS"),
        (State.ACTIVE, "IN_PROGRESS"),
        (State.RETRY, "IN_PROGRESS"),
        (State.CANCEL_REQUESTED, "IN_PROGRESS"),
        (State.DELIVERED, "SUCCESS"),
        (State.FAILED, "FAIL"),
        (State.CANCELED, "FAIL"),
    ],
)
def test_the_latest_run_is_in_progress_a_success_or_a_failure(state: State, outcome: str) -> None:
    publication = Publication(URL, b"", DeliveryOptions())
    schedule = Schedule("scd_1", parse_cron("* * * * *"), publication, NOON_MS, NOON_MS + 60_000)
    assert schedule.last_states() == {}
    message, other = make_message(), make_message()
    message.state = state
    schedule.last_messages = [message, other]
    assert schedule.last_states() == {message.id: outcome, other.id: "IN_PROGRESS"}
