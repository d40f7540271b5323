"""Runs that wait for events, and notifications."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from qstash_dev.protocol.errors import Rejection
from qstash_dev.state.run import NoteKind, Run, RunState
from qstash_dev.state.unheard_events import UnheardEvent
from tests.broker.flow import WORKFLOW, Flow, entries, headers_of
from tests.broker.world import DAY_MS, SECOND_MS


@pytest.fixture
def run(flow: Flow) -> Run:
    """A run whose first delivery is over and that waits for ``event`` as step 1, 20 seconds long."""
    run, init = flow.trigger()
    flow.wait(run, 1, "event")
    flow.accept(init)
    return run


def decoded(out: str) -> bytes:
    return base64.b64decode(out)


def test_a_run_that_waits_has_appended_nothing(flow: Flow, run: Run) -> None:
    assert len(run.entries) == 1
    assert flow.on_the_wire() == []
    [waiter] = flow.tenant.runs.waiters["event"]
    assert (waiter.run, waiter.deadline_ms, waiter.timeout) == (run, flow.now_ms + 20 * SECOND_MS, "20s")
    assert not {"authorization", "host", "connection"} & {name.lower() for name, _ in waiter.headers}


@pytest.mark.parametrize("data", [b'{"n":1}', b"", b"\x00\xff"])
def test_an_event_resumes_the_run(flow: Flow, run: Run, data: bytes) -> None:
    [woken] = flow.notify("event", data)
    assert flow.on_the_wire() == [woken.message]
    step = entries(woken.message)[-1]
    assert decoded(step.pop("out")) == data
    assert step == {
        "stepId": 1,
        "stepName": "wait-1",
        "stepType": "Wait",
        "concurrent": 1,
        "waitEventId": "event",
        "timeout": "20s",
        "waitTimeout": False,
    }
    assert woken.message.url == WORKFLOW
    assert headers_of(woken.message)["X-User"] == "uv"
    assert headers_of(woken.message)["Upstash-Workflow-Sdk-Version"] == "1"
    flow.end(run)
    flow.accept(woken.message)
    flow.assert_nothing_is_left()


def test_the_log_shows_what_a_wait_came_to(flow: Flow, run: Run) -> None:
    flow.notify("event")
    step = run.entries[1].step
    assert step is not None
    assert (step.fields["waitEventId"], decoded(step.fields["out"])) == ("event", b'{"n":1}')


def test_when_the_time_is_up_the_run_goes_on_elsewhere_and_without_an_out(flow: Flow, run: Run) -> None:
    flow.advance(20 * SECOND_MS - 1)
    assert flow.on_the_wire() == []
    flow.advance(1)
    [message] = flow.on_the_wire()
    assert message.url == WORKFLOW + "/late"
    step = entries(message)[-1]
    assert (step["waitTimeout"], "out" in step) == (True, False)
    assert flow.notify("event") == []
    flow.end(run)
    flow.accept(message)
    flow.assert_nothing_is_left()


def test_an_event_wakes_only_once(flow: Flow, run: Run) -> None:
    assert len(flow.notify("event")) == 1
    assert flow.notify("event") == []
    flow.advance(DAY_MS)
    assert len(run.entries) == 2


def test_an_event_wakes_every_run_that_waits_for_it(flow: Flow, run: Run) -> None:
    other, _ = flow.trigger("wfr_2")
    flow.wait(other, 4, "event")
    flow.wait(other, 5, "another")
    assert [resumed.waiter.run for resumed in flow.notify("event")] == [run, other]
    assert list(flow.tenant.runs.waiters) == ["another"]


def test_waiters_that_are_woken_in_portions_may_have_left_meanwhile(flow: Flow, run: Run) -> None:
    others = [flow.trigger(f"wfr_{name}")[0] for name in ("late", "ended")]
    for other in others:
        flow.wait(other, 1, "event", timeout="1h")
    waiters, out = flow.broker.waits.waiting(flow.tenant, "event", b"x", flow.now_ms)
    assert [resumed.waiter.run for resumed in flow.broker.waits.resume(waiters[1:2], out, flow.now_ms)] == others[:1]
    flow.broker.finisher.cancel(others[1], flow.now_ms)
    assert [resumed.waiter.run for resumed in flow.broker.waits.resume(waiters, out, flow.now_ms)] == [run]


def test_several_branches_of_one_run_wait_for_one_event(flow: Flow, run: Run) -> None:
    flow.wait(run, 2, "event")
    assert [woken.waiter.step.id for woken in flow.notify("event")] == [1, 2]


def test_nobody_is_woken_by_an_event_that_nobody_waits_for(flow: Flow, run: Run) -> None:
    assert flow.notify("another") == []
    flow.wait(run, 2, "another")
    assert len(run.waiters) == 2


def test_one_run_is_woken_and_the_others_wait_on(flow: Flow, run: Run) -> None:
    other, _ = flow.trigger("wfr_2")
    flow.wait(other, 4, "event")
    woken = flow.broker.waits.notify_run(other, "event", b"data", flow.now_ms)
    assert woken is not None
    assert woken.waiter.run is other
    assert run.waiters


def test_an_event_for_one_run_is_kept_until_it_waits(flow: Flow) -> None:
    run, _ = flow.trigger()
    for data in (b"first", b"second"):
        assert flow.broker.waits.notify_run(run, "event", data, flow.now_ms) is None
    flow.wait(run, 1, "event")
    assert decoded(entries(flow.latest(run))[-1]["out"]) == b"first"
    flow.wait(run, 2, "event")
    assert decoded(entries(flow.latest(run))[-1]["out"]) == b"second"
    flow.wait(run, 3, "event")
    assert len(run.waiters) == 1
    assert run.events == {}


def test_calls_of_a_webhook_are_handed_over_one_by_one(flow: Flow) -> None:
    run, _ = flow.trigger()
    calls = [{"method": "PUT", "header": {"X": ["1"]}, "url": f"/{number}", "body": "aGk="} for number in range(3)]
    for call in calls[:2]:
        assert flow.broker.waits.call_webhook(run, "evt_1", call, flow.now_ms) is None
    for number, call in enumerate(calls, 1):
        flow.wait(run, number, "evt_1", stepType="WaitForWebhook")
        if number == 3:
            assert flow.broker.waits.call_webhook(run, "evt_1", call, flow.now_ms) is not None
        assert json.loads(decoded(entries(flow.latest(run))[-1]["out"])) == call


def test_a_wait_that_is_submitted_again_waits_once(flow: Flow, run: Run) -> None:
    flow.wait(run, 1, "event")
    assert len(run.waiters) == 1
    flow.notify("event")
    flow.wait(run, 1, "event")
    assert run.waiters == []
    assert len(run.entries) == 2


def test_a_wait_of_a_parallel_group_keeps_its_group(flow: Flow) -> None:
    run, _ = flow.trigger()
    flow.wait(run, 5, "event", concurrent=3)
    [woken] = flow.notify("event")
    assert entries(woken.message)[-1]["concurrent"] == 3


@pytest.mark.parametrize("state", list(RunState)[1:])
def test_a_run_that_has_ended_waits_for_nothing(flow: Flow, run: Run, state: RunState) -> None:
    flow.broker.waits.notify_run(run, "stored", b"x", flow.now_ms)
    flow.broker.finisher.end(run, state, flow.now_ms)
    assert flow.notify("event") == []
    flow.advance(DAY_MS)
    assert len(run.entries) == 1
    with pytest.raises(Rejection) as caught:
        flow.wait(run, 2, "event")
    assert caught.value.status == 400
    flow.assert_nothing_is_left()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (None, "JSON object"),
        ([], "JSON object"),
        ({"step": None}, "JSON object"),
        ({"step": {"stepId": "1"}}, "stepId"),
        ({"timeout": "soon"}, "soon"),
        ({"timeout": 20}, "timeout"),
        ({"url": "ftp://example.com"}, "url"),
        ({"url": 1}, "url"),
        ({"timeoutUrl": "workflow"}, "timeoutUrl"),
        ({"timeoutHeaders": []}, "headers"),
        ({"timeoutHeaders": {"X": [1]}}, "header X"),
        ({"timeoutHeaders": {"Upstash-Retries": ["many"]}}, "Upstash-Retries"),
    ],
)
def test_a_wrong_wait_of_a_run_that_goes_on_is_412(flow: Flow, change: Any, named: str) -> None:
    run, _ = flow.trigger()
    step = {"stepId": 1, "stepName": "wait", "stepType": "Wait", "concurrent": 1}
    request = {"url": WORKFLOW, "timeout": "20s", "timeoutUrl": WORKFLOW, "timeoutHeaders": {}, "step": step}
    request = request | change if isinstance(change, dict) else change
    with pytest.raises(Rejection, match=named) as caught:
        flow.broker.waits.wait(flow.tenant, "event", request, flow.headers(run).items(), flow.now_ms)
    assert caught.value.status == 412
    assert run.waiters == []


def test_a_wait_needs_the_headers_of_a_run(flow: Flow) -> None:
    with pytest.raises(Rejection, match="Upstash-Workflow-RunId") as caught:
        flow.broker.waits.wait(flow.tenant, "event", {}, [("X", "1")], flow.now_ms)
    assert caught.value.status == 412


def test_a_wait_lasts_seven_days_unless_it_says_otherwise(flow: Flow) -> None:
    run, init = flow.trigger()
    step = {"stepId": 1, "stepName": "wait", "stepType": "Wait"}
    flow.broker.waits.wait(flow.tenant, "event", {"step": step}, flow.headers(run).items(), flow.now_ms)
    flow.accept(init)
    flow.advance(7 * DAY_MS - 1)
    assert flow.on_the_wire() == []
    flow.advance(1)
    [message] = flow.on_the_wire()
    assert (message.url, entries(message)[-1]["timeout"]) == (WORKFLOW, "7d")


def test_the_waiters_of_one_user_are_not_those_of_another(flow: Flow, run: Run) -> None:
    stranger = flow.broker.tenants.all()[1]
    assert (
        flow.broker.waits.resume(*flow.broker.waits.waiting(stranger, "event", b"", flow.now_ms), flow.now_ms) == []
    )
    assert run.waiters


def test_a_run_is_told_of_an_event_that_came_just_before_its_wait(flow: Flow) -> None:
    run, _ = flow.trigger()
    flow.notify("paid")
    flow.advance(11)
    flow.wait(run, 1, "paid", "1h", stepName="payment")
    waits, unheard = run.notes
    assert (waits.kind, waits.text) == (NoteKind.WAITS, "payment waits for event paid, 1 h at most")
    assert unheard.kind is NoteKind.UNHEARD_EVENT
    assert unheard.text.startswith("paid was sent 11 ms before the wait and reached no run: send it again, or name")
    assert run.waiters[0].unheard_ms == flow.now_ms - 11


def test_an_event_is_no_news_to_a_wait_that_it_could_not_have_meant(flow: Flow) -> None:
    run, _ = flow.trigger()
    flow.notify("other")
    flow.notify("long ago")
    flow.advance(DAY_MS)
    # Kept for this run, so not lost.
    flow.broker.waits.notify_run(run, "kept", b"x", flow.now_ms)
    for number, event_id in enumerate(("paid", "long ago", "kept"), 1):
        flow.wait(run, number, event_id)
    assert [note.kind for note in run.notes] == [NoteKind.WAITS] * 2
    assert [waiter.unheard_ms for waiter in run.waiters] == [None, None]


def test_an_event_that_reached_a_run_since_is_not_told_to_the_next_one(flow: Flow) -> None:
    flow.notify("paid")
    run, _ = flow.trigger("wfr_1")
    flow.wait(run, 1, "paid")
    flow.notify("paid")
    other, _ = flow.trigger("wfr_2")
    flow.wait(other, 1, "paid")
    assert [note.kind for note in other.notes] == [NoteKind.WAITS]


def test_who_follows_lost_events_learns_what_runs_wait_for(flow: Flow) -> None:
    told: list[UnheardEvent] = []
    flow.tenant.runs.unheard.subscribers.append(told.append)
    run, _ = flow.trigger()
    for number in range(1, 6):
        flow.wait(run, number, f"event-{number}")
    flow.notify("payed")
    flow.notify("event-1")
    assert told == [UnheardEvent("defaultUser", "payed", flow.now_ms, ("event-1", "event-2", "event-3"))]


def test_a_wait_for_a_webhook_says_so(flow: Flow) -> None:
    run, _ = flow.trigger()
    flow.wait(run, 1, "evt_1", "2d", stepType="WaitForWebhook", stepName="hook")
    assert [note.text for note in run.notes] == ["hook waits for a call of its webhook, 2 d at most"]


def test_a_reset_forgets_lost_events(flow: Flow) -> None:
    flow.notify("paid")
    flow.tenant.clear()
    run, _ = flow.trigger()
    flow.wait(run, 1, "paid")
    assert run.waiters[0].unheard_ms is None
