"""Mappings: published URLs that are delivered elsewhere (``/_dev/mappings``)."""

from __future__ import annotations

from aiohttp import web

from qstash_dev.api.dev.request import DevRequest
from qstash_dev.api.request import reply, reply_list
from qstash_dev.api.shapes import dev_parts as shapes
from qstash_dev.api.shapes.fields import UNSET
from qstash_dev.protocol import errors
from qstash_dev.protocol.mapping import Mapping, parse_mapping

MAX_MAPPING_LENGTH = 4_000


async def list_all(request: DevRequest) -> web.Response:
    """``GET /_dev/mappings``: all mappings, in the order in which they are tried."""
    return await reply_list(request.services.mappings.all, shown_mapping)


async def add(request: DevRequest) -> web.Response:
    """``POST /_dev/mappings``: add a mapping, as ``--map`` does; it is tried before all earlier ones."""
    given = await request.read(shapes.Mapping)
    try:
        mapping = parse_mapping(f"{given.pattern}={given.target}", given.host or None, given.sign or None)
        # What is kept counts: text beyond ASCII is percent-encoded by now, and several times as long.
        if len(mapping.pattern) + len(mapping.target) > MAX_MAPPING_LENGTH:
            raise ValueError(f"use at most {MAX_MAPPING_LENGTH} characters in both")
        mapping = request.services.mappings.add(mapping)
    except ValueError as error:
        raise errors.INVALID_FIELD(field="pattern", reason=str(error)) from None
    return reply(shown_mapping(mapping), 201)


def shown_mapping(mapping: Mapping) -> shapes.Mapping:
    """A mapping as JSON."""
    return shapes.Mapping(mapping.pattern, mapping.target, mapping.host or UNSET, mapping.sign or UNSET)
