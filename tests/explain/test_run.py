"""The verdict on a workflow run, and on its dead letter."""

from __future__ import annotations

from typing import Any

from qstash_dev.explain.verdict import Blocker, Subject, SubjectKind, Verdict, VerdictReason
from qstash_dev.explain.why import why
from qstash_dev.state.run import Run
from tests.broker.flow import THIRD, Flow
from tests.broker.workflows.test_refused_steps import BLAME, QUOTA, quoting, refuse
from tests.broker.world import HOUR_MS, answer
from tests.conftest import NOON_MS

NAP: dict[str, Any] = {"stepName": "nap", "stepType": "SleepFor", "sleepFor": 3_600}
DECLINED = answer(500, b'{"error":"Error","message":"Stripe: card_declined"}', Upstash_Error_Step_Name="explode")


def verdict(flow: Flow, run: Run) -> Verdict:
    told = why(run, flow.moment())
    assert told.about == Subject(SubjectKind.RUN, run.id)
    return told


def test_the_first_step_runs(flow: Flow) -> None:
    run, message = flow.trigger()
    told = verdict(flow, run)
    assert told.sentence == "the first step: try 1 of 4 is in flight for 3 s: no answer yet"
    assert told.blocker == Blocker(SubjectKind.MESSAGE, message.id, "in flight for 3 s")


def test_a_step_that_nobody_has_named_is_the_one_after_the_last(flow: Flow) -> None:
    run, message = flow.trigger()
    step = flow.step(run, 1)
    flow.accept(message)
    flow.finish(step, answer(503))
    told = verdict(flow, run)
    assert told.sentence == "the step after step-1: try 1 of 4 failed, HTTP 503; next in 12 s"
    assert (told.reason, told.next_ms) == (VerdictReason.RETRYING, NOON_MS + 12_000)


def test_a_delayed_start_and_a_sleep(flow: Flow) -> None:
    run, message = flow.trigger(Upstash_Delay="1h")
    assert verdict(flow, run).sentence == "the start is delayed until 13:00 UTC, due in 1 h"
    flow.advance(HOUR_MS)
    flow.step(run, 1, NAP, Upstash_Delay="1h")
    flow.accept(message)
    told = verdict(flow, run)
    assert told.sentence == "sleeps in nap until 14:00 UTC, due in 1 h"
    assert (told.reason, told.next_ms) == (VerdictReason.DELAYED, NOON_MS + 2 * HOUR_MS)


def test_an_event_that_was_sent_before_the_wait(flow: Flow) -> None:
    run, message = flow.trigger()
    flow.wait(run, 1, "paid", "1h")
    flow.accept(message)
    assert verdict(flow, run).sentence == "run waits for event paid until 13:00 UTC"
    flow.notify("shipped")
    flow.advance(11)
    other, message = flow.trigger("wfr_2")
    flow.wait(other, 1, "shipped", "1h")
    flow.accept(message)
    told = verdict(flow, other)
    assert told.sentence == (
        "run waits for event shipped until 13:00 UTC; shipped was sent 11 ms before the wait and reached no run"
    )
    assert (told.reason, told.next_ms) == (VerdictReason.WAITS_FOR_EVENT, NOON_MS + 11 + HOUR_MS)


def test_a_webhook(flow: Flow) -> None:
    run, message = flow.trigger()
    flow.wait(run, 1, "hook", "1h", stepType="WaitForWebhook")
    flow.accept(message)
    assert verdict(flow, run).sentence == "run waits for a call of its webhook hook until 13:00 UTC"


def test_a_third_party_call(flow: Flow) -> None:
    run, message = flow.trigger()
    flow.call(run, 1)
    flow.accept(message)
    assert verdict(flow, run).sentence == (
        f"step-1 calls PUT {THIRD}: try 1 of 1 is in flight for 3 s: no answer yet"
    )


