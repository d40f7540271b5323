"""Random operations on runs in any order: nothing is delivered for ended runs or twice, and no run hangs without a
note."""

from __future__ import annotations

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from qstash_dev.protocol.errors import Rejection
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.result import DeliveryResult, Unreachable
from qstash_dev.state.message import Message
from qstash_dev.state.run import Run, RunMessageKind, RunState
from tests.broker.flow import ACCEPTED, FAILURE, FINAL, Flow, make_flow
from tests.broker.world import DAY_MS, answer

IDS = ("wfr_a", "wfr_b", "wfr_c")
EVENTS = ("one", "two")
PICK = st.integers(0, 1_000)
ANSWERS = st.sampled_from(
    [ACCEPTED, ACCEPTED, answer(200), answer(500), FINAL, Unreachable("refused", 1, FailureReason.CONNECTION_REFUSED)]
)


class Watched:
    """Looks at every attempt as it starts."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.attempts: Counter[str] = Counter()
        flow.broker.admission.on_ready = self.start_ready

    def start_ready(self) -> None:
        flow = self.flow
        while (attempt := flow.broker.admission.start_next(flow.now_ms)) is not None:
            message = attempt.message
            assert message.run_message is not None
            self.attempts[message.id] += 1
            assert self.attempts[message.id] == message.retried + 1, "delivered again without a retry"
            assert message.run_message.run.alive or message.run_message.kind is RunMessageKind.FAILURE_CALLBACK, (
                "a dead run is called"
            )
            assert not message.run_message.superseded
            flow.flying.append(attempt)
            flow.started.append(message)


class AnyOrder(RuleBasedStateMachine):
    """What SDKs, their users and time do."""

    @initialize()
    def begin(self) -> None:
        self.flow = make_flow()
        self.watched = Watched(self.flow)
        self.last_step = 0
        self.ended: dict[Run, RunState] = {}

    def run_of(self, pick: int) -> Run | None:
        runs = list(self.flow.tenant.runs.newest_first())
        return runs[pick % len(runs)] if runs else None

    def submit(self, pick: int, action: object, *, to_the_instance: bool = False) -> None:
        """A step, a wait or an invoke: refused with 400 if and only if the run is over."""
        run = self.run_of(pick)
        if run is None:
            return
        self.last_step += 1
        # An id may have been used again: what does not name the instance then belongs to the later run.
        alive = run.alive if to_the_instance else self.flow.tenant.runs.live(run.id) is not None
        assert callable(action)
        status = None
        try:
            action(run, self.last_step)
        except Rejection as rejection:
            status = rejection.status
        assert status == (None if alive else 400)

    @rule(id=st.sampled_from(IDS), failure=st.booleans(), delay_s=st.sampled_from([0, 0, 30]))
    def trigger(self, id: str, failure: bool, delay_s: int) -> None:
        going_on = self.flow.tenant.runs.live(id)
        more = self.flow.init(id) | {"Upstash-Retries": "1", "Upstash-Delay": f"{delay_s}s"}
        more |= FAILURE if failure else {}
        receipt = self.flow.submit(more, b"payload")
        assert receipt.deduplicated == (going_on is not None)
        assert receipt.run is going_on or not receipt.deduplicated

    @rule(pick=PICK, delay_s=st.sampled_from([0, 0, 0, 30]))
    def step(self, pick: int, delay_s: int) -> None:
        self.submit(pick, lambda run, id: self.flow.step(run, id, None, Upstash_Delay=f"{delay_s}s"))

    @rule(pick=PICK)
    def plan_a_group(self, pick: int) -> None:
        for target in (1, 2):
            self.submit(pick, lambda run, id, target=target: self.flow.plan(run, id + target, 2))

    @rule(pick=PICK, retries=st.integers(0, 1))
    def call(self, pick: int, retries: int) -> None:
        self.submit(pick, lambda run, id: self.flow.call(run, id, Upstash_Retries=str(retries)))

    @rule(pick=PICK, event=st.sampled_from(EVENTS))
    def wait(self, pick: int, event: str) -> None:
        self.submit(pick, lambda run, id: self.flow.wait(run, id, event))

    @rule(pick=PICK, child=st.sampled_from(IDS))
    def invoke(self, pick: int, child: str) -> None:
        self.submit(pick, lambda run, id: self.flow.invoke_receipt(run, id, child), to_the_instance=True)

    @rule(event=st.sampled_from(EVENTS))
    def notify(self, event: str) -> None:
        waiting = len(self.flow.tenant.runs.waiters.get(event, ()))
        assert len(self.flow.notify(event)) == waiting

    @rule(pick=PICK, event=st.sampled_from(EVENTS))
    def notify_one(self, pick: int, event: str) -> None:
        run = self.run_of(pick)
        if run is not None and run.alive:
            waits = [waiter for waiter in run.waiters if waiter.event_id == event]
            woken = self.flow.broker.waits.notify_run(run, event, b"", self.flow.now_ms)
            assert (woken is None) == (not waits)

    @rule(pick=PICK, result=ANSWERS)
    def an_endpoint_answers(self, pick: int, result: DeliveryResult) -> None:
        if self.flow.flying:
            self.flow.finish(self.flow.flying[pick % len(self.flow.flying)].message, result)

    @rule(pick=PICK)
    def finish_a_run(self, pick: int) -> None:
        run = self.run_of(pick)
        if run is not None and run.alive:
            self.flow.end(run)

    @rule(pick=PICK)
    def cancel_a_run(self, pick: int) -> None:
        run = self.run_of(pick)
        if run is not None:
            alive = run.alive
            assert self.flow.broker.bulk_cancel.cancel_runs([run], self.flow.now_ms) == alive

    @rule(pick=PICK)
    def cancel_a_message(self, pick: int) -> None:
        messages = list(self.flow.tenant.messages.values())
        if messages:
            self.flow.cancel(messages[pick % len(messages)])

    @rule(pick=PICK, from_the_start=st.booleans())
    def recover(self, pick: int, from_the_start: bool) -> None:
        letters = self.flow.letters()
        if letters:
            letter = letters[pick % len(letters)]
            resumer, now_ms = self.flow.broker.resumer, self.flow.now_ms
            run = resumer.start_again(letter, (), now_ms, from_the_start=from_the_start)
            assert run.alive
            assert run.pending, "a recovered run has nothing to do"
            assert letter not in self.flow.letters()

    @rule(ms=st.sampled_from([1, 12_000, 20_000, 30_000]))
    def time_passes(self, ms: int) -> None:
        self.flow.advance(ms)

    @invariant()
    def runs_know_what_is_theirs(self) -> None:
        if not hasattr(self, "flow"):
            return
        flow, runs = self.flow, self.flow.tenant.runs
        pending: dict[Run, list[str]] = {}
        for message in flow.tenant.messages.values():
            assert message.run_message is not None
            if not message.ended:
                pending.setdefault(message.run_message.run, []).append(message.id)
        for run in runs.newest_first():
            assert list(run.pending) == pending.get(run, [])
            assert run.weight >= sum(entry.weight for entry in run.entries)
            assert run.alive or not (run.waiters or run.events)
            assert self.ended.setdefault(run, run.state) is run.state if not run.alive else run not in self.ended
        assert runs.live_weight == sum(run.weight for run in runs.newest_first() if run.alive)
        waiting = [waiter for found in runs.waiters.values() for waiter in found]
        assert set(waiting) == {waiter for run in runs.newest_first() for waiter in run.waiters}

    @invariant()
    def no_run_hangs_without_a_word(self) -> None:
        if not hasattr(self, "flow"):
            return
        for run in self.flow.tenant.runs.newest_first():
            busy = run.pending or run.waiters or any(child.run.alive for child in run.invocations)
            assert busy or not run.alive or "submitted nothing" in self.flow.notes(run)

    @invariant()
    def every_failed_run_has_one_dead_letter_and_no_other_has_any(self) -> None:
        if not hasattr(self, "flow"):
            return
        letters = Counter(self.run_of_letter(letter.message) for letter in self.flow.letters())
        assert all(count == 1 and run.state is RunState.FAILED for run, count in letters.items())

    def run_of_letter(self, message: Message) -> Run:
        assert message.run_message is not None
        return message.run_message.run

    def teardown(self) -> None:
        if not hasattr(self, "flow"):
            return
        flow = self.flow
        flow.broker.bulk_cancel.cancel_runs(flow.tenant.runs.newest_first(), flow.now_ms)
        while flow.flying:
            flow.give_up(flow.flying[0].message)
        flow.advance(DAY_MS)
        while flow.flying:
            flow.give_up(flow.flying[0].message)
        flow.assert_nothing_is_left()


AnyOrder.TestCase.settings = settings(deadline=None, max_examples=60, stateful_step_count=40)
TestRunsInAnyOrder = AnyOrder.TestCase
