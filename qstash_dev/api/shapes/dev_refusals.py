"""Refused API calls (`/_dev/refusals`), also as events of `/_dev/events`."""

from __future__ import annotations

from qstash_dev.api.shapes.fields import UNSET, Annotated, Maybe, Positive, Shape, TimeMs, Whole, doc
from qstash_dev.protocol.tokens import Credential


class Refusal(Shape, kw_only=True):
    """An API call that was refused, or several within 10 seconds that are the same. `***` stands for credentials."""

    seq: Annotated[Positive, doc("Counts the entries of the user.")]
    user: Annotated[str, doc("Id of the user, `unknown` for a call without a valid token.")]
    time: TimeMs
    last_time: Annotated[TimeMs, doc("When the latest of the calls came.")]
    count: Annotated[Positive, doc("How many calls.")]
    method: Annotated[str, doc("The method, empty if no request could be read, SCHEDULE for a schedule.")]
    path: Annotated[str, doc("The path with the query, empty if no request could be read; id of a schedule.")]
    status: Annotated[Whole, doc("The HTTP status of the answer.")]
    error: Annotated[str, doc("What is wrong, and what would be right: the error of the answer.")]
    field: Maybe[Annotated[str, doc("What is at fault: a header, a parameter, a field or part of the path.")]] = UNSET
    reason: Maybe[Annotated[str, doc("What the error says about the field, if it says more.")]] = UNSET
    expected: Maybe[Annotated[list[str], doc("The values that would be right, where they can be listed.")]] = UNSET
    todo: Maybe[Annotated[str, doc("What would be right, in words.")]] = UNSET
    credential: Maybe[Annotated[Credential, doc("What was there in the place of a valid token.")]] = UNSET
    token_start: Maybe[Annotated[str, doc("The first characters of a token that is not valid.")]] = UNSET
    workflow_run_id: Maybe[Annotated[str, doc("The workflow run that the call named.")]] = UNSET


class RefusalList(Shape):
    """Refused calls."""

    refusals: Annotated[list[Refusal], doc("Those with the latest calls first.")]
    total: Annotated[Whole, doc("How many there are.")]


class DeletedRefusals(Shape):
    """How many entries were deleted."""

    deleted: Annotated[Whole, doc("How many.")]
