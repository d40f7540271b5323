"""Flow control keys (https://upstash.com/docs/qstash/features/flowcontrol)."""

from __future__ import annotations

from aiohttp import web

from qstash_dev.api.request import ApiRequest, reply, reply_list
from qstash_dev.api.shapes.flow_control import GlobalParallelism
from qstash_dev.api.v2 import serializers
from qstash_dev.protocol import errors
from qstash_dev.protocol.filters import Query, whole_number
from qstash_dev.protocol.option_values import MAX_FLOW_PERIOD_S, Refused, flow_control_key
from qstash_dev.state.flow_control import FlowControl


async def list_all(request: ApiRequest) -> web.Response:
    """``GET /v2/flowControl``; ``search`` is a part of the key."""
    search = request.query().one("search") or ""
    found = [known for known in request.tenant.flow_controls.values() if search in known.key]
    return await reply_list(found, lambda flow_control: serializers.flow_control_key(flow_control, request.now_ms))


async def get(request: ApiRequest) -> web.Response:
    """``GET /v2/flowControl/{key}``."""
    flow_control = _known(request)
    if flow_control is None:
        raise errors.FLOW_CONTROL_NOT_FOUND(key=request.path("key")[:200])
    return reply(serializers.flow_control_key(flow_control, request.now_ms))


async def pause(request: ApiRequest) -> web.Response:
    """``POST /v2/flowControl/{key}/pause``: new messages wait, calls in flight finish. The key may be new."""
    request.broker.flow_control.pause(request.tenant, _new_key(request), request.now_ms)
    return web.Response()


async def resume(request: ApiRequest) -> web.Response:
    """``POST /v2/flowControl/{key}/resume``; here and below, a key that is not in use needs nothing (OpenAPI)."""
    if (flow_control := _known(request)) is not None:
        request.broker.flow_control.resume(flow_control, request.now_ms)
    return web.Response()


async def pin(request: ApiRequest) -> web.Response:
    """``POST /v2/flowControl/{key}/pin?parallelism=&rate=&period=``. The key may be new."""
    query = request.query()
    parallelism, rate, period_s = (_limit(query, name) for name in ("parallelism", "rate", "period"))
    if parallelism is None and rate is None:
        raise errors.INVALID_PARAMETER(name="parallelism", reason="give parallelism, rate or both", value="")
    if period_s is not None and period_s > MAX_FLOW_PERIOD_S:
        raise errors.INVALID_PARAMETER(
            name="period", reason=f"use at most {MAX_FLOW_PERIOD_S} seconds", value=str(period_s)
        )
    key = _new_key(request)
    request.broker.flow_control.pin(request.tenant, key, parallelism, rate, period_s, request.now_ms)
    return web.Response()


async def unpin(request: ApiRequest) -> web.Response:
    """``POST /v2/flowControl/{key}/unpin?parallelism=true&rate=true``: values stay until a message brings others."""
    query = request.query()
    parallelism, rate = _flag(query, "parallelism"), _flag(query, "rate")
    if (flow_control := _known(request)) is not None:
        request.broker.flow_control.unpin(flow_control, parallelism=parallelism, rate=rate)
    return web.Response()


async def reset_rate(request: ApiRequest) -> web.Response:
    """``POST /v2/flowControl/{key}/resetRate`` and its older form ``/reset``."""
    if (flow_control := _known(request)) is not None:
        request.broker.flow_control.reset_rate(flow_control, request.now_ms)
    return web.Response()


async def global_parallelism(request: ApiRequest) -> web.Response:
    """``GET /v2/globalParallelism``: calls in flight, and how many there may be."""
    return reply(GlobalParallelism(request.config.max_in_flight, request.tenant.in_flight))


def _key(request: ApiRequest) -> str:
    key = request.path("key")
    if not key:
        raise errors.MISSING_FLOW_CONTROL_KEY()
    return key


def _new_key(request: ApiRequest) -> str:
    """A key that the call may create. It is checked as those of messages are; reading accepts any key."""
    key = _key(request)
    try:
        return flow_control_key(key)
    except Refused as refused:
        raise refused.error(field="the key in the path", value=key[:100]).about("key") from None
    except ValueError as error:
        raise errors.INVALID_FIELD(field="flowControlKey", reason=error).about("key") from None


def _known(request: ApiRequest) -> FlowControl | None:
    return request.tenant.flow_controls.get(_key(request))


def _limit(query: Query, name: str) -> int | None:
    if query.one(name) is None:
        return None
    value = whole_number(query, name, 0)
    if not 0 < value < 1_000_000_000:
        raise errors.INVALID_PARAMETER(name=name, reason="use a whole number above zero", value=str(value))
    return value


def _flag(query: Query, name: str) -> bool:
    text = (query.one(name) or "false").lower()
    if text not in ("true", "false"):
        raise errors.INVALID_PARAMETER(("true", "false"), name=name, value=text[:100])
    return text == "true"
