"""Faults: failures that delivery attempts are made to have (``/_dev/faults``)."""

from __future__ import annotations

from aiohttp import web

from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.request import filled, reply, reply_list
from qstash_dev.api.shapes import dev_faults as shapes
from qstash_dev.api.shapes.dev_parts import DeletedFaults
from qstash_dev.dev.fault_fields import parse_fault
from qstash_dev.dev.faults import Fault
from qstash_dev.protocol import errors


async def list_all(request: DevRequest) -> web.Response:
    """``GET /_dev/faults``: all faults, also those that are used up."""
    return await reply_list(request.services.faults.all.values(), _shown)


async def add(request: DevRequest) -> web.Response:
    """``POST /_dev/faults``: let delivery attempts to URLs that fit ``match`` fail."""
    fault = parse_fault(await request.fields())
    try:
        return reply(_shown(request.services.faults.add(**fault)), 201)
    except ValueError as error:
        raise errors.INVALID_FIELD(field="match", reason=str(error)) from None


async def delete(request: DevRequest) -> web.Response:
    """``DELETE /_dev/faults/{id}``: remove one fault."""
    fault = request.services.faults.all.pop(request.path("id"), None)
    if fault is None:
        raise errors.FAULT_NOT_FOUND(id=request.path("id")[:100])
    return reply(_shown(fault))


async def delete_all(request: DevRequest) -> web.Response:
    """``DELETE /_dev/faults``: remove all faults."""
    count = len(request.services.faults.all)
    request.services.faults.all.clear()
    return reply(DeletedFaults(count))


def _shown(fault: Fault) -> shapes.Fault:
    return filled(shapes.Fault, fault, latency=fault.latency_ms / 1_000)
