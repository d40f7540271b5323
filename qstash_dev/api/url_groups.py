"""URL groups, called topics on the wire (QStash docs, API url-groups)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from qstash_dev.api import wire
from qstash_dev.api.call import Call, checked_name, header_pairs, json_object, reply, short_text
from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import check_url
from qstash_dev.protocol.headers import parse_options
from qstash_dev.protocol.weight import pairs_weight
from qstash_dev.state.url_group import Endpoint, UrlGroup, endpoint_weight


async def upsert_endpoints(call: Call) -> web.Response:
    """``POST /v2/topics/{name}/endpoints``: makes the group if it is missing."""
    name = checked_name(call.path("name"), "URL group name")
    items, quota = await _items(call), call.config.quota
    if len(items) > quota.max_endpoints_per_group:
        raise errors.QUOTA_EXCEEDED(name="maxEndpointsPerTopic", limit=quota.max_endpoints_per_group)
    endpoints = [_endpoint(item) for item in items]
    groups = call.tenant.url_groups
    if name not in groups and len(groups) >= quota.max_url_groups:
        raise errors.QUOTA_EXCEEDED(name="maxTopics", limit=quota.max_url_groups)
    call.broker.intake.check_room(call.tenant, sum(map(endpoint_weight, endpoints)))
    group = groups.get(name) or UrlGroup(name, call.now_ms, call.now_ms)
    before = list(group.endpoints)
    for endpoint in endpoints:
        group.upsert(endpoint)
    if len(group.endpoints) > quota.max_endpoints_per_group:
        group.endpoints = before
        raise errors.QUOTA_EXCEEDED(name="maxEndpointsPerTopic", limit=quota.max_endpoints_per_group)
    group.updated_ms = call.now_ms
    call.tenant.grouped(group)
    return web.Response()


async def remove_endpoints(call: Call) -> web.Response:
    """``DELETE /v2/topics/{name}/endpoints``: the group goes with its last endpoint."""
    group = _named(call)
    # The Go SDK sends an empty url where it means the name.
    keys = [(_text(item, "name"), _text(item, "url")) for item in await _items(call)]
    if any(name is None and url is None for name, url in keys):
        raise errors.INVALID_FIELD(field="endpoints", reason="give the name or the url of each")
    group.remove(keys)
    group.updated_ms = call.now_ms
    call.tenant.grouped(group)
    if not group.endpoints:
        call.tenant.ungrouped(group.name)
    return web.Response()


async def patch(call: Call) -> web.Response:
    """``PATCH /v2/topics/{name}``: default headers of each publish to the group."""
    group = _named(call)
    body = await json_object(call)
    pairs = tuple(header_pairs(body.get("headers")))
    parse_options(pairs)
    call.broker.intake.check_room(call.tenant, pairs_weight(pairs))
    group.default_headers = pairs
    group.updated_ms = call.now_ms
    call.tenant.grouped(group)
    return web.Response()


async def list_all(call: Call) -> web.Response:
    """``GET /v2/topics``."""
    return reply([wire.url_group(group) for group in call.tenant.url_groups.values()])


async def get(call: Call) -> web.Response:
    """``GET /v2/topics/{name}``."""
    return reply(wire.url_group(_named(call)))


async def delete(call: Call) -> web.Response:
    """``DELETE /v2/topics/{name}``: also of a group that does not exist, as SDK users do to start clean."""
    call.tenant.ungrouped(checked_name(call.path("name"), "URL group name"))
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
    return Endpoint(check_url(url), short_text(_text(item, "name") or "", "name of an endpoint") or None)


def _text(item: dict[str, Any], field: str) -> str | None:
    value = item.get(field)
    if value is not None and (not isinstance(value, str) or len(value) > 16_384):
        raise errors.INVALID_FIELD(field=field, reason="use a string")
    return value or None
