"""One run: its log as it is delivered, and what names it."""

from __future__ import annotations

import base64
import json
import tracemalloc

import pytest

from qstash_dev.protocol.step import STEP, parse_step
from qstash_dev.state.run import (
    ENTRY_OVERHEAD_BYTES,
    MAX_NOTES,
    Note,
    Run,
    RunLogEntry,
    RunMessage,
    RunMessageKind,
    RunState,
)
from tests.conftest import NOON_MS
from tests.state.support import end_run, make_message, make_run, make_tenant, part_message


def bodies(delivered: bytes) -> list[bytes]:
    return [base64.b64decode(entry["body"]) for entry in json.loads(delivered)]


@pytest.fixture
def run() -> Run:
    return make_run(make_tenant(), "wfr_1", b'{"name":"bob"}', b"one", b"\xff\x00")


def test_a_message_delivers_the_log_up_to_its_entry(run: Run) -> None:
    assert bodies(run.delivered(0)) == [b'{"name":"bob"}']
    assert bodies(run.delivered(1)) == [b'{"name":"bob"}', b"one"]
    assert bodies(run.delivered(2)) == [b'{"name":"bob"}', b"one", b"\xff\x00"]
    assert json.loads(run.delivered(2))[1] == {"messageId": "msg_wfr_1_1", "body": "b25l", "callType": "step"}


def test_a_message_without_an_entry_delivers_its_own_body(run: Run) -> None:
    message = part_message(run, b"own")
    assert message.delivered_body == b"own"
    message.run_message = RunMessage(run, RunMessageKind.STEP, entry=1)
    assert bodies(message.delivered_body) == [b'{"name":"bob"}', b"one"]
    assert make_message(body=b"plain").delivered_body == b"plain"


def test_an_empty_payload_is_an_empty_entry() -> None:
    run = make_run(make_tenant(), "wfr_1", b"")
    assert bodies(run.delivered(0)) == [b""]
    assert run.initial_body == b""


def test_a_log_that_is_too_large_is_left_to_the_sdk(run: Run) -> None:
    run.lazy_bytes = len(run.delivered(1))
    assert run.delivered(1) != b""
    assert run.delivered(2) == b""


def test_the_payload_is_the_first_entry(run: Run) -> None:
    assert run.initial_body == b'{"name":"bob"}'
    assert Run("wfr_2", run.tenant, run.url, NOON_MS, run.settings).initial_body == b""


def test_a_run_goes_on_until_it_ends(run: Run) -> None:
    assert run.alive
    for state in (RunState.SUCCESS, RunState.FAILED, RunState.CANCELED):
        run.state = state
        assert not run.alive


def test_an_entry_weighs_all_that_is_kept_of_it() -> None:
    [entry] = make_run(make_tenant(), "wfr_1", b"x" * 3_000).entries
    assert entry.weight == 3_000 + entry.size + ENTRY_OVERHEAD_BYTES
    assert entry.size > 4_000


def test_the_parsed_copy_of_a_step_and_the_options_of_its_message_weigh_what_they_take_up() -> None:
    """``[[],[],…]`` takes up twenty times as many bytes as its text has."""
    body = b'{"stepId":1,"stepName":"a","stepType":"Run","out":[%s[]]}' % (b"[]," * 1_000)
    plain = RunLogEntry("msg_1", body, STEP, NOON_MS)
    parsed = RunLogEntry("msg_1", body, STEP, NOON_MS, parse_step(body), options_weight=5_000)
    assert parsed.weight > plain.weight + 10 * len(body) + 5_000


def test_only_the_latest_notes_are_kept(run: Run) -> None:
    for number in range(MAX_NOTES + 5):
        run.tenant.runs.note(run, f"note {number}", NOON_MS + number)
    assert len(run.notes) == MAX_NOTES
    assert run.notes[-1] == Note(NOON_MS + MAX_NOTES + 4, f"note {MAX_NOTES + 4}")


def test_what_is_let_go_keeps_its_name_only(run: Run) -> None:
    end_run(run)
    run.release()
    assert (run.entries, run.calls, run.invocations, run.failure, run.response) == ([], {}, [], None, None)
    assert (run.id, run.created_ms) == ("wfr_1", NOON_MS)


def test_what_is_delivered_is_the_only_copy_of_the_log() -> None:
    run = make_run(make_tenant(), "wfr_1", *[b"x" * 10_000] * 100)
    tracemalloc.start()
    try:
        body = run.delivered(99)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(bodies(body)) == 100
    assert peak < 1.1 * len(body)


def test_a_log_that_begins_anew_delivers_only_what_came_since(run: Run) -> None:
    run.tenant.runs.forget_entries(run)
    run.tenant.runs.append(run, RunLogEntry("msg_new", b"new", "step", NOON_MS))
    assert bodies(run.delivered(0)) == [b"new"]


def test_a_run_that_has_let_go_delivers_an_empty_log(run: Run) -> None:
    run.release()
    assert run.delivered(1) == b"[]"
