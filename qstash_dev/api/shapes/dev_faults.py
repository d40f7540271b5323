"""Faults: failures that delivery attempts are made to have (``/_dev/faults``)."""

from __future__ import annotations

from typing import Literal

from msgspec import Meta

from qstash_dev.api.shapes.dev_clock import Duration
from qstash_dev.api.shapes.fields import UNSET, Annotated, Maybe, Positive, Shape, Whole, doc

FaultKind = Literal["reset", "timeout", "refused"]
_Match = Annotated[str, Meta(min_length=1, max_length=2_000, description="URL in which * stands for anything.")]
_MOST = 1_000_000_000
_Status = Annotated[int, Meta(ge=100, le=999)]
_STATUS = "Answer with this HTTP status in place of the destination, or null."
_ERROR = "Keep the answer away with this error, or null."
_TIMES = "How many attempts it strikes, null for all."
_PROBABILITY = "Which part of the attempts it strikes."
_SEED = "Determines which attempts the probability spares."


class Fault(Shape):
    """A failure that delivery attempts are made to have."""

    id: Annotated[str, doc("Id of the fault.")]
    match: _Match
    status: Annotated[_Status | None, doc(_STATUS)]
    error: Annotated[FaultKind | None, doc(_ERROR)]
    latency: Annotated[float, Meta(ge=0, description="Seconds of real time by which the answer comes later.")]
    times: Annotated[Positive | None, doc(_TIMES)]
    probability: Annotated[float, Meta(gt=0, le=1, description=_PROBABILITY)]
    seed: Annotated[Whole, doc(_SEED)]
    struck: Annotated[Whole, doc("How many attempts it has struck.")]


class NewFault(Shape):
    """A fault to add: a status, an error or a latency is needed."""

    match: _Match
    status: Maybe[Annotated[_Status | None, doc(_STATUS)]] = UNSET
    error: Maybe[Annotated[FaultKind | None, doc(_ERROR)]] = UNSET
    latency: Maybe[Annotated[Duration, doc("How much later the answer comes: seconds, or '500ms'.")]] = UNSET
    times: Maybe[Annotated[Annotated[int, Meta(ge=1, le=_MOST)] | None, doc(_TIMES)]] = UNSET
    probability: Maybe[Annotated[float, Meta(gt=0, le=1, description=_PROBABILITY)]] = UNSET
    seed: Maybe[Annotated[int, Meta(ge=0, le=_MOST, description=_SEED)]] = UNSET
