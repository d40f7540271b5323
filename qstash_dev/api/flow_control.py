"""Flow control keys (QStash docs, API flow-control)."""

from __future__ import annotations

from aiohttp import web

from qstash_dev.api import wire
from qstash_dev.api.call import Call, reply
from qstash_dev.protocol import errors
from qstash_dev.protocol.filters import Query, whole_number
from qstash_dev.protocol.option_values import MAX_FLOW_PERIOD_S, Refused, flow_control_key
from qstash_dev.state.flow_control import FlowControl


async def list_all(call: Call) -> web.Response:
    """``GET /v2/flowControl``; ``search`` is a part of the key."""
    search = call.query().one("search") or ""
    found = [known for known in call.tenant.flow_controls.values() if search in known.key]
    return reply([wire.flow_control(flow_control, call.now_ms) for flow_control in found])


async def get(call: Call) -> web.Response:
    """``GET /v2/flowControl/{key}``."""
    flow_control = _known(call)
    if flow_control is None:
        raise errors.FLOW_CONTROL_NOT_FOUND(key=call.path("key")[:200])
    return reply(wire.flow_control(flow_control, call.now_ms))


async def pause(call: Call) -> web.Response:
    """``POST /v2/flowControl/{key}/pause``: new messages wait, calls in flight finish. The key may be new."""
    call.tenant.flow_control(_new_key(call)).paused = True
    return web.Response()


async def resume(call: Call) -> web.Response:
    """``POST /v2/flowControl/{key}/resume``; here and below, a key that is not in use needs nothing (OpenAPI)."""
    if (flow_control := _known(call)) is not None:
        flow_control.paused = False
        call.broker.admission.drain_flow_control(flow_control, call.now_ms)
    return web.Response()


async def pin(call: Call) -> web.Response:
    """``POST /v2/flowControl/{key}/pin?parallelism=&rate=&period=``. The key may be new."""
    query = call.query()
    parallelism, rate, period_s = (_limit(query, name) for name in ("parallelism", "rate", "period"))
    if parallelism is None and rate is None:
        raise errors.INVALID_PARAMETER(name="parallelism", reason="give parallelism, rate or both", value="")
    if period_s is not None and period_s > MAX_FLOW_PERIOD_S:
        raise errors.INVALID_PARAMETER(
            name="period", reason=f"use at most {MAX_FLOW_PERIOD_S} seconds", value=str(period_s)
        )
    flow_control = call.tenant.flow_control(_new_key(call))
    flow_control.pin(parallelism, rate, period_s, call.now_ms)
    call.broker.admission.drain_flow_control(flow_control, call.now_ms)
    return web.Response()


async def unpin(call: Call) -> web.Response:
    """``POST /v2/flowControl/{key}/unpin?parallelism=true&rate=true``: values stay until a message brings others."""
    query = call.query()
    parallelism, rate = _flag(query, "parallelism"), _flag(query, "rate")
    if (flow_control := _known(call)) is not None:
        flow_control.pinned_parallelism &= not parallelism
        flow_control.pinned_rate &= not rate
    return web.Response()


async def reset_rate(call: Call) -> web.Response:
    """``POST /v2/flowControl/{key}/resetRate`` and its older form ``/reset``."""
    if (flow_control := _known(call)) is not None:
        flow_control.reset_rate(call.now_ms)
        call.broker.admission.drain_flow_control(flow_control, call.now_ms)
    return web.Response()


async def global_parallelism(call: Call) -> web.Response:
    """``GET /v2/globalParallelism``: calls on the wire now, and how many there may be."""
    in_flight = sum(message.in_flight for message in call.tenant.messages.values())
    return reply({"parallelismMax": call.config.max_in_flight, "parallelismCount": in_flight})


def _key(call: Call) -> str:
    key = call.path("key")
    if not key:
        raise errors.MISSING_FLOW_CONTROL_KEY()
    return key


def _new_key(call: Call) -> str:
    """A key that may come to be: those of messages are checked alike, while reading takes any."""
    key = _key(call)
    try:
        return flow_control_key(key)
    except Refused as refused:
        raise refused.error(field="the key in the path", value=key[:100]) from None
    except ValueError as error:
        raise errors.INVALID_FIELD(field="flowControlKey", reason=error) from None


def _known(call: Call) -> FlowControl | None:
    return call.tenant.flow_controls.get(_key(call))


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
        raise errors.INVALID_PARAMETER(name=name, reason="use true or false", value=text[:100])
    return text == "true"
