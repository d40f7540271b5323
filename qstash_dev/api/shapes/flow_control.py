"""Flow control keys (https://upstash.com/docs/qstash/features/flowcontrol)."""

from __future__ import annotations

from msgspec import Meta

from qstash_dev.api.shapes.fields import UNSET, Annotated, Maybe, OpenShape, Positive, Shape, TrueOrFalse, Whole, doc
from qstash_dev.protocol.option_values import MAX_FLOW_PERIOD_S


class FlowControl(Shape):
    """A flow control key, its limits and how far they are used. All fields are always there."""

    flow_control_key: Annotated[str, doc("The key.")]
    wait_list_size: Annotated[Whole, doc("Messages that wait because of the limits.")]
    parallelism_max: Annotated[Whole, doc("How many messages may be in flight at once, 0 if there is no limit.")]
    parallelism_count: Annotated[Whole, doc("Messages in flight.")]
    rate_max: Annotated[Whole, doc("How many messages may be started in a period, 0 if there is no limit.")]
    rate_count: Annotated[Whole, doc("Messages started in this period.")]
    rate_period: Annotated[Whole, doc("Length of a period in seconds.")]
    rate_period_start: Annotated[Whole, doc("When this period began, unix time in seconds.")]
    is_paused: Annotated[bool, doc("Whether its messages are held back.")]
    is_pinned_parallelism: Annotated[bool, doc("Whether messages do not change the parallelism.")]
    is_pinned_rate: Annotated[bool, doc("Whether messages do not change rate and period.")]


class GlobalParallelism(Shape):
    """How many calls are in flight, and how many there may be."""

    parallelism_max: Annotated[Whole, doc("How many there may be.")]
    parallelism_count: Annotated[Whole, doc("How many there are.")]


class KeySearch(OpenShape):
    """Which flow control keys are listed."""

    search: Maybe[Annotated[str, doc("Part of the key.")]] = UNSET


class Pin(OpenShape):
    """Limits that messages do not change."""

    parallelism: Maybe[Annotated[Positive, doc("Messages in flight at once.")]] = UNSET
    rate: Maybe[Annotated[Positive, doc("Messages started in a period.")]] = UNSET
    period: Maybe[Annotated[Positive, Meta(le=MAX_FLOW_PERIOD_S, description="Seconds, at most seven days.")]] = UNSET


class Unpin(OpenShape):
    """Limits that messages may set again."""

    parallelism: Maybe[Annotated[TrueOrFalse, doc("Let messages set the parallelism again.")]] = UNSET
    rate: Maybe[Annotated[TrueOrFalse, doc("Let messages set the rate again.")]] = UNSET
