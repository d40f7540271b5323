"""URL groups, called topics in paths and fields (https://upstash.com/docs/qstash/features/url-groups)."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from qstash_dev.api.request import ApiRequest, checked_name, header_pairs, json_object, reply, reply_list, short_text
from qstash_dev.api.v2 import serializers
from qstash_dev.protocol import errors
from qstash_dev.protocol.destination import check_url
from qstash_dev.protocol.headers import parse_options
from qstash_dev.state.url_group import Endpoint, UrlGroup


async def upsert_endpoints(request: ApiRequest) -> web.Response:
    """``POST /v2/topics/{name}/endpoints``: makes the group if it is missing."""
    name = checked_name(request.path("name"), "URL group name", "name")
    endpoints = [_endpoint(item, number) for number, item in enumerate(await _items(request))]
    request.broker.url_groups.upsert(request.tenant, name, endpoints, request.now_ms)
    return web.Response()


async def remove_endpoints(request: ApiRequest) -> web.Response:
    """``DELETE /v2/topics/{name}/endpoints``: the group goes with its last endpoint."""
    group = _named(request)
    # The Go SDK sends an empty url where it means the name.
    keys = [(_text(item, "name"), _text(item, "url")) for item in await _items(request)]
    if any(name is None and url is None for name, url in keys):
        raise errors.INVALID_FIELD(field="endpoints", reason="give the name or the url of each")
    request.broker.url_groups.remove(request.tenant, group, keys, request.now_ms)
    return web.Response()


async def patch(request: ApiRequest) -> web.Response:
    """``PATCH /v2/topics/{name}``: default headers of each publish to the group."""
    group = _named(request)
    body = await json_object(request)
    pairs = tuple(header_pairs(body.get("headers")))
    parse_options(pairs)
    request.broker.url_groups.set_default_headers(request.tenant, group, pairs, request.now_ms)
    return web.Response()


async def list_all(request: ApiRequest) -> web.Response:
    """``GET /v2/topics``."""
    return await reply_list(request.tenant.url_groups.values(), serializers.url_group)


async def get(request: ApiRequest) -> web.Response:
    """``GET /v2/topics/{name}``."""
    return reply(serializers.url_group(_named(request)))


async def delete(request: ApiRequest) -> web.Response:
    """``DELETE /v2/topics/{name}``: also of a group that does not exist, as SDK users do to start clean."""
    request.broker.url_groups.delete(request.tenant, checked_name(request.path("name"), "URL group name", "name"))
    return web.Response()


def _named(request: ApiRequest) -> UrlGroup:
    return request.named(request.tenant.url_groups, "URL group name", errors.URL_GROUP_NOT_FOUND)


async def _items(request: ApiRequest) -> list[dict[str, Any]]:
    items = (await json_object(request)).get("endpoints")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise errors.INVALID_FIELD(field="endpoints", reason='use an array such as [{"url": "https://…"}]')
    return items


def _endpoint(item: dict[str, Any], number: int) -> Endpoint:
    place = f"endpoints[{number}]"
    url, name = _text(item, "url", place), _text(item, "name", place) or ""
    if url is None:
        raise errors.INVALID_FIELD(field="endpoints", reason="each endpoint needs a url").about(f"{place}.url")
    try:
        url = check_url(url)
    except errors.Rejection as rejection:
        raise rejection.about(f"{place}.url") from None
    return Endpoint(url, short_text(name, "name of an endpoint", f"{place}.name") or None)


def _text(item: dict[str, Any], field: str, place: str = "endpoints") -> str | None:
    value = item.get(field)
    if value is not None and (not isinstance(value, str) or len(value) > 16_384):
        raise errors.INVALID_FIELD(field=field, reason="use a string").about(f"{place}.{field}")
    return value or None
