"""Faults and mappings: what becomes of delivery attempts instead of reaching their destination."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from qstash_dev.api.batch import text_field
from qstash_dev.api.call import reply
from qstash_dev.api.dev.call import DevCall, duration_ms_of, number_of, whole_of
from qstash_dev.protocol import errors
from qstash_dev.protocol.mapping import Mapping, parse_mapping
from qstash_dev.protocol.script import MAX_DELAY_MS
from qstash_dev.state.fault import KINDS, Fault

MAX_MATCH_LENGTH = 2_000
MAX_MAPPING_LENGTH = 4_000
MAX_MAPPINGS = 1_000
MOST = 1_000_000_000
_FIELDS = ("match", "status", "error", "latency", "times", "probability", "seed")


async def list_all(call: DevCall) -> web.Response:
    """``GET /_dev/faults``."""
    return reply([_shown(fault) for fault in call.control.faults.all.values()])


async def add(call: DevCall) -> web.Response:
    """``POST /_dev/faults``."""
    fault = parse_fault(await call.fields(*_FIELDS))
    try:
        return reply(_shown(call.control.faults.add(**fault)), 201)
    except ValueError as error:
        raise errors.INVALID_FIELD(field="match", reason=str(error)) from None


def parse_fault(fields: dict[str, Any]) -> dict[str, Any]:
    """What :meth:`Faults.add` takes.

    Raises:
        Rejection: 400 naming the field.
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


async def delete(call: DevCall) -> web.Response:
    """``DELETE /_dev/faults/{id}``."""
    fault = call.control.faults.all.pop(call.path("id"), None)
    if fault is None:
        raise errors.FAULT_NOT_FOUND(id=call.path("id")[:100])
    return reply(_shown(fault))


async def delete_all(call: DevCall) -> web.Response:
    """``DELETE /_dev/faults``."""
    count = len(call.control.faults.all)
    call.control.faults.all.clear()
    return reply({"deleted": count})


async def list_mappings(call: DevCall) -> web.Response:
    """``GET /_dev/mappings``."""
    return reply([_shown_mapping(mapping) for mapping in call.control.mappings])


async def add_mapping(call: DevCall) -> web.Response:
    """``POST /_dev/mappings``: like ``--map``, and before all earlier ones."""
    fields = await call.fields("pattern", "target")
    pattern, target = text_field(fields, "pattern"), text_field(fields, "target")
    try:
        mapping = parse_mapping(f"{pattern}={target}")
    except ValueError as error:
        raise errors.INVALID_FIELD(field="pattern", reason=str(error)) from None
    if len(mapping.pattern) + len(mapping.target) > MAX_MAPPING_LENGTH:
        raise errors.INVALID_FIELD(field="pattern", reason=f"use at most {MAX_MAPPING_LENGTH} characters in both")
    if len(call.control.mappings) >= MAX_MAPPINGS:
        raise errors.INVALID_FIELD(
            field="pattern", reason=f"there are {MAX_MAPPINGS} mappings already: reset the server"
        )
    call.control.mappings.insert(0, mapping)
    return reply(_shown_mapping(mapping), 201)


def _status(fields: dict[str, Any]) -> int | None:
    status = fields.get("status")
    if status is not None and (isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 999):
        raise errors.INVALID_FIELD(field="status", reason="use a number from 100 to 999")
    return status


def _error(fields: dict[str, Any]) -> str | None:
    error = fields.get("error")
    if error is not None and error not in KINDS:
        raise errors.INVALID_FIELD(field="error", reason=f"use one of {', '.join(KINDS)}")
    if error is not None and fields.get("status") is not None:
        raise errors.INVALID_FIELD(field="error", reason="give either a status or an error")
    return error


def _latency_ms(fields: dict[str, Any]) -> int:
    latency_ms = duration_ms_of(fields, "latency") if "latency" in fields else 0
    if latency_ms > MAX_DELAY_MS:
        raise errors.INVALID_FIELD(field="latency", reason=f"use at most {MAX_DELAY_MS // 1_000} s")
    return latency_ms


def _times(fields: dict[str, Any]) -> int | None:
    """How often, ``None`` for every time."""
    if "times" in fields and fields["times"] is None:
        return None
    return whole_of(fields, "times", 1, 1, MOST)


def _shown(fault: Fault) -> dict[str, Any]:
    return {
        "id": fault.id,
        "match": fault.match,
        "status": fault.status,
        "error": fault.error,
        "latency": fault.latency_ms / 1_000,
        "times": fault.times,
        "probability": fault.probability,
        "seed": fault.seed,
        "struck": fault.struck,
    }


def _shown_mapping(mapping: Mapping) -> dict[str, str]:
    return {"pattern": mapping.pattern, "target": mapping.target}
