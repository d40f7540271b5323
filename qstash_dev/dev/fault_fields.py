"""The fields that describe a fault, in a request or in ``QStashDev.fault``."""

from __future__ import annotations

from typing import Any

from qstash_dev.dev.arguments import duration_ms_of, number_of, whole_of
from qstash_dev.dev.faults import KINDS
from qstash_dev.protocol import errors
from qstash_dev.protocol.script import MAX_DELAY_MS

MAX_MATCH_LENGTH = 2_000
MOST = 1_000_000_000
FAULT_FIELDS = ("match", "status", "error", "latency", "times", "probability", "seed")


def parse_fault(fields: dict[str, Any]) -> dict[str, Any]:
    """The arguments of :meth:`Faults.add`.

    Raises Rejection: 400 for a field with an invalid value.
    """
    match = fields.get("match")
    if not isinstance(match, str) or not 0 < len(match) <= MAX_MATCH_LENGTH:
        raise errors.INVALID_FIELD(field="match", reason="use a URL in which * stands for anything")
    how = {"status": _status(fields), "error": _error(fields), "latency_ms": _latency_ms(fields)}
    if all(value in (None, 0) for value in how.values()):
        raise errors.INVALID_FIELD(field="status", reason="give a status, an error or a latency")
    return {
        "match": match,
        **how,
        "times": _times(fields),
        "seed": whole_of(fields, "seed", 0, 0, MOST),
        "probability": number_of(fields, "probability", 1.0, 1.0),
    }


def _status(fields: dict[str, Any]) -> int | None:
    status = fields.get("status")
    if status is not None and (isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 999):
        raise errors.INVALID_FIELD(field="status", reason="use a number from 100 to 999")
    return status


def _error(fields: dict[str, Any]) -> str | None:
    error = fields.get("error")
    if error is not None and error not in KINDS:
        raise errors.INVALID_FIELD(KINDS, field="error")
    if error is not None and fields.get("status") is not None:
        raise errors.INVALID_FIELD(field="error", reason="give either a status or an error")
    return error


def _latency_ms(fields: dict[str, Any]) -> int:
    latency_ms = duration_ms_of(fields, "latency") if "latency" in fields else 0
    if latency_ms > MAX_DELAY_MS:
        raise errors.INVALID_FIELD(field="latency", reason=f"use at most {MAX_DELAY_MS // 1_000} s")
    return latency_ms


def _times(fields: dict[str, Any]) -> int | None:
    """How many attempts it applies to, ``None`` for all."""
    if "times" in fields and fields["times"] is None:
        return None
    return whole_of(fields, "times", 1, 1, MOST)
