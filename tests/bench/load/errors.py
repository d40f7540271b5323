"""The error for a measurement that has no result."""

from __future__ import annotations


class Unreliable(Exception):
    """Messages were lost, doubled or refused, or the server was not there: a figure would mean nothing."""
