"""What is accepted here although hosted QStash may not take it so, or does something else with it.

A warning is data: parsing makes it, and a message carries it to whoever looks.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class WarningCode(StrEnum):
    """What a warning is about, for programs."""

    CALLBACK_DROPPED = "callback-dropped"
    DELAY_IN_QUEUE = "delay-in-queue"
    DURATION_WITHOUT_UNIT = "duration-without-unit"
    LONG_UNIT = "long-unit"
    PERCENT_ENCODED_DESTINATION = "percent-encoded-destination"


class Warning(NamedTuple):
    """``text`` says what is odd, what hosted QStash does about it and what would be right."""

    code: WarningCode
    text: str

    def shown(self) -> dict[str, str]:
        """The warning as JSON."""
        return {"code": self.code.value, "text": self.text}


Warnings = tuple[Warning, ...]
_MAX_SHOWN = 100


def duration_without_unit(field: str, value: str) -> Warning:
    """A bare number where Go's grammar, which hosted QStash reads delays with, wants a unit."""
    text = (
        f"{field} has a duration without a unit, '{value[:_MAX_SHOWN]}': hosted QStash may refuse it, as it does for "
        f"Upstash-Delay; here it is taken for seconds: write '{value[:_MAX_SHOWN]}s'"
    )
    return Warning(WarningCode.DURATION_WITHOUT_UNIT, text)


def long_unit(field: str, unit: str) -> Warning:
    """A unit that the pages about workflows write and Go's grammar does not know."""
    text = (
        f"{field} has the unit '{unit}', which only the pages about workflows know: hosted QStash may refuse it; "
        "here a week is 7 days, a month 30 and a year 365: write days, such as '7d'"
    )
    return Warning(WarningCode.LONG_UNIT, text)


def percent_encoded_destination(destination: str) -> Warning:
    """A destination that was not put into the path as it is."""
    text = (
        f"the destination was percent-encoded in the path: hosted QStash refuses that with 'endpoint has invalid "
        f"scheme'; put it there as it is, …/{destination[:_MAX_SHOWN]}"
    )
    return Warning(WarningCode.PERCENT_ENCODED_DESTINATION, text)


def delay_in_queue(queue: str) -> Warning:
    """A delayed message for a queue."""
    text = (
        f"a delay and the queue '{queue}' together: hosted QStash refuses them on enqueue; here the message enters "
        "the queue when its delay is over: publish without a queue, or without a delay"
    )
    return Warning(WarningCode.DELAY_IN_QUEUE, text)
