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
