"""A workflow run: an append-only log of entries, and what is going on in it (QStash docs, workflow/basics)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from qstash_dev.protocol.publication import Callback
from qstash_dev.protocol.result import DeliveryResult
from qstash_dev.protocol.step import Step, raw_step
from qstash_dev.protocol.weight import pairs_weight
from qstash_dev.protocol.workflow import RunSettings

if TYPE_CHECKING:
    from qstash_dev.state.dead_letters import DeadLetter
    from qstash_dev.state.message import Message
    from qstash_dev.state.tenant import Tenant
    from qstash_dev.state.waiter import Waiter

ENTRY_OVERHEAD_BYTES = 1_024
RUN_OVERHEAD_BYTES = 2_048
MAX_NOTES = 100


class RunState(StrEnum):
    """States as the workflow log names them."""

    STARTED = "RUN_STARTED"
    SUCCESS = "RUN_SUCCESS"
    FAILED = "RUN_FAILED"
    CANCELED = "RUN_CANCELED"


class RunMessageKind(StrEnum):
    """What a message is to its run."""

    INIT = "init"
    STEP = "step"
    CALL = "call"
    CALL_RESULT = "call result"
    FAILURE_CALLBACK = "failure callback"


class CallbackState(StrEnum):
    """States of a failure callback as the workflow dead letter queue names them."""

    IN_PROGRESS = "CALLBACK_INPROGRESS"
    SUCCESS = "CALLBACK_SUCCESS"
    FAIL = "CALLBACK_FAIL"
    CANCELED = "CALLBACK_CANCELED"


@dataclass(slots=True, eq=False)
class RunLogEntry:
    """``step`` is a parsed copy of the body, where it is a step; ``options_weight`` are the bytes of the options of
    its message. In the log of its run the entry takes up so many bytes, its ``size``, and ends at ``end``."""

    message_id: str
    body: bytes
    call_type: str
    created_ms: int
    step: Step | None = None
    message: Message | None = None
    options_weight: int = 0
    size: int = 0
    end: int = 0

    @property
    def weight(self) -> int:
        """Bytes that it keeps: its body, the copy that is delivered and the parsed one, and the options."""
        parsed = 0 if self.step is None else self.step.weight
        return len(self.body) + parsed + self.size + self.options_weight + ENTRY_OVERHEAD_BYTES


@dataclass(slots=True, eq=False)
class RunMessage:
    """What ties a message to its run.

    ``entry`` is the position of the entry that the message delivers, -1 if it delivers its own body. A call
    carries the ``callback`` that its outcome goes to and the ``step`` that made it; ``callback_settings`` are
    those that the callback gives itself. The outcome of a part that is ``superseded`` means nothing.
    """

    run: Run
    kind: RunMessageKind
    entry: int = -1
    step: Step | None = None
    callback: Callback | None = None
    callback_settings: frozenset[str] = frozenset()
    failure_callback: Callback | None = None
    superseded: bool = False

    def body(self, own: bytes) -> bytes:
        """What is delivered: the log up to its entry, or its own body."""
        return own if self.entry < 0 else self.run.delivered(self.entry)


class Invoker(NamedTuple):
    """The run that waits for this one, and how the result is handed to it."""

    run_id: str
    created_ms: int
    url: str
    step: Step
    headers: tuple[tuple[str, str], ...]

    @property
    def weight(self) -> int:
        """Bytes that it keeps."""
        return len(self.url) + self.step.weight + pairs_weight(self.headers)


class Invocation(NamedTuple):
    """A run that this one has invoked, with its first message."""

    step: Step
    run: Run
    message_id: str
    created_ms: int


@dataclass(slots=True, eq=False)
class Failure:
    """Why a run failed, and what became of its failure callback (``state`` is ``None`` without one)."""

    message: Message
    result: DeliveryResult
    letter: DeadLetter
    callback: Callback | None
    state: CallbackState | None = None
    callback_message: Message | None = None
    callback_result: DeliveryResult | None = None
    has_function: bool = True


class Note(NamedTuple):
    """Something about a run that a person must know, in words."""

    time_ms: int
    text: str


@dataclass(slots=True, eq=False)
class Run:
    """One instance of a workflow. ``log`` are its entries as they are delivered, each behind a comma; ``pending`` are
    its messages that have not ended; ``done`` the message that first submitted each step; ``events`` what was sent to
    it before it waited for it; ``deadlines`` when each of its waits ends or ended, by the number of the step; ``seq``
    its place among all runs of the user. ``weight`` are the bytes that it keeps; ``forgotten`` tells that only its
    dead letter still needs them."""

    id: str
    tenant: Tenant
    url: str
    created_ms: int
    settings: RunSettings
    caller_ip: str = ""
    rest_trigger: bool = False
    unknown_sdk: bool = False
    lazy_bytes: int | None = None
    invoker: Invoker | None = None
    state: RunState = RunState.STARTED
    entries: list[RunLogEntry] = field(default_factory=list)
    log: bytearray = field(default_factory=bytearray)
    pending: dict[str, Message] = field(default_factory=dict)
    done: dict[tuple[int, int | None], str] = field(default_factory=dict)
    waiters: list[Waiter] = field(default_factory=list)
    events: dict[str, deque[str]] = field(default_factory=dict)
    deadlines: dict[int, int] = field(default_factory=dict)
    calls: dict[int, Message] = field(default_factory=dict)
    invocations: list[Invocation] = field(default_factory=list)
    completed_ms: int | None = None
    response: str | None = None
    failure: Failure | None = None
    notes: deque[Note] = field(default_factory=lambda: deque(maxlen=MAX_NOTES))
    seq: int = 0
    weight: int = 0
    forgotten: bool = False

    @property
    def own_weight(self) -> int:
        """Bytes that it keeps from the beginning."""
        invoker = 0 if self.invoker is None else self.invoker.weight
        return len(self.id) + len(self.url) + self.settings.weight + invoker + RUN_OVERHEAD_BYTES

    @property
    def alive(self) -> bool:
        """Whether it may still go on."""
        return self.state is RunState.STARTED

    def append(self, entry: RunLogEntry) -> None:
        """Add an entry to the log, which is kept as it is delivered: each step of a long run delivers all of it."""
        raw = raw_step(entry.message_id, entry.body, entry.call_type)
        self.log += b","
        self.log += raw
        entry.size, entry.end = len(raw), len(self.log)
        self.entries.append(entry)

    def log_until(self, position: int) -> bytes:
        """The log from its beginning to this entry."""
        end = self.entries[position].end if position < len(self.entries) else 0
        # Joined, because slices and sums would copy a log of megabytes once more each.
        return b"".join((b"[", memoryview(self.log)[1:end], b"]"))

    def delivered(self, position: int) -> bytes:
        """The log until this entry; empty if it is too large and the SDK fetches it itself."""
        body = self.log_until(position)
        return b"" if self.lazy_bytes is not None and len(body) > self.lazy_bytes else body

    def clear_log(self) -> None:
        """Let the log begin anew."""
        self.entries.clear()
        self.log.clear()

    @property
    def initial_body(self) -> bytes:
        """The payload that it was started with."""
        return self.entries[0].body if self.entries else b""

    def release(self) -> None:
        """Drop all that weighs something: messages and runs that are still known may refer to this one."""
        self.clear_log()
        self.calls.clear()
        self.invocations.clear()
        self.notes.clear()
        self.failure = self.response = None
