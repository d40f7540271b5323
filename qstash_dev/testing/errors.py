"""What may go wrong in a test, in words that say what to do."""

from __future__ import annotations


class QStashDevError(Exception):
    """The test kit was asked for something it cannot do."""


class QStashDevTimeout(QStashDevError):
    """Something did not happen in time; the text lists what is still pending."""
