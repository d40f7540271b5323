"""URL groups, called topics on the wire (QStash docs, API url-groups)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from qstash_dev.api import wire
from qstash_dev.api.call import Call, checked_name, header_pairs, json_object, reply
from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import check_url
from qstash_dev.protocol.headers import parse_options
from qstash_dev.protocol.option_values import MAX_ID_BYTES
from qstash_dev.state.url_group import Endpoint, UrlGroup


async def upsert_endpoints(call: Call) -> web.Response:
    """``POST /v2/topics/{name}/endpoints``: makes the group if it is missing."""
    name = checked_name(call.path("name"), "URL group name")
    endpoints = [_endpoint(item) for item in await _items(call)]
    groups, quota = call.tenant.url_groups, call.config.quota
    if name not in groups and len(groups) >= quota.max_url_groups:
        raise errors.QUOTA_EXCEEDED(name="maxTopics", limit=quota.max_url_groups)
    group = groups.get(name) or UrlGroup(name, call.now_ms, call.now_ms)
    before = list(group.endpoints)
    for endpoint in endpoints:
        group.upsert(endpoint)
    if len(group.endpoints) > quota.max_endpoints_per_group:
        group.endpoints = before
        raise errors.QUOTA_EXCEEDED(name="maxEndpointsPerTopic", limit=quota.max_endpoints_per_group)
    group.updated_ms = call.now_ms
    groups[name] = group
    return web.Response()


async def remove_endpoints(call: Call) -> web.Response:
    """``DELETE /v2/topics/{name}/endpoints``: the group goes with its last endpoint."""
    group = _named(call)
    # The Go SDK sends an empty url where it means the name.
    keys = [(_text(item, "name"), _text(item, "url")) for item in await _items(call)]
    if any(name is None and url is None for name, url in keys):
        raise errors.INVALID_FIELD(field="endpoints", reason="give the name or the url of each")
    for name, url in keys:
        group.remove(name=name, url=url)
    group.updated_ms = call.now_ms
    if not group.endpoints:
        del call.tenant.url_groups[group.name]
    return web.Response()


async def patch(call: Call) -> web.Response:
    """``PATCH /v2/topics/{name}``: default headers of each publish to the group."""
    group = _named(call)
    body = await json_object(call)
    pairs = tuple(header_pairs(body.get("headers")))
    parse_options(pairs)
    group.default_headers = pairs
    group.updated_ms = call.now_ms
    return web.Response()


async def list_all(call: Call) -> web.Response:
    """``GET /v2/topics``."""
    return reply([wire.url_group(group) for group in call.tenant.url_groups.values()])


async def get(call: Call) -> web.Response:
    """``GET /v2/topics/{name}``."""
    return reply(wire.url_group(_named(call)))


async def delete(call: Call) -> web.Response:
    """``DELETE /v2/topics/{name}``: also of a group that does not exist, as SDK users do to start clean."""
    call.tenant.url_groups.pop(checked_name(call.path("name"), "URL group name"), None)
    return web.Response()


def _named(call: Call) -> UrlGroup:
    name = checked_name(call.path("name"), "URL group name")
    group = call.tenant.url_groups.get(name)
    if group is None:
        raise errors.URL_GROUP_NOT_FOUND(name=name)
    return group


async def _items(call: Call) -> list[dict[str, Any]]:
    items = (await json_object(call)).get("endpoints")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise errors.INVALID_FIELD(field="endpoints", reason='use an array such as [{"url": "https://…"}]')
    return items


def _endpoint(item: dict[str, Any]) -> Endpoint:
    url = _text(item, "url")
    if url is None:
        raise errors.INVALID_FIELD(field="endpoints", reason="each endpoint needs a url")
    name = _text(item, "name")
    if name is not None and len(name.encode("utf-8", "replace")) > MAX_ID_BYTES:
        raise errors.INVALID_FIELD(field="name", reason=f"use at most {MAX_ID_BYTES} bytes")
    return Endpoint(check_url(url), name)


def _text(item: dict[str, Any], field: str) -> str | None:
    value = item.get(field)
    if value is not None and (not isinstance(value, str) or len(value) > 16_384):
        raise errors.INVALID_FIELD(field=field, reason="use a string")
    return value or None
