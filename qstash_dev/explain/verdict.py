"""Verdicts: the state of a thing in one sentence, what comes next, and what would unblock it."""

from __future__ import annotations

from typing import NamedTuple

from qstash_dev.protocol.verdict_reason import SubjectKind, VerdictReason

__all__ = ["Blocker", "Subject", "SubjectKind", "Verdict", "VerdictReason"]


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
