"""A workflow run: the log of its steps, its messages and its waits (https://upstash.com/docs/workflow/basics/how)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from qstash_dev.protocol.publication import Callback
from qstash_dev.protocol.result import DeliveryResult
from qstash_dev.protocol.step import Step, raw_step
from qstash_dev.protocol.step_refusal import StepRefusal
from qstash_dev.protocol.weight import pairs_weight
from qstash_dev.protocol.workflow import RunSettings
from qstash_dev.state.dead_letters import DeadLetter
from qstash_dev.state.message import Message

if TYPE_CHECKING:
    from qstash_dev.state.tenant import Tenant

ENTRY_OVERHEAD_BYTES = 1_024
RUN_OVERHEAD_BYTES = 2_048
MAX_NOTES = 100
Pairs = tuple[tuple[str, str], ...]


class RunState(StrEnum):
    """The states in the workflow log (https://upstash.com/docs/workflow/basics/client/logs)."""

    STARTED = "RUN_STARTED"
    SUCCESS = "RUN_SUCCESS"
    FAILED = "RUN_FAILED"
    CANCELED = "RUN_CANCELED"


class RunMessageKind(StrEnum):
    """The purpose of a message of a run."""

    INIT = "init"  #: delivers the initial payload
    STEP = "step"  #: delivers the log up to a step
    CALL = "call"  #: goes to the third party of a ``context.call``
    CALL_RESULT = "call result"  #: delivers the result of that call
    FAILURE_CALLBACK = "failure callback"


class CallbackState(StrEnum):
    """The states of a failure callback, as in the API reference of ``GET /v2/workflows/dlq``."""

    IN_PROGRESS = "CALLBACK_INPROGRESS"
    SUCCESS = "CALLBACK_SUCCESS"
    FAIL = "CALLBACK_FAIL"
    CANCELED = "CALLBACK_CANCELED"


@dataclass(slots=True, eq=False)
class RunLogEntry:
    """The initial payload, a step, a call or the result of a call."""

    message_id: str
    body: bytes  #: as the SDK sent it
    call_type: str  #: ``step``, ``toCallback`` or ``fromCallback``
    created_ms: int
    step: Step | None = None  #: the parsed body, if it is a step
    message: Message | None = None  #: the message that was created for it
    options_weight: int = 0  #: bytes of the options of that message
    size: int = 0  #: bytes in ``Run.log``
    end: int = 0  #: the position in ``Run.log`` after this entry

    @property
    def weight(self) -> int:
        """Bytes that the entry keeps: its body, its copy in the log, its parsed step and the options."""
        parsed = 0 if self.step is None else self.step.weight
        return len(self.body) + parsed + self.size + self.options_weight + ENTRY_OVERHEAD_BYTES


@dataclass(slots=True, eq=False)
class RunMessage:
    """The part of a message in its run."""

    run: Run
    kind: RunMessageKind
    entry: int = -1  #: position of the last log entry that it delivers; -1 if it delivers its own body
    step: Step | None = None  #: the step that it is about
    callback: Callback | None = None  #: where the result of a call is delivered
    callback_settings: frozenset[str] = frozenset()  #: the settings that the callback has itself
    failure_callback: Callback | None = None  #: used instead of that of the run
    superseded: bool = False  #: whether its result is ignored, because the SDK has started the run again

    def body(self, own: bytes) -> bytes:
        """What is delivered: the log up to its entry, or the body of the message."""
        return own if self.entry < 0 else self.run.delivered(self.entry)


class Invoker(NamedTuple):
    """The run that waits for the result of this one (https://upstash.com/docs/workflow/steps/invoke)."""

    run_id: str
    created_ms: int
    url: str
    step: Step  #: the step of that run that invoked this one
    headers: Pairs  #: for the message that delivers the result

    @property
    def weight(self) -> int:
        """Bytes that it keeps."""
        return len(self.url) + self.step.weight + pairs_weight(self.headers)


class Failure:
    """Why a run failed, and the state of its failure callback."""

    def __init__(
        self, message: Message, result: DeliveryResult, letter: DeadLetter, callback: Callback | None
    ) -> None:
        self.message = message  #: the message that failed
        self.result = result
        self.letter = letter
        self.callback = callback
        self.state: CallbackState | None = None  #: of the failure callback; ``None`` without one
        self.callback_message: Message | None = None
        self.callback_result: DeliveryResult | None = None
        self.has_function = True  #: whether the endpoint has a failure function


class NoteKind(StrEnum):
    """What a note is about, for programs."""

    WAITS = "waits"  #: the run begins to wait for an event or a webhook
    UNHEARD_EVENT = "unheard-event"  #: the event that it begins to wait for was sent shortly before
    TIMED_OUT = "timed-out"  #: a wait has ended without its event
    STEP_REFUSED = "step-refused"  #: this server refused a step of a run that has not ended
    NO_NEXT_STEP = "no-next-step"  #: nothing is left that could take the run on
    LATE_STEP = "late-step"  #: something was submitted to it when it had ended
    FAILED = "failed"
    FAILURE_CALLBACK = "failure-callback"  #: the failure callback was not sent, failed or had no effect
    WARNING = "warning"
    ENDED = "ended"


_TODO = {
    NoteKind.WAITS: "send the event, or skip the wait in the console",
    NoteKind.UNHEARD_EVENT: "send the event again, or name the run when it is sent, which keeps it for the wait",
    NoteKind.TIMED_OUT: "send it in time, or let the step wait for longer",
}


class Note(NamedTuple):
    """A remark about a run for its developer, such as why it does not go on."""

    time_ms: int
    text: str
    kind: NoteKind = NoteKind.WARNING

    @property
    def todo(self) -> str:
        """What to do about it; empty if the text or the verdict on the run says so."""
        return _TODO.get(self.kind, "")


class Run:
    """One run. A workflow run id may be used again when its run has ended."""

    __slots__ = (
        "caller_ip", "calls", "completed_ms", "created_ms", "deadlines", "done", "entries", "events", "failure",
        "forgotten", "id", "invocations", "invoker", "lazy_bytes", "log", "notes", "pending", "refused",
        "refused_during", "response", "rest_trigger", "seq", "settings", "state", "tenant", "unknown_sdk", "url",
        "waiters", "weight",
    )  # fmt: skip

    def __init__(
        self,
        id: str,
        tenant: Tenant,
        url: str,
        created_ms: int,
        settings: RunSettings,
        caller_ip: str = "",
        rest_trigger: bool = False,
        unknown_sdk: bool = False,
        lazy_bytes: int | None = None,
        invoker: Invoker | None = None,
    ) -> None:
        self.id = id
        self.tenant = tenant
        self.url = url
        self.created_ms = created_ms
        self.settings = settings
        self.caller_ip = caller_ip
        self.rest_trigger = rest_trigger  #: whether the trigger came from the REST API, not from an SDK
        self.unknown_sdk = unknown_sdk  #: whether the endpoint is expected to repeat the trigger with its SDK
        self.lazy_bytes = lazy_bytes  #: a larger log is not delivered: the SDK fetches it
        self.invoker = invoker
        self.state: RunState = RunState.STARTED
        self.entries: list[RunLogEntry] = []
        self.log = bytearray()  #: the entries as they are delivered, a comma before each
        self.pending: dict[str, Message] = {}  #: its messages that have not ended, by id
        self.done: dict[tuple[int, int | None], str] = {}  #: step key → id of its first message
        self.waiters: list[Waiter] = []
        self.events: dict[str, deque[str]] = {}  #: data of events that came before their wait, by id
        self.deadlines: dict[int, int] = {}  #: step number → end of its wait
        self.calls: dict[int, Message] = {}  #: step number → message to the third party
        self.invocations: list[Invocation] = []
        self.completed_ms: int | None = None
        self.response: str | None = None  #: what the workflow returned
        self.failure: Failure | None = None
        #: What this server refused of what was submitted during a delivery that has not ended, or during the last one
        #: if no other one follows.
        self.refused: StepRefusal | None = None
        self.refused_during: set[str] = set()  #: ids of the messages that were being delivered then, and still are
        self.notes: deque[Note] = deque(maxlen=MAX_NOTES)
        self.seq = 0  #: counts the runs of the user
        self.weight = 0  #: bytes that the run keeps
        self.forgotten = False  #: whether only its dead letter still keeps it

    @property
    def own_weight(self) -> int:
        """Bytes that a new run keeps."""
        invoker = 0 if self.invoker is None else self.invoker.weight
        return len(self.id) + len(self.url) + self.settings.weight + invoker + RUN_OVERHEAD_BYTES

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self.state is RunState.STARTED

    @property
    def is_stuck(self) -> bool:
        """Whether it has not ended, and nothing is left that could take it on."""
        return self.alive and not (self.pending or self.waiters or any(one.run.alive for one in self.invocations))

    def append(self, entry: RunLogEntry) -> None:
        """Add an entry to the log, already encoded, because each later step delivers it again."""
        raw = raw_step(entry.message_id, entry.body, entry.call_type)
        self.log += b","
        self.log += raw
        entry.size, entry.end = len(raw), len(self.log)
        self.entries.append(entry)

    def log_until(self, position: int) -> bytes:
        """The log up to the entry at this position, as a JSON array."""
        end = self.entries[position].end if position < len(self.entries) else 0
        # Each slice or sum instead of join() would copy the log once more.
        return b"".join((b"[", memoryview(self.log)[1:end], b"]"))

    def delivered(self, position: int) -> bytes:
        """What is delivered: the log up to this entry, or nothing if the log is so large that the SDK fetches it."""
        body = self.log_until(position)
        return b"" if self.lazy_bytes is not None and len(body) > self.lazy_bytes else body

    def clear_log(self) -> None:
        self.entries.clear()
        self.log.clear()

    @property
    def initial_body(self) -> bytes:
        """The payload of the trigger."""
        return self.entries[0].body if self.entries else b""

    def release(self) -> None:
        """Remove all large parts, because messages and other runs may keep this one."""
        self.clear_log()
        self.calls.clear()
        self.invocations.clear()
        self.notes.clear()
        self.failure = self.refused = self.response = None


class Invocation(NamedTuple):
    """A run that another one has invoked."""

    step: Step  #: of the other run
    run: Run
    message_id: str  #: of the first message
    created_ms: int


@dataclass(slots=True, eq=False)
class Waiter:
    """The wait of a run for an event or a webhook (https://upstash.com/docs/workflow/features/wait-for-event)."""

    event_id: str
    run: Run
    step: Step
    url: str  #: where the run resumes after the event
    headers: Pairs  #: of the message that resumes it
    timeout: str  #: as the SDK wrote it, such as ``7d``
    timeout_url: str  #: where the run resumes after the timeout
    timeout_headers: Pairs
    deadline_ms: int
    created_ms: int
    weight: int  #: bytes that it keeps
    timer: int = 0  #: ticket of the timer for ``deadline_ms``, or 0
    unheard_ms: int | None = None  #: when the event was sent shortly before, and reached no run
