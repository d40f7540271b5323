"""The fields that describe a fault, in a request or in ``QStashDev.fault``."""

from __future__ import annotations

from typing import Any

from qstash_dev.api.shapes.dev_faults import NewFault
from qstash_dev.api.shapes.fields import UNSET
from qstash_dev.dev.arguments import read
from qstash_dev.protocol import errors
from qstash_dev.protocol.script import MAX_DELAY_MS


def parse_fault(fields: dict[str, Any]) -> dict[str, Any]:
    """The arguments of :meth:`Faults.add`.

    Raises Rejection: 400 for a field with an invalid value.
    """
    given = read(fields, NewFault)
    if not (given.status or given.error or given.latency):
        raise errors.INVALID_FIELD(field="status", reason="give a status, an error or a latency")
    if given.status and given.error:
        raise errors.INVALID_FIELD(field="error", reason="give either a status or an error")
    if given.latency and given.latency > MAX_DELAY_MS:
        raise errors.INVALID_FIELD(field="latency", reason=f"use at most {MAX_DELAY_MS // 1_000} s")
    return {
        "match": given.match,
        "status": given.status or None,
        "error": given.error or None,
        "latency_ms": given.latency or 0,
        "times": 1 if given.times is UNSET else given.times,
        "seed": given.seed or 0,
        "probability": given.probability or 1.0,
    }
