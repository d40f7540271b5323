"""The body of error answers (https://upstash.com/docs/qstash/api-reference)."""

from __future__ import annotations

from qstash_dev.api.shapes.dev_parts import CallInFlight
from qstash_dev.api.shapes.fields import UNSET, Annotated, Maybe, Shape, Whole, doc


class Error(Shape):
    """Why a request was refused. Only routes below `/_dev/` send more than `error`; elsewhere the header
    `Qstash-Dev-Error-Field` names the field."""

    error: Annotated[str, doc("What is wrong, and what would be right.")]
    field: Maybe[Annotated[str, doc("What is at fault: a header, a parameter, a field or part of the path.")]] = UNSET
    reason: Maybe[Annotated[str, doc("What the error says about the field, if it says more.")]] = UNSET
    in_flight: Maybe[
        Annotated[list[CallInFlight], doc("The calls that a time travel waited for, the longest first, at most 100.")]
    ] = UNSET
    waiting: Maybe[Annotated[Whole, doc("How many messages waited for their turn behind them.")]] = UNSET
    expected: Maybe[Annotated[list[str], doc("The values that would be right, where they can be listed.")]] = UNSET