def test_an_invoked_run_and_the_one_that_it_has_invoked(flow: Flow) -> None:
    run, message = flow.trigger()
    child, first = flow.invoke(run, 1)
    flow.accept(message)
    told = verdict(flow, run)
    running = "the first step: try 1 of 4 is in flight for 3 s: no answer yet"
    assert told.sentence == f"invoke-1 waits for run wfr_child ({running})"
    assert (told.reason, told.blocker) == (
        VerdictReason.WAITS_FOR_RUN,
        Blocker(SubjectKind.RUN, "wfr_child", running),
    )
    flow.invoke(child, 1, "wfr_grandchild")
    flow.accept(first)
    assert verdict(flow, run).sentence == "invoke-1 waits for run wfr_child (waits for run wfr_grandchild)"


def test_what_fails_is_told_first_of_what_goes_on_at_once(flow: Flow) -> None:
    run, message = flow.trigger()
    plans = [flow.plan(run, target, 3) for target in (1, 2, 3)]
    flow.accept(message)
    flow.fail(plans[1])
    assert verdict(flow, run).sentence == "step-2: try 1 of 4 failed, HTTP 500; next in 12 s (beside 2 more)"


def test_nothing_takes_it_on(flow: Flow) -> None:
    run, message = flow.trigger()
    flow.accept(message)
    told = verdict(flow, run)
    assert told.reason is VerdictReason.STUCK
    assert "submitted nothing that could take the run on" in told.sentence


def test_the_step_that_failed_is_named_with_what_the_app_said(flow: Flow) -> None:
    run, message = flow.trigger(Upstash_Retries="1")
    flow.finish(message, DECLINED)
    assert verdict(flow, run).sentence == ("explode: try 1 of 2 failed, Stripe: card_declined; next in 12 s")
    flow.advance(12_000)
    flow.finish(message, DECLINED)
    [letter] = flow.letters()
    told = verdict(flow, run)
    failed = "explode failed after 2 attempts: Stripe: card_declined"
    assert told.sentence == f"{failed}; dead letter {letter.id}"
    assert told.reason is VerdictReason.GAVE_UP
    of_letter = why(letter, flow.moment())
    assert of_letter.about == Subject(SubjectKind.DEAD_LETTER, letter.id)
    assert of_letter.sentence == f"at 12:00 UTC run wfr_1: {failed}; dead letter {letter.id}"
    assert "resume or restart the run" in of_letter.todo
    flow.broker.resumer.start_again(letter, (), flow.now_ms, from_the_start=False)
    assert verdict(flow, run).sentence == failed


def test_a_step_that_this_server_refused(flow: Flow) -> None:
    run, message = flow.trigger(Upstash_Retries="0")
    refuse(flow, run.id)
    flow.finish(message, quoting(QUOTA))
    told = verdict(flow, run)
    assert told.sentence.startswith(f"the first step failed after 1 attempt: {BLAME}; dead letter ")
    assert told.todo.startswith("the app only passes on what this server has refused: ")


def test_a_run_that_has_returned_or_was_cancelled(flow: Flow) -> None:
    run, message = flow.trigger()
    flow.accept(message)
    flow.advance(61_000)
    flow.end(run)
    assert (verdict(flow, run).reason, verdict(flow, run).sentence) == (
        VerdictReason.SUCCEEDED,
        "returned after 1 m 1 s",
    )
    other, _ = flow.trigger("wfr_2")
    flow.broker.finisher.cancel(other, flow.now_ms)
    assert verdict(flow, other).sentence == "cancelled after 0 ms"


def test_a_dead_letter_of_a_message(flow: Flow) -> None:
    message = flow.publish(Retries="0")
    flow.fail(message, 404)
    [letter] = flow.letters()
    told = why(letter, flow.moment())
    assert told.sentence == f"at 12:00 UTC {message.id} gave up after 1 try, HTTP 404"
    assert told.todo.endswith("; then retry the dead letter")
    assert told.reason is VerdictReason.GAVE_UP
