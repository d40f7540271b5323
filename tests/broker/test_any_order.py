"""Random operations in any order: every message is in one place and ends in one legal state."""

from __future__ import annotations

import json
import re
from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from qstash_dev.broker.broker import Broker
from qstash_dev.clock import FrozenClock
from qstash_dev.config import Config
from qstash_dev.protocol.failure_reason import FailureReason
from qstash_dev.protocol.result import Unreachable
from qstash_dev.state.message import Message
from qstash_dev.state.tenant import MessageCounts
from tests.broker.world import DAY_MS, World, answer
from tests.conftest import NOON_MS

QUEUES = {"one": 1, "three": 3}
# Parallelism, rate and period in seconds; 0 stands for no limit.
KEYS = {"slots": (2, 0, 1), "rate": (0, 2, 10), "both": (2, 3, 10)}
LEGAL_PATH = re.compile(
    r"CREATED( ACTIVE ERROR RETRY)*"
    r"( ACTIVE( CANCEL_REQUESTED)? DELIVERED| ACTIVE ERROR FAILED"
    r"| ACTIVE CANCEL_REQUESTED ERROR CANCELED| CANCEL_REQUESTED CANCELED)"
)
ANSWERS = st.sampled_from(
    [
        answer(200),
        answer(200),
        answer(500),
        answer(404),
        answer(429, Retry_After="0"),
        answer(489, **{"Upstash_Nonretryable_Error": "true"}),
        Unreachable("connection refused", 1, FailureReason.CONNECTION_REFUSED),
    ]
)
PICK = st.integers(0, 1_000)


class Checked(World):
    """Looks at the limits each time an attempt starts, knowing only who was called when."""

    def __init__(self) -> None:
        broker = Broker(Config())
        super().__init__(broker, broker.tenants.all()[0], FrozenClock(NOON_MS))
        self.enqueued: dict[str, list[Message]] = {name: [] for name in QUEUES}
        self.calls: dict[str, list[int]] = {name: [] for name in KEYS}
        self.seen: set[str] = set()
        self.redelivered: set[str] = set()

    def start_ready(self) -> None:
        while (attempt := self.broker.admission.start_next(self.now_ms)) is not None:
            self.flying.append(attempt)
            self.started.append(attempt.message)
            self.seen.add(attempt.message.id)
            self._check_key(attempt.message)
            self._check_queue(attempt.message)

    def _check_key(self, message: Message) -> None:
        key = message.flow_control_key
        if key is None:
            return
        parallelism, rate, period_s = KEYS[key]
        in_flight = sum(attempt.message.flow_control_key == key for attempt in self.flying)
        assert not parallelism or in_flight <= parallelism
        self.calls[key].append(self.now_ms)
        if rate:
            # Windows are fixed: each begins with the first call after the one before it.
            begin, count = -DAY_MS, 0
            for call_ms in self.calls[key]:
                begin, count = (call_ms, 1) if call_ms >= begin + period_s * 1_000 else (begin, count + 1)
                assert count <= rate

    def _check_queue(self, message: Message) -> None:
        name = message.queue_name
        if name is None:
            return
        line = self.enqueued[name]
        front = [other for other in line if other.id in self.seen and not self._life_over(other)]
        assert len(front) <= QUEUES[name]
        passed_over = [other for other in line[: line.index(message)] if other.id not in self.seen]
        assert all(other.ended for other in passed_over), "a message overtook another one in its queue"

    def _life_over(self, message: Message) -> bool:
        return message.ended and all(callback.ended for callback in self.callbacks_of(message))

    def callbacks_of(self, message: Message) -> list[Message]:
        # A callback that somebody retries from the dead letter queue no longer holds a place.
        others = (other for other in self.tenant.messages.values() if other.id not in self.redelivered)
        bodies = ((other, other.publication.body) for other in others)
        return [other for other, body in bodies if body and json.loads(body)["sourceMessageId"] == message.id]


