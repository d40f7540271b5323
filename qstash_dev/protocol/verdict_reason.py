"""Kinds of things that have a verdict, and the reasons that verdicts give to programs."""

from __future__ import annotations

from enum import StrEnum


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
    #: As many calls are in flight as may be.
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
