"""A broker for tests: a clock that stands still, destinations that answer when the test says so, no sockets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from qstash_dev.broker.broker import Broker
from qstash_dev.broker.publish import Receipt
from qstash_dev.clock import FrozenClock
from qstash_dev.explain.moment import Moment
from qstash_dev.protocol.headers import Pairs, parse_options
from qstash_dev.protocol.publication import Publication
from qstash_dev.protocol.result import DeliveryResult, Responded
from qstash_dev.state.attempt import DeliveryAttempt
from qstash_dev.state.dead_letters import DeadLetter
from qstash_dev.state.message import Message
from qstash_dev.state.tenant import Tenant

URL = "https://example.com/hook"
SECOND_MS = 1_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000


def answer(status: int = 200, body: bytes = b"", **headers: str) -> Responded:
    """An answer; ``Retry_After`` stands for the header with a dash."""
    return Responded(status, tuple((name.replace("_", "-"), value) for name, value in headers.items()), body, 1)


class World:
    """Starts attempts as the dispatcher does, at once and in the order they are ready, and settles them on demand."""

    def __init__(self, broker: Broker, tenant: Tenant, clock: FrozenClock) -> None:
        self.broker = broker
        self.tenant = tenant
        self.clock = clock
        self.flying: list[DeliveryAttempt] = []
        self.started: list[Message] = []
        broker.admission.on_ready = self.start_ready

    @property
    def now_ms(self) -> int:
        return self.clock.now_ms()

    def start_ready(self) -> None:
        while (attempt := self.broker.admission.start_next(self.now_ms)) is not None:
            self.flying.append(attempt)
            self.started.append(attempt.message)

    def receipts(self, destination: str = URL, body: bytes = b"", **headers: str) -> list[Receipt]:
        """Publish with options such as ``Retry_Delay="5"`` for ``Upstash-Retry-Delay``."""
        pairs = [(f"Upstash-{name.replace('_', '-')}", value) for name, value in headers.items()]
        publication = Publication(destination, body, parse_options(pairs))
        self.broker.publisher.check(self.tenant, [publication], self.now_ms)
        return self.broker.publisher.publish(self.tenant, publication, self.now_ms)

    def publish(self, destination: str = URL, body: bytes = b"", **headers: str) -> Message:
        [receipt] = self.receipts(destination, body, **headers)
        return self.tenant.messages[receipt.message_id]

    def enqueue(self, queue: str = "queue", **headers: str) -> Message:
        return self.publish(Queue_Name=queue, **headers)

    def limited(self, value: str, key: str = "key", **headers: str) -> Message:
        return self.publish(Flow_Control_Key=key, Flow_Control_Value=value, **headers)

    def finish(self, message: Message, result: DeliveryResult | None = None) -> None:
        """The destination answers the attempt that is on the wire, with 200 unless told otherwise."""
        [attempt] = [attempt for attempt in self.flying if attempt.message is message]
        self.flying.remove(attempt)
        self.broker.outcomes.settle(attempt, result or answer(), self.now_ms)

    def fail(self, message: Message, status: int = 500) -> None:
        self.finish(message, answer(status))

    def finish_all(self) -> None:
        """Every destination answers 200, also those called because of it."""
        while self.flying:
            self.finish(self.flying[0].message)

    def advance(self, ms: int) -> None:
        """Travel, stopping at everything that falls due on the way; nobody answers meanwhile."""
        end_ms = self.now_ms + ms
        while (due_ms := self.broker.timers.next_due_ms()) is not None and due_ms <= end_ms:
            self.clock.move_to(due_ms)
            self.broker.timers.run_due(self.now_ms)
        self.clock.move_to(end_ms)

    def cancel(self, *messages: Message) -> int:
        return self.broker.bulk_cancel.cancel(messages, self.now_ms)

    def retry(self, letters: Sequence[DeadLetter], overrides: Pairs = ()) -> list[Receipt]:
        """Publish these dead letters again, or none."""
        dlq, overrides = self.broker.dlq, tuple(overrides)
        redeliveries = [dlq.prepare(letter, overrides) for letter in letters]
        dlq.take(self.tenant, redeliveries, self.now_ms)
        return [dlq.publish(self.tenant, redelivery, self.now_ms) for redelivery in redeliveries]

    def moment(self, *, stopped: bool = False, running_s: float = 3) -> Moment:
        """What verdicts depend on; every call began ``running_s`` seconds ago."""
        flying = [(attempt.message, running_s) for attempt in self.flying]
        return Moment(self.now_ms, self.broker.admission, stopped=stopped, calls=lambda: iter(flying))

    def on_the_wire(self) -> list[Message]:
        return [attempt.message for attempt in self.flying]

    def states(self, message: Message) -> list[str]:
        return [str(entry.state) for entry in self.tenant.log.of_messages((message.id,))]

    def notices(self, message: Message) -> list[str]:
        """The texts of the notices in the timeline of a message."""
        log = self.tenant.log.with_warnings((message.id,))
        return [entry.notice.text for entry in log if entry.notice is not None]

    def children(self, *parents: Message) -> list[Message]:
        """The messages that are none of these, in the order they were made: callbacks, redeliveries, runs."""
        return [message for message in self.tenant.messages.values() if message not in parents]

    def letters(self) -> list[DeadLetter]:
        return list(self.tenant.dead_letters.walk(latest_first=False))

    def assert_nothing_is_left(self) -> None:
        """After the last message has ended nobody holds or waits for anything."""
        assert self.flying == []
        assert len(self.broker.timers) == 0
        assert len(list(self.broker.admission.ready_messages())) == 0
        assert (self.tenant.pending_bytes, self.tenant.later, self.tenant.in_flight, self.tenant.pending) == (
            0,
            0,
            0,
            0,
        )
        assert all(message.ended for message in self.tenant.messages.values())
        assert [queue.name for queue in self.tenant.queues.values() if queue.lag or queue.in_use] == []
        keys: Iterable[str] = [key.key for key in self.tenant.flow_controls.values() if key.in_flight or key.waiting]
        assert keys == []
        runs = self.tenant.runs
        assert [run.id for run in runs.newest_first() if run.alive or run.pending or run.waiters or run.events] == []
        assert (runs.waiters, runs.live_weight) == ({}, 0)