class AnyOrder(RuleBasedStateMachine):
    """The verbs of the API, the answers of destinations, and time."""

    letters = Bundle("letters")

    @initialize()
    def begin(self) -> None:
        self.world = Checked()
        for name, parallelism in QUEUES.items():
            self.world.broker.queues.upsert(self.world.tenant, name, parallelism, False, NOON_MS)

    def publish(self, delay_s: int, retries: int, callbacks: bool, **headers: str) -> Message:
        if callbacks:
            headers |= {"Callback": "https://a", "Callback_Retries": "1", "Failure_Callback": "https://b"}
        if delay_s:
            headers["Delay"] = f"{delay_s}s"
        return self.world.publish(Retries=str(retries), Retry_Delay="3000", **headers)

    @rule(delay_s=st.sampled_from([0, 0, 0, 5]), retries=st.integers(0, 2), callbacks=st.booleans())
    def publish_plain(self, delay_s: int, retries: int, callbacks: bool) -> None:
        self.publish(delay_s, retries, callbacks)

    @rule(
        key=st.sampled_from(sorted(KEYS)),
        delay_s=st.sampled_from([0, 0, 0, 5]),
        retries=st.integers(0, 2),
        callbacks=st.booleans(),
    )
    def publish_with_a_key(self, key: str, delay_s: int, retries: int, callbacks: bool) -> None:
        parallelism, rate, period_s = KEYS[key]
        parts = [f"parallelism={parallelism}" if parallelism else "", f"rate={rate}" if rate else ""]
        value = ",".join(filter(None, [*parts, f"period={period_s}s"]))
        self.publish(delay_s, retries, callbacks, Flow_Control_Key=key, Flow_Control_Value=value)

    @rule(queue=st.sampled_from(sorted(QUEUES)), retries=st.integers(0, 2), callbacks=st.booleans())
    def enqueue(self, queue: str, retries: int, callbacks: bool) -> None:
        # The line of arrival is noted before the message can start.
        world = self.world
        world.broker.admission.on_ready = lambda: None
        message = self.publish(0, retries, callbacks, Queue_Name=queue)
        world.enqueued[queue].append(message)
        world.broker.admission.on_ready = world.start_ready
        world.start_ready()

    @rule(pick=PICK, result=ANSWERS)
    def a_destination_answers(self, pick: int, result: Unreachable) -> None:
        if self.world.flying:
            self.world.finish(self.world.flying[pick % len(self.world.flying)].message, result)

    @rule(ms=st.sampled_from([1, 999, 3_000, 5_000, 10_000]))
    def time_passes(self, ms: int) -> None:
        self.world.advance(ms)

    @rule(pick=PICK)
    def cancel_one(self, pick: int) -> None:
        messages = list(self.world.tenant.messages.values())
        if messages:
            message = messages[pick % len(messages)]
            expected = not message.ended and "CANCEL_REQUESTED" not in self.world.states(message)
            assert self.world.cancel(message) == expected

    @rule()
    def cancel_everything(self) -> None:
        self.world.cancel(*self.world.tenant.messages.values())

    @rule(queue=st.sampled_from(sorted(QUEUES)), paused=st.booleans())
    def pause_or_resume_a_queue(self, queue: str, paused: bool) -> None:
        before = len(self.world.started)
        self.world.broker.queues.pause(self.world.tenant.queues[queue], paused, self.world.now_ms)
        assert not paused or len(self.world.started) == before

    @rule(key=st.sampled_from(sorted(KEYS)), paused=st.booleans())
    def pause_or_resume_a_key(self, key: str, paused: bool) -> None:
        flow_control = self.world.tenant.flow_control(key)
        flow_control.paused = paused
        if not paused:
            self.world.broker.admission.drain_flow_control(flow_control, self.world.now_ms)

    @rule(target=letters)
    def look_at_the_dead_letters(self) -> object:
        return multiple(*(letter.id for letter in self.world.letters()))

    @rule(id=consumes(letters))
    def retry_a_dead_letter(self, id: str) -> None:
        world = self.world
        letter = world.tenant.dead_letters.get(id)
        if letter is None:
            return
        world.broker.admission.on_ready = lambda: None
        [receipt] = world.retry([letter])
        message = world.tenant.messages[receipt.message_id]
        world.redelivered.add(message.id)
        if message.queue_name is not None:
            world.enqueued[message.queue_name].append(message)
        world.broker.admission.on_ready = world.start_ready
        world.start_ready()
        assert world.tenant.dead_letters.get(id) is None

    @invariant()
    def every_message_is_in_one_place(self) -> None:
        if not hasattr(self, "world"):
            return
        world = self.world
        counted = self.world.tenant.messages.values()
        assert world.tenant.counts() == MessageCounts(
            sum(message.in_flight for message in counted),
            sum(not (message.ended or message.in_flight or message.timer) for message in counted),
            sum(message.timer != 0 for message in counted),
            len(world.letters()),
            len(counted),
        )
        flying = Counter(attempt.message.id for attempt in world.flying)
        pending = [message for message in world.tenant.messages.values() if not message.ended]
        for message in world.tenant.messages.values():
            places = flying[message.id] + (message.timer != 0) + (message.wait_list is not None)
            assert places == (0 if message.ended else 1), f"{message.state} in {places} places"
            assert message.in_flight == bool(flying[message.id])
        queues, keys = world.tenant.queues.values(), world.tenant.flow_controls.values()
        lines = sum(len(queue.waiting) for queue in queues) + sum(len(key.waiting) for key in keys)
        timers = len(world.broker.timers) - sum(key.timer != 0 for key in keys)
        assert list(world.broker.admission.ready_messages()) == []
        assert lines + timers + len(world.flying) == len(pending)

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        for name in QUEUES:
            self.pause_or_resume_a_queue(name, False)
        for name in KEYS:
            self.pause_or_resume_a_key(name, False)
        world = self.world
        while world.flying or len(world.broker.timers):
            world.finish_all()
            world.advance(10_000)
        world.assert_nothing_is_left()
        for message in world.tenant.messages.values():
            path = " ".join(world.states(message))
            assert LEGAL_PATH.fullmatch(path), path
            assert path.endswith(str(message.state))


AnyOrder.TestCase.settings = settings(deadline=None, max_examples=100, stateful_step_count=50)
TestAnyOrder = AnyOrder.TestCase
