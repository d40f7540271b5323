"""The exceptions of the test kit."""

from __future__ import annotations


class QStashDevError(Exception):
    """A call that the test kit cannot carry out; the text says why, and what to use instead."""


class QStashDevTimeout(QStashDevError):
    """A call that did not end within its time limit; the text lists what has not ended."""
