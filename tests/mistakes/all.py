"""All mistakes, in the order of the page."""

from __future__ import annotations

from tests.mistakes.answers import ANSWERS
from tests.mistakes.calls import ADDRESSES, OPTIONS, TOKENS
from tests.mistakes.reaching import ANSWERING, REACHING
from tests.mistakes.signatures import SIGNATURES
from tests.mistakes.waiting import DUPLICATES, TIME, WAITING
from tests.mistakes.workflows import WORKFLOWS

SECTIONS = [
    TOKENS, ADDRESSES, OPTIONS, DUPLICATES, WAITING, TIME, REACHING, ANSWERING, ANSWERS, SIGNATURES, WORKFLOWS,
]  # fmt: skip
MISTAKES = [mistake for section in SECTIONS for mistake in section.mistakes]
