"""All targets."""

from __future__ import annotations

from tests.fuzz import documents, reading, texts
from tests.fuzz.target import Target

TARGETS: list[Target] = [*texts.TARGETS, *documents.TARGETS, *reading.TARGETS]
