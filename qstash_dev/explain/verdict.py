"""Verdicts: the state of a thing in one sentence, what comes next, and what would unblock it."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class SubjectKind(StrEnum):
    """What a verdict can be about."""

    MESSAGE = "message"
    QUEUE = "queue"
    FLOW_CONTROL = "flow-control"
    SCHEDULE = "schedule"
    RUN = "run"
    DEAD_LETTER = "dead-letter"


class VerdictReason(StrEnum):
    """Why a thing is as it is, for programs."""

    #: The destination has not answered yet.
    IN_FLIGHT = "in-flight"
    #: A delay or a sleep has not ended.
    DELAYED = "delayed"
    #: An attempt has failed, and another one follows.
    RETRYING = "retrying"
    #: Nothing is in its way: the server goes on at once.
    DUE = "due"
    #: The server makes no calls for a moment, as during a reset.
    HELD = "held"
    #: So many calls are in flight that this one has to wait.
    NO_FREE_CONNECTION = "no-free-connection"
    #: Messages before it have not ended.
    BEHIND = "behind"
    #: Its queue, its key or the schedule is paused.
    PAUSED = "paused"
    #: A flow control key has made all calls of its period.
    RATE_USED_UP = "rate-used-up"
    #: A flow control key has as many calls in flight as it may.
    PARALLELISM_USED_UP = "parallelism-used-up"
    #: A run waits for an event or for its webhook.
    WAITS_FOR_EVENT = "waits-for-event"
    #: A run waits for one that it has invoked.
    WAITS_FOR_RUN = "waits-for-run"
    #: A run has nothing that could take it on.
    STUCK = "stuck"
    #: A message was delivered, or a run has returned.
    SUCCEEDED = "succeeded"
    #: No attempt follows.
    GAVE_UP = "gave-up"
    #: The last messages of a schedule have failed, or were refused.
    LAST_FAILED = "last-failed"
    #: It ends when the call in flight has.
    CANCEL_REQUESTED = "cancel-requested"
    CANCELED = "canceled"
    #: Nothing waits and nothing is wrong.
    IDLE = "idle"
    #: A schedule whose cron expression matches no later time.
    NEVER = "never"


class Subject(NamedTuple):
    """What a verdict is about. Queues and flow control keys have their name as id."""

    kind: SubjectKind
    id: str


class Blocker(NamedTuple):
    """What something waits for, with the sentence that says why that has not ended."""

    kind: SubjectKind
    id: str
    sentence: str


class Verdict(NamedTuple):
    """Why a thing is as it is. As text it is its sentence."""

    about: Subject
    reason: VerdictReason
    sentence: str
    todo: str = ""  #: what would unblock it
    next_ms: int | None = None  #: when it goes on by itself, unix milliseconds; ``None`` if time alone does nothing
    blocker: Blocker | None = None

    def __str__(self) -> str:
        return self.sentence
