"""Verdicts: why things are as they are (``/_dev/verdicts``)."""

from __future__ import annotations

from qstash_dev.api.shapes.fields import UNSET, Annotated, Maybe, Shape, TimeMs, doc
from qstash_dev.protocol.verdict_reason import SubjectKind, VerdictReason


class Subject(Shape):
    """What a verdict is about."""

    kind: Annotated[SubjectKind, doc("What kind of thing it is.")]
    id: Annotated[str, doc("Its id, or the name of a queue or of a flow control key.")]


class Blocker(Subject):
    """What something waits for."""

    sentence: Annotated[str, doc("Why that has not ended, in a few words.")]


class Verdict(Shape):
    """Why a thing is as it is."""

    about: Annotated[Subject, doc("What it is about.")]
    reason: Annotated[VerdictReason, doc("Why it is so, for programs.")]
    sentence: Annotated[str, doc("The same in words.")]
    todo: Maybe[Annotated[str, doc("What would unblock it, or what to look at.")]] = UNSET
    next_at: Maybe[Annotated[TimeMs, doc("When it goes on by itself, unix milliseconds.")]] = UNSET
    blocker: Maybe[Annotated[Blocker, doc("What is in its way.")]] = UNSET
