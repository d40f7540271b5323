"""Warnings about a message, which this server accepts, but hosted QStash may refuse or treat in another way.

Others are about what leaves this machine. Parsing and delivery make them, and the message keeps them.
https://upstash.com/docs/qstash/features/delay has durations with a unit, and
https://upstash.com/docs/qstash/howto/publishing destinations that begin with ``http://`` or ``https://``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class WarningCode(StrEnum):
    """The subject of a warning, for programs."""

    CALLBACK_DROPPED = "callback-dropped"  #: there was no room for a callback
    DELAY_IN_QUEUE = "delay-in-queue"  #: a message for a queue has a delay
    DUPLICATE_DIFFERS = "duplicate-differs"  #: another message was taken for it
    DURATION_WITHOUT_UNIT = "duration-without-unit"
    FOREIGN_HOST = "foreign-host"  #: the first delivery to a host that is not this machine
    LONG_UNIT = "long-unit"  #: a duration in weeks, months or years
    PERCENT_ENCODED_DESTINATION = "percent-encoded-destination"


_TODO = {
    WarningCode.CALLBACK_DROPPED: "let messages that wait be delivered or cancelled first, to make room",
    WarningCode.DELAY_IN_QUEUE: "publish without a queue, or without a delay",
    WarningCode.DUPLICATE_DIFFERS: "give each message an id of its own",
    WarningCode.DURATION_WITHOUT_UNIT: "write a unit, such as '30s'",
    WarningCode.FOREIGN_HOST: "add a mapping, or start with --local-only",
    WarningCode.LONG_UNIT: "write days, such as '7d'",
    WarningCode.PERCENT_ENCODED_DESTINATION: "put the destination into the path as it is",
}


class Warning(NamedTuple):
    code: WarningCode
    text: str  #: what is unusual, what hosted QStash does, and what would be right

    @property
    def todo(self) -> str:
        """What would be right, which the text says, too."""
        return _TODO[self.code]

    def shown(self) -> dict[str, str]:
        return {"code": self.code.value, "text": self.text, "todo": self.todo}


Warnings = tuple[Warning, ...]
_MAX_SHOWN = 100


def duration_without_unit(field: str, value: str) -> Warning:
    """A duration that is only a number, although Go's ``time.ParseDuration`` demands a unit."""
    text = (
        f"{field} has a duration without a unit, '{value[:_MAX_SHOWN]}': hosted QStash may refuse it, as it does for "
        f"Upstash-Delay; here it is taken for seconds: write '{value[:_MAX_SHOWN]}s'"
    )
    return Warning(WarningCode.DURATION_WITHOUT_UNIT, text)


def long_unit(field: str, unit: str) -> Warning:
    """A unit that https://upstash.com/docs/workflow/steps/sleep has and Go's ``time.ParseDuration`` has not."""
    text = (
        f"{field} has the unit '{unit}', which only the pages about workflows know: hosted QStash may refuse it; "
        "here a week is 7 days, a month 30 and a year 365: write days, such as '7d'"
    )
    return Warning(WarningCode.LONG_UNIT, text)


def percent_encoded_destination(destination: str) -> Warning:
    text = (
        f"the destination was percent-encoded in the path: hosted QStash refuses that with 'endpoint has invalid "
        f"scheme'; put it there as it is, …/{destination[:_MAX_SHOWN]}"
    )
    return Warning(WarningCode.PERCENT_ENCODED_DESTINATION, text)


def delay_in_queue(queue: str) -> Warning:
    text = (
        f"a delay and the queue '{queue}' together: hosted QStash refuses them on enqueue; here the message enters "
        "the queue when its delay is over: publish without a queue, or without a delay"
    )
    return Warning(WarningCode.DELAY_IN_QUEUE, text)


def foreign_host(host: str, url: str) -> Warning:
    """``url`` is the origin of the destination, fit for a shell."""
    text = (
        f"{host} is not this machine, and no mapping catches it, so the message goes to the real host: deliver it "
        f"here with --map '{url}/*=http://localhost:3000', or let nothing leave this machine with --local-only"
    )
    return Warning(WarningCode.FOREIGN_HOST, text)


def duplicate_differs(id: str, method: str, url: str, differing: list[str]) -> Warning:
    """A publish made no message because of its deduplication id, although its destination or its body is another."""
    other = " and ".join(f"another {what}" for what in differing)
    text = (
        f"{method} {url[:_MAX_SHOWN]} had the deduplication id '{id[:_MAX_SHOWN]}' too and made no message, "
        f"although it has {other}: give each message an id of its own"
    )
    return Warning(WarningCode.DUPLICATE_DIFFERS, text)
