"""Messages: their legal changes of state and their properties."""

from __future__ import annotations

from itertools import product

import pytest

from qstash_dev.protocol.headers import parse_options
from qstash_dev.protocol.publication import Publication
from qstash_dev.state.message import Message, State
from tests.conftest import NOON_MS
from tests.state.support import make_message, make_tenant

LEGAL = {
    (State.CREATED, State.ACTIVE),
    (State.CREATED, State.CANCEL_REQUESTED),
    (State.ACTIVE, State.DELIVERED),
    (State.ACTIVE, State.RETRY),
    (State.ACTIVE, State.FAILED),
    (State.ACTIVE, State.CANCEL_REQUESTED),
    (State.RETRY, State.ACTIVE),
    (State.RETRY, State.CANCEL_REQUESTED),
    (State.CANCEL_REQUESTED, State.CANCELED),
    (State.CANCEL_REQUESTED, State.DELIVERED),
}
# ERROR is an event, never the state of a message.
STATES = [state for state in State if state is not State.ERROR]
ILLEGAL = [move for move in product(STATES, State) if move not in LEGAL]


@pytest.mark.parametrize(("before", "after"), sorted(LEGAL))
def test_a_legal_move(before: State, after: State) -> None:
    message = make_message()
    message.state = before
    message.move_to(after)
    assert message.state is after


@pytest.mark.parametrize(("before", "after"), ILLEGAL)
def test_an_illegal_move_raises_and_changes_nothing(before: State, after: State) -> None:
    message = make_message()
    message.state = before
    with pytest.raises(AssertionError, match=f"{before} may not become {after}"):
        message.move_to(after)
    assert message.state is before


@pytest.mark.parametrize("state", STATES)
def test_delivered_failed_and_canceled_are_the_ends(state: State) -> None:
    message = make_message()
    message.state = state
    assert message.ended is (state in (State.DELIVERED, State.FAILED, State.CANCELED))


def test_states_are_spelled_as_the_sdks_spell_them() -> None:
    assert [str(state) for state in State] == [
        *("CREATED", "ACTIVE", "RETRY", "ERROR", "DELIVERED", "FAILED", "CANCEL_REQUESTED", "CANCELED")
    ]


def test_what_a_message_tells_about_itself() -> None:
    options = parse_options(
        [
            ("Upstash-Label", "one,two"),
            ("Upstash-Queue-Name", "queue"),
            ("Upstash-Flow-Control-Key", "key"),
            ("Upstash-Flow-Control-Value", "rate=1"),
        ]
    )
    publication = Publication("my-group", b"", options, "10.0.0.1", "scd_1")
    message = Message("msg_1", make_tenant(), publication, "https://example.com", NOON_MS, NOON_MS)
    assert message.topic_name == "my-group"
    assert message.queue_name == "queue"
    assert message.flow_control_key == "key"
    assert message.labels == ("one", "two")
    assert (message.caller_ip, message.schedule_id) == ("10.0.0.1", "scd_1")


def test_a_plain_message_has_no_group_queue_schedule_or_key() -> None:
    message = make_message()
    assert (message.topic_name, message.queue_name, message.schedule_id, message.flow_control_key) == (None,) * 4
    assert message.labels == ()
